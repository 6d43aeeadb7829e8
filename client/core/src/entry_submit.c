/* From a draft to one op: what is missing, who may, why, and what it names. */
#include "entry_internal.h"

#include "domain/rights.h"

static struct span text_of(const char *text)
{
	return text ? span_str(text) : (struct span){ NULL, 0 };
}

static bool given(const char *text)
{
	return text && *text;
}

/* ---- may it be sent at all? ---- */

static int check_rights(const struct entry_sheet *s, const struct entry_how *how, struct err *e)
{
	enum right right = how->how == SIGN_OWN ? RIGHT_SIGN_OWN : RIGHT_WRITE;
	enum unit_relation relation = rights_relation(ledger_tree(s->c->base), s->c->id.unit,
						      s->key.unit, s->key.period.to, UINT64_MAX);
	enum right_answer answer;
	enum person_role role;
	int rc = client_role_now(s->c, &role, e);

	if (rc)
		return rc;
	answer = rights_ask(right, role, relation);
	if (answer == RIGHT_NO && how->how == SIGN_OWN)
		return err_set(e, ERR_DENIED,
			       "this person may not sign here: name who signed on paper, "
			       "and the day");
	if (answer == RIGHT_NO)
		return err_set(e, ERR_DENIED, "this person may not write figures of this unit");
	if (answer == RIGHT_ON_BEHALF && (!given(how->from) || !given(how->reason)))
		return err_set(e, ERR_STATE,
			       "for another unit, say from whom the figures come, and why");
	if (how->how == SIGN_PAPER && (!given(how->signer) || !how->paper_day))
		return err_set(e, ERR_INVALID, "a signature on paper needs its signer and its day");
	return 0;
}

/* After the closing a change is an amendment. */
static int check_closed(const struct entry_sheet *s, const struct entry_how *how, struct err *e)
{
	uint64_t lsn;
	int rc = part_closed(s->c->base, s->key.unit, s->key.form, s->key.period,
			     s->c->st.server_ms, &lsn, e);

	if (!rc && lsn && !given(how->reason))
		rc = err_set(e, ERR_STATE,
			     "the period is closed: a change is an amendment and needs a reason");
	return rc;
}

/* As the server will ask: a change to what stands signed needs a reason, and a superior never overwrites. */
static int check_signed(const struct entry_sheet *s, const struct entry_how *how, struct err *e)
{
	const struct sheet *sheet = &s->seen.sheet;

	if (!sheet_counts(sheet))
		return 0;
	if (s->on_behalf && !sheet->sign_on_behalf)
		return err_set(e, ERR_STATE,
			       "the unit has signed its own figures: return the sheet instead");
	if (!given(how->reason) && !(sheet->sign_on_behalf && !s->on_behalf))
		return err_set(e, ERR_STATE,
			       "the sheet is signed already: a change needs a reason");
	return 0;
}

/* ---- filling in ---- */

static int type(struct entry_sheet *s, uint16_t measure, int64_t value, struct err *e)
{
	return entry_put(s, measure, value ? FIGURE_VALUE : FIGURE_NIL, value, e);
}

static bool is_blank(const struct entry_sheet *s, const struct measure *m)
{
	struct entry_figure f = entry_figure(s, m->no);

	return !f.known || f.state == FIGURE_BLANK;
}

/* Every flow is nil, and stocks stay as they were. */
static int fill_nil_month(struct entry_sheet *s, struct err *e)
{
	int rc = 0;

	for (size_t i = 0; i < s->form->measure_count && !rc; i++) {
		const struct measure *m = &s->form->measures[i];
		struct operand before;

		if (m->kind == MEASURE_FLOW && entry_figure(s, m->no).value)
			return err_set(e, ERR_STATE,
				       "%s is not nil: this is no month without events", m->code);
		if (m->need != NEED_REQUIRED || !is_blank(s, m))
			continue;
		before = m->kind == MEASURE_FLOW ? (struct operand){ true, 0 }
						 : entry_prev(s, m->no);
		if (before.known)
			rc = type(s, m->no, before.value, e);
	}
	return rc;
}

