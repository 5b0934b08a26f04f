// The hash table with js-libp2p's kad-dht in one network: daemons and js nodes
// on loopback, each asking and serving the other kind.
//
// Needs PARSD; KAD_NODES (30, at least 8) is how many there are in all. Says `ok NAME` or
// `not ok NAME` for every check and ends with the count. One line of JSON tells
// how long lookups of values took.
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { assert, check, equal, finish, until } from './check.mjs'
import { K, nearest, pkKey, startKadJs, startKadParsd, writeGenesis } from './peer_kad.mjs'

const HALF = Math.floor(Number(process.env.KAD_NODES || 30) / 2)
const ENOUGH = Math.min(K, 2 * HALF - 1) / 2 // nodes that take what is put
const dir = await mkdtemp(join(tmpdir(), 'parsd-kad-'))
const network = await writeGenesis(dir)
const running = new Set()
// js rejects promises of its own that nobody waits for, when a peer goes.
const strays = []
process.on('unhandledRejection', (err) => strays.push(err))

let serial = 0
async function parsd (options) {
	const p = await startKadParsd({ dir: join(dir, `p${serial++}`), network, ...options })
	running.add(p)
	return p
}

async function js (options) {
	const p = await startKadJs(options)
	running.add(p)
	return p
}

async function stop (p) {
	running.delete(p)
	return p.stop()
}

const any = (list) => list[Math.floor(Math.random() * list.length)]
const digest = () => randomBytes(32).toString('hex')
const without = (list, p) => list.filter((q) => q !== p)
const ids = (list) => list.map((p) => p.peerId)

// Until each knows all others; tables of k places hold a network of this size.
async function knowEachOther (nodes, ms = 60000) {
	for (const p of nodes) {
		const others = ids(without(nodes, p))
		await until(`${p.kind} ${nodes.indexOf(p)} knows all others`, async () => {
			const table = new Set(await p.table())
			const missing = others.filter((id) => !table.has(id))
			// Nothing has to happen by itself soon: a lookup is what makes nodes meet.
			if (missing.length) {
				await Promise.all([p.closest(randomBytes(8).toString('hex')).catch(() => {}), sleep(100)])
				throw new Error(`${missing.length} of ${others.length} missing`)
			}
			return true
		}, ms)
	}
}

const percentile = (sorted, p) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * p / 100))]

// -- each kind joins the other's network ------------------------------------------

console.log(`# ${HALF} of each kind`)
const ours = []
const theirs = []
for (let i = 0; i < HALF - 1; i++) {
	ours.push(await parsd({ bootstrap: i ? [any(ours).address] : [] }))
}
for (let i = 0; i < HALF - 1; i++) {
	theirs.push(await js())
	if (i) {
		await theirs[i].join(any(theirs.slice(0, i)).address)
	}
}
await check('a network of daemons: each finds all others from one', () => knowEachOther(ours))
await check('a network of js: each finds all others from one', () => knowEachOther(theirs))

const guestJs = await js()
const guestOurs = await parsd({ bootstrap: [theirs[0].address] })
await check('js joins a network of daemons', async () => {
	await guestJs.join(ours[0].address)
	await knowEachOther([...ours, guestJs])
})
await check('a daemon joins a network of js', () => knowEachOther([...theirs, guestOurs]))

async function exchange (a, b, others) {
	const what = `${a.kind} to ${b.kind}`
	const text = `${what} ${digest()}`
	await check(`${what}, joined: a value`, async () => {
		const key = await a.put('greeting', text)
		assert(key.stored > 0, 'nobody took it')
		equal((await b.get(key)).text, text, 'value')
	})
	await check(`${what}, joined: a provider`, async () => {
		const d = digest()
		assert((await a.provide(d)).stored > 0, 'nobody took it')
		assert((await b.providers(d)).includes(a.peerId), 'not found')
	})
	await check(`${what}, joined: a peer`, async () => {
		const want = any(without(others, a))
		assert((await a.findPeer(want.peerId)).length > 0, 'no address')
	})
}
await exchange(guestJs, any(ours), ours)
await exchange(any(ours), guestJs, ours)
await exchange(guestOurs, any(theirs), theirs)
await exchange(any(theirs), guestOurs, theirs)

