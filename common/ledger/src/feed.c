/* Pages of the feed. What a device may see is decided in feed_sees() alone; the rest only finds
 * candidates without looking at the whole log. */
#include "internal.h"

#include "ledger/feed.h"

#include <stdlib.h>

enum {
	FEED_ENTRY_BYTES = 600, /* a usual entry: to guess how many fill a page */
	FEED_SCRATCH = OP_DECODE_ARENA + ENTRY_MAX,
};

/* Of acts whose day is still to come both trees hold: entries of units on either side are told, so that no
 * set grows at midnight, when no entry says so. */
static bool within(const struct tree *t, uint32_t unit, uint32_t top, day_t today)
{
	return tree_moves(t) ? tree_inside_later(t, unit, top, today)
			     : tree_inside(t, unit, top, today, UINT64_MAX);
}

/* The moves of `v` that changed what is below `unit`, or who is above it. */
static uint64_t moved(const struct tree *t, const struct unit *v, uint32_t unit, day_t today)
{
	uint64_t lsn = 0;

	for (size_t i = 1; i < v->edge_count; i++) {
		const struct tree_edge *was = &v->edges[i - 1], *is = &v->edges[i];

		if (is->lsn > lsn &&
		    (within(t, was->parent, unit, today) != within(t, is->parent, unit, today) ||
		     within(t, unit, v->unit, today)))
			lsn = is->lsn;
	}
	return lsn;
}

enum { LINEAGE_MAX = 16 }; /* one after another */

/* Did the unit go over, by whatever way, into one of the part? What acts made of such a one, its plan and what stood
 * below it, only comes out the same where the unit itself is known. */
static bool came_here(const struct tree *t, uint32_t unit, uint32_t top, day_t today, int depth)
{
	const struct unit *u = tree_links(t) ? tree_get(t, unit) : NULL;

	for (size_t i = 0; u && i < u->link_count; i++)
		if (within(t, u->links[i].into, top, today) ||
		    (depth && came_here(t, u->links[i].into, top, today, depth - 1)))
			return true;
	return false;
}

/* The newest act by which units came over into the part. */
static uint64_t came_by(const struct tree *t, const struct unit *v, uint32_t top, day_t today)
{
	uint64_t lsn = 0;

	for (size_t i = 0; i < v->link_count; i++)
		if (v->links[i].lsn > lsn &&
		    (within(t, v->links[i].into, top, today) ||
		     came_here(t, v->links[i].into, top, today, LINEAGE_MAX)))
			lsn = v->links[i].lsn;
	return lsn;
}

int feed_standby(bool *standby, struct ledger *l, const struct device_row *row, struct err *e)
{
	struct person_row person;
	int rc = ledger_person(l, row->person, &person, e);

	*standby = !rc && person.role == ROLE_STANDBY && row->unit == tree_root(l->tree);
	return rc == -ERR_NOTFOUND ? 0 : rc;
}

/* Finds the newest act that changed what a device may see, among the units that can have: those below its own or
 * above it on whatever day, and what went over into one of those below. Not the whole tree: each Hello asks. */
struct changes {
	const struct tree *t;
	uint32_t unit;
	day_t today;
	uint64_t lsn;
};

static void note_change(struct changes *c, uint64_t lsn)
{
	if (lsn > c->lsn)
		c->lsn = lsn;
}

static void look_taken(struct changes *c, uint32_t into, int depth)
{
	const struct unit *v;

	for (size_t i = 0; depth && (v = tree_taken(c->t, into, i)); i++) {
		note_change(c, came_by(c->t, v, c->unit, c->today));
		look_taken(c, v->unit, depth - 1);
	}
}

static void look_below(struct changes *c, uint32_t unit, int depth)
{
	const struct unit *v;

	look_taken(c, unit, LINEAGE_MAX);
	for (size_t i = 0; depth && (v = tree_ever_child(c->t, unit, i)); i++) {
		note_change(c, moved(c->t, v, c->unit, c->today));
		look_below(c, v->unit, depth - 1);
	}
}

static void look_above(struct changes *c, uint32_t unit, int depth)
{
	const struct unit *v = tree_get(c->t, unit);

	if (!v)
		return;
	note_change(c, moved(c->t, v, c->unit, c->today));
	for (size_t i = 0; depth && i < v->edge_count; i++)
		look_above(c, v->edges[i].parent, depth - 1);
}

int feed_scope(struct feed_scope *out, struct ledger *l, uint64_t device, day_t today,
	       struct err *e)
{
	struct device_row row = { 0 };
	int rc = ledger_device(l, device, &row, e);
	struct changes c = { l->tree, row.unit, today, row.enrolled_lsn };

