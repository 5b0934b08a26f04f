// The precompiles and Ed25519 against another implementation of the same curves: points
// and numbers drawn from SEED, edges, and such that must be refused. Each check is many
// cases; CASES multiplies them.
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createInterface } from 'node:readline'
import { bls12_381 as bls } from '@noble/curves/bls12-381.js'
import { bn254 } from '@noble/curves/bn254.js'
import { ed25519 } from '@noble/curves/ed25519.js'
import { p256 } from '@noble/curves/nist.js'
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { assert, check, finish } from './check.mjs'

const seed = process.env.SEED ?? '1'
const times = Number(process.env.CASES ?? 1)

// Numbers that follow from the seed.
let counter = 0
function bytes (n) {
	const parts = []
	for (let have = 0; have < n; have += 32) {
		parts.push(createHash('sha256').update(`${seed}/${counter++}`).digest())
	}
	return Buffer.concat(parts).subarray(0, n)
}
const number = (n) => n ? BigInt('0x' + bytes(n).toString('hex')) : 0n
const below = (n) => number(64) % n
const small = (n) => Number(below(BigInt(n)))
const hex = (n, size) => n.toString(16).padStart(2 * size, '0')

// A program that answers each line with a line.
function pipe (path) {
	const child = spawn(path, [], { stdio: ['pipe', 'pipe', 'inherit'] })
	const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
	const ask = async (line) => {
		child.stdin.write(line + '\n')
		const { value } = await answers.next()
		assert(value !== undefined, 'the program ended')
		return value
	}
	return { ask, end: () => child.stdin.end() }
}
const precompiles = pipe(process.env.PRECOMPILE_PIPE)
const signatures = pipe(process.env.ED25519_PIPE)
async function call (address, input) {
	const value = await precompiles.ask(`${address.toString(16)} ${input}`)
	return value === 'fail' ? null : value.slice(1)
}

let cases = 0
async function same (address, input, want) {
	cases++
	const got = await call(address, input)
	assert(got === want, `0x${address.toString(16)} SEED=${seed} of ${input.slice(0, 2000)}: ${got} is not ${want}`)
}
async function group (name, n, body) {
	cases = 0
	await check(name, async () => {
		for (let i = 0; i < n * times; i++) {
			await body(i)
		}
	}, 600000)
	console.log(`# ${cases} cases`)
}

// Each group's: its field's element as text, its points of all kinds, and scalars at
// the edges.
function kind (curve, G, size, pair, order) {
	const element = (c) => pair
		? (curve === 'bn' ? hex(c.c1, size) + hex(c.c0, size) : hex(c.c0, size) + hex(c.c1, size))
		: hex(c, size)
	const F = G.Point.Fp
	const zero = G.Point.ZERO
	const encode = (p) => {
		if (p.is0()) {
			return '0'.repeat(2 * size * (pair ? 4 : 2))
		}
		const { x, y } = p.toAffine()
		return element(x) + element(y)
	}
	const random = () => G.Point.BASE.multiply(below(order - 1n) + 1n)
	// On the curve, hardly ever in the subgroup when there is a cofactor.
	const outside = () => {
		for (;;) {
			const x = pair ? F.create({ c0: below(F.ORDER), c1: below(F.ORDER) }) : below(F.ORDER)
			try {
				const b = G.Point.CURVE().b
				const y = F.sqrt(F.add(F.mul(F.sqr(x), x), b))
				return G.Point.fromAffine({ x, y })
			} catch { /* no square */ }
		}
	}
	const scalar = () => {
		const edges = [0n, 1n, 2n, order - 1n, order, order + 1n, 2n * order, (1n << 256n) - 1n, 1n << 255n, 1n << 128n]
		return small(3) ? number(32) : edges[small(edges.length)]
	}
	const times = (p, k) => k % order === 0n ? zero : p.multiply(k % order)
	return { G, size, element, encode, random, outside, scalar, times, zero, F }
}
const bn1 = kind('bn', bn254.G1, 32, false, bn254.fields.Fr.ORDER)
const bn2 = kind('bn', bn254.G2, 32, true, bn254.fields.Fr.ORDER)
const bls1 = kind('bls', bls.G1, 64, false, bls.fields.Fr.ORDER)
const bls2 = kind('bls', bls.G2, 64, true, bls.fields.Fr.ORDER)

// A byte of the text is another one, most often no point any more.
function spoil (text) {
	const at = 2 * small(text.length / 2)
	const byte = (parseInt(text.slice(at, at + 2), 16) ^ (1 << small(8))).toString(16).padStart(2, '0')
	return text.slice(0, at) + byte + text.slice(at + 2)
}

async function additions (k, address, any) {
	const a = any(), b = any()
	await same(address, k.encode(a) + k.encode(b), k.encode(a.add(b)))
	await same(address, k.encode(a) + k.encode(a), k.encode(a.double()))
	await same(address, k.encode(a) + k.encode(a.negate()), k.encode(k.zero))
	await same(address, k.encode(k.zero) + k.encode(b), k.encode(b))
	await same(address, k.encode(a) + k.encode(k.zero), k.encode(a))
	await same(address, spoil(k.encode(a)) + k.encode(b), null)
	await same(address, k.encode(a) + spoil(k.encode(b)), null)
}

