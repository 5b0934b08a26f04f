#include "daemon/service.h"

#include <stdlib.h>
#include <string.h>
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

pars_usec service_watchdog_every(void)
{
	uint64_t us;
	return sd_watchdog_enabled(0, &us) > 0 ? us / 2 : PARS_NEVER;
}

void service_watchdog_feed(void)
{
	sd_notify(0, "WATCHDOG=1");
}

int service_socket(const char *name)
{
	static char **names;
	static int count = -1;
	bool metrics = !strcmp(name, "metrics");
	if (count < 0)
		count = sd_listen_fds_with_names(1, &names);
	for (int i = 0; i < count; i++) {
		if (!names[i] || !strcmp(names[i], "metrics") != metrics)
			continue;
		free(names[i]);
		names[i] = NULL;
		return SD_LISTEN_FDS_START + i;
	}
	return -1;
}
