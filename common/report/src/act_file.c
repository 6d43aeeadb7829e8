#include "report/act_file.h"

#include "base/csv.h"
#include "base/lang.h"
#include "base/text.h"
#include "domain/act_rule.h"

#include <stdio.h>

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

static const struct {
	const char *word, *label;
} whats[CHANGES] = {
	[CHANGE_CREATE] = { "create", N_("is established") },
	[CHANGE_RENAME] = { "rename", N_("is renamed") },
	[CHANGE_KIND] = { "kind", N_("changes its kind") },
	[CHANGE_MOVE] = { "move", N_("comes under another committee") },
	[CHANGE_MERGE] = { "merge", N_("is merged") },
	[CHANGE_SPLIT] = { "split", N_("is split") },
	[CHANGE_DISSOLVE] = { "dissolve", N_("ends") },
	[CHANGE_REOPEN] = { "reopen", N_("is established again") },
	[CHANGE_LEAVE] = { "leave", N_("goes to another province or the centre") },
	[CHANGE_TARGET] = { "target", N_("hands a target over") },
};

const char *change_word(enum change_what w)
{
	return (unsigned)w < CHANGES ? whats[w].word : NULL;
}

const char *change_label(enum change_what w)
{
	return (unsigned)w < CHANGES && whats[w].label ? whats[w].label : "?";
}

struct reading {
	struct act_file *out;
	const struct tree *tree;
	struct ledger *l;
	uint32_t next; /* the number of the next unit that is made */
	struct made {
		struct span code;
		uint32_t unit;
	} * made;
	size_t made_count;
	int column; /* being read, for complaints */
	struct arena *a;
	struct err *e;
};

/* 0: nobody has that code. */
static uint32_t known_unit(const struct reading *f, struct span code)
{
	const struct unit *u = tree_by_code(f->tree, code);

	for (size_t i = 0; i < f->made_count && !u; i++)
		if (span_eq(f->made[i].code, code))
			return f->made[i].unit;
	return u ? u->unit : 0;
}

static int find_unit(struct reading *f, struct span code, uint32_t *out)
{
	*out = known_unit(f, code);
	return *out ? 0
		    : err_set(f->e, ERR_NOTFOUND, "there is no unit %.*s", (int)code.len,
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

/* A rule that the row itself breaks. */
static int broken(struct reading *f, const struct span *cells, enum act_rule rule)
{
	char code[CODE_MAX + 1];

	snprintf(code, sizeof(code), "%.*s", (int)cells[COL_UNIT].len,
		 (const char *)cells[COL_UNIT].data);
	return err_set(f->e, ERR_INVALID, act_rule_text(rule), code);
}

static int read_number(struct reading *f, int column, struct span text, int64_t *out)
{
	enum text_grouping grouping;

	f->column = column;
	*out = 0;
	return text.len ? text_count(out, &grouping, text, f->e) : 0;
}

static int read_yes(struct reading *f, int column, struct span text, bool *yes)
{
	f->column = column;
	*yes = span_eq(text, SPAN_LIT("yes"));
	if (*yes || !text.len || span_eq(text, SPAN_LIT("no")))
		return 0;
	return err_set(f->e, ERR_INVALID, "yes or no");
}

static int read_kind(struct reading *f, struct span text, enum unit_kind *kind)
{
	f->column = COL_KIND;
	*kind = unit_kind_parse(text);
	return *kind != UNIT_NONE || !text.len ? 0
					       : err_set(f->e, ERR_INVALID, "there is no kind %.*s",
							 (int)text.len, (const char *)text.data);
}

/* Parts of a unit that is split, in millionths: all of it where it ends, and never more. */
static int check_parts(struct reading *f, const struct span *cells, const struct op_change *ch)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < ch->into_count; i++)
		sum += ch->shares[i];
	if (sum <= ACT_SHARE_WHOLE && (!ch->ends || sum == ACT_SHARE_WHOLE))
		return 0;
	return err_set(f->e, ERR_INVALID, "the shares of unit %.*s add up to %llu of %d",
		       (int)cells[COL_UNIT].len, (const char *)cells[COL_UNIT].data,
		       (unsigned long long)sum, ACT_SHARE_WHOLE);
}

/* Is the last of `into` not the unit itself, nor one that stands before it? */
static bool fresh(const uint32_t *into, size_t count, uint32_t unit)
{
	for (size_t i = 0; i + 1 < count; i++)
		if (into[i] == into[count - 1])
			return false;
	return into[count - 1] != unit;
}

