/* A device: its store, its process, and the person before the screen. */
#include "sim.h"

#include <inttypes.h>
#include <stdlib.h>

struct sync_now holder_now(const struct sim *s, const struct holder *h)
{
	return (struct sync_now){ s->mono_ms, s->wall_ms + h->skew_ms };
}

static int64_t clock_of(const struct sim *s, const struct holder *h)
{
	return s->wall_ms + h->skew_ms;
}

/* ---- process and disk ---- */

static void start(struct sim *s, struct holder *h)
{
	must(client_open(&h->c, h->kv, &s->e), &s->e, "open a client");
}

void holder_open(struct sim *s, struct holder *h, const struct base_device *d,
		 const uint8_t nonce[16])
{
	struct identity id = {
		.device = d->device, .unit = d->unit, .person = d->person, .role = d->role
	};

	*h = (struct holder){ .index = (size_t)(h - s->holders), .d = d };
	memcpy(h->nonce, nonce, 16);
	memcpy(id.store, s->b->w.birth.store, 16);
	memcpy(id.log_key, s->b->w.birth.log_key, 32);
	memcpy(id.seal_key, s->b->server_seal.public.b, sizeof(id.seal_key));
	must(kv_mem_open(&h->kv, CLIENT_TABLES, &s->e), &s->e, "a store");
	must(client_create(h->kv, &id, 1, s->b->w.birth.incarnation, &s->e), &s->e,
	     "make a client");
	start(s, h);
}

void holder_close(struct holder *h)
{
	client_close(h->c);
	kv_close(h->kv);
	kv_close(h->old_kv);
	notes_free(&h->notes);
	notes_free(&h->old_notes);
	persons_holder_close(h);
	h->c = NULL;
	h->kv = h->old_kv = NULL;
}

static void disk_of(struct sim *s, struct holder *h, const struct kv *from)
{
	struct kv *is;

	must(kv_mem_clone(&is, from, &s->e), &s->e, "copy a store");
	client_close(h->c);
	h->c = NULL;
	kv_close(h->kv);
	h->kv = is;
	h->full = false;
	start(s, h);
}

/* Did what the person did last come to be? Nobody was told; the store knows. */
static void settle_try(struct sim *s, struct holder *h)
{
	const struct own_op *own;
	struct draft_key k = h->trying.key;
	struct noted_draft *d;
	struct draft is;
	size_t count;

	own = outbox_ops(h->c, &count);
	if (h->try_op && count == h->notes.op_count + 1) {
		for (size_t i = 0; i < count; i++)
			if (!notes_op(&h->notes, own[i].id))
				notes_add(s, h, own[i].id);
		if (k.unit && h->try_untype) {
			d = notes_draft(&h->notes, &k, false);
			for (size_t i = 0; d && i < d->count; i++)
				if (d->figures[i].measure == h->try_untype)
					d->figures[i--] = d->figures[--d->count];
			if (d && !d->count)
				notes_drop_draft(&h->notes, &k);
		} else if (k.unit) {
			notes_drop_draft(&h->notes, &k);
		}
		sim_count(s, F_CLIENT_COMMIT_LANDED);
	} else if (h->try_op) {
		sim_count(s, F_CLIENT_COMMIT_LOST);
	} else if (h->try_draft) {
		bool landed = drafts_get(h->c, &k, &is, &s->e) ? !h->trying.count
							       : notes_same(&h->trying, &is);

		if (landed && h->trying.count)
			*notes_draft(&h->notes, &k, true) = h->trying;
		else if (landed)
			notes_drop_draft(&h->notes, &k);
		sim_count(s, landed ? F_CLIENT_COMMIT_LANDED : F_CLIENT_COMMIT_LOST);
	}
	h->try_op = h->try_draft = false;
	h->trying.key.unit = 0;
	h->try_untype = 0;
}

void holder_crash(struct sim *s, struct holder *h)
{
	if (h->line)
		line_client_died(s, h->line);
	disk_of(s, h, h->kv);
	persons_holder_again(s, h, h->key_kv);
	settle_try(s, h);
	persons_note_own(s, h);
	notes_check(s, h);
}

void holder_keep_copy(struct sim *s, struct holder *h)
{
	kv_close(h->old_kv);
	h->old_kv = NULL;
	notes_free(&h->old_notes);
	must(kv_mem_clone(&h->old_kv, h->kv, &s->e), &s->e, "copy a client's store");
	notes_copy(&h->old_notes, &h->notes);
	persons_holder_copy(s, h);
}

