// Records of the hash table, written and checked apart from the daemon's own
// code: lib/dht/record.h says what they are.
import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto'

const DOMAIN = Buffer.from('pars-record-v1')
const SPKI = Buffer.from('302a300506032b6570032100', 'hex') // what stands before a raw Ed25519 key
const PREFIX = Buffer.from('/pars/')

export const sha256 = (...parts) => parts.reduce((h, p) => h.update(p), createHash('sha256')).digest()

function head (major, n) {
	if (n < 24) {
		return Buffer.from([major << 5 | n])
	}
	const size = n < 0x100 ? 1 : n < 0x10000 ? 2 : n < 0x100000000 ? 4 : 8
	const out = Buffer.alloc(1 + size)
	out[0] = major << 5 | 24 + Math.log2(size)
	if (size === 8) {
		out.writeBigUInt64BE(BigInt(n), 1)
	} else {
		out.writeUIntBE(Number(n), 1, size)
	}
	return out
}

const uint = (n) => head(0, n)
const bytes = (b) => Buffer.concat([head(2, b.length), b])
const array = (...items) => Buffer.concat([head(4, items.length), ...items])

// Reads the few kinds there are; numbers come as BigInt.
class Reader {
	constructor (buf) {
		this.buf = Buffer.from(buf)
		this.at = 0
	}

	head (major) {
		const first = this.buf[this.at++]
		if (first === undefined || first >> 5 !== major) {
			throw new Error('another kind')
		}
		const low = first & 31
		if (low < 24) {
			return BigInt(low)
		}
		const size = [1, 2, 4, 8][low - 24]
		if (!size || this.at + size > this.buf.length) {
			throw new Error('cut off')
		}
		this.at += size
		return BigInt(`0x${this.buf.toString('hex', this.at - size, this.at)}`)
	}

	bytes () {
		const n = Number(this.head(2))
		if (this.at + n > this.buf.length) {
			throw new Error('cut off')
		}
		this.at += n
		return this.buf.subarray(this.at - n, this.at)
	}
}

export function makeKey () {
	const { privateKey, publicKey } = generateKeyPairSync('ed25519')
	return { privateKey, raw: publicKey.export({ type: 'spki', format: 'der' }).subarray(SPKI.length) }
}

// Of the 32 bytes of a seed.
export function keyOf (seed) {
	const privateKey = createPrivateKey({ format: 'der', type: 'pkcs8',
		key: Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed]) })
	return { privateKey, raw: createPublicKey(privateKey).export({ type: 'spki', format: 'der' }).subarray(SPKI.length) }
}

export function recordKey (raw, salt) {
	return Buffer.concat([PREFIX, sha256(raw, Buffer.from(salt))])
}

export const recordKeyText = (key) => `/pars/${key.subarray(PREFIX.length).toString('hex')}`
export const recordKeyBytes = (text) => Buffer.concat([PREFIX, Buffer.from(text.slice(PREFIX.length), 'hex')])

export function seal (key, salt, seq, data) {
	const inner = array(uint(1), bytes(key.raw), bytes(Buffer.from(salt)), uint(seq), bytes(Buffer.from(data)))
	return array(inner, bytes(sign(null, Buffer.concat([DOMAIN, inner]), key.privateKey)))
}

// Its parts; throws when the value may not stand under the key.
export function openRecord (key, value) {
	const r = new Reader(value)
	if (r.head(4) !== 2n) {
		throw new Error('no pair')
	}
	const start = r.at
	if (r.head(4) !== 5n || r.head(0) !== 1n) {
		throw new Error('another version')
	}
	const raw = r.bytes()
	const salt = r.bytes()
	const seq = r.head(0)
	const data = r.bytes()
	const inner = r.buf.subarray(start, r.at)
	const signature = r.bytes()
	if (r.at !== r.buf.length || !recordKey(raw, salt).equals(Buffer.from(key))) {
		throw new Error('of another key')
	}
	const author = createPublicKey({ format: 'der', type: 'spki', key: Buffer.concat([SPKI, raw]) })
	if (!verify(null, Buffer.concat([DOMAIN, inner]), author, signature)) {
		throw new Error('wrong signature')
	}
	return { raw, salt, seq, data }
}

// For kad-dht.
export const validators = { pars: async (key, value) => { openRecord(key, value) } }
export const selectors = {
	pars (key, records) {
		let best = 0
		for (let i = 1; i < records.length; i++) {
			const [a, b] = [openRecord(key, records[i]), openRecord(key, records[best])]
			if (a.seq > b.seq || (a.seq === b.seq && Buffer.compare(records[i], records[best]) > 0)) {
				best = i
			}
		}
		return best
	}
}
