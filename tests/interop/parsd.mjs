// The daemon itself against js-libp2p over loopback TCP, both dialling.
//
// Needs PARSD and PARSCTL. Says `ok NAME` or `not ok NAME` for every check and
// ends with the count.
import { execFile, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { assert, check, finish, until } from './check.mjs'
import { startJs } from './peer_js.mjs'

const { multiaddr } = await import('@multiformats/multiaddr')
const run = promisify(execFile)
const dir = await mkdtemp(join(tmpdir(), 'parsd-interop-'))
const socket = join(dir, 'rpc.sock')
const SYNC = '/pars/sync/1.0.0'

const daemon = spawn(process.env.PARSD, ['--network', 'dev', '--datadir', join(dir, 'data'), '--rpc-socket', socket,
	'--listen', '/ip4/127.0.0.1/tcp/0', '--log-level', 'warn'], { stdio: ['ignore', 'inherit', 'inherit'] })
const exited = new Promise((resolve) => daemon.once('exit', resolve))

async function ctl (...args) {
	const { stdout } = await run(process.env.PARSCTL, ['--rpc-socket', socket, '--json', ...args], { timeout: 20000 })
	return JSON.parse(stdout)
}

await until('the daemon answers', () => ctl('status'))
const id = await ctl('id', 'show')
const js = await startJs()
const jsId = js.peerId.toString()
const jsAddr = js.getMultiaddrs()[0].toString()
const peers = async () => (await ctl('peer', 'ls')).peers
const jsPeer = async () => (await peers()).find((p) => p.peerId === jsId && p.connected)
let told
js.addEventListener('peer:identify', ({ detail }) => { told = detail })

async function exchanged (who) {
	await check(`${who}: parsd knows js by identify`, async () => {
		await until('agent', async () => (await jsPeer())?.agent === 'interop-js/1')
	})
	await check(`${who}: js knows parsd by identify`, async () => {
		await until('identified', () => told?.peerId.toString() === id.peerId)
		assert(told.agentVersion.startsWith('parsd/'), told.agentVersion)
		assert(told.protocols.includes(SYNC), 'sync is not advertised')
		assert(told.signedPeerRecord != null, 'no signed record')
		assert(told.listenAddrs.some((a) => id.addresses[0].startsWith(a.toString())), 'address')
	})
	await check(`${who}: js pings parsd`, async () => {
		assert(await js.services.ping.ping(js.getConnections()[0].remotePeer) >= 0, 'rtt')
	})
	await check(`${who}: parsd pings js by itself`, async () => {
		await until('rtt', async () => (await jsPeer())?.rttUs > 0, 25000)
	})
	await check(`${who}: garbage in a sync stream costs the stream, not the node`, async () => {
		const stream = await js.getConnections()[0].newStream(SYNC)
		stream.send(new TextEncoder().encode('\x05this is no frame of the protocol'))
		await until('reset', () => stream.status !== 'open')
		assert((await ctl('metrics')).metrics.find((m) => m.name === 'sync_bad_message').value > 0, 'not counted')
	})
}

await check('js dials parsd', async () => {
	await js.dial(multiaddr(id.addresses[0]))
	await until('connected', jsPeer)
})
await exchanged('js dialled')
await check('js hangs up and parsd notices', async () => {
	await js.getConnections()[0].close()
	await until('gone', async () => !(await jsPeer()))
})
await check('parsd dials js', async () => {
	told = undefined
	await ctl('peer', 'add', jsAddr)
	await until('connected', jsPeer)
})
await exchanged('parsd dialled')
await check('js goes away and comes back; parsd keeps dialling', async () => {
	for (const conn of js.getConnections()) {
		conn.abort(new Error('pulled'))
	}
	await until('connected again', async () => js.getConnections().length > 0 && await jsPeer())
})
await check('parsd refuses another peer than asked for', async () => {
	const wrong = `${jsAddr.split('/p2p/')[0]}/p2p/12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp`
	await ctl('peer', 'add', wrong)
	await until('said so', async () => (await peers()).some((p) => p.address === wrong && !p.connected && p.lastError !== ''))
})

await js.stop()
daemon.kill('SIGTERM')
await check('parsd ends cleanly', async () => {
	assert(await Promise.race([exited, sleep(5000, 'late')]) === 0, 'exit status')
})
daemon.kill('SIGKILL')
await rm(dir, { recursive: true })
finish()