void holder_restore(struct sim *s, struct holder *h)
{
	if (!h->old_kv)
		return;
	if (h->line)
		line_client_died(s, h->line);
	disk_of(s, h, h->old_kv);
	persons_holder_again(s, h, h->old_key_kv);
	notes_free(&h->notes);
	notes_copy(&h->notes, &h->old_notes);
	h->restored = true;
	h->restored_at = s->restores;
	sim_count(s, F_CLIENT_RESTORED);
	notes_check(s, h);
}

/* The disk is copied to another machine, where the program was installed anew. */
void holder_clone(struct sim *s, struct holder *h)
{
	struct holder *to = &s->holders[s->holder_count];

	if (s->holder_count + ARRAY_LEN(s->enrolled) >= HOLDERS_MAX || h->copied)
		return;
	*to = (struct holder){ .index = s->holder_count,
			       .d = h->d,
			       .skew_ms = h->skew_ms,
			       .cert = h->cert,
			       .restored = h->restored,
			       .carries = h->carries,
			       .revoked = h->revoked,
			       .seal = h->seal };
	memset(to->nonce, 0x22, 16);
	to->nonce[0] = (uint8_t)s->holder_count++;
	must(kv_mem_clone(&to->kv, h->kv, &s->e), &s->e, "copy a client's store");
	start(s, to);
	persons_holder_again(s, to, h->key_kv);
	notes_copy(&to->notes, &h->notes);
	to->copied = h->copied = true;
	sim_count(s, F_CLIENT_CLONED);
}

void holder_contact_over(struct sim *s, struct holder *h)
{
	uint32_t wait = h->last.retry_after_ms + h->last.jitter_ms;

	/* not sooner than it was asked to; a person may try all the same */
	h->not_before_ms = s->mono_ms + rng_below(&s->r, 2000);
	if (wait && rng_chance(&s->r, 70))
		h->not_before_ms = s->mono_ms + h->last.retry_after_ms +
				   rng_below(&s->r, h->last.jitter_ms + 1);
	if (h->last_end == SYNC_FAILED) {
		if (s->e.code == ERR_FULL)
			sim_count(s, F_CLIENT_FULL);
		if (s->e.code == ERR_FATAL) {
			sim_count(s, F_CLIENT_COMMIT_LOST);
			holder_crash(s, h);
		} else if (s->e.code != ERR_FULL && s->e.code != ERR_IO) {
			sim_fail(s, "device %zu: a sync failed: %s", h->index, s->e.msg);
		}
		return;
	}
	if (h->last_end == SYNC_BREACH)
		sim_fail(s, "device %zu: the server broke the protocol (%u): %s", h->index,
			 h->last.why, s->e.msg);
	/* a server put back without a word has signed two histories, and who saw both says so until the
	 * restore is declared; that all is read in the end is asked there */
	if (client_state(h->c)->trouble != FEED_FINE && !s->ever_untold)
		sim_fail(s, "device %zu: the feed is not right: %s at %" PRIu64, h->index,
			 feed_trouble_name(client_state(h->c)->trouble),
			 client_state(h->c)->trouble_lsn);
	if (rng_chance(&s->r, 30))
		notes_check(s, h);
}

/* ---- the person ---- */

/* Few of a province's units are below one of them: each in turn, from any of them on. */
static const struct base_unit *below_of(struct sim *s, const struct holder *h)
{
	size_t first = rng_below(&s->r, (uint32_t)s->unit_count);

	for (size_t i = 0; i < s->unit_count; i++) {
		const struct base_unit *u = &s->units[(first + i) % s->unit_count];

		if (u->unit && u->reports && sim_below(s, u->unit, h->d->unit))
			return u;
	}
	return NULL;
}

static const struct base_unit *pick_unit(struct sim *s, const struct holder *h)
{
	const struct base_unit *u = &s->units[h->d->unit - 1];

	if (u->reports && rng_chance(&s->r, 80))
		return u;
	if (s->province)
		return below_of(s, h);
	for (int i = 0; i < 8; i++) {
		u = &s->units[rng_below(&s->r, (uint32_t)s->unit_count)];
		if (u->unit && u->reports && sim_below(s, u->unit, h->d->unit))
			return u;
	}
	return NULL;
}