await group('bn254 additions', 120, () => additions(bn1, 6, bn1.random))
await group('bn254 multiples', 400, async () => {
	const p = bn1.random(), k = bn1.scalar()
	await same(7, bn1.encode(p) + hex(k, 32), bn1.encode(bn1.times(p, k)))
})
await group('bls12-381 additions', 60, async () => {
	await additions(bls1, 0x0b, bls1.random)
	await additions(bls1, 0x0b, bls1.outside)
	await additions(bls2, 0x0d, bls2.random)
	await additions(bls2, 0x0d, bls2.outside)
})

// Sums of a few and of many terms.
for (const [name, k, address] of [['g1', bls1, 0x0c], ['g2', bls2, 0x0e]]) {
	await group(`bls12-381 ${name} sums`, 60, async (i) => {
		const n = i < 30 ? 1 : i < 50 ? 1 + small(20) : 30 + small(40)
		let input = '', want = k.zero, last
		for (let j = 0; j < n; j++) {
			const p = small(12) ? k.random() : last ? last.negate() : k.zero
			const s = k.scalar()
			input += k.encode(p) + hex(s, 32)
			want = want.add(k.times(p, s))
			last = p
		}
		await same(address, input, k.encode(want))
		await same(address, input + k.encode(k.outside()) + hex(3n, 32), null)
		await same(address, spoil(k.encode(last)) + hex(1n, 32), null)
	})
}

// Products that are one, made so by the last pair, and such that are not.
async function pairings (c, one, two, address, batch, order) {
	const n = 1 + small(3)
	const pairs = []
	let sum = 0n
	for (let i = 0; i < n; i++) {
		const a = below(order - 1n) + 1n, b = below(order - 1n) + 1n
		pairs.push([one.G.Point.BASE.multiply(a), two.G.Point.BASE.multiply(b)])
		sum = (sum + a * b) % order
	}
	const text = (list) => list.map(([p, q]) => one.encode(p) + two.encode(q)).join('')
	const word = (yes) => hex(yes ? 1n : 0n, 32)
	await same(address, text(pairs), word(sum === 0n))
	const closed = [...pairs, [one.G.Point.BASE.multiply(order - sum), two.G.Point.BASE]]
	await same(address, text(closed), word(true))
	await same(address, text([...closed, [one.zero, two.random()], [one.random(), two.zero]]), word(true))
	// The other implementation says so, too.
	const F = c.fields.Fp12
	assert(F.eql(batch(closed), F.ONE), 'the other implementation multiplies to one')
	await same(address, text([[one.random(), two.outside()]]), null)
	await same(address, one.encode(one.random()) + spoil(two.encode(two.random())), null)
}
const product = (c) => (list) => c.pairingBatch(list.map(([g1, g2]) => ({ g1, g2 })))
await group('bn254 pairings', 20, () => pairings(bn254, bn1, bn2, 8, product(bn254), bn254.fields.Fr.ORDER))
await group('bls12-381 pairings', 20, async () => {
	await pairings(bls, bls1, bls2, 0x0f, product(bls), bls.fields.Fr.ORDER)
	await same(0x0f, bls1.encode(bls1.outside()) + bls2.encode(bls2.random()), null)
})

await group('bls12-381 maps', 100, async (i) => {
	const p = bls.fields.Fp.ORDER
	const edge = [0n, 1n, p - 1n]
	const u = i < 3 ? edge[i] : below(p), v = i < 9 ? edge[i % 3] : below(p)
	await same(0x10, hex(u, 64), bls1.encode(bls.G1.mapToCurve(u)))
	await same(0x11, hex(u, 64) + hex(v, 64), bls2.encode(bls.G2.mapToCurve([u, v])))
	await same(0x10, hex(p + u, 64), null)
	await same(0x11, hex(u, 64) + hex(p + v, 64), null)
})

await group('secp256k1 keys of signatures', 300, async () => {
	const key = secp256k1.utils.randomSecretKey(bytes(48)), hash = bytes(32)
	const s = secp256k1.sign(hash, key, { prehash: false, format: 'recovered' })
	const xy = secp256k1.getPublicKey(key, false).slice(1)
	const rs = Buffer.from(s.slice(1)).toString('hex'), h = hash.toString('hex')
	// What it gives is Keccak's digest of the key: 0x01 of another signature by the same
	// key gives the same, and of another hash does not.
	const again = secp256k1.sign(bytes(32), key, { prehash: false, format: 'recovered' })
	const one = await call(1, h + hex(BigInt(27 + s[0]), 32) + rs)
	assert(one?.length === 64, 'an address')
	const other = bytes(32)
	const t = secp256k1.sign(other, key, { prehash: false, format: 'recovered' })
	await same(1, other.toString('hex') + hex(BigInt(27 + t[0]), 32) + Buffer.from(t.slice(1)).toString('hex'), one)
	await same(1, h + hex(BigInt(29 + s[0]), 32) + rs, '')
	assert(await call(1, h + hex(BigInt(28 - s[0]), 32) + rs) !== one, 'the other parity is another key')
	assert(xy.length === 64 && again.length === 65, 'whole signatures')
})

