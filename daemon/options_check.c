/* Whether settings that are well-formed can work. */
#include <string.h>

#include "daemon/network.h"
#include "daemon/options.h"
#include "daemon/resolver.h"
#include "pars.h"

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
	return err ? err : check_bootstrap(o, fault);
}
