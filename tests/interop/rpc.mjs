// The RPC socket against the clients that wallets are made of: ethers, viem and
// web3.js, each as it comes, and a bare socket for what they never send.
//
// Needs PARSD. Says `ok NAME` or `not ok NAME` for every check and ends with
// the count.
import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { IpcSocketProvider } from 'ethers'
import { createPublicClient } from 'viem'
import { ipc } from 'viem/node'
import { Web3 } from 'web3'
import { IpcProvider } from 'web3-providers-ipc'
import { check as counted, equal, finish, until } from './check.mjs'

const dir = await mkdtemp(join(tmpdir(), 'parsd-rpc-'))
const path = join(dir, 'rpc.sock')
const daemon = spawn(process.env.PARSD, ['--network', 'dev', '--datadir', join(dir, 'data'), '--rpc-socket', path,
	'--listen', 'none', '--log-level', 'warn'], { stdio: ['ignore', 'inherit', 'inherit'] })
const exited = new Promise((resolve) => daemon.once('exit', resolve))
// A client that throws where nobody can catch it fails the check that runs.
let stray
process.on('uncaughtException', (err) => { stray = err })
process.on('unhandledRejection', (err) => { stray = err })

function check (name, body, ms) {
	return counted(name, async () => {
		stray = undefined
		await body()
		if (stray) {
			throw stray
		}
	}, ms)
}

// -- a bare connection -----------------------------------------------------------

class Raw {
	lines = []
	chunks = [] // as they were read
	closed = false
	#rest = ''
	#woken = []
	#id = 0

