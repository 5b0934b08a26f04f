#include "tests/evm/corpus.h"

#include <dirent.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "evm/opcode.h"
#include "tests/evm/suites.h"

#define CASE_MAX 4000         /* bytes */
#define DISTILLED_MAX 280000  /* bytes of all */

static int skip_hidden(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static struct pars_bytes read_file(struct pars_arena *arena, const char *path)
{
	PARS_AUTO_BUF b = { 0 };
	FILE *f = fopen(path, "rb");
	if (!f)
		die("cannot read %s", path);
	for (int byte; (byte = getc(f)) != EOF;)
		pars_buf_put_byte(&b, (uint8_t)byte);
	fclose(f);
	return pars_arena_copy(arena, pars_buf_bytes(&b));
}

void corpus_load(struct corpus *c, const char *folder)
{
	struct dirent **list;
	int n = scandir(folder, &list, skip_hidden, alphasort);
	*c = (struct corpus){ 0 };
	if (n < 0)
		die("cannot read %s", folder);
	c->names = pars_arena_alloc(&c->memory, ((size_t)n + 1) * sizeof *c->names);
	c->records = pars_arena_alloc(&c->memory, ((size_t)n + 1) * sizeof *c->records);
	c->answers = pars_arena_alloc(&c->memory, ((size_t)n + 1) * sizeof *c->answers);
	for (int i = 0; i < n; i++) {
		char *path = pars_arena_sprintf(&c->memory, "%s/%s", folder, list[i]->d_name);
		struct pars_bytes file = read_file(&c->memory, path);
		if (file.n <= DIFFER_ANSWER_SIZE)
			die("%s is no case", path);
		c->names[c->count] = path;
		c->records[c->count] = pars_bytes_take(&file, file.n - DIFFER_ANSWER_SIZE);
		memcpy(c->answers[c->count++].bytes, file.p, DIFFER_ANSWER_SIZE);
		free(list[i]);
	}
	free(list);
}

void corpus_done(struct corpus *c)
{
	pars_arena_done(&c->memory);
}

/* -- again ------------------------------------------------------------------------------- */

static void no_step(void *ctx, const struct pars_evm_step *step)
{
	(void)ctx;
	(void)step;
}

void corpus_replay(struct pars_evm *evm, const char *folder, struct report *report)
{
	static const struct {
		const char *wrong;
		struct differ_how how;
	} ways[] = {
		{ "another answer", { 0 } },
		{ "another answer when the host hesitates", { .hesitates = true } },
		{ "another answer when traced", { .step = no_step } },
	};
	struct corpus corpus;
	corpus_load(&corpus, folder);
	for (size_t i = 0; i < corpus.count; i++) {
		PARS_AUTO_ARENA arena = { 0 };
		struct differ_case c;
		const char *wrong = differ_get(corpus.records[i], &arena, &c) ? NULL : "no case";
		for (size_t w = 0; !wrong && w < PARS_COUNT(ways); w++) {
			struct differ_answer a = differ_run(evm, &c, &ways[w].how);
			if (memcmp(a.bytes, corpus.answers[i].bytes, sizeof a.bytes)) {
				wrong = ways[w].wrong;
				differ_print_answer(stdout, "recorded", &corpus.answers[i]);
				differ_print_answer(stdout, "ours    ", &a);
			}
		}
		report_case(report, corpus.names[i], "", wrong);
	}
	corpus_done(&corpus);
}

/* -- what is worth keeping ---------------------------------------------------------------- */

/* What was seen so far, and what this case adds to it. */
struct seen {
	uint64_t bits[1 << 14];
	unsigned fresh;
	enum pars_fork fork;
	bool any;
	uint8_t op;           /* of the step before */
	unsigned depth;
	uint16_t target;      /* a call's: a precompile's number, else 0 */
};

static void see(struct seen *s, unsigned kind, uint64_t a, uint64_t b)
{
	uint64_t h = ((uint64_t)kind << 32 ^ a << 12 ^ b) * UINT64_C(0x9e3779b97f4a7c15) >> 44;
	s->fresh += !(s->bits[h / 64] >> h % 64 & 1);
	s->bits[h / 64] |= UINT64_C(1) << h % 64;
}

static bool is_call(uint8_t op)
{
	return op == PARS_OP_CALL || op == PARS_OP_CALLCODE || op == PARS_OP_DELEGATECALL || op == PARS_OP_STATICCALL ||
		op == PARS_OP_CREATE || op == PARS_OP_CREATE2;
}

static void look(void *ctx, const struct pars_evm_step *step)
{
	struct seen *s = ctx;
	if (s->any && step->depth < s->depth)
		see(s, 1, s->op, step->stack_count && !pars_u256_is_zero(&step->stack[step->stack_count - 1]));
	else if (s->any && step->depth == s->depth && is_call(s->op))
		see(s, 2, (uint64_t)s->op << 4 | (step->stack_count && !pars_u256_is_zero(&step->stack[step->stack_count - 1])), s->target);
	see(s, 3, step->op, s->fork);
	s->any = true;
	s->op = step->op;
	s->depth = step->depth;
	s->target = 0;
	if (is_call(step->op) && step->stack_count > 1) {
		const struct pars_u256 *to = &step->stack[step->stack_count - 2];
		s->target = pars_u256_u64(to) <= 0x100 ? (uint16_t)to->w[0] : 0;
	}
}

/* How much the case does that was not seen yet. */
static unsigned news(struct seen *seen, struct pars_evm *evm, const struct differ_case *c, const struct differ_answer *a)
{
	seen->fork = c->fork;
	seen->any = false;
	seen->fresh = 0;
	differ_run(evm, c, &(struct differ_how){ .step = look, .ctx = seen });
	see(seen, 4, (uint64_t)a->bytes[0] << 4 | c->tx.type, (uint64_t)c->fork << 1 | c->tx.creates);
	see(seen, 5, seen->any ? seen->op : 256, a->bytes[0]);
	return seen->fresh;
}

static void write_case(const char *folder, struct pars_bytes file)
{
	char hex[17];
	struct pars_digest name = pars_keccak256(file);
	pars_hex(PARS_BYTES(name.b, 8), hex);
	char *path = pars_sprintf("%s/%s", folder, hex);
	FILE *f = fopen(path, "wb");
	if (!f || fwrite(file.p, 1, file.n, f) != file.n || fclose(f))
		die("cannot write %s", path);
	free(path);
}

void corpus_collect(const char *folder, struct pars_evm *evm, const struct differ_case *c, const struct differ_answer *a)
{
	static struct seen seen;
	PARS_AUTO_BUF b = { 0 };
	differ_put(c, &b);
	pars_buf_put(&b, PARS_BYTES_ARRAY(a->bytes));
	if (b.n <= CASE_MAX && news(&seen, evm, c, a))
		write_case(folder, pars_buf_bytes(&b));
}

void corpus_distil(const char *from, const char *to, struct pars_evm *evm)
{
	/* First those that bring much for their size: news a KiB. */
	static const unsigned least[] = { 64, 32, 16, 8, 4, 2, 1, 0 };
	static struct seen seen, with;
	struct corpus corpus;
	size_t total = 0;
	corpus_load(&corpus, from);
	for (size_t pass = 0; pass < PARS_COUNT(least); pass++) {
		for (size_t i = 0; i < corpus.count; i++) {
			PARS_AUTO_ARENA arena = { 0 };
			struct differ_case c;
			/* The answer lies behind the record. */
			struct pars_bytes file = { corpus.records[i].p, corpus.records[i].n + DIFFER_ANSWER_SIZE };
			if (total + file.n > DISTILLED_MAX || !differ_get(corpus.records[i], &arena, &c))
				continue;
			with = seen;
			unsigned fresh = news(&with, evm, &c, &corpus.answers[i]);
			if (!fresh || fresh * 1024 < least[pass] * file.n)
				continue;
			seen = with;
			write_case(to, file);
			total += file.n;
		}
	}
	corpus_done(&corpus);
}
