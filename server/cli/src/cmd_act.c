/* act: a file of changes into the log, as one or several acts of one transaction; or what it would touch. */
#include "show.h"

#include "base/csv.h"
#include "base/text.h"

#include <stdlib.h>

enum {
	COL_CHANGE,
	COL_UNIT,
	COL_INTO,
	COL_PARENT,
	COL_NAME,
	COL_KIND,
	COL_ORDER,
	COL_REPORTS,
	COL_PARTS,
	COL_ENDS,
	COL_TARGET,
	COLS
};
static const struct csv_column columns[COLS] = {
	{ "change", true, false }, { "unit", true, false },    { "into", false, true },
	{ "parent", false, true }, { "name", false, true },    { "kind", false, true },
	{ "order", false, true },  { "reports", false, true }, { "parts", false, true },
	{ "ends", false, true },   { "target", false, true },
};
static const char *const whats[CHANGES] = {
	[CHANGE_CREATE] = "create",     [CHANGE_RENAME] = "rename", [CHANGE_KIND] = "kind",
	[CHANGE_MOVE] = "move",         [CHANGE_MERGE] = "merge",   [CHANGE_SPLIT] = "split",
	[CHANGE_DISSOLVE] = "dissolve", [CHANGE_REOPEN] = "reopen", [CHANGE_LEAVE] = "leave",
	[CHANGE_TARGET] = "target",
};

/* So that a body stays small enough; a file of more becomes several acts, cut before a unit that is made. */
enum { FILE_BYTES_MAX = 8 << 20, ROWS_MAX = 20000, AT_ONCE = 96 };

struct act_file {
	struct cli *c;
	struct op_change *changes;
	size_t count;
	uint32_t next; /* the number of the next unit that is made */
	struct made {
		struct span code;
		uint32_t unit;
	} * made;
	size_t made_count;
	int column; /* being read, for complaints */
};

static int find_unit(struct act_file *f, struct span code, uint32_t *out)
{
	const struct unit *u = tree_by_code(ledger_tree(f->c->store.ledger), code);

	*out = u ? u->unit : 0;
	for (size_t i = 0; i < f->made_count && !*out; i++)
		if (span_eq(f->made[i].code, code))
			*out = f->made[i].unit;
	return *out ? 0
		    : err_set(&f->c->err, ERR_NOTFOUND, "there is no unit %.*s", (int)code.len,
			      (const char *)code.data);
}

/* The next of several words that blanks divide. */
static bool next_word(struct span *rest, struct span *word)
{
	size_t at = 0;

	while (rest->len && rest->data[0] == ' ')
		*rest = span_of(rest->data + 1, rest->len - 1);
	while (at < rest->len && rest->data[at] != ' ')
		at++;
	*word = span_of(rest->data, at);
	*rest = span_of(rest->data + at, rest->len - at);
	return at > 0;
}

static int read_number(struct act_file *f, int column, struct span text, int64_t *out)
{
	enum text_grouping grouping;

	f->column = column;
	*out = 0;
	return text.len ? text_count(out, &grouping, text, &f->c->err) : 0;
}

static int read_yes(struct act_file *f, int column, struct span text, bool *yes)
{
	f->column = column;
	*yes = span_eq(text, SPAN_LIT("yes"));
	if (*yes || !text.len || span_eq(text, SPAN_LIT("no")))
		return 0;
	return err_set(&f->c->err, ERR_INVALID, "yes or no");
}

static int read_kind(struct act_file *f, struct span text, enum unit_kind *kind)
{
	f->column = COL_KIND;
	*kind = unit_kind_parse(text);
	return *kind != UNIT_NONE || !text.len
		       ? 0
		       : err_set(&f->c->err, ERR_INVALID, "there is no kind %.*s", (int)text.len,
				 (const char *)text.data);
}

