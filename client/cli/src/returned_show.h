/* Sheets of the own unit that a superior sent back and that were not signed again, with the reason. */
#ifndef CLIENT_CLI_RETURNED_SHOW_H
#define CLIENT_CLI_RETURNED_SHOW_H

#include "show.h"

struct returned {
	uint8_t form;
	struct period period;
	uint64_t lsn;
	const char *reason; /* "" where the entry cannot be read here */
};

/* By last day; lends from the command's arena. */
int returned_list(struct cli *c, const struct returned **out, size_t *count);
json_t *json_returned(struct cli *c, const struct returned *list, size_t count);
void show_returned(struct cli *c, const struct returned *list, size_t count);
#endif
