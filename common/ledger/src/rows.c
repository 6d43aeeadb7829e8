/* Rows as structs, where several files read the same kind. */
#include "internal.h"

int unit_head_get(struct ledger *l, uint32_t unit, uint64_t *lsn, struct err *e)
{
	struct rd r;
	int rc = row_get(l, T_UNIT_HEAD, key_u32(unit), &r, e);

	*lsn = 0;
	if (rc == -ERR_NOTFOUND)
		return 0;
	if (rc)
		return rc;
	*lsn = rd_varint(&r);
	return row_done(&r, T_UNIT_HEAD, e);
}

static int read_intervals(struct plan_row *out, uint64_t count, struct rd *r, struct arena *a,
			  struct err *e)
{
	if (count > PLAN_INTERVALS_MAX)
		return err_set(e, ERR_CORRUPT, "a plan of %llu intervals",
			       (unsigned long long)count);
	out->intervals = arena_array(a, (size_t)count, sizeof(*out->intervals));
	if (count && !out->intervals)
		return err_set(e, ERR_NOMEM, "no memory for a plan");
	for (uint64_t i = 0; i < count; i++) {
		struct plan_interval *v = &out->intervals[out->count++];

		v->form = rd_u8(r);
		v->period.from = (day_t)rd_zigzag(r);
		v->period.to = (day_t)rd_zigzag(r);
		v->step = rd_u8(r);
		v->lsn = rd_varint(r);
	}
	return 0;
}

static void write_intervals(struct buf *b, const struct plan_row *p)
{
	for (size_t i = 0; i < p->count; i++) {
		const struct plan_interval *v = &p->intervals[i];

		buf_u8(b, v->form);
		buf_zigzag(b, v->period.from);
		buf_zigzag(b, v->period.to);
		buf_u8(b, (uint8_t)v->step);
		buf_varint(b, v->lsn);
	}
}

int plan_read(struct rd *row, struct plan_row *out, struct arena *a, struct err *e)
{
	uint64_t count = rd_varint(row);
	int rc;

	*out = (struct plan_row){ .changed_lsn = rd_varint(row) };
	rc = read_intervals(out, count, row, a, e);
	if (!rc && rd_left(row)) {
		out->past = arena_copy(a, rd_bytes(row, rd_left(row)));
		if (!out->past.data)
			rc = err_set(e, ERR_NOMEM, "no memory for a plan");
	}
	return rc ? rc : row_done(row, T_PLAN, e);
}

int plan_get(struct ledger *l, uint32_t unit, struct plan_row *out, struct arena *a, struct err *e)
{
	struct rd r;
	int rc = row_get(l, T_PLAN, key_u32(unit), &r, e);

	*out = (struct plan_row){ .count = 0 };
	if (rc)
		return rc == -ERR_NOTFOUND ? 0 : rc;
	return plan_read(&r, out, a, e);
}

bool plan_same(const struct plan_row *p, const struct plan_interval *intervals, size_t count)
{
	bool same = p->count == count;

	for (size_t i = 0; i < count && same; i++)
		same = p->intervals[i].form == intervals[i].form &&
		       p->intervals[i].step == intervals[i].step &&
		       p->intervals[i].period.from == intervals[i].period.from &&
		       p->intervals[i].period.to == intervals[i].period.to;
	return same;
}

int plan_put(struct ledger *l, uint32_t unit, const struct plan_row *p, struct err *e)
{
	struct buf *b = row_begin(l);

	buf_varint(b, p->count);
	buf_varint(b, p->changed_lsn);
	write_intervals(b, p);
	buf_bytes(b, p->past);
	return row_put(l, T_PLAN, key_u32(unit), e);
}

int plan_keep(struct ledger *l, uint32_t unit, uint64_t lsn, struct err *e)
{
	struct arena *a = arena_new(SCRATCH_BUDGET);
	struct plan_row p;
	struct buf *b;
	int rc = a ? plan_get(l, unit, &p, a, e) : err_set(e, ERR_NOMEM, "no memory for a plan");

	if (!rc) {
		b = row_begin(l);
		buf_varint(b, p.count);
		buf_varint(b, p.changed_lsn);
		write_intervals(b, &p);
		buf_bytes(b, p.past);
		buf_varint(b, lsn);
		buf_varint(b, p.count);
		write_intervals(b, &p);
		rc = row_put(l, T_PLAN, key_u32(unit), e);
	}
	arena_free(a);
	return rc;
}

