/* node/answer.c - peers' questions to our hash table, and their answers. */
#include "node/dht.h"

#include <stdlib.h>

#include "base/alloc.h"

#define STREAMS_MAX 512 /* of peers that ask us */
#define STREAM_IDLE PARS_S(60)

/* A stream on which a peer asks. */
struct kad_stream {
	TAILQ_ENTRY(kad_stream) entry;
	pars_stream stream;
	pars_conn conn;
	struct pars_contact *from;
	struct pars_buf in;
	pars_usec idle_at;
};

static void stream_free(struct pars_node *node, struct kad_stream *s, bool reset)
{
	struct node_dht *d = node->dht;
	if (reset)
		pars_host_reset(node->host, s->stream);
	TAILQ_REMOVE(&d->streams, s, entry);
	d->stream_count--;
	pars_contact_unref(d->contacts, s->from);
	pars_buf_done(&s->in);
	free(s);
}

static void stream_opened(struct pars_node *node, const struct pars_host_event *ev)
{
	struct node_dht *d = node->dht;
	if (!d->serving || d->stream_count >= STREAMS_MAX) {
		pars_host_reset(node->host, ev->stream);
		return;
	}
	struct kad_stream *s = pars_alloc(sizeof *s);
	s->stream = ev->stream;
	s->conn = ev->conn;
	s->from = pars_contact_get(d->contacts, &ev->peer);
	s->idle_at = node->now.mono_us + STREAM_IDLE;
	TAILQ_INSERT_TAIL(&d->streams, s, entry);
	d->stream_count++;
}

static enum pars_err answer(struct pars_node *node, struct kad_stream *s, struct pars_bytes raw)
{
	struct node_dht *d = node->dht;
	struct pars_dht_message request, reply;
	PARS_AUTO_BUF out = { 0 };
	bool has_answer;
	enum pars_err err = node_dht_decode(node, raw, &request);
	if (err)
		return err;
	node_told_envelopes(node, &request);
	err = pars_dht_serve(d->dht, s->from, &request, &reply, &has_answer);
	if (!err && has_answer) {
		pars_dht_message_encode(&reply, &out);
		pars_dht_message_release(&reply, d->contacts);
		if (pars_host_writable(node->host, s->stream) < out.n ||
		    pars_host_write(node->host, s->stream, pars_buf_bytes(&out)) < out.n)
			err = PARS_E_BUSY; /* it asks and does not read */
	}
	pars_dht_message_release(&request, d->contacts);
	return err;
}

static void stream_received(struct pars_node *node, struct kad_stream *s, struct pars_bytes data)
{
	struct pars_bytes raw;
	size_t size;
	enum pars_err err;
	pars_buf_put(&s->in, data);
	pars_host_consumed(node->host, s->stream, data.n);
	s->idle_at = node->now.mono_us + STREAM_IDLE;
	while (!(err = node_dht_next_message(node, &s->in, &raw, &size))) {
		if ((err = answer(node, s, raw)))
			break;
		pars_buf_drop(&s->in, size);
	}
	if (err == PARS_E_NOT_READY)
		return;
	pars_conn conn = s->conn;
	stream_free(node, s, true);
	pars_host_blame(node->host, conn, err);
}

static struct kad_stream *stream_of(struct pars_node *node, pars_stream stream)
{
	struct kad_stream *s;
	TAILQ_FOREACH(s, &node->dht->streams, entry)
		if (s->stream == stream)
			return s;
	return NULL;
}

void node_answer_event(struct pars_node *node, const struct pars_host_event *ev)
{
	struct kad_stream *s = stream_of(node, ev->stream);
	if (ev->type == PARS_HOST_STREAM_OPENED && ev->inbound)
		stream_opened(node, ev);
	else if (s && ev->type == PARS_HOST_STREAM_DATA)
		stream_received(node, s, ev->data);
	else if (s && ev->type == PARS_HOST_STREAM_FIN)
		pars_host_finish(node->host, s->stream);
	else if (s && ev->type == PARS_HOST_STREAM_CLOSED)
		stream_free(node, s, false);
}

void node_answer_tick(struct pars_node *node)
{
	struct kad_stream *s, *next;
	for (s = TAILQ_FIRST(&node->dht->streams); s; s = next) {
		next = TAILQ_NEXT(s, entry);
		if (node->now.mono_us >= s->idle_at)
			stream_free(node, s, true);
	}
}

pars_usec node_answer_deadline(const struct pars_node *node)
{
	const struct kad_stream *s;
	pars_usec at = PARS_NEVER;
	TAILQ_FOREACH(s, &node->dht->streams, entry)
		at = PARS_MIN(at, s->idle_at);
	return at;
}

void node_answer_done(struct pars_node *node)
{
	struct kad_stream *s, *next;
	for (s = TAILQ_FIRST(&node->dht->streams); s; s = next) {
		next = TAILQ_NEXT(s, entry);
		stream_free(node, s, false);
	}
}
