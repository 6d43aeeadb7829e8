/* What is kept in memory beside the store: the tree and the parsed forms, both functions of rows. */
#include "internal.h"

#include "ledger/feed.h"

#include <stdlib.h>

/* The rows, and the numbers of those units that acts have changed since they were made. */
struct loading {
	struct ledger *l;
	struct tree *tree;
	struct arena *a;
	uint32_t *changed;
	size_t count, cap;
	struct err *e;
};

static int note_changed(struct loading *w, uint32_t unit)
{
	if (w->count == w->cap) {
		size_t cap = w->cap ? w->cap * 2 : 64;
		uint32_t *grown = realloc(w->changed, cap * sizeof(*grown));

		if (!grown)
			return err_set(w->e, ERR_NOMEM, "no memory for the tree");
		w->changed = grown;
		w->cap = cap;
	}
	w->changed[w->count++] = unit;
	return 0;
}

static int load_made(struct loading *w)
{
	struct kv_cursor *c = NULL;
	struct span key, value, none = { NULL, 0 };
	int rc = kv_walk(&c, w->l->txn, T_UNIT, none, none, false, w->e);

	while (!rc && (rc = kv_next(c, &key, &value, w->e)) == 1) {
		struct op_unit u = { .unit = key_read_u32(key, 0) };
		struct unit since;
		uint64_t lsn;
		struct rd r;

		arena_reset(w->a);
		rc = row_open(&r, T_UNIT, value, w->e);
		if (!rc)
			rc = unit_read(&r, &lsn, &u, &since, w->a, w->e);
		if (!rc)
			rc = tree_add(w->tree, &u, lsn, w->e);
		if (!rc && (since.name_count || since.edge_count || since.kind_count ||
			    since.life_count || since.link_count))
			rc = note_changed(w, u.unit);
	}
	kv_walk_end(c);
	return rc;
}

/* Behind all that was made: a unit may have been moved to one with a greater number. */
static int load_changed(struct loading *w)
{
	int rc = 0;

	for (size_t i = 0; i < w->count && !rc; i++) {
		struct op_unit u = { .unit = w->changed[i] };
		struct key key = key_u32(u.unit);
		struct unit since;
		struct span value;
		uint64_t lsn;
		struct rd r;

		arena_reset(w->a);
		rc = kv_get(w->l->txn, T_UNIT, key_span(&key), &value, w->e);
		if (!rc)
			rc = row_open(&r, T_UNIT, value, w->e);
		if (!rc)
			rc = unit_read(&r, &lsn, &u, &since, w->a, w->e);
		if (!rc)
			rc = tree_restore(w->tree, u.unit, &since, w->e);
	}
	return rc;
}

/* The committed tree: rows of this batch are not in the store yet. */
static int load_units(struct ledger *l, struct tree **out, struct err *e)
{
	struct loading w = { .l = l, .a = arena_new(SCRATCH_BUDGET), .e = e };
	int rc = w.a ? tree_new(&w.tree, e) : err_set(e, ERR_NOMEM, "no memory for the tree");

	if (!rc && l->scope)
		tree_set_part(w.tree);
	if (!rc)
		rc = load_made(&w);
	if (!rc)
		rc = load_changed(&w);
	free(w.changed);
	arena_free(w.a);
	if (rc)
		tree_free(w.tree);
	else
		*out = w.tree;
	return rc;
}

static int load_forms(struct ledger *l, struct err *e)
{
	struct kv_cursor *c = NULL;
	struct span key, value, none = { NULL, 0 };
	int rc = kv_walk(&c, l->txn, T_FORM, none, none, false, e);

	while (!rc && (rc = kv_next(c, &key, &value, e)) == 1) {
		struct form_slot *slot = &l->forms[l->form_count];
		struct rd r;

		rc = row_open(&r, T_FORM, value, e);
		if (!rc && l->form_count == FORMS_MAX)
			rc = err_set(e, ERR_CORRUPT, "more than %d versions of forms", FORMS_MAX);
		if (rc)
			break;
		slot->lsn = rd_varint(&r);
		slot->arena = arena_new(1 << 20);
		rc = slot->arena ? form_parse(&slot->form, rd_lenspan(&r), slot->arena, e)
				 : err_set(e, ERR_NOMEM, "no memory for a form");
		if (rc) {
			arena_free(slot->arena);
			break;
		}
		slot->no = slot->form->no;
		slot->version = slot->form->version;
		l->form_count++;
	}
	kv_walk_end(c);
	return rc;
}

