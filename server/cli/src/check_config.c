/* --check-config: is the file, with the flags beside it, one that a server would start with? */
#include "show.h"

#include "base/log.h"
#include "net/addr.h"
#include "report/config.h"

#include <sys/stat.h>

static int check_data(const char *value, struct err *e)
{
	char path[4096];
	struct stat st;

	if (snprintf(path, sizeof(path), "%s/store/data.mdb", value) >= (int)sizeof(path) ||
	    stat(path, &st))
		return err_set(e, ERR_NOTFOUND, "option 'data': there is no store in %s", value);
	return 0;
}

static int check_share(const char *value, struct err *e)
{
	struct stat st;

	if (stat(value, &st) || !S_ISDIR(st.st_mode))
		return err_set(e, ERR_NOTFOUND, "option 'share': there is no folder %s", value);
	return 0;
}

static int check_listen(const char *value, struct err *e)
{
	struct addr found[ADDR_FOUND_MAX];
	size_t count;
	int rc = addr_parse(found, &count, span_str(value), true, e);

	return rc ? err_wrap(e, rc, "option 'listen'") : 0;
}

/* Devices resolve it, where they are: here only its form is looked at. */
static int check_address(const char *value, struct err *e)
{
	const char *colon = strrchr(value, ':');

	if (strlen(value) <= ADDR_NAME_MAX && colon && colon > value && colon[1] &&
	    strspn(colon + 1, "0123456789") == strlen(colon + 1))
		return 0;
	return err_set(e, ERR_INVALID, "option 'address': HOST:PORT, not %s", value);
}

static int check_log_level(const char *value, struct err *e)
{
	enum log_level level;
	int rc = log_level_parse(&level, value, e);

	return rc ? err_wrap(e, rc, "option 'log-level'") : 0;
}

int check_config(struct cli *c, int read_rc)
{
	const struct {
		const char *value;
		int (*check)(const char *value, struct err *e);
	} checks[] = {
		{ options.data, check_data },           { options.share, check_share },
		{ options.listen, check_listen },       { options.address, check_address },
		{ options.log_level, check_log_level },
	};
	struct config_check found = { .file = options.config };
	struct err why = { 0 };
	char text[1024];
	size_t count;
	const struct opt *rows = cli_options_rows(&count);
	int rc;

	config_note(&found, read_rc, &c->err);
	for (size_t i = 0; i < ARRAY_LEN(checks); i++) {
		err_clear(&why);
		if (checks[i].value)
			config_note(&found, checks[i].check(checks[i].value, &why), &why);
	}
	rc = config_print(c->out, &found, rows, count, options.json, &c->err);
	for (size_t i = 0; i < found.problem_count; i++)
		fprintf(c->say, "ketnapd: %s\n", lang_err(&found.problems[i], text, sizeof(text)));
	return rc ? EXIT_FAILED : found.problem_count ? EXIT_USAGE : EXIT_DONE;
}
