// What the suites have in common: checks that are counted and told, and waits
// that end. A suite ends with `finish()`, which says how many.
import { setTimeout as sleep } from 'node:timers/promises'

let passed = 0
let failed = 0
let skipped = 0

export async function check (name, body, ms = 90000) {
	const since = Date.now()
	try {
		await Promise.race([body(), sleep(ms, undefined, { ref: false }).then(() => { throw new Error(`hangs for ${ms} ms`) })])
		passed++
		console.log(`ok ${name} (${Date.now() - since} ms)`)
	} catch (err) {
		failed++
		console.log(`not ok ${name}\n# ${err?.stderr ?? err?.stack ?? err}`.slice(0, 1200))
	}
}

export function skip (what, why) {
	skipped++
	console.log(`skip: ${what}: ${why}`)
}

export function assert (ok, what) {
	if (!ok) {
		throw new Error(what)
	}
}

export function equal (got, want, what = 'it') {
	const [a, b] = [got, want].map((v) => JSON.stringify(v)?.slice(0, 500))
	assert(JSON.stringify(got) === JSON.stringify(want), `${what}: ${a} is not ${b}`)
}

// What probe gives, once that is true; until then it may throw.
export async function until (what, probe, ms = 30000) {
	let last
	for (const end = Date.now() + ms; Date.now() < end; await sleep(20)) {
		try {
			const got = await probe()
			if (got) {
				return got
			}
			last = undefined
		} catch (err) {
			last = err
		}
	}
	throw new Error(`never: ${what}${last ? ` (${last.message})` : ''}`)
}

export function finish () {
	console.log(`${passed} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ''}`)
	process.exit(failed ? 1 : 0)
}
