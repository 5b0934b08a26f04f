#include "session/invitation.h"

#include <stdio.h>

#include "codec/cid.h"
#include "codec/multibase.h"

static const char scheme[] = "pars:";

bool pars_invitation_is(const char *text)
{
	return !strncmp(text, scheme, strlen(scheme));
}

/* Nothing when it does not fit. */
static void add(char *out, size_t *n, const char *name, const char *value, size_t size)
{
	size_t more = strlen(name) + size;
	if (*n + more > PARS_INVITATION_MAX)
		return;
	snprintf(out + *n, PARS_INVITATION_MAX + 1 - *n, "%s%.*s", name, (int)size, value);
	*n += more;
}

void pars_invitation_text(const struct pars_invitation *in, char out[PARS_INVITATION_MAX + 1])
{
	char id[PARS_CID_TEXT], secret[64] = "";
	pars_cid_text(in->session.b, id);
	size_t n = (size_t)snprintf(out, PARS_INVITATION_MAX + 1, "%s%s", scheme, id);
	if (in->has_secret && !pars_base_encode(PARS_BASE64URL, PARS_BYTES_ARRAY(in->secret), secret, sizeof secret))
		add(out, &n, ",s=", secret, strlen(secret));
	for (size_t i = 0; i < in->count; i++)
		add(out, &n, ",a=", (const char *)in->addrs[i].p, in->addrs[i].n);
}

static enum pars_err take_secret(struct pars_bytes value, struct pars_invitation *in, struct pars_fault *fault)
{
	size_t n;
	if (pars_base_decode(PARS_BASE64URL, value, in->secret, sizeof in->secret, &n) || n != sizeof in->secret)
		return pars_fail(fault, PARS_E_INVALID, "the invitation's secret is damaged: ask for the invitation again");
	in->has_secret = true;
	return PARS_OK;
}

static enum pars_err take_parameter(struct pars_bytes p, struct pars_invitation *in, struct pars_fault *fault)
{
	if (p.n < 2 || p.p[1] != '=')
		return PARS_OK;
	char name = (char)p.p[0];
	pars_bytes_take(&p, 2);
	if (name == 's')
		return take_secret(p, in, fault);
	if (name == 'a' && p.n && in->count < PARS_INVITATION_ADDRS_MAX)
		in->addrs[in->count++] = p;
	return PARS_OK;
}

enum pars_err pars_invitation_parse(const char *text, struct pars_invitation *ret, struct pars_fault *fault)
{
	struct pars_invitation in = { 0 };
	struct pars_bytes rest = PARS_BYTES_STR(text);
	char id[PARS_CID_TEXT];
	enum pars_err err = PARS_OK;
	if (!pars_invitation_is(text))
		return pars_fail(fault, PARS_E_INVALID, "an invitation begins with %s", scheme);
	if (rest.n > PARS_INVITATION_MAX)
		return pars_fail(fault, PARS_E_TOO_LARGE, "%zu bytes: an invitation has at most %d", rest.n, PARS_INVITATION_MAX);
	pars_bytes_take(&rest, strlen(scheme));
	size_t n = strcspn((const char *)rest.p, ",");
	if (n < sizeof id) {
		memcpy(id, rest.p, n);
		id[n] = '\0';
	}
	if (n >= sizeof id || pars_cid_parse(id, in.session.b))
		return pars_fail(fault, PARS_E_INVALID, "the invitation names no session: expected pars:bafyrei… and more behind");
	pars_bytes_take(&rest, PARS_MIN(n + 1, rest.n));
	while (rest.n && !err) {
		n = 0;
		while (n < rest.n && rest.p[n] != ',')
			n++;
		err = take_parameter(PARS_BYTES(rest.p, n), &in, fault);
		pars_bytes_take(&rest, PARS_MIN(n + 1, rest.n));
	}
	if (!err)
		*ret = in;
	return err;
}
