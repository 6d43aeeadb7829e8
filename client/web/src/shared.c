/* What the questions of pages share: naming a sheet, and the word for where it stands. */
#include "web_internal.h"

#include "client/act.h"
#include "client/overlay.h"
#include "domain/act_rule.h"
#include "ledger/part.h"

json_t *json_period(struct period p)
{
	char text[PERIOD_TEXT_MAX];

	return json_string(p.from == p.to ? day_iso(text, p.to) : period_text(text, p));
}

json_t *json_both(const char *vi, const char *en)
{
	return json_pack("{s:s, s:s}", "vi", vi ? vi : "", "en", en ? en : "");
}

/* ---- naming ---- */

static int read_period(struct call *k, struct period *out)
{
	struct span text = span_str(text_at(k->in, "period"));
	struct err ignored = { 0 };

	if (!day_parse(&out->from, NULL, text, &ignored)) {
		out->to = out->from; /* of a flash: entry_open() knows where it begins */
		return 0;
	}
	return period_parse(out, text, k->e);
}

int call_unit_form(struct call *k, struct sheet_name *out)
{
	const struct tree *t = ledger_tree(k->base);
	const char *code = text_at(k->in, "unit"), *form = text_at(k->in, "form");

	if (!tree_count(t))
		return err_set(k->e, ERR_STATE,
			       "forms and units are not here yet: send and receive first");
	out->unit = *code ? tree_by_code(t, span_str(code))
			  : tree_get(t, client_identity(k->c)->unit);
	if (!out->unit)
		return err_set(k->e, ERR_NOTFOUND, "there is no unit %s in the part of this device",
			       code);
	form = *form ? form : "monthly";
	out->form = ledger_form_code(k->base, span_str(form), k->e);
	if (!out->form)
		return err_set(k->e, ERR_NOTFOUND, "there is no form %s", form);
	return 0;
}

int call_sheet_name(struct call *k, struct sheet_name *out)
{
	int rc = call_unit_form(k, out);

	return rc ? rc : read_period(k, &out->period);
}

int call_unit(struct call *k, uint32_t *out)
{
	const char *code = text_at(k->in, "unit");
	const struct unit *u = tree_by_code(ledger_tree(k->base), span_str(code));

	*out = u ? u->unit : 0;
	return u ? 0
		 : err_set(k->e, ERR_NOTFOUND, "there is no unit %s in the part of this device",
			   code);
}

int call_queue(struct call *k, struct op *op)
{
	enum op_code code = CODE_OK;
	char text[VERSION_TEXT_MAX];
	struct acted done;
	int rc;

	op->reason = span_str(text_at(k->in, "reason"));
	rc = act_once(k->c, op, k->now_ms, &done, &code, k->e);
	if (rc)
		return rc;
	json_object_set_new(k->out, "op", json_string(version_text(text, done.id)));
	json_object_set_new(k->out, "stands", json_boolean(done.state == ACT_STANDS));
	return 0;
}

int call_changed(struct call *k)
{
	k->status = 409;
	return err_set(k->e, ERR_STATE,
		       "something else stands here now than on the screen: please look again");
}

const char *call_refusal(struct call *k, enum op_code code, struct span detail)
{
	char text[ERR_TEXT_MAX];
	struct err e = { 0 };

	refusal_err(&e, ERR_INVALID, code, detail);
	return arena_str(k->a, span_str(lang_err(&e, text, sizeof(text))));
}

const char *own_refusal(struct call *k, const struct own_op *op)
{
	struct err ignored = { 0 };
	struct own_bytes bytes;

	if (outbox_read(k->c, op->id, &bytes, k->a, &ignored))
		bytes.detail = (struct span){ NULL, 0 }; /* the code is told without it */
	return call_refusal(k, op->code, bytes.detail);
}

const char *call_given(const struct call *k, const char *key)
{
	const char *text = text_at(k->in, key);

	return *text ? text : NULL;
}

bool call_said_yes(const struct call *k, const char *key)
{
	return json_is_true(json_object_get(k->in, key));
}