	static async open () {
		const raw = new Raw()
		raw.socket = connect(path)
		raw.socket.setEncoding('latin1') // bytes, as they come
		await new Promise((resolve, reject) => raw.socket.once('connect', resolve).once('error', reject))
		raw.socket.on('data', (text) => raw.#take(text))
		raw.socket.on('error', () => {})
		raw.socket.on('close', () => { raw.closed = true })
		return raw
	}

	#take (text) {
		this.chunks.push(text)
		const parts = (this.#rest + text).split('\n')
		this.#rest = parts.pop()
		for (const line of parts) {
			this.lines.push(line)
		}
	}

	write (bytes) {
		return new Promise((resolve) => this.socket.write(bytes, resolve))
	}

	// The next line as JSON.
	async next (ms = 15000) {
		await until('a line', () => this.lines.length || this.closed, ms)
		if (!this.lines.length) {
			throw new Error('closed without a line')
		}
		return JSON.parse(this.lines.shift())
	}

	async call (method, params = []) {
		const id = ++this.#id
		await this.write(JSON.stringify({ jsonrpc: '2.0', id, method, params }))
		for (;;) {
			const reply = await this.next()
			if (reply.id === id) {
				if (reply.error) {
					throw Object.assign(new Error(reply.error.message), reply.error)
				}
				return reply.result
			}
		}
	}

	close () {
		this.socket.destroy()
	}
}

async function openWhenReady () {
	for (;;) {
		try {
			return await Raw.open()
		} catch {
			await sleep(50)
		}
	}
}

const request = (id, method = 'net_version', params = []) => JSON.stringify({ jsonrpc: '2.0', id, method, params })
const NASTY = ['plain', 'he said { and never }', '}}}{{{', 'quote " and \\ and \\"}', 'žlutý kůň, 日本語, 🐎 {', '[{"a":"}"}]']

const admin = await openWhenReady()
const session = (await admin.call('pars_sessionNew', ['harbour', 'ana'])).id
for (const text of NASTY) {
	await admin.call('pars_sessionSend', [session, text])
}

// -- the three libraries, through the same checks -----------------------------------

// open() gives { chainId(), call(method, params), close() }.
const clients = {
	ethers: async () => {
		const provider = new IpcSocketProvider(path)
		provider.on('error', () => {})
		return {
			chainId: async () => Number((await provider.getNetwork()).chainId),
			call: (method, params) => provider.send(method, params),
			close: () => provider.destroy()
		}
	},
	viem: async () => {
		const client = createPublicClient({ transport: ipc(path, { reconnect: false, retryCount: 0 }) })
		return {
			chainId: () => client.getChainId(),
			call: (method, params) => client.request({ method, params }),
			close: async () => (await client.transport.getRpcClient()).close()
		}
	},
	'web3.js': async () => {
		const provider = new IpcProvider(path)
		const web3 = new Web3(provider)
		return {
			chainId: async () => Number(await web3.eth.getChainId()),
			call: async (method, params) => {
				const reply = await provider.request({ jsonrpc: '2.0', id: crypto.randomUUID(), method, params })
				if (reply.error) {
					throw Object.assign(new Error(reply.error.message), reply.error)
				}
				return reply.result
			},
			provider,
			web3,
			close: () => provider.disconnect()
		}
	}
}

async function readTexts (client) {
	const page = await client.call('pars_sessionRead', [session, 'arrival', '', 100])
	return page.messages.map((m) => m.text).slice(0, NASTY.length)
}

async function fails (promise, code) {
	try {
		await promise
	} catch (err) {
		const found = [err, err.error, err.cause, err.info?.error, err.cause?.cause].map((e) => e?.code ?? e?.data?.code)
		if (!found.includes(code)) {
			throw new Error(`fails with ${found} (${err.message}), not with ${code}`)
		}
		return
	}
	throw new Error('does not fail')
}

for (const [name, open] of Object.entries(clients)) {
	let client
	await check(`${name}: connects, asks for the chain`, async () => {
		client = await open()
		equal(await client.chainId(), 1337)
	})
	await check(`${name}: calls`, async () => {
		equal(await client.call('net_version', []), '1337')
		equal(await client.call('eth_accounts', []), [])
		equal(await client.call('net_listening', []), false)
		equal(await client.call('net_peerCount', []), '0x0')
		equal((await client.call('pars_status', [])).network, 'dev')
		equal((await client.call('web3_clientVersion', [])).split('/')[0], 'parsd')
	})
	await check(`${name}: many calls at once`, async () => {
		const answers = await Promise.all(Array.from({ length: 200 }, (_, i) =>
			client.call(i % 2 ? 'net_version' : 'pars_version', [])))
		equal(answers.filter((a) => a === '1337' || a.version).length, 200)
	})
	await check(`${name}: braces and multi-byte text in strings, both ways`, async () => {
		equal(await readTexts(client), NASTY)
		const text = `${name}: {"ž日🐎": [}`
		await client.call('pars_sessionSend', [session, text])
		const last = await client.call('pars_sessionRead', [session, 'arrival', 'last:1'])
		equal(last.messages[0].text, text)
	})
	await check(`${name}: errors keep their codes`, async () => {
		await fails(client.call('pars_sessionShow', ['nowhere']), 202)
		await fails(client.call('pars_nothing', []), -32601)
		await fails(client.call('pars_peerLs', ['', 0]), -32602)
	})
	await check(`${name}: a reply of a megabyte`, async () => {
		const page = await client.call('rpc_discover', [])
		equal(page.openrpc, '1.2.6')
		for (let i = 0; i < 20; i++) {
			await client.call('pars_sessionSend', [session, 'ž{'.repeat(15000)])
		}
		equal((await client.call('pars_sessionRead', [session, 'arrival', 'last:20', 20])).messages.length, 20)
	})
	await check(`${name}: calls while notifications come`, async () => {
		equal((await client.call('pars_subscribe', ['messages', session])).slice(0, 2), '0x')
		for (let i = 0; i < 50; i++) {
			await client.call('pars_sessionSend', [session, `n${i}`])
			equal(await client.call('net_version', []), '1337')
		}
	}, 60000)
	await check(`${name}: goes`, async () => client.close())
}

await check('web3.js: gets the notifications themselves', async () => {
	const client = await clients['web3.js']()
	const texts = []
	client.provider.on('message', (m) => {
		const result = m?.params?.result ?? m?.data?.result
		texts.push(...(result?.messages ?? []).map((x) => x.text))
	})
	await client.call('pars_subscribe', ['messages', session])
	for (let i = 0; i < 20; i++) {
		await client.call('pars_sessionSend', [session, `told ${i}`])
	}
	await until(`20 messages, not ${texts.length}`, () => texts.length === 20)
	equal(texts, Array.from({ length: 20 }, (_, i) => `told ${i}`))
	client.close()
})
await check('web3.js: a batch', async () => {
	const client = await clients['web3.js']()
	const batch = new client.web3.BatchRequest()
	const answers = [batch.add({ method: 'net_version', params: [] }), batch.add({ method: 'eth_chainId', params: [] })]
	await batch.execute()
	equal(await Promise.all(answers), ['1337', '0x539'])
	client.close()
})

// -- bytes as no library sends them ---------------------------------------------------

await check('a request split at every byte', async () => {
	const raw = await Raw.open()
	const bytes = Buffer.from(request(1, 'pars_sessionSend', [session, 'ž{"}日🐎']))
	raw.socket.setNoDelay?.(true)
	for (let cut = 1; cut < bytes.length; cut++) {
		await raw.write(bytes.subarray(0, cut))
		await sleep(1)
		await raw.write(bytes.subarray(cut))
		equal(typeof (await raw.next()).result.id, 'string')
	}
	raw.close()
}, 60000)
await check('a request of single bytes', async () => {
	const raw = await Raw.open()
	for (const byte of Buffer.from(request('x"}') + '\n')) {
		await raw.write(Buffer.of(byte))
		await sleep(1)
	}
	equal((await raw.next()).id, 'x"}')
	raw.close()
})
for (const [name, between] of [['nothing', ''], ['LF', '\n'], ['CRLF', '\r\n'], ['blanks', ' \t\n\n ']]) {
	await check(`requests in one write with ${name} between them`, async () => {
		const raw = await Raw.open()
		await raw.write(Array.from({ length: 30 }, (_, i) => request(i)).join(between))
		for (let i = 0; i < 30; i++) {
			equal(await raw.next(), { jsonrpc: '2.0', id: i, result: '1337' })
		}
		raw.close()
	})
}
await check('two requests, cut at every byte', async () => {
	const raw = await Raw.open()
	const bytes = Buffer.from(request(1) + request(2))
	for (let cut = 1; cut < bytes.length; cut++) {
		await raw.write(bytes.subarray(0, cut))
		await sleep(1)
		await raw.write(bytes.subarray(cut))
		equal([(await raw.next()).id, (await raw.next()).id], [1, 2])
	}
	raw.close()
})
await check('replies are ASCII lines without braces in strings', async () => {
	const raw = await Raw.open()
	await raw.write(request(1, 'pars_sessionRead', [session, 'arrival', '', 10]))
	await until('a line', () => raw.lines.length)
	const line = raw.lines[0]
	equal(/^[\x20-\x7e]*$/.test(line), true)
	equal(/[{}]/.test(line.replace(/[{}](?=(?:[^"\\]|\\.|"(?:[^"\\]|\\.)*")*$)/g, '')), false)
	raw.close()
})
await check('a batch answers in the order of its requests', async () => {
	const raw = await Raw.open()
	await raw.write(`[${request(1)},${request('b', 'pars_nothing')},{"jsonrpc":"2.0","method":"net_version"},${request(3)},7]`)
	const replies = await raw.next()
	equal(replies.map((r) => r.id), [1, 'b', 3, null])
	equal(replies.map((r) => r.error?.code), [undefined, -32601, undefined, -32600])
	await raw.write(`[${Array.from({ length: 101 }, (_, i) => request(i)).join()}]`)
	equal((await raw.next()).error.code, -32600)
	raw.close()
})
await check('a notification never shares a read with anything', async () => {
	const raw = await Raw.open()
	await raw.call('pars_subscribe', ['messages', session])
	raw.chunks.length = 0
	const calls = []
	for (let i = 0; i < 100; i++) {
		calls.push(request(`c${i}`, 'pars_sessionSend', [session, `w${i}`]))
	}
	await raw.write(calls.join(''))
	await until('all of them', () => raw.lines.filter((l) => l.includes('"c')).length === 100 &&
		raw.lines.join('').includes('"w99"'))
	const shared = raw.chunks.filter((c) => c.includes('pars_subscription') && c.trimEnd().includes('\n'))
	equal(shared.length, 0)
	raw.close()
})

// -- bounds -------------------------------------------------------------------------------

async function connections () {
	const { metrics } = await admin.call('pars_metrics')
	return metrics.find((m) => m.name === 'rpc_clients').value
}

// viem keeps one connection for ever, whatever it is told.
await check('who goes is gone', () => until('two connections', async () => await connections() <= 2))
await check('64 connections, and no more', async () => {
	const all = []
	for (let i = await connections(); i < 64; i++) {
		all.push(await Raw.open())
	}
	equal(await Promise.all(all.map((r) => r.call('net_version'))), Array(all.length).fill('1337'))
	const late = await Raw.open()
	const refused = await late.next()
	equal([refused.id, refused.error.data.name], [null, 'LIMIT'])
	await until('it is closed', () => late.closed)
	all.pop().close()
	await until('there is room again', async () => {
		const again = await Raw.open()
		const ok = await again.call('net_version').then(() => true, () => false)
		again.close()
		return ok
	})
	all.forEach((r) => r.close())
	await sleep(100)
})
await check('a reader who is slow loses nothing and holds up nobody', async () => {
	const slow = await Raw.open()
	await slow.call('pars_subscribe', ['messages', session])
	slow.socket.pause()
	const text = 's'.repeat(50000)
	for (let i = 0; i < 100; i++) {
		await admin.call('pars_sessionSend', [session, `${i} ${text}`])
	}
	equal(await admin.call('net_version'), '1337')
	slow.socket.resume()
	const seen = []
	while (seen.length < 100) {
		const { params } = await slow.next()
		seen.push(...params.result.messages.map((m) => parseInt(m.text)))
	}
	equal(seen, Array.from({ length: 100 }, (_, i) => i))
	slow.close()
}, 60000)
await check('a writer who never reads is not read for ever', async () => {
	const rude = await Raw.open()
	rude.socket.pause()
	const many = request(1, 'rpc_discover').repeat(2000)
	rude.socket.write(many)
	await sleep(300)
	equal(await admin.call('net_version'), '1337')
	rude.close()
})
await check('a request of 5 MiB is the largest', async () => {
	const raw = await Raw.open()
	await raw.write(request(1, 'pars_sessionSend', [session, 'x'.repeat(4 << 20)]))
	equal((await raw.next()).error.code, -32602) // too long a message, but a request
	raw.socket.write(request(2, 'pars_sessionSend', [session, 'x'.repeat(6 << 20)]))
	const last = await raw.next()
	equal([last.id, last.error.code], [null, -32600])
	await until('it is closed', () => raw.closed)
})
await check('a reply larger than 10 MiB says so', async () => {
	const raw = await Raw.open()
	const page = { jsonrpc: '2.0', method: 'pars_sessionRead', params: [session, 'arrival', 'last:100', 100] }
	await raw.write(`[${Array.from({ length: 100 }, (_, id) => JSON.stringify({ ...page, id })).join()}]`)
	const replies = await raw.next(30000)
	equal(replies.length, 100)
	equal(replies.some((r) => r.error?.code === -32003), true)
	equal(replies[0].result.messages.length > 10, true)
	equal(await raw.call('net_version'), '1337')
	raw.close()
}, 60000)
await check('what is no JSON ends the connection with a word', async () => {
	const raw = await Raw.open()
	await raw.write('hello')
	equal((await raw.next()).error.code, -32700)
	await until('it is closed', () => raw.closed)
})

admin.close()
daemon.kill('SIGTERM')
await exited
await rm(dir, { recursive: true, force: true })
finish()
