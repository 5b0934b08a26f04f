#include "daemon/service.h"

#include <stdlib.h>
#include <systemd/sd-daemon.h>
#include <time.h>

void service_ready(void)
{
	sd_notify(0, "READY=1");
}

void service_reloading(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%lld", (long long)ts.tv_sec * 1000000 + ts.tv_nsec / 1000);
}

void service_stopping(void)
{
	sd_notify(0, "STOPPING=1\nSTATUS=stopping");
}

void service_status(const char *state, const char *reason, uint64_t peers)
{
	sd_notifyf(0, "STATUS=%s, %llu connected: %s", state, (unsigned long long)peers, reason);
}

static void feed(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what, (void)arg;
	sd_notify(0, "WATCHDOG=1");
}

struct event *service_watchdog(struct event_base *base)
{
	uint64_t us;
	if (sd_watchdog_enabled(0, &us) <= 0)
		return NULL;
	struct timeval half = { .tv_sec = (time_t)(us / 2000000), .tv_usec = (suseconds_t)(us / 2 % 1000000) };
	struct event *timer = event_new(base, -1, EV_PERSIST, feed, NULL);
	event_add(timer, &half);
	return timer;
}