int plan_kept(struct plan_row *out, uint64_t *lsn, const struct plan_row *p, uint64_t known,
	      struct arena *a, struct err *e)
{
	struct rd r = rd_of(p->past);
	int rc = 0;

	*out = (struct plan_row){ .count = 0 };
	*lsn = 0;
	while (rd_left(&r) && !rc) {
		struct plan_row one = { .changed_lsn = rd_varint(&r) };

		rc = read_intervals(&one, rd_varint(&r), &r, a, e);
		if (rc || one.changed_lsn > known)
			break;
		*out = one;
		*lsn = one.changed_lsn;
	}
	return rc ? rc : r.failed ? err_set(e, ERR_CORRUPT, "a plan's past cannot be read") : 0;
}

bool plan_is_period(const struct calendar *c, const struct plan_interval *v, struct period p)
{
	struct period right;

	if (v->step == PLAN_NONE || p.from > p.to || p.from < DAY_MIN || p.to > DAY_MAX ||
	    !period_inside(p, v->period))
		return false;
	right = calendar_planned(c, v->step, p.from, v->period);
	return right.from == p.from && right.to == p.to;
}

day_t plan_flash_from(const struct plan_row *plan, struct period p)
{
	day_t from = 0;

	for (size_t i = 0; i < plan->count; i++) {
		struct period have = plan->intervals[i].period;

		if (have.from > p.to || have.to < p.to)
			continue;
		if (have.from <= p.from)
			return p.from;
		from = !from || have.from < from ? have.from : from;
	}
	return from ? from : p.from;
}

/* ---- units ---- */

static void write_changes(struct buf *b, const struct unit *u)
{
	buf_varint(b, u->name_count - 1);
	for (size_t i = 1; i < u->name_count; i++) {
		buf_zigzag(b, u->names[i].from);
		buf_varint(b, u->names[i].lsn);
		buf_lenspan(b, span_str(u->names[i].text));
	}
	buf_varint(b, u->edge_count - 1);
	for (size_t i = 1; i < u->edge_count; i++) {
		buf_zigzag(b, u->edges[i].from);
		buf_varint(b, u->edges[i].lsn);
		buf_varint(b, u->edges[i].parent);
		buf_varint(b, u->edges[i].order);
	}
	buf_varint(b, u->kind_count - 1);
	for (size_t i = 1; i < u->kind_count; i++) {
		buf_zigzag(b, u->kinds[i].from);
		buf_varint(b, u->kinds[i].lsn);
		buf_u8(b, (uint8_t)u->kinds[i].kind);
	}
	buf_varint(b, u->life_count);
	for (size_t i = 0; i < u->life_count; i++) {
		buf_zigzag(b, u->lives[i].from);
		buf_varint(b, u->lives[i].lsn);
		buf_u8(b, u->lives[i].open);
	}
	buf_varint(b, u->link_count);
	for (size_t i = 0; i < u->link_count; i++) {
		buf_zigzag(b, u->links[i].from);
		buf_varint(b, u->links[i].lsn);
		buf_varint(b, u->links[i].into);
		buf_varint(b, u->links[i].share);
		buf_u8(b, u->links[i].merged);
	}
}

static bool changed_by_acts(const struct unit *u)
{
	return u->name_count > 1 || u->edge_count > 1 || u->kind_count > 1 || u->life_count ||
	       u->link_count;
}

static uint64_t read_made(struct rd *r, struct op_unit *u)
{
	uint64_t lsn = rd_varint(r);

	u->parent = (uint32_t)rd_varint(r);
	u->kind = rd_u8(r);
	u->order = (uint32_t)rd_varint(r);
	u->opened = (day_t)rd_zigzag(r);
	u->closed = (day_t)rd_zigzag(r);
	u->reports = rd_u8(r);
	u->code = rd_lenspan(r);
	u->name = rd_lenspan(r);
	u->act = rd_lenspan(r);
	u->contact = rd_lenspan(r);
	u->phone = rd_lenspan(r);
	u->tags = rd_lenspan(r);
	return lsn;
}