static int load_meta(struct ledger *l, struct err *e)
{
	struct rd r;
	struct span s;
	int rc = row_get(l, T_META, key_text(SPAN_LIT("store")), &r, e);

	if (rc)
		return rc;
	memset(&l->info, 0, sizeof(l->info));
	s = rd_bytes(&r, 80); /* store, incarnation, its parent, log key */
	if (!s.data)
		return row_done(&r, T_META, e);
	memcpy(l->info.store, s.data, 16);
	memcpy(l->info.incarnation, s.data + 16, 16);
	memcpy(l->info.log_key, s.data + 48, 32);
	l->info.illustrative = rd_u8(&r);
	(void)rd_varint(&r);
	(void)rd_varint(&r);
	rc = row_done(&r, T_META, e);
	if (!rc)
		rc = row_get(l, T_META, key_text(SPAN_LIT("tip")), &r, e);
	if (rc)
		return rc;
	l->info.lsn = rd_varint(&r);
	l->info.time_ms = rd_zigzag(&r);
	rc = row_done(&r, T_META, e);
	if (rc || !l->info.illustrative)
		return rc;
	rc = row_get(l, T_META, key_text(SPAN_LIT("clock")), &r, e);
	if (rc == -ERR_NOTFOUND)
		return 0;
	if (!rc) {
		l->info.clock_ms = rd_zigzag(&r);
		rc = row_done(&r, T_META, e);
	}
	return rc;
}

void state_drop(struct ledger *l)
{
	tree_free(l->tree);
	tree_free(l->tree_before);
	l->tree = l->tree_before = NULL;
	duty_drop(l);
	range_drop(l);
	handed_drop(l);
	for (size_t i = 0; i < l->form_count; i++)
		arena_free(l->forms[i].arena);
	l->form_count = l->forms_committed = 0;
}

void state_new_tree(struct ledger *l, struct tree *tree)
{
	if (l->tree_before)
		tree_free(l->tree);
	else
		l->tree_before = l->tree;
	l->tree = tree;
	handed_drop(l);
}

void state_committed(struct ledger *l)
{
	tree_free(l->tree_before);
	l->tree_before = NULL;
	if (l->tree)
		tree_settle(l->tree);
	l->forms_committed = l->form_count;
	l->committed = l->info;
	l->frontier_committed = l->frontier;
}

void state_revert(struct ledger *l)
{
	if (l->tree_before) {
		tree_free(l->tree);
		l->tree = l->tree_before;
		l->tree_before = NULL;
	}
	if (l->tree)
		tree_take_back(l->tree);
	while (l->form_count > l->forms_committed)
		arena_free(l->forms[--l->form_count].arena);
	l->info = l->committed;
	l->frontier = l->frontier_committed;
}

/* NOTFOUND would read as "there is no store". */
static int load_frontier(struct ledger *l, struct err *e)
{
	int rc = merkle_frontier_at(&l->frontier, l->info.lsn, log_node, l, e);

	return rc == -ERR_NOTFOUND ? err_set(e, ERR_CORRUPT, "the log of %llu entries has a gap",
					     (unsigned long long)l->info.lsn)
				   : rc;
}

/* What is kept in memory of the rows, besides what a batch adds. */
struct loaded {
	struct ledger_info info;
	struct merkle_frontier frontier;
	struct tree *tree;
	struct form_slot forms[FORMS_MAX];
	size_t form_count, forms_committed;
};

static void loaded_take(struct loaded *out, struct ledger *l)
{
	out->info = l->info;
	out->frontier = l->frontier;
	out->tree = l->tree;
	memcpy(out->forms, l->forms, sizeof(out->forms));
	out->form_count = l->form_count;
	out->forms_committed = l->forms_committed;
	l->tree = NULL;
	l->form_count = l->forms_committed = 0;
}

static void loaded_drop(struct loaded *d)
{
	tree_free(d->tree);
	for (size_t i = 0; i < d->form_count; i++)
		arena_free(d->forms[i].arena);
}

static void loaded_give(struct loaded *d, struct ledger *l)
{
	l->info = d->info;
	l->frontier = d->frontier;
	l->tree = d->tree;
	memcpy(l->forms, d->forms, sizeof(l->forms));
	l->form_count = d->form_count;
	l->forms_committed = d->forms_committed;
}

