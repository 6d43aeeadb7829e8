/* A CSV file from outside: every cell stays inside the file's text or the reader's arena, and a row never
 * has more cells than columns. */
#include "fuzz.h"

#include "base/csv.h"
#include "base/dates.h"
#include "base/text.h"

static const struct csv_column columns[] = {
	{ "unit", true, false },
	{ "from", true, true },
	{ "measure", false, true },
	{ "value", false, true },
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span cells[ARRAY_LEN(columns)];
	struct err e = { 0 };
	struct csv *csv;
	size_t rows = 0;

	if (csv_open(&csv, span_of(data, size), columns, ARRAY_LEN(columns), &e)) {
		assert(e.code != ERR_NONE && e.msg[0]);
		return 0;
	}
	for (int rc = 1; rc && rows <= size; rows++) {
		enum text_grouping grouping;
		enum day_style style;
		int64_t n;
		day_t day;

		rc = csv_next(csv, cells, &e);
		for (size_t i = 0; rc == 1 && i < ARRAY_LEN(columns); i++) {
			assert(!cells[i].len || text_valid(cells[i], NULL));
			(void)text_count(&n, &grouping, cells[i], &e);
			(void)day_parse(&day, &style, cells[i], &e);
		}
	}
	assert(rows <= size + 1); /* it ends */
	csv_close(csv);
	return 0;
}
