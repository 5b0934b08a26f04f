#include "gossip/score.h"

const struct pars_gossip_topic_params pars_gossip_default_topic = {
	.weight = 1,
	.time_weight = 0.01, .time_cap = 300, .time_quantum = PARS_S(1),
	.first_weight = 1, .first_decay = 0.999, .first_cap = 20,
	.deficit_decay = 0.99, .deficit_cap = 20, .deficit_window = PARS_MS(10), .deficit_activation = PARS_S(30),
	.failure_decay = 0.99,
	.invalid_weight = -20, .invalid_decay = 0.999,
};

const struct pars_gossip_score_params pars_gossip_default_score = {
	.topic_cap = 50,
	.app_weight = 1,
	.ip_weight = -10, .ip_threshold = 10,
	.behaviour_weight = -10, .behaviour_threshold = 2, .behaviour_decay = 0.99,
	.decay_to_zero = 0.01,
	.retain = PARS_S(3600),
	.gossip = -40, .publish = -60, .graylist = -80, .accept_px = 10, .opportunistic = 2,
};

static double capped(double v, double cap)
{
	return v > cap ? cap : v;
}

void pars_gossip_score_graft(struct pars_gossip_topic_score *s, pars_usec now)
{
	s->in_mesh = true;
	s->judged = false;
	s->grafted_at = now;
	s->time = 0;
}

static double deficit(const struct pars_gossip_topic_score *s, const struct pars_gossip_topic_params *p)
{
	double missing = p->deficit_threshold - s->deliveries;
	return s->judged && missing > 0 ? missing * missing : 0;
}

void pars_gossip_score_prune(struct pars_gossip_topic_score *s, const struct pars_gossip_topic_params *p)
{
	s->failure += deficit(s, p);
	s->in_mesh = s->judged = false;
	s->time = 0;
}

void pars_gossip_score_first(struct pars_gossip_topic_score *s, const struct pars_gossip_topic_params *p)
{
	s->first = capped(s->first + 1, p->first_cap);
	pars_gossip_score_copy(s, p);
}

void pars_gossip_score_copy(struct pars_gossip_topic_score *s, const struct pars_gossip_topic_params *p)
{
	if (s->in_mesh)
		s->deliveries = capped(s->deliveries + 1, p->deficit_cap);
}

double pars_gossip_score_decayed(double v, double factor, double to_zero, uint64_t seconds)
{
	if (!(v > 0))
		return 0;
	for (; seconds; seconds /= 2) {
		if (seconds % 2)
			v *= factor;
		factor *= factor;
	}
	return v < to_zero ? 0 : v;
}

void pars_gossip_score_decay(struct pars_gossip_topic_score *s, const struct pars_gossip_topic_params *p,
	double to_zero, pars_usec now, uint64_t seconds)
{
	s->first = pars_gossip_score_decayed(s->first, p->first_decay, to_zero, seconds);
	s->deliveries = pars_gossip_score_decayed(s->deliveries, p->deficit_decay, to_zero, seconds);
	s->failure = pars_gossip_score_decayed(s->failure, p->failure_decay, to_zero, seconds);
	s->invalid = pars_gossip_score_decayed(s->invalid, p->invalid_decay, to_zero, seconds);
	if (s->in_mesh) {
		s->time = now - s->grafted_at;
		s->judged = s->time > p->deficit_activation;
	}
}

double pars_gossip_score_topic(const struct pars_gossip_topic_score *s, const struct pars_gossip_topic_params *p)
{
	double v = 0;
	if (s->in_mesh && p->time_quantum) {
		pars_usec whole = s->time / p->time_quantum;
		v += p->time_weight * capped((double)whole, p->time_cap);
	}
	v += p->first_weight * s->first;
	v += p->deficit_weight * deficit(s, p);
	v += p->failure_weight * s->failure;
	v += p->invalid_weight * s->invalid * s->invalid;
	return p->weight * v;
}

double pars_gossip_score_total(const struct pars_gossip_score_params *p, double topics, double app, unsigned same_ip,
	double behaviour)
{
	double v = p->topic_cap > 0 ? capped(topics, p->topic_cap) : topics;
	v += p->app_weight * app;
	if (same_ip > p->ip_threshold) {
		double surplus = same_ip - p->ip_threshold;
		v += p->ip_weight * surplus * surplus;
	}
	if (behaviour > p->behaviour_threshold) {
		double excess = behaviour - p->behaviour_threshold;
		v += p->behaviour_weight * excess * excess;
	}
	return v;
}
