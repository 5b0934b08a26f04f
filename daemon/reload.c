/* SIGHUP: the settings are read anew; what can change while the node runs,
 * changes, and what cannot is told. */
#include <stdlib.h>
#include <string.h>

#include "daemon/internal.h"
#include "daemon/log.h"

static bool has(const struct option_value *v, const char *text)
{
	for (size_t i = 0; i < v->count; i++)
		if (!strcmp(v->list[i], text))
			return true;
	return false;
}

static void reload_bootstrap(struct daemon *d, const struct options *fresh)
{
	const struct option_value *before = &d->options->value[OPT_BOOTSTRAP], *after = &fresh->value[OPT_BOOTSTRAP];
	struct pars_fault fault = { 0 };
	for (size_t i = 0; i < after->count; i++)
		if (!has(before, after->list[i]) && pars_peer_bootstrap(d->node, after->list[i], &fault))
			log_line(PARS_LOG_WARN, "daemon", "reload: net.bootstrap: %s", fault.text);
	for (size_t i = 0; i < before->count; i++)
		if (!has(after, before->list[i]))
			log_line(PARS_LOG_INFO, "daemon", "reload: a removed net.bootstrap is dialled until the restart, or "
				"until `parsctl peer rm`");
}

static void reload_one(struct daemon *d, struct options *fresh, enum option which)
{
	const struct option_info *info = &option_info[which];
	if (!info->reload) {
		log_line(PARS_LOG_WARN, "daemon", "reload: %s.%s changed, which needs a restart", info->section, info->key);
		return;
	}
	if (which == OPT_LOG_LEVEL)
		log_set_level(options_get(fresh, OPT_LOG_LEVEL));
	else if (which == OPT_BOOTSTRAP)
		reload_bootstrap(d, fresh);
	log_line(PARS_LOG_INFO, "daemon", "reload: %s.%s is as configured now", info->section, info->key);
	options_adopt(d->options, fresh, which);
}

void daemon_settings_refresh(struct daemon *d)
{
	options_settings_free(d->settings, d->rpc_config.settings_count);
	d->settings = options_settings(d->options, &d->rpc_config.settings_count);
	d->rpc_config.settings = d->settings;
}

void daemon_reload(struct daemon *d)
{
	struct options fresh = { 0 };
	struct pars_fault fault = { 0 };
	size_t changes = 0;
	enum pars_err err = options_load(&fresh, d->options->argc, d->options->argv, &fault);
	if (!err)
		err = options_check(&fresh, &fault);
	if (err)
		log_line(PARS_LOG_ERROR, "daemon", "reload: %s; nothing was changed",
			fault.text[0] ? fault.text : pars_err_text(err));
	for (unsigned i = 0; i < OPT_COUNT && !err; i++) {
		if (!option_info[i].section[0] || !options_differ(d->options, &fresh, (enum option)i))
			continue;
		reload_one(d, &fresh, (enum option)i);
		changes++;
	}
	/* A level set by `parsctl log level` ends here, too. */
	if (!err && !changes) {
		log_set_level(options_get(d->options, OPT_LOG_LEVEL));
		log_line(PARS_LOG_INFO, "daemon", "reload: nothing changed");
	}
	options_done(&fresh);
	daemon_settings_refresh(d);
}
