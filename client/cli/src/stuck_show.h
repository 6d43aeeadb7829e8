/* Drafts that can be signed here no more, as commands show them. */
#ifndef CLIENT_CLI_STUCK_SHOW_H
#define CLIENT_CLI_STUCK_SHOW_H

#include "show.h"

#include "client/stuck.h"

/* As the period of a draft is typed: a flash goes by its day. Of the command's arena. */
const char *draft_period(struct cli *c, const struct draft_key *k);

json_t *json_stuck(struct cli *c, const struct stuck *list, size_t count);
void show_stuck(struct cli *c, const struct stuck *list, size_t count);
#endif