static int fill_blanks(struct entry_sheet *s, struct err *e)
{
	struct entry_judgement j;
	int rc = entry_judge(s, &j, e);

	for (size_t i = 0; i < j.blank_count && !rc; i++)
		if (form_measure(s->form, j.blank[i])->kind == MEASURE_FLOW)
			rc = type(s, j.blank[i], 0, e);
	return rc;
}

static int fill_computed(struct entry_sheet *s, struct err *e)
{
	int rc = 0;

	for (size_t i = 0; i < s->form->measure_count && !rc; i++) {
		struct entry_figure f = entry_figure(s, s->form->measures[i].no);

		if (f.computed)
			rc = type(s, s->form->measures[i].no, f.value, e);
	}
	return rc;
}

static int check_whole(struct entry_sheet *s, struct entry_judgement *j, struct err *e)
{
	int rc = entry_judge(s, j, e);

	if (rc)
		return rc;
	if (j->blank_count)
		return err_set(e, ERR_INVALID, "%zu required figures are blank, the first is %s",
			       j->blank_count, form_measure(s->form, j->blank[0])->code);
	if (j->blocking)
		return err_set(e, ERR_INVALID, "the figures do not agree: rule %s",
			       j->questions[0].rule->code);
	return 0;
}

/* ---- the op ---- */

struct making {
	struct op op;
	struct op_figure figures[MEASURES_MAX];
	struct op_id seen[SHEET_OPS_MAX];
	char name[NAME_MAX_BYTES + 1];
};

static int see(struct making *m, struct op_id id, uint64_t *bit, struct err *e)
{
	size_t i = 0, *count = &m->op.sheet.seen_count;

	while (i < *count && op_id_cmp(m->seen[i], id))
		i++;
	if (i == SHEET_OPS_MAX)
		return err_set(e, ERR_FULL,
			       "more than %d versions stand in this sheet: settle the contested "
			       "figures first",
			       SHEET_OPS_MAX);
	if (i == *count)
		m->seen[(*count)++] = id;
	*bit = UINT64_C(1) << i;
	return 0;
}

static void make(struct making *m, const struct entry_sheet *s, const struct entry_how *how)
{
	memset(m, 0, sizeof(*m));
	m->op.kind = OP_SHEET;
	m->op.unit = s->key.unit;
	m->op.reason = text_of(how->reason);
	if (s->on_behalf)
		m->op.on_behalf = text_of(how->from);
	m->op.source = text_of(how->source);
	m->op.sheet.form = s->key.form;
	m->op.sheet.form_version = s->form->version;
	m->op.sheet.period = s->key.period;
	m->op.sheet.request = s->request;
	m->op.sheet.figures = m->figures;
	m->op.sheet.seen = m->seen;
}

static void take_draft(struct making *m, const struct draft *d)
{
	memcpy(m->figures, d->figures, d->figure_count * sizeof(*m->figures));
	m->op.sheet.figure_count = d->figure_count;
	memcpy(m->seen, d->seen, d->seen_count * sizeof(*m->seen));
	m->op.sheet.seen_count = d->seen_count;
}

/* The signature covers every version that stands on the screen now, whenever it was typed over. */
static int sign(struct making *m, struct entry_sheet *s, const struct entry_how *how, struct err *e)
{
	struct op_sign *g = &m->op.sheet.sign;
	const struct sheet *sheet = &s->seen.sheet;
	int rc = 0;

	g->how = how->how;
	g->nil = how->nil_month;
	g->paper_day = how->how == SIGN_PAPER ? how->paper_day : 0;
	g->preparer = text_of(how->preparer);
	g->signer = text_of(how->signer);
	g->title = text_of(how->title);
	for (size_t i = 0; i < sheet->version_count && !rc; i++) {
		uint64_t bit;

		rc = see(m, sheet->ops[sheet->versions[i].op].id, &bit, e);
		if (!rc)
			g->covers |= bit;
	}
	if (!rc && how->how == SIGN_OWN && !g->signer.len) {
		rc = client_person_name(s->c, m->name, e);
		g->signer = span_str(m->name);
		if (!rc && !m->name[0])
			rc = err_set(e, ERR_STATE,
				     "the name of this device's person is not known yet: sync "
				     "first, or name the signer");
	}
	return rc;
}

static int queue(struct entry_sheet *s, struct making *m, const struct draft *left, int64_t now_ms,
		 struct op_id *id, struct err *e)
{
	bool mine;
	int rc = client_enter(s->c, &mine, e);

