/* The parts of `ketnap case`; arguments are those behind the word. */
#ifndef CLIENT_CLI_CASE_CMD_H
#define CLIENT_CLI_CASE_CMD_H

#include "case_ask.h"

int case_key(struct desk *d, int argc, char **argv);
int case_open(struct desk *d, int argc, char **argv);
int case_step(struct desk *d, int argc, char **argv);
int case_settle(struct desk *d, int argc, char **argv);
int case_correct(struct desk *d, int argc, char **argv);
int case_list(struct desk *d, int argc, char **argv);
int case_search(struct desk *d, int argc, char **argv);
int case_show(struct desk *d, int argc, char **argv);
int case_due(struct desk *d, int argc, char **argv);
int case_move(struct desk *d, int argc, char **argv);
int case_accept(struct desk *d, int argc, char **argv);
int case_refuse(struct desk *d, int argc, char **argv);
int case_recall(struct desk *d, int argc, char **argv);
int case_count_month(struct desk *d, int argc, char **argv);

/* no=, signer=, votes=, why=, except=, to=; lends `arg`. */
int step_detail(struct desk *d, struct op *op, struct person_fields *paper, const char *arg);
#endif
