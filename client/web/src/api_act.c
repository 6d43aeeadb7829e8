/* Typing, signing, settling. Nothing is written over that the page has not shown: it says what stood on
 * the screen, and when something else stands now it gets the sheet anew instead. */
#include "api_sheet.h"

#include "client/conflicts.h"

static int changed_meanwhile(struct call *k, const struct sheet_name *n, struct entry_sheet *s)
{
	int rc = call_show_sheet(k, n, s);

	return rc ? rc : call_changed(k);
}

/* ---- typing: durable when it is answered ---- */

int call_set(struct call *k, struct entry_sheet *s, const struct measure *m, const char *text,
	     bool cumulative)
{
	enum figure_state state;
	int64_t value;
	int rc = call_value(k, text, &state, &value);

	if (rc)
		return rc;
	if (cumulative && state != FIGURE_BLANK && m->kind == MEASURE_FLOW)
		return entry_set_cumulative(s, m->no, value, k->e);
	return entry_set(s, m->no, state, value, k->e);
}

static int type_one(struct call *k, const struct sheet_name *n, struct entry_sheet *s)
{
	const char *code = text_at(k->in, "measure");
	const struct measure *m = form_measure_code(n->form, span_str(code));
	int rc;

	if (!m)
		return err_set(k->e, ERR_NOTFOUND, "form %s has no measure %s", n->form->code,
			       code);
	if (strcmp(text_at(k->in, "seen"), sheet_seen(k->a, s, m->no)) != 0)
		return changed_meanwhile(k, n, s);
	rc = call_set(k, s, m, text_at(k->in, "text"), call_said_yes(k, "cumulative"));
	return rc ? rc : entry_save(s, call_said_yes(k, "old_ok"), k->e);
}

int api_type(struct call *k)
{
	struct entry_sheet *s;
	struct sheet_name n;
	int rc = call_open_sheet(k, &n, &s);

	if (!rc)
		rc = type_one(k, &n, s);
	if (!rc)
		rc = call_show_sheet(k, &n, s);
	entry_close(s);
	return rc;
}

/* ---- chốt và gửi ---- */

int call_how(struct call *k, const struct entry_sheet *s, struct entry_how *how)
{
	const char *paper = call_given(k, "paper_day");

	*how = (struct entry_how){ .how = SIGN_OWN,
				   .preparer = call_given(k, "preparer"),
				   .signer = call_given(k, "signer"),
				   .title = call_given(k, "title"),
				   .reason = call_given(k, "reason"),
				   .from = call_given(k, "from"),
				   .nil_month = call_said_yes(k, "nil"),
				   .blanks_are_nil = call_said_yes(k, "blanks_nil"),
				   .old_ok = call_said_yes(k, "old_ok") };
	if (paper) {
		how->how = SIGN_PAPER;
		return day_parse(&how->paper_day, NULL, span_str(paper), k->e);
	}
	if (entry_on_behalf(s)) { /* who told it signs, on the day it was told */
		how->how = SIGN_PAPER;
		how->paper_day = day_of_instant(k->now_ms);
		how->signer = how->signer ? how->signer : how->from;
	}
	return 0;
}

int call_not_signed(struct call *k, const struct form *f, const struct entry_judgement *j, int rc)
{
	bool en = lang_now() == TEXT_EN;

	if (rc == -ERR_INVALID && j->question_count)
		return err_set(k->e, ERR_INVALID, "%s",
			       en ? j->questions[0].rule->text_en : j->questions[0].rule->text_vi);
	if (rc == -ERR_INVALID && j->blank_count) {
		const struct measure *m = form_measure(f, j->blank[0]);

		return err_set(k->e, ERR_INVALID, "still blank: %s", en ? m->name_en : m->name_vi);
	}
	return rc;
}

static int submit(struct call *k, const struct sheet_name *n, struct entry_sheet *s)
{
	struct entry_judgement j = { .blocking = 0 };
	char text[VERSION_TEXT_MAX];
	struct entry_how how;
	struct op_id id;
	int rc;

	if (strcmp(text_at(k->in, "seen"), sheet_seen(k->a, s, 0)) != 0)
		return changed_meanwhile(k, n, s);
	rc = call_how(k, s, &how);
	if (!rc)
		rc = call_not_signed(k, n->form, &j,
				     entry_submit(s, &how, k->now_ms, &id, &j, k->e));
	json_object_set_new(k->out, "judged", json_judged(n->form, &j));
	if (!rc)
		json_object_set_new(k->out, "op", json_string(version_text(text, id)));
	return rc;
}