int unit_put(struct ledger *l, uint64_t lsn, const struct op_unit *made, const struct unit *u,
	     struct err *e)
{
	struct op_unit stands = { .unit = 0 };
	struct rd r;
	struct buf *b;
	int rc = 0;

	if (!made) { /* lent from the store or the batch, never from l->row */
		assert(u);
		stands.unit = u->unit;
		rc = row_get(l, T_UNIT, key_u32(stands.unit), &r, e);
		if (rc)
			return rc;
		lsn = read_made(&r, &stands);
		made = &stands;
	}
	b = row_begin(l);
	buf_varint(b, lsn);
	buf_varint(b, made->parent);
	buf_u8(b, (uint8_t)made->kind);
	buf_varint(b, made->order);
	buf_zigzag(b, made->opened);
	buf_zigzag(b, made->closed);
	buf_u8(b, made->reports);
	buf_lenspan(b, made->code);
	buf_lenspan(b, made->name);
	buf_lenspan(b, made->act);
	buf_lenspan(b, made->contact);
	buf_lenspan(b, made->phone);
	buf_lenspan(b, made->tags);
	if (u && changed_by_acts(u))
		write_changes(b, u);
	return row_put(l, T_UNIT, key_u32(made->unit), e);
}

/* A count of rows of at least `least` bytes each: no more than what is left can hold. */
static size_t rows_left(struct rd *r, size_t least)
{
	uint64_t count = rd_varint(r);

	if (count <= rd_left(r) / least)
		return (size_t)count;
	r->failed = true;
	return 0;
}

#define ROOM(field, n) ((out->field = arena_array(a, (n) + 1, sizeof(*out->field))) != NULL)

static bool read_changes(struct rd *r, struct unit *out, struct arena *a)
{
	size_t n = rows_left(r, 3);

	if (!ROOM(names, n))
		return false;
	for (; out->name_count < n; out->name_count++) {
		struct tree_name *v = &out->names[out->name_count];

		v->from = (day_t)rd_zigzag(r);
		v->lsn = rd_varint(r);
		v->text = arena_str(a, rd_lenspan(r));
		if (!v->text)
			return false;
	}
	n = rows_left(r, 4);
	if (!ROOM(edges, n))
		return false;
	for (; out->edge_count < n; out->edge_count++) {
		struct tree_edge *v = &out->edges[out->edge_count];

		v->from = (day_t)rd_zigzag(r);
		v->lsn = rd_varint(r);
		v->parent = (uint32_t)rd_varint(r);
		v->order = (uint32_t)rd_varint(r);
	}
	n = rows_left(r, 3);
	if (!ROOM(kinds, n))
		return false;
	for (; out->kind_count < n; out->kind_count++) {
		struct tree_kind *v = &out->kinds[out->kind_count];

		v->from = (day_t)rd_zigzag(r);
		v->lsn = rd_varint(r);
		v->kind = rd_u8(r);
	}
	n = rows_left(r, 3);
	if (!ROOM(lives, n))
		return false;
	for (; out->life_count < n; out->life_count++) {
		struct tree_life *v = &out->lives[out->life_count];

		v->from = (day_t)rd_zigzag(r);
		v->lsn = rd_varint(r);
		v->open = rd_u8(r);
	}
	n = rows_left(r, 5);
	if (!ROOM(links, n))
		return false;
	for (; out->link_count < n; out->link_count++) {
		struct tree_link *v = &out->links[out->link_count];

		v->from = (day_t)rd_zigzag(r);
		v->lsn = rd_varint(r);
		v->into = (uint32_t)rd_varint(r);
		v->share = (uint32_t)rd_varint(r);
		v->merged = rd_u8(r);
	}
	return true;
}

