// Pubsub meshes of daemons and js-libp2p nodes (gossipsub, and one that knows
// floodsub only) over loopback.
//
// Needs PARSD; GOSSIP_JS (6) is how many js nodes of each policy there are
// beside the daemons. Says `ok NAME` or `not ok NAME` for every check and ends
// with the count.
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { assert, check, equal, finish, until } from './check.mjs'
import { startFloodJs, startGossipJs, startGossipParsd, StrictNoSign, StrictSign } from './peer_gossip.mjs'
import { writeGenesis } from './peer_kad.mjs'

const DAEMONS = 4
const JS = Number(process.env.GOSSIP_JS || 6)
const LARGE = 1024 * 1024 - 512 // so that an RPC of 1 MiB holds it
const dir = await mkdtemp(join(tmpdir(), 'parsd-gossip-'))
const network = await writeGenesis(dir)
const running = new Set()
const strays = []
process.on('unhandledRejection', (err) => strays.push(err))

function keep (p) {
	running.add(p)
	return p
}

let serial = 0
const parsd = async (options) => keep(await startGossipParsd({ dir: join(dir, `p${serial++}`), network, ...options }))
const js = async (options) => keep(await startGossipJs(options))

async function stop (p) {
	running.delete(p)
	return p.stop()
}

const digest = () => randomBytes(16).toString('hex')
const texts = (list) => list.map((b) => b.toString())
const without = (list, p) => list.filter((q) => q !== p)

// The message is heard by all others, once.
async function reachesAll (from, nodes, topic, data, ms = 20000) {
	const want = Buffer.from(data)
	for (const p of without(nodes, from)) {
		await until(`${p.kind} ${nodes.indexOf(p)} hears ${from.kind} ${nodes.indexOf(from)}`,
			() => p.heard(topic).some((b) => b.equals(want)), ms)
		equal(p.heard(topic).filter((b) => b.equals(want)).length, 1, `copies told at ${p.kind} ${nodes.indexOf(p)}`)
	}
}

// Until everybody has somebody of the topic around, and a mesh.
async function meshed (nodes, topic) {
	for (const p of nodes) {
		await until(`${p.kind} ${nodes.indexOf(p)} is in the mesh of ${topic}`, async () =>
			(await p.mesh(topic)).some((m) => m.mesh))
	}
}

// -- meshes of both kinds --------------------------------------------------------

const daemons = []
for (let i = 0; i < DAEMONS; i++) {
	daemons.push(await parsd())
}
const policies = { signed: StrictSign, unsigned: StrictNoSign }
const groups = {}
for (const [topic, policy] of Object.entries(policies)) {
	const theirs = []
	for (let i = 0; i < JS; i++) {
		theirs.push(await js({ policy }))
		await theirs[i].join(topic)
	}
	for (const p of daemons) {
		await p.join(topic, policy)
	}
	groups[topic] = [...daemons, ...theirs]
	// A ring, half of it dialled by either kind, and some chords.
	const all = groups[topic]
	for (let i = 0; i < all.length; i++) {
		for (const step of [1, 3]) {
			await all[i].dial(all[(i + step) % all.length])
		}
	}
}
console.log(`# ${DAEMONS} daemons, ${JS} js nodes in each of two topics`)

