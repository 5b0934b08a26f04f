// Our host against js-libp2p over loopback TCP, each dialling the other.
//
// Needs ECHO_HOST, the path of the built echo_host. Says `ok NAME` or
// `not ok NAME` for every check and ends with the count.
import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { assert, check, finish, until } from './check.mjs'
import { PeerC } from './peer_c.mjs'
import { ECHO, STREAMS, echo, exchange, startJs } from './peer_js.mjs'

const { multiaddr } = await import('@multiformats/multiaddr')

const BULK = 64 * 1024 * 1024
const MANY = 200
const TEST_MS = 60000
const OTHER_ID = '12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp'

// What echo_host sends.
function pattern (n) {
	const data = Buffer.allocUnsafe(n)
	for (let i = 0; i < n; i++) {
		data[i] = i * 131 + (i >>> 8)
	}
	return data
}

const sha256 = (data) => createHash('sha256').update(data).digest('hex')
const js = await startJs()
const late = await startJs({ earlyMuxer: false })
const jsAddr = js.getMultiaddrs()[0].toString()
const bulk = pattern(BULK)
const c = await PeerC.start(process.env.ECHO_HOST)
const other = await PeerC.start(process.env.ECHO_HOST, ['300'])
const connection = (node = js) => node.getConnections().find((x) => x.remotePeer.toString() === c.id)
const identified = new Map()
js.addEventListener('peer:identify', ({ detail }) => identified.set(detail.peerId.toString(), detail))

async function apart () {
	for (const node of [js, late]) {
		await node.hangUp(multiaddr(c.addr).getComponents().at(-1).value).catch(() => {})
		for (const conn of node.getConnections()) {
			conn.abort(new Error('next test'))
		}
	}
	await until('no connections', async () => (await c.ask('stats', /conns=(\d+)/))[1] === '0')
}

// All that is done over one connection, whoever dialled it.
async function overOneConnection (who) {
	await check(`${who}: identify tells C of js`, async () => {
		await until('identified', async () => (await c.ask('peer', /^PEER .*identified=(\d)/))[1] === '1')
		const [line] = await c.ask('peer', /^PEER .*/)
		assert(line.includes('agent=interop-js/1'), `agent in ${line}`)
		assert(line.includes('signed=1'), `signed record in ${line}`)
		assert(line.includes(`listen=${jsAddr.split('/p2p/')[0]}`), `address in ${line}`)
		assert(line.includes(`protocol=${ECHO}`), `protocols in ${line}`)
		assert(line.includes('observed=/ip4/127.0.0.1/tcp/'), `observed in ${line}`)
	})
	await check(`${who}: identify tells js of C`, async () => {
		await until('identified', () => identified.has(c.id))
		const it = identified.get(c.id)
		assert(it.agentVersion === 'echo_host/1', `agent ${it.agentVersion}`)
		assert(it.protocolVersion === 'pars/test', `version ${it.protocolVersion}`)
		assert(it.protocols.includes(ECHO) && it.protocols.includes('/ipfs/ping/1.0.0'), 'protocols')
		assert(it.signedPeerRecord != null, 'signed record')
		assert(it.listenAddrs.some((a) => a.toString() === c.addr.split('/p2p/')[0]), 'address')
	})
	await check(`${who}: js pings C`, async () => {
		assert(await js.services.ping.ping(connection().remotePeer) >= 0, 'rtt')
	})
	await check(`${who}: C pings js`, async () => {
		await c.ask('ping', /^PONG \d+$/)
	})
	await check(`${who}: js echoes 64 MiB through C`, async () => {
		const stream = await connection().newStream(ECHO, STREAMS)
		const got = await exchange(stream, bulk)
		assert(got.length === BULK && sha256(got) === sha256(bulk), `${got.length} bytes came back`)
	})
	await check(`${who}: C echoes 64 MiB through js`, async () => {
		const [, size, hash] = await c.ask(`echo ${BULK}`, /^ECHO (\d+) (\w+)/, TEST_MS)
		assert(Number(size) === BULK && hash === sha256(bulk), `${size} bytes came back`)
	})
	await check(`${who}: half-close by js`, async () => {
		const stream = await connection().newStream(ECHO)
		assert((await exchange(stream, Buffer.from('hello from js'))).toString() === 'hello from js')
	})
	await check(`${who}: half-close by C`, async () => {
		assert((await c.ask('half', /^HALF (.*)$/))[1] === 'hello from C')
	})
	await check(`${who}: ${MANY} streams at once by js`, async () => {
		const data = bulk.subarray(0, 20000)
		const all = await Promise.all(Array.from({ length: MANY }, async () => {
			const stream = await connection().newStream(ECHO, STREAMS)
			return (await exchange(stream, data)).equals(data)
		}))
		assert(all.every((ok) => ok), `${all.filter((ok) => ok).length} came back whole`)
	})
	await check(`${who}: ${MANY} streams at once by C`, async () => {
		const [, good] = await c.ask(`streams ${MANY} 20000`, /^STREAMS (\d+)/, TEST_MS)
		assert(Number(good) === MANY, `${good} came back whole`)
	})
	await check(`${who}: stream reset by js`, async () => {
		const stream = await connection().newStream(ECHO)
		stream.send(Buffer.from('soon gone'))
		stream.abort(new Error('reset'))
		await c.ask('ping', /^PONG \d+$/)
	})
	await check(`${who}: stream reset by js is seen by C`, async () => {
		const held = new Promise((resolve) => {
			js.unhandle(ECHO).then(() => js.handle(ECHO, (stream) => resolve(stream)))
		})
		await sleep(50)
		await c.ask('hang', /^HANG open$/)
		;(await held).abort(new Error('reset'))
		await c.expect(/^HANG PEER_RESET$/)
	})
	await check(`${who}: stream reset by C`, async () => {
		const ended = new Promise((resolve) => {
			js.unhandle(ECHO).then(() => js.handle(ECHO, (stream) => {
				stream.addEventListener('close', (event) => resolve(event.error))
			}))
		})
		await sleep(50)
		await c.ask('reset', /^RESET done$/)
		const err = await Promise.race([ended, sleep(5000, 'nothing')])
		assert(err instanceof Error, `js saw ${err}`)
		await c.ask('ping', /^PONG \d+$/)
	})
	await js.unhandle(ECHO)
	await js.handle(ECHO, echo, STREAMS)
	await check(`${who}: no stream is left over`, async () => {
		await until('no streams', async () => (await c.ask('stats', /streams=(\d+)/))[1] === '0')
	})
}

