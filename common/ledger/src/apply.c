/* State from entries. Takes the verdict from the entry; the same everywhere, whatever the clock. */
#include "internal.h"

static struct op_id id_of(const struct entry *en, const struct envelope *env)
{
	return (struct op_id){ .device = en->device, .epoch = env->epoch, .seq = env->seq };
}

/* ---- sheets ---- */

struct refused_seen {
	struct ledger *l;
	struct op_id id;
	uint64_t at;                  /* the entry that is folded */
	uint32_t unit;                /* whose sheet */
	const struct op_sheet *wrote; /* NULL: not found, or it counts: nothing to replace */
	struct arena *keep;
	bool found;
};

/* Did the op count in this sheet when entry `at` was folded? A late one does from the decision on. */
static int counted(const struct refused_seen *s, const struct entry *en, bool *yes, struct err *e)
{
	struct late_row late;
	int rc;

	*yes = en->verdict == VERDICT_ACCEPTED;
	if (en->verdict != VERDICT_LATE)
		return 0;
	rc = late_get(s->l, en->lsn, &late, e);
	if (!rc)
		*yes = late.counts && late.decided_lsn < s->at && late.counts_for == s->unit;
	return rc == -ERR_NOTFOUND ? 0 : rc;
}

static int refused_each(void *ctx, const struct entry *en, const struct envelope *env,
			const struct op *op, struct err *e)
{
	struct refused_seen *s = ctx;
	struct op_sheet *kept;
	struct span body;
	struct op copy;
	int readable, rc;
	bool counts;

	if (op_id_cmp(id_of(en, env), s->id))
		return 0;
	s->found = true;
	rc = counted(s, en, &counts, e);
	if (rc || counts || !op || op->kind != OP_SHEET)
		return rc ? rc : 1;
	body = arena_copy(s->keep, en->body);
	kept = arena_alloc(s->keep, sizeof(*kept));
	if (!body.data || !kept)
		return err_set(e, ERR_NOMEM, "no memory for a refused op's figures");
	readable = body_open(&copy, body, s->keep, e);
	if (readable < 0)
		return readable;
	if (readable) {
		*kept = copy.sheet;
		s->wrote = kept;
	}
	return 1;
}

/* Which bit of `seen` stands for `id`; added at the end when it is new. 64 bits are enough, else the
 * sheet is full. */
static bool seen_bit(struct op_id *seen, size_t *count, struct op_id id, uint64_t *bit)
{
	size_t i = 0;

	while (i < *count && op_id_cmp(seen[i], id))
		i++;
	if (i == SHEET_OPS_MAX)
		return false;
	if (i == *count)
		seen[(*count)++] = id;
	*bit = UINT64_C(1) << i;
	return true;
}

static uint64_t over_of(const struct op_sheet *w, uint16_t measure)
{
	for (size_t i = 0; i < w->figure_count; i++)
		if (w->figures[i].measure == measure)
			return w->figures[i].over;
	return 0;
}

struct rename_work {
	struct op_id *seen; /* SHEET_OPS_MAX of them */
	size_t seen_count;
	struct op_figure *figures;
	size_t figure_count;
	uint64_t looked;                 /* which of `seen` were looked for */
	const struct op_sheet **refused; /* what those wrote that were refused, else NULL */
	bool changed;
};

static bool bit_used(const struct rename_work *w, size_t i)
{
	for (size_t f = 0; f < w->figure_count; f++)
		if (w->figures[f].over >> i & 1)
			return true;
	return false;
}

/* Naming a version of a refused op counts as naming what that op named: add those to bit `i`. */
static bool spread_bit(struct rename_work *w, size_t i, const struct op_sheet *refused)
{
	for (size_t f = 0; f < w->figure_count; f++) {
		uint64_t over = over_of(refused, w->figures[f].measure);

		if (!(w->figures[f].over >> i & 1))
			continue;
		for (size_t b = 0; b < refused->seen_count; b++) {
			uint64_t bit;

			if (!(over >> b & 1))
				continue;
			if (!seen_bit(w->seen, &w->seen_count, refused->seen[b], &bit))
				return false;
			w->changed |= !(w->figures[f].over & bit);
			w->figures[f].over |= bit;
		}
	}
	return true;
}

