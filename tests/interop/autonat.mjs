// AutoNAT with js-libp2p and go-libp2p: who asks to be dialled, and what the other says.
//
// On loopback js can ask, but neither side asks by itself, and js refuses to
// dial private addresses. So the rest runs between two hosts of its own (network
// namespaces, public addresses; needs root). Needs PARSD and OTHERS, the folder
// of go-peer. Says `ok NAME` or
// `not ok NAME` for every check, `skip: WHAT: WHY`, and ends with the count.
import { execFileSync, spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { check, equal, finish, skip, until } from './check.mjs'
import { startAutonat } from './peer_autonat.mjs'
import { startParsd } from './peer_parsd.mjs'

const { multiaddr } = await import('@multiformats/multiaddr')
const dir = await mkdtemp(join(tmpdir(), 'parsd-autonat-'))
const PROTOCOL = '/libp2p/autonat/1.0.0'

async function closedPort () {
	const server = createServer()
	await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
	const { port } = server.address()
	await new Promise((resolve) => server.close(resolve))
	return port
}

// -- on loopback --------------------------------------------------------------------

const daemon = await startParsd({ dir: join(dir, 'loopback') })
const js = await startAutonat()
const conn = await js.node.dial(multiaddr(daemon.address))
const own = js.node.getMultiaddrs()[0].decapsulate('/p2p').toString()
await check('js asks: parsd dials it back', async () => equal(await js.ask(conn, own), 'reached', 'answer'))
await check('js asks: parsd finds nobody there', async () =>
	equal(await js.ask(conn, `/ip4/127.0.0.1/tcp/${await closedPort()}`), 'not reached', 'answer'))
await check('js asks: parsd dials no third party', async () =>
	equal(await js.ask(conn, '/ip4/192.0.2.1/tcp/4001'), 'refused', 'answer'))
await check('js asks: somebody else answers there', async () => {
	const other = await startAutonat()
	equal(await js.ask(conn, other.node.getMultiaddrs()[0].decapsulate('/p2p').toString()), 'not reached', 'answer')
	await other.node.stop()
})
await check('parsd serves it to all', async () => {
	const peer = await js.node.peerStore.get(conn.remotePeer)
	equal(peer.protocols.includes(PROTOCOL), true, 'protocol')
})
await js.node.stop()
await check('parsd ends cleanly', async () => equal(await daemon.stop(), 0, 'exit status'))

// -- between two hosts ----------------------------------------------------------------

const NS = `parsd-nat-${process.pid}`
const ip = (...args) => execFileSync('ip', args, { stdio: 'pipe' })
const inside = (n) => ['nsenter', `--net=/run/netns/${NS}-${n}`]

function makeHosts () {
	try {
		ip('netns', 'add', `${NS}-1`)
		ip('netns', 'add', `${NS}-2`)
		ip('-n', `${NS}-1`, 'link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', 'eth0', 'netns', `${NS}-2`)
		for (const n of [1, 2]) {
			ip('-n', `${NS}-${n}`, 'addr', 'add', `62.${n}.0.1/8`, 'dev', 'eth0')
			ip('-n', `${NS}-${n}`, 'link', 'set', 'lo', 'up')
			ip('-n', `${NS}-${n}`, 'link', 'set', 'eth0', 'up')
		}
		return true
	} catch (err) {
		skip('AutoNAT between two hosts', `${err.stderr ?? err.message}`.trim().split('\n')[0])
		return false
	}
}

function removeHosts () {
	for (const n of [1, 2]) {
		try {
			ip('netns', 'del', `${NS}-${n}`)
		} catch {}
	}
}
process.on('exit', removeHosts)

function startInside (n, ...words) {
	const [command, ...rest] = [...inside(n), ...words]
	const program = spawn(command, rest, { stdio: ['pipe', 'pipe', 'inherit'] })
	const lines = []
	createInterface(program.stdout).on('line', (line) => lines.push(JSON.parse(line)))
	return {
		says: (what, probe, ms) => until(what, () => lines.find(probe), ms),
		tell: (line) => program.stdin.write(`${line}\n`),
		stop: () => program.kill('SIGKILL')
	}
}

const OTHER = '/ip4/62.2.0.1/tcp/7072'
const NOBODY = 'no other node has tried to dial it yet'
const network = join(dir, 'nat-net.json')

// A daemon on one host, a peer of another kind on the other.
async function betweenHosts (name, body, ...words) {
	const other = startInside(2, ...words, OTHER)
	const p = await startParsd({ dir: join(dir, name), network, listen: '/ip4/62.1.0.1/tcp/7071', via: inside(1) })
	const me = await other.says('it is there', (l) => l.peerId, 20000)
	const is = (mode, reason, ms = 40000) => until(`${mode}: ${reason}`, async () => {
		const s = await p.call('pars_dhtStatus')
		return s.mode === mode && s.reason.startsWith(reason)
	}, ms)
	await check(`${name}: at first parsd is a client`, () => is('client', NOBODY))
	await body(p, other, { ...me, address: `${OTHER}/p2p/${me.peerId}` }, is)
	await check(`${name}: parsd ends cleanly`, async () => equal(await p.stop(), 0, 'exit status'))
	other.stop()
}

async function meet (p, me) {
	await p.call('pars_peerAdd', { address: me.address })
	await until('connected', async () => (await p.peers()).includes(me.peerId))
}

// This version of js dials by the connection that it has, judges that one's
// port, and closes it before it answers: nothing may follow from that.
async function withJs () {
	const words = [process.execPath, new URL('peer_autonat.mjs', import.meta.url).pathname]
	await betweenHosts('js dials parsd', async (p, other, me, is) => {
		other.tell(p.address)
		await check('js asks by itself, parsd dials it, js believes its address', () =>
			other.says('verified', (l) => l.verified?.some((a) => a.startsWith(OTHER)), 30000))
		await check('parsd asks by itself, js finds it reachable but hangs up instead of saying so', async () => {
			const { asked } = await other.says('asked', (l) => l.asked, 40000)
			equal([asked.addresses[0].split('/p2p/')[0], asked.status], ['/ip4/62.1.0.1/tcp/7071', 'OK'], asked.text)
			await sleep(1000)
			await is('client', NOBODY, 1000)
		})
	}, ...words)
	await betweenHosts('parsd dials js', async (p, other, me, is) => {
		await check('parsd dials js', () => meet(p, me))
		await check('parsd asks by itself, js cannot tell, parsd concludes nothing', async () => {
			await other.says('asked', (l) => l.asked, 40000)
			await sleep(1000)
			await is('client', NOBODY, 1000)
		})
	}, ...words)
}

async function withGo () {
	const program = join(process.env.OTHERS ?? '', 'go-peer')
	if (!process.env.OTHERS || !existsSync(program)) {
		skip('AutoNAT with go-libp2p', 'go-peer was not made')
		return
	}
	await betweenHosts('go, open', async (p, other, me, is) => {
		await check('parsd dials go', () => meet(p, me))
		other.tell('1 reachability')
		await check('parsd asks by itself, go dials it, parsd becomes a server', () => is('server', 'other nodes dialled it and reached it'))
		await check('go asks by itself, parsd dials it, go believes that it is public', async () =>
			equal((await other.says('told', (l) => l.n === 1, 60000)).reachability, 'Public', 'reachability'))
	}, program)
	execFileSync('nsenter', [...inside(1).slice(1), 'nft', 'add table inet wall; add chain inet wall in { type filter hook input ' +
		'priority 0 ; }; add rule inet wall in tcp dport 7071 tcp flags & (syn | ack) == syn reject'], { stdio: 'pipe' })
	await betweenHosts('go, walled', async (p, other, me, is) => {
		await check('parsd behind a wall dials go', () => meet(p, me))
		await check('parsd asks by itself, go does not reach it, parsd says why it is a client', () => is('client', 'other nodes tried to dial it'))
	}, program)
}

if (makeHosts()) {
	await check('two hosts', async () => {
		await writeFile(network, JSON.stringify({ pars: { name: 'nat-net' } }))
		await withJs()
		await withGo()
	}, 600000)
}
await rm(dir, { recursive: true })
finish()
