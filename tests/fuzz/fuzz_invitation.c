/* Invitations as text: what is understood is written and read again. */
#include "session/invitation.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pars_invitation in, again;
	struct pars_fault fault = { 0 };
	char text[PARS_INVITATION_MAX + 1], *copy = calloc(1, size + 1);
	if (size)
		memcpy(copy, data, size);
	enum pars_err err = pars_invitation_parse(copy, &in, &fault);
	if (err && !fault.text[0])
		abort(); /* refused without a word */
	if (!err) {
		pars_invitation_text(&in, text);
		if (pars_invitation_parse(text, &again, &fault) || again.has_secret != in.has_secret ||
		    again.count > in.count || !pars_digest_equal(&again.session, &in.session))
			abort();
	}
	free(copy);
	return 0;
}
