/* The server's answers to questions about what this device does not hold, kept for when there is no line.
 * A cache of fixed size: an answer may be gone, and one that cannot be read is none. */
#ifndef CLIENT_CLI_KEPT_H
#define CLIENT_CLI_KEPT_H

#include "cli.h"

#include <jansson.h>

/* As the server's of now, in place of whatever had its slot. A failure to keep is no failure to answer. */
void kept_put(struct cli *c, const struct wire_query *w, const json_t *answer);
/* The newest answer to just this question, and when it came; a new reference. false: none is kept. */
bool kept_get(struct cli *c, const struct wire_query *w, json_t **answer, int64_t *at_ms);
/* What a contact brought: kept, and (NULL: not) given. Else it is kept no more, and c->err says why there is none. */
int kept_take(struct cli *c, const struct wire_query *w, const struct contact_result *came,
	      json_t **out);
#endif