static bool has_op(const struct sheet *s, struct op_id id)
{
	for (size_t i = 0; i < s->op_count; i++)
		if (!op_id_cmp(s->ops[i].id, id))
			return true;
	return false;
}

static int rename_refused(struct ledger *l, const struct sheet *s, struct op_sheet *w,
			  uint32_t unit, uint64_t head, uint64_t at, struct arena *a, bool *full,
			  struct err *e)
{
	struct rename_work work = { .seen_count = w->seen_count, .figure_count = w->figure_count };
	struct arena *walk = arena_new(SCRATCH_BUDGET);
	int rc;

	*full = false;
	work.seen = arena_array(a, SHEET_OPS_MAX, sizeof(*work.seen));
	work.figures = arena_array(a, w->figure_count + 1, sizeof(*work.figures));
	work.refused = arena_array(a, SHEET_OPS_MAX, sizeof(*work.refused));
	rc = !walk || !work.seen || !work.figures || !work.refused
		     ? err_set(e, ERR_NOMEM, "no memory for a sheet")
		     : 0;
	if (!rc && w->seen_count)
		memcpy(work.seen, w->seen, w->seen_count * sizeof(*work.seen));
	if (!rc && w->figure_count)
		memcpy(work.figures, w->figures, w->figure_count * sizeof(*work.figures));
	/* Refused ops name refused ones in turn, and those may stand before or after them in `seen`. */
	do {
		work.changed = false;
		for (size_t i = 0; !rc && i < work.seen_count && !*full; i++) {
			struct refused_seen r = {
				.l = l, .id = work.seen[i], .at = at, .unit = unit, .keep = a
			};

			if (!bit_used(&work, i) || has_op(s, work.seen[i]))
				continue;
			if (!(work.looked >> i & 1)) {
				rc = walk_unit(l, head, walk, refused_each, &r, e);
				work.refused[i] = r.wrote;
				work.looked |= UINT64_C(1) << i;
			}
			if (!rc && work.refused[i])
				*full = !spread_bit(&work, i, work.refused[i]);
		}
	} while (work.changed && !rc && !*full);
	arena_free(walk);
	w->seen = work.seen;
	w->seen_count = work.seen_count;
	w->figures = work.figures;
	return rc;
}

static bool names_others(const struct sheet *s, const struct op_sheet *w)
{
	for (size_t i = 0; i < w->seen_count; i++)
		if (!has_op(s, w->seen[i]))
			return true;
	return false;
}

int fold_sheet(struct ledger *l, struct sheet *s, const struct entry *en, const struct op_id *id,
	       const struct op *op, enum op_code *code, struct err *e)
{
	struct op_sheet w = op->sheet;
	struct sheet_op by = { .id = *id, .lsn = en->lsn, .unit_of_author = en->author_unit };
	struct arena *a;
	bool full = false;
	uint64_t head;
	int rc = unit_head_get(l, op->unit, &head, e);

	if (rc)
		return rc;
	by.on_behalf = op->on_behalf.len > 0;
	if (!names_others(s, &w)) { /* nearly always: there is nothing to look up */
		*code = sheet_write(s, &w, &by, op->unit);
		return 0;
	}
	a = arena_new(SCRATCH_BUDGET);
	rc = a ? rename_refused(l, s, &w, op->unit, head, en->lsn, a, &full, e)
	       : err_set(e, ERR_NOMEM, "no memory for a sheet");
	if (!rc)
		*code = full ? CODE_SHEET_FULL : sheet_write(s, &w, &by, op->unit);
	arena_free(a);
	return rc;
}

/* When the period before changes, the next one's "continuity" may hold or break. */
static int judge_next(struct ledger *l, uint32_t unit, uint8_t form, struct period p, struct err *e)
{
	const struct form *f = ledger_form_newest(l, form, e);

	return f && f->period == FORM_MONTH ? sheet_judge_again(l, unit, form, p.to + 1, e) : 0;
}

int put_sheet_op(struct ledger *l, const struct entry *en, struct op_id id, const struct op *op,
		 struct err *e)
{
	uint8_t form = (uint8_t)op->sheet.form;
	struct period p = op->sheet.period;
	struct sheet was, is;
	enum op_code code;
	int rc = sheet_get(l, op->unit, form, p, &was, e);

