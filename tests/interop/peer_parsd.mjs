// The daemon in a folder of its own, and calls to it over its RPC socket.
//
// Needs PARSD.
import { spawn } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { until } from './check.mjs'

// A suite that breaks or is ended leaves no daemon behind.
const daemons = new Set()
process.once('SIGTERM', () => process.exit(1))
process.on('exit', () => {
	for (const d of daemons) {
		d.kill('SIGKILL')
	}
})

// One connection; answers are told apart by their ids.
class Rpc {
	#waiting = new Map()
	#rest = ''
	#id = 0

	constructor (socket) {
		this.socket = socket
		socket.setEncoding('utf8')
		socket.on('data', (text) => this.#take(text))
		socket.on('error', () => {})
		socket.on('close', () => {
			for (const { reject } of this.#waiting.values()) {
				reject(new Error('the daemon hung up'))
			}
			this.#waiting.clear()
		})
	}

	#take (text) {
		const lines = (this.#rest + text).split('\n')
		this.#rest = lines.pop()
		for (const line of lines) {
			const reply = JSON.parse(line)
			const call = this.#waiting.get(reply.id)
			this.#waiting.delete(reply.id)
			if (reply.error) {
				call?.reject(Object.assign(new Error(reply.error.message), reply.error))
			} else {
				call?.resolve(reply.result)
			}
		}
	}

	call (method, params = {}) {
		return new Promise((resolve, reject) => {
			const id = ++this.#id
			this.#waiting.set(id, { resolve, reject })
			this.socket.write(`${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`)
		})
	}
}

async function open (path) {
	const socket = connect(path)
	await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject))
	return new Rpc(socket)
}

// `dir` is made; `network` is what --network takes; `via` is a command that runs
// the daemon, as nsenter does.
export async function startParsd ({ dir, network = 'dev', args = [], listen = '/ip4/127.0.0.1/tcp/0', via = [] }) {
	await mkdir(dir, { recursive: true })
	const path = join(dir, 'rpc.sock')
	const [command, ...words] = [...via, process.env.PARSD, '--network', network, '--datadir', join(dir, 'data'),
		'--rpc-socket', path, '--listen', listen, '--log-level', 'warn', ...args]
	const daemon = spawn(command, words, { stdio: ['ignore', 'inherit', 'inherit'] })
	daemons.add(daemon)
	const exited = new Promise((resolve) => daemon.once('exit', (code, signal) => {
		daemons.delete(daemon)
		resolve(code ?? signal)
	}))
	const rpc = await until('the daemon answers', () => open(path))
	const id = await rpc.call('pars_idShow')
	const call = (method, params) => rpc.call(method, params)
	return {
		kind: 'parsd',
		peerId: id.peerId,
		did: id.did,
		address: id.addresses[0],
		pid: daemon.pid,
		call,
		async metrics () {
			return Object.fromEntries((await call('pars_metrics')).metrics.map((m) => [m.name, m.value]))
		},
		async table () {
			return (await call('pars_dhtLs', { limit: 1000 })).nodes.map((n) => n.peerId)
		},
		async peers () {
			return (await call('pars_peerLs', { limit: 1000 })).peers.filter((p) => p.connected).map((p) => p.peerId)
		},
		// The exit status.
		async stop () {
			rpc.socket.destroy()
			daemon.kill('SIGTERM')
			const status = await Promise.race([exited, sleep(10000, 'late', { ref: false })])
			daemon.kill('SIGKILL')
			return status
		}
	}
}
