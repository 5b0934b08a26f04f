/* tests/sim/dht/measure.h - asks many questions of a simulated network and
 * sums up how they ended. */
#ifndef PARS_TESTS_SIM_DHT_MEASURE_H
#define PARS_TESTS_SIM_DHT_MEASURE_H

#include "tests/sim/dht/net.h"

enum question {
	ASK_NEAREST,   /* who is nearest to a random key */
	ASK_PEER,      /* where is that (live) peer */
	ASK_PUT,       /* values, remembered for … */
	ASK_GET,
	ASK_PROVIDE,   /* likewise */
	ASK_PROVIDERS,
};

#define HOPS_MAX 64

struct measure {
	unsigned asked, right;
	unsigned hops[HOPS_MAX];   /* of those that were right */
	uint64_t messages, stored, sparse;
	pars_usec took_us;         /* virtual, of those that were right, summed up */
	double seconds, cpu;       /* virtual, of all together; the process's */
	uint64_t events;
};

struct asker;
struct asker *asker_new(struct net *net);
void asker_free(struct asker *a);
/* Asks `count` times, each time somebody else; adds to *m. A node that dies
 * meanwhile is not counted. Gives up on what takes over 5 minutes. */
void asker_ask(struct asker *a, enum question what, bool careful, unsigned count, struct measure *m);
/* Values put from now on belong near a place: their keys share `bits` with it. */
void asker_put_near(struct asker *a, const struct pars_digest *place, unsigned bits);
/* One question by node i: whether it was right. ASK_PEER: of `peer`. */
bool asker_ask_as(struct asker *a, uint32_t i, enum question what, bool careful, uint32_t peer);

void measure_add(struct measure *sum, const struct measure *more);
double measure_success(const struct measure *m);
double measure_hops(const struct measure *m);
double measure_hops_p99(const struct measure *m);
double measure_messages(const struct measure *m);
double measure_ms(const struct measure *m);

/* Value `number` and its key: it proves itself. */
#define VALUE_SIZE 36
#define VALUE_KEY_MAX 64
void value_of(uint32_t number, uint8_t out[VALUE_SIZE]);
size_t value_key(uint32_t number, uint8_t out[VALUE_KEY_MAX]);
/* The first number, from `number` on, whose key shares so many bits with place. */
uint32_t value_near(uint32_t number, const struct pars_digest *place, unsigned bits);

double cpu_seconds(void);
/* Bytes of the heap in use. */
size_t heap_bytes(void);

#endif
