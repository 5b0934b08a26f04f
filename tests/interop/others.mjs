// The daemon against go-libp2p and rust-libp2p: the programs in go/ and rust/
// are nodes of the hash table that take commands.
//
// Needs PARSD and OTHERS, the folder that has go-peer and rust/debug/kad-peer,
// or go-peer.why and rust-peer.why that say why they could not be made. Says
// `ok NAME` or `not ok NAME` for every check, `skip: WHAT: WHY`, and ends with
// the count.
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { assert, check, equal, finish, skip, until } from './check.mjs'
import { idBytes, KAD, pkKey, startKadJs, startKadParsd, writeGenesis } from './peer_kad.mjs'
import { makeKey, openRecord, recordKey, recordKeyBytes, recordKeyText, seal } from './peer_record.mjs'

const dir = await mkdtemp(join(tmpdir(), 'parsd-others-'))
const network = await writeGenesis(dir)
process.on('unhandledRejection', () => {}) // js has promises that nobody waits for

const any = (list) => list[Math.floor(Math.random() * list.length)]
const digest = () => randomBytes(32).toString('hex')
const multihash = (d) => `1220${d}`

// -- nodes of other kinds, with the calls of peer_kad.mjs ------------------------------

const programs = { go: 'go-peer', rust: 'rust/debug/kad-peer' }
const running = new Set()

async function startOther (kind) {
	const program = spawn(join(process.env.OTHERS, programs[kind]), [], { stdio: ['pipe', 'pipe', 'inherit'] })
	const waiting = new Map()
	let number = 0
	let ready
	const hello = new Promise((resolve, reject) => {
		ready = resolve
		program.once('exit', (status) => reject(new Error(`it ended: ${status}`)))
	})
	createInterface(program.stdout).on('line', (line) => {
		const a = JSON.parse(line)
		const call = waiting.get(Number(a.n))
		waiting.delete(Number(a.n))
		if (a.n === undefined) {
			ready(a)
		} else if (a.error) {
			call?.reject(new Error(`${kind}: ${a.error}`))
		} else {
			call?.resolve(a)
		}
	})
	function call (...words) {
		return new Promise((resolve, reject) => {
			waiting.set(++number, { resolve, reject })
			program.stdin.write(`${number} ${words.join(' ')}\n`)
		})
	}
	const { peerId, address } = await hello
	const key = makeKey()
	return {
		kind,
		peerId,
		address,
		call,
		async put (name, text) {
			const place = recordKey(key.raw, name)
			await call('put', place.toString('hex'), seal(key, name, Date.now(), text).toString('hex'))
			return recordKeyText(place)
		},
		async get (text) {
			const place = recordKeyBytes(`${text}`)
			const { values } = await call('get', place.toString('hex'))
			const records = values.map((v) => openRecord(place, Buffer.from(v, 'hex')))
			assert(records.length, 'no value')
			return { text: records.reduce((a, b) => b.seq > a.seq ? b : a).data.toString() }
		},
		provide: (d) => call('provide', multihash(d)),
		providers: async (d) => (await call('providers', multihash(d))).peers,
		findPeer: async (id) => (await call('findpeer', id)).addresses,
		table: async () => (await call('table')).peers,
		join: (a) => call('bootstrap', a),
		async stop () {
			program.stdin.end()
			await Promise.race([new Promise((resolve) => program.once('exit', resolve)), sleep(3000, undefined, { ref: false })])
			program.kill('SIGKILL')
		}
	}
}

let serial = 0
async function start (kind, bootstrap) {
	const p = kind === 'parsd' ? await startKadParsd({ dir: join(dir, `p${serial++}`), network, bootstrap: bootstrap ? [bootstrap] : [] })
		: kind === 'js' ? await startKadJs() : await startOther(kind)
	running.add(p)
	if (bootstrap && kind !== 'parsd') {
		await p.join(bootstrap)
	}
	return p
}

async function stopAll () {
	const list = [...running]
	running.clear()
	return (await Promise.all(list.map(async (p) => [p.kind, await p.stop()]))).filter(([kind]) => kind === 'parsd').map(([, status]) => status)
}

async function knows (p, others) {
	await until(`${p.kind} has them in its table`, async () => {
		const table = await p.table()
		const missing = others.filter((o) => !table.includes(o.peerId))
		if (missing.length) {
			await Promise.all([p.findPeer(any(others).peerId).catch(() => {}), sleep(100)])
			throw new Error(`${missing.length} of ${others.length} missing`)
		}
		return true
	}, 40000)
}

// -- checks ---------------------------------------------------------------------------------

async function exchange (where, a, b, want) {
	const what = `${where}: ${a.kind} to ${b.kind}`
	await check(`${what}: a value, then a newer one`, async () => {
		for (const text of [`old ${what}`, `new ${what}`]) {
			const key = await a.put(`name ${where}`, text)
			equal((await b.get(key)).text, text, 'value')
		}
	})
	await check(`${what}: a provider`, async () => {
		const d = digest()
		await a.provide(d)
		// rust does not wait until its announcements arrived.
		await until('found', async () => (await b.providers(d)).includes(a.peerId), 5000)
	})
	await check(`${what}: a peer`, async () => {
		const found = await b.findPeer(want.peerId)
		assert(found.some((x) => want.address.startsWith(x.split('/p2p/')[0])), `addresses: ${found}`)
	})
}

