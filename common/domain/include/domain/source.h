/* Rates of the survey of sources, each as n of N, and cells into which nobody came for long. Pure: the figures
 * are the caller's. */
#ifndef DOMAIN_SOURCE_H
#define DOMAIN_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum source_about { SOURCE_ADMITTED, SOURCE_COVERED, SOURCE_GOAL };

/* n and N are measures by code. SOURCE_ADMITTED: admissions of a group to the people in it; SOURCE_COVERED: in
 * class or on the list; SOURCE_GOAL: the rest, held against 100 %. */
struct source_rate {
	const char *code; /* "admitted-rural", "class", "reception" */
	enum source_about about;
	const char *part, *whole;
};
const struct source_rate *source_rates(size_t *count);

enum source_dry { DRY_NO, DRY_YES, DRY_UNKNOWN };

/* Was nobody admitted in the newest `span` months? months[0] is the newest, -1: not reported. DRY_UNKNOWN where
 * months are not reported, or are further back than what is known, and nobody came in the others. */
enum source_dry source_dry(const int64_t *months, size_t count, size_t span);
#endif