for (const [topic, nodes] of Object.entries(groups)) {
	await check(`${topic}: everybody comes into the mesh`, () => meshed(nodes, topic))
	await check(`${topic}: what each says reaches all others once`, async () => {
		for (const p of nodes) {
			const text = `${topic} from ${nodes.indexOf(p)} ${digest()}`
			await p.publish(topic, text, policies[topic])
			await reachesAll(p, nodes, topic, text)
		}
	})
	await check(`${topic}: many at once`, async () => {
		const sent = []
		await Promise.all(nodes.map(async (p, i) => {
			for (let k = 0; k < 10; k++) {
				const text = `${topic} burst ${i} ${k} ${digest()}`
				sent.push([p, text])
				await p.publish(topic, text, policies[topic])
			}
		}))
		for (const p of nodes) {
			const want = sent.filter(([q]) => q !== p).map(([, text]) => text)
			await until(`${p.kind} ${nodes.indexOf(p)} hears all`, () => {
				const got = new Set(texts(p.heard(topic)))
				return want.every((text) => got.has(text))
			})
			equal(new Set(texts(p.heard(topic))).size, p.heard(topic).length, 'nothing is told twice')
		}
	})
	for (const from of [daemons[0], nodes.at(-1)]) {
		await check(`${topic}: 1 MiB from ${from.kind}`, async () => {
			const data = randomBytes(LARGE)
			await from.publish(topic, data, policies[topic])
			await reachesAll(from, nodes, topic, data, 40000)
		})
	}
	await check(`${topic}: nobody thinks ill of another`, async () => {
		for (const p of nodes) {
			const bad = (await p.mesh(topic)).filter((m) => m.score < 0)
			equal(bad, [], `${p.kind} ${nodes.indexOf(p)}`)
		}
	})
}
await check('the newest protocol is what both speak', async () => {
	for (const p of daemons) {
		for (const m of await p.mesh()) {
			equal(m.protocol, '/meshsub/1.2.0', m.peerId)
		}
	}
})
for (const [topic, nodes] of Object.entries(groups)) {
	for (const count of [5, 8]) {
		await check(`${topic}: ${count} messages of 200 KiB from js in one RPC`, async () => {
			const from = nodes.at(-1)
			const [to] = daemons
			await from.dial(to)
			await until('meets', async () => (await to.mesh(topic)).some((m) => m.peerId === from.peerId))
			const list = Array.from({ length: count }, () => randomBytes(200 * 1024))
			await from.sendTogether(topic, list, to.peerId)
			for (const data of list) {
				await reachesAll(from, nodes, topic, data)
			}
		})
	}
}
await check('daemons say IDONTWANT to js', async () => {
	const [topic, nodes] = Object.entries(groups)[1]
	const heardByJs = () => nodes.reduce((n, p) => n + (p.wire?.idontwant ?? 0), 0)
	for (let i = 0; i < 20 && heardByJs() === 0; i++) {
		const data = randomBytes(100000)
		await nodes.at(-1).publish(topic, data)
		await reachesAll(nodes.at(-1), nodes, topic, data)
	}
	assert(heardByJs() > 0, 'a daemon never said so')
})

// -- leaving, waiting, coming back ---------------------------------------------------

await check('js leaves and is pruned from meshes; it comes back after its backoff', async () => {
	const [topic, nodes] = ['signed', groups.signed]
	const p = nodes.at(-1)
	await p.leave(topic)
	for (const d of daemons) {
		await until('forgotten', async () => !(await d.mesh(topic)).some((m) => m.peerId === p.peerId && m.mesh))
	}
	const text = `without it ${digest()}`
	await daemons[1].publish(topic, text)
	await reachesAll(daemons[1], without(nodes, p), topic, text)
	equal(texts(p.heard(topic)).includes(text), false, 'heard after leaving')
	await p.join(topic)
	await until('back in a mesh', async () => (await p.mesh(topic)).some((m) => m.mesh), 40000)
	const back = `with it ${digest()}`
	await daemons[2].publish(topic, back)
	await reachesAll(daemons[2], nodes, topic, back)
})
await check('a daemon leaves: js is told to wait for ten seconds, and is not grafted before', async () => {
	const [topic, nodes] = ['signed', groups.signed]
	const d = daemons[3]
	const since = Date.now()
	const told = () => nodes.flatMap((p) => p.wire?.prunes ?? [])
		.filter((x) => x.from === d.peerId && x.topic === topic && x.at >= since)
	assert((await d.mesh(topic)).some((m) => m.mesh && nodes.some((p) => p.wire && p.peerId === m.peerId)), 'no js in its mesh')
	await d.leave(topic)
	await until('pruned', () => told().length > 0)
	assert(told().every((x) => x.backoff === 10), JSON.stringify(told()))
	await d.join(topic, StrictSign)
	const text = `of who came back ${digest()}`
	await until('it knows who is there', async () => (await d.mesh(topic)).length > 0)
	await d.publish(topic, text)
	await reachesAll(d, nodes, topic, text)
	await until('in a mesh again', async () => (await d.mesh(topic)).some((m) => m.mesh), 40000)
	for (const p of nodes.filter((n) => n.wire && told().some((x) => x.from === d.peerId))) {
		const prune = p.wire.prunes.findLast((x) => x.from === d.peerId && x.topic === topic && x.at >= since)
		const graft = prune && p.wire.grafts.find((x) => x.from === d.peerId && x.topic === topic && x.at > prune.at)
		assert(!graft || graft.at - prune.at >= 10000, `grafted ${graft?.at - prune?.at} ms after the prune`)
		assert(p.score(d.peerId) >= 0, `score ${p.score(d.peerId)}`)
	}
})