static int read_into(struct act_file *f, const struct span *cells, struct op_change *ch)
{
	struct arena *a = f->c->arena;
	uint32_t *into = arena_array(a, ACT_INTO_MAX, sizeof(*into));
	uint32_t *shares = arena_array(a, ACT_INTO_MAX, sizeof(*shares));
	int64_t *values = arena_array(a, ACT_INTO_MAX, sizeof(*values)), part;
	struct span rest = cells[COL_INTO], word;
	size_t parts = 0;
	int rc = into && shares && values ? 0 : err_set(&f->c->err, ERR_NOMEM, "no memory");

	f->column = COL_INTO;
	while (!rc && next_word(&rest, &word)) {
		if (ch->into_count == ACT_INTO_MAX)
			return err_set(&f->c->err, ERR_RANGE, "more than %d successors",
				       ACT_INTO_MAX);
		rc = find_unit(f, word, &into[ch->into_count++]);
	}
	rest = cells[COL_PARTS];
	while (!rc && next_word(&rest, &word) && parts < ACT_INTO_MAX) {
		rc = read_number(f, COL_PARTS, word, &part);
		shares[parts] = (uint32_t)part;
		values[parts++] = part;
	}
	if (!rc)
		f->column = COL_PARTS;
	if (!rc && parts != (cells[COL_PARTS].len ? ch->into_count : 0))
		return err_set(&f->c->err, ERR_INVALID, "one part for each unit in `into`");
	ch->into = ch->into_count ? into : NULL;
	if (ch->what == CHANGE_SPLIT)
		ch->shares = shares;
	if (ch->what == CHANGE_TARGET && ch->into_count)
		ch->values = values;
	return rc;
}

static struct span keep(struct act_file *f, struct span text)
{
	return arena_copy(f->c->arena, text);
}

static int read_new(struct act_file *f, const struct span *cells, struct op_change *ch)
{
	const struct form *form = ledger_form_code(f->c->store.ledger, SPAN_LIT("monthly"), NULL);
	bool reports;
	int rc = read_yes(f, COL_REPORTS, cells[COL_REPORTS], &reports);

	if (rc)
		return rc;
	ch->unit = f->next++;
	ch->code = keep(f, cells[COL_UNIT]);
	f->made[f->made_count++] = (struct made){ ch->code, ch->unit };
	if (reports && form)
		ch->reports = form->no;
	return 0;
}

static int read_row(struct act_file *f, const struct span *cells)
{
	struct op_change *ch = &f->changes[f->count];
	int64_t number;
	int rc;

	f->column = COL_CHANGE;
	while (ch->what < CHANGES &&
	       (!whats[ch->what] || !span_eq(cells[COL_CHANGE], span_str(whats[ch->what]))))
		ch->what++;
	if (ch->what == CHANGES)
		return err_set(&f->c->err, ERR_INVALID, "there is no change %.*s",
			       (int)cells[COL_CHANGE].len, (const char *)cells[COL_CHANGE].data);
	f->column = COL_UNIT;
	rc = ch->what == CHANGE_CREATE ? read_new(f, cells, ch)
				       : find_unit(f, cells[COL_UNIT], &ch->unit);
	if (!rc && cells[COL_PARENT].len) {
		f->column = COL_PARENT;
		rc = find_unit(f, cells[COL_PARENT], &ch->parent);
	}
	if (!rc)
		rc = read_number(f, COL_ORDER, cells[COL_ORDER], &number);
	ch->order = rc ? 0 : (uint32_t)number;
	if (!rc)
		rc = read_number(f, COL_TARGET, cells[COL_TARGET], &number);
	ch->target_lsn = rc ? 0 : (uint64_t)number;
	ch->name = keep(f, cells[COL_NAME]);
	if (!rc)
		rc = read_kind(f, cells[COL_KIND], &ch->kind);
	if (!rc)
		rc = read_yes(f, COL_ENDS, cells[COL_ENDS], &ch->ends);
	if (!rc)
		rc = read_into(f, cells, ch);
	f->count += !rc;
	return rc;
}

static int read_file(struct act_file *f, struct span text, const char *path)
{
	struct cli *c = f->c;
	struct span cells[COLS];
	struct csv *csv = NULL;
	int rc;

	f->changes = arena_array(c->arena, ROWS_MAX, sizeof(*f->changes));
	f->made = arena_array(c->arena, ROWS_MAX, sizeof(*f->made));
	f->next = tree_max(ledger_tree(c->store.ledger)) + 1;
	if (!f->changes || !f->made)
		return err_set(&c->err, ERR_NOMEM, "no memory");
	rc = csv_open(&csv, text, columns, COLS, &c->err);
	while (!rc && (rc = csv_next(csv, cells, &c->err)) == 1) {
		f->column = 0;
		rc = f->count == ROWS_MAX
			     ? err_set(&c->err, ERR_RANGE, "more than %d rows", ROWS_MAX)
			     : read_row(f, cells);
		if (rc)
			err_wrap(&c->err, rc, "line %zu, column %s", csv_line(csv),
				 columns[f->column].name);
	}
	if (rc < 0)
		err_wrap(&c->err, rc, "%s", path);
	csv_close(csv);
	return rc;
}

