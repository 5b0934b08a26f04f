#include "daemon/workers.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "daemon/behind.h"

struct item {
	struct item *next;
	struct pars_job *job;
	unsigned generation;
};

struct queue {
	struct item *first, **end;
};

#define KINDS 3

/* Threads of one kind, and what they shall do. */
struct pool {
	struct workers *all;
	unsigned threads;
	pthread_cond_t grew;
	struct queue todo;
	bool behind;
};

struct workers {
	pthread_mutex_t lock;
	pthread_cond_t one_ended;
	struct pool pools[KINDS]; /* by pars_job_kind */
	struct queue done;
	bool stop;
	unsigned threads, alive;
	pthread_t *ids;
	int wake_fd; /* threads tell the loop that `done` grew */
	/* The loop's own: */
	struct event *wake;
	struct inbox *inbox;
	unsigned generation;
};

static void push(struct queue *q, struct item *i)
{
	i->next = NULL;
	*q->end = i;
	q->end = &i->next;
}

static struct item *pop(struct queue *q)
{
	struct item *i = q->first;
	if (i && !(q->first = i->next))
		q->end = &q->first;
	return i;
}

static void tell(struct workers *w)
{
	uint64_t one = 1;
	if (write(w->wake_fd, &one, sizeof one) < 0)
		return; /* the counter is at its end: the loop was told already */
}

/* The loop wakes up at once, and may take this thread's core: not with the lock
 * still held, for which it would wait in turn. */
static void hand_back(struct workers *w, struct item *i)
{
	pthread_mutex_lock(&w->lock);
	bool told = w->done.first;
	push(&w->done, i);
	pthread_mutex_unlock(&w->lock);
	if (!told)
		tell(w);
}

static void *work(void *arg)
{
	struct pool *p = arg;
	struct workers *w = p->all;
	if (p->behind)
		behind_others();
	pthread_mutex_lock(&w->lock);
	while (!w->stop) {
		struct item *i = pop(&p->todo);
		if (!i) {
			pthread_cond_wait(&p->grew, &w->lock);
			continue;
		}
		pthread_mutex_unlock(&w->lock);
		i->job->run(i->job);
		hand_back(w, i);
		pthread_mutex_lock(&w->lock);
	}
	w->alive--;
	pthread_cond_broadcast(&w->one_ended);
	pthread_mutex_unlock(&w->lock);
	return NULL;
}

static void collect(evutil_socket_t fd, short what, void *arg)
{
	struct workers *w = arg;
	struct item *i;
	uint64_t count;
	(void)what;
	if (read(fd, &count, sizeof count) < 0)
		return;
	pthread_mutex_lock(&w->lock);
	while ((i = pop(&w->done))) {
		if (i->generation == w->generation)
			inbox_add(w->inbox, PARS_EV_JOB_DONE, 0)->job = i->job;
		else
			i->job->free(i->job);
		free(i);
	}
	pthread_mutex_unlock(&w->lock);
}

/* Signals are the loop's; a thread that took one would delay it. */
static void start_threads(struct workers *w)
{
	sigset_t all, before;
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &before);
	for (int kind = 0; kind < KINDS; kind++)
		w->alive += w->pools[kind].threads;
	w->ids = pars_alloc_array(w->alive, sizeof *w->ids);
	for (int kind = 0; kind < KINDS; kind++)
		for (unsigned i = 0; i < w->pools[kind].threads; i++)
			if (pthread_create(&w->ids[w->threads++], NULL, work, &w->pools[kind]))
				abort();
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static void pool_init(struct workers *all, enum pars_job_kind kind, unsigned threads, bool behind)
{
	struct pool *p = &all->pools[kind];
	p->all = all;
	p->threads = threads;
	p->behind = behind;
	p->todo.end = &p->todo.first;
	pthread_cond_init(&p->grew, NULL);
}

struct workers *workers_new(struct event_base *base, struct inbox *inbox, unsigned computing)
{
	struct workers *w = pars_alloc(sizeof *w);
	pthread_condattr_t attr;
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->one_ended, &attr);
	pthread_condattr_destroy(&attr);
	pool_init(w, PARS_JOB_COMPUTES, computing, true);
	pool_init(w, PARS_JOB_SYNCS, 1, false);
	pool_init(w, PARS_JOB_TIDIES, 1, true);
	w->done.end = &w->done.first;
	w->inbox = inbox;
	w->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (w->wake_fd < 0)
		abort();
	w->wake = event_new(base, w->wake_fd, EV_READ | EV_PERSIST, collect, w);
	event_add(w->wake, NULL);
	start_threads(w);
	return w;
}

void workers_run(struct workers *w, struct pars_job *job)
{
	struct pool *p = &w->pools[job->kind];
	struct item *i = pars_alloc(sizeof *i);
	i->job = job;
	i->generation = w->generation;
	pthread_mutex_lock(&w->lock);
	push(&p->todo, i);
	pthread_mutex_unlock(&w->lock);
	pthread_cond_signal(&p->grew);
}

/* Jobs nobody began need not be run for nobody. */
void workers_orphan(struct workers *w)
{
	struct item *i;
	w->generation++;
	pthread_mutex_lock(&w->lock);
	for (int kind = 0; kind < KINDS; kind++)
		while ((i = pop(&w->pools[kind].todo))) {
			i->job->free(i->job);
			free(i);
		}
	pthread_mutex_unlock(&w->lock);
}

static bool wait_for_end(struct workers *w, unsigned ms)
{
	struct timespec until;
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += ms / 1000;
	until.tv_nsec += (long)(ms % 1000) * 1000000;
	if (until.tv_nsec >= 1000000000)
		until.tv_sec++, until.tv_nsec -= 1000000000;
	pthread_mutex_lock(&w->lock);
	w->stop = true;
	for (int kind = 0; kind < KINDS; kind++)
		pthread_cond_broadcast(&w->pools[kind].grew);
	while (w->alive && !pthread_cond_timedwait(&w->one_ended, &w->lock, &until))
		;
	bool ended = !w->alive;
	pthread_mutex_unlock(&w->lock);
	return ended;
}

bool workers_free(struct workers *w, unsigned ms)
{
	struct item *i;
	workers_orphan(w);
	if (!wait_for_end(w, ms))
		return false;
	for (unsigned t = 0; t < w->threads; t++)
		pthread_join(w->ids[t], NULL);
	while ((i = pop(&w->done))) {
		i->job->free(i->job);
		free(i);
	}
	event_free(w->wake);
	close(w->wake_fd);
	pthread_mutex_destroy(&w->lock);
	for (int kind = 0; kind < KINDS; kind++)
		pthread_cond_destroy(&w->pools[kind].grew);
	pthread_cond_destroy(&w->one_ended);
	free(w->ids);
	free(w);
	return true;
}