async function meet (kind) {
	for (const who of [kind, 'parsd']) {
		const p = await start('parsd')
		const x = await start(kind)
		await check(`${who} dials ${who === kind ? 'parsd' : kind}: identify on both sides`, async () => {
			await (who === kind ? x.join(p.address).catch(() => {}) : p.join(x.address))
			const seen = await x.call('identify', p.peerId)
			assert(seen.agent.startsWith('parsd/'), seen.agent)
			assert(seen.protocols.includes(KAD), `protocols: ${seen.protocols}`)
			await until('agent', async () => (await p.call('pars_peerLs', {})).peers.some((q) => q.peerId === x.peerId && q.agent === `interop-${kind}/1`))
		})
		await check(`${who} dialled: ${kind} pings parsd`, async () => {
			assert((await x.call('ping', p.peerId)).us > 0, 'time')
		})
		await check(`${who} dialled: parsd pings ${kind}`, async () => {
			await until('rtt', async () => (await p.call('pars_peerLs', {})).peers.some((q) => q.peerId === x.peerId && q.rttUs > 0))
		})
		await check(`${who} dialled: each is in the other's table`, async () => {
			await knows(p, [x])
			await knows(x, [p])
		})
		await stopAll()
	}
}

async function join4 (host, guest) {
	const hosts = [await start(host)]
	for (let i = 1; i < 4; i++) {
		hosts.push(await start(host, hosts[0].address))
	}
	const g = await start(guest, any(hosts).address)
	const where = `${guest} joined four ${host}`
	await check(`${where}: it knows all, all know it`, async () => {
		await knows(g, hosts)
		for (const h of hosts) {
			await knows(h, [g])
		}
	})
	const to = any(hosts)
	await exchange(where, g, to, any(hosts.filter((h) => h !== to))) // nobody looks for itself
	await exchange(where, any(hosts), g, any(hosts))
	await stopAll()
}

async function keys (kind) {
	const p = [await start('parsd')]
	p.push(await start('parsd', p[0].address))
	const x = await start(kind, p[0].address)
	await knows(x, p)
	const owner = makeKey()
	const message = Buffer.concat([Buffer.from([8, 1, 18, 32]), owner.raw])
	const place = Buffer.concat([Buffer.from('/pk/'), Buffer.from([0, 36]), message])
	await check(`${kind} puts a public key under /pk/, parsd gets it`, async () => {
		await x.call('put', place.toString('hex'), message.toString('hex'))
		const { bs58 } = await idText(message)
		for (const q of p) {
			equal((await q.get(`/pk/${bs58}`)).text, message.toString('hex'), 'value')
		}
	})
	await check(`${kind} puts a forged record: refused and counted`, async () => {
		const value = Buffer.from(seal(owner, 'forged', 1, 'data'))
		value[value.length - 1] ^= 1
		await x.call('put', recordKey(owner.raw, 'forged').toString('hex'), value.toString('hex')).catch(() => {})
		if (kind === 'rust') { // go refuses itself
			await until('counted', async () => (await Promise.all(p.map((q) => q.metrics()))).some((m) => m.dht_record_bad > 0))
		}
		await p[0].get(recordKeyText(recordKey(owner.raw, 'forged'))).then(() => { throw new Error('found') }, () => {})
	})
	await check('parsd ends cleanly', async () => equal(await stopAll(), [0, 0], 'exit statuses'))
}

async function idText (message) {
	const { peerIdFromMultihash } = await import('@libp2p/peer-id')
	const Digest = await import('multiformats/hashes/digest')
	return { bs58: peerIdFromMultihash(Digest.decode(Buffer.concat([Buffer.from([0, message.length]), message]))).toString() }
}

const kinds = []
for (const kind of ['go', 'rust']) {
	if (existsSync(join(process.env.OTHERS, programs[kind]))) {
		kinds.push(kind)
		await meet(kind)
		await join4(kind, 'parsd')
		await join4('parsd', kind)
		await keys(kind)
	} else {
		const why = await readFile(join(process.env.OTHERS, `${kind}-peer.why`), 'utf8').catch(() => 'not made')
		skip(`${kind}-libp2p`, why.trim().split('\n').at(-1).slice(0, 200))
	}
}
if (kinds.length) {
	const all = []
	for (const kind of ['parsd', 'js', ...kinds, 'parsd', 'js', ...kinds]) {
		all.push(await start(kind, all.length ? any(all).address : undefined))
	}
	await check('all kinds in one network know each other', async () => {
		for (const p of all) {
			await knows(p, all.filter((q) => q !== p))
		}
	})
	for (const a of all.slice(0, all.length / 2)) {
		for (const b of all.slice(all.length / 2)) {
			await exchange('all kinds', a, b, any(all.filter((q) => q !== b)))
		}
	}
	await check('parsd ends cleanly', async () => equal(await stopAll(), [0, 0], 'exit statuses'))
}
await stopAll()
await rm(dir, { recursive: true })
finish()