static struct period pick_month(struct sim *s)
{
	static const int months[] = { 9, 9, 9, 8, 8, 8, 9, 10, 7, 11 };

	return month_of(2022, months[rng_below(&s->r, ARRAY_LEN(months))]);
}

/* What may stop a person: said to them, nothing kept. Anything else is a fault of the program. */
static bool stopped(struct sim *s, struct holder *h, int rc, const char *what)
{
	switch (rc) {
	case -ERR_FULL:
		if (h->full)
			sim_count(s, F_CLIENT_FULL);
		return true;
	case -ERR_FATAL:
		holder_crash(s, h);
		return true;
	case -ERR_STATE:
	case -ERR_RANGE:
	case -ERR_DENIED:
	case -ERR_NOTFOUND:
	case -ERR_INVALID:
		return true;
	default:
		sim_fail(s, "device %zu: %s: %d %s", h->index, what, rc, s->e.msg);
	}
}

static bool standing(struct sim *s, struct holder *h, const struct draft_key *k, uint16_t measure,
		     struct typed *out)
{
	struct sheet sheet;
	struct figure f;
	int rc = overlay_sheet(h->c, k->unit, k->form, k->period, &sheet, &s->e);

	out->over_count = 0;
	if (rc == -ERR_NOTFOUND)
		return true;
	must(rc, &s->e, "what stands");
	f = sheet_figure(&sheet, measure, k->unit);
	if (f.run > OVER_MAX)
		return false;
	for (size_t i = 0; i < f.run; i++)
		out->over[out->over_count++] = sheet.ops[f.first[i].op].id;
	return true;
}

static int64_t pick_value(struct sim *s, uint16_t measure)
{
	switch (measure) {
	case 2:
		return rng_below(&s->r, 7);
	case 15:
		return rng_below(&s->r, 3);
	case 14:
		return rng_chance(&s->r, 80) ? 20 : 16 + rng_below(&s->r, 8);
	default:
		return rng_below(&s->r, 100);
	}
}

static void note_figure(struct noted_draft *d, const struct typed *t)
{
	size_t i = 0;

	while (i < d->count && d->figures[i].measure != t->measure)
		i++;
	if (i == d->count)
		d->count++;
	d->figures[i] = *t;
}

static void unnote_figure(struct noted_draft *d, uint16_t measure)
{
	for (size_t i = 0; i < d->count; i++)
		if (d->figures[i].measure == measure)
			d->figures[i--] = d->figures[--d->count];
}

/* Type into an open sheet; `d` notes it. */
static bool type_one(struct sim *s, struct holder *h, struct entry_sheet *sheet,
		     struct noted_draft *d, uint16_t measure)
{
	struct typed t = { .measure = measure,
			   .state = FIGURE_VALUE,
			   .value = pick_value(s, measure) };

	if (rng_chance(&s->r, 6)) {
		t.state = FIGURE_BLANK;
		t.value = 0;
	}
	if (!standing(s, h, &d->key, measure, &t))
		return false;
	if (t.state == FIGURE_VALUE && !t.value)
		t.state = FIGURE_NIL;
	if (entry_set(sheet, measure, t.state, t.value, &s->e))
		return false;
	if (t.state == FIGURE_BLANK && !t.over_count)
		unnote_figure(d, measure);
	else
		note_figure(d, &t);
	return true;
}

/* The commit is the last call of an act, and how many come before it is guessed from the act before. */
static void maybe_fail(struct sim *s, struct holder *h, uint64_t calls)
{
	bool land = rng_chance(&s->r, 60);

	if (!calls || !sim_draw(s, F_CLIENT_COMMIT_LOST))
		return;
	calls = rng_chance(&s->r, 70) ? calls + rng_below(&s->r, 3) - 1
				      : 1 + rng_below(&s->r, (uint32_t)calls);
	kv_fail_at(h->kv, kv_calls(h->kv) + calls, ERR_FATAL, land);
}

/* A flash is asked for by its last day alone, and where it begins is the plan's of now: the days of `k` become those that
 * are open, and a draft under days that an act has cut since stays as it is. */
static struct entry_sheet *open_sheet(struct sim *s, struct holder *h, struct draft_key *k)
{
	struct entry_sheet *sheet;
	int rc = 0;

