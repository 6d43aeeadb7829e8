/* Corrections of a person's record, as `ketnap case`, `ketnap members` and `ketnap conflicts` write and show them. */
#ifndef CLIENT_CLI_CORRECT_CMD_H
#define CLIENT_CLI_CORRECT_CMD_H

#include "case_ask.h"

#include "client/corrections.h"

/* field=value ... --reason TEXT, of that person; told what came of it. */
int correct_person(struct desk *d, const struct correct_whom *whom, int argc, char **argv);
/* What was corrected, by whom and when, the newest first: keys `corrections` and `contested` of `j`, or (NULL) words.
 * `opened`: the person's record may be opened here. */
int corrections_show(struct desk *d, uint32_t unit, const uint8_t person[PERSON_ID], bool opened,
		     json_t *j);
/* Fields on which two people said different things, each appended to `list`, and told in words where it is not JSON. */
int corrections_conflicts(struct cli *c, json_t *list, size_t *count);
#endif
