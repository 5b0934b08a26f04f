// Nodes of one hash table, of both kinds, behind the same calls:
//
//   put(name, text)    a record signed by the node; gives its key as text
//   get(key)           { text, us }; throws when there is none
//   provide(digest), providers(digest)   64 hex digits; peer ids
//   findPeer(id)       addresses
//   closest(text)      peer ids, nearest first
//   table()            the peer ids in its routing table
//   join(address)      gets to know the network by one of its nodes
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { startJs } from './peer_js.mjs'
import { startParsd } from './peer_parsd.mjs'
import { keyOf, openRecord, recordKey, recordKeyBytes, recordKeyText, seal, selectors, sha256, validators } from './peer_record.mjs'

const { kadDHT, passthroughMapper } = await import('@libp2p/kad-dht')
const { generateKeyPair } = await import('@libp2p/crypto/keys')
const { peerIdFromString } = await import('@libp2p/peer-id')
const { multiaddr } = await import('@multiformats/multiaddr')
const { CID } = await import('multiformats/cid')
const Digest = await import('multiformats/hashes/digest')

export const KAD = '/pars/kad/1.0.0'
export const K = 20

// A network whose hash table speaks KAD and whose nodes may be on this machine.
export async function writeGenesis (dir, pars = {}) {
	const file = join(dir, 'interop-net.json')
	await writeFile(file, JSON.stringify({ pars: { name: 'interop-net', dht: KAD, privateAddresses: true, ...pars } }))
	return file
}

export const idBytes = (peerId) => Buffer.from(peerIdFromString(peerId).toMultihash().bytes)
export const cidOf = (digest) => CID.createV1(0x55, Digest.create(0x12, Buffer.from(digest, 'hex')))
export const pkKey = (peerId) => Buffer.concat([Buffer.from('/pk/'), idBytes(peerId)])

// The k of `ids` whose places are nearest to the key's, nearest first.
export function nearest (ids, key, k = K) {
	const target = sha256(key)
	const distance = (id) => {
		const place = sha256(idBytes(id))
		return place.map((b, i) => b ^ target[i])
	}
	return ids.map((id) => [distance(id), id]).sort(([a], [b]) => Buffer.compare(a, b)).slice(0, k).map(([, id]) => id)
}

export async function startKadParsd ({ dir, network, mode = 'server', bootstrap = [], args = [] }) {
	const p = await startParsd({ dir, network, args: ['--dht-mode', mode, ...bootstrap.flatMap((a) => ['--bootstrap', a]), ...args] })
	return Object.assign(p, {
		async put (name, text) {
			const r = await p.call('pars_dhtPut', { name, value: text })
			return Object.assign(new String(r.key), r)
		},
		async get (key) {
			const r = await p.call('pars_dhtGet', { key: `${key}` })
			return { text: r.value, hex: r.hex, us: r.tookUs }
		},
		provide: (digest) => p.call('pars_dhtProvide', { key: digest }),
		async providers (digest) {
			return (await p.call('pars_dhtProviders', { key: digest })).nodes.map((n) => n.peerId)
		},
		async findPeer (id) {
			const { nodes } = await p.call('pars_dhtFindPeer', { peer: id })
			return nodes.find((n) => n.peerId === id)?.addresses ?? []
		},
		async closest (text) {
			return (await p.call('pars_dhtClosest', { key: text })).nodes.map((n) => n.peerId)
		},
		join: (address) => p.call('pars_peerAdd', { address })
	})
}

export async function startKadJs ({ client = false, services = {} } = {}) {
	const privateKey = await generateKeyPair('Ed25519')
	const key = keyOf(Buffer.from(privateKey.raw.subarray(0, 32)))
	const node = await startJs({ privateKey, services: {
		dht: kadDHT({ protocol: KAD, clientMode: client, peerInfoMapper: passthroughMapper, validators, selectors,
			allowQueryWithZeroPeers: true, initialQuerySelfInterval: 200 }),
		...services
	} })
	const { dht } = node.services
	const options = () => ({ signal: AbortSignal.timeout(20000) })
	return {
		kind: 'js',
		node,
		dht,
		key,
		peerId: node.peerId.toString(),
		address: node.getMultiaddrs()[0].toString(),
		async put (name, text) {
			const place = recordKey(key.raw, name)
			const stored = await this.putRaw(place, seal(key, name, Date.now(), text))
			return Object.assign(new String(recordKeyText(place)), { stored })
		},
		// How many took it.
		async putRaw (place, value) {
			let stored = 0
			for await (const event of dht.put(place, value, options())) {
				stored += event.name === 'PEER_RESPONSE' && event.messageName === 'PUT_VALUE'
				stored -= event.name === 'QUERY_ERROR' && event.error.message === 'Value not put correctly'
			}
			return stored
		},
		async getRaw (place) {
			for await (const event of dht.get(place, options())) {
				if (event.name === 'VALUE') {
					return event.value
				}
			}
			throw new Error('no value')
		},
		async get (text) {
			const place = recordKeyBytes(`${text}`)
			const since = process.hrtime.bigint()
			const value = await this.getRaw(place)
			const us = Number((process.hrtime.bigint() - since) / 1000n)
			return { text: openRecord(place, value).data.toString(), us }
		},
		async provide (digest) {
			let stored = 0
			for await (const event of dht.provide(cidOf(digest), options())) {
				stored += event.name === 'PEER_RESPONSE' && event.messageName === 'ADD_PROVIDER'
			}
			return { stored }
		},
		async providers (digest) {
			const found = new Set()
			for await (const event of dht.findProviders(cidOf(digest), options())) {
				for (const p of event.name === 'PROVIDER' ? event.providers : []) {
					found.add(p.id.toString())
				}
			}
			return [...found]
		},
		async findPeer (id) {
			for await (const event of dht.findPeer(peerIdFromString(id), { ...options(), useCache: false })) {
				if (event.name === 'FINAL_PEER') {
					return event.peer.multiaddrs.map((a) => a.toString())
				}
			}
			return []
		},
		async closest (text) {
			const found = []
			for await (const event of dht.getClosestPeers(Buffer.from(text), options())) {
				if (event.name === 'FINAL_PEER') {
					found.push(event.peer.id.toString())
				}
			}
			return nearest(found, Buffer.from(text))
		},
		async table () {
			return [...dht.routingTable.kb.toIterable()].map((p) => p.peerId.toString())
		},
		async peers () {
			return node.getPeers().map((p) => p.toString())
		},
		join: (address) => node.dial(multiaddr(address)),
		stop: () => node.stop()
	}
}
