/* Differential fuzzing: random cases to our EVM and to another one, which is a
 * process that answers records (differ.h). What differs is made smaller and
 * written to files, and ends it. A case is found again by seed and number, as
 * long as the corpus is the same. */
#include "tests/evm/differ.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "tests/evm/corpus.h"
#include "tests/evm/suites.h"

#define BATCH 64            /* answers of a batch fit a pipe */
#define PIPE_SIZE (1 << 20) /* as a batch does, mostly */
#define PROBES_MAX 20000    /* of a case that is made smaller */

struct peer {
	int in, out; /* what we write, and read */
	pid_t pid;
};

struct differ {
	const struct differ_options *o;
	struct pars_evm *evm;
	struct peer peer;
	struct corpus corpus;
	uint64_t kinds[4], differences;
};

/* -- the other implementation ------------------------------------------------------------ */

static struct peer peer_start(const char *program)
{
	int to[2], from[2];
	if (pipe2(to, O_CLOEXEC) || pipe2(from, O_CLOEXEC))
		die("no pipe: %s", strerror(errno));
	(void)fcntl(to[1], F_SETPIPE_SZ, PIPE_SIZE); /* slower without */
	pid_t pid = fork();
	if (pid < 0)
		die("no process: %s", strerror(errno));
	if (!pid) {
		dup2(to[0], STDIN_FILENO);
		dup2(from[1], STDOUT_FILENO);
		execlp(program, program, (char *)NULL);
		_exit(127);
	}
	close(to[0]);
	close(from[1]);
	signal(SIGPIPE, SIG_IGN);
	return (struct peer){ to[1], from[0], pid };
}

static void peer_stop(struct peer *p)
{
	close(p->in);
	close(p->out);
	waitpid(p->pid, NULL, 0);
}

static void ask(struct peer *p, const struct differ_case *c)
{
	PARS_AUTO_BUF record = { 0 };
	uint8_t size[4];
	pars_buf_put(&record, PARS_BYTES_ARRAY(size));
	differ_put(c, &record);
	pars_put_be32(record.mem + record.off, (uint32_t)(record.n - sizeof size));
	for (struct pars_bytes left = pars_buf_bytes(&record); left.n;) {
		ssize_t n = write(p->in, left.p, left.n);
		if (n < 0 && errno != EINTR)
			die("the other implementation does not read: %s", strerror(errno));
		pars_bytes_take(&left, n > 0 ? (size_t)n : 0);
	}
}

static struct differ_answer answer(struct peer *p)
{
	struct differ_answer a;
	for (size_t got = 0; got < sizeof a.bytes;) {
		ssize_t n = read(p->out, a.bytes + got, sizeof a.bytes - got);
		if (!n || (n < 0 && errno != EINTR))
			die("the other implementation does not answer");
		got += n > 0 ? (size_t)n : 0;
	}
	return a;
}

static bool same(const struct differ_answer *a, const struct differ_answer *b)
{
	return !memcmp(a->bytes, b->bytes, sizeof a->bytes);
}

/* -- a difference ------------------------------------------------------------------------- */

static bool differs(struct differ *d, const struct differ_case *c)
{
	ask(&d->peer, c);
	struct differ_answer ours = differ_run(d->evm, c, &(struct differ_how){ 0 }), theirs = answer(&d->peer);
	return !same(&ours, &theirs);
}

/* Keeps the change if the difference stays. */
static bool keep(struct differ *d, struct differ_case *c, const struct differ_case *changed, unsigned *probes)
{
	if (*probes >= PROBES_MAX)
		return false;
	++*probes;
	if (!differs(d, changed))
		return false;
	*c = *changed;
	return true;
}

static void smaller_code(struct differ *d, struct pars_arena *arena, struct differ_case *c, size_t i, unsigned *probes)
{
	for (size_t n = 0; n < c->accounts[i].code.n;) {
		struct differ_case t = *c;
		t.accounts[i].code.n = n;
		if (keep(d, c, &t, probes))
			break;
		n = n ? n * 2 : 1;
	}
	for (size_t chunk = 64; chunk; chunk /= 4) {
		for (size_t at = 0; at + chunk <= c->accounts[i].code.n; at += chunk) {
			struct differ_case t = *c;
			struct pars_bytes code = pars_arena_copy(arena, t.accounts[i].code);
			memset((uint8_t *)code.p + at, 0x5b, chunk); /* JUMPDEST: does nothing */
			if (memcmp(code.p, t.accounts[i].code.p, code.n)) {
				t.accounts[i].code = code;
				keep(d, c, &t, probes);
			}
		}
	}
}