await check('js dials C', async () => {
	await js.dial(multiaddr(c.addr))
	await c.expect(new RegExp(`^UP ${js.peerId}$`))
})
await overOneConnection('js dialled')

await check('js pushes a new protocol to C', async () => {
	await js.handle('/late/1.0.0', () => {})
	await until('pushed', async () => (await c.ask('peer', /^PEER .*/))[0].includes('protocol=/late/1.0.0'))
	await js.unhandle('/late/1.0.0')
})
await check('C pushes a new address to js', async () => {
	const [, addr] = await c.ask('listen', /^LISTEN (\S+)$/)
	await until('pushed', async () => {
		const peer = await js.peerStore.get(connection().remotePeer)
		return peer.addresses.some((a) => a.multiaddr.toString() === addr.split('/p2p/')[0])
	})
})
await check('js hangs up', async () => {
	await connection().close()
	await c.expect(/^DOWN/)
})
await apart()

await check('C dials js', async () => {
	identified.clear()
	await c.ask(`dial ${jsAddr}`, new RegExp(`^UP ${js.peerId}$`))
	await until('js has it', () => connection() != null)
})
await overOneConnection('C dialled')

await check('C hangs up', async () => {
	await c.ask('close', /^DOWN/)
	await until('closed', () => connection() == null)
})
await check('C finds another peer than asked for', async () => {
	await c.ask(`dial ${jsAddr.split('/p2p/')[0]}/p2p/${OTHER_ID}`, /^FAIL PEER_WRONG_ID/)
	assert((await c.ask('stats', /wrong_peer=(\d+)/))[1] === '1', 'counted')
})
await check('js finds another peer than asked for', async () => {
	const wrong = multiaddr(`${c.addr.split('/p2p/')[0]}/p2p/${OTHER_ID}`)
	const result = await js.dial(wrong).then(() => 'connected', () => 'refused')
	assert(result === 'refused', result)
	await c.ask('stats', /^STATS/)
})
await apart()

for (const dialler of ['js', 'C']) {
	await check(`without early muxer, ${dialler} dials: echo both ways`, async () => {
		if (dialler === 'js') {
			await late.dial(multiaddr(c.addr))
		} else {
			c.send(`dial ${late.getMultiaddrs()[0]}`)
		}
		await c.expect(new RegExp(`^UP ${late.peerId}$`))
		await until('js has it', () => connection(late) != null)
		const stream = await connection(late).newStream(ECHO)
		const data = bulk.subarray(0, 1 << 20)
		assert((await exchange(stream, data)).equals(data), 'js to C')
		const [, , hash] = await c.ask(`echo ${1 << 20}`, /^ECHO (\d+) (\w+)/)
		assert(hash === sha256(data), 'C to js')
	})
	await apart()
}

await check('TCP reset by js', async () => {
	await js.dial(multiaddr(c.addr))
	await c.expect(/^UP/)
	connection().abort(new Error('pulled'))
	await c.expect(/^DOWN/)
})
await check('TCP reset by C', async () => {
	await c.ask(`dial ${jsAddr}`, /^UP/)
	await until('js has it', () => connection() != null)
	await c.ask('abort', /^DOWN/)
	await until('closed', () => connection() == null)
})
await apart()

await check('keep-alive pings are answered by js', async () => {
	await other.ask(`dial ${jsAddr}`, /^UP/)
	await other.expect(/^PONG \d+$/)
	await other.expect(/^PONG \d+$/)
	await other.expect(/^PONG \d+$/)
})
await check('C echoes 64 MiB through C', async () => {
	await c.ask(`dial ${other.addr}`, /^UP/)
	const [, size, hash, ms] = await c.ask(`echo ${BULK}`, /^ECHO (\d+) (\w+) (\d+)/, TEST_MS)
	assert(Number(size) === BULK && hash === sha256(bulk), `${size} bytes came back`)
	console.log(`# ${ms} ms`)
})

await Promise.all([c.stop(), other.stop(), js.stop(), late.stop()])
finish()