	if (rc)
		return rc;
	rc = outbox_append(s->c, &m->op, now_ms, id, e);
	if (!rc)
		rc = drafts_put(s->c, &s->key, left, e);
	return client_leave(s->c, mine, rc, e);
}

static int prepare(struct entry_sheet *s, const struct entry_how *how, struct entry_judgement *j,
		   struct err *e)
{
	int rc = entry_check_age(s, how->old_ok, e);

	if (!rc)
		rc = check_rights(s, how, e);
	if (!rc && how->nil_month)
		rc = fill_nil_month(s, e);
	if (!rc && how->how != SIGN_NONE && how->blanks_are_nil)
		rc = fill_blanks(s, e);
	if (!rc && how->how != SIGN_NONE)
		rc = check_whole(s, j, e);
	else if (!rc)
		rc = entry_judge(s, j, e);
	if (!rc)
		rc = fill_computed(s, e);
	if (!rc && !s->seen.draft.figure_count &&
	    (how->how == SIGN_NONE || (sheet_status(&s->seen.sheet) == SHEET_SIGNED &&
				       (!s->seen.sheet.sign_on_behalf || s->on_behalf))))
		rc = err_set(e, ERR_STATE, "there is nothing to send: the sheet stands as it is");
	if (!rc)
		rc = check_closed(s, how, e);
	return rc ? rc : check_signed(s, how, e);
}

int entry_submit(struct entry_sheet *s, const struct entry_how *how, int64_t now_ms,
		 struct op_id *id, struct entry_judgement *judged, struct err *e)
{
	static const struct draft none;
	struct entry_judgement j = { .blocking = 0 };
	struct making m;
	int rc = prepare(s, how, &j, e);

	if (judged)
		*judged = j;
	if (rc)
		return rc;
	make(&m, s, how);
	take_draft(&m, &s->seen.draft);
	if (how->how != SIGN_NONE)
		rc = sign(&m, s, how, e);
	return rc ? rc : queue(s, &m, &none, now_ms, id, e);
}

int entry_resolve(struct entry_sheet *s, uint16_t measure, const struct op_id *keep,
		  enum figure_state state, int64_t value, const struct entry_how *how,
		  int64_t now_ms, struct op_id *id, struct err *e)
{
	struct figure f = sheet_figure(&s->seen.sheet, measure, s->key.unit);
	struct op_figure out = { .measure = measure, .state = state, .value = value };
	struct draft left = s->seen.draft;
	bool found = !keep;
	struct making m;
	int rc = entry_check_age(s, true, e); /* a contest is settled whenever it is found */

	if (!rc && f.count < 2)
		rc = err_set(e, ERR_STATE, "this figure is not contested");
	if (!rc && !keep)
		rc = entry_check_computed(s, form_measure(s->form, measure), state, value, e);
	if (!rc)
		rc = check_rights(s, how, e);
	if (!rc && !given(how->reason))
		rc = err_set(e, ERR_STATE, "settling a contested figure needs a reason");
	if (!rc)
		rc = check_closed(s, how, e);
	if (!rc)
		rc = check_signed(s, how, e);
	if (rc)
		return rc;
	make(&m, s, how);
	for (size_t i = 0; i < f.run && !rc; i++) {
		const struct sheet_op *op = &s->seen.sheet.ops[f.first[i].op];
		uint64_t bit;

		if (s->on_behalf && !op->on_behalf)
			return err_set(e, ERR_STATE,
				       "only the unit itself settles its own figures");
		rc = see(&m, op->id, &bit, e);
		out.over |= bit;
		if (keep && !op_id_cmp(op->id, *keep)) {
			found = true;
			out.state = f.first[i].state;
			out.value = f.first[i].value;
			out.approx = f.first[i].approx;
		}
	}
	if (!rc && !found)
		rc = err_set(e, ERR_NOTFOUND, "no such version of this figure stands");
	if (out.state == FIGURE_VALUE && !out.value)
		out.state = FIGURE_NIL;
	m.figures[0] = out;
	m.op.sheet.figure_count = 1;
	draft_untype(&left, measure);
	return rc ? rc : queue(s, &m, &left, now_ms, id, e);
}
