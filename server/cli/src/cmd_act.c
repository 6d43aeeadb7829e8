/* act: changes from a file, or as a unit proposed them, into the log as one or several acts of one transaction;
 * first what they would touch. proposals, refuse-act. */
#include "act_touched.h"
#include "devices_show.h"

#include "report/acts.h"

#include <stdlib.h>

/* So that a body stays small enough; a file of more becomes several acts, cut before a unit that is made. */
enum { AT_ONCE = 96 };

/* Where the act that begins at `from` ends: what is made and what goes into it stay together. */
static size_t act_end(const struct act_file *f, size_t from)
{
	size_t to = f->count - from > AT_ONCE ? from + AT_ONCE : f->count;

	while (to < f->count && to > from + 1 && f->changes[to].what != CHANGE_CREATE)
		to--;
	return to > from + 1 || to == f->count ? to : from + AT_ONCE;
}

static int ask_lsn(struct cli *c, const char *text, uint64_t *out)
{
	char *end;

	*out = strtoull(text, &end, 10);
	if (*text < '0' || *text > '9' || *end || !*out)
		return cli_misused(
			c, err_set(&c->err, ERR_INVALID, "%s is no entry of the log", text));
	return 0;
}

/* What is not said stays as `act` has it: a proposal's own. */
static int fill_document(struct cli *c, struct op_act *act)
{
	int rc = 0;

	if (!act->no.len &&
	    (!options.no || !options.signed_day || !options.signer || !options.effective))
		return cli_misused(c,
				   err_set(&c->err, ERR_INVALID,
					   "act needs --no NUMBER, --signed DAY, --signer NAME and "
					   "--effective DAY"));
	if (options.no)
		act->no = span_str(options.no);
	if (options.signer)
		act->signer = span_str(options.signer);
	if (options.signed_day)
		rc = day_parse(&act->signed_day, NULL, span_str(options.signed_day), &c->err);
	if (!rc && options.effective)
		rc = day_parse(&act->effective, NULL, span_str(options.effective), &c->err);
	return rc ? cli_misused(c, rc) : 0;
}

static int read_file(struct cli *c, const char *path, struct act_file *f)
{
	uint32_t next = tree_max(ledger_tree(c->store.ledger)) + 1;
	uint8_t *text = NULL;
	size_t len = 0;
	int rc = cli_file(c, &text, &len, path, ACT_FILE_BYTES_MAX);

	if (!rc)
		rc = act_file_read(f, span_of(text, len), path, c->store.ledger, next, c->arena,
				   &c->err);
	free(text);
	return rc;
}

static int read_proposal(struct cli *c, struct op_act *act, struct act_file *f)
{
	uint32_t next = tree_max(ledger_tree(c->store.ledger)) + 1;
	const struct proposal_line *lines;
	uint64_t lsn;
	size_t count;
	int rc = ask_lsn(c, options.proposal, &lsn);

	if (!rc)
		rc = query_proposals(&lines, &count, c->store.ledger, lsn, c->arena, &c->err);
	if (!rc && !count)
		rc = err_set(&c->err, ERR_NOTFOUND, "entry %llu is no proposal",
			     (unsigned long long)lsn);
	if (rc)
		return rc;
	*act = lines[0].op.act;
	act->proposal = lsn;
	return act_renumber(f, &lines[0].op.act, next, c->arena, &c->err);
}

/* The act stands; what follows from it is entered beside it. */
static int follow(struct cli *c)
{
	size_t made;

	return ledger_follow(c->store.ledger, true, &c->store.log_key, cli_now(c), &made, &c->err);
}

/* All of it in one transaction: undone again with `t`, which then has what it touched. */
static int carry_out(struct cli *c, struct act_file *f, struct op *op, struct touched *t,
		     size_t *entries, uint64_t *lsn)
{
	uint64_t before = ledger_info(c->store.ledger).lsn;
	int rc = ledger_begin(c->store.ledger, &c->err);

	*entries = 0;
	for (size_t from = 0; from < f->count && !rc;) {
		size_t to = act_end(f, from);

		op->act.changes = f->changes + from;
		op->act.count = to - from;
		rc = ledger_act(c->store.ledger, op, cli_now(c), lsn, &c->err);
		++*entries;
		from = to;
	}
	if (!rc && t)
		rc = touched_note(t, c, f, before);
	if (rc || t) {
		ledger_abort(c->store.ledger);
		return rc;
	}
	rc = ledger_commit(c->store.ledger, &c->store.log_key, NULL, &c->err);
	return rc ? rc : follow(c);
}

/* Do all the acts of it stand already? *lsn: the last of them, 0: no. */
static int find_standing(struct cli *c, const struct act_file *f, struct op *op, uint64_t *lsn)
{
	struct op_standing found = { .lsn = 0 };
	int rc = 0;

	for (size_t from = 0; from < f->count && !rc && (!from || found.lsn);) {
		size_t to = act_end(f, from);

		op->act.changes = f->changes + from;
		op->act.count = to - from;
		rc = ledger_stands(&found, c->store.ledger, op, &c->err);
		from = to;
	}
	*lsn = found.lsn;
	return rc;
}

struct sums {
	size_t targets, unsent, waiting, devices, cases, people;
};

static struct sums add_up(const struct touched *t)
{
	struct sums s = { 0 };