	if (rc && rc != -ERR_NOTFOUND)
		return rc;
	sheet_copy(&is, &was);
	rc = fold_sheet(l, &is, en, &id, op, &code, e);
	if (rc)
		return rc;
	if (code != CODE_OK) {
		rc = err_set(e, ERR_CORRUPT, "entry %llu was accepted, but its figures do not fit",
			     (unsigned long long)en->lsn);
		return unless_holes(l, op->unit, rc, e);
	}
	rc = sheet_judge(l, op->unit, form, p, &is, &is.broken, e);
	if (!rc)
		rc = agg_move(l, op->unit, form, p, &was, &is, e);
	if (!rc)
		rc = sheet_put(l, op->unit, form, p, &is, e);
	return rc ? rc : judge_next(l, op->unit, form, p, e);
}

static int apply_sheet(struct ledger *l, const struct entry *en, const struct envelope *env,
		       const struct op *op, struct err *e)
{
	return put_sheet_op(l, en, id_of(en, env), op, e);
}

void fold_mark(struct sheet *s, const struct op *op, uint64_t lsn)
{
	switch (op->kind) {
	case OP_RECALL:
		sheet_recall(s, lsn);
		break;
	case OP_RETURN:
		sheet_return(s, lsn);
		break;
	default:
		sheet_accept(s, lsn, op->mark.in_time);
		break;
	}
}

static int apply_mark(struct ledger *l, const struct entry *en, const struct envelope *env,
		      const struct op *op, struct err *e)
{
	uint8_t form = (uint8_t)op->mark.form;
	struct sheet was, is;
	int rc = sheet_get(l, op->unit, form, op->mark.period, &was, e);

	(void)env;
	if (rc && rc != -ERR_NOTFOUND)
		return rc;
	if (rc || !sheet_counts(&was)) {
		rc = err_set(e, ERR_CORRUPT, "entry %llu was accepted, but nobody had signed",
			     (unsigned long long)en->lsn);
		return unless_holes(l, op->unit, rc, e);
	}
	sheet_copy(&is, &was);
	fold_mark(&is, op, en->lsn);
	rc = agg_move(l, op->unit, form, op->mark.period, &was, &is, e);
	return rc ? rc : sheet_put(l, op->unit, form, op->mark.period, &is, e);
}

/* ---- targets, bases, claims, requests, settings ---- */

static int apply_members(struct ledger *l, const struct entry *en, const struct envelope *env,
			 const struct op *op, struct err *e)
{
	struct buf *b = row_begin(l);

	(void)env;
	buf_zigzag(b, op->members.members);
	buf_varint(b, en->lsn);
	return row_put(l, T_MEMBERS, key_members(op->unit, op->members.day), e);
}

struct superseding {
	struct ledger *l;
	const struct op *by;
	uint64_t lsn;
};

/* The versions an amendment names: same unit, measure and group, that doc_no, each in force until now. A
 * document may have given several, one for each year. */
static int supersede_each(void *ctx, const struct entry *en, const struct envelope *env,
			  const struct op *op, struct err *e)
{
	struct superseding *s = ctx;
	const struct op_target *t = &s->by->target;
	struct target_row row;
	int rc;

	(void)env;
	if (!op || op->kind != OP_TARGET || en->verdict != VERDICT_ACCEPTED || en->lsn >= s->lsn)
		return 0;
	if (!span_eq(op->target.doc_no, t->supersedes) ||
	    !span_eq(op->target.measure, t->measure) || !span_eq(op->target.group, t->group) ||
	    !period_inside(op->target.period, t->period))
		return 0;
	rc = target_get(s->l, op->unit, en->lsn, &row, e);
	if (rc || row.superseded_lsn)
		return rc;
	row.superseded_lsn = s->lsn;
	return target_put(s->l, op->unit, en->lsn, &row, e);
}

static int apply_target(struct ledger *l, const struct entry *en, const struct envelope *env,
			const struct op *op, struct err *e)
{
	struct superseding s = { .l = l, .by = op, .lsn = en->lsn };
	struct target_row row = { .superseded_lsn = 0 };
	struct arena *a;
	int rc = target_put(l, op->unit, en->lsn, &row, e);

	(void)env;
	if (rc || !op->target.supersedes.len)
		return rc;
	a = arena_new(SCRATCH_BUDGET);
	rc = a ? walk_unit(l, en->lsn, a, supersede_each, &s, e)
	       : err_set(e, ERR_NOMEM, "no memory for a target");
	arena_free(a);
	return rc;
}

