// Ten js-libp2p nodes, each a process of its own, that all know each other, in
// one signed topic: what bench_gossip measures of ten daemons. Uses what
// tests/interop installs.
import { fork } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'

const NODES = 10
const MESSAGES = 30 // of each node
const PAUSES_MS = [0, 50, 100, 150, 200, 300, 400, 600, 900] // between them: flat out first, until nothing is lost
const LOST_MS = 6000 // without anything new: what has not come will not
const PACED = 100
const PACE_MS = 40
const SIZE = 256
const TOPIC = 'bench'

// -- one node: does what it is told, says what came of it ---------------------------

async function node () {
	const { startGossipJs } = await import('../interop/peer_gossip.mjs')
	// Nobody is punished for being late: else on a busy machine they shut each other out.
	const js = await startGossipJs({ scoreParams: { IPColocationFactorWeight: 0, behaviourPenaltyWeight: 0 } })
	const took = []
	let count = 0
	js.join(TOPIC)
	js.pubsub.addEventListener('message', ({ detail }) => {
		if (detail.type === 'signed' && detail.from.toString() !== js.peerId) {
			count++
			// One clock for all processes of a machine.
			took.push(Number(process.hrtime.bigint() - BigInt(Buffer.from(detail.data).toString().trim())) / 1e6)
		}
	})
	const publish = () => js.publish(TOPIC, process.hrtime.bigint().toString().padEnd(SIZE))
	const does = {
		dial: async ({ address }) => { await js.dial({ address }) },
		peers: () => js.pubsub.getSubscribers(TOPIC).length,
		publish: async ({ n, ms }) => {
			for (let i = 0; i < n; i++) {
				await publish()
				await sleep(ms)
			}
		},
		count: () => count,
		took: () => took.splice(0),
		cpu: () => process.cpuUsage().user + process.cpuUsage().system,
		stop: () => process.exit(0)
	}
	process.on('message', async (m) => process.send({ id: m.id, result: await does[m.does](m) }))
	process.on('disconnect', () => process.exit(1)) // nobody is left behind
	process.send({ address: js.address })
}

// -- all of them -----------------------------------------------------------------------

function start () {
	const child = fork(process.argv[1], ['node'])
	const waiting = new Map()
	let id = 0
	return new Promise((resolve) => child.on('message', (m) => {
		if (m.address) {
			resolve({
				address: m.address,
				ask: (does, args) => new Promise((done) => {
					waiting.set(++id, done)
					child.send({ id, does, ...args })
				})
			})
		} else {
			waiting.get(m.id)(m.result)
			waiting.delete(m.id)
		}
	}))
}

const row = (metric, value, unit) =>
	console.log(`{"metric": "${metric}", "value": ${Number(value.toPrecision(6))}, "unit": "${unit}", "limit": null, "ratio": null}`)
const sum = (list) => list.reduce((a, b) => a + b, 0)
const at = (list, p) => list.sort((a, b) => a - b)[Math.min(list.length - 1, Math.floor(list.length * p / 100))]

// All publish at once, each with a pause after each of its messages.
async function load (ask, pause) {
	const before = sum(await ask('count'))
	const want = MESSAGES * NODES * (NODES - 1)
	const cpu = sum(await ask('cpu'))
	const since = performance.now()
	const published = ask('publish', { n: MESSAGES, ms: pause })
	let got = 0
	let last = since
	while (got < want && performance.now() < last + LOST_MS) {
		const now = sum(await ask('count')) - before
		last = now > got ? performance.now() : last
		got = now
		await sleep(5)
	}
	await published
	return {
		part: got / want,
		perSecond: got / (NODES - 1) / ((last - since) / 1000),
		cpuUs: (sum(await ask('cpu')) - cpu) / (MESSAGES * NODES)
	}
}

async function all () {
	const nodes = await Promise.all(Array.from({ length: NODES }, start))
	const ask = (does, args) => Promise.all(nodes.map((n) => n.ask(does, args)))
	for (const [i, n] of nodes.entries()) {
		for (const other of nodes.slice(0, i)) {
			await n.ask('dial', { address: other.address })
		}
	}
	while ((await ask('peers')).some((n) => n < NODES - 1)) {
		await sleep(50)
	}
	await sleep(2000) // the meshes have grown
	await nodes[0].ask('publish', { n: PACED, ms: PACE_MS })
	await sleep(1000)
	const ms = (await ask('took')).flat()
	row('gossip_10_p50_js', at(ms, 50), 'ms')
	row('gossip_10_p99_js', at(ms, 99), 'ms')
	for (const pause of PAUSES_MS) {
		const r = await load(ask, pause)
		const end = r.part === 1 ? '_js' : '_js_flat_out' // the first with nothing lost
		if (pause === 0 || r.part === 1) {
			row(`gossip_10_nodes${end}`, r.perSecond, 'messages/s') // that everybody got, on average
			row(`gossip_10_nodes_cpu${end}`, r.cpuUs, 'us a message')
			row(`gossip_10_delivered${end}`, r.part, 'of 1')
		}
		if (r.part === 1) {
			break
		}
	}
	nodes.forEach((n) => n.ask('stop'))
	await sleep(500)
	process.exit(0)
}

await (process.argv[2] === 'node' ? node() : all())
