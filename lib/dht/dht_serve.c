#include "dht/dht_impl.h"

#define PROVIDER_KEY_MAX 80 /* as others bound it */

static void begin_reply(const struct pars_dht *dht, const struct pars_dht_message *request,
	struct pars_dht_message *reply)
{
	reply->type = request->type;
	reply->key = request->key;
	reply->has_record = false;
	reply->private_ok = dht->limits.private_ok;
	reply->closer_count = reply->provider_count = 0;
	reply->bad_addrs = reply->bad_peers = reply->left_out = 0;
}

/* The k nearest we know to be well, but the one who asks. */
static void tell_closer(const struct pars_dht *dht, const struct pars_contact *from,
	struct pars_dht_message *reply)
{
	struct pars_contact *list[PARS_DHT_K + 1];
	struct pars_digest target = pars_sha256(reply->key);
	size_t n = pars_dht_table_nearest(&dht->table, &target, true, 0, list, PARS_COUNT(list));
	for (size_t i = 0; i < n; i++)
		__builtin_prefetch(list[i], 1);
	for (size_t i = 0; i < n && reply->closer_count < PARS_DHT_K; i++)
		if (list[i] != from)
			reply->closer[reply->closer_count++] = pars_contact_ref(list[i]);
}

static void tell_value(const struct pars_dht *dht, struct pars_dht_message *reply)
{
	struct pars_bytes value = kad_local_value(dht, reply->key);
	if (!value.n)
		return;
	reply->has_record = true;
	reply->record_key = reply->key;
	reply->value = value;
}

static void tell_providers(const struct pars_dht *dht, struct pars_dht_message *reply)
{
	if (kad_provides(dht, reply->key))
		reply->providers[reply->provider_count++] = dht->self;
	reply->provider_count += pars_dht_providers_get(&dht->providers, reply->key,
		pars_rng_u64(dht->rng), reply->providers + reply->provider_count,
		PARS_DHT_K - reply->provider_count);
	for (size_t i = 0; i < reply->provider_count; i++)
		pars_contact_ref(reply->providers[i]);
}

static enum pars_err serve_put(struct pars_dht *dht, const struct pars_contact *from,
	const struct pars_dht_message *request, struct pars_dht_message *reply)
{
	struct pars_bytes key = request->key, value = request->value;
	if (!request->has_record || !pars_bytes_equal(key, request->record_key)) {
		pars_count(dht->metrics, PARS_M_dht_bad_request);
		return PARS_E_PEER_MALFORMED;
	}
	enum pars_err err = pars_dht_record_check(key, value);
	if (err) {
		pars_count(dht->metrics, PARS_M_dht_record_bad);
		return err == PARS_E_UNSUPPORTED ? PARS_E_PEER_UNSUPPORTED : err;
	}
	err = pars_dht_values_put(&dht->values, key, value, pars_be64(from->key.b),
		dht->now + dht->limits.expiry);
	if (err) {
		pars_count(dht->metrics, err == PARS_E_EXISTS ? PARS_M_dht_record_old : PARS_M_dht_record_full);
	} else {
		struct queued *q = kad_emit(dht, PARS_DHT_EV_STORED);
		pars_buf_put(&q->key, key);
		pars_buf_put(&q->value, value);
	}
	/* Says what is held here now, which tells the sender of an older one. */
	tell_value(dht, reply);
	return PARS_OK;
}

static enum pars_err serve_add_provider(struct pars_dht *dht, struct pars_contact *from,
	const struct pars_dht_message *request)
{
	if (!request->key.n || request->key.n > PROVIDER_KEY_MAX) {
		pars_count(dht->metrics, PARS_M_dht_bad_request);
		return PARS_E_PEER_MALFORMED;
	}
	bool own = false;
	for (size_t i = 0; i < request->provider_count; i++) {
		if (request->providers[i] == from)
			own = true;
		else
			pars_count(dht->metrics, PARS_M_dht_provider_foreign);
	}
	if (own && pars_dht_providers_add(&dht->providers, request->key, from, dht->now + dht->limits.expiry))
		pars_count(dht->metrics, PARS_M_dht_provider_full);
	return PARS_OK;
}

static enum pars_err serve(struct pars_dht *dht, struct pars_contact *from,
	const struct pars_dht_message *request, struct pars_dht_message *reply)
{
	if (request->type == PARS_DHT_PING)
		return PARS_OK;
	if (request->type == PARS_DHT_ADD_PROVIDER)
		return serve_add_provider(dht, from, request);
	if (!request->key.n) {
		pars_count(dht->metrics, PARS_M_dht_bad_request);
		return PARS_E_PEER_MALFORMED;
	}
	if (request->type == PARS_DHT_PUT_VALUE)
		return serve_put(dht, from, request, reply);
	if (request->type == PARS_DHT_GET_VALUE)
		tell_value(dht, reply);
	else if (request->type == PARS_DHT_GET_PROVIDERS)
		tell_providers(dht, reply);
	tell_closer(dht, from, reply);
	return PARS_OK;
}

enum pars_err pars_dht_serve(struct pars_dht *dht, struct pars_contact *from,
	const struct pars_dht_message *request, struct pars_dht_message *reply, bool *ret_answer)
{
	bool write = request->type == PARS_DHT_PUT_VALUE || request->type == PARS_DHT_ADD_PROVIDER;
	begin_reply(dht, request, reply);
	dht->metrics->value[PARS_M_dht_bad_addr] += request->bad_addrs;
	dht->metrics->value[PARS_M_dht_bad_peer] += request->bad_peers;
	if (!pars_dht_rates_take(&dht->rates, pars_be64(from->key.b), write, dht->now)) {
		pars_count(dht->metrics, PARS_M_dht_rate_limited);
		return PARS_E_BUSY;
	}
	enum pars_err err = serve(dht, from, request, reply);
	if (!err)
		*ret_answer = request->type != PARS_DHT_ADD_PROVIDER;
	return err;
}