int unit_read(struct rd *r, uint64_t *lsn, struct op_unit *made, struct unit *out, struct arena *a,
	      struct err *e)
{
	memset(out, 0, sizeof(*out));
	*lsn = read_made(r, made);
	if (rd_left(r) && !r->failed && !read_changes(r, out, a))
		return err_set(e, ERR_NOMEM, "no memory for the tree");
	return row_done(r, T_UNIT, e);
}

/* ---- targets ---- */

int target_read(struct rd *r, struct target_row *out, struct err *e)
{
	memset(out, 0, sizeof(*out));
	out->superseded_lsn = rd_varint(r);
	if (rd_left(r)) {
		out->act_lsn = rd_varint(r);
		out->value = rd_zigzag(r);
	}
	return row_done(r, T_TARGET, e);
}

int target_get(struct ledger *l, uint32_t unit, uint64_t lsn, struct target_row *out, struct err *e)
{
	struct rd r;
	int rc = row_get(l, T_TARGET, key_target(unit, lsn), &r, e);

	memset(out, 0, sizeof(*out));
	return rc ? rc : target_read(&r, out, e);
}

int target_put(struct ledger *l, uint32_t unit, uint64_t lsn, const struct target_row *t,
	       struct err *e)
{
	struct buf *b = row_begin(l);

	buf_varint(b, t->superseded_lsn);
	if (t->act_lsn) {
		buf_varint(b, t->act_lsn);
		buf_zigzag(b, t->value);
	}
	return row_put(l, T_TARGET, key_target(unit, lsn), e);
}

const struct plan_interval *plan_find(const struct plan_row *p, uint8_t form, struct period of)
{
	for (size_t i = 0; i < p->count; i++)
		if (p->intervals[i].form == form && period_inside(of, p->intervals[i].period))
			return &p->intervals[i];
	return NULL;
}

int sheet_get(struct ledger *l, uint32_t unit, uint8_t form, struct period p, struct sheet *out,
	      struct err *e)
{
	struct rd r;
	int rc = row_get(l, T_SHEET, key_sheet(p, form, unit), &r, e);

	if (rc) {
		sheet_clear(out);
		return rc;
	}
	return sheet_decode(out, rd_bytes(&r, rd_left(&r)), e);
}

int sheet_put(struct ledger *l, uint32_t unit, uint8_t form, struct period p, const struct sheet *s,
	      struct err *e)
{
	sheet_encode(row_begin(l), s);
	return row_put(l, T_SHEET, key_sheet(p, form, unit), e);
}

int request_get(struct ledger *l, uint64_t lsn, struct request_row *out, struct err *e)
{
	struct rd r;
	int rc = row_get(l, T_REQUEST, key_u64(lsn), &r, e);

	memset(out, 0, sizeof(*out));
	if (rc)
		return rc;
	out->lsn = lsn;
	out->unit = (uint32_t)rd_varint(&r);
	out->form = rd_u8(&r);
	out->day = (day_t)rd_zigzag(&r);
	out->due_ms = rd_zigzag(&r);
	return row_done(&r, T_REQUEST, e);
}

int members_get(struct ledger *l, uint32_t unit, day_t day, int64_t *members, uint64_t *lsn,
		struct err *e)
{
	struct rd r;
	int rc = row_get(l, T_MEMBERS, key_members(unit, day), &r, e);

	if (rc)
		return rc;
	*members = rd_zigzag(&r);
	*lsn = rd_varint(&r);
	return row_done(&r, T_MEMBERS, e);
}

int calendar_get(struct ledger *l, uint8_t form, struct calendar *out, struct err *e)
{
	struct rd r;
	uint64_t count;
	int rc = row_get(l, T_CALENDAR, key_u8(form), &r, e);

	memset(out, 0, sizeof(*out)); /* no row: calendar months */
	if (rc == -ERR_NOTFOUND)
		return 0;
	if (rc)
		return rc;
	count = rd_varint(&r);
	for (uint64_t i = 0; i < count && i < ARRAY_LEN(out->rows); i++) {
		out->rows[i].from = (day_t)rd_zigzag(&r);
		out->rows[i].first_day = rd_u8(&r);
		for (int level = 0; level < DUE_LEVELS; level++)
			out->rows[i].due_days[level] = rd_u8(&r);
		out->rows[i].working_days = rd_u8(&r);
		out->count++;
	}
	return row_done(&r, T_CALENDAR, e);
}