static void make_smaller(struct differ *d, struct pars_arena *arena, struct differ_case *c)
{
	unsigned probes = 0;
	struct differ_case t = *c;
	for (t.times = 1; t.times < c->times; t.times++)
		if (keep(d, c, &t, &probes))
			break;
	for (size_t i = c->account_count; i--;) {
		t = *c;
		memmove(&t.accounts[i], &t.accounts[i + 1], (--t.account_count - i) * sizeof t.accounts[i]);
		keep(d, c, &t, &probes);
	}
	for (size_t i = 0; i < c->account_count; i++) {
		t = *c;
		t.accounts[i].slot_count = 0;
		keep(d, c, &t, &probes);
		if (c->accounts[i].code.n && c->accounts[i].code.p[0] != 0xef)
			smaller_code(d, arena, c, i, &probes);
	}
	t = *c;
	t.tx.access_count = 0;
	keep(d, c, &t, &probes);
	t = *c;
	t.tx.authorization_count = PARS_MIN(c->tx.authorization_count, 1);
	keep(d, c, &t, &probes);
	t = *c;
	t.tx.value = PARS_U256(0);
	keep(d, c, &t, &probes);
	for (size_t n = 0; n < c->tx.data.n; n = n ? n * 2 : 1) {
		t = *c;
		t.tx.data.n = n;
		if (keep(d, c, &t, &probes))
			break;
	}
}

static void tell(struct differ *d, FILE *f, const struct differ_case *c)
{
	struct differ_answer ours = differ_run(d->evm, c, &(struct differ_how){ 0 });
	ask(&d->peer, c);
	struct differ_answer theirs = answer(&d->peer);
	differ_print_answer(f, "ours  ", &ours);
	differ_print_answer(f, "theirs", &theirs);
	differ_print_case(f, c);
}

static void difference(struct differ *d, struct pars_arena *arena, const struct differ_case *c, uint64_t number)
{
	char *stem = pars_sprintf("differ-%" PRIu64 "-%" PRIu64, d->o->seed, number);
	char *text = pars_sprintf("%s.txt", stem), *record = pars_sprintf("%s.case", stem);
	struct differ_case small = *c;
	PARS_AUTO_BUF b = { 0 };
	d->differences++;
	make_smaller(d, arena, &small);
	differ_put(&small, &b);
	FILE *f = fopen(text, "w"), *g = fopen(record, "wb");
	if (!f || !g || fwrite(pars_buf_bytes(&b).p, 1, b.n, g) != b.n)
		die("cannot write %s", record);
	fprintf(f, "seed %" PRIu64 ", case %" PRIu64 "; made smaller:\n", d->o->seed, number);
	tell(d, f, &small);
	fprintf(f, "\nas it was:\n");
	tell(d, f, c);
	fclose(f);
	fclose(g);
	printf("DIFFERENT: seed %" PRIu64 ", case %" PRIu64 ", see %s\n", d->o->seed, number, text);
	tell(d, stdout, &small);
	fflush(stdout);
	free(stem);
	free(text);
	free(record);
}

/* -- cases ---------------------------------------------------------------------------------- */

static void make(const struct differ *d, struct pars_arena *arena, uint64_t number, struct differ_case *c)
{
	struct draw draw = { d->o->seed ^ number * UINT64_C(0xd1342543de82ef95) };
	draw.state = draw_u64(&draw);
	if (d->corpus.count && draw_chance(&draw, 15)) {
		if (differ_get(d->corpus.records[draw_below(&draw, d->corpus.count)], arena, c)) {
			differ_mutate(&draw, arena, c);
			return;
		}
	}
	differ_make(&draw, arena, c);
	if (draw_chance(&draw, 15))
		differ_mutate(&draw, arena, c);
}

/* Ours must not depend on when the host answers, nor on being watched. */
static void no_step(void *ctx, const struct pars_evm_step *step)
{
	(void)ctx;
	(void)step;
}

