/* Whether settings that are well-formed can work. */
#include <stdlib.h>
#include <string.h>

#include "daemon/network.h"
#include "daemon/options.h"
#include "daemon/resolver.h"
#include "pars.h"

#define NUMBER_MAX ((uint64_t)1 << 53) /* what JSON readers keep exact */

static enum pars_err check_listen(const struct options *o, enum option which, struct pars_fault *fault)
{
	const struct option_value *v = &o->value[which];
	struct pars_fault inner = { 0 };
	struct pars_endpoint unused;
	for (size_t i = 0; i < v->count; i++) {
		if (which == OPT_LISTEN && v->count == 1 && !strcmp(v->list[0], "none"))
			return PARS_OK;
		enum pars_err err = pars_listen_check(v->list[i], &unused, &inner);
		if (err)
			return pars_fail(fault, err, "%s: --%s: %.250s", v->origin, option_info[which].name, inner.text);
	}
	return PARS_OK;
}

static enum pars_err check_bootstrap(const struct options *o, struct pars_fault *fault)
{
	const struct option_value *v = &o->value[OPT_BOOTSTRAP];
	struct pars_fault inner = { 0 };
	for (size_t i = 0; i < v->count; i++) {
		enum pars_err err = pars_address_check(v->list[i], &inner);
		if (err)
			return pars_fail(fault, err, "%s: --bootstrap: %.250s", v->origin, inner.text);
	}
	return PARS_OK;
}

static enum pars_err check_dns(const struct options *o, struct pars_fault *fault)
{
	const struct option_value *v = &o->value[OPT_DNS_SERVER];
	for (size_t i = 0; i < v->count; i++)
		if (!resolver_server_valid(v->list[i]) && !(v->count == 1 && !strcmp(v->list[i], "root")))
			return pars_fail(fault, PARS_E_INVALID, "%s: --dns-server: '%.100s' is no IP address (192.0.2.53, "
				"2001:db8::53@5353) and not \"root\" alone", v->origin, v->list[i]);
	return PARS_OK;
}

bool options_number(const char *text, uint64_t *ret)
{
	static const char units[] = "KMGT";
	char *end;
	if (*text < '0' || *text > '9')
		return false;
	*ret = strtoull(text, &end, 10);
	const char *unit = *end ? strchr(units, *end) : NULL;
	if (*end && (!unit || end[1]))
		return false;
	for (int i = unit ? (int)(unit - units) + 1 : 0; i; i--) {
		if (*ret > NUMBER_MAX / 1024)
			return false;
		*ret *= 1024;
	}
	return *ret <= NUMBER_MAX;
}

static enum pars_err check_number(const struct options *o, enum option which, uint64_t least, uint64_t most,
	const char *expected, struct pars_fault *fault)
{
	const struct option_value *v = &o->value[which];
	uint64_t n;
	if (options_number(v->list[0], &n) && n >= least && n <= most)
		return PARS_OK;
	return pars_fail(fault, PARS_E_INVALID, "%s: --%s: '%.100s' is not %s", v->origin, option_info[which].name,
		v->list[0], expected);
}

static enum pars_err check_relay(const struct options *o, struct pars_fault *fault)
{
	static const char size[] = "a size of 1M or more, as in 500M or 2G";
	const uint64_t least = (uint64_t)1 << 20;
	enum pars_err err = check_number(o, OPT_RELAY_TOTAL, least, NUMBER_MAX, size, fault);
	if (!err)
		err = check_number(o, OPT_RELAY_SESSION, least, NUMBER_MAX, size, fault);
	if (!err)
		err = check_number(o, OPT_RELAY_REQUESTER, least, NUMBER_MAX, size, fault);
	return err ? err : check_number(o, OPT_RELAY_DAYS, 1, 3650, "a number from 1 to 3650", fault);
}

enum pars_err options_check(const struct options *o, struct pars_fault *fault)
{
	struct rpc_genesis network = { 0 };
	enum pars_err err = network_load(options_get(o, OPT_NETWORK), &network, fault);
	rpc_genesis_done(&network);
	if (!err)
		err = check_listen(o, OPT_LISTEN, fault);
	if (!err)
		err = check_listen(o, OPT_METRICS_LISTEN, fault);
	if (!err)
		err = check_dns(o, fault);
	if (!err)
		err = check_relay(o, fault);
	return err ? err : check_bootstrap(o, fault);
}