/* Where the act that begins at `from` ends: what is made and what goes into it stay together. */
static size_t act_end(const struct act_file *f, size_t from)
{
	size_t to = f->count - from > AT_ONCE ? from + AT_ONCE : f->count;

	while (to < f->count && to > from + 1 && f->changes[to].what != CHANGE_CREATE)
		to--;
	return to > from + 1 || to == f->count ? to : from + AT_ONCE;
}

static int fill_document(struct cli *c, struct op_act *act)
{
	int rc;

	if (!options.no || !options.signed_day || !options.signer || !options.effective)
		return cli_misused(c,
				   err_set(&c->err, ERR_INVALID,
					   "act needs --no NUMBER, --signed DAY, --signer NAME and "
					   "--effective DAY"));
	act->no = span_str(options.no);
	act->signer = span_str(options.signer);
	rc = day_parse(&act->signed_day, NULL, span_str(options.signed_day), &c->err);
	if (!rc)
		rc = day_parse(&act->effective, NULL, span_str(options.effective), &c->err);
	return rc ? cli_misused(c, rc) : 0;
}

struct touched {
	size_t units, targets;
};

/* What stands on the units that the file names. */
static int count_touched(struct act_file *f, struct touched *out)
{
	struct cli *c = f->c;

	for (size_t i = 0; i < f->count; i++) {
		const struct target_line *lines;
		size_t count;
		bool before = f->changes[i].what == CHANGE_CREATE;
		int rc;

		for (size_t k = 0; k < i && !before; k++)
			before = f->changes[k].unit == f->changes[i].unit;
		if (before)
			continue;
		out->units++;
		rc = query_targets(&lines, &count, c->store.ledger, f->changes[i].unit,
				   (struct period){ DAY_MIN, DAY_MAX }, UINT64_MAX, c->arena,
				   &c->err);
		if (rc)
			return rc;
		out->targets += count;
		if (!c->json && options.dry_run)
			lang_print(c->out, _("  %s: %s, %zu targets\n"),
				   tree_get(ledger_tree(c->store.ledger), f->changes[i].unit)->code,
				   whats[f->changes[i].what], count);
	}
	return 0;
}

static int act_all(struct act_file *f, struct op *op, size_t *entries, uint64_t *lsn)
{
	struct cli *c = f->c;
	int rc = ledger_begin(c->store.ledger, &c->err);

	for (size_t from = 0; from < f->count && !rc;) {
		size_t to = act_end(f, from);

		op->act.changes = f->changes + from;
		op->act.count = to - from;
		rc = ledger_act(c->store.ledger, op, cli_now(c), lsn, &c->err);
		++*entries;
		from = to;
	}
	if (rc || options.dry_run) {
		ledger_abort(c->store.ledger);
		return rc;
	}
	return ledger_commit(c->store.ledger, &c->store.log_key, NULL, &c->err);
}

int cmd_act(struct cli *c, int argc, char **argv)
{
	struct op op = { .kind = OP_ACT, .source = span_str(c->by) };
	struct act_file f = { .c = c };
	struct touched touched = { 0 };
	uint8_t *text = NULL;
	uint64_t lsn = 0;
	size_t len = 0, entries = 0;
	int rc = fill_document(c, &op.act);

	(void)argc;
	if (!rc)
		rc = cli_file(c, &text, &len, argv[1], FILE_BYTES_MAX);
	if (!rc)
		rc = read_file(&f, span_of(text, len), argv[1]);
	if (!rc)
		rc = count_touched(&f, &touched);
	if (!rc)
		rc = act_all(&f, &op, &entries, &lsn);
	free(text);
	if (rc)
		return err_wrap(&c->err, rc, "act %s", argv[1]);
	if (c->json)
		return show_json(c,
				 json_pack("{s:I, s:I, s:I, s:I, s:b, s:I}", "changes",
					   (json_int_t)f.count, "entries", (json_int_t)entries,
					   "units", (json_int_t)touched.units, "targets",
					   (json_int_t)touched.targets, "dry_run", options.dry_run,
					   "lsn", (json_int_t)(options.dry_run ? 0 : lsn)));
	if (options.dry_run)
		lang_print(c->out, _("%s: %zu changes understood, %zu entries would be written\n"),
			   argv[1], f.count, entries);
	else
		lang_print(c->out, _("%s: %zu changes, %zu entries\n"), argv[1], f.count, entries);
	return 0;
}
