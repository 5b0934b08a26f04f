// Two js-libp2p nodes in this process over loopback TCP: what bench_net
// measures of two of our hosts. Uses what tests/interop installs.
import { ECHO, startJs } from '../interop/peer_js.mjs'


const DIALS = 50
const BULK = 64 * 1024 * 1024
const ROUNDS = 3

const row = (metric, value, unit) =>
	console.log(`{"metric": "${metric}", "value": ${Number(value.toPrecision(6))}, "unit": "${unit}", "limit": null, "ratio": null}`)
const median = (list) => list.sort((a, b) => a - b)[Math.floor(list.length / 2)]

const a = await startJs()
const b = await startJs()
const addr = b.getMultiaddrs()[0]

function identified (node) {
	return new Promise((resolve) => node.addEventListener('peer:identify', resolve, { once: true }))
}

async function dials () {
	const took = []
	let cpu = 0
	for (let i = 0; i < DIALS; i++) {
		const before = process.cpuUsage()
		const since = performance.now()
		const both = Promise.all([identified(a), identified(b)])
		await a.dial(addr)
		await both
		took.push(performance.now() - since)
		const used = process.cpuUsage(before)
		cpu += (used.user + used.system) / 1000
		await a.hangUp(b.peerId)
		while (b.getConnections().length > 0) {
			await new Promise((resolve) => setTimeout(resolve, 5))
		}
	}
	row('dial_cpu_both_ends_js', cpu / DIALS, 'ms')
	row('dial_p50_js', median(took), 'ms')
}

async function bulk () {
	const piece = new Uint8Array(65536)
	let received = 0
	let done
	await b.unhandle(ECHO)
	await b.handle(ECHO, async (stream) => {
		for await (const data of stream) {
			received += data.byteLength
			if (received >= BULK) {
				done()
			}
		}
	})
	const connection = await a.dial(addr)
	const rates = []
	for (let i = 0; i < ROUNDS; i++) {
		const all = new Promise((resolve) => { done = resolve })
		received = 0
		const stream = await connection.newStream(ECHO)
		const since = performance.now()
		for (let n = 0; n < BULK; n += piece.length) {
			if (!stream.send(piece)) {
				await stream.onDrain()
			}
		}
		await all
		rates.push(BULK / 1048576 / ((performance.now() - since) / 1000))
		await stream.close()
	}
	row('stream_64_mib_js', median(rates), 'MiB/s')
}

await dials()
await bulk()
await a.stop()
await b.stop()
process.exit(0)
