#include "domain/rank.h"

#include "base/num.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static const char *const by_names[] = {
	[RANK_BY_ATTAINMENT] = "attainment",
	[RANK_BY_RATE] = "rate",
	[RANK_BY_COUNT] = "count",
};
static_assert(ARRAY_LEN(by_names) == RANK_BYS, "every way has a name");

const char *rank_by_name(enum rank_by b)
{
	return by_names[(unsigned)b < RANK_BYS ? b : RANK_BY_ATTAINMENT];
}

enum rank_by rank_by_parse(const char *name)
{
	for (unsigned i = 0; i < RANK_BYS; i++)
		if (!strcmp(by_names[i], name))
			return (enum rank_by)i;
	return RANK_BYS;
}

const char *rank_apart_name(enum rank_apart a)
{
	static const char *const names[] = {
		[RANK_PLACED] = "",
		[RANK_NO_SOURCE] = "no-source",
		[RANK_SHEET_MISSING] = "sheet-missing",
		[RANK_NOT_REPORTED] = "not-reported",
		[RANK_NO_TARGET] = "no-target",
		[RANK_LIMIT] = "limit",
		[RANK_SMALL_TARGET] = "small-target",
		[RANK_NO_MEMBERS] = "no-members",
	};

	static_assert(ARRAY_LEN(names) == RANK_APARTS, "every reason has a name");
	return names[(unsigned)a < RANK_APARTS ? a : RANK_PLACED];
}

/* ---- groups ---- */

static bool is_one_of(const char *tag, size_t len, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strlen(names[i]) == len && !memcmp(names[i], tag, len))
			return true;
	return false;
}

const char *rank_group(char out[RANK_GROUP_MAX], const char *tags)
{
	static const char *const armed[] = { "army", "police", "border" };
	static const char *const places[] = { "locality", "commune", "town" };
	static const char named[] = "group=", between[] = " ,;";
	const char *group = "bloc";

	for (const char *at = tags; *at;) {
		size_t len = strcspn(at, between), skip = sizeof(named) - 1;

		if (len > skip && len - skip < RANK_GROUP_MAX && !memcmp(at, named, skip)) {
			memcpy(out, at + skip, len - skip);
			out[len - skip] = '\0';
			return out;
		}
		if (is_one_of(at, len, armed, ARRAY_LEN(armed)))
			group = "armed";
		else if (is_one_of(at, len, places, ARRAY_LEN(places)))
			group = "locality";
		at += len;
		at += strspn(at, between);
	}
	memcpy(out, group, strlen(group) + 1);
	return out;
}

/* ---- places ---- */

struct item {
	int64_t num, den;
	size_t index;
	const char *group;
	bool placed;
};

static enum rank_apart apart(const struct rank_row *r, enum rank_by by, int64_t small)
{
	if (r->no_source)
		return RANK_NO_SOURCE;
	if (r->missing)
		return RANK_SHEET_MISSING;
	if (!r->has_value)
		return RANK_NOT_REPORTED;
	if (by == RANK_BY_ATTAINMENT) {
		if (r->has_goal && r->limit)
			return RANK_LIMIT;
		if (!r->has_goal || r->goal <= 0)
			return RANK_NO_TARGET;
		if (r->goal < small)
			return RANK_SMALL_TARGET;
	}
	if (by == RANK_BY_RATE && (!r->has_members || r->members <= 0))
		return RANK_NO_MEMBERS;
	return RANK_PLACED;
}

static int64_t below_line(const struct rank_row *r, enum rank_by by)
{
	return by == RANK_BY_ATTAINMENT ? r->goal : by == RANK_BY_RATE ? r->members : 1;
}

static int compare(const struct item *a, const struct item *b)
{
	return num_ratio_cmp(b->num, b->den, a->num, a->den); /* the greater first */
}

static int by_place(const void *a, const void *b)
{
	const struct item *x = a, *y = b;
	int c;

	if (x->placed != y->placed)
		return x->placed ? -1 : 1;
	c = x->placed ? compare(x, y) : 0;
	return c ? c : (x->index > y->index) - (x->index < y->index);
}

static int by_group(const void *a, const void *b)
{
	const struct item *x = a, *y = b;
	int c;

	if (x->placed != y->placed)
		return x->placed ? -1 : 1;
	c = strcmp(x->group, y->group);
	return c ? c : by_place(a, b);
}

/* Places of the run items[from, to), which is sorted. */
static void give(struct rank_place *out, const struct item *items, size_t from, size_t to,
		 bool in_group)
{
	uint32_t place = 0;

	for (size_t i = from; i < to; i++) {
		bool same = i > from && !compare(&items[i - 1], &items[i]);
		struct rank_place *p = &out[items[i].index];

		if (!same)
			place = (uint32_t)(i - from + 1);
		if (in_group) {
			p->in_group = place;
			p->in_group_of = (uint32_t)(to - from);
			continue;
		}
		p->overall = place;
		p->overall_of = (uint32_t)(to - from);
		p->tied = same;
		if (same)
			out[items[i - 1].index].tied = true;
	}
}

int rank_rows(struct rank_place *out, size_t *order, const struct rank_row *rows, size_t count,
	      enum rank_by by, int64_t small, struct err *e)
{
	struct item *items = calloc(count + 1, sizeof(*items));
	size_t placed = 0;

	if (!items)
		return err_set(e, ERR_NOMEM, "no memory to rank");
	for (size_t i = 0; i < count; i++) {
		out[i] = (struct rank_place){ .apart = apart(&rows[i], by, small) };
		items[i] = (struct item){ .index = i, .group = rows[i].group };
		if (out[i].apart != RANK_PLACED)
			continue;
		items[i].placed = true;
		items[i].num = rows[i].value;
		items[i].den = below_line(&rows[i], by);
		placed++;
	}
	qsort(items, count, sizeof(*items), by_group);
	for (size_t from = 0, to; from < placed; from = to) {
		for (to = from + 1; to < placed && !strcmp(items[from].group, items[to].group);)
			to++;
		give(out, items, from, to, true);
	}
	qsort(items, count, sizeof(*items), by_place);
	give(out, items, 0, placed, false);
	for (size_t i = 0; i < count; i++)
		order[i] = items[i].index;
	free(items);
	return 0;
}
