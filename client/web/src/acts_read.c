/* The changes of an act out of a form: units by their codes, also those that the act makes further up. */
#include "acts.h"

#include "client/act.h"
#include "ledger/acts.h"
#include "report/act_file.h"

struct reading {
	struct call *k;
	struct op_change *changes;
	size_t count;
	uint32_t next; /* number of the next unit that is made */
};

static int find_unit(struct reading *r, const char *code, uint32_t *out)
{
	const struct unit *u = tree_by_code(ledger_tree(r->k->base), span_str(code));

	*out = u ? u->unit : 0;
	for (size_t i = 0; i < r->count && !*out; i++)
		if (r->changes[i].what == CHANGE_CREATE &&
		    span_eq(r->changes[i].code, span_str(code)))
			*out = r->changes[i].unit;
	return *out ? 0 : err_set(r->k->e, ERR_NOTFOUND, "there is no unit %s", code);
}

static int read_into(struct reading *r, const json_t *row, struct op_change *c)
{
	const json_t *into = json_object_get(row, "into"), *parts = json_object_get(row, "parts");
	size_t count = json_array_size(into);
	uint32_t *units = arena_array(r->k->a, ACT_INTO_MAX, sizeof(*units));
	uint32_t *shares = arena_array(r->k->a, ACT_INTO_MAX, sizeof(*shares));
	int64_t *values = arena_array(r->k->a, ACT_INTO_MAX, sizeof(*values));
	bool shared = c->what == CHANGE_SPLIT || c->what == CHANGE_TARGET;

	if (!units || !shares || !values)
		return err_set(r->k->e, ERR_NOMEM, "no memory for an act");
	if (count > ACT_INTO_MAX)
		return err_set(r->k->e, ERR_RANGE, "more than %d successors", ACT_INTO_MAX);
	if (shared && json_array_size(parts) != count)
		return err_set(r->k->e, ERR_INVALID, "one part for each unit that takes over");
	for (size_t i = 0; i < count; i++) {
		const char *code = json_string_value(json_array_get(into, i));
		json_int_t part = json_integer_value(json_array_get(parts, i));
		int rc = find_unit(r, code ? code : "", &units[i]);

		if (rc)
			return rc;
		if (shared && (part < 0 || part > FIGURE_VALUE_MAX ||
			       (c->what == CHANGE_SPLIT && part > ACT_SHARE_WHOLE)))
			return err_set(r->k->e, ERR_RANGE,
				       "one part for each unit that takes over");
		values[i] = part;
		shares[i] = (uint32_t)part;
	}
	c->into = count ? units : NULL;
	c->into_count = count;
	c->shares = c->what == CHANGE_SPLIT ? shares : NULL;
	c->values = c->what == CHANGE_TARGET && count ? values : NULL;
	return 0;
}

static int read_new(struct reading *r, const json_t *row, struct op_change *c)
{
	const struct form *form = ledger_form_code(r->k->base, SPAN_LIT("monthly"), NULL);

	c->unit = r->next++;
	c->code = arena_copy(r->k->a, span_str(text_at(row, "unit")));
	if (json_is_true(json_object_get(row, "reports")) && form)
		c->reports = form->no;
	if (!unit_code_valid(c->code))
		return err_set(r->k->e, ERR_INVALID,
			       "a new unit needs a code of its own, not \"%s\"",
			       text_at(row, "unit"));
	return 0;
}

static int read_row(struct reading *r, const json_t *row)
{
	struct op_change *c = &r->changes[r->count];
	const char *what = text_at(row, "change"), *kind = text_at(row, "kind");
	int64_t order = number_at(row, "order"), target = number_at(row, "target");
	int rc;

	*c = (struct op_change){ .what = CHANGE_CREATE };
	while (c->what < CHANGES && strcmp(change_word(c->what), what))
		c->what++;
	if (c->what == CHANGES)
		return err_set(r->k->e, ERR_INVALID, "there is no change %s", what);
	rc = c->what == CHANGE_CREATE ? read_new(r, row, c)
				      : find_unit(r, text_at(row, "unit"), &c->unit);
	if (!rc && *text_at(row, "parent"))
		rc = find_unit(r, text_at(row, "parent"), &c->parent);
	if (!rc)
		rc = read_into(r, row, c);
	if (rc)
		return rc;
	c->kind = unit_kind_parse(span_str(kind));
	if (*kind && c->kind == UNIT_NONE)
		return err_set(r->k->e, ERR_INVALID, "there is no kind %s", kind);
	c->order = order > 0 && order <= UINT32_MAX ? (uint32_t)order : 0;
	c->target_lsn = target > 0 ? (uint64_t)target : 0;
	c->name = arena_copy(r->k->a, span_str(text_at(row, "name")));
	c->ends = json_is_true(json_object_get(row, "ends"));
	r->count++;
	return 0;
}

static int read_changes(struct call *k, struct op_act *act)
{
	const json_t *rows = json_object_get(k->in, "changes"), *row;
	struct reading r = { .k = k, .next = act_unit_number(k->c) };
	size_t i;

	if (!json_array_size(rows))
		return err_set(k->e, ERR_INVALID, "nothing is changed yet");
	if (json_array_size(rows) > ACT_CHANGES_MAX)
		return err_set(k->e, ERR_RANGE, "more than %d changes", ACT_CHANGES_MAX);
	r.changes = arena_array(k->a, ACT_CHANGES_MAX, sizeof(*r.changes));
	if (!r.changes)
		return err_set(k->e, ERR_NOMEM, "no memory for an act");
	json_array_foreach(rows, i, row)
	{
		int rc = read_row(&r, row);

		if (rc)
			return err_wrap(k->e, rc, "change %zu", i + 1);
	}
	act->changes = r.changes;
	act->count = r.count;
	return 0;
}

static int read_proposal(struct call *k, uint64_t lsn, struct op_act *act)
{
	const struct proposal_line *line;
	struct act_file f;
	size_t count;
	int rc = query_proposals(&line, &count, k->base, lsn, k->a, k->e);

	if (!rc && !count)
		rc = err_set(k->e, ERR_NOTFOUND, "entry %llu is no proposal",
			     (unsigned long long)lsn);
	if (!rc)
		rc = act_renumber(&f, &line->op.act, act_unit_number(k->c), k->a, k->e);
	if (rc)
		return rc;
	*act = line->op.act;
	act->proposal = lsn;
	act->changes = f.changes;
	act->count = f.count;
	return 0;
}

static int read_day(struct call *k, const char *key, day_t *out)
{
	return *text_at(k->in, key) ? day_parse(out, NULL, span_str(text_at(k->in, key)), k->e) : 0;
}

int acts_read(struct call *k, struct op_act *act)
{
	int64_t proposal = number_at(k->in, "proposal");
	int rc;

	*act = (struct op_act){ .count = 0 };
	rc = proposal > 0 ? read_proposal(k, (uint64_t)proposal, act) : read_changes(k, act);
	if (!rc)
		rc = read_day(k, "signed", &act->signed_day);
	if (!rc)
		rc = read_day(k, "effective", &act->effective);
	if (rc)
		return rc;
	if (*text_at(k->in, "no"))
		act->no = span_str(text_at(k->in, "no"));
	if (*text_at(k->in, "signer"))
		act->signer = span_str(text_at(k->in, "signer"));
	if (!act->no.len || !act->signer.len || !act->signed_day || !act->effective)
		return err_set(k->e, ERR_INVALID,
			       "a decision has a number, a day, a signer and a first day");
	return 0;
}