	for (size_t i = 0; i < t->count; i++) {
		s.targets += t->units[i].targets;
		s.unsent += t->units[i].unsent;
		s.waiting += t->units[i].waiting;
		s.devices += t->units[i].devices;
		s.cases += t->units[i].cases;
		s.people += json_array_size(t->units[i].people) + (t->units[i].officer != NULL);
	}
	return s;
}

static int show_act(struct cli *c, const char *what, const struct act_file *f,
		    const struct touched *t, day_t effective, size_t entries, uint64_t lsn)
{
	bool stands = lsn && !entries;
	struct sums s = add_up(t);

	if (c->json)
		return show_json(
			c,
			json_pack(
				"{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:b, s:I, s:b}",
				"changes", (json_int_t)f->count, "entries", (json_int_t)entries,
				"units", (json_int_t)t->count, "targets", (json_int_t)s.targets,
				"unsent", (json_int_t)s.unsent, "waiting", (json_int_t)s.waiting,
				"devices", (json_int_t)s.devices, "cases", (json_int_t)s.cases,
				"people", (json_int_t)s.people, "touched",
				touched_json(t, c, effective), "dry_run", options.dry_run, "lsn",
				(json_int_t)lsn, "stands", stands));
	if (stands) {
		show_stands(c, lsn);
		return 0;
	}
	if (!options.dry_run) {
		lang_print(c->out, _("%s: %zu changes, %zu entries\n"), what, f->count, entries);
		return 0;
	}
	lang_print(c->out, _("%s: %zu changes understood, %zu entries would be written\n"), what,
		   f->count, entries);
	lang_print(
		c->out,
		_("%zu units, %zu targets, %zu sheets not sent, %zu not accepted, %zu devices, %zu "
		  "admission cases, %zu people\n"),
		t->count, s.targets, s.unsent, s.waiting, s.devices, s.cases, s.people);
	return touched_words(t, c, effective);
}

/* First with nothing left of it, for what it would touch; that is all when it is tried dry. */
static int carry_out_tried(struct cli *c, struct act_file *f, struct op *op, struct touched *t,
			   size_t *entries, uint64_t *lsn)
{
	int rc = carry_out(c, f, op, t, entries, lsn);

	if (!rc)
		rc = touched_fill(t, c, op->act.effective);
	*lsn = 0;
	return rc || options.dry_run ? rc : carry_out(c, f, op, NULL, entries, lsn);
}

int cmd_act(struct cli *c, int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : options.proposal ? options.proposal : "";
	struct op op = { .kind = OP_ACT, .source = span_str(c->by) };
	struct act_file f = { .count = 0 };
	struct touched touched = { .count = 0 };
	uint64_t lsn = 0;
	size_t entries = 0;
	int rc;

	if ((argc > 1) == (options.proposal != NULL))
		return cli_misused(
			c, err_set(&c->err, ERR_INVALID, "act needs a FILE, or --proposal ENTRY"));
	rc = options.proposal ? read_proposal(c, &op.act, &f) : 0;
	if (!rc)
		rc = fill_document(c, &op.act);
	if (!rc && argc > 1)
		rc = read_file(c, argv[1], &f);
	if (!rc)
		rc = find_standing(c, &f, &op, &lsn);
	if (!rc && !lsn)
		rc = carry_out_tried(c, &f, &op, &touched, &entries, &lsn);
	if (!rc)
		rc = show_act(c, what, &f, &touched, op.act.effective, entries, lsn);
	touched_free(&touched);
	return rc ? err_wrap(&c->err, rc, "act %s", what) : 0;
}

int cmd_proposals(struct cli *c, int argc, char **argv)
{
	json_t *list;
	int rc = report_proposals(&list, c->store.ledger, c->arena, &c->err);

	(void)argc;
	(void)argv;
	if (rc)
		return rc;
	if (c->json)
		return show_json(c, list);
	rc = proposals_words(c->out, list, c->arena, &c->err);
	json_decref(list);
	return rc;
}

int cmd_refuse_act(struct cli *c, int argc, char **argv)
{
	struct op op = { .kind = OP_ACT_REFUSAL, .source = span_str(c->by) };
	const struct proposal_line *lines;
	uint64_t lsn;
	size_t count;
	int rc;

	(void)argc;
	if (!options.reason)
		return cli_misused(c,
				   err_set(&c->err, ERR_INVALID, "refuse-act needs --reason TEXT"));
	rc = ask_lsn(c, argv[1], &op.act_refusal.lsn);
	if (!rc)
		rc = query_proposals(&lines, &count, c->store.ledger, op.act_refusal.lsn, c->arena,
				     &c->err);
	if (!rc && !count)
		rc = err_set(&c->err, ERR_NOTFOUND, "entry %s is no proposal", argv[1]);
	if (rc)
		return rc;
	op.unit = lines[0].op.unit;
	op.reason = span_str(options.reason);
	rc = act_alone(c, &op, &lsn);
	if (rc)
		return rc;
	if (c->json)
		return show_json(c, json_pack("{s:I, s:s, s:s}", "lsn", (json_int_t)lsn, "kind",
					      op_kind_name(op.kind), "unit",
					      unit_code_of(c->store.ledger, op.unit)));
	fprintf(c->out, _("refused; whoever proposed it reads why at the next contact\n"));
	return 0;
}
