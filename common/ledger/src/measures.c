/* The measures of all forms that the ledger has. */
#include "internal.h"

size_t measure_room(const struct ledger *l)
{
	size_t room = 1;

	for (size_t i = 0; i < l->form_count; i++) {
		const struct form *f = l->forms[i].form;

		/* they ascend */
		if (f->measure_count && f->measures[f->measure_count - 1].no >= room)
			room = f->measures[f->measure_count - 1].no + 1u;
	}
	return room;
}

const uint16_t *measures_added(size_t *count, const struct ledger *l, struct arena *a)
{
	size_t room = measure_room(l);
	bool *added = arena_array(a, room, sizeof(*added));
	uint16_t *list = arena_array(a, room, sizeof(*list));

	*count = 0;
	if (!added || !list)
		return NULL;
	for (size_t i = 0; i < l->form_count; i++)
		for (size_t k = 0; k < l->forms[i].form->measure_count; k++)
			if (l->forms[i].form->measures[k].additive)
				added[l->forms[i].form->measures[k].no] = true;
	for (size_t no = 1; no < room; no++)
		if (added[no])
			list[(*count)++] = (uint16_t)no;
	return list;
}
