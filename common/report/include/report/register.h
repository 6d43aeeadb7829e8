/* What the register of persons comes to, beside what units typed: counts alone, no numbers of persons. */
#ifndef REPORT_REGISTER_H
#define REPORT_REGISTER_H

#include "ledger/ledger.h"
#include "report/json.h"

/* {unit, from, to, admitted_by, units, cases, members, in_transit, counted, differ}; `period` is a month of the units. */
int report_register(json_t **out, struct ledger *l, uint32_t unit, struct period period,
		    struct err *e);
void register_words(FILE *to, const json_t *j, struct ledger *names);
#endif
