// What the daemon does about js nodes that lie to its hash table: as ones that
// ask, and as ones that are asked. Each lie comes from a node of its own, and
// the daemon's counter of that lie must move.
//
// Needs PARSD. Says `ok NAME` or `not ok NAME` for every check and ends with
// the count.
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { assert, check, finish, until } from './check.mjs'
import { startJs, STREAMS } from './peer_js.mjs'
import { idBytes, KAD, pkKey, startKadJs, startKadParsd, writeGenesis } from './peer_kad.mjs'
import { makeKey, recordKey, recordKeyText, seal } from './peer_record.mjs'

const { multiaddr } = await import('@multiformats/multiaddr')
// What kad-dht itself writes and reads messages with; it does not give them out.
const { Message, MessageType } = await import('./node_modules/@libp2p/kad-dht/dist/src/message/dht.js')
const { Libp2pRecord } = await import('@libp2p/record')

const dir = await mkdtemp(join(tmpdir(), 'parsd-hostile-'))
const network = await writeGenesis(dir)
const daemon = await startKadParsd({ dir: join(dir, 'a'), network })
const honest = await startKadParsd({ dir: join(dir, 'b'), network, bootstrap: [daemon.address] })
process.on('unhandledRejection', () => {}) // of streams that the daemon reset

// -- messages by hand --------------------------------------------------------------------

function uvarint (n) {
	const out = []
	for (; n >= 128; n = Math.floor(n / 128)) {
		out.push(n % 128 + 128)
	}
	return Buffer.from([...out, n])
}

const framed = (b) => Buffer.concat([uvarint(b.length), b])
const encode = (m) => framed(Buffer.from(Message.encode({ closer: [], providers: [], ...m })))
const record = (key, value, time = new Date()) => Buffer.from(new Libp2pRecord(key, value, time).serialize())
const put = (key, value, time) => encode({ type: MessageType.PUT_VALUE, key, record: record(key, value, time) })
const mh = () => Buffer.concat([Buffer.from([0x12, 0x20]), randomBytes(32)])

// The first whole message of buf and what is behind it, or nothing.
function unframe (buf) {
	let n = 0
	for (let i = 0; i < buf.length; i++) {
		n += (buf[i] & 127) * 2 ** (7 * i)
		if (buf[i] < 128) {
			return buf.length > i + n ? [Message.decode(buf.subarray(i + 1, i + 1 + n)), buf.subarray(i + 1 + n)] : undefined
		}
	}
	return undefined
}

// A node whose stream to the daemon is written by hand.
async function stranger () {
	const node = await startJs()
	const conn = await node.dial(multiaddr(daemon.address))
	const stream = await conn.newStream(KAD)
	let rest = Buffer.alloc(0)
	const answers = []
	let over = false
	void (async () => {
		try {
			for await (const piece of stream) {
				rest = Buffer.concat([rest, Buffer.from(piece.subarray())])
				for (let one; (one = unframe(rest)); rest = one[1]) {
					answers.push(one[0])
				}
			}
		} catch {}
		over = true
	})()
	return {
		node,
		peerId: node.peerId.toString(),
		answers,
		send: (bytes) => stream.send(bytes),
		isOver: () => over || stream.status !== 'open',
		answer: (n = 1) => until('an answer', () => answers[n - 1], 5000),
		stop: () => node.stop()
	}
}

async function moved (counter, body, by = 1) {
	const before = (await daemon.metrics())[counter]
	assert(before !== undefined, `no counter ${counter}`)
	const got = await body()
	await until(`${counter} moves`, async () => (await daemon.metrics())[counter] >= before + by, 10000)
	return got
}

// -- those that ask -------------------------------------------------------------------------

// The lie costs the stream.
async function refused (name, counter, bytes) {
	await check(`asks: ${name} (${counter})`, async () => {
		const s = await stranger()
		await moved(counter, () => s.send(bytes(s)))
		await until('the stream is reset', s.isOver)
		assert(!s.answers.length, 'it was answered')
		await s.stop()
	})
}

const key = makeKey()
const place = recordKey(key.raw, 'a')
const good = seal(key, 'a', 5, 'five')
const forged = Buffer.from(good)
forged[forged.length - 1] ^= 1
const short = (n) => good.subarray(0, n)

await refused('a value under a key of its own, the record under another', 'dht_bad_request', () =>
	encode({ type: MessageType.PUT_VALUE, key: place, record: record(recordKey(key.raw, 'b'), good) }))
await refused('a value without a record', 'dht_bad_request', () => encode({ type: MessageType.PUT_VALUE, key: place }))
await refused('a value under somebody else\'s key', 'dht_record_bad', () => put(recordKey(makeKey().raw, 'a'), good))
await refused('a forged signature', 'dht_record_bad', () => put(place, forged))
await refused('a value cut off', 'dht_record_bad', () => put(place, short(40)))
await refused('an unknown namespace', 'dht_record_bad', () => put(Buffer.from('/v/1'), good))
await refused('another peer\'s public key under /pk/', 'dht_record_bad', (s) =>
	put(pkKey(s.peerId), Buffer.concat([Buffer.from([8, 1, 18, 32]), key.raw])))
