#include "domain/form.h"

const struct measure *form_measure(const struct form *f, uint16_t no)
{
	size_t low = 0, high = f->measure_count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (f->measures[mid].no < no)
			low = mid + 1;
		else
			high = mid;
	}
	return low < f->measure_count && f->measures[low].no == no ? &f->measures[low] : NULL;
}

bool measure_counts(const struct measure *m, struct period sheet, struct period range)
{
	if (m->kind != MEASURE_STOCK)
		return true;
	return m->opening ? sheet.from == range.from : sheet.to == range.to;
}

const struct measure *form_measure_code(const struct form *f, struct span code)
{
	for (size_t i = 0; i < f->measure_count; i++) {
		if (span_eq(span_str(f->measures[i].code), code))
			return &f->measures[i];
	}
	return NULL;
}