	*out = (struct feed_scope){ .device = device, .unit = row.unit, .today = today };
	if (!rc)
		rc = feed_standby(&out->all, l, &row, e);
	if (rc || out->all) {
		out->authority = c.lsn;
		return rc;
	}
	rc = handed_get(l, e);
	for (size_t i = 0; i < l->handed_count && !rc; i++)
		if (l->handed[i].by_lsn > c.lsn &&
		    within(l->tree, l->handed[i].into, row.unit, today))
			c.lsn = l->handed[i].by_lsn;
	if (!rc && (tree_moves(l->tree) || tree_links(l->tree))) {
		look_above(&c, row.unit, UNIT_DEPTH_MAX);
		look_below(&c, row.unit, UNIT_DEPTH_MAX);
	}
	out->authority = c.lsn;
	return rc;
}

static bool kind_for_all_below(enum op_kind kind)
{
	return kind == OP_REQUEST || kind == OP_UNIT || kind == OP_ACT || kind == OP_CLOSE ||
	       kind == OP_UNLOCK || kind == OP_UNIT_KEY;
}

/* Is it of a unit elsewhere, and was given to one in the part? 1, 0, or an error. */
static int handed_here(struct ledger *l, const struct feed_scope *s, uint64_t lsn, struct err *e)
{
	size_t low = 0, high;
	int rc = handed_get(l, e);

	high = l->handed_count;
	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (l->handed[mid].lsn < lsn)
			low = mid + 1;
		else
			high = mid;
	}
	for (; !rc && low < l->handed_count && l->handed[low].lsn == lsn; low++)
		if (within(l->tree, l->handed[low].into, s->unit, s->today))
			return 1;
	return rc;
}

/* Does a unit of the part read it though it is another's? 1, 0, or an error. */
static int addressed_here(struct ledger *l, const struct feed_scope *s, uint64_t lsn, struct err *e)
{
	uint32_t unit = 0;
	int rc = read_enter(l, e); /* whoever asks of a single entry reads nothing else */

	if (rc)
		return rc;
	rc = addressed_get(l, lsn, &unit, e);
	read_leave(l);
	if (rc)
		return rc == -ERR_NOTFOUND ? 0 : rc;
	return !unit || within(l->tree, unit, s->unit, s->today);
}

int feed_sees(struct ledger *l, const struct feed_scope *s, const struct entry *en,
	      struct arena *scratch, struct err *e)
{
	struct op op = { .kind = OP_NONE };
	bool above, before;
	int rc;

	if (s->all || !en->unit || (en->device && en->device == s->device) ||
	    within(l->tree, en->unit, s->unit, s->today))
		return 1;
	rc = handed_here(l, s, en->lsn, e);
	if (!rc)
		rc = addressed_here(l, s, en->lsn, e);
	if (rc)
		return rc;
	above = within(l->tree, s->unit, en->unit, s->today);
	before = came_here(l->tree, en->unit, s->unit, s->today, LINEAGE_MAX);
	if (!en->body.data || (!above && !before))
		return 0;
	if (op_decode(&op, en->body, scratch, e) == CODE_NO_VERDICT)
		return err_set(e, ERR_NOMEM, "no memory to read an op");
	return (above && kind_for_all_below(op.kind)) ||
	       (before && (op.kind == OP_UNIT || op.kind == OP_PLAN));
}

/* ---- candidates by the back links ---- */

struct finding {
	struct ledger *l;
	uint64_t after, tip;
	uint64_t *lsn; /* room for `room` */
	size_t count, room;
	uint64_t steps;
	struct arena *scratch;
};

static int read_entry(struct ledger *l, uint64_t lsn, struct entry *en, struct span *bytes,
		      struct arena *scratch, struct err *e)
{
	int rc = log_get(l, lsn, bytes, e);

	if (rc == -ERR_NOTFOUND)
		return err_set(e, ERR_CORRUPT, "entry %llu is missing", (unsigned long long)lsn);
	return rc ? rc : entry_decode(en, *bytes, scratch, e);
}

static int found(struct finding *f, uint64_t lsn, struct err *e)
{
	if (f->count == f->room)
		return err_set(e, ERR_CORRUPT, "entry %llu is in too many chains",
			       (unsigned long long)lsn);
	f->lsn[f->count++] = lsn;
	return 0;
}