// -- one network --------------------------------------------------------------------

ours.push(guestOurs)
theirs.push(guestJs)
const all = [...ours, ...theirs]
await ours[0].join(theirs[0].address)
await theirs[1].join(ours[1].address)
await check('the two networks become one over two links', () => knowEachOther(all, 120000))

const kinds = { parsd: ours, js: theirs }
for (const from of ['parsd', 'js']) {
	for (const to of ['parsd', 'js']) {
		const way = `${from} to ${to}`
		await check(`${way}: values, and the newer one wins`, async () => {
			const a = any(kinds[from])
			const others = without(kinds[to], a)
			for (const text of [`first ${way}`, `second ${way}`]) {
				const key = await a.put(`name ${way}`, text)
				assert(key.stored >= ENOUGH, `stored at ${key.stored}`)
				for (const b of text.startsWith('first') ? [any(others)] : others) {
					equal((await b.get(key)).text, text, `value at ${b.peerId}`)
				}
			}
		})
		await check(`${way}: providers`, async () => {
			const d = digest()
			const some = [0, 1, 2].map((i) => kinds[from][i])
			for (const a of some) {
				const { stored } = await a.provide(d)
				assert(stored >= ENOUGH, `stored at ${stored}`)
			}
			for (const b of kinds[to]) {
				const found = await b.providers(d)
				equal(some.filter((a) => !found.includes(a.peerId)).length, 0, 'providers missing')
				equal(found.length, some.length, 'providers')
			}
		})
		await check(`${way}: peers`, async () => {
			for (const a of kinds[from]) {
				const b = any(without(kinds[to], a))
				const found = await a.findPeer(b.peerId)
				assert(found.some((x) => b.address.startsWith(x.split('/p2p/')[0])), `${b.peerId}: ${found}`)
			}
		})
	}
	await check(`${from}: the closest peers are those that XOR says`, async () => {
		for (const a of kinds[from]) {
			const key = digest()
			equal(await a.closest(key), nearest(ids(without(all, a)), Buffer.from(key)), `for ${key}`)
		}
	})
}
await check('js to parsd: a public key under /pk/', async () => {
	const a = any(theirs)
	const value = Buffer.concat([Buffer.from([8, 1, 18, 32]), a.key.raw])
	assert(await a.putRaw(pkKey(a.peerId), value) >= ENOUGH, 'not stored')
	for (const b of ours) {
		const got = await b.get(`/pk/${a.peerId}`)
		equal([got.hex, got.text], [true, value.toString('hex')], 'value')
	}
})

// -- clients ---------------------------------------------------------------------------