static int apply_claim(struct ledger *l, const struct entry *en, const struct envelope *env,
		       const struct op *op, struct err *e)
{
	(void)env;
	buf_varint(row_begin(l), en->lsn);
	return row_put(l, T_CLAIM, key_text(op->claim.id), e);
}

static int apply_request(struct ledger *l, const struct entry *en, const struct envelope *env,
			 const struct op *op, struct err *e)
{
	struct buf *b = row_begin(l);

	(void)env;
	buf_varint(b, op->unit);
	buf_u8(b, op->request.form);
	buf_zigzag(b, op->request.day);
	buf_zigzag(b, op->request.due_ms);
	return row_put(l, T_REQUEST, key_u64(en->lsn), e);
}

static int apply_setting(struct ledger *l, const struct entry *en, const struct envelope *env,
			 const struct op *op, struct err *e)
{
	struct buf *b = row_begin(l);

	(void)env;
	buf_varint(b, en->lsn);
	buf_lenspan(b, op->setting.value);
	return row_put(l, T_SETTING, key_setting(op->unit, op->setting.key), e);
}

/* ---- tree, plan, forms ---- */

int plan_add(struct ledger *l, uint32_t unit, const struct plan_interval *in, struct err *e)
{
	struct arena *a = arena_new(SCRATCH_BUDGET);
	struct plan_row was, is;
	int rc = a ? plan_get(l, unit, &was, a, e) : err_set(e, ERR_NOMEM, "no memory for a plan");

	if (!rc)
		rc = plan_with(l, &was, in, &is, a, e);
	if (!rc && is.count > PLAN_INTERVALS_MAX)
		rc = err_set(e, ERR_CORRUPT, "unit %u: a plan of more than %d intervals", unit,
			     PLAN_INTERVALS_MAX);
	is.changed_lsn = in->lsn;
	is.past = was.past;
	if (!rc)
		rc = plan_put(l, unit, &is, e);
	arena_free(a);
	return rc;
}

bool forms_common(const struct form *a, const struct form *b)
{
	for (size_t i = 0; a && b && i < a->measure_count; i++)
		if (form_measure(b, a->measures[i].no))
			return true;
	return false;
}

bool forms_share(const struct form *a, const struct form *b)
{
	return a && b && a->period != FORM_DAY && b->period != FORM_DAY && forms_common(a, b);
}

static void add_sorted(struct plan_row *p, struct plan_interval v)
{
	size_t i = p->count++;

	for (; i; i--) {
		const struct plan_interval *before = &p->intervals[i - 1];

		if (before->period.from < v.period.from ||
		    (before->period.from == v.period.from && before->form < v.form))
			break;
		p->intervals[i] = *before;
	}
	p->intervals[i] = v;
}

int plan_with(struct ledger *l, const struct plan_row *p, const struct plan_interval *in,
	      struct plan_row *out, struct arena *a, struct err *e)
{
	const struct form *form = ledger_form_newest(l, in->form, e);

	*out = (struct plan_row){ .changed_lsn = p->changed_lsn };
	/* every old interval may leave a piece on either side */
	out->intervals = arena_array(a, 2 * p->count + 1, sizeof(*out->intervals));
	if (!out->intervals)
		return err_set(e, ERR_NOMEM, "no memory for a plan");
	for (size_t i = 0; i < p->count; i++) {
		struct plan_interval old = p->intervals[i], tail = old;

		if (!period_meet(old.period, in->period) ||
		    (old.form != in->form &&
		     !forms_share(form, ledger_form_newest(l, old.form, e)))) {
			add_sorted(out, old);
			continue;
		}
		old.period.to = in->period.from - 1;
		tail.period.from = in->period.to + 1;
		if (old.period.from <= old.period.to)
			add_sorted(out, old);
		if (tail.period.from <= tail.period.to)
			add_sorted(out, tail);
	}
	if (in->step != PLAN_NONE)
		add_sorted(out, *in);
	return 0;
}

bool plan_of_unit(struct ledger *l, const struct op_unit *c, uint64_t lsn,
		  struct plan_interval *out)
{
	static const enum plan_step steps[] = { [FORM_MONTH] = PLAN_MONTH,
						[FORM_QUARTER] = PLAN_QUARTER,
						[FORM_HALF] = PLAN_HALF,
						[FORM_YEAR] = PLAN_YEAR };
	const struct form *form = ledger_form_newest(l, c->reports, NULL);

