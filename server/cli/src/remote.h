/* Commands that a running server carries out for somebody at a terminal beside it. */
#ifndef SERVER_REMOTE_H
#define SERVER_REMOTE_H

#include "cli.h"

/* What was typed, options and all. */
struct typed {
	int argc;
	char **argv;
};

/* Called with c->err saying who has the directory. When that is a server: *asked, its words printed and
 * *code its exit code. When not, c->err stands and is returned. */
int remote_ask(struct cli *c, const struct typed *typed, bool *asked, int *code);

/* The other side: on the thread that writes. `c` is a server's, with its store. Everything is in the
 * answer; -ERR_FATAL alone is returned, with no answer. */
int remote_answer(const struct cli *server, const struct serve_desk *desk, struct span request,
		  struct buf *answer, struct err *e);
#endif
