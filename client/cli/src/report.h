/* Totals and tables: asked of the own ledger where all of the unit's subtree is held, of the server
 * above it. Either way the answer is the JSON of CONTRACT.md, and what people see is made of that.
 */
#ifndef CLIENT_CLI_REPORT_H
#define CLIENT_CLI_REPORT_H

#include "show.h"

#include "ledger/query.h"

/* A question, as the options put it. */
struct question {
	struct query q;
	const struct unit *unit;
	bool here; /* within the part that this device holds */
	bool has_known_ms;
	int64_t known_ms; /* --known-at TIME: the server finds the lsn */
};
int question_read(struct cli *c, const char *unit, struct question *out);

/* New reference in *out. */
int ask_server(struct cli *c, const struct question *q, struct wire_query *w, json_t **out);

json_t *json_totals(struct cli *c, const struct totals *t);
json_t *json_target(struct cli *c, const struct target_line *t);

/* Words for one target of the JSON: "decision 426-QĐ/TU". */
const char *target_words(struct cli *c, const json_t *target);
/* "known at entry 77, 22/09/2022 16:00, from the server": a line. */
void tell_known(struct cli *c, const json_t *j, bool here);

const char *text_at(const json_t *j, const char *key);    /* "" when absent */
int64_t number_at(const json_t *j, const char *key);      /* 0 when absent */
const char *number_words(struct cli *c, const json_t *n); /* "" for null */
#endif