int api_submit(struct call *k)
{
	struct entry_sheet *s;
	struct sheet_name n;
	int rc = call_open_sheet(k, &n, &s);

	if (!rc)
		rc = submit(k, &n, s);
	entry_close(s);
	return rc;
}

/* ---- two figures in one place ---- */

struct listing {
	struct call *k;
	json_t *list;
};

static json_t *json_version(struct call *k, const struct conflict_version *v, day_t day)
{
	char text[VERSION_TEXT_MAX];

	return json_pack("{s:s, s:o, s:s, s:s, s:b, s:b, s:b, s:b, s:o, s:I}", "version",
			 version_text(text, v->id), "value",
			 v->state == FIGURE_BLANK ? json_null() : json_integer(v->value), "by_unit",
			 unit_code_of(k->base, v->unit_of_author), "by_name",
			 unit_name_of(k->base, v->unit_of_author, day, UINT64_MAX), "own_device",
			 v->id.device == client_identity(k->c)->device, "on_behalf", v->on_behalf,
			 "counts", v->wins, "approx", v->approx, "time", json_instant(v->time_ms),
			 "lsn", (json_int_t)v->lsn);
}

static int each_conflict(void *ctx, const struct conflict *c, struct err *e)
{
	struct listing *l = ctx;
	struct call *k = l->k;
	const struct form *f = ledger_form_newest(k->base, c->form, e);
	const struct measure *m = f ? form_measure(f, c->measure) : NULL;
	json_t *versions;
	struct buf seen;

	if (!m)
		return 0;
	versions = json_array();
	buf_init(&seen, SEEN_MAX);
	for (size_t i = 0; i < c->version_count; i++) {
		json_array_append_new(versions, json_version(k, &c->versions[i], c->period.to));
		seen_put(&seen, c->measure, c->versions[i].id);
	}
	json_array_append_new(
		l->list, json_pack("{s:s, s:s, s:s, s:o, s:o, s:s, s:o, s:b, s:s, s:o}", "unit",
				   unit_code_of(k->base, c->unit), "unit_name",
				   unit_name_of(k->base, c->unit, c->period.to, UINT64_MAX), "form",
				   f->code, "form_name", json_both(f->name_vi, f->name_en),
				   "period", json_period(c->period), "measure", m->code, "name",
				   json_both(m->name_vi, m->name_en), "own",
				   c->unit == client_identity(k->c)->unit, "seen",
				   seen_name(k->a, &seen), "versions", versions));
	buf_fini(&seen);
	return 0;
}

int api_conflicts(struct call *k)
{
	struct listing l = { .k = k, .list = json_array() };

	json_object_set_new(k->out, "conflicts", l.list);
	return conflicts_each(k->c, each_conflict, &l, k->e);
}

static int resolve(struct call *k, const struct sheet_name *n, struct entry_sheet *s)
{
	struct entry_how how = { .reason = call_given(k, "reason"),
				 .from = call_given(k, "from"),
				 .old_ok = true };
	const char *code = text_at(k->in, "measure"), *keep = call_given(k, "keep");
	const struct measure *m = form_measure_code(n->form, span_str(code));
	enum figure_state state = FIGURE_BLANK;
	struct op_id kept = { 0 }, id;
	int64_t value = 0;
	int rc = 0;

	if (!m)
		return err_set(k->e, ERR_NOTFOUND, "form %s has no measure %s", n->form->code,
			       code);
	if (strcmp(text_at(k->in, "seen"), sheet_seen(k->a, s, m->no)) != 0)
		return call_changed(k);
	if (keep && !version_parse(&kept, keep))
		return err_set(k->e, ERR_INVALID, "%s names no version", keep);
	if (!keep)
		rc = call_value(k, text_at(k->in, "text"), &state, &value);
	if (!rc && !keep && state == FIGURE_BLANK)
		rc = err_set(k->e, ERR_INVALID, "say which figure is right");
	return rc ? rc
		  : entry_resolve(s, m->no, keep ? &kept : NULL, state, value, &how, k->now_ms, &id,
				  k->e);
}

int api_resolve(struct call *k)
{
	struct entry_sheet *s;
	struct sheet_name n;
	int rc = call_open_sheet(k, &n, &s);

	if (!rc)
		rc = resolve(k, &n, s);
	entry_close(s);
	return rc;
}