static void rd_fixed(struct rd *r, void *out, size_t len)
{
	struct span s = rd_bytes(r, len);

	if (s.data)
		memcpy(out, s.data, len);
}

int ledger_device(struct ledger *l, uint64_t device, struct device_row *out, struct err *e)
{
	struct rd r;
	int rc = read_enter(l, e);

	memset(out, 0, sizeof(*out));
	if (rc)
		return rc;
	rc = row_get(l, T_DEVICE, key_u64(device), &r, e);
	if (!rc) {
		out->device = device;
		out->unit = (uint32_t)rd_varint(&r);
		out->person = (uint32_t)rd_varint(&r);
		out->epoch = (uint32_t)rd_varint(&r);
		rd_fixed(&r, out->spki_hash, sizeof(out->spki_hash));
		rd_fixed(&r, out->seal_key, sizeof(out->seal_key));
		rd_fixed(&r, out->nonce, sizeof(out->nonce));
		out->enrolled_lsn = rd_varint(&r);
		out->revoked_lsn = rd_varint(&r);
		out->suspended_lsn = rd_varint(&r);
		rc = row_done(&r, T_DEVICE, e);
	}
	read_leave(l);
	return rc;
}

int ledger_chain(struct ledger *l, uint64_t device, struct chain_row *out, struct err *e)
{
	struct rd r;
	int rc = read_enter(l, e);

	memset(out, 0, sizeof(*out));
	if (rc)
		return rc;
	rc = row_get(l, T_CHAIN, key_u64(device), &r, e);
	if (!rc) {
		out->epoch = (uint32_t)rd_varint(&r);
		out->seq = rd_varint(&r);
		rd_fixed(&r, out->hash.b, HASH_BYTES);
		out->lsn = rd_varint(&r);
		rc = row_done(&r, T_CHAIN, e);
	}
	read_leave(l);
	return rc;
}

int ledger_person(struct ledger *l, uint32_t person, struct person_row *out, struct err *e)
{
	struct rd r;
	int rc = read_enter(l, e);

	memset(out, 0, sizeof(*out));
	if (rc)
		return rc;
	rc = row_get(l, T_PERSON, key_u32(person), &r, e);
	if (!rc) {
		out->person = person;
		out->unit = (uint32_t)rd_varint(&r);
		out->role = rd_u8(&r);
		out->from = (day_t)rd_zigzag(&r);
		out->to = (day_t)rd_zigzag(&r);
		out->lsn = rd_varint(&r);
		rc = row_done(&r, T_PERSON, e);
	}
	read_leave(l);
	return rc;
}

int ledger_code_made(struct ledger *l, const uint8_t code_hash[32], bool *made, struct err *e)
{
	struct key k = { .len = HASH_BYTES };
	struct rd r;
	int rc = read_enter(l, e);

	*made = false;
	if (rc)
		return rc;
	memcpy(k.b, code_hash, HASH_BYTES);
	rc = row_get(l, T_ENROL_CODE, k, &r, e);
	read_leave(l);
	*made = !rc;
	if (rc == -ERR_NOTFOUND)
		err_clear(e);
	return rc == -ERR_NOTFOUND ? 0 : rc;
}

int ledger_setting(struct ledger *l, struct span key, struct buf *out, struct err *e)
{
	return ledger_setting_of(l, 0, key, out, e);
}

int ledger_setting_of(struct ledger *l, uint32_t unit, struct span key, struct buf *out,
		      struct err *e)
{
	struct rd r;
	int rc = read_enter(l, e);

	if (rc)
		return rc;
	rc = row_get(l, T_SETTING, key_setting(unit, key), &r, e);
	if (!rc) {
		(void)rd_varint(&r);
		buf_bytes(out, rd_lenspan(&r));
		rc = row_done(&r, T_SETTING, e);
	}
	read_leave(l);
	return rc;
}
