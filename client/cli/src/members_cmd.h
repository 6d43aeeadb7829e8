/* What the parts of `ketnap members` share. */
#ifndef CLIENT_CLI_MEMBERS_CMD_H
#define CLIENT_CLI_MEMBERS_CMD_H

#include "case_ask.h"

#include "client/roll.h"

struct book {
	struct desk desk;
	struct roll *roll;
	struct roll_known *at;
	size_t count;
};

/* By the beginning of the number, part of a name without diacritics, or the card: one alone. */
int book_find(struct book *r, const char *who, struct roll_known **out);

/* Everything that is kept about one member, for that person. */
int members_export(struct cli *c, const char *who);

/* May the person at this device write to the register? */
int members_role(struct cli *c);
/* import FILE [alike=skip|take] [encoding=...] (cmd_members_import.c); `r` has all members. */
int members_import(struct book *r, int argc, char **argv);
/* arrive, restore (cmd_members_gain.c), as members_move(). */
bool members_gain(struct book *r, int argc, char **argv, int *rc);
/* How somebody came who was not admitted here: keys `gain`, `gained`, `letter` of `j`, or (NULL) words. */
void gain_show(struct book *r, const struct roll_known *k, json_t *j);

/* end MEMBER HOW DAY [no=N] [dated=DAY] [signer=N] (cmd_members_end.c) */
int members_end(struct book *r, int argc, char **argv);
/* With which decision it ended: keys `decision`, `decision_day`, `decision_signer` of `j`, or (NULL) how, when and words. */
void end_show(struct book *r, const struct roll_known *k, json_t *j);

/* move, accept, refuse, recall (cmd_members_move.c). False: another word; else *rc is what came of it. */
bool members_move(struct book *r, int argc, char **argv, int *rc);
#endif