	*out = (struct plan_interval){ .form = c->reports,
				       .lsn = lsn,
				       .period = { c->opened,
						   c->closed ? c->closed - 1 : DAY_MAX } };
	if (!form || (size_t)form->period >= ARRAY_LEN(steps))
		return false;
	out->step = steps[form->period];
	return out->step != PLAN_NONE;
}

struct plan_interval plan_of_op(const struct op_plan *plan, uint64_t lsn)
{
	struct plan_interval in = {
		.form = plan->form, .period = plan->period, .step = plan->step, .lsn = lsn
	};

	if (!in.period.to)
		in.period.to = DAY_MAX;
	return in;
}

static int apply_plan(struct ledger *l, const struct entry *en, const struct envelope *env,
		      const struct op *op, struct err *e)
{
	struct plan_interval in = plan_of_op(&op->plan, en->lsn);

	(void)env;
	return plan_add(l, op->unit, &in, e);
}

static int apply_unit(struct ledger *l, const struct entry *en, const struct envelope *env,
		      const struct op *op, struct err *e)
{
	const struct op_unit *c = &op->create;
	struct plan_interval in;
	int rc = unit_put(l, en->lsn, c, NULL, e);

	(void)env;
	if (rc)
		return rc;
	rc = tree_add(l->tree, c, en->lsn, e);
	return !rc && plan_of_unit(l, c, en->lsn, &in) ? plan_add(l, c->unit, &in, e) : rc;
}

static int apply_form(struct ledger *l, const struct entry *en, const struct envelope *env,
		      const struct op *op, struct err *e)
{
	struct form_slot *slot;
	struct buf *b;
	int rc;

	(void)env;
	if (l->form_count == FORMS_MAX)
		return err_set(e, ERR_FULL, "more than %d versions of forms", FORMS_MAX);
	slot = &l->forms[l->form_count];
	slot->arena = arena_new(1 << 20);
	if (!slot->arena)
		return err_set(e, ERR_NOMEM, "no memory for a form");
	rc = form_parse(&slot->form, op->form.text, slot->arena, e);
	if (rc) {
		arena_free(slot->arena);
		return rc;
	}
	slot->no = slot->form->no;
	slot->version = slot->form->version;
	slot->lsn = en->lsn;
	l->form_count++;
	b = row_begin(l);
	buf_varint(b, en->lsn);
	buf_lenspan(b, op->form.text);
	return row_put(l, T_FORM, key_form(slot->no, slot->version), e);
}

/* ---- people and devices ---- */

static int apply_person(struct ledger *l, const struct entry *en, const struct envelope *env,
			const struct op *op, struct err *e)
{
	struct buf *b = row_begin(l);

	(void)env;
	buf_varint(b, op->unit);
	buf_u8(b, (uint8_t)op->person.role);
	buf_zigzag(b, op->person.from);
	buf_zigzag(b, op->person.to);
	buf_varint(b, en->lsn);
	return row_put(l, T_PERSON, key_u32(op->person.person), e);
}

static int device_put(struct ledger *l, const struct device_row *d, struct err *e)
{
	struct buf *b = row_begin(l);

	buf_varint(b, d->unit);
	buf_varint(b, d->person);
	buf_varint(b, d->epoch);
	buf_bytes(b, span_of(d->spki_hash, sizeof(d->spki_hash)));
	buf_bytes(b, span_of(d->seal_key, sizeof(d->seal_key)));
	buf_bytes(b, span_of(d->nonce, sizeof(d->nonce)));
	buf_varint(b, d->enrolled_lsn);
	buf_varint(b, d->revoked_lsn);
	buf_varint(b, d->suspended_lsn);
	return row_put(l, T_DEVICE, key_u64(d->device), e);
}

static int chain_put(struct ledger *l, uint64_t device, const struct chain_row *c, struct err *e)
{
	struct buf *b = row_begin(l);

	buf_varint(b, c->epoch);
	buf_varint(b, c->seq);
	buf_bytes(b, span_of(c->hash.b, HASH_BYTES));
	buf_varint(b, c->lsn);
	return row_put(l, T_CHAIN, key_u64(device), e);
}