static bool same_otherwise(struct differ *d, const struct differ_case *c, const struct differ_answer *ours, uint64_t number)
{
	struct differ_answer a = *ours;
	if (number % 8 == 0)
		a = differ_run(d->evm, c, &(struct differ_how){ .hesitates = true });
	if (number % 32 == 1 && same(&a, ours))
		a = differ_run(d->evm, c, &(struct differ_how){ .step = no_step });
	return same(&a, ours);
}

static void batch(struct differ *d, uint64_t first, size_t n)
{
	static struct differ_case cases[BATCH];
	PARS_AUTO_ARENA arena = { 0 };
	struct differ_answer ours[BATCH];
	for (size_t i = 0; i < n; i++) {
		make(d, &arena, first + i, &cases[i]);
		ask(&d->peer, &cases[i]);
	}
	for (size_t i = 0; i < n; i++) {
		ours[i] = differ_run(d->evm, &cases[i], &(struct differ_how){ 0 });
		if (!same_otherwise(d, &cases[i], &ours[i], first + i)) {
			printf("NOT ITSELF: seed %" PRIu64 ", case %" PRIu64 "\n", d->o->seed, first + i);
			differ_print_case(stdout, &cases[i]);
			d->differences++;
		}
		d->kinds[ours[i].bytes[0]]++;
	}
	bool wrong[BATCH];
	for (size_t i = 0; i < n; i++) {
		struct differ_answer theirs = answer(&d->peer);
		wrong[i] = !same(&ours[i], &theirs);
	}
	for (size_t i = 0; i < n; i++) {
		if (wrong[i])
			difference(d, &arena, &cases[i], first + i);
		else if (d->o->collect)
			corpus_collect(d->o->collect, d->evm, &cases[i], &ours[i]);
	}
}

static uint64_t now_s(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec;
}

int differ_command(const struct differ_options *o)
{
	struct differ d = { .o = o, .evm = pars_evm_new(PARS_OSAKA, 1) };
	if (o->corpus)
		corpus_load(&d.corpus, o->corpus);
	differ_prepare();
	d.peer = peer_start(o->peer);
	uint64_t start = now_s(), told = start, done = 0;
	while (d.differences < o->differences && (o->count ? done < o->count : now_s() - start < o->seconds)) {
		size_t n = o->count ? PARS_MIN(BATCH, o->count - done) : BATCH;
		batch(&d, o->first + done, n);
		done += n;
		if (now_s() - told >= 60 || (o->count && done >= o->count)) {
			told = now_s();
			printf("%" PRIu64 " s: %" PRIu64 " cases, %" PRIu64 " refused, %" PRIu64 " succeeded, %" PRIu64
				" reverted, %" PRIu64 " halted, %" PRIu64 " different\n", told - start, done,
				d.kinds[0], d.kinds[1], d.kinds[2], d.kinds[3], d.differences);
			fflush(stdout);
		}
	}
	printf("seed %" PRIu64 ": %" PRIu64 " cases in %" PRIu64 " s, %" PRIu64 " different\n",
		o->seed, done, now_s() - start, d.differences);
	peer_stop(&d.peer);
	corpus_done(&d.corpus);
	pars_evm_free(d.evm);
	return d.differences > 0;
}

int differ_show(const char *path, const char *peer)
{
	PARS_AUTO_ARENA arena = { 0 };
	PARS_AUTO_BUF b = { 0 };
	struct differ_case c;
	FILE *f = fopen(path, "rb");
	if (!f)
		die("cannot read %s", path);
	for (int byte; (byte = getc(f)) != EOF;)
		pars_buf_put_byte(&b, (uint8_t)byte);
	fclose(f);
	struct pars_bytes record = pars_buf_bytes(&b);
	/* One of the corpus has its answer behind it. */
	if (!differ_get(record, &arena, &c) && (record.n < DIFFER_ANSWER_SIZE ||
	    !differ_get(PARS_BYTES(record.p, record.n - DIFFER_ANSWER_SIZE), &arena, &c)))
		die("%s is no case", path);
	struct differ d = { .evm = pars_evm_new(PARS_OSAKA, 1), .peer = peer_start(peer) };
	tell(&d, stdout, &c);
	peer_stop(&d.peer);
	pars_evm_free(d.evm);
	return 0;
}
