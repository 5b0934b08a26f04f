/* A listener and a dialer hear the input, whole and in pieces; both ways of
 * cutting must agree. */
#include "net/multistream.h"
#include "tests/fuzz/fuzz.h"

static const char *const served[] = { "/echo/1.0.0", "/ipfs/ping/1.0.0", "/noise" };

static enum pars_err listen_all(struct pars_bytes in, size_t chunk, size_t *which, size_t *used)
{
	struct pars_mss m = { 0 };
	PARS_AUTO_BUF out = { 0 };
	enum pars_err err = PARS_E_NOT_READY;
	size_t total = in.n;
	while (err == PARS_E_NOT_READY && in.n) {
		struct pars_bytes piece = PARS_BYTES(in.p, PARS_MIN(chunk, in.n));
		size_t n = piece.n;
		err = pars_mss_listen(&m, &piece, served, PARS_COUNT(served), &out, which);
		pars_bytes_take(&in, n - piece.n);
		assert(m.part.n <= PARS_MSS_MESSAGE_MAX + 2);
	}
	*used = total - in.n;
	pars_mss_done(&m);
	return err;
}

static enum pars_err dial_all(struct pars_bytes in, size_t chunk)
{
	struct pars_mss m = { 0 };
	enum pars_err err = PARS_E_NOT_READY;
	while (err == PARS_E_NOT_READY && in.n) {
		struct pars_bytes piece = PARS_BYTES(in.p, PARS_MIN(chunk, in.n));
		size_t n = piece.n;
		err = pars_mss_dial(&m, &piece, served[0]);
		pars_bytes_take(&in, n - piece.n);
	}
	pars_mss_done(&m);
	return err;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pars_bytes in = PARS_BYTES(data, size);
	size_t which[2] = { 0 }, used[2];
	enum pars_err whole = listen_all(in, SIZE_MAX, &which[0], &used[0]);
	enum pars_err pieces = listen_all(in, 1, &which[1], &used[1]);
	assert(whole == pieces && which[0] == which[1]);
	assert(whole || used[0] == used[1]);
	assert(dial_all(in, SIZE_MAX) == dial_all(in, 1));
	return 0;
}
