#include "old_set.h"

#include <stdlib.h>

enum { DECODE_BUDGET = 1 << 20 };

void old_set_fini(struct old_set *s)
{
	free(s->rows);
	*s = (struct old_set){ .rows = NULL };
}

static int by_id(const void *a, const void *b)
{
	return op_id_cmp(((const struct old_have *)a)->id, ((const struct old_have *)b)->id);
}

const struct old_have *old_set_find(const struct old_set *s, struct op_id id)
{
	struct old_have key = { .id = id };

	return s->count ? bsearch(&key, s->rows, s->count, sizeof(key), by_id) : NULL;
}

static bool same_base(const struct op_base *a, const struct op_base *b)
{
	return a->lsn == b->lsn && !memcmp(a->incarnation, b->incarnation, sizeof(a->incarnation));
}

bool old_set_has_act(const struct old_set *s, const struct envelope *env, uint64_t shared)
{
	for (size_t i = 0; i < s->count && !s->rows[i].id.device; i++) {
		const struct old_have *row = &s->rows[i];

		if (memcmp(row->body_hash, env->body_hash, HASH_BYTES))
			continue;
		if (same_base(&row->base, &env->base))
			return true;
		/* what the present incarnation does is later than all that was lost */
		if (row->made && (shared ? row->lsn > shared
					 : !memcmp(row->base.incarnation, s->incarnation, 16)))
			return true;
	}
	return false;
}

/* The newest rows, behind the first `had`, to their places: one by one while they are few. */
static void sort_in(struct old_set *s, size_t had)
{
	if (s->count - had > 16) {
		qsort(s->rows, s->count, sizeof(*s->rows), by_id);
		return;
	}
	for (size_t i = had; i < s->count; i++) {
		struct old_have row = s->rows[i];
		size_t low = 0, high = i;

		while (low < high) {
			size_t mid = low + (high - low) / 2;

			if (op_id_cmp(s->rows[mid].id, row.id) < 0)
				low = mid + 1;
			else
				high = mid;
		}
		memmove(s->rows + low + 1, s->rows + low, (i - low) * sizeof(row));
		s->rows[low] = row;
	}
}

/* What stands before the first incarnation that begins here was made by a server that had not noticed its restore. */
static bool made_here(const struct old_set *s, const struct envelope *env)
{
	static const uint8_t none[16];

	return !memcmp(s->incarnation, none, sizeof(none)) ||
	       !memcmp(s->incarnation, env->base.incarnation, sizeof(none));
}

static int add(struct old_set *s, const struct entry *en, const struct envelope *env, struct err *e)
{
	struct old_have *row;

	if (s->count == s->room) {
		size_t room = s->room ? 2 * s->room : 1024;
		struct old_have *rows = realloc(s->rows, room * sizeof(*rows));

		if (!rows)
			return err_set(e, ERR_NOMEM, "no memory for %zu entries", room);
		s->rows = rows;
		s->room = room;
	}
	row = &s->rows[s->count++];
	*row = (struct old_have){ .id = { en->device, env->epoch, env->seq },
				  .base = env->base,
				  .lsn = en->lsn,
				  .made = !en->device && made_here(s, env) };
	memcpy(row->body_hash, env->body_hash, HASH_BYTES);
	return 0;
}

/* Its own entry stands among those that all read. */
static void note_incarnation(struct old_set *s, const struct entry *en, struct arena *a)
{
	struct op op;

	if (!en->device && !en->unit && op_decode(&op, en->body, a, NULL) == CODE_OK &&
	    op.kind == OP_INCARNATION)
		memcpy(s->incarnation, op.incarnation.id, sizeof(s->incarnation));
}

static int read_one(struct old_set *s, struct ledger *l, uint64_t lsn, struct buf *bytes,
		    struct arena *a, struct err *e)
{
	struct envelope env;
	struct entry en;
	int rc;

	buf_reset(bytes);
	arena_reset(a);
	rc = ledger_entry(l, lsn, bytes, e);
	if (!rc)
		rc = entry_decode(&en, buf_span(bytes), a, e);
	if (!rc)
		rc = envelope_decode(&env, en.envelope, a, e);
	if (!rc)
		rc = add(s, &en, &env, e);
	if (!rc)
		note_incarnation(s, &en, a);
	return rc;
}

int old_set_follow(struct old_set *s, struct ledger *l, uint64_t from, struct err *e)
{
	uint64_t end = ledger_info(l).lsn, lsn;
	size_t had;
	struct arena *a;
	struct buf bytes;
	int rc = 0;

	if (s->read && (s->from > from || s->through > end))
		old_set_fini(s); /* it begins earlier than was thought, or is another log */
	if (!s->read)
		*s = (struct old_set){ .from = from, .through = from, .read = true };
	if (s->through == end)
		return 0;
	a = arena_new(DECODE_BUDGET);
	if (!a)
		return err_set(e, ERR_NOMEM, "no memory to read the log");
	buf_init(&bytes, ENTRY_MAX);
	had = s->count;
	for (lsn = s->through + 1; lsn <= end && !rc; lsn++)
		rc = read_one(s, l, lsn, &bytes, a, e);
	buf_fini(&bytes);
	arena_free(a);
	if (rc) {
		old_set_fini(s);
		return rc;
	}
	s->through = end;
	sort_in(s, had);
	return 0;
}
