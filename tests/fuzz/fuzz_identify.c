/* Identify messages and the signed records in them. */
#include "net/identify.h"
#include "net/record.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pars_identify m, again;
	struct pars_record record;
	struct pars_bytes in = PARS_BYTES(data, size);
	if (!pars_record_open(in, &record))
		assert(record.count <= PARS_RECORD_ADDRS_MAX);
	if (pars_identify_decode(in, &m))
		return 0;
	if (!pars_record_open(m.record, &record))
		assert(record.count <= PARS_RECORD_ADDRS_MAX);
	PARS_AUTO_BUF out = { 0 };
	pars_identify_encode(&m, &out);
	if (out.n > PARS_IDENTIFY_MESSAGE_MAX)
		return 0;
	enum pars_err err = pars_identify_decode(pars_buf_bytes(&out), &again);
	assert(!err && again.listen_count == m.listen_count);
	assert(again.protocol_count == m.protocol_count);
	assert(pars_bytes_equal(again.agent, m.agent) && pars_bytes_equal(again.record, m.record));
	return 0;
}
