/* Drafts whose sheet cannot be signed here any more: the unit has ended or left this device's part, or reports otherwise now. */
#ifndef CLIENT_CLI_STUCK_SHOW_H
#define CLIENT_CLI_STUCK_SHOW_H

#include "show.h"

#include "client/drafts.h"

struct stuck {
	struct draft_key key;
	struct err why;
};

/* As the period of a draft is typed: a flash goes by its day. Of the command's arena. */
const char *draft_period(struct cli *c, const struct draft_key *k);

/* By last day; lends from the command's arena. */
int stuck_list(struct cli *c, const struct stuck **out, size_t *count);
json_t *json_stuck(struct cli *c, const struct stuck *list, size_t count);
void show_stuck(struct cli *c, const struct stuck *list, size_t count);
#endif
