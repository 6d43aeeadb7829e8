/* What came after its deadline. Deadlines are the calendar's; where it gives none, nothing is late. */
#include "internal.h"

#include <stdlib.h>

enum due_level due_level_of(enum unit_kind kind)
{
	switch (kind) {
	case UNIT_COUNTRY:
	case UNIT_PROVINCE:
		return DUE_PROVINCE;
	case UNIT_DIRECT:
	case UNIT_INTERMEDIATE:
	case UNIT_COMMUNE:
		return DUE_DIRECT;
	default:
		return DUE_GRASSROOTS;
	}
}

int sign_receipt(struct ledger *l, uint64_t sign_lsn, struct arena *work, int64_t *received_ms,
		 int64_t *device_ms, struct err *e)
{
	struct span bytes;
	struct entry en;
	struct op_id id;
	struct op op;
	int rc = log_get(l, sign_lsn, &bytes, e);

	if (!rc)
		rc = entry_decode(&en, bytes, work, e);
	if (rc)
		return rc;
	rc = body_of(OP_NONE, &op, &en, work, e);
	if (!rc && op.kind == OP_LATE_DECISION) { /* it came before anybody let it count */
		struct op_late late = op.late;

		rc = late_open(l, &late, sign_lsn, &en, &id, &op, work, e);
	}
	if (!rc) {
		*received_ms = en.time_ms;
		*device_ms = op.device_time_ms;
	}
	return rc;
}

int sign_judged(struct ledger *l, uint32_t unit, uint8_t form, struct period p,
		const struct sheet *s, uint64_t closed, uint64_t *sign_lsn, bool *in_time,
		struct err *e)
{
	struct sheet then;
	int rc;

	*sign_lsn = s->sign_lsn;
	*in_time = s->in_time;
	if (!closed || s->sign_lsn <= closed)
		return 0;
	rc = query_sheet_at(l, unit, form, p, closed, &then, e);
	if (rc || !sheet_counts(&then))
		return rc == -ERR_NOTFOUND ? 0 : rc;
	*sign_lsn = then.sign_lsn;
	*in_time |= then.in_time;
	return 0;
}

/* ---- the calendar as it was known ---- */

struct recalling {
	uint8_t form;
	uint64_t known;
	struct calendar *out; /* the last rule first */
};

static int recall_each(void *ctx, const struct entry *en, const struct envelope *env,
		       const struct op *op, struct err *e)
{
	struct recalling *k = ctx;
	struct calendar *out = k->out;
	const struct op_calendar *c;

	(void)env;
	(void)e;
	if (!op || op->kind != OP_CALENDAR || en->verdict != VERDICT_ACCEPTED ||
	    en->lsn > k->known || op->calendar.form != k->form)
		return 0;
	c = &op->calendar;
	if (out->count == ARRAY_LEN(out->rows) ||
	    (out->count && c->from >= out->rows[out->count - 1].from))
		return 0; /* a newer one took its place */
	out->rows[out->count] = (struct calendar_row){ .from = c->from,
						       .first_day = c->first_day,
						       .working_days = c->working_days };
	memcpy(out->rows[out->count++].due_days, c->due_days, sizeof(c->due_days));
	return 0;
}

/* A closed report does not change when somebody sets other deadlines. */
static int calendar_known(struct ledger *l, uint8_t form, uint64_t known, struct calendar *out,
			  struct arena *work, struct err *e)
{
	struct recalling k = { .form = form, .known = known, .out = out };
	uint64_t head;
	int rc;

	if (known >= l->info.lsn)
		return calendar_get(l, form, out, e);
	memset(out, 0, sizeof(*out));
	rc = unit_head_get(l, 0, &head, e);
	if (!rc)
		rc = walk_unit(l, head, work, recall_each, &k, e);
	for (size_t i = 0; i < out->count / 2; i++) {
		struct calendar_row row = out->rows[i];

		out->rows[i] = out->rows[out->count - 1 - i];
		out->rows[out->count - 1 - i] = row;
	}
	return rc;
}

/* ---- sheets ---- */

