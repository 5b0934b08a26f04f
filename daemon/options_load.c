/* Where the settings come from: the command line and the files. */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "daemon/file.h"
#include "daemon/options.h"

/* The folder of the default parsd.conf; gives, NULL: there is none. */
static char *conf_folder(const struct options *o)
{
	const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
	if (o->service)
		return pars_strdup("/etc/parsd");
	if (config && config[0] == '/')
		return pars_sprintf("%s/parsd", config);
	return home && home[0] == '/' ? pars_sprintf("%s/.config/parsd", home) : NULL;
}

static enum pars_err load_file(struct options *o, const char *path, bool must_exist, struct pars_fault *fault)
{
	PARS_AUTO_BUF text = { 0 };
	enum pars_err err = file_read(path, &text, fault);
	if (err == PARS_E_NOT_FOUND && !must_exist)
		return PARS_OK;
	return err ? err : options_parse_conf(o, pars_buf_bytes(&text), path, fault);
}

static int is_conf(const struct dirent *e)
{
	size_t n = strlen(e->d_name);
	return e->d_name[0] != '.' && n > 5 && !strcmp(e->d_name + n - 5, ".conf");
}

/* By the bytes of their names, whatever the locale. */
static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static enum pars_err load_folder(struct options *o, const char *folder, struct pars_fault *fault)
{
	struct dirent **list = NULL;
	enum pars_err err = PARS_OK;
	int n = scandir(folder, &list, is_conf, by_name);
	for (int i = 0; i < n; i++) {
		char *path = pars_sprintf("%s/%s", folder, list[i]->d_name);
		if (!err)
			err = load_file(o, path, true, fault);
		free(path);
		free(list[i]);
	}
	free(list);
	return err;
}

static enum pars_err load_files(struct options *o, struct pars_fault *fault)
{
	if (o->value[OPT_CONFIG].count)
		return load_file(o, options_get(o, OPT_CONFIG), true, fault);
	char *folder = conf_folder(o);
	if (!folder)
		return PARS_OK;
	char *path = pars_sprintf("%s/parsd.conf", folder), *more = pars_sprintf("%s/conf.d", folder);
	enum pars_err err = load_file(o, path, false, fault);
	if (!err)
		err = load_folder(o, more, fault);
	free(path);
	free(more);
	free(folder);
	return err;
}

enum pars_err options_load(struct options *o, int argc, char *const *argv, struct pars_fault *fault)
{
	o->argc = argc;
	o->argv = argv;
	enum pars_err err = options_parse_args(o, argc, argv, fault);
	if (err || o->help || o->version)
		return err;
	o->service = options_is_service();
	err = load_files(o, fault);
	return err ? err : options_defaults(o, fault);
}