/* Enrolled, renewed, revoked, a new epoch, suspended: one row. The last three name the device and what
 * they change of it, nothing else. A new epoch begins a chain anew. */
static int apply_device(struct ledger *l, const struct entry *en, const struct envelope *env,
			const struct op *op, struct err *e)
{
	struct device_row d;
	struct chain_row c;
	int rc = ledger_device(l, op->device.device, &d, e);

	(void)env;
	if (rc && rc != -ERR_NOTFOUND)
		return rc;
	rc = ledger_chain(l, op->device.device, &c, e);
	if (rc && rc != -ERR_NOTFOUND)
		return rc;
	d.device = op->device.device;
	if (op->kind == OP_REVOKE) {
		d.revoked_lsn = en->lsn;
	} else if (op->kind == OP_SUSPEND) {
		d.suspended_lsn = en->lsn;
	} else {
		memcpy(d.nonce, op->device.nonce, sizeof(d.nonce));
		if (op->kind == OP_EPOCH) {
			d.suspended_lsn = 0;
		} else {
			d.unit = op->unit;
			d.person = op->device.person;
			memcpy(d.spki_hash, op->device.spki_hash, sizeof(d.spki_hash));
			memcpy(d.seal_key, op->device.seal_key, sizeof(d.seal_key));
			if (!d.enrolled_lsn)
				d.enrolled_lsn = en->lsn;
		}
		if (op->device.epoch != d.epoch) {
			d.epoch = c.epoch = op->device.epoch;
			c.seq = 0;
			memset(&c.hash, 0, sizeof(c.hash));
		}
	}
	rc = device_put(l, &d, e);
	return rc || l->scope ? rc : chain_put(l, d.device, &c, e);
}

static int apply_enrol_code(struct ledger *l, const struct entry *en, const struct envelope *env,
			    const struct op *op, struct err *e)
{
	struct key k = { .len = HASH_BYTES };
	struct buf *b = row_begin(l);

	(void)env;
	memcpy(k.b, op->enrol_code.code_hash, HASH_BYTES);
	buf_varint(b, op->unit);
	buf_varint(b, op->enrol_code.person);
	buf_zigzag(b, op->enrol_code.expires_ms);
	buf_varint(b, en->lsn);
	return row_put(l, T_ENROL_CODE, k, e);
}

/* ---- the store itself ---- */

int put_store(struct ledger *l, uint64_t lsn, const struct op_incarnation *in, struct err *e)
{
	struct buf *b = row_begin(l);

	buf_bytes(b, span_of(in->store, 16));
	buf_bytes(b, span_of(in->id, 16));
	buf_bytes(b, span_of(in->parent, 16));
	buf_bytes(b, span_of(in->log_key, 32));
	buf_u8(b, in->illustrative);
	buf_varint(b, lsn);
	buf_varint(b, in->branch_lsn);
	return row_put(l, T_META, key_text(SPAN_LIT("store")), e);
}

static int apply_incarnation(struct ledger *l, const struct entry *en, const struct envelope *env,
			     const struct op *op, struct err *e)
{
	(void)env;
	memcpy(l->info.store, op->incarnation.store, 16);
	memcpy(l->info.incarnation, op->incarnation.id, 16);
	memcpy(l->info.log_key, op->incarnation.log_key, 32);
	l->info.illustrative = op->incarnation.illustrative;
	return put_store(l, en->lsn, &op->incarnation, e);
}

static int apply_clock(struct ledger *l, const struct entry *en, const struct envelope *env,
		       const struct op *op, struct err *e)
{
	(void)en;
	(void)env;
	l->info.clock_ms = op->clock.ms;
	buf_zigzag(row_begin(l), op->clock.ms);
	return row_put(l, T_META, key_text(SPAN_LIT("clock")), e);
}

static int apply_nothing(struct ledger *l, const struct entry *en, const struct envelope *env,
			 const struct op *op, struct err *e)
{
	(void)l;
	(void)en;
	(void)env;
	(void)op;
	(void)e;
	return 0;
}

typedef int apply_fn(struct ledger *, const struct entry *, const struct envelope *,
		     const struct op *, struct err *);