const clients = [await parsd({ mode: 'client', bootstrap: [theirs[2].address, ours[2].address] }), await js({ client: true })]
await clients[1].join(ours[3].address)
await clients[1].join(theirs[3].address)
async function nowhere (nodes) {
	for (const p of nodes) {
		const table = await p.table()
		equal(clients.filter((c) => table.includes(c.peerId)).map((c) => c.kind), [], `table of ${p.kind}`)
	}
}
await check('clients that put and get are in nobody\'s table', async () => {
	for (const c of clients) {
		await until('a client knows servers', async () => {
			await c.closest(digest())
			return (await c.table()).length >= ENOUGH
		}, 60000)
		const key = await c.put('first', 'of a client')
		assert(key.stored >= ENOUGH, `stored at ${key.stored}`)
		for (const p of [any(ours), any(theirs)]) {
			equal((await p.get(key)).text, 'of a client', 'value')
		}
	}
	await nowhere([...all, ...clients])
})
for (const c of clients) {
	for (const [kind, list] of Object.entries(kinds)) {
		await check(`${c.kind} as a client puts, provides; ${kind} gets, finds`, async () => {
			const d = digest()
			const key = await c.put(`of a client, for ${kind}`, d)
			assert(key.stored >= ENOUGH, `stored at ${key.stored}`)
			assert((await c.provide(d)).stored >= ENOUGH, 'announced')
			const b = any(list)
			equal((await b.get(key)).text, d, 'value')
			equal(await b.providers(d), [c.peerId], 'providers')
		})
		await check(`${kind} puts, provides; ${c.kind} as a client gets, finds`, async () => {
			const a = any(list)
			const d = digest()
			const key = await a.put(`for a client ${c.kind}`, d)
			await a.provide(d)
			equal((await c.get(key)).text, d, 'value')
			equal(await c.providers(d), [a.peerId], 'providers')
			assert((await c.findPeer(any(without(list, a)).peerId)).length > 0, 'peer')
		})
	}
}
// js takes whom it hears of as a provider into its table once it answers a
// plain ping, so its tables tell only before the clients provide.
await check('clients that provide are in no table of a daemon', () => nowhere([...ours, clients[0]]))
await check('a daemon that ends is told of no more', async () => {
	const p = await parsd({ bootstrap: [ours.at(-1).address, theirs.at(-1).address] })
	await until('it is known', async () => (await ours.at(-1).table()).includes(p.peerId) && (await theirs.at(-1).table()).includes(p.peerId))
	equal(await stop(p), 0, 'exit status')
	for (const q of [ours.at(-1), theirs.at(-1)]) {
		await until(`${q.kind} finds it no more`, async () => !(await q.closest(randomBytes(8).toString('hex'))).includes(p.peerId))
	}
})

// -- how long it takes -------------------------------------------------------------------

async function measure (list, gets) {
	const took = []
	let misses = 0
	for (let i = 0; i < gets; i++) {
		const key = any(keys)
		try {
			took.push((await any(list).get(key)).us)
		} catch (err) {
			misses++
		}
	}
	took.sort((a, b) => a - b)
	return { gets, misses, p50Us: percentile(took, 50), p99Us: percentile(took, 99), maxUs: took.at(-1) }
}
const keys = []
await check('values for the measurement', async () => {
	for (let i = 0; i < 8; i++) {
		for (const p of [any(ours), any(theirs)]) {
			keys.push(await p.put(`measured ${i}`, `value ${i}`))
		}
	}
})
await check('no value is missed', async () => {
	const result = { what: 'get of a value', nodes: all.length + clients.length }
	result.parsd = await measure(ours, 500)
	result.js = await measure(theirs, 20)
	console.log(JSON.stringify(result))
	equal([result.parsd.misses, result.js.misses], [0, 0], 'misses')
}, 240000)

// -- the end --------------------------------------------------------------------------------

await check('no daemon found fault with what honest nodes say', async () => {
	for (const p of [...ours, clients[0]]) {
		const m = await p.metrics()
		const bad = ['dht_bad_message', 'dht_bad_envelope', 'dht_bad_request', 'dht_bad_peer', 'dht_record_bad', 'dht_reply_wrong',
			'dht_reply_bad_record', 'dht_rate_limited', 'dht_provider_foreign', 'dht_reply_too_many'].filter((name) => m[name])
		equal(bad.map((name) => [name, m[name]]), [], p.peerId)
	}
})
await check('all daemons end cleanly', async () => {
	const daemons = [...ours, clients[0]]
	equal(await Promise.all(daemons.map(stop)), daemons.map(() => 0), 'exit statuses')
})
await Promise.all([...running].map(stop))
await rm(dir, { recursive: true })
for (const err of new Set(strays.map((e) => `${e?.name}: ${e?.message}`))) {
	console.log(`# js, not waited for: ${err}`)
}
finish()