	if (k->form == 2)
		rc = part_flash(client_base(h->c), k->unit, k->form, k->period.to, &k->period,
				&s->e);
	if (!rc)
		rc = entry_open(&sheet, h->c, k->unit, k->form == 2 ? "flash" : "short", k->period,
				clock_of(s, h), &s->e);
	if (!rc)
		return sheet;
	stopped(s, h, rc, "open a sheet");
	return NULL;
}

static void type_into(struct sim *s, struct holder *h, struct draft_key *k)
{
	static const uint16_t all[] = { 2, 14, 15, 900, 2, 14 };
	struct entry_sheet *sheet = open_sheet(s, h, k);
	struct noted_draft *was, is = { .key = *k };
	unsigned count = 1 + rng_below(&s->r, 3);
	uint64_t calls;
	int rc;

	if (!sheet)
		return;
	was = notes_draft(&h->notes, k, false);
	if (was)
		is = *was;
	for (unsigned i = 0; i < count; i++)
		(void)type_one(s, h, sheet, &is,
			       all[rng_below(&s->r, k->form == 2 ? 3 : ARRAY_LEN(all))]);
	is.cursor_lsn = client_state(h->c)->cursor.lsn;
	h->trying = is;
	h->try_draft = true;
	maybe_fail(s, h, h->calls_of_save);
	calls = kv_calls(h->kv);
	rc = entry_save(sheet, rng_chance(&s->r, 70), &s->e);
	entry_close(sheet);
	kv_fail_at(h->kv, 0, ERR_NONE, false);
	if (!rc)
		h->calls_of_save = kv_calls(h->kv) - calls;
	if (rc) {
		(void)stopped(s, h, rc, "keep a draft");
	} else if (is.count) {
		*notes_draft(&h->notes, k, true) = is;
	} else {
		notes_drop_draft(&h->notes, k);
	}
	h->try_draft = false;
}

/* ---- sending ---- */

static struct entry_how how_of(struct sim *s, const struct holder *h, uint32_t unit)
{
	struct entry_how how = { .how = SIGN_PAPER,
				 .signer = "Phạm Văn D",
				 .title = "Bí thư",
				 .paper_day = day(2022, 10, 1) };

	how.blanks_are_nil = rng_chance(&s->r, 60);
	how.old_ok = rng_chance(&s->r, 70);
	if (unit != h->d->unit) {
		how.from = "telephone, Mr A";
		how.reason = "no line there";
	} else if (client_role(h->c) == ROLE_APPROVER && rng_chance(&s->r, 70)) {
		how.how = SIGN_OWN;
	}
	if (rng_chance(&s->r, 25))
		how.how = SIGN_NONE;
	if (rng_chance(&s->r, 45))
		how.reason = "counted again";
	return how;
}

static void check_op(struct sim *s, struct holder *h, struct op_id id, const struct noted_draft *d,
		     bool fills)
{
	struct arena *a = arena_new(OP_DECODE_ARENA * 2);
	bool moved = false;
	struct op op;

	must(outbox_decode(h->c, id, &op, a, &s->e), &s->e, "an own op");
	for (size_t i = 0; i < d->count; i++) {
		const struct typed *t = &d->figures[i];
		const struct op_figure *f = NULL;
		struct typed now;
		size_t named = 0;

		for (size_t k = 0; k < op.sheet.figure_count; k++)
			if (op.sheet.figures[k].measure == t->measure)
				f = &op.sheet.figures[k];
		if (fills && t->state == FIGURE_BLANK)
			continue; /* the person said that blanks are nil */
		if (!f || f->state != t->state || f->value != t->value)
			sim_fail(s,
				 "device %zu: op %" PRIu64
				 " does not say what was typed for measure %u",
				 h->index, id.seq, t->measure);
		for (size_t k = 0; k < op.sheet.seen_count; k++) {
			bool meant = false;

			if (!(f->over >> k & 1))
				continue;
			named++;
			for (size_t v = 0; v < t->over_count && !meant; v++)
				meant = !op_id_cmp(t->over[v], op.sheet.seen[k]);
			/* ops set aside are named by what they were made again as, or by what they named */
			if (!meant && !s->faults[F_SET_ASIDE])
				sim_fail(s,
					 "device %zu: op %" PRIu64
					 " replaces a version of measure %u that "
					 "was not on the screen",
					 h->index, id.seq, t->measure);
		}
		if (named != t->over_count && !s->faults[F_SET_ASIDE])
			sim_fail(s,
				 "device %zu: op %" PRIu64
				 " names %zu versions of measure %u, %zu stood "
				 "there",
				 h->index, id.seq, named, t->measure, t->over_count);
		/* did a pull between typing and signing bring something else? */
		if (standing(s, h, &d->key, t->measure, &now)) {
			for (size_t v = 0; v < now.over_count; v++) {
				bool known = !op_id_cmp(now.over[v], id);

				for (size_t k = 0; k < t->over_count && !known; k++)
					known = !op_id_cmp(t->over[k], now.over[v]);
				moved |= !known;
			}
		}
	}
	if (moved && d->cursor_lsn < client_state(h->c)->cursor.lsn)
		sim_count(s, F_PULLED_BETWEEN);
	arena_free(a);
}