struct judging {
	struct ledger *l;
	const struct query *q;
	uint64_t known;
	struct late_sheet *list;
	size_t count, cap;
	struct arena *work;
	struct err *e;
	struct calendar calendar; /* of calendar_form */
	uint8_t calendar_form;
	/* of the form and period that the walk is at */
	uint8_t form;
	struct period period;
	bool asked; /* there are deadlines, and the question is about it */
	bool has_due[DUE_LEVELS];
	int64_t due_ms[DUE_LEVELS];
	uint64_t due_lsn[DUE_LEVELS]; /* the last entry in time; not known in a part of the log */
};

/* The deadlines of the next form and period. */
static int turn_to(struct judging *j, const struct sheet_key *k)
{
	const struct form *f = ledger_form_newest(j->l, k->form, j->e);
	int rc = 0;

	if (j->calendar_form != k->form)
		rc = calendar_known(j->l, k->form, j->known, &j->calendar, j->work, j->e);
	j->calendar_form = k->form;
	j->form = k->form;
	j->period = k->period;
	j->asked = false;
	if (rc || !f || f->period == FORM_DAY || !query_asks(j->q, f) ||
	    k->period.from < j->q->period.from)
		return rc;
	for (enum due_level i = 0; i < DUE_LEVELS && !rc; i++) {
		day_t due;
		bool beyond;

		j->has_due[i] = calendar_due(&j->calendar, j->l->holidays, k->period, i, &due,
					     &beyond);
		if (!j->has_due[i])
			continue;
		j->asked = true;
		j->due_ms[i] = instant_of_day_end(due);
		j->due_lsn[i] = 0;
		if (!j->l->scope)
			rc = query_lsn_at(&j->due_lsn[i], j->l, j->due_ms[i], j->e);
	}
	return rc;
}

static int note_late(struct judging *j, const struct sheet_key *k)
{
	if (j->count == j->cap) {
		size_t cap = j->cap ? j->cap * 2 : 256;
		struct late_sheet *grown = realloc(j->list, cap * sizeof(*grown));

		if (!grown)
			return err_set(j->e, ERR_NOMEM, "no memory for %zu sheets", cap);
		j->list = grown;
		j->cap = cap;
	}
	j->list[j->count++] = (struct late_sheet){ k->unit, k->period };
	return 0;
}

/* Was its signature received after the deadline? */
static int is_late(struct judging *j, const struct sheet_key *k, const struct sheet *s,
		   enum due_level level, bool *late)
{
	struct closed closed;
	uint64_t sign_lsn;
	int64_t received, device;
	bool in_time;
	int rc;

	*late = false;
	if (!sheet_counts(s) || s->in_time || s->sign_lsn <= j->due_lsn[level])
		return 0;
	rc = closed_get(j->l, k->unit, k->form, k->period, j->known, 0, &closed, j->e);
	if (!rc)
		rc = sign_judged(j->l, k->unit, k->form, k->period, s, closed.lsn, &sign_lsn,
				 &in_time, j->e);
	if (rc || in_time)
		return rc;
	arena_reset(j->work);
	rc = sign_receipt(j->l, sign_lsn, j->work, &received, &device, j->e);
	*late = !rc && received > j->due_ms[level];
	return rc;
}

/* Up to which entry this sheet is asked for; 0: it is not. */
static int known_of(struct judging *j, const struct sheet_key *k, uint64_t *known)
{
	struct closed closed;
	int rc;

	*known = j->known;
	if (j->q->basis != BASIS_CLOSED)
		return 0;
	rc = closed_get(j->l, k->unit, k->form, k->period, j->known, 0, &closed, j->e);
	*known = closed.lsn;
	return rc;
}

static int judge_sheet(struct judging *j, const struct sheet_key *k, struct rd *r)
{
	const struct unit *u = tree_get(j->l->tree, k->unit);
	enum due_level level;
	struct sheet sheet;
	uint64_t known;
	bool late;
	int rc;

	if (!u || !query_inside(j->l, j->q, k->unit, k->period.to, j->known))
		return 0;
	level = due_level_of(unit_kind_at(u, k->period.to, j->known));
	rc = j->has_due[level] ? known_of(j, k, &known) : 0;
	if (rc || !j->has_due[level] || !known)
		return rc;
	rc = sheet_decode(&sheet, rd_bytes(r, rd_left(r)), j->e);
	if (!rc && sheet.last_lsn > known)
		rc = query_sheet_at(j->l, k->unit, k->form, k->period, known, &sheet, j->e);
	if (rc)
		return rc == -ERR_NOTFOUND ? 0 : rc;
	rc = is_late(j, k, &sheet, level, &late);
	return rc || !late ? rc : note_late(j, k);
}

