/* RLP: what values encode to, what bytes are no RLP. */
#include "codec/rlp.h"
#include "tests/conformance/conformance.h"

#define DEPTH_MAX 1000

/* Every item down to the last; puts it again behind what is in `out`. */
static bool walk(struct pars_bytes in, unsigned depth, struct pars_buf *out)
{
	struct pars_rlp item;
	while (in.n) {
		if (depth > DEPTH_MAX || pars_rlp_get(&in, &item))
			return false;
		size_t list = pars_rlp_list_begin(out);
		if (!item.is_list)
			pars_rlp_put_bytes(out, item.payload);
		else if (!walk(item.payload, depth + 1, out))
			return false;
		else
			pars_rlp_list_end(out, list);
	}
	return true;
}

/* One item and nothing behind it. */
static bool is_rlp(struct pars_bytes raw, struct pars_buf *again)
{
	struct pars_bytes at = raw;
	struct pars_rlp item;
	return !pars_rlp_get(&at, &item) && !at.n && walk(raw, 0, again);
}

/* A number of any length: its bytes without leading zeros. */
static void put_decimal(struct pars_buf *out, const char *digits)
{
	uint8_t big[64] = { 0 };
	size_t skip = 0;
	for (; *digits; digits++) {
		unsigned carry = (unsigned)(*digits - '0');
		for (size_t i = sizeof big; i--; carry >>= 8) {
			carry += big[i] * 10u;
			big[i] = (uint8_t)carry;
		}
	}
	while (skip < sizeof big && !big[skip])
		skip++;
	pars_rlp_put_bytes(out, PARS_BYTES(big + skip, sizeof big - skip));
}

static void put_value(struct pars_buf *out, const json_t *v)
{
	const char *text = json_string_value(v);
	if (json_is_array(v)) {
		size_t list = pars_rlp_list_begin(out);
		for (size_t i = 0; i < json_array_size(v); i++)
			put_value(out, json_array_get(v, i));
		pars_rlp_list_end(out, list);
	} else if (json_is_integer(v)) {
		pars_rlp_put_u64(out, (uint64_t)json_integer_value(v));
	} else if (text && text[0] == '#') {
		put_decimal(out, text + 1);
	} else {
		pars_rlp_put_bytes(out, PARS_BYTES(text, json_string_length(v)));
	}
}

static const char *judge(const json_t *test)
{
	PARS_AUTO_ARENA arena = { 0 };
	PARS_AUTO_BUF encoded = { 0 }, again = { 0 };
	const json_t *in = json_object_get(test, "in");
	const char *word = json_string_value(in);
	struct pars_bytes raw = json_bytes(&arena, json_object_get(test, "out"));
	bool valid = is_rlp(raw, &again);
	if (word && !strcmp(word, "INVALID"))
		return valid ? "accepted" : NULL;
	if (!valid)
		return "refused";
	if (!pars_bytes_equal(pars_buf_bytes(&again), raw))
		return "comes back different";
	if (word && !strcmp(word, "VALID"))
		return NULL;
	put_value(&encoded, in);
	return pars_bytes_equal(pars_buf_bytes(&encoded), raw) ? NULL : "encodes to something else";
}

static void file(struct conformance *c, const char *path, json_t *root)
{
	const char *name;
	json_t *test;
	(void)path;
	json_object_foreach(root, name, test)
		conformance_case(c, name, judge(test));
}

int main(void)
{
	struct conformance c = { .suite = "rlp" };
	conformance_each(&c, "dev/rlp", file);
	return conformance_end(&c);
}