static int load_all(struct ledger *l, struct err *e)
{
	int rc = load_meta(l, e);

	if (rc == -ERR_NOTFOUND)
		rc = err_set(e, ERR_NOTFOUND, "there is no store here; `ketnapd init` makes one");
	if (!rc)
		rc = load_units(l, &l->tree, e);
	if (!rc)
		rc = load_forms(l, e);
	if (!rc && !l->scope)
		rc = load_frontier(l, e);
	return rc;
}

/* A reader that cannot load anew keeps what it had: it is asked again. */
int state_load(struct ledger *l, struct err *e)
{
	struct loaded before, after;
	int rc = read_enter(l, e);

	if (rc)
		return rc;
	loaded_take(&before, l);
	rc = load_all(l, e);
	read_leave(l);
	if (rc) {
		loaded_take(&after, l);
		loaded_drop(&after);
		loaded_give(&before, l);
		return rc;
	}
	loaded_drop(&before);
	duty_drop(l);
	range_drop(l);
	handed_drop(l);
	state_committed(l);
	return 0;
}

/* ---- following a writer over the same store ---- */

enum { REFRESH_LOOK_MAX = 1000 }; /* entries worth looking at before loading anew is cheaper */

/* Did one of the entries after `lsn` change what is kept in memory? 1, 0, or an error. */
static int memory_changed(struct ledger *l, uint64_t lsn, struct err *e)
{
	if (l->info.lsn < lsn || l->info.lsn - lsn > REFRESH_LOOK_MAX)
		return 1;
	while (lsn++ < l->info.lsn) {
		struct span bytes;
		struct entry en;
		struct op op = { .kind = OP_NONE };
		int rc = log_get(l, lsn, &bytes, e), readable;

		arena_reset(l->scratch);
		if (!rc)
			rc = entry_decode(&en, bytes, l->scratch, e);
		if (rc)
			return rc;
		if (en.verdict != VERDICT_ACCEPTED)
			continue;
		readable = body_open(&op, en.body, l->scratch, e);
		if (readable < 0)
			return readable;
		if (op.kind != OP_SHEET && op.kind != OP_TARGET && op.kind != OP_DEVICE &&
		    op.kind != OP_EPOCH && op.kind != OP_START && op.kind != OP_ENROL_CODE)
			return 1;
	}
	return 0;
}

int ledger_refresh(struct ledger *l, struct err *e)
{
	struct ledger_info was = l->info;
	int rc = read_enter(l, e);

	if (rc)
		return rc;
	assert(!l->in_batch);
	rc = load_meta(l, e);
	if (!rc && l->info.lsn != was.lsn)
		rc = memory_changed(l, was.lsn, e);
	if (rc == 1)
		rc = state_load(l, e);
	if (rc)
		l->info = was;
	else
		l->committed = l->info;
	read_leave(l);
	return rc;
}

int ledger_hold(struct ledger *l, struct err *e)
{
	int rc = read_enter(l, e);

	if (rc)
		return rc;
	rc = ledger_refresh(l, e);
	if (rc)
		read_leave(l);
	return rc;
}

void ledger_let_go(struct ledger *l)
{
	read_leave(l);
}

const struct tree *ledger_tree(const struct ledger *l)
{
	return l->tree;
}

const struct form *ledger_form(struct ledger *l, uint8_t form, uint16_t version, struct err *e)
{
	(void)e;
	for (size_t i = 0; i < l->form_count; i++)
		if (l->forms[i].no == form && l->forms[i].version == version)
			return l->forms[i].form;
	return NULL;
}

const struct form *ledger_form_newest(struct ledger *l, uint8_t form, struct err *e)
{
	const struct form *newest = NULL;

	(void)e;
	for (size_t i = 0; i < l->form_count; i++)
		if (l->forms[i].no == form && (!newest || l->forms[i].version > newest->version))
			newest = l->forms[i].form;
	return newest;
}

const struct form *ledger_form_code(struct ledger *l, struct span code, struct err *e)
{
	for (size_t i = 0; i < l->form_count; i++)
		if (span_eq(span_str(l->forms[i].form->code), code))
			return ledger_form_newest(l, l->forms[i].no, e);
	return NULL;
}

uint16_t ledger_measure(struct ledger *l, struct span code)
{
	for (size_t i = 0; i < l->form_count; i++) {
		const struct measure *m = form_measure_code(l->forms[i].form, code);

		if (m)
			return m->no;
	}
	return 0;
}
