#include "daemon/gauges.h"

#include <dirent.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/bytes.h"

const struct pars_metric_info gauge_info[GAUGE_COUNT] = {
#define PARS_METRIC(name, type, help) [GAUGE_##name] = { #name, #type, help },
#include "daemon/metric.def"
#undef PARS_METRIC
};

/* -- reading ------------------------------------------------------------------ */

uint64_t gauges_cpu_us(void)
{
	struct rusage r;
	if (getrusage(RUSAGE_SELF, &r))
		return 0;
	return (uint64_t)(r.ru_utime.tv_sec + r.ru_stime.tv_sec) * 1000000 +
		(uint64_t)(r.ru_utime.tv_usec + r.ru_stime.tv_usec);
}

uint64_t gauges_disk_free(const char *folder)
{
	struct statvfs st;
	if (!folder || statvfs(folder, &st))
		return UINT64_MAX;
	return (uint64_t)st.f_bavail * st.f_frsize;
}

static uint64_t resident_bytes(void)
{
	unsigned long long all, resident = 0;
	FILE *f = fopen("/proc/self/statm", "re");
	if (!f)
		return 0;
	if (fscanf(f, "%llu %llu", &all, &resident) != 2)
		resident = 0;
	fclose(f);
	return resident * (uint64_t)sysconf(_SC_PAGESIZE);
}

static uint64_t open_files(void)
{
	uint64_t n = 0;
	DIR *d = opendir("/proc/self/fd");
	if (!d)
		return 0;
	while (readdir(d))
		n++;
	closedir(d);
	return n - 3; /* ".", ".." and the folder itself */
}

void gauges_read_process(struct gauges *g)
{
	g->value[GAUGE_memory_bytes] = resident_bytes();
	g->value[GAUGE_cpu_us] = gauges_cpu_us();
	g->value[GAUGE_file_descriptors] = open_files();
}

void gauges_read_node(struct gauges *g, struct pars_node *node)
{
	struct pars_status st = { 0 };
	struct pars_storage_info db = { 0 };
	PARS_AUTO_ARENA a = { 0 };
	g->value[GAUGE_node_up] = !!node;
	if (node)
		pars_status_get(node, &a, &st);
	if (node && pars_storage_get(node, &a, &db, NULL))
		db = (struct pars_storage_info){ 0 };
	g->value[GAUGE_peers] = st.peers;
	g->value[GAUGE_sessions] = st.sessions;
	g->value[GAUGE_vertices] = st.vertices;
	g->value[GAUGE_queued] = st.queued;
	g->value[GAUGE_database_bytes] = db.file_bytes;
	g->value[GAUGE_database_log_bytes] = db.wal_bytes;
}

const struct histogram *gauges_histogram(const struct gauges *g, enum gauge which)
{
	return which == GAUGE_step_us ? &g->step : which == GAUGE_loop_lag_us ? &g->loop_lag : NULL;
}

/* -- Prometheus ------------------------------------------------------------------ */

static void PARS_PRINTF(2, 3) put(struct pars_buf *out, const char *fmt, ...)
{
	char line[400];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(line, sizeof line, fmt, ap);
	va_end(ap);
	pars_buf_put(out, PARS_BYTES_STR(line));
}

static void put_head(struct pars_buf *out, const struct pars_metric_info *m, const char *type, const char *suffix)
{
	put(out, "# HELP parsd_%s%s %s\n# TYPE parsd_%s%s %s\n", m->name, suffix, m->help, m->name, suffix, type);
}

static void put_number(struct pars_buf *out, const struct pars_metric_info *m, uint64_t value)
{
	bool counter = !strcmp(m->type, "COUNTER");
	const char *suffix = counter ? "_total" : "";
	put_head(out, m, counter ? "counter" : "gauge", suffix);
	put(out, "parsd_%s%s %llu\n", m->name, suffix, (unsigned long long)value);
}

static void put_histogram(struct pars_buf *out, const struct pars_metric_info *m, const struct histogram *h)
{
	uint64_t seen = 0;
	put_head(out, m, "histogram", "");
	for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
		seen += h->bucket[i];
		put(out, "parsd_%s_bucket{le=\"%llu\"} %llu\n", m->name, (unsigned long long)histogram_limits[i],
			(unsigned long long)seen);
	}
	put(out, "parsd_%s_bucket{le=\"+Inf\"} %llu\nparsd_%s_sum %llu\nparsd_%s_count %llu\n", m->name,
		(unsigned long long)h->count, m->name, (unsigned long long)h->sum_us, m->name,
		(unsigned long long)h->count);
}

void gauges_put_text(struct pars_buf *out, const struct gauges *g, const struct pars_metrics *node)
{
	for (size_t i = 0; i < PARS_METRIC_COUNT && node; i++)
		put_number(out, &pars_metric_info[i], node->value[i]);
	for (unsigned i = 0; i < GAUGE_COUNT; i++) {
		const struct histogram *h = gauges_histogram(g, (enum gauge)i);
		if (h)
			put_histogram(out, &gauge_info[i], h);
		else
			put_number(out, &gauge_info[i], g->value[i]);
	}
}

/* -- pars_metrics ------------------------------------------------------------------ */

size_t gauges_rows(const struct gauges *g, struct rpc_metric_row out[GAUGES_ROWS_MAX])
{
	static char names[GAUGE_COUNT][3][40];
	static const char *const suffix[3] = { "count", "p50", "p99" };
	size_t n = 0;
	for (unsigned i = 0; i < GAUGE_COUNT; i++) {
		const struct pars_metric_info *m = &gauge_info[i];
		const struct histogram *h = gauges_histogram(g, (enum gauge)i);
		if (!h) {
			out[n++] = (struct rpc_metric_row){ m->name, m->type, m->help, g->value[i] };
			continue;
		}
		uint64_t value[3] = { h->count, histogram_percentile(h, 50), histogram_percentile(h, 99) };
		for (unsigned k = 0; k < 3; k++) {
			snprintf(names[i][k], sizeof names[i][k], "%s_%s", m->name, suffix[k]);
			out[n++] = (struct rpc_metric_row){ names[i][k], m->type, m->help, value[k] };
		}
	}
	return n;
}
