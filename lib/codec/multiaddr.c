#include "codec/multiaddr.h"

#include <assert.h>
#include <stdio.h>

#include "codec/ip.h"
#include "codec/multibase.h"
#include "codec/multihash.h"
#include "codec/uvarint.h"

#define CIDR_MAX 128

/* Keeps the text within PARS_MULTIADDR_TEXT: value-less protocols have texts
 * far longer than their codes. */
#define COMPONENTS_MAX 16

enum value { NONE, IP4, IP6, PORT, CIDR, NAME, PEER, HASH };

enum code {
	CODE_IP4 = 4,
	CODE_TCP = 6,
	CODE_IP6 = 41,
	CODE_DNS = 53,
	CODE_DNS4 = 54,
	CODE_DNS6 = 55,
	CODE_DNSADDR = 56,
	CODE_P2P = 421,
};

struct protocol {
	const char *name;
	uint16_t code;
	enum value value;
};

/* The first of two names is the one that is written. */
static const struct protocol protocols[] = {
	{ "ip4", CODE_IP4, IP4 },
	{ "tcp", CODE_TCP, PORT },
	{ "ip6", CODE_IP6, IP6 },
	{ "ip6zone", 42, NAME },
	{ "ipcidr", 43, CIDR },
	{ "dns", CODE_DNS, NAME },
	{ "dns4", CODE_DNS4, NAME },
	{ "dns6", CODE_DNS6, NAME },
	{ "dnsaddr", CODE_DNSADDR, NAME },
	{ "udp", 273, PORT },
	{ "webrtc-direct", 280, NONE },
	{ "p2p-circuit", 290, NONE },
	{ "p2p", CODE_P2P, PEER },
	{ "ipfs", CODE_P2P, PEER },
	{ "tls", 448, NONE },
	{ "sni", 449, NAME },
	{ "quic", 460, NONE },
	{ "quic-v1", 461, NONE },
	{ "webtransport", 465, NONE },
	{ "certhash", 466, HASH },
	{ "ws", 477, NONE },
	{ "wss", 478, NONE },
};

static const struct protocol *by_code(uint64_t code)
{
	for (size_t i = 0; i < PARS_COUNT(protocols); i++)
		if (protocols[i].code == code)
			return &protocols[i];
	return NULL;
}

/* For codes that this file names. */
static const struct protocol *own(uint16_t code)
{
	const struct protocol *p = by_code(code);
	assert(p);
	return p;
}

static const struct protocol *by_name(struct pars_bytes name)
{
	for (size_t i = 0; i < PARS_COUNT(protocols); i++)
		if (pars_bytes_equal(PARS_BYTES_STR(protocols[i].name), name))
			return &protocols[i];
	return NULL;
}

/* Names are kept to visible ASCII without the separator, so that every binary
 * address has one text and that text can be shown anywhere. */
static bool name_valid(struct pars_bytes name)
{
	if (!name.n || name.n > PARS_HOST_MAX)
		return false;
	for (size_t i = 0; i < name.n; i++)
		if (name.p[i] <= ' ' || name.p[i] >= 0x7f || name.p[i] == '/')
			return false;
	return true;
}

static bool hash_valid(struct pars_bytes hash)
{
	uint64_t code, n;
	return !pars_uvarint_get(&hash, &code) && !pars_uvarint_get(&hash, &n) && n == hash.n;
}

/* The size a value has by its kind; SIZE_MAX: a length stands before it. */
static size_t fixed_size(enum value kind)
{
	static const size_t sizes[] = {
		[NONE] = 0, [IP4] = 4, [IP6] = 16, [PORT] = 2, [CIDR] = 1,
		[NAME] = SIZE_MAX, [PEER] = SIZE_MAX, [HASH] = SIZE_MAX,
	};
	return sizes[kind];
}

static bool value_valid(enum value kind, struct pars_bytes value)
{
	if (kind == NAME)
		return name_valid(value);
	if (kind == CIDR)
		return value.p[0] <= CIDR_MAX;
	if (kind == PEER)
		return pars_peer_hash_valid(value);
	return kind != HASH || hash_valid(value);
}

