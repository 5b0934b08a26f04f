/* The rogue (rogue.h) among the nodes, and how it ends. */
#include "codec/cid.h"
#include "tests/sim/sim_impl.h"

void sim_rogue_new(struct sim *s, const struct rogue_words *words)
{
	struct pars_digest session;
	if (pars_cid_parse(s->session, session.b))
		sim_fail(s, "no session for the rogue");
	s->rogue = rogue_new(&s->rng, &session, words);
}

void sim_to_rogue(struct sim *s, struct timed *t)
{
	struct sim_node *n = &s->nodes[ROGUE];
	pars_effects_reset(&s->fx);
	size_t count = n->sent_count;
	n->sent_count = 0;
	for (size_t i = 0; i < count; i++) {
		struct pars_event ev = sim_sent_event(&n->sent[i]);
		rogue_step(s->rogue, sim_node_time(s, ROGUE), &ev, &s->fx);
	}
	rogue_step(s->rogue, sim_node_time(s, ROGUE), t->timer ? NULL : &t->ev, &s->fx);
	sim_act(s, ROGUE);
}

void sim_rogue_become_another(struct sim *s)
{
	pars_effects_reset(&s->fx);
	rogue_become_another(s->rogue, sim_node_time(s, ROGUE), &s->fx);
	s->nodes[ROGUE].life++; /* what was on its way to the old one */
	sim_forget_sent(&s->nodes[ROGUE]);
	sim_act(s, ROGUE);
}

bool sim_rogue_is_heard(const struct sim *s)
{
	return rogue_is_heard(s->rogue);
}

void sim_rogue_dial(struct sim *s, unsigned node)
{
	pars_effects_reset(&s->fx);
	rogue_dial(s->rogue, sim_node_time(s, ROGUE), s->nodes[node].address, &s->fx);
	sim_act(s, ROGUE);
}

void sim_rogue_lie(struct sim *s, bool speaks)
{
	pars_effects_reset(&s->fx);
	rogue_lie(s->rogue, sim_node_time(s, ROGUE), speaks, &s->fx);
	sim_act(s, ROGUE);
}

void sim_rogue_forge(struct sim *s)
{
	pars_effects_reset(&s->fx);
	rogue_forge(s->rogue, sim_node_time(s, ROGUE), &s->fx);
	sim_act(s, ROGUE);
}

bool sim_rogue_is_forked(const struct sim *s)
{
	return s->rogue && rogue_is_forked(s->rogue);
}

bool sim_rogue_is_banned(struct sim *s, unsigned node)
{
	PARS_AUTO_ARENA a = { 0 };
	struct pars_peer_score score;
	return s->nodes[node].node && !pars_peer_score_get(s->nodes[node].node, rogue_peer_id(s->rogue), &a, &score, NULL) &&
		score.banned_us;
}

static const char *check_lies(struct sim *s, unsigned node)
{
	PARS_AUTO_ARENA a = { 0 };
	struct pars_session_info info;
	struct pars_vertex_info v;
	const struct pars_digest *lies;
	char id[PARS_CID_TEXT];
	size_t n = rogue_lies(s->rogue, &lies);
	for (size_t i = 0; i < n; i++) {
		pars_cid_text(lies[i].b, id);
		if (!pars_dag_show(s->nodes[node].node, id, &a, &v, NULL))
			return "a vertex that breaks a rule was taken in";
	}
	if (pars_session_show(s->nodes[node].node, s->session, &a, &info, NULL) || info.parked)
		return "a vertex of a banned peer still waits for its parents";
	return NULL;
}

const char *sim_check_rogue_gone(struct sim *s)
{
	const char *wrong = NULL;
	for (unsigned i = 0; i < s->o.nodes && !wrong; i++)
		wrong = check_lies(s, i);
	return wrong;
}
