// A js node that asks and answers AutoNAT; run as a program it is one on the
// address it is given, dials what its input names a line, and prints a JSON
// object a line: itself, what it was asked and answered, and when one of its
// addresses was found to be dialable.
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { startJs } from './peer_js.mjs'

const { autoNAT } = await import('@libp2p/autonat')
const { multiaddr } = await import('@multiformats/multiaddr')

export async function startAutonat (options = {}) {
	let service
	const asked = []
	const node = await startJs({ ...options, services: {
		autonat: (components) => {
			service = autoNAT()(components)
			service.components = components
			service.removeOutdatedMultiaddrResults = () => {} // they are those of ask()
			const answer = service.handleAutonatMessage.bind(service)
			service.handleAutonatMessage = async (message, connection, opts) => {
				const response = await answer(message, connection, opts)
				asked.push({ addresses: message.dial.peer.addrs.map((a) => multiaddr(a).toString()),
					status: response.dialResponse.status ?? 'OK', text: response.dialResponse.statusText ?? '' })
				return response
			}
			return service
		}
	} })
	return {
		node,
		service,
		asked,
		verified: () => service.components.addressManager.getAddressesWithMetadata().filter((a) => a.verified).map((a) => a.multiaddr.toString()),
		// Asks the peer to dial `address`, as the service does for its own ones.
		async ask (connection, address) {
			const results = { multiaddr: multiaddr(address), success: 0, failure: 0, networkSegments: [], verifyingPeers: new Set(),
				queue: { abort () {} }, type: 'transport' }
			service.dialResults.set(address, results)
			await service.askPeerToVerify(connection, 'any', { multiaddr: results.multiaddr })
			return results.result ? 'reached' : results.failure ? 'not reached' : 'refused'
		}
	}
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
	const js = await startAutonat({ listen: process.argv[2] })
	const say = (o) => console.log(JSON.stringify(o))
	say({ peerId: js.node.peerId.toString(), address: `${process.argv[2]}/p2p/${js.node.peerId}` })
	createInterface(process.stdin).on('line', (line) => {
		js.node.dial(multiaddr(line)).then(() => say({ dialled: line }), (err) => say({ error: err.message }))
	}).on('close', () => process.exit(0))
	for (let told = 0, seen = 0; ; await sleep(50)) {
		for (; told < js.asked.length; told++) {
			say({ asked: js.asked[told] })
		}
		const now = js.verified()
		if (now.length > seen) {
			say({ verified: now })
		}
		seen = now.length
	}
}
