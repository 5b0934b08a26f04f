// Nodes of pubsub meshes, of both kinds, behind the same calls:
//
//   join(topic), leave(topic)
//   publish(topic, data)   a Buffer or text
//   heard(topic)           what came, as Buffers, in order
//   mesh(topic)            [{ peerId, mesh, score, backoff }] of its subscribers
//   dial(node)
//
// `policy` is StrictSign or StrictNoSign: of js it counts for all topics of a
// node, so daemons stand in both kinds of topics and js nodes in one.
import { assert } from './check.mjs'
import { startJs } from './peer_js.mjs'
import { startParsd } from './peer_parsd.mjs'

const { gossipsub, StrictNoSign, StrictSign } = await import('@libp2p/gossipsub')
// Not among what the package exports.
const { buildRawMessage } = await import(new URL('./utils/buildRawMessage.js', import.meta.resolve('@libp2p/gossipsub')))
const { floodsub } = await import('@libp2p/floodsub')
const { multiaddr } = await import('@multiformats/multiaddr')

export { StrictNoSign, StrictSign }

// As js would: what comes is kept until it is asked for.
class Heard {
	#topics = new Map()

	add (topic, data) {
		this.of(topic).push(Buffer.from(data))
	}

	of (topic) {
		if (!this.#topics.has(topic)) {
			this.#topics.set(topic, [])
		}
		return this.#topics.get(topic)
	}
}

export async function startGossipParsd ({ dir, network, args = [] }) {
	const p = await startParsd({ dir, network, args })
	const heard = new Heard()
	const joined = new Map()
	const { stop } = p
	// Until that joining ends.
	async function follow (topic, time) {
		for (let cursor = 'end'; joined.get(topic) === time;) {
			try {
				const page = await p.call('pars_gossipTail', { topic, cursor, limit: 100, wait: 1 })
				if (joined.get(topic) === time) {
					page.messages.forEach((m) => heard.add(topic, Buffer.from(m.data.slice(2), 'hex')))
				}
				cursor = page.next
			} catch (err) {
				if (joined.get(topic) === time) {
					throw err
				}
			}
		}
	}
	return Object.assign(p, {
		heard: (topic) => heard.of(topic),
		async join (topic, policy = StrictSign) {
			await p.call('pars_gossipJoin', { topic, unsigned: policy === StrictNoSign })
			const time = {}
			joined.set(topic, time)
			follow(topic, time)
		},
		async leave (topic) {
			joined.delete(topic)
			await p.call('pars_gossipLeave', { topic })
		},
		publish: (topic, data, policy = StrictSign) => p.call('pars_gossipPublish', { topic,
			data: typeof data === 'string' ? data : `0x${data.toString('hex')}`, unsigned: policy === StrictNoSign }),
		async mesh (topic) {
			const { peers } = await p.call('pars_gossipMesh', { topic, limit: 1000 })
			return peers.map((m) => ({ peerId: m.peerId, mesh: m.mesh, score: m.score, backoff: m.backoffUs / 1000,
				protocol: m.protocol }))
		},
		dial: (node) => p.call('pars_peerAdd', { address: node.address }),
		stop () {
			joined.clear()
			return stop()
		}
	})
}

// Counts what the others say to this node.
function watch (pubsub) {
	const wire = { ihave: 0, iwant: 0, graft: 0, prune: 0, idontwant: 0, prunes: [], grafts: [] }
	const handle = pubsub.handleReceivedRpc.bind(pubsub)
	pubsub.handleReceivedRpc = (from, rpc) => {
		for (const kind of ['ihave', 'iwant', 'graft', 'prune', 'idontwant']) {
			wire[kind] += rpc.control?.[kind]?.length ?? 0
		}
		for (const { topicID, backoff, peers } of rpc.control?.prune ?? []) {
			wire.prunes.push({ from: from.toString(), topic: topicID, backoff: Number(backoff ?? 0), at: Date.now(),
				peers: peers.length, records: peers.filter((p) => p.signedPeerRecord?.length > 0).length })
		}
		for (const { topicID } of rpc.control?.graft ?? []) {
			wire.grafts.push({ from: from.toString(), topic: topicID, at: Date.now() })
		}
		return handle(from, rpc)
	}
	return wire
}

const common = (node, heard) => ({
	kind: 'js',
	node,
	pubsub: node.services.pubsub,
	peerId: node.peerId.toString(),
	address: node.getMultiaddrs()[0].toString(),
	heard: (topic) => heard.of(topic),
	join: (topic) => node.services.pubsub.subscribe(topic),
	leave: (topic) => node.services.pubsub.unsubscribe(topic),
	publish: (topic, data) => node.services.pubsub.publish(topic, Buffer.from(data)),
	dial: (other) => node.dial(multiaddr(other.address)),
	peers: async () => node.getPeers().map((p) => p.toString()),
	stop: () => node.stop()
})

function listen (node) {
	const heard = new Heard()
	node.services.pubsub.addEventListener('message', ({ detail }) => {
		if (detail.type !== 'signed' || detail.from.toString() !== node.peerId.toString()) {
			heard.add(detail.topic, detail.data)
		}
	})
	return heard
}

export async function startGossipJs ({ policy = StrictSign, protocols, ...options } = {}) {
	const make = gossipsub({
		globalSignaturePolicy: policy,
		allowPublishToZeroTopicPeers: true,
		// All peers here have one address.
		scoreParams: { IPColocationFactorWeight: 0 },
		...options
	})
	// The option of this name is not heeded.
	const older = (components) => Object.assign(make(components), { protocols })
	const node = await startJs({ services: { pubsub: protocols ? older : make } })
	const { pubsub } = node.services
	const wire = watch(pubsub)
	return Object.assign(common(node, listen(node)), {
		wire,
		async mesh (topic) {
			const inside = pubsub.mesh.get(topic) ?? new Set()
			return pubsub.getSubscribers(topic).map((p) => p.toString()).map((id) => ({ peerId: id, mesh: inside.has(id),
				score: pubsub.score.score(id), backoff: Math.max(0, (pubsub.backoff.get(topic)?.get(id) ?? 0) - Date.now()) }))
		},
		score: (id) => pubsub.score.score(id.toString()),
		// All of them in one RPC to one peer, as it answers an IWANT.
		async sendTogether (topic, list, peerId) {
			const messages = []
			for (const data of list) {
				messages.push((await buildRawMessage(pubsub.publishConfig, topic, data, data)).raw)
			}
			assert(pubsub.sendRpc(peerId, { subscriptions: [], messages }), 'js did not send')
		},
		// From now on its signatures are another key's.
		async forge () {
			const { generateKeyPair } = await import('@libp2p/crypto/keys')
			pubsub.publishConfig = { ...pubsub.publishConfig, privateKey: await generateKeyPair('Ed25519') }
		}
	})
}

export async function startFloodJs () {
	const node = await startJs({ services: { pubsub: floodsub() } })
	return Object.assign(common(node, listen(node)), {
		async mesh (topic) {
			return node.services.pubsub.getSubscribers(topic).map((p) => ({ peerId: p.toString(), mesh: false }))
		}
	})
}