/* Takes one component from the front of *in. */
static bool next_component(struct pars_bytes *in, const struct protocol **ret_protocol,
	struct pars_bytes *ret_value)
{
	uint64_t code, n;
	if (pars_uvarint_get(in, &code))
		return false;
	const struct protocol *p = by_code(code);
	if (!p)
		return false;
	n = fixed_size(p->value);
	if (n == SIZE_MAX && pars_uvarint_get(in, &n))
		return false;
	if (n > in->n)
		return false;
	*ret_protocol = p;
	*ret_value = pars_bytes_take(in, (size_t)n);
	return value_valid(p->value, *ret_value);
}

enum pars_err pars_multiaddr_decode(struct pars_bytes raw, struct pars_multiaddr *ret)
{
	const struct protocol *p;
	struct pars_bytes in = raw, value;
	if (!raw.n || raw.n > PARS_MULTIADDR_MAX)
		return PARS_E_PEER_MALFORMED;
	for (int count = 0; in.n; count++)
		if (count == COMPONENTS_MAX || !next_component(&in, &p, &value))
			return PARS_E_PEER_MALFORMED;
	ret->n = (uint16_t)raw.n;
	memcpy(ret->b, raw.p, raw.n);
	return PARS_OK;
}

static bool append(struct pars_multiaddr *a, struct pars_bytes more)
{
	if (more.n > sizeof a->b - a->n)
		return false;
	if (more.n)
		memcpy(a->b + a->n, more.p, more.n);
	a->n = (uint16_t)(a->n + more.n);
	return true;
}

static bool append_uvarint(struct pars_multiaddr *a, uint64_t v)
{
	uint8_t raw[PARS_UVARINT_MAX];
	size_t n = pars_uvarint_put(raw, v);
	return append(a, PARS_BYTES(raw, n));
}

static bool append_component(struct pars_multiaddr *a, const struct protocol *p,
	struct pars_bytes value)
{
	return append_uvarint(a, p->code)
		&& (fixed_size(p->value) != SIZE_MAX || append_uvarint(a, value.n))
		&& append(a, value);
}

/* A decimal number without leading zeros. */
static bool parse_number(struct pars_bytes text, unsigned max, unsigned *ret)
{
	unsigned v = 0;
	if (!text.n || text.n > 5 || (text.n > 1 && text.p[0] == '0'))
		return false;
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] < '0' || text.p[i] > '9')
			return false;
		v = v * 10 + (text.p[i] - '0');
	}
	*ret = v;
	return v <= max;
}

/* The binary value of `text` into out; *ret views out or text. */
static bool parse_value(enum value kind, struct pars_bytes text,
	uint8_t out[PARS_MULTIADDR_MAX], struct pars_bytes *ret)
{
	unsigned number;
	size_t n = kind == NONE ? 0 : fixed_size(kind);
	bool ok = true;
	switch (kind) {
	case NONE:
		break;
	case IP4:
		ok = pars_ip4_parse(text, out);
		break;
	case IP6:
		ok = pars_ip6_parse(text, out);
		break;
	case PORT:
		if ((ok = parse_number(text, 65535, &number)))
			pars_put_be16(out, (uint16_t)number);
		break;
	case CIDR:
		if ((ok = parse_number(text, CIDR_MAX, &number)))
			out[0] = (uint8_t)number;
		break;
	case NAME:
		*ret = text;
		return name_valid(text);
	case PEER:
		ok = !pars_peer_hash_parse(text, out, &n);
		break;
	case HASH:
		ok = !pars_multibase_decode(text, out, PARS_MULTIADDR_MAX, &n)
			&& hash_valid(PARS_BYTES(out, n));
		break;
	}
	*ret = PARS_BYTES(out, n);
	return ok;
}

/* Takes the text up to the next slash, and the slash. */
static struct pars_bytes next_word(struct pars_bytes *text)
{
	const uint8_t *slash = text->n ? memchr(text->p, '/', text->n) : NULL;
	if (!slash)
		return pars_bytes_take(text, text->n);
	struct pars_bytes word = pars_bytes_take(text, (size_t)(slash - text->p));
	pars_bytes_take(text, 1);
	return word;
}