await refused('a value of more than 10 KiB', 'dht_bad_message', () => put(place, seal(key, 'a', 6, Buffer.alloc(11000))))
await refused('a message of more than 64 KiB', 'dht_bad_message', () => uvarint(70000))
await refused('a message of 2^60 bytes', 'dht_bad_message', () => Buffer.from('ffffffffffffffff0f', 'hex'))
await refused('a length that never ends', 'dht_bad_message', () => Buffer.alloc(16, 0xff))
await refused('bytes that are no message', 'dht_bad_message', () => framed(randomBytes(40).fill(0xff, 0, 20)))
await refused('an empty message', 'dht_bad_message', () => framed(Buffer.alloc(0)))
await refused('a type that is none', 'dht_bad_message', () => framed(Buffer.from([8, 77])))
await refused('a search for nothing', 'dht_bad_request', () => encode({ type: MessageType.FIND_NODE }))
await refused('a provider of nothing', 'dht_bad_request', (s) =>
	encode({ type: MessageType.ADD_PROVIDER, providers: [{ id: idBytes(s.peerId), multiaddrs: [] }] }))

await check('asks: an older value than the one held is not taken (dht_record_old)', async () => {
	const s = await stranger()
	s.send(put(place, good))
	await s.answer()
	await moved('dht_record_old', () => s.send(put(place, seal(key, 'a', 4, 'four'))))
	const told = Libp2pRecord.deserialize((await s.answer(2)).record)
	assert(good.equals(Buffer.from(told.value)), 'the newer one is told')
	assert((await honest.get(recordKeyText(place))).text === 'five', 'the newer one is found')
	await s.stop()
})
await check('asks: a record that says it is thirty years old counts from now on', async () => {
	const s = await stranger()
	const old = recordKey(key.raw, 'old')
	s.send(put(old, seal(key, 'old', 1, 'still good'), new Date('1995-01-01')))
	await s.answer()
	assert((await honest.get(recordKeyText(old))).text === 'still good', 'found')
	await s.stop()
})
await check('asks: says that others provide (dht_provider_foreign)', async () => {
	const s = await stranger()
	const d = mh()
	await moved('dht_provider_foreign', () => s.send(encode({ type: MessageType.ADD_PROVIDER, key: d, providers: [
		{ id: idBytes(honest.peerId), multiaddrs: [multiaddr('/ip4/192.0.2.1/tcp/1').bytes] },
		{ id: idBytes(daemon.peerId), multiaddrs: [] }] })), 2)
	s.send(encode({ type: MessageType.GET_PROVIDERS, key: d }))
	assert((await s.answer()).providers.length === 0, 'nobody provides')
	await s.stop()
})
await check('asks: a signed record of addresses that is none (dht_bad_envelope)', async () => {
	const s = await stranger()
	const field = (n, b) => Buffer.concat([uvarint(n << 3 | 2), framed(b)])
	const peer = Buffer.concat([field(1, idBytes(honest.peerId)), field(20, randomBytes(100))])
	await moved('dht_bad_envelope', () => s.send(framed(Buffer.concat([Buffer.from([8, 4]), field(2, mh()), field(8, peer)]))))
	assert(await s.answer(), 'answered')
	await s.stop()
})
await check('asks: peers that are none, addresses that are none (dht_bad_peer, dht_bad_addr)', async () => {
	const s = await stranger()
	await moved('dht_bad_peer', () => moved('dht_bad_addr', () => s.send(encode({ type: MessageType.FIND_NODE, key: mh(), closer: [
		{ id: randomBytes(7), multiaddrs: [] }, { id: idBytes(s.peerId), multiaddrs: [randomBytes(9), Buffer.from([255, 255])] }] })), 2))
	await s.stop()
})
await check('asks: a flood of providers is cut at the burst (dht_rate_limited)', async () => {
	const s = await stranger()
	const before = (await daemon.call('pars_dhtStatus')).providers
	await moved('dht_rate_limited', () => s.send(Buffer.concat(Array.from({ length: 2000 }, () =>
		encode({ type: MessageType.ADD_PROVIDER, key: mh(), providers: [{ id: idBytes(s.peerId), multiaddrs: [] }] })))))
	await until('the stream is reset', s.isOver)
	const after = (await daemon.call('pars_dhtStatus')).providers
	assert(after - before <= 60, `${after - before} were taken`)
	await s.stop()
})
await check('asks: a flood of questions is cut at the burst (dht_rate_limited)', async () => {
	const s = await stranger()
	await moved('dht_rate_limited', () => s.send(Buffer.concat(Array.from({ length: 2000 }, () =>
		encode({ type: MessageType.FIND_NODE, key: mh() })))))
	await until('the stream is reset', s.isOver)
	assert(s.answers.length <= 220, `${s.answers.length} answers`)
	await s.stop()
})
await check('asks: nonsense again and again is refused for ten minutes', async () => {
	const s = await stranger()
	for (let i = 0; i < 60; i++) {
		try {
			const conn = await s.node.dial(multiaddr(daemon.address))
			const stream = await conn.newStream(KAD)
			stream.send(put(place, forged))
			await until('reset', () => stream.status !== 'open', 2000)
		} catch {
			break
		}
	}
	await until('banned', async () => (await daemon.call('pars_peerScore', { peer: s.peerId })).bannedForUs > 0, 3000)
	await s.stop()
})