// -- a crowd, and peer exchange ---------------------------------------------------------

const crowd = []
await check('a crowd around one daemon: its mesh stays small, who must go is told of others', async () => {
	const [hub] = daemons
	await hub.join('crowd', StrictSign)
	for (let i = 0; i < 16; i++) {
		crowd.push(await js())
		await crowd[i].join('crowd')
		await crowd[i].dial(hub)
	}
	await until('all are there', async () => (await hub.mesh('crowd')).length === crowd.length)
	await until('somebody was sent away', () => crowd.some((p) => p.wire.prunes.length > 0))
	await until('the mesh is no larger than 12', async () => (await hub.mesh('crowd')).filter((m) => m.mesh).length <= 12)
	const prunes = crowd.flatMap((p) => p.wire.prunes)
	assert(prunes.every((x) => x.backoff === 60), JSON.stringify(prunes[0]))
	assert(prunes.some((x) => x.peers > 0 && x.records === x.peers), `no signed records in ${JSON.stringify(prunes)}`)
	for (const p of [hub, crowd[0], crowd.at(-1)]) {
		const text = `in the crowd ${digest()}`
		await p.publish('crowd', text)
		await reachesAll(p, [hub, ...crowd], 'crowd', text)
	}
})
await check('no js thinks ill of the daemon that pruned it', () => {
	for (const p of crowd) {
		assert(p.score(daemons[0].peerId) >= 0, `score ${p.score(daemons[0].peerId)}`)
	}
})
await Promise.all(crowd.map(stop))
await check('js sends a daemon away with signed records: it dials who is in them', async () => {
	const hub = await js({ doPX: true, Dlo: 1, D: 1, Dhi: 12, Dout: 0, Dscore: 0 })
	const other = await js()
	const d = await parsd()
	for (const p of [other, d]) {
		await p.join('exchange', StrictSign)
		await p.dial(hub)
	}
	await hub.join('exchange')
	await until('both are there', async () => (await hub.mesh('exchange')).length === 2)
	await until('in its mesh', async () => (await d.mesh('exchange')).some((m) => m.mesh))
	// Words of a peer that was never of use are not followed.
	for (let i = 0; i < 15; i++) {
		const text = `of use ${i} ${digest()}`
		await hub.publish('exchange', text)
		await reachesAll(hub, [hub, d], 'exchange', text)
	}
	assert((await d.mesh('exchange'))[0].score >= 10, 'not of use')
	hub.pubsub.mesh.get('exchange').delete(d.peerId)
	await hub.pubsub.sendPrune(d.peerId, 'exchange')
	await until('it dialled the other', async () => (await d.peers()).includes(other.peerId))
	await Promise.all([hub, other, d].map(stop))
})

