/* What persons typed and devices were told, kept apart from the product. */
#include "sim.h"

#include <inttypes.h>
#include <stdlib.h>

static void *grown(void *at, size_t *cap, size_t count, size_t each)
{
	if (count < *cap)
		return at;
	*cap = *cap ? *cap * 2 : 16;
	at = realloc(at, *cap * each);
	if (!at)
		abort();
	return at;
}

void notes_free(struct notes *n)
{
	free(n->drafts);
	free(n->ops);
	*n = (struct notes){ .drafts = NULL };
}

static void *copied(const void *from, size_t bytes)
{
	void *to = malloc(bytes ? bytes : 1);

	if (!to)
		abort();
	if (bytes)
		memcpy(to, from, bytes);
	return to;
}

void notes_copy(struct notes *to, const struct notes *from)
{
	*to = *from;
	to->drafts = copied(from->drafts, from->draft_count * sizeof(*from->drafts));
	to->ops = copied(from->ops, from->op_count * sizeof(*from->ops));
	to->draft_cap = from->draft_count;
	to->op_cap = from->op_count;
}

static bool same_sheet(const struct draft_key *a, const struct draft_key *b)
{
	return a->unit == b->unit && a->form == b->form && a->period.from == b->period.from &&
	       a->period.to == b->period.to;
}

struct noted_draft *notes_draft(struct notes *n, const struct draft_key *k, bool make)
{
	for (size_t i = 0; i < n->draft_count; i++)
		if (same_sheet(&n->drafts[i].key, k))
			return &n->drafts[i];
	if (!make)
		return NULL;
	n->drafts = grown(n->drafts, &n->draft_cap, n->draft_count, sizeof(*n->drafts));
	n->drafts[n->draft_count] = (struct noted_draft){ .key = *k };
	return &n->drafts[n->draft_count++];
}

void notes_drop_draft(struct notes *n, const struct draft_key *k)
{
	struct noted_draft *d = notes_draft(n, k, false);

	if (d)
		*d = n->drafts[--n->draft_count];
}

struct noted_op *notes_op(struct notes *n, struct op_id id)
{
	for (size_t i = n->op_count; i-- > 0;)
		if (!op_id_cmp(n->ops[i].id, id))
			return &n->ops[i];
	return NULL;
}

void notes_add(struct sim *s, struct holder *h, struct op_id id)
{
	const struct own_op *own = outbox_find(h->c, id);
	struct arena *a = arena_new(1 << 20);
	struct own_bytes bytes;

	if (!own)
		sim_fail(s, "device %zu: an op that was just made is not in its outbox", h->index);
	must(outbox_read(h->c, id, &bytes, a, &s->e), &s->e, "read an own op");
	h->notes.ops = grown(h->notes.ops, &h->notes.op_cap, h->notes.op_count,
			     sizeof(*h->notes.ops));
	h->notes.ops[h->notes.op_count++] = (struct noted_op){
		.id = id,
		.body = hash_bytes(bytes.body),
		.key = { own->unit, own->form, own->period },
	};
	s->made = grown(s->made, &s->made_cap, s->made_count, sizeof(*s->made));
	s->made[s->made_count++] = (struct made){ id, hash_bytes(bytes.body) };
	arena_free(a);
}

/* ---- is it all still there? ---- */

struct looking {
	struct sim *s;
	struct holder *h;
	size_t seen;
};

static bool same_versions(const struct typed *t, const struct op_figure *f,
			  const struct op_id *seen, size_t seen_count)
{
	size_t named = 0;

	for (size_t i = 0; i < seen_count; i++)
		named += f->over >> i & 1;
	if (named != t->over_count)
		return false;
	for (size_t k = 0; k < t->over_count; k++) {
		bool found = false;

		for (size_t i = 0; i < seen_count && !found; i++)
			found = (f->over >> i & 1) && !op_id_cmp(seen[i], t->over[k]);
		if (!found)
			return false;
	}
	return true;
}

bool notes_same(const struct noted_draft *n, const struct draft *d)
{
	if (n->count != d->figure_count)
		return false;
	for (size_t i = 0; i < n->count; i++) {
		const struct op_figure *f = draft_figure(d, n->figures[i].measure);

		if (!f || f->state != n->figures[i].state || f->value != n->figures[i].value ||
		    !same_versions(&n->figures[i], f, d->seen, d->seen_count))
			return false;
	}
	return true;
}