static void submit(struct sim *s, struct holder *h, struct draft_key *k, bool nil)
{
	struct entry_sheet *sheet = open_sheet(s, h, k);
	struct entry_how how = how_of(s, h, k->unit);
	struct noted_draft *noted, d = { .key = *k };
	uint64_t calls = kv_calls(h->kv);
	bool signed_before;
	struct op_id id;
	int rc;

	if (!sheet)
		return;
	noted = notes_draft(&h->notes, k, false);
	if (noted)
		d = *noted;
	if (nil) {
		how.nil_month = true;
		how.how = how.how == SIGN_NONE ? SIGN_PAPER : how.how;
	}
	signed_before = sheet_counts(entry_seen(sheet));
	h->trying.key = *k;
	h->try_op = true;
	h->try_untype = 0;
	maybe_fail(s, h, h->calls_of_submit);
	rc = entry_submit(sheet, &how, clock_of(s, h), &id, NULL, &s->e);
	entry_close(sheet);
	kv_fail_at(h->kv, 0, ERR_NONE, false);
	if (rc) {
		(void)stopped(s, h, rc, "submit");
		h->try_op = false;
		return;
	}
	h->try_op = false;
	h->calls_of_submit = kv_calls(h->kv) - calls;
	check_op(s, h, id, &d, nil || how.blanks_are_nil);
	notes_add(s, h, id);
	notes_drop_draft(&h->notes, k);
	if (signed_before)
		sim_count(s, F_AMENDED);
}

struct found {
	struct sim *s;
	struct conflict k;
	struct conflict_version keep;
	size_t seen;
};

static int find_conflict(void *ctx, const struct conflict *k, struct err *e)
{
	struct found *f = ctx;

	(void)e;
	if (rng_below(&f->s->r, (uint32_t)++f->seen) == 0) {
		f->k = *k;
		f->keep = k->versions[rng_below(&f->s->r, (uint32_t)k->version_count)];
	}
	return 0;
}

static void resolve(struct sim *s, struct holder *h)
{
	struct found f = { .s = s };
	struct entry_sheet *sheet;
	struct entry_how how;
	struct draft_key k;
	struct noted_draft *d;
	struct op_id id;
	int64_t value;
	int rc;

	must(conflicts_each(h->c, find_conflict, &f, &s->e), &s->e, "conflicts");
	if (!f.seen)
		return;
	k = (struct draft_key){ f.k.unit, f.k.form, f.k.period };
	how = how_of(s, h, k.unit);
	how.how = SIGN_NONE;
	how.reason = "asked both";
	sheet = open_sheet(s, h, &k);
	if (!sheet)
		return;
	h->trying.key = k;
	h->try_op = true;
	h->try_untype = f.k.measure;
	maybe_fail(s, h, h->calls_of_submit);
	value = rng_below(&s->r, 9);
	rc = entry_resolve(sheet, f.k.measure, rng_chance(&s->r, 60) ? &f.keep.id : NULL,
			   FIGURE_VALUE, value, &how, clock_of(s, h), &id, &s->e);
	entry_close(sheet);
	kv_fail_at(h->kv, 0, ERR_NONE, false);
	if (rc) {
		(void)stopped(s, h, rc, "resolve");
		h->try_op = false;
		return;
	}
	h->try_op = false;
	notes_add(s, h, id);
	d = notes_draft(&h->notes, &k, false);
	if (d)
		unnote_figure(d, f.k.measure);
	if (d && !d->count)
		notes_drop_draft(&h->notes, &k);
	sim_count(s, F_RESOLVED);
}