/* One "/name" or "/name/value", whose first slash is gone. */
static enum pars_err parse_component(struct pars_bytes *text, struct pars_multiaddr *a,
	struct pars_fault *fault)
{
	uint8_t raw[PARS_MULTIADDR_MAX];
	struct pars_bytes name = next_word(text), word = { 0 }, value;
	const struct protocol *p = by_name(name);
	if (!p)
		return pars_fail(fault, PARS_E_INVALID, "unknown protocol \"%.*s\" in the address",
			(int)PARS_MIN(name.n, (size_t)64), (const char *)name.p);
	if (p->value != NONE)
		word = next_word(text);
	if (!parse_value(p->value, word, raw, &value))
		return pars_fail(fault, PARS_E_INVALID, "bad value \"%.*s\" of /%s in the address",
			(int)PARS_MIN(word.n, (size_t)64), word.n ? (const char *)word.p : "", p->name);
	if (!append_component(a, p, value))
		return pars_fail(fault, PARS_E_INVALID, "the address is longer than %d bytes",
			PARS_MULTIADDR_MAX);
	return PARS_OK;
}

enum pars_err pars_multiaddr_parse(const char *text, struct pars_multiaddr *ret,
	struct pars_fault *fault)
{
	struct pars_multiaddr a = { 0 };
	struct pars_bytes in = PARS_BYTES_STR(text);
	enum pars_err err;
	if (in.n < 2 || in.p[0] != '/')
		return pars_fail(fault, PARS_E_INVALID,
			"an address begins with a slash, like /ip4/192.0.2.1/tcp/4001");
	pars_bytes_take(&in, 1);
	for (int count = 0; in.n; count++) {
		if (count == COMPONENTS_MAX)
			return pars_fail(fault, PARS_E_INVALID, "the address has more than %d parts",
				COMPONENTS_MAX);
		if ((err = parse_component(&in, &a, fault)))
			return err;
	}
	*ret = a;
	return PARS_OK;
}

static void value_text(enum value kind, struct pars_bytes value, char out[PARS_MULTIADDR_TEXT])
{
	enum pars_err err = PARS_OK;
	out[0] = '\0';
	switch (kind) {
	case NONE:
		break;
	case IP4:
		pars_ip4_text(value.p, out);
		break;
	case IP6:
		pars_ip6_text(value.p, out);
		break;
	case PORT:
		snprintf(out, PARS_MULTIADDR_TEXT, "%u", pars_be16(value.p));
		break;
	case CIDR:
		snprintf(out, PARS_MULTIADDR_TEXT, "%u", value.p[0]);
		break;
	case NAME:
		snprintf(out, PARS_MULTIADDR_TEXT, "%.*s", (int)value.n, (const char *)value.p);
		break;
	case PEER:
		pars_peer_hash_text(value, out);
		break;
	case HASH:
		err = pars_multibase_encode(PARS_BASE64URL, value, out, PARS_MULTIADDR_TEXT);
		break;
	}
	if (err)
		out[0] = '\0';
}

void pars_multiaddr_text(const struct pars_multiaddr *a, char out[PARS_MULTIADDR_TEXT])
{
	struct pars_bytes in = pars_multiaddr_bytes(a), value;
	const struct protocol *p;
	char text[PARS_MULTIADDR_TEXT];
	size_t n = 0;
	out[0] = '\0';
	while (in.n && next_component(&in, &p, &value) && n < PARS_MULTIADDR_TEXT) {
		value_text(p->value, value, text);
		n += (size_t)snprintf(out + n, PARS_MULTIADDR_TEXT - n, "/%s%s%s", p->name,
			p->value == NONE ? "" : "/", text);
	}
}

bool pars_multiaddr_equal(const struct pars_multiaddr *a, const struct pars_multiaddr *b)
{
	return pars_bytes_equal(pars_multiaddr_bytes(a), pars_multiaddr_bytes(b));
}