int call_value(struct call *k, const char *text, enum figure_state *state, int64_t *value)
{
	enum text_grouping grouping;
	int rc = 0;

	*value = 0;
	*state = FIGURE_BLANK;
	if (!*text)
		return 0;
	*state = FIGURE_NIL;
	if (strcmp(text, "-") != 0)
		rc = text_count(value, &grouping, span_str(text), k->e);
	if (*value)
		*state = FIGURE_VALUE;
	return rc;
}

/* ---- where a sheet stands ---- */

const char *sheet_word_name(enum sheet_word w)
{
	static const char *const names[SHEET_WORDS] = {
		[WORD_EMPTY] = "empty",         [WORD_DRAFT] = "draft",
		[WORD_UNSIGNED] = "unsigned",   [WORD_QUEUED] = "queued",
		[WORD_REFUSED] = "refused",     [WORD_LATE] = "late",
		[WORD_CONTESTED] = "contested", [WORD_CHANGED] = "changed",
		[WORD_RETURNED] = "returned",   [WORD_PROVISIONAL] = "provisional",
		[WORD_ACKED] = "acked",         [WORD_NIL] = "nil",
		[WORD_ACCEPTED] = "accepted",
	};

	return (unsigned)w < SHEET_WORDS ? names[w] : "empty";
}

/* The last own op of this sheet, NULL none. */
static const struct own_op *last_own(struct client *c, uint32_t unit, uint8_t form, struct period p)
{
	size_t count;
	const struct own_op *ops = outbox_ops(c, &count);

	for (size_t i = count; i-- > 0;)
		if (ops[i].kind == OP_SHEET && ops[i].unit == unit && ops[i].form == form &&
		    ops[i].period.to == p.to && ops[i].period.from == p.from && !ops[i].dropped &&
		    !ops[i].remade_seq)
			return &ops[i];
	return NULL;
}

static enum sheet_word word_of_signed(const struct sheet *s)
{
	if (sheet_status(s) == SHEET_CHANGED)
		return WORD_CHANGED;
	if (sheet_provisional(s))
		return WORD_PROVISIONAL;
	if (s->accepted_lsn)
		return WORD_ACCEPTED;
	return sheet_nil(s) ? WORD_NIL : WORD_ACKED;
}

int sheet_word_of(struct call *k, uint32_t unit, uint8_t form, struct period p,
		  enum sheet_word *out)
{
	const struct own_op *own = last_own(k->c, unit, form, p);
	struct sheet *s = &k->w->sheet;
	int rc = overlay_sheet(k->c, unit, form, p, s, k->e);

	if (rc && rc != -ERR_NOTFOUND)
		return rc;
	err_clear(k->e);
	if (own && own->verdict == VERDICT_REFUSED)
		*out = WORD_REFUSED;
	else if (own && own->verdict == VERDICT_LATE && !own->pulled)
		*out = WORD_LATE;
	else if (rc || sheet_status(s) == SHEET_EMPTY)
		*out = WORD_EMPTY;
	else if (sheet_contested(s, unit))
		*out = WORD_CONTESTED;
	else if (own && own->verdict == VERDICT_NONE)
		*out = WORD_QUEUED;
	else if (s->returned_lsn)
		*out = WORD_RETURNED;
	else
		*out = sheet_counts(s) ? word_of_signed(s) : WORD_UNSIGNED;
	return 0;
}

/* ---- periods ---- */

int period_at(struct call *k, uint32_t unit, const struct form *f, day_t day, struct period *out,
	      bool *any)
{
	struct calendar calendar;
	enum plan_step step = PLAN_NONE;
	struct period whole;
	int rc = part_step(k->base, unit, f->no, day, &step, &whole, k->e);

	*any = false;
	if (rc || step == PLAN_NONE)
		return rc;
	rc = part_calendar(k->base, f->no, &calendar, k->e);
	if (rc)
		return rc;
	*out = calendar_planned(&calendar, step, day, whole);
	*any = true;
	return 0;
}