static int look_at_draft(void *ctx, const struct draft_key *k, const struct draft *d, struct err *e)
{
	struct looking *l = ctx;
	const struct noted_draft *n = notes_draft(&l->h->notes, k, false);

	(void)e;
	l->seen++;
	if (!n || n->count != d->figure_count)
		sim_fail(l->s, "device %zu, unit %u: a draft of %zu figures, %zu were typed",
			 l->h->index, k->unit, d->figure_count, n ? n->count : 0);
	for (size_t i = 0; i < n->count; i++) {
		const struct op_figure *f = draft_figure(d, n->figures[i].measure);

		if (!f || f->state != n->figures[i].state || f->value != n->figures[i].value)
			sim_fail(l->s, "device %zu, unit %u: measure %u is not what was typed",
				 l->h->index, k->unit, n->figures[i].measure);
		if (!same_versions(&n->figures[i], f, d->seen, d->seen_count))
			sim_fail(
				l->s,
				"device %zu, unit %u: measure %u no longer names what stood on the "
				"screen when it was typed",
				l->h->index, k->unit, n->figures[i].measure);
	}
	return 0;
}

void notes_check(struct sim *s, struct holder *h)
{
	struct looking l = { s, h, 0 };
	size_t own;

	must(drafts_each(h->c, look_at_draft, &l, &s->e), &s->e, "drafts");
	if (l.seen != h->notes.draft_count)
		sim_fail(s, "device %zu: %zu drafts, %zu sheets were typed in", h->index, l.seen,
			 h->notes.draft_count);
	(void)outbox_ops(h->c, &own);
	if (own != h->notes.op_count)
		sim_fail(s, "device %zu: %zu own ops, %zu were made", h->index, own,
			 h->notes.op_count);
	for (size_t i = 0; i < h->notes.op_count; i++)
		if (!outbox_find(h->c, h->notes.ops[i].id))
			sim_fail(s, "device %zu: op %" PRIu64 " of epoch %u is lost", h->index,
				 h->notes.ops[i].id.seq, h->notes.ops[i].id.epoch);
	notes_check_acks(s, h);
}

static bool was_lost(const struct sim *s, const struct own_op *own)
{
	for (size_t i = 0; i < s->lost_count; i++)
		if (s->lost[i].lsn == own->lsn && !op_id_cmp(s->lost[i].id, own->id) &&
		    s->lost[i].verdict == own->verdict && s->lost[i].code == own->code)
			return true;
	return false;
}

/* A verdict is told after the commit that made it durable: the log must have it already. */
static void check_ack(struct sim *s, struct holder *h, const struct own_op *own, struct noted_op *n)
{
	const struct logged *g;

	if (was_lost(s, own)) { /* acked by a server that was put back since, and told only now */
		n->verdict = own->verdict;
		n->lsn = own->lsn;
		return;
	}
	if (!own->lsn || own->lsn > s->log_count)
		sim_fail(s,
			 "device %zu was told that op %" PRIu64 " is entry %" PRIu64
			 "; the log ends at %zu",
			 h->index, own->id.seq, own->lsn, s->log_count);
	g = &s->log[own->lsn - 1];
	if (op_id_cmp(g->id, own->id) || g->verdict != own->verdict || g->code != own->code)
		sim_fail(s,
			 "device %zu was told %d/%d of op %" PRIu64 "-%u at entry %" PRIu64
			 ", which is %d/%d of op %" PRIu64 "-%u",
			 h->index, own->verdict, own->code, own->id.seq, own->id.epoch, own->lsn,
			 g->verdict, g->code, g->id.seq, g->id.epoch);
	if (!hash_eq(&g->body, &n->body) && !own->twin)
		sim_fail(s, "device %zu: entry %" PRIu64 " has not the body that was made",
			 h->index, own->lsn);
	n->verdict = own->verdict;
	n->lsn = own->lsn;
	if (own->verdict == VERDICT_REFUSED)
		sim_count(s, F_REFUSED);
}

void notes_check_acks(struct sim *s, struct holder *h)
{
	size_t count;
	const struct own_op *own = outbox_ops(h->c, &count);

	for (size_t i = 0; i < count; i++) {
		struct noted_op *n;

		if (own[i].verdict == VERDICT_NONE && !own[i].aside)
			continue;
		/* both ascend by identity unless the disk was put back: then look for it */
		n = i < h->notes.op_count && !op_id_cmp(h->notes.ops[i].id, own[i].id)
			    ? &h->notes.ops[i]
			    : notes_op(&h->notes, own[i].id);
		if (!n)
			sim_fail(s, "device %zu has an own op nobody made", h->index);
		if (own[i].aside && !n->aside_seen) {
			n->aside_seen = true;
			sim_count(s, F_SET_ASIDE);
		}
		if (own[i].verdict != VERDICT_NONE &&
		    (n->verdict != own[i].verdict || n->lsn != own[i].lsn))
			check_ack(s, h, &own[i], n);
	}
}