static bool endpoint_host(const struct protocol *p, struct pars_bytes value,
	struct pars_endpoint *e)
{
	switch (p->code) {
	case CODE_IP4:
		e->family = PARS_IP4;
		break;
	case CODE_IP6:
		e->family = PARS_IP6;
		break;
	case CODE_DNS:
		e->family = PARS_DNS;
		break;
	case CODE_DNS4:
		e->family = PARS_DNS4;
		break;
	case CODE_DNS6:
		e->family = PARS_DNS6;
		break;
	default:
		return false;
	}
	memcpy(p->value == NAME ? (void *)e->host : (void *)e->ip, value.p, value.n);
	return true;
}

bool pars_multiaddr_endpoint(const struct pars_multiaddr *a, struct pars_endpoint *ret)
{
	struct pars_endpoint e = { 0 };
	struct pars_bytes in = pars_multiaddr_bytes(a), value;
	const struct protocol *p;
	if (!next_component(&in, &p, &value) || !endpoint_host(p, value, &e))
		return false;
	if (!next_component(&in, &p, &value) || p->code != CODE_TCP)
		return false;
	e.port = pars_be16(value.p);
	if (in.n && (!next_component(&in, &p, &value) || p->code != CODE_P2P || in.n))
		return false;
	*ret = e;
	return true;
}

bool pars_multiaddr_dnsaddr(const struct pars_multiaddr *a, char ret[PARS_HOST_MAX + 1])
{
	struct pars_bytes in = pars_multiaddr_bytes(a), value, rest;
	const struct protocol *p;
	if (!next_component(&in, &p, &value) || p->code != CODE_DNSADDR)
		return false;
	if (in.n && (!next_component(&in, &p, &rest) || p->code != CODE_P2P || in.n))
		return false;
	memcpy(ret, value.p, value.n);
	ret[value.n] = '\0';
	return true;
}

void pars_multiaddr_from_endpoint(const struct pars_endpoint *e, struct pars_multiaddr *ret)
{
	static const uint16_t codes[] = {
		[PARS_IP4] = CODE_IP4, [PARS_IP6] = CODE_IP6, [PARS_DNS] = CODE_DNS,
		[PARS_DNS4] = CODE_DNS4, [PARS_DNS6] = CODE_DNS6,
	};
	uint8_t port[2];
	const struct protocol *p = own(codes[e->family]);
	struct pars_bytes host = PARS_BYTES(e->ip, p->value == IP4 ? 4 : 16);
	if (p->value == NAME)
		host = PARS_BYTES(e->host, strnlen(e->host, PARS_HOST_MAX));
	pars_put_be16(port, e->port);
	/* At most 2 + 253 + 3 bytes: always fits. */
	ret->n = 0;
	append_component(ret, p, host);
	append_component(ret, own(CODE_TCP), PARS_BYTES_ARRAY(port));
}

/* The bytes of `a` before its last component if that is a /p2p, whose value is
 * then *ret; else all bytes. */
static size_t split_p2p(const struct pars_multiaddr *a, struct pars_bytes *ret)
{
	struct pars_bytes in = pars_multiaddr_bytes(a), value;
	const struct protocol *p = NULL;
	size_t before = 0;
	*ret = (struct pars_bytes){ 0 };
	while (in.n) {
		before = a->n - in.n;
		if (!next_component(&in, &p, &value))
			return a->n;
	}
	if (!p || p->code != CODE_P2P)
		return a->n;
	*ret = value;
	return before;
}

struct pars_bytes pars_multiaddr_p2p(const struct pars_multiaddr *a)
{
	struct pars_bytes id;
	split_p2p(a, &id);
	return id;
}

bool pars_multiaddr_set_p2p(struct pars_multiaddr *a, struct pars_bytes id)
{
	struct pars_bytes old;
	struct pars_multiaddr changed = *a;
	changed.n = (uint16_t)split_p2p(a, &old);
	if (id.n && (!pars_peer_hash_valid(id) || !append_component(&changed, own(CODE_P2P), id)))
		return false;
	*a = changed;
	return true;
}
