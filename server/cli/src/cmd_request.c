/* request, bundle, and the form of `import`. */
#include "devices_show.h"
#include "import_show.h"
#include "show.h"

#include "report/requests.h"

#include <assert.h>

#include <stdlib.h>

int act_alone(struct cli *c, const struct op *op, uint64_t *lsn)
{
	int rc = ledger_begin(c->store.ledger, &c->err);

	if (rc)
		return rc;
	rc = ledger_act(c->store.ledger, op, cli_now(c), lsn, &c->err);
	if (rc) {
		ledger_abort(c->store.ledger);
		return rc;
	}
	return ledger_commit(c->store.ledger, &c->store.log_key, NULL, &c->err);
}

int act_once(struct cli *c, const struct op *op, uint64_t *lsn, bool *stands)
{
	struct op_standing found;
	int rc = ledger_stands(&found, c->store.ledger, op, &c->err);

	*stands = !rc && found.lsn;
	*lsn = found.lsn;
	return rc || *stands ? rc : act_alone(c, op, lsn);
}

void show_stands(struct cli *c, uint64_t lsn)
{
	lang_print(c->out, _("it stands already, entry %llu; nothing was entered\n"),
		   (unsigned long long)lsn);
}

int act_all(struct cli *c, struct op *ops, size_t count, bool dry)
{
	int rc = ledger_begin(c->store.ledger, &c->err);

	if (rc)
		return rc;
	for (size_t i = 0; i < count && !rc; i++) {
		ops[i].source = span_str(c->by);
		rc = ledger_act(c->store.ledger, &ops[i], cli_now(c), NULL, &c->err);
		if (rc)
			err_wrap(&c->err, rc, "%s", unit_code_of(c->store.ledger, ops[i].unit));
	}
	if (rc || dry) {
		ledger_abort(c->store.ledger);
		return rc;
	}
	return ledger_commit(c->store.ledger, &c->store.log_key, NULL, &c->err);
}

/* ---- request ---- */

static int fill_request(struct cli *c, struct op *op, const char *code, const struct unit **scope)
{
	int rc = request_form(&op->request.form, c->store.ledger, code, &c->err);

	if (rc)
		return rc;
	if (!options.day || !options.due || !options.scope)
		return cli_misused(c,
				   err_set(&c->err, ERR_INVALID,
					   "request needs --day DAY, --due TIME and --scope UNIT"));
	rc = day_parse(&op->request.day, NULL, span_str(options.day), &c->err);
	if (!rc)
		rc = instant_parse(&op->request.due_ms, span_str(options.due), &c->err);
	if (rc)
		return cli_misused(c, rc);
	rc = parse_unit(c, options.scope, scope);
	if (!rc)
		op->unit = (*scope)->unit;
	return rc;
}

int cmd_request(struct cli *c, int argc, char **argv)
{
	struct op op = { .kind = OP_REQUEST, .source = span_str(c->by) };
	const struct unit *scope = NULL;
	char due[INSTANT_TEXT_MAX];
	uint64_t lsn;
	bool stands;
	int rc = fill_request(c, &op, argv[1], &scope);

	(void)argc;
	if (!rc)
		rc = act_once(c, &op, &lsn, &stands);
	if (rc)
		return rc;
	assert(scope);
	instant_iso(due, op.request.due_ms);
	if (c->json)
		return show_json(c,
				 json_pack("{s:I, s:s, s:o, s:s, s:s, s:b}", "lsn", (json_int_t)lsn,
					   "form", argv[1], "day", json_day(op.request.day), "due",
					   due, "scope", scope->code, "stands", stands));
	lang_print(c->out, _("request %llu: %s up to %s, from %s and below, due %s\n"),
		   (unsigned long long)lsn, argv[1], show_day(c->arena, op.request.day),
		   scope->code, show_instant(c->arena, op.request.due_ms));
	if (stands)
		show_stands(c, lsn);
	return 0;
}

/* ---- requests ---- */

int cmd_requests(struct cli *c, int argc, char **argv)
{
	const struct tree *tree = ledger_tree(c->store.ledger);
	const struct unit *u = tree_get(tree, tree_root(tree));
	json_t *list;
	int rc = options.unit ? parse_unit(c, options.unit, &u) : 0;

	(void)argc;
	(void)argv;
	if (!rc && !u)
		rc = err_set(&c->err, ERR_NOTFOUND, "there is no unit yet");
	if (!rc)
		rc = report_requests(&list, c->store.ledger, u->unit, cli_now(c), c->arena,
				     &c->err);
	if (rc)
		return rc;
	if (c->json)
		return show_json(c, list);
	rc = requests_words(c->out, list, c->arena, &c->err);
	json_decref(list);
	return rc;
}

/* ---- import form ---- */

int import_form(struct cli *c, const char *path)
{
	struct op op = { .kind = OP_FORM, .source = span_str(c->by) };
	uint8_t *text;
	uint64_t lsn = 0;
	size_t len;
	int rc = cli_file(c, &text, &len, path, OP_FORM_BODY_MAX);

	if (rc)
		return rc;
	op.form.text = span_of(text, len);
	if (!options.dry_run) {
		rc = act_alone(c, &op, &lsn);
	} else {
		rc = ledger_begin(c->store.ledger, &c->err);
		if (!rc) {
			rc = ledger_act(c->store.ledger, &op, cli_now(c), NULL, &c->err);
			ledger_abort(c->store.ledger);
		}
	}
	free(text);
	if (rc)
		return err_wrap(&c->err, rc, "%s: nothing was written", path);
	if (c->json)
		return show_json(c, json_pack("{s:b, s:I, s:b}", "ok", 1, "lsn", (json_int_t)lsn,
					      "dry_run", options.dry_run));
	if (options.dry_run)
		fprintf(c->out, _("%s: a form, understood\n"), path);
	else
		lang_print(c->out, _("%s: a form, entry %llu\n"), path, (unsigned long long)lsn);
	return 0;
}

/* ---- bundle ---- */
