// The C program as a test sees it: lines in, lines out, every wait bounded.
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

const WAIT_MS = 20000

export class PeerC {
	static async start (path, args = []) {
		const peer = new PeerC(path, args)
		const [, addr] = await peer.expect(/^LISTEN (\S+)$/)
		peer.addr = addr
		peer.id = addr.split('/p2p/')[1]
		return peer
	}

	constructor (path, args) {
		this.lines = []
		this.waiting = []
		this.child = spawn(path, args, { stdio: ['pipe', 'pipe', 'inherit'] })
		this.exited = new Promise((resolve) => this.child.once('exit', resolve))
		this.child.stdin.on('error', () => {})
		createInterface({ input: this.child.stdout }).on('line', (line) => {
			if (process.env.INTEROP_VERBOSE) {
				console.error(`# ${line.slice(0, 300)}`)
			}
			this.lines.push(line)
			this.#match()
		})
	}

	send (command) {
		this.child.stdin.write(command + '\n')
	}

	// The first line not yet taken that matches; lines before it are dropped.
	expect (pattern, ms = WAIT_MS) {
		return new Promise((resolve, reject) => {
			const wait = { pattern, resolve }
			wait.timer = setTimeout(() => {
				this.waiting.splice(this.waiting.indexOf(wait), 1)
				reject(new Error(`the C peer did not say ${pattern}`))
			}, ms)
			this.waiting.push(wait)
			this.#match()
		})
	}

	async ask (command, pattern, ms = WAIT_MS) {
		this.lines.length = 0
		this.send(command)
		return this.expect(pattern, ms)
	}

	#match () {
		for (const wait of [...this.waiting]) {
			const at = this.lines.findIndex((line) => wait.pattern.test(line))
			if (at < 0) {
				continue
			}
			clearTimeout(wait.timer)
			this.waiting.splice(this.waiting.indexOf(wait), 1)
			const line = this.lines[at]
			this.lines.splice(0, at + 1)
			wait.resolve(line.match(wait.pattern))
		}
	}

	async stop () {
		this.send('quit')
		const timer = setTimeout(() => this.child.kill('SIGKILL'), 2000)
		await this.exited
		clearTimeout(timer)
	}
}