// -- those that are asked -----------------------------------------------------------------------

// Serves the hash table: as a node should, until `lie` has something to say.
async function liar () {
	const node = await startJs()
	const l = { node, peerId: node.peerId.toString(), lie: () => undefined, stop: () => node.stop() }
	await node.handle(KAD, async (stream) => {
		let rest = Buffer.alloc(0)
		try {
			for await (const piece of stream) {
				rest = Buffer.concat([rest, Buffer.from(piece.subarray())])
				for (let one; (one = unframe(rest)); rest = one[1]) {
					const [m] = one
					const lie = l.lie(m)
					if (lie !== 'silence') {
						stream.send(lie ?? encode({ type: m.type, key: m.key, record: m.type === MessageType.PUT_VALUE ? m.record : undefined }))
					}
				}
			}
		} catch {}
	}, STREAMS)
	await node.dial(multiaddr(daemon.address))
	await until('it is in the table', async () => (await daemon.table()).includes(l.peerId))
	return l
}

// The daemon finds what an honest node has in spite of it.
async function lied (name, counter, lie) {
	await check(`is asked: ${name} (${counter})`, async () => {
		const text = randomBytes(8).toString('hex')
		const where = await honest.put(`for a liar: ${name}`, text)
		const l = await liar()
		await daemon.call('pars_dhtClosest', { key: text })
		await moved(counter, async () => {
			l.lie = (m) => m.type === MessageType.GET_VALUE ? lie(m, l) : undefined
			// What the daemon holds itself needs no question: it asks for more.
			assert((await daemon.get(where)).text === text, 'the honest value')
			await daemon.get(recordKeyText(recordKey(randomBytes(32), ''))).then(() => { throw new Error('found') }, () => {})
		})
		await l.stop()
	})
}

const crowd = (n, id, addrs) => Array.from({ length: n }, () => ({ id: id(), multiaddrs: addrs() }))
const madeUp = new Set()
function anybody () {
	const id = Buffer.concat([Buffer.from('002408011220', 'hex'), randomBytes(32)])
	madeUp.add(id.toString('hex'))
	return id
}
const somewhere = () => [multiaddr('/ip4/127.0.0.1/tcp/1').bytes]
await lied('another type than asked for', 'dht_reply_wrong', (m) => encode({ type: MessageType.FIND_NODE, key: m.key }))
await lied('a forged value', 'dht_reply_bad_record', (m) => encode({ type: m.type, key: m.key, record: record(m.key, forged) }))
await lied('a good value of another key', 'dht_reply_bad_record', (m) => encode({ type: m.type, key: m.key, record: record(place, good) }))
await lied('sixty closer peers', 'dht_reply_too_many', (m) => encode({ type: m.type, key: m.key, closer: crowd(60, anybody, somewhere) }))
await lied('itself and the one who asks', 'dht_reply_self', (m, l) => encode({ type: m.type, key: m.key, closer: [
	{ id: idBytes(l.peerId), multiaddrs: somewhere() }, { id: idBytes(daemon.peerId), multiaddrs: somewhere() }] }))
await lied('peers without addresses', 'dht_reply_unroutable', (m) => encode({ type: m.type, key: m.key, closer: crowd(20, anybody, () => []) }))
await lied('peers that nobody answers for', 'dht_unanswered', (m) => encode({ type: m.type, key: m.key, closer: crowd(20, anybody, somewhere) }))
await lied('no message', 'dht_bad_message', () => framed(Buffer.from([8, 77])))
await lied('silence', 'dht_unanswered', () => 'silence')
await check('is asked: those made up are in no table', async () => {
	assert(madeUp.size > 100, 'some were')
	for (const p of [daemon, honest]) {
		const table = (await p.table()).map((id) => idBytes(id).toString('hex'))
		assert(!table.some((id) => madeUp.has(id)), `${table.length} in the table`)
	}
})

// -- afterwards ------------------------------------------------------------------------------------

await check('an honest js node puts, gets and provides as if nothing had been', async () => {
	const js = await startKadJs()
	await js.join(daemon.address)
	await until('it knows both', async () => (await js.table()).includes(daemon.peerId) && (await js.closest('x')).includes(honest.peerId))
	const where = await js.put('afterwards', 'all is well')
	assert((await daemon.get(where)).text === 'all is well', 'value')
	const d = randomBytes(32).toString('hex')
	await js.provide(d)
	assert((await daemon.providers(d)).includes(js.peerId), 'provider')
	await js.stop()
})
await check('both daemons end cleanly', async () => {
	for (const p of [daemon, honest]) {
		assert(await p.stop() === 0, 'exit status')
	}
})
await rm(dir, { recursive: true })
finish()
