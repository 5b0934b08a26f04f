#include "daemon/net.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/unit/unit.h"

#define SENT (4 * INBOX_BYTES_MAX)
#define ROUNDS 100000 /* at most */
#define HANGS_S 60   /* then it never ends */

static struct pars_endpoint listen_on_loopback(struct net *n, struct inbox *inbox)
{
	struct pars_effect listen = { .type = PARS_EF_LISTEN, .listener = 1,
		.endpoint = { .family = PARS_IP4, .ip = { 127, 0, 0, 1 } } };
	net_effect(n, &listen);
	ck_assert_uint_eq(inbox->count, 1);
	ck_assert_int_eq(inbox->list[0].type, PARS_EV_LISTENING);
	struct pars_endpoint at = inbox->list[0].local;
	inbox_reset(inbox);
	return at;
}

static int dial(const struct pars_endpoint *to)
{
	struct sockaddr_in sa = { .sin_family = AF_INET, .sin_port = htons(to->port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	ck_assert_int_ge(fd, 0);
	ck_assert(!connect(fd, (struct sockaddr *)&sa, sizeof sa));
	return fd;
}

/* As much as the kernel takes now. */
static size_t send_some(int fd, size_t most)
{
	static const uint8_t zeros[65536];
	size_t sent = 0;
	ssize_t n;
	while (sent < most && (n = send(fd, zeros, PARS_MIN(sizeof zeros, most - sent), MSG_DONTWAIT)) > 0)
		sent += (size_t)n;
	return sent;
}

/* A round ends though there is more to read than the inbox holds: else nobody
 * ever empties it. */
START_TEST(a_round_ends_with_a_full_inbox)
{
	struct event_base *base = event_base_new();
	struct inbox inbox = { 0 };
	struct net *n = net_new(base, &inbox);
	struct pars_endpoint at = listen_on_loopback(n, &inbox);
	int fd = dial(&at);
	size_t sent = 0, received = 0;
	unsigned full = 0;
	alarm(HANGS_S);
	for (unsigned i = 0; i < ROUNDS && received < SENT; i++) {
		sent += send_some(fd, SENT - sent);
		net_round(base, false);
		if (inbox_is_full(&inbox)) {
			full++;
			net_round(base, false); /* there is more, and no room */
		}
		if (inbox_is_full(&inbox) || received + inbox.bytes == SENT) { /* a step digests it */
			received += inbox.bytes;
			inbox_reset(&inbox);
		}
	}
	ck_assert_uint_eq(received, SENT);
	ck_assert_uint_ge(full, 2);
	alarm(0);
	close(fd);
	net_free(n);
	inbox_done(&inbox);
	event_base_free(base);
}
END_TEST

UNIT_CASE(net, a_round_ends_with_a_full_inbox);
