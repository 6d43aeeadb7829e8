/* What the makers of papers share: one for each kind of answer. */
#ifndef REPORT_PRINT_BUILD_H
#define REPORT_PRINT_BUILD_H

#include "internal.h"
#include "report/names.h"
#include "report/print.h"
#include "report/words.h"

struct print_build {
	struct paper *p;
	const json_t *answer;
	struct ledger *names;
	struct arena *a;
	struct err *e;
};

/* Number or null, as the next cell. */
void build_number(struct print_build *b, const json_t *n);
void build_percent(struct print_build *b, const json_t *decimal);
void build_text(struct print_build *b, const char *text);
/* The row's name, else its code. */
const char *build_name(const json_t *row);
/* A percentage of two numbers; empty where one is null or nothing is in the lower one. */
void build_ratio(struct print_build *b, const json_t *part, const json_t *whole);

int build_table(struct print_build *b);
int build_totals(struct print_build *b);
int build_rank(struct print_build *b);
int build_laggards(struct print_build *b);
int build_months(struct print_build *b);
int build_sources(struct print_build *b);
int build_commended(struct print_build *b);
int build_stat_form(struct print_build *b);

/* "xếp thứ" and such begin small on the screen. On paper it heads a column. */
const char *build_capital(struct arena *a, const char *text);
#endif