static void flash(struct sim *s, struct holder *h, const struct base_unit *u)
{
	struct draft_key k = { u->unit, 2, { 0, 0 } };
	day_t asked;
	int rc;

	if (!s->request_count)
		return;
	asked = s->requests[rng_below(&s->r, (uint32_t)s->request_count)].day;
	rc = part_flash(client_base(h->c), k.unit, k.form, asked, &k.period, &s->e);
	if (rc) {
		(void)stopped(s, h, rc, "look for the days of a flash");
		return;
	}
	type_into(s, h, &k);
	if (rng_chance(&s->r, 70))
		submit(s, h, &k, false);
}

/* A sheet of a unit below that stands in the log. */
static bool signed_below(struct sim *s, const struct holder *h, struct draft_key *k)
{
	for (int i = 0; i < 12 && s->log_count > s->b->lsn; i++) {
		uint32_t more = (uint32_t)(s->log_count - s->b->lsn);
		const struct logged *g = &s->log[s->b->lsn + rng_below(&s->r, more)];

		if (!g->writes || g->key.unit == h->d->unit ||
		    !sim_below(s, g->key.unit, h->d->unit))
			continue;
		*k = (struct draft_key){ g->key.unit, g->key.form, g->key.period };
		return true;
	}
	return false;
}

/* Taking back the own signature; accepting or returning what somebody below has signed. Refused where it
 * is not so any more. */
static void mark(struct sim *s, struct holder *h, const struct draft_key *k)
{
	struct op op = { .kind = OP_RECALL, .reason = SPAN_LIT("a slip") };
	struct draft_key below;
	bool own = !rng_chance(&s->r, 70) || !signed_below(s, h, &below);
	struct sheet sheet;
	struct op_id id;
	int rc;

	if (!own) {
		op.kind = rng_chance(&s->r, 65) ? OP_ACCEPT : OP_RETURN;
		k = &below;
	} else if (k->unit != h->d->unit) {
		return;
	}
	op.unit = k->unit;
	if (client_role(h->c) != ROLE_APPROVER || h->full ||
	    ledger_sheet(client_base(h->c), k->unit, k->form, k->period, &sheet, &s->e))
		return;
	op.mark.form = k->form;
	op.mark.period = k->period;
	op.mark.seen_lsn = sheet.last_lsn;
	op.mark.in_time = op.kind == OP_ACCEPT && rng_chance(&s->r, 20);
	rc = outbox_append(h->c, &op, clock_of(s, h), &id, &s->e);
	if (rc)
		(void)stopped(s, h, rc, "a mark");
	else
		notes_add(s, h, id);
}

void holder_decide(struct sim *s, struct holder *h, bool all)
{
	size_t count;
	const struct own_op *own = outbox_ops(h->c, &count);

	for (size_t i = 0; i < count; i++) {
		struct op_id id = own[i].id, again;
		bool remake = rng_chance(&s->r, 70);

		if (!own[i].aside || own[i].dropped || own[i].remade_seq ||
		    own[i].verdict != VERDICT_NONE)
			continue;
		if (remake && !outbox_remake(h->c, id, clock_of(s, h), &again, &s->e)) {
			notes_add(s, h, again);
			sim_count(s, F_REMADE);
		} else {
			if (outbox_drop(h->c, id, &s->e))
				sim_fail(
					s,
					"device %zu: an op set aside can be neither made again nor dropped: "
					"%s",
					h->index, s->e.msg);
			sim_say(s, "device %zu drops kind %d", h->index, (int)own[i].kind);
			sim_count(s, F_DROPPED);
		}
		if (!all)
			return;
		own = outbox_ops(h->c, &count);
		i = (size_t)-1;
	}
}

void holder_act(struct sim *s, struct holder *h)
{
	const struct base_unit *u = pick_unit(s, h);
	struct draft_key k;
	uint32_t what = rng_below(&s->r, 100);

	if (!u)
		return;
	k = (struct draft_key){ u->unit, FORM_SHORT, pick_month(s) };
	if (h->notes.draft_count && rng_chance(&s->r, 55))
		k = h->notes.drafts[rng_below(&s->r, (uint32_t)h->notes.draft_count)].key;
	if (what < 40)
		type_into(s, h, &k);
	else if (what < 65)
		submit(s, h, &k, false);
	else if (what < 75)
		submit(s, h, &k, true);
	else if (what < 86)
		resolve(s, h);
	else if (what < 92)
		flash(s, h, u);
	else if (what < 98)
		mark(s, h, &k);
	else if (!h->full)
		holder_decide(s, h, false);
}