await group('p256 signatures', 300, async () => {
	const key = p256.utils.randomSecretKey(bytes(48)), hash = bytes(32)
	const s = Buffer.from(p256.sign(hash, key, { prehash: false, lowS: false }))
	const xy = Buffer.from(p256.getPublicKey(key, false).slice(1))
	const input = Buffer.concat([hash, s, xy]).toString('hex')
	await same(0x100, input, hex(1n, 32))
	await same(0x100, spoil(input), '')
	const n = p256.Point.Fn.ORDER
	const high = hex(n - BigInt('0x' + s.subarray(32).toString('hex')), 32)
	await same(0x100, input.slice(0, 128) + high + input.slice(192), hex(1n, 32))
})

function power (base, exponent, modulus) {
	let r = 1n % modulus
	for (base %= modulus; exponent; exponent >>= 1n, base = base * base % modulus) {
		if (exponent & 1n) {
			r = r * base % modulus
		}
	}
	return r
}
await group('powers', 1500, async () => {
	const [b, e, m] = [small(70), small(40), small(70)]
	const [base, exponent] = [number(b), small(8) ? number(e) : 0n]
	const modulus = small(10) ? number(m) : 0n
	const text = [b, e, m].map((n) => hex(BigInt(n), 32)).join('') +
		(b ? hex(base, b) : '') + (e ? hex(exponent, e) : '') + (m ? hex(modulus, m) : '')
	await same(5, text, m ? hex(modulus ? power(base, exponent, modulus) : 0n, m) : '')
})

await group('hashes', 300, async (i) => {
	const data = bytes(i)
	await same(2, data.toString('hex'), createHash('sha256').update(data).digest('hex'))
	await same(3, data.toString('hex'), '0'.repeat(24) + createHash('ripemd160').update(data).digest('hex'))
})

// Keys and R that are off by points of small order, S that is one order too long, spoilt
// bytes, keys that are no points; in lines of many as in frames of sync.
const torsion = ed25519.Point.fromBytes(Buffer.from('26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05', 'hex'), true)
const order25519 = ed25519.Point.Fn.ORDER
const little = (n) => Buffer.from(hex(n, 32), 'hex').reverse()
const off = (p, n) => n ? p.add(torsion.multiply(BigInt(n))) : p
function signature () {
	const secret = below(order25519 - 1n) + 1n, nonce = below(order25519 - 1n) + 1n
	const message = bytes(small(200))
	const A = Buffer.from(off(ed25519.Point.BASE.multiply(secret), small(8)).toBytes())
	const R = Buffer.from(off(ed25519.Point.BASE.multiply(nonce), small(8)).toBytes())
	const k = BigInt('0x' + createHash('sha512').update(R).update(A).update(message).digest().reverse().toString('hex'))
	let S = (nonce + k * secret) % order25519
	if (!small(20)) {
		S += order25519
	}
	const text = Buffer.concat([A, R, little(S), message]).toString('hex')
	return small(10) ? text : spoil(text)
}
for (const [name, lines, most] of [['ed25519 signatures alone', 300, 1], ['ed25519 signatures together', 40, 100]]) {
	await group(name, lines, async () => {
		const list = Array.from({ length: 1 + small(most) }, signature)
		const want = list.map((text) => {
			const b = Buffer.from(text, 'hex')
			try {
				return ed25519.verify(b.subarray(32, 96), b.subarray(96), b.subarray(0, 32), { zip215: true }) ? 1 : 0
			} catch {
				return 0
			}
		}).join('')
		cases += list.length
		const got = await signatures.ask(list.join(' '))
		assert(got === `${want} ${want}`, `SEED=${seed}: ${got} is not ${want} for ${list.join(' ').slice(0, 2000)}`)
	})
}
await group('ed25519 points of small order', 1, async () => {
	const small = [...Array(8).keys()].map((n) => Buffer.from(off(ed25519.Point.ZERO, n).toBytes()).toString('hex'))
	const more = ['0100000000000000000000000000000000000000000000000000000000000080'].concat(
		['ec..ff', 'ee..7f', 'ee..ff', 'ed..7f', 'ed..ff'].map((t) => t.replace('..', 'ff'.repeat(30))))
	for (const A of small.concat(more)) {
		for (const R of small.concat(more)) {
			const b = Buffer.from(A + R + '00'.repeat(32) + '5a63617368', 'hex')
			const want = ed25519.verify(b.subarray(32, 96), b.subarray(96), b.subarray(0, 32), { zip215: true })
			cases++
			assert(want && await signatures.ask(b.toString('hex')) === '1 1', `A ${A}, R ${R}`)
		}
	}
})

precompiles.end()
signatures.end()
finish()
