// A js-libp2p node that serves /echo/1.0.0 on loopback.
//
// libp2p 3 wants Node 22 for one function only.
if (Promise.withResolvers == null) {
	Promise.withResolvers = function () {
		let resolve, reject
		const promise = new this((a, b) => { resolve = a; reject = b })
		return { promise, resolve, reject }
	}
}

const { createLibp2p } = await import('libp2p')
const { tcp } = await import('@libp2p/tcp')
const { noise } = await import('@libp2p/noise')
const { yamux } = await import('@libp2p/yamux')
const { identify, identifyPush } = await import('@libp2p/identify')
const { ping } = await import('@libp2p/ping')

export const ECHO = '/echo/1.0.0'
export const STREAMS = { maxInboundStreams: 1000, maxOutboundStreams: 1000 }

// Noise that neither offers nor reads muxers in its handshake.
function plainNoise () {
	const make = noise()
	return (components) => {
		const real = make(components)
		const without = (options) => ({ ...options, skipStreamMuxerNegotiation: true })
		return {
			protocol: real.protocol,
			[Symbol.toStringTag]: 'noise',
			secureInbound: (c, options) => real.secureInbound(c, without(options)),
			secureOutbound: (c, options) => real.secureOutbound(c, without(options))
		}
	}
}

export async function echo (stream) {
	try {
		for await (const data of stream) {
			if (!stream.send(data)) {
				await stream.onDrain()
			}
		}
		await stream.close()
	} catch (err) {
		stream.abort(err)
	}
}

export async function startJs ({ earlyMuxer = true, privateKey, services = {}, listen = '/ip4/127.0.0.1/tcp/0' } = {}) {
	const node = await createLibp2p({
		privateKey,
		addresses: { listen: [listen] },
		transports: [tcp()],
		connectionEncrypters: [earlyMuxer ? noise() : plainNoise()],
		streamMuxers: [yamux()],
		// Both defaults are too low for many tests from one address.
		connectionManager: { inboundConnectionThreshold: 1000, maxIncomingPendingConnections: 100 },
		nodeInfo: { name: 'interop', version: '1', userAgent: 'interop-js/1' },
		services: { identify: identify(), push: identifyPush(), ping: ping(), ...services }
	})
	await node.handle(ECHO, echo, STREAMS)
	return node
}

// Writes all of it, closes the sending side, and reads to the end.
export async function exchange (stream, data) {
	const got = []
	const reading = (async () => {
		for await (const piece of stream) {
			got.push(Buffer.from(piece.subarray()))
		}
	})()
	for (let at = 0; at < data.length; at += 65536) {
		if (!stream.send(data.subarray(at, at + 65536))) {
			await stream.onDrain()
		}
	}
	await stream.close()
	await reading
	return Buffer.concat(got)
}