static int walk_sheets(struct judging *j)
{
	struct key from = key_day(j->q->period.from);
	struct span none = { NULL, 0 }, key, value;
	struct kv_cursor *c = NULL;
	int rc = kv_walk(&c, j->l->txn, T_SHEET, none, key_span(&from), false, j->e);

	while (!rc && (rc = kv_next(c, &key, &value, j->e)) == 1) {
		struct sheet_key k;
		struct rd r;

		rc = sheet_key_read(&k, key) ? 0
					     : err_set(j->e, ERR_CORRUPT, "a sheet's key is wrong");
		if (!rc && k.period.to > j->q->period.to)
			break;
		if (!rc && (k.form != j->form || k.period.from != j->period.from ||
			    k.period.to != j->period.to))
			rc = turn_to(j, &k);
		if (rc || !j->asked)
			continue;
		rc = row_open(&r, T_SHEET, value, j->e);
		if (!rc)
			rc = judge_sheet(j, &k, &r);
	}
	kv_walk_end(c);
	return rc;
}

static int late_cmp(const void *pa, const void *pb)
{
	const struct late_sheet *a = pa, *b = pb;

	if (a->unit != b->unit)
		return a->unit < b->unit ? -1 : 1;
	return (a->period.to > b->period.to) - (a->period.to < b->period.to);
}

/* Most provinces have set no deadlines for most forms: then no sheet need be read. */
static int any_deadline(struct ledger *l, bool *any, struct err *e)
{
	int rc = 0;

	*any = false;
	for (size_t i = 0; i < l->form_count && !rc && !*any; i++) {
		struct calendar calendar;

		rc = calendar_get(l, l->forms[i].no, &calendar, e);
		*any = !rc && calendar.count;
	}
	return rc;
}

static int gather(struct judging *j, const struct late_sheet **out, struct arena *a)
{
	struct late_sheet *kept;
	int rc = walk_sheets(j);

	if (!rc && j->count) {
		qsort(j->list, j->count, sizeof(*j->list), late_cmp);
		kept = arena_array(a, j->count, sizeof(*kept));
		if (!kept)
			return err_set(j->e, ERR_NOMEM, "no memory for %zu sheets", j->count);
		memcpy(kept, j->list, j->count * sizeof(*kept));
		*out = kept;
	}
	return rc;
}

int query_late_sheets(const struct late_sheet **out, size_t *count, struct ledger *l,
		      const struct query *q, struct arena *a, struct err *e)
{
	struct judging j = { .l = l,
			     .q = q,
			     .known = q->known_at == UINT64_MAX ? l->info.lsn : q->known_at,
			     .e = e };
	bool any = false;
	int rc = read_enter(l, e);

	*out = NULL;
	*count = 0;
	if (rc)
		return rc;
	rc = any_deadline(l, &any, e);
	if (!rc && any) {
		j.work = arena_new(SCRATCH_BUDGET);
		rc = j.work ? gather(&j, out, a)
			    : err_set(e, ERR_NOMEM, "no memory for late sheets");
		arena_free(j.work);
	}
	read_leave(l);
	*count = rc ? 0 : j.count;
	free(j.list);
	return rc;
}

void late_inside(uint64_t *sheets, uint64_t *units, struct ledger *l, const struct query *q,
		 uint32_t unit, const struct late_sheet *list, size_t count)
{
	uint64_t known = q->known_at == UINT64_MAX ? l->info.lsn : q->known_at;
	struct query of = *q;
	uint32_t last = 0;

	of.unit = unit;
	*sheets = *units = 0;
	for (size_t i = 0; i < count; i++) {
		if (!query_inside(l, &of, list[i].unit, list[i].period.to, known))
			continue;
		++*sheets;
		*units += list[i].unit != last;
		last = list[i].unit;
	}
}

int fill_late(struct totals *out, struct ledger *l, struct arena *a, struct err *e)
{
	struct query q = out->asked;
	const struct late_sheet *list;
	size_t count;
	int rc;

	if (!q.late)
		return 0;
	q.known_at = out->known_lsn;
	rc = query_late_sheets(&list, &count, l, &q, a, e);
	if (!rc)
		late_inside(&out->sheets.late, &out->reporting.late, l, &q, q.unit, list, count);
	return rc;
}