/* From the newest of one chain down to the cursor. 1: it is too far, try the other way. */
static int walk_chain(struct finding *f, uint64_t head, bool by_device, struct err *e)
{
	uint64_t lsn = head;

	while (lsn > f->after) {
		struct entry en;
		struct span bytes;
		int rc;

		if (f->steps++ == FEED_STEPS_MAX)
			return 1;
		arena_reset(f->scratch);
		rc = read_entry(f->l, lsn, &en, &bytes, f->scratch, e);
		if (rc)
			return rc;
		if (lsn <= f->tip) /* a writer may have gone on since the tip was read */
			rc = found(f, lsn, e);
		if (rc)
			return rc;
		if ((by_device ? en.prev_device : en.prev_unit) >= lsn)
			return err_set(e, ERR_CORRUPT, "entry %llu points forward",
				       (unsigned long long)lsn);
		lsn = by_device ? en.prev_device : en.prev_unit;
	}
	return 0;
}

static int by_number(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static void sort_unique(struct finding *f)
{
	size_t kept = 0;

	qsort(f->lsn, f->count, sizeof(*f->lsn), by_number);
	for (size_t i = 0; i < f->count; i++)
		if (!kept || f->lsn[kept - 1] != f->lsn[i])
			f->lsn[kept++] = f->lsn[i];
	f->count = kept;
}

/* Few of the whole store: persons who moved, keys to seal to. */
static int walk_addressed(struct finding *f, const struct feed_scope *s, struct err *e)
{
	struct key from = key_u64(f->after + 1);
	struct span key, value, none = { NULL, 0 };
	struct kv_cursor *c = NULL;
	int rc = kv_walk(&c, f->l->txn, T_ADDRESSED, none, key_span(&from), false, e);

	while (!rc && (rc = kv_next(c, &key, &value, e)) == 1) {
		uint64_t lsn = key_read_u64(key, 0);

		if (lsn > f->tip || f->steps++ == FEED_STEPS_MAX) {
			rc = lsn <= f->tip;
			break;
		}
		rc = addressed_here(f->l, s, lsn, e);
		if (rc == 1)
			rc = found(f, lsn, e);
	}
	kv_walk_end(c);
	return rc;
}

/* 0 with all candidates after the cursor, 1 when that would be too many, or an error. */
static int find_by_links(struct finding *f, const struct feed_scope *s, struct err *e)
{
	struct chain_row chain;
	uint64_t head;
	int rc = unit_head_get(f->l, 0, &head, e);

	if (!rc)
		rc = walk_chain(f, head, false, e);
	if (!rc) {
		rc = ledger_chain(f->l, s->device, &chain, e);
		if (rc == -ERR_NOTFOUND)
			rc = 0;
		else if (!rc)
			rc = walk_chain(f, chain.lsn, true, e);
	}
	if (!rc)
		rc = walk_addressed(f, s, e);
	for (size_t i = 0; i < f->l->handed_count && !rc; i++) {
		uint64_t lsn = f->l->handed[i].lsn;

		if (lsn > f->after && lsn <= f->tip &&
		    within(f->l->tree, f->l->handed[i].into, s->unit, s->today)) {
			rc = f->steps++ == FEED_STEPS_MAX;
			if (!rc)
				rc = found(f, lsn, e);
		}
	}
	for (size_t i = 0; i < tree_count(f->l->tree) && !rc; i++) {
		uint32_t unit = tree_at(f->l->tree, i)->unit;

		if (!within(f->l->tree, unit, s->unit, s->today) &&
		    !within(f->l->tree, s->unit, unit, s->today) &&
		    !came_here(f->l->tree, unit, s->unit, s->today, LINEAGE_MAX))
			continue;
		rc = unit_head_get(f->l, unit, &head, e);
		if (!rc)
			rc = walk_chain(f, head, false, e);
	}
	if (!rc)
		sort_unique(f);
	return rc;
}

/* ---- the page ---- */

struct paging {
	struct ledger *l;
	const struct feed_scope *scope;
	const struct feed_ask *ask;
	struct feed_page *page;
	struct span *entries;
	size_t bytes;
	uint64_t tip; /* the page ends there, whatever is written meanwhile */
	struct arena *scratch, *a;
};

/* 1: taken or not in the part; 0: the page is full; or an error. */
static int take(struct paging *p, uint64_t lsn, struct err *e)
{
	struct entry en;
	struct span bytes, copy;
	int rc;

	p->page->steps++;
	arena_reset(p->scratch);
	rc = read_entry(p->l, lsn, &en, &bytes, p->scratch, e);
	if (!rc)
		rc = feed_sees(p->l, p->scope, &en, p->scratch, e);
	if (rc < 0 || !rc)
		return rc < 0 ? rc : 1;
	if (p->page->count &&
	    (p->page->count == p->ask->count_max || p->bytes >= p->ask->bytes_max ||
	     bytes.len + p->ask->each_bytes > p->ask->bytes_max - p->bytes))
		return 0;
	copy = arena_copy(p->a, bytes);
	if (!copy.data)
		return err_set(e, ERR_NOMEM, "no memory for a page");
	p->entries[p->page->count++] = copy;
	p->bytes += bytes.len + p->ask->each_bytes;
	return 1;
}

static int page_of(struct paging *p, const struct finding *f, struct err *e)
{
	int rc = 1;

	for (size_t i = 0; i < f->count && rc == 1; i++) {
		rc = take(p, f->lsn[i], e);
		if (rc == 1)
			p->page->next = f->lsn[i];
	}
	p->page->more = !rc;
	if (rc == 1)
		p->page->next = f->tip;
	return rc < 0 ? rc : 0;
}

static int page_by_scan(struct paging *p, uint64_t tip, struct err *e)
{
	uint64_t lsn = p->ask->after;
	int rc = 1;

	for (size_t looked = 0; lsn < tip && rc == 1 && looked < FEED_STEPS_MAX; looked++) {
		rc = take(p, lsn + 1, e);
		if (rc == 1)
			lsn++;
	}
	p->page->next = lsn;
	p->page->more = lsn < tip;
	return rc < 0 ? rc : 0;
}

/* Walking costs what the part has after the cursor, scanning what the log has until the page is
 * full; both guessed from how many units of the tree are in the part. */
static bool links_are_shorter(struct ledger *l, const struct feed_scope *s,
			      const struct feed_ask *ask)
{
	uint64_t behind = l->info.lsn - ask->after, all = tree_count(l->tree) + 1, mine = 1;
	uint64_t fits = ask->bytes_max / FEED_ENTRY_BYTES + 1, scan;

	for (size_t i = 0; i < tree_count(l->tree); i++)
		mine += within(l->tree, tree_at(l->tree, i)->unit, s->unit, s->today);
	if (fits > ask->count_max)
		fits = ask->count_max;
	scan = fits * (all / mine + 1);
	return mine + behind / (all / mine + 1) < (behind < scan ? behind : scan);
}

static int find_page(struct paging *p, struct err *e)
{
	struct ledger *l = p->l;
	const struct feed_ask *ask = p->ask;
	struct arena *room = arena_new(FEED_STEPS_MAX * sizeof(uint64_t) + 4096);
	struct finding f = { .l = l, .after = ask->after, .tip = p->tip, .scratch = p->scratch };
	bool walk = !p->scope->all &&
		    (ask->way == FEED_WALK || (!ask->way && links_are_shorter(l, p->scope, ask)));
	int rc = walk ? handed_get(l, e) : 0;

	if (walk && !rc) {
		/* each in its unit's chain, perhaps in the device's, perhaps addressed, and as often as it was
		 * handed on */
		f.room = (size_t)(3 * (p->tip - ask->after)) + l->handed_count;
		if (f.room > FEED_STEPS_MAX)
			f.room = FEED_STEPS_MAX;
		f.lsn = room ? arena_array(room, f.room + 1, sizeof(*f.lsn)) : NULL;
		rc = f.lsn ? find_by_links(&f, p->scope, e)
			   : err_set(e, ERR_NOMEM, "no memory for a page");
		p->page->steps = f.steps;
		if (!rc)
			rc = page_of(p, &f, e);
	}
	if (rc == 1 || (!rc && !walk))
		rc = page_by_scan(p, f.tip, e);
	arena_free(room);
	return rc;
}

int feed_page(struct feed_page *out, struct ledger *l, const struct feed_scope *s,
	      const struct feed_ask *ask, struct arena *a, struct err *e)
{
	struct paging p = { .l = l, .scope = s, .ask = ask, .page = out, .a = a };
	size_t fits;
	int rc;

	*out = (struct feed_page){ .next = ask->after };
	assert(ask->count_max);
	if (ask->after > l->info.lsn)
		return err_set(e, ERR_RANGE, "a cursor at %llu, the log ends at %llu",
			       (unsigned long long)ask->after, (unsigned long long)l->info.lsn);
	/* most devices have read nearly all: room for what there is, rather than for what a page can hold */
	p.tip = l->info.lsn;
	fits = p.tip - ask->after < ask->count_max ? (size_t)(p.tip - ask->after) : ask->count_max;
	p.scratch = arena_new(FEED_SCRATCH);
	p.entries = arena_array(a, fits + 1, sizeof(*p.entries));
	rc = p.scratch && p.entries ? read_enter(l, e)
				    : err_set(e, ERR_NOMEM, "no memory for a page");
	if (!rc) {
		rc = find_page(&p, e);
		read_leave(l);
	}
	arena_free(p.scratch);
	out->entries = p.entries;
	return rc;
}
