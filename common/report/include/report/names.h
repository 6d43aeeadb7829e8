/* Codes and names that a ledger knows. All are valid as long as its tree and forms are. */
#ifndef REPORT_NAMES_H
#define REPORT_NAMES_H

#include "base/arena.h"
#include "domain/form.h"
#include "domain/target.h"
#include "ledger/ledger.h"

const char *unit_code_of(const struct ledger *l, uint32_t unit); /* "" when it is not known */
/* On that day, as known at that entry; "" likewise. */
const char *unit_name_of(const struct ledger *l, uint32_t unit, day_t day, uint64_t known_at);
const char *form_code_of(struct ledger *l, uint8_t form); /* "?" when it is not known */

/* A measure may be one of several forms; its name is that of the first. */
const char *measure_code_of(struct ledger *l, uint16_t measure); /* "?" when no form has it */
/* In the reader's language; the code itself when no form has it. */
const char *measure_name_of(struct ledger *l, const char *code);

/* "" for the console, and for one whose name this holder does not have. Lends from `a`. */
const char *person_name_of(struct ledger *l, uint32_t person, struct arena *a);

/* Units of this kind on that day, in the plural, as letters name them: a msgid. There are no districts from
 * 1/7/2025 on. */
bool districts_on(day_t day);
const char *level_label(enum unit_kind k, day_t day);

const char *instrument_label(enum target_instrument i); /* a msgid */
#endif
