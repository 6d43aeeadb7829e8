/* What people type on the command line about a sheet, and what is said of the sheet in return. */
#ifndef CLIENT_CLI_ASK_H
#define CLIENT_CLI_ASK_H

#include "show.h"

#include "client/entry.h"

/* NULL or empty: the device's own. */
int ask_unit(struct cli *c, const char *code, const struct unit **out);
/* What was typed; a text that is no such thing is a failure of usage. A period may also be a single day, for a
 * flash. */
int ask_period(struct cli *c, const char *text, struct period *out);
int ask_day(struct cli *c, const char *text, day_t *out);
int ask_time(struct cli *c, const char *text, int64_t *out_ms);
int ask_entry(struct cli *c, const char *text, uint64_t *out_lsn);
/* In the part of this device: its number, and the unit that it is enrolled for. */
int ask_device(struct cli *c, const char *text, uint64_t *device, uint32_t *unit);
int ask_open(struct cli *c, struct entry_sheet **out, const struct unit *u, const char *form,
	     struct period p);
/* A period before the last three: --old, or asked of the person. -ERR_STATE: no. */
int ask_age(struct cli *c, const struct entry_sheet *s, bool *old_ok);

/* "", "-", "0", "1.336": blank, nil, nil, 1336. */
int ask_value(struct cli *c, const char *text, enum figure_state *state, int64_t *value);

/* Rules that do not hold, and what is blank. */
void tell_judgement(struct cli *c, const struct form *f, const struct entry_judgement *j, FILE *to);
json_t *json_judgement(struct cli *c, const struct form *f, const struct entry_judgement *j);
/* entry_submit() failed with `why` for what it judged: the same in the words of the form. Returns rc. */
int judged_words(struct cli *c, const struct form *f, const struct entry_judgement *j, int rc,
		 struct err *why);
const char *rule_words(const struct rule *r);
#endif
