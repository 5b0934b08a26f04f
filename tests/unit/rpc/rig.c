#include "tests/unit/rpc/rig.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"

uint64_t rig_disk_free = UINT64_MAX;
int64_t rig_wall_ns = (int64_t)1790000000 * 1000000000;

static char setting[3][16] = { "node.network", "dev", "default" };
static const struct rpc_setting settings[] = { { setting[0], setting[1], setting[2] } };

/* An outside of which nothing moves. */
static int64_t wall_ns(void *arg)
{
	(void)arg;
	return rig_wall_ns;
}

static uint64_t zero(void *arg)
{
	(void)arg;
	return 0;
}

static enum pars_log_level log_level(void *arg, const enum pars_log_level *set)
{
	static enum pars_log_level level = PARS_LOG_INFO;
	(void)arg;
	return level = set ? *set : level;
}

static uint64_t log_next(void *arg)
{
	(void)arg;
	return 31;
}

static bool log_read(void *arg, uint64_t number, struct rpc_log_record *ret)
{
	(void)arg;
	*ret = (struct rpc_log_record){ number, wall_ns(NULL), PARS_LOG_INFO, "test", "a line" };
	return number >= 1 && number <= 30;
}

static const struct rpc_metric_row *metrics(void *arg, size_t *ret_count)
{
	static const struct rpc_metric_row row = { "memory_bytes", "GAUGE", "in RAM", 1 };
	(void)arg;
	*ret_count = 1;
	return &row;
}

static uint64_t disk_free(void *arg)
{
	(void)arg;
	return rig_disk_free;
}

static const struct rpc_setting_change *config_check(void *arg, size_t *ret_count, struct pars_fault *fault)
{
	static const struct rpc_setting_change change = { "log.level", "info", "debug", true };
	(void)arg;
	(void)fault;
	*ret_count = 1;
	return &change;
}

static const struct rpc_outside outside = { NULL, wall_ns, zero, log_level, log_next, log_read, metrics,
	disk_free, config_check };
static const struct rpc_server_config config = { "parsd/test", "dev", settings, 1, &outside };

struct rig *rig_new(void)
{
	static unsigned made;
	struct rig *r = pars_alloc(sizeof *r);
	char *path = pars_sprintf("%s/rig%u.db", unit_tmpdir(), made++);
	struct pars_node_config node = { .path = path, .agent = "parsd/test", .network = "dev", .seed = { 1 },
		.save_apart = true };
	struct pars_fault fault = { 0 };
	r->now = (struct pars_time){ PARS_S(1000), (int64_t)1790000000 * 1000000000 };
	ck_assert_msg(!pars_node_new(&node, r->now, &r->node, &fault), "%s", fault.text);
	r->server = rpc_server_new(&config);
	rpc_server_bind(r->server, r->node);
	r->client = rpc_client_new(r->server, RPC_ADMIN);
	free(path);
	return r;
}

void rig_free(struct rig *r)
{
	rpc_server_free(r->server);
	pars_node_free(r->node);
	while (r->job_count) {
		struct pars_job *job = r->jobs[--r->job_count];
		job->free(job);
	}
	pars_effects_done(&r->effects);
	free(r);
}

/* What a step left: who waits is told. */
static void carry_out(struct rig *r)
{
	for (size_t i = 0; i < r->effects.count; i++) {
		const struct pars_effect *e = &r->effects.list[i];
		if (e->type == PARS_EF_NOTIFY)
			rpc_server_notify(r->server, e->topic, e->text);
		if (e->type == PARS_EF_JOB) {
			ck_assert_uint_lt(r->job_count, PARS_COUNT(r->jobs));
			r->jobs[r->job_count++] = e->job;
		}
	}
	pars_effects_reset(&r->effects);
}

/* Results of jobs come with the next step, which may want more of them. */
void rig_release(struct rig *r)
{
	for (carry_out(r); r->job_count && !r->jobs_wait; carry_out(r)) {
		pars_step_begin(r->node, r->now);
		while (r->job_count) {
			struct pars_job *job = r->jobs[--r->job_count];
			job->run(job);
			pars_step_event(r->node, &(struct pars_event){ .type = PARS_EV_JOB_DONE, .job = job });
		}
		ck_assert(!pars_step_end(r->node, &r->effects));
	}
	rpc_server_poll(r->server, r->now.mono_us);
}

void rig_feed(struct rig *r, struct rpc_client *c, const char *bytes, size_t n)
{
	pars_step_begin(r->node, r->now);
	rpc_server_begin(r->server, r->now.mono_us);
	rpc_client_input(c, PARS_BYTES(bytes, n));
	ck_assert(!pars_step_end(r->node, &r->effects));
	rpc_server_end(r->server, r->fail, NULL);
	r->fail = PARS_OK;
	rig_release(r);
}

void rig_pass_ms(struct rig *r, unsigned ms)
{
	r->now.mono_us += PARS_MS(ms);
	r->now.wall_ns += (int64_t)ms * 1000000;
	rig_feed(r, r->client, "", 0);
}

const char *rig_take(struct rpc_client *c)
{
	static struct pars_buf b;
	struct pars_bytes pieces[64];
	bool notification;
	size_t n = rpc_client_output(c, pieces, PARS_COUNT(pieces), &notification);
	ck_assert(!notification || n == 1);
	pars_buf_done(&b);
	for (size_t i = 0; i < n; i++)
		pars_buf_put(&b, pieces[i]);
	rpc_client_sent(c, b.n);
	pars_buf_put_byte(&b, '\0');
	return (const char *)pars_buf_bytes(&b).p;
}

json_t *rig_ask(struct rig *r, const char *request)
{
	rig_feed(r, r->client, request, strlen(request));
	const char *line = rig_take(r->client);
	json_t *reply = json_loads(line, 0, NULL);
	ck_assert_msg(reply, "%s gave \"%s\"", request, line);
	return reply;
}

static json_t *part_of(struct rig *r, const char *method, const char *params, const char *part)
{
	char *request = pars_sprintf("{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"%s\",\"params\":%s}", method, params);
	json_t *reply = rig_ask(r, request), *v = json_incref(json_object_get(reply, part));
	char *text = json_dumps(reply, 0);
	ck_assert_msg(v, "%s %s gave %s, not a %s", method, params, text, part);
	ck_assert_int_eq(json_integer_value(json_object_get(reply, "id")), 7);
	json_decref(reply);
	free(request);
	free(text);
	return v;
}

json_t *rig_call(struct rig *r, const char *method, const char *params)
{
	return part_of(r, method, params, "result");
}

json_t *rig_refused(struct rig *r, const char *method, const char *params)
{
	return part_of(r, method, params, "error");
}
