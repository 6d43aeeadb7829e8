/* Pages of the feed. What a device may see is decided in feed_sees() alone; the rest only finds
 * candidates without looking at the whole log. */
#include "feed_part.h"
#include "internal.h"

#include "ledger/feed.h"

#include <stdlib.h>

enum {
	FEED_ENTRY_BYTES = 600, /* a usual entry: to guess how many fill a page */
	FEED_SCRATCH = FEED_SEES_ARENA + ENTRY_MAX,
	PART_ROOM =
		64
		<< 20, /* the units of the largest part, met over and over; taken only as far as used */
};

static bool kind_for_all_below(enum op_kind kind)
{
	return kind == OP_REQUEST || kind == OP_UNIT || kind == OP_ACT || kind == OP_CLOSE ||
	       kind == OP_UNLOCK || kind == OP_UNIT_KEY;
}

/* To whom the entry was given: *count of them from *given on. */
static int handed_on(const struct handed **given, size_t *count, struct ledger *l, uint64_t lsn,
		     struct err *e)
{
	size_t low = 0, high, end;
	int rc = handed_get(l, e);

	high = rc ? 0 : l->handed_count;
	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (l->handed[mid].lsn < lsn)
			low = mid + 1;
		else
			high = mid;
	}
	for (end = low; !rc && end < l->handed_count && l->handed[end].lsn == lsn; end++)
		continue;
	*given = l->handed ? l->handed + low : NULL;
	*count = end - low;
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
	return !unit || part_within(l->tree, unit, s->unit, s->today);
}

int feed_sees(struct ledger *l, const struct feed_scope *s, const struct entry *en,
	      struct arena *scratch, struct err *e)
{
	struct op op = { .kind = OP_NONE };
	const struct handed *given;
	bool above, before, left;
	enum op_code code;
	size_t count;
	int rc;

	if (s->all || !en->unit || (en->device && en->device == s->device) ||
	    part_within(l->tree, en->unit, s->unit, s->today))
		return 1;
	rc = handed_on(&given, &count, l, en->lsn, e);
	for (size_t i = 0; i < count && !rc; i++)
		rc = part_within(l->tree, given[i].into, s->unit, s->today);
	if (!rc)
		rc = addressed_here(l, s, en->lsn, e);
	if (rc)
		return rc;
	above = part_within(l->tree, s->unit, en->unit, s->today);
	before = part_came_over(l->tree, en->unit, s->unit, s->today);
	left = s->left && en->body.data && left_concerns(l, s, en, given, count);
	if (!en->body.data || (!above && !before && !left))
		return 0;
	code = op_decode(&op, en->body, scratch, e);
	if (code == CODE_NO_VERDICT)
		return err_set(e, ERR_NOMEM, "no memory to read an op");
	if ((above && kind_for_all_below(op.kind)) ||
	    (before && (op.kind == OP_UNIT || op.kind == OP_PLAN)))
		return 1;
	return left && code == CODE_OK ? left_tells(l, s, en, &op, given, count, scratch, e) : 0;
}

/* ---- candidates by the back links ---- */

struct finding {
	struct ledger *l;
	uint64_t after, tip;
	const uint32_t *units; /* whose chains may be walked */
	size_t unit_count;
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
		    (part_within(f->l->tree, f->l->handed[i].into, s->unit, s->today) ||
		     (s->left && part_left(f->l->tree, f->l->handed[i].into, s->unit, s->today)))) {
			rc = f->steps++ == FEED_STEPS_MAX;
			if (!rc)
				rc = found(f, lsn, e);
		}
	}
	for (size_t i = 0; i < f->unit_count && !rc; i++) {
		if (!part_read_by(f->l->tree, f->units[i], s->unit, s->today, s->left))
			continue;
		rc = unit_head_get(f->l, f->units[i], &head, e);
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
	uint64_t behind = l->info.lsn - ask->after, all = tree_count(l->tree) + 1;
	uint64_t mine = 1 + part_guess(l->tree, s->unit), scan;
	uint64_t fits = ask->bytes_max / FEED_ENTRY_BYTES + 1;

	if (mine > all) /* who was met more than once */
		mine = all;
	if (fits > ask->count_max)
		fits = ask->count_max;
	scan = fits * (all / mine + 1);
	return mine + behind / (all / mine + 1) < (behind < scan ? behind : scan);
}

static int find_page(struct paging *p, struct err *e)
{
	struct ledger *l = p->l;
	const struct feed_ask *ask = p->ask;
	struct arena *room = arena_new(FEED_STEPS_MAX * sizeof(uint64_t) + PART_ROOM);
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
		if (f.lsn)
			part_units(&f.units, &f.unit_count, l->tree, p->scope->unit, room);
		rc = f.lsn && f.units ? find_by_links(&f, p->scope, e)
				      : err_set(e, ERR_NOMEM, "no memory for a page");
		p->page->steps = f.steps;
		p->page->units = f.unit_count;
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
