/* What RPC methods see and do outside of the node; see rpc/outside.h. */
#include <stdlib.h>

#include "base/alloc.h"
#include "daemon/internal.h"
#include "daemon/log.h"
#include "daemon/log_ring.h"
#include "daemon/rpc_bind.h"
#include "daemon/service.h"

static int64_t wall_ns(void *arg)
{
	(void)arg;
	return daemon_now().wall_ns;
}

static uint64_t cpu_us(void *arg)
{
	(void)arg;
	return gauges_cpu_us();
}

static enum pars_log_level change_level(void *arg, const enum pars_log_level *set)
{
	(void)arg;
	if (set)
		log_line(PARS_LOG_INFO, "daemon", "the log level is %s from now on", rpc_log_levels[*set]);
	return log_level(set);
}

static uint64_t log_next(void *arg)
{
	(void)arg;
	return log_ring_next();
}

static bool log_read(void *arg, uint64_t number, struct rpc_log_record *ret)
{
	(void)arg;
	return log_ring_read(number, ret);
}

static const struct rpc_metric_row *metric_rows(void *arg, size_t *ret_count)
{
	struct daemon *d = arg;
	daemon_gauges_read(d);
	*ret_count = gauges_rows(&d->gauges, d->rows);
	return d->rows;
}

static uint64_t disk_free(void *arg)
{
	const struct daemon *d = arg;
	return gauges_disk_free(d->datadir);
}

/* -- settings anew -------------------------------------------------------------- */

static char *join_values(const struct option_value *v)
{
	char *text = pars_strdup("");
	for (size_t i = 0; i < v->count; i++) {
		char *more = pars_sprintf("%s%s%s", text, i ? ", " : "", v->list[i]);
		free(text);
		text = more;
	}
	return text;
}

static void drop_changes(struct daemon *d)
{
	for (size_t i = 0; i < d->changes_count; i++) {
		free((char *)d->changes[i].name);
		free((char *)d->changes[i].now);
		free((char *)d->changes[i].then);
	}
	d->changes_count = 0;
}

static void add_change(struct daemon *d, const struct options *fresh, enum option which)
{
	const struct option_info *info = &option_info[which];
	d->changes[d->changes_count++] = (struct rpc_setting_change){
		.name = pars_sprintf("%s.%s", info->section, info->key),
		.now = join_values(&d->options->value[which]),
		.then = join_values(&fresh->value[which]),
		.reload = info->reload,
	};
}

static const struct rpc_setting_change *config_check(void *arg, size_t *ret_count, struct pars_fault *fault)
{
	struct daemon *d = arg;
	struct options fresh = { 0 };
	enum pars_err err = options_load(&fresh, d->options->argc, d->options->argv, fault);
	if (!err)
		err = options_check(&fresh, fault);
	drop_changes(d);
	for (unsigned i = 0; i < OPT_COUNT && !err; i++)
		if (option_info[i].section[0] && options_differ(d->options, &fresh, (enum option)i))
			add_change(d, &fresh, (enum option)i);
	options_done(&fresh);
	*ret_count = d->changes_count;
	return err ? NULL : d->changes;
}

void daemon_outside_init(struct daemon *d)
{
	d->changes = pars_alloc_array(OPT_COUNT, sizeof *d->changes);
	d->outside = (struct rpc_outside){ .arg = d, .wall_ns = wall_ns, .cpu_us = cpu_us,
		.log_level = change_level, .log_next = log_next, .log_read = log_read, .metrics = metric_rows,
		.disk_free = disk_free, .config_check = config_check };
	d->rpc_config.outside = &d->outside;
}

void daemon_outside_done(struct daemon *d)
{
	drop_changes(d);
	free(d->changes);
}

/* -- metrics ------------------------------------------------------------------------ */

void daemon_gauges_read(struct daemon *d)
{
	uint64_t *value = d->gauges.value;
	gauges_read_process(&d->gauges);
	gauges_read_node(&d->gauges, d->node);
	value[GAUGE_uptime_seconds] = (daemon_now_us() - d->started_us) / 1000000;
	value[GAUGE_connections] = net_count(d->net);
	value[GAUGE_rpc_clients] = rpc_server_clients(d->rpc);
	value[GAUGE_disk_free_bytes] = gauges_disk_free(d->datadir);
}

static void fill_metrics(void *arg, struct pars_buf *out)
{
	struct daemon *d = arg;
	daemon_gauges_read(d);
	gauges_put_text(out, &d->gauges, d->node ? pars_node_metrics(d->node) : NULL);
}

static enum pars_err open_unix(struct daemon *d, const char *path, struct pars_fault *fault)
{
	int fd;
	enum pars_err err = rpc_bind(path, "metrics-socket", d->options->service, &fd, fault);
	if (!err)
		d->metrics[0] = metrics_socket_new(d->base, fd, path, fill_metrics, d);
	return err;
}

static enum pars_err open_tcp(struct daemon *d, const char *address, struct pars_fault *fault)
{
	struct pars_endpoint on;
	int fd;
	enum pars_err err = pars_listen_check(address, &on, fault);
	if (err || (err = net_open_listener(&on, &fd, fault)))
		return err;
	d->metrics[1] = metrics_socket_new(d->base, fd, NULL, fill_metrics, d);
	return PARS_OK;
}

static enum pars_err take_passed(struct daemon *d, int fd, struct pars_fault *fault)
{
	char *path;
	enum pars_err err = rpc_bind_passed(fd, &path, fault);
	if (err)
		return err;
	d->metrics[0] = metrics_socket_new(d->base, fd, NULL, fill_metrics, d);
	free(path);
	return PARS_OK;
}

enum pars_err daemon_metrics_open(struct daemon *d, struct pars_fault *fault)
{
	int passed = service_socket("metrics");
	const char *path = options_get(d->options, OPT_METRICS_SOCKET);
	const char *address = options_get(d->options, OPT_METRICS_LISTEN);
	enum pars_err err = passed >= 0 ? take_passed(d, passed, fault) : path ? open_unix(d, path, fault) : PARS_OK;
	return err || !address ? err : open_tcp(d, address, fault);
}
