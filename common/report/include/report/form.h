/* A form of a half-year or a year whose figures come from elsewhere (forms 1 and 2 of guidance 11-HD/BTCTW of 2021), of a
 * unit and all below it: what was signed, beside what the monthly sheets and the register come to. */
#ifndef REPORT_FORM_H
#define REPORT_FORM_H

#include "report/report.h"

/* As CONTRACT.md says of `form`. A year is the sum of its half-years. -ERR_NOTFOUND (form, unit), -ERR_INVALID: the form
 * has no such figures; -ERR_RANGE: no whole periods of the form. */
int report_form(json_t **out, struct ledger *l, const struct question *q, const char *form,
		struct arena *a, struct err *e);
/* For people and on paper: print_paper() of kind PRINT_FORM, and paper_words(). */
#endif
