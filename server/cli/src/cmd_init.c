/* init: a new store with its keys, the forms that ship with the program, and a tree to begin with. */
#include "cli.h"
#include "import_show.h"
#include "show.h"
#include "store_course.h"

#include "crypto/random.h"

#include <dirent.h>
#include <stdlib.h>

enum { FORM_FILES_MAX = 32 };

static int is_form(const struct dirent *d)
{
	size_t len = strlen(d->d_name);

	return len > 4 && !strcmp(d->d_name + len - 4, ".ini");
}

static int add_form(struct cli *c, const char *path)
{
	struct op op = { .kind = OP_FORM, .source = span_str(c->by) };
	uint8_t *text;
	size_t len;
	int rc = path_read(&text, &len, path, OP_FORM_BODY_MAX, &c->err);

	if (rc)
		return rc;
	op.form.text = span_of(text, len);
	rc = ledger_act(c->store.ledger, &op, cli_now(c), NULL, &c->err);
	free(text);
	return rc ? err_wrap(&c->err, rc, "%s", path) : 0;
}

/* In the order of their names, so that two stores made alike are alike. */
static int add_forms(struct cli *c)
{
	const char *dir = arena_printf(c->arena, "%s/forms", c->share);
	struct dirent **names;
	int count = scandir(dir, &names, is_form, alphasort), rc = 0;

	if (count <= 0)
		return err_set(&c->err, ERR_NOTFOUND, "%s: no forms there; say --share DIR", dir);
	rc = ledger_begin(c->store.ledger, &c->err);
	for (int i = 0; i < count; i++) {
		if (!rc)
			rc = add_form(c, arena_printf(c->arena, "%s/%s", dir, names[i]->d_name));
		free(names[i]);
	}
	free(names);
	if (rc) {
		ledger_abort(c->store.ledger);
		return rc;
	}
	return ledger_commit(c->store.ledger, &c->store.log_key, NULL, &c->err);
}

static int add_card(struct cli *c)
{
	uint64_t lsn;
	int rc = ledger_begin(c->store.ledger, &c->err);

	if (rc)
		return rc;
	rc = recovery_card_make(c, &lsn);
	if (rc) {
		ledger_abort(c->store.ledger);
		return rc;
	}
	return ledger_commit(c->store.ledger, &c->store.log_key, NULL, &c->err);
}

/* An illustrative store begins before any day that it may be set to, since time never goes back in it. */
static day_t illustrative_birth(void)
{
	day_t day = 0;

	day_from_ymd(&day, 2000, 1, 1);
	return day;
}

int cmd_init(struct cli *c, int argc, char **argv)
{
	struct store_birth birth = { .illustrative = options.illustrative,
				     .by = c->by,
				     .now_ms = c->now_ms(),
				     .ledger_ms = c->now_ms() };
	char hex[HASH_HEX_MAX];
	int rc;

	(void)argc;
	(void)argv;
	if (!options.tree)
		return cli_misused(c, err_set(&c->err, ERR_INVALID, "init needs --tree FILE"));
	if (options.illustrative)
		birth.ledger_ms = c->birth_ms = instant_of_day_start(illustrative_birth());
	rc = store_dir_create(&c->store, options.data, &birth, &c->err);
	if (rc)
		return rc;
	if (!c->json)
		mark_print(c->out, mark_of(c->store.ledger));
	rc = add_forms(c);
	if (!rc)
		rc = import_file(c, IMPORT_TREE, options.tree);
	if (!rc)
		rc = add_card(c);
	if (!rc)
		rc = course_declared(&c->store, &c->err);
	if (!rc)
		rc = store_dir_made(options.data, &c->err);
	if (rc) { /* nothing half made stays behind */
		store_dir_close(&c->store);
		store_dir_remove(options.data);
		return rc;
	}
	if (!c->json)
		fprintf(c->out, _("store %s in %s\n"),
			hex_encode(hex, ledger_info(c->store.ledger).store, 16), options.data);
	return 0;
}
