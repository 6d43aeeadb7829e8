#include "ledger/requests.h"

#include "internal.h"

struct asking {
	struct ledger *l;
	uint32_t top;
	struct arena *a, *work;
	struct err *e;
};

/* Does the unit report the days that the flash is of, or those since its plan began? *p is of those then. */
static int reports(struct asking *k, const struct unit *u, struct period *p, bool *yes)
{
	struct plan_row plan;
	int rc;

	*yes = false;
	arena_reset(k->work);
	rc = plan_get(k->l, u->unit, &plan, k->work, k->e);
	if (!rc)
		p->from = plan_flash_from(&plan, *p);
	for (size_t i = 0; i < plan.count && !rc && !*yes; i++) {
		const struct form *f = ledger_form_newest(k->l, plan.intervals[i].form, k->e);

		*yes = f && f->period != FORM_DAY && period_inside(*p, plan.intervals[i].period);
	}
	return rc;
}

static int judge(struct asking *k, struct request_line *r, const struct unit *u, struct period p,
		 uint32_t *missing)
{
	int64_t received, device;
	struct sheet s;
	int rc = sheet_get(k->l, u->unit, r->form, p, &s, k->e);

	/* what was let count came before the act that cut the month */
	if ((rc == -ERR_NOTFOUND || (!rc && !sheet_counts(&s))) && p.from != r->period.from)
		rc = sheet_get(k->l, u->unit, r->form, r->period, &s, k->e);
	if (rc && rc != -ERR_NOTFOUND)
		return rc;
	if (rc || !sheet_counts(&s)) {
		missing[r->expected - r->answered] = u->unit;
		r->expected++;
		return 0;
	}
	r->expected++;
	r->answered++;
	arena_reset(k->work);
	rc = sign_receipt(k->l, s.sign_lsn, k->work, &received, &device, k->e);
	r->in_time += !rc && (received <= r->due_ms || s.in_time);
	return rc;
}

static int count_units(struct asking *k, struct request_line *r)
{
	const struct tree *t = k->l->tree;
	uint32_t *missing = arena_array(k->a, tree_count(t) + 1, sizeof(*missing));
	day_t day = r->period.to;
	int rc = 0;

	if (!missing)
		return err_set(k->e, ERR_NOMEM, "no memory for requests");
	r->missing = missing;
	for (size_t i = 0; i < tree_count(t) && !rc; i++) {
		const struct unit *u = tree_at(t, i);
		struct period p = r->period;
		bool yes;

		if (!unit_alive(u, day) || !tree_inside(t, u->unit, r->unit, day, UINT64_MAX) ||
		    !tree_inside(t, u->unit, k->top, day, UINT64_MAX))
			continue;
		rc = reports(k, u, &p, &yes);
		if (!rc && yes)
			rc = judge(k, r, u, p, missing);
	}
	return rc;
}

static int fill(struct asking *k, struct request_line *r, uint64_t lsn)
{
	struct request_row row;
	struct calendar calendar;
	struct span bytes;
	struct entry en;
	int rc = request_get(k->l, lsn, &row, k->e);

	if (!rc)
		rc = calendar_get(k->l, row.form, &calendar, k->e);
	if (!rc)
		rc = log_get(k->l, lsn, &bytes, k->e);
	arena_reset(k->work);
	if (!rc)
		rc = entry_decode(&en, bytes, k->work, k->e);
	if (rc)
		return rc;
	*r = (struct request_line){ .lsn = lsn,
				    .time_ms = en.time_ms,
				    .unit = row.unit,
				    .form = row.form,
				    .period = { calendar_month(&calendar, row.day).from, row.day },
				    .due_ms = row.due_ms };
	return count_units(k, r);
}

static int gather(struct asking *k, struct request_line **list, size_t *count)
{
	struct span none = { NULL, 0 }, key, value;
	struct kv_cursor *c = NULL;
	size_t cap = 0;
	int rc = kv_walk(&c, k->l->txn, T_REQUEST, none, none, true, k->e);

	while (!rc && (rc = kv_next(c, &key, &value, k->e)) == 1) {
		if (*count == cap) {
			struct request_line *grown;

			cap = cap ? cap * 2 : 32;
			grown = arena_array(k->a, cap, sizeof(*grown));
			if (!grown) {
				rc = err_set(k->e, ERR_NOMEM, "no memory for requests");
				break;
			}
			if (*count)
				memcpy(grown, *list, *count * sizeof(*grown));
			*list = grown;
		}
		rc = fill(k, &(*list)[*count], key_read_u64(key, 0));
		*count += !rc && (*list)[*count].expected;
	}
	kv_walk_end(c);
	return rc;
}

int query_requests(const struct request_line **out, size_t *count, struct ledger *l, uint32_t unit,
		   struct arena *a, struct err *e)
{
	struct asking k = { .l = l, .top = unit, .a = a, .e = e };
	struct request_line *list = NULL;
	size_t found = 0;
	int rc;

	*out = NULL;
	*count = 0;
	if (!tree_get(l->tree, unit))
		return err_set(e, ERR_NOTFOUND, "there is no unit number %u", unit);
	k.work = arena_new(SCRATCH_BUDGET);
	rc = k.work ? read_enter(l, e) : err_set(e, ERR_NOMEM, "no memory for requests");
	if (!rc) {
		rc = gather(&k, &list, &found);
		read_leave(l);
	}
	arena_free(k.work);
	*out = list;
	*count = rc ? 0 : found;
	return rc;
}
