/* Answers to bundles on disk: DIR/answers, a file for each, whole or not at all. Whose, to which bundle
 * and of when is in its name. */
#ifndef SERVER_ANSWERS_DIR_H
#define SERVER_ANSWERS_DIR_H

#include "server/stick.h"

struct answers_dir;

/* Made where it is missing. */
int answers_dir_open(struct answers_dir **out, const char *dir, struct err *e);
void answers_dir_close(struct answers_dir *d); /* NULL is fine */
struct answer_store answers_dir_store(struct answers_dir *d);
#endif