static apply_fn *const table[OP_KIND_MAX + 1] = {
	[OP_SHEET] = apply_sheet,
	[OP_RECALL] = apply_mark,
	[OP_RETURN] = apply_mark,
	[OP_ACCEPT] = apply_mark,
	[OP_SUMMARY] = apply_summary,
	[OP_LATE_DECISION] = apply_late,
	[OP_REQUEST] = apply_request,
	[OP_NOTE] = apply_nothing, /* found in the unit's chain: follow.c */
	[OP_TARGET] = apply_target,
	[OP_TARGET_REGISTER] = apply_nothing, /* drafts and answers: drafts.c */
	[OP_TARGET_DRAFT] = apply_nothing,
	[OP_COMMEND] = apply_nothing,
	[OP_MEMBERS] = apply_members,
	[OP_CLAIM] = apply_claim,
	[OP_UNIT] = apply_unit,
	[OP_PLAN] = apply_plan,
	[OP_ACT] = apply_act,
	[OP_ACT_REFUSAL] = apply_nothing,
	[OP_ACT_PROPOSAL] = apply_nothing, /* it stands in the log until an operator acts */
	[OP_FORM] = apply_form,
	[OP_CALENDAR] = apply_calendar,
	[OP_SETTING] = apply_setting,
	[OP_CLOSE] = apply_close,
	[OP_UNLOCK] = apply_unlock,
	[OP_OFFICER] = apply_nothing,
	[OP_GROUP] = apply_nothing,
	[OP_PERSON] = apply_person,
	[OP_ENROL_CODE] = apply_enrol_code,
	[OP_DEVICE] = apply_device,
	[OP_REVOKE] = apply_device,
	[OP_EPOCH] = apply_device,
	[OP_SUSPEND] = apply_device,
	[OP_INCARNATION] = apply_incarnation,
	[OP_START] = apply_nothing,
	[OP_CLOCK] = apply_clock,
	[OP_NAMES_READ] = apply_nothing, /* counted by walking the unit's chain */
	[OP_CASE] = apply_case,
	[OP_CASE_STEP] = apply_case,
	[OP_MEMBER] = apply_member,
	[OP_MEMBER_END] = apply_member_end,
	[OP_CASE_MOVE] = apply_case_move,
	[OP_MEMBER_MOVE] = apply_member_move,
	[OP_FORGET] = apply_forget,
	[OP_UNIT_KEY] = apply_unit_key,
	[OP_RECOVERY_KEY] = apply_unit_key,
	[OP_RECOVER] = apply_recover,
	[OP_KEYS_RESTORED] = apply_keys_restored,
	[OP_CORRECT] = apply_correct,
};

bool apply_knows(enum op_kind kind)
{
	return kind > OP_NONE && kind <= OP_KIND_MAX && table[kind];
}

static int move_chains(struct ledger *l, const struct entry *en, const struct envelope *env,
		       const struct op *op, struct err *e)
{
	struct chain_row c;
	struct hash before;
	int rc = l->scope ? hole_note(l, en, e) : 0;

	if (rc)
		return rc;
	buf_varint(row_begin(l), en->lsn);
	rc = row_put(l, T_UNIT_HEAD, key_u32(en->unit), e);
	if (rc || l->scope) /* a part of the log holds only parts of other devices' chains */
		return rc;
	rc = ledger_chain(l, en->device, &c, e);
	if (rc && rc != -ERR_NOTFOUND)
		return rc;
	c.lsn = en->lsn;
	if (!en->device && c.epoch && env->epoch != c.epoch && op && op->kind != OP_INCARNATION)
		return chain_put(l, en->device, &c, e); /* brought back after a restore */
	before = c.hash;
	c.hash = chain_next(&before, env->seq, env->body_hash);
	c.epoch = env->epoch;
	c.seq = env->seq;
	return chain_put(l, en->device, &c, e);
}

int apply(struct ledger *l, const struct entry *en, const struct envelope *env, const struct op *op,
	  struct err *e)
{
	int rc = move_chains(l, en, env, op, e);

	follow_note(l, en, op);
	if (!rc && en->verdict == VERDICT_LATE)
		return late_note(l, en->lsn, en->unit, e);
	if (rc || en->verdict != VERDICT_ACCEPTED)
		return rc;
	if (!op || !apply_knows(op->kind))
		return err_set(e, ERR_CORRUPT, "entry %llu was accepted, but cannot be read",
			       (unsigned long long)en->lsn);
	return table[op->kind](l, en, env, op, e);
}
