/* How single things look to people, in the reader's language (lang_now). */
#ifndef REPORT_WORDS_H
#define REPORT_WORDS_H

#include "base/arena.h"
#include "base/dates.h"
#include "domain/op.h"

#include <stdio.h>

/* All lend from the arena; "" without memory. */
const char *show_number(struct arena *a, int64_t v);            /* 1.336, in English 1,336 */
const char *show_day(struct arena *a, day_t d);                 /* 22/09/2022, in English ISO */
const char *show_iso_day(struct arena *a, const char *iso);     /* the same; "" when it is no day */
const char *show_period(struct arena *a, struct period p);      /* 2022-08, as it is typed */
const char *show_percent(struct arena *a, const char *decimal); /* "81.46": 81,46%; NULL: "" */
const char *show_decimal(struct arena *a, const char *decimal); /* "35.00": 35,00; NULL: "" */
/* 22/09/2022 16:05:09, in English ISO 8601; with minutes only: 22/09/2022 16:05, 2022-09-22 16:05. */
const char *show_instant(struct arena *a, int64_t ms);
const char *show_minute(struct arena *a, int64_t ms);

/* A text for people with its whole numbers as show_number() has them: arena_printf() as lang_print() prints. */
const char *show_text(struct arena *a, const char *format, ...) BASE_PRINTF(2, 3);

/* As show_instant(), without an arena. Returns `out`. */
const char *instant_words(char out[INSTANT_TEXT_MAX], int64_t ms);

/* Why, as its author wrote it; what a server of ours wrote by itself, in the reader's language. */
struct span entry_reason(uint64_t device, const struct op *op);
extern const char promoted_reason[]; /* of the device of the standby that became the server */

/* What an entry of the log says beside what it did: on whose word, why, at which device (0: the server's
 * own). Nothing of what there is none; `op` NULL: the entry cannot be read. */
void aside_words(FILE *to, uint64_t device, const struct op *op);

/* A unit that only a log made which is no more: by its code there ("": by its number), and who has that number now ("":
 * nobody who is known here). */
const char *lost_unit_words(struct arena *a, const char *code, uint32_t number, const char *now);

/* Which members a rate is of: "members 2021-12-31", "sheets 2022-09-30" and "predecessors" of the JSON as people say it. */
const char *members_from_words(struct arena *a, const char *from);
#endif