// -- forged signatures ------------------------------------------------------------------------

let graylisted = 0 // RPCs of the liar, who may be heard no longer by its last
await check('js signs with a wrong key: refused, counted, scored, put out', async () => {
	const [d] = daemons
	const liar = await js()
	await liar.join('signed')
	await liar.dial(d)
	await until('meets', async () => (await d.mesh('signed')).some((m) => m.peerId === liar.peerId))
	const good = `still honest ${digest()}`
	await liar.publish('signed', good)
	await until('heard', () => texts(d.heard('signed')).includes(good))
	const before = (await d.metrics()).gossip_rejected
	await liar.forge()
	for (let i = 1; i <= 3; i++) {
		await liar.publish('signed', `forged ${i}`)
		await until('counted', async () => (await d.metrics()).gossip_rejected >= before + Math.min(i, 2))
	}
	await until('scored', async () => (await d.mesh('signed')).some((m) => m.peerId === liar.peerId && m.score < -20 && !m.mesh))
	for (const p of groups.signed) {
		equal(texts(p.heard('signed')).filter((t) => t.startsWith('forged')), [], `${p.kind} heard a forgery`)
	}
	await stop(liar)
	graylisted = (await d.metrics()).gossip_graylisted
})

// -- floodsub --------------------------------------------------------------------------------------

await check('js that speaks floodsub only: both directions', async () => {
	const flood = keep(await startFloodJs())
	await flood.join('signed')
	await flood.dial(daemons[0])
	await until('meets', async () => (await daemons[0].mesh('signed')).some((m) => m.peerId === flood.peerId &&
		m.protocol === '/floodsub/1.0.0'))
	await until('js knows', async () => (await flood.mesh('signed')).length > 0)
	const nodes = [...groups.signed, flood]
	for (const p of [flood, daemons[0], daemons[2], nodes[DAEMONS]]) {
		const text = `flood ${digest()}`
		await p.publish('signed', text)
		await reachesAll(p, nodes, 'signed', text)
	}
	await stop(flood)
})

// -- older versions ---------------------------------------------------------------------------------

for (const version of ['1.0.0', '1.1.0']) {
	await check(`js that speaks no newer than ${version}: both directions`, async () => {
		const old = await js({ protocols: [`/meshsub/${version}`] })
		await old.join('signed')
		await old.dial(daemons[1])
		await until('meets', async () => (await daemons[1].mesh('signed')).some((m) => m.peerId === old.peerId &&
			m.protocol === `/meshsub/${version}`))
		await until('in a mesh', async () => (await old.mesh('signed')).some((m) => m.mesh))
		const nodes = [...groups.signed, old]
		for (const p of [old, daemons[1], daemons[2], nodes[DAEMONS]]) {
			const text = `old ${digest()}`
			await p.publish('signed', text)
			await reachesAll(p, nodes, 'signed', text)
		}
		await stop(old)
	})
}

// -- the end --------------------------------------------------------------------------------------------

await check('no daemon found fault with what honest nodes say', async () => {
	for (const p of daemons) {
		const m = await p.metrics()
		m.gossip_graylisted -= p === daemons[0] ? graylisted : 0
		const names = ['gossip_malformed', 'gossip_graylisted', 'gossip_full', 'gossip_dropped', 'gossip_broken_promise', 'gossip_early_graft',
			'gossip_flood', 'conn_bad_frame']
		equal(names.filter((name) => m[name]).map((name) => [name, m[name]]), [], p.peerId)
	}
})
await check('all daemons end cleanly', async () => {
	equal(await Promise.all(daemons.map(stop)), daemons.map(() => 0), 'exit statuses')
})
await Promise.all([...running].map(stop))
await rm(dir, { recursive: true })
for (const err of new Set(strays.map((e) => `${e?.name}: ${e?.message}`))) {
	console.log(`# js, not waited for: ${err}`)
}
finish()
