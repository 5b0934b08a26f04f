#include "rpc/outside.h"

static int64_t wall_ns(void *arg)
{
	(void)arg;
	return 0;
}

static uint64_t cpu_us(void *arg)
{
	(void)arg;
	return 0;
}

static enum pars_log_level log_level(void *arg, const enum pars_log_level *set)
{
	(void)arg;
	return set ? *set : PARS_LOG_INFO;
}

static uint64_t log_next(void *arg)
{
	(void)arg;
	return 1;
}

static bool log_read(void *arg, uint64_t number, struct rpc_log_record *ret)
{
	(void)arg, (void)number, (void)ret;
	return false;
}

static const struct rpc_metric_row *metrics(void *arg, size_t *ret_count)
{
	(void)arg;
	*ret_count = 0;
	return NULL;
}

static uint64_t disk_free(void *arg)
{
	(void)arg;
	return UINT64_MAX;
}

static const struct rpc_setting_change *config_check(void *arg, size_t *ret_count, struct pars_fault *fault)
{
	static const struct rpc_setting_change none;
	(void)arg, (void)fault;
	*ret_count = 0;
	return &none;
}

const struct rpc_outside rpc_outside_none = { NULL, wall_ns, cpu_us, log_level, log_next, log_read, metrics,
	disk_free, config_check };
