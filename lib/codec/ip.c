#include "codec/ip.h"

#include <stdio.h>

bool pars_ip4_parse(struct pars_bytes text, uint8_t ret[4])
{
	uint8_t ip[4];
	for (int part = 0; part < 4; part++) {
		unsigned v = 0;
		size_t digits = 0;
		while (text.n && text.p[0] >= '0' && text.p[0] <= '9' && digits < 3) {
			v = v * 10 + (pars_bytes_take(&text, 1).p[0] - '0');
			digits++;
		}
		bool leading_zero = digits > 1 && v < (digits == 2 ? 10 : 100);
		if (!digits || v > 255 || leading_zero)
			return false;
		ip[part] = (uint8_t)v;
		if (part < 3 && (!text.n || pars_bytes_take(&text, 1).p[0] != '.'))
			return false;
	}
	if (text.n)
		return false;
	memcpy(ret, ip, sizeof ip);
	return true;
}

static bool hex_group(struct pars_bytes text, unsigned *ret)
{
	unsigned v = 0;
	if (!text.n || text.n > 4)
		return false;
	for (size_t i = 0; i < text.n; i++) {
		uint8_t c = text.p[i], lower = c | 0x20;
		if (c >= '0' && c <= '9')
			v = v << 4 | (c - '0');
		else if (lower >= 'a' && lower <= 'f')
			v = v << 4 | (unsigned)(lower - 'a' + 10);
		else
			return false;
	}
	*ret = v;
	return true;
}

/* Groups separated by single colons, at most `max` bytes of address; the last
 * one may be dotted. */
static bool groups(struct pars_bytes text, uint8_t *out, size_t max, size_t *ret_n)
{
	size_t n = 0;
	while (text.n) {
		const uint8_t *colon = memchr(text.p, ':', text.n);
		size_t len = colon ? (size_t)(colon - text.p) : text.n;
		struct pars_bytes group = pars_bytes_take(&text, len);
		unsigned v;
		if (!colon && n + 4 <= max && pars_ip4_parse(group, out + n)) {
			n += 4;
			break;
		}
		if (n + 2 > max || !hex_group(group, &v))
			return false;
		pars_put_be16(out + n, (uint16_t)v);
		n += 2;
		if (colon) {
			pars_bytes_take(&text, 1);
			if (!text.n)
				return false;
		}
	}
	*ret_n = n;
	return true;
}

bool pars_ip6_parse(struct pars_bytes text, uint8_t ret[16])
{
	uint8_t ip[16] = { 0 }, tail[16];
	size_t head_n, tail_n;
	const uint8_t *gap = text.n ? memmem(text.p, text.n, "::", 2) : NULL;
	if (!gap) {
		if (!groups(text, ip, sizeof ip, &head_n) || head_n != sizeof ip)
			return false;
		memcpy(ret, ip, sizeof ip);
		return true;
	}
	struct pars_bytes head = pars_bytes_take(&text, (size_t)(gap - text.p));
	pars_bytes_take(&text, 2);
	/* A dotted tail is only legal at the very end, so never in the head. */
	if (head.n && memchr(head.p, '.', head.n))
		return false;
	/* "::" stands for at least one group. */
	if (!groups(head, ip, 14, &head_n) || !groups(text, tail, 14 - head_n, &tail_n))
		return false;
	memcpy(ip + 16 - tail_n, tail, tail_n);
	memcpy(ret, ip, sizeof ip);
	return true;
}

void pars_ip4_text(const uint8_t ip[4], char out[PARS_IP_TEXT])
{
	snprintf(out, PARS_IP_TEXT, "%u.%u.%u.%u", ip[0], ip[1], ip[2], ip[3]);
}

static unsigned group(const uint8_t ip[16], int i)
{
	return pars_be16(ip + (size_t)i * 2);
}

/* The first longest run of two or more zero groups. */
static void longest_zeros(const uint8_t ip[16], int *ret_start, int *ret_n)
{
	int best = -1, best_n = 1;
	for (int i = 0; i < 8; i++) {
		int n = 0;
		while (i + n < 8 && !group(ip, i + n))
			n++;
		if (n > best_n) {
			best = i;
			best_n = n;
		}
		i += n;
	}
	*ret_start = best;
	*ret_n = best_n;
}

void pars_ip6_text(const uint8_t ip[16], char out[PARS_IP_TEXT])
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	int gap, gap_n;
	size_t n = 0;
	if (!memcmp(ip, mapped, sizeof mapped)) {
		snprintf(out, PARS_IP_TEXT, "::ffff:%u.%u.%u.%u", ip[12], ip[13], ip[14], ip[15]);
		return;
	}
	longest_zeros(ip, &gap, &gap_n);
	for (int i = 0; i < 8;) {
		if (i == gap) {
			n += (size_t)snprintf(out + n, PARS_IP_TEXT - n, "::");
			i += gap_n;
			continue;
		}
		const char *colon = i && i != gap + gap_n ? ":" : "";
		if (gap < 0)
			colon = i ? ":" : "";
		n += (size_t)snprintf(out + n, PARS_IP_TEXT - n, "%s%x", colon, group(ip, i));
		i++;
	}
}
