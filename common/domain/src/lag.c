#include "domain/lag.h"

#include "base/num.h"

#include <assert.h>
#include <stdlib.h>

const char *lag_cause_name(enum lag_cause c)
{
	static const char *const names[] = {
		[LAG_NONE] = "",
		[LAG_NOT_REPORTED] = "not-reported",
		[LAG_NO_SOURCE] = "no-source",
		[LAG_LATE_DOSSIERS] = "late-dossiers",
		[LAG_LOW] = "low",
		[LAG_EXCEEDED] = "exceeded",
	};

	static_assert(ARRAY_LEN(names) == LAG_CAUSES, "every cause has a name");
	return names[(unsigned)c < LAG_CAUSES ? c : LAG_NONE];
}

static bool is_behind(enum pace_status s)
{
	return s == PACE_NOT_REPORTED || s == PACE_BEHIND || s == PACE_FAR_BEHIND ||
	       s == PACE_OVER || s == PACE_EXCEEDED;
}

enum lag_cause lag_judge(const struct lag_facts *f)
{
	if (!is_behind(f->pace->status))
		return LAG_NONE;
	if (f->missing || f->pace->status == PACE_NOT_REPORTED)
		return LAG_NOT_REPORTED;
	if (f->pace->status == PACE_EXCEEDED)
		return LAG_EXCEEDED;
	if (f->no_source)
		return LAG_NO_SOURCE;
	if (f->late_dossiers > 0 && f->late_dossiers >= f->pace->by_now - f->attained)
		return LAG_LATE_DOSSIERS;
	return LAG_LOW;
}

struct item {
	int64_t attained, due;
	size_t index;
};

static int by_part(const void *a, const void *b)
{
	const struct item *x = a, *y = b;
	int c = num_ratio_cmp(x->attained, x->due, y->attained, y->due);

	return c ? c : (x->index > y->index) - (x->index < y->index);
}

int lag_list(size_t *order, size_t *listed, const struct lag_facts *facts, size_t count,
	     struct err *e)
{
	struct item *items = calloc(count + 1, sizeof(*items));

	*listed = 0;
	if (!items)
		return err_set(e, ERR_NOMEM, "no memory to list who is behind");
	for (size_t i = 0; i < count; i++) {
		const struct pace *p = facts[i].pace;

		if (lag_judge(&facts[i]) == LAG_NONE)
			continue;
		/* Before anything is due a unit that did not report has still a place. */
		items[*listed] = (struct item){ facts[i].attained, p->by_now > 0 ? p->by_now : 1,
						i };
		if (p->status == PACE_EXCEEDED)
			items[*listed] = (struct item){ facts[i].attained - p->excess,
							facts[i].attained, i };
		++*listed;
	}
	qsort(items, *listed, sizeof(*items), by_part);
	for (size_t i = 0; i < *listed; i++)
		order[i] = items[i].index;
	free(items);
	return 0;
}
