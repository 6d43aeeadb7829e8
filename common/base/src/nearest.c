#include "nearest.h"

enum { NAME_MAX_BYTES = 40, TYPOS_MAX = 2 };

struct nearest nearest_to(struct span typed)
{
	return (struct nearest){ typed, NULL, TYPOS_MAX + 1 };
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Levenshtein's distance, one row of the table at a time. */
static size_t distance(struct span a, struct span b)
{
	size_t row[NAME_MAX_BYTES + 1];

	if (a.len > NAME_MAX_BYTES || b.len > NAME_MAX_BYTES)
		return NAME_MAX_BYTES;
	for (size_t j = 0; j <= b.len; j++)
		row[j] = j;
	for (size_t i = 1; i <= a.len; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= b.len; j++) {
			size_t above = row[j];

			row[j] = least(least(above, row[j - 1]) + 1,
				       diagonal + (a.data[i - 1] != b.data[j - 1]));
			diagonal = above;
		}
	}
	return row[b.len];
}

void nearest_try(struct nearest *n, const char *name)
{
	size_t d = distance(n->typed, span_str(name));

	if (d < n->distance && d < strlen(name)) {
		n->distance = d;
		n->name = name;
	}
}