static int read_into(struct reading *f, const struct span *cells, struct op_change *ch)
{
	uint32_t *into = arena_array(f->a, ACT_INTO_MAX, sizeof(*into));
	uint32_t *shares = arena_array(f->a, ACT_INTO_MAX, sizeof(*shares));
	int64_t *values = arena_array(f->a, ACT_INTO_MAX, sizeof(*values)), part;
	struct span rest = cells[COL_INTO], word;
	size_t parts = 0;
	int rc = into && shares && values ? 0 : err_set(f->e, ERR_NOMEM, "no memory for an act");

	f->column = COL_INTO;
	while (!rc && next_word(&rest, &word)) {
		if (ch->into_count == ACT_INTO_MAX)
			return err_set(f->e, ERR_RANGE, "more than %d successors", ACT_INTO_MAX);
		rc = find_unit(f, word, &into[ch->into_count++]);
		if (!rc && !fresh(into, ch->into_count, ch->unit))
			rc = broken(f, cells, RULE_INTO);
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
		return err_set(f->e, ERR_INVALID, "one part for each unit in `into`");
	ch->into = ch->into_count ? into : NULL;
	if (ch->what == CHANGE_SPLIT)
		ch->shares = shares;
	if (ch->what == CHANGE_TARGET && ch->into_count)
		ch->values = values;
	return rc || !ch->shares ? rc : check_parts(f, cells, ch);
}

static int read_new(struct reading *f, const struct span *cells, struct op_change *ch)
{
	const struct form *form = ledger_form_code(f->l, SPAN_LIT("monthly"), NULL);
	struct span code = cells[COL_UNIT];
	bool reports;
	int rc;

	if (known_unit(f, code))
		return err_set(f->e, ERR_EXISTS, "there is a unit %.*s already", (int)code.len,
			       (const char *)code.data);
	rc = read_yes(f, COL_REPORTS, cells[COL_REPORTS], &reports);
	if (rc)
		return rc;
	ch->unit = f->next++;
	ch->code = arena_copy(f->a, cells[COL_UNIT]);
	f->made[f->made_count++] = (struct made){ ch->code, ch->unit };
	if (reports && form)
		ch->reports = form->no;
	return 0;
}

static int read_row(struct reading *f, const struct span *cells)
{
	struct op_change *ch = &f->out->changes[f->out->count];
	int64_t number;
	int rc;

	f->column = COL_CHANGE;
	while (ch->what < CHANGES && (!whats[ch->what].word ||
				      !span_eq(cells[COL_CHANGE], span_str(whats[ch->what].word))))
		ch->what++;
	if (ch->what == CHANGES)
		return err_set(f->e, ERR_INVALID, "there is no change %.*s",
			       (int)cells[COL_CHANGE].len, (const char *)cells[COL_CHANGE].data);
	f->column = COL_UNIT;
	rc = ch->what == CHANGE_CREATE ? read_new(f, cells, ch)
				       : find_unit(f, cells[COL_UNIT], &ch->unit);
	if (!rc && cells[COL_PARENT].len) {
		f->column = COL_PARENT;
		rc = find_unit(f, cells[COL_PARENT], &ch->parent);
		if (!rc && ch->parent == ch->unit)
			rc = broken(f, cells, RULE_ITSELF);
	}
	if (!rc)
		rc = read_number(f, COL_ORDER, cells[COL_ORDER], &number);
	ch->order = rc ? 0 : (uint32_t)number;
	if (!rc)
		rc = read_number(f, COL_TARGET, cells[COL_TARGET], &number);
	ch->target_lsn = rc ? 0 : (uint64_t)number;
	ch->name = arena_copy(f->a, cells[COL_NAME]);
	if (!rc)
		rc = read_kind(f, cells[COL_KIND], &ch->kind);
	if (!rc)
		rc = read_yes(f, COL_ENDS, cells[COL_ENDS], &ch->ends);
	if (!rc)
		rc = read_into(f, cells, ch);
	f->out->count += !rc;
	return rc;
}

int act_file_read(struct act_file *out, struct span text, const char *path, struct ledger *l,
		  uint32_t next, struct arena *a, struct err *e)
{
	struct reading f = {
		.out = out, .tree = ledger_tree(l), .l = l, .next = next, .a = a, .e = e
	};
	struct span cells[COLS];
	struct csv *csv = NULL;
	int rc;

	*out = (struct act_file){ .changes = arena_array(a, ACT_FILE_ROWS_MAX,
							 sizeof(*out->changes)) };
	f.made = arena_array(a, ACT_FILE_ROWS_MAX, sizeof(*f.made));
	if (!out->changes || !f.made)
		return err_set(e, ERR_NOMEM, "no memory for an act");
	rc = csv_open(&csv, text, columns, COLS, e);
	while (!rc && (rc = csv_next(csv, cells, e)) == 1) {
		f.column = 0;
		rc = out->count == ACT_FILE_ROWS_MAX
			     ? err_set(e, ERR_RANGE, "more than %d rows", ACT_FILE_ROWS_MAX)
			     : read_row(&f, cells);
		if (rc)
			err_wrap(e, rc, "line %zu, column %s", csv_line(csv),
				 columns[f.column].name);
	}
	if (rc < 0)
		err_wrap(e, rc, "%s", path);
	csv_close(csv);
	return rc;
}

/* The number that a unit made by the first `upto` changes has from now on. */
static uint32_t number_now(const struct op_act *proposed, const struct act_file *now, size_t upto,
			   uint32_t unit)
{
	for (size_t i = 0; i < upto; i++)
		if (proposed->changes[i].what == CHANGE_CREATE && proposed->changes[i].unit == unit)
			return now->changes[i].unit;
	return unit;
}

int act_renumber(struct act_file *out, const struct op_act *proposed, uint32_t next,
		 struct arena *a, struct err *e)
{
	*out = (struct act_file){ .changes = arena_array(a, proposed->count,
							 sizeof(*out->changes)) };
	for (size_t i = 0; out->changes && i < proposed->count; i++) {
		struct op_change *c = &out->changes[i];
		uint32_t *into = arena_array(a, ACT_INTO_MAX, sizeof(*into));

		if (!into)
			return err_set(e, ERR_NOMEM, "no memory for an act");
		*c = proposed->changes[i];
		c->unit = c->what == CHANGE_CREATE ? next++ : number_now(proposed, out, i, c->unit);
		c->parent = number_now(proposed, out, i, c->parent);
		for (size_t k = 0; k < c->into_count; k++)
			into[k] = number_now(proposed, out, i, c->into[k]);
		c->into = c->into_count ? into : NULL;
		out->count++;
	}
	return out->changes ? 0 : err_set(e, ERR_NOMEM, "no memory for an act");
}
