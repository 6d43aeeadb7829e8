/* What the writer does for one job inside a batch. */
#ifndef WRITER_WORK_H
#define WRITER_WORK_H

#include "old_set.h"
#include "server/hello.h"
#include "server/writer.h"

/* What a job may use of the writer. */
struct work {
	struct writer_setup *setup;
	struct server_line line;
	bool behind;           /* set by a Hello */
	bool succeeded;        /* and for good: it was a head of a standby that was promoted */
	uint8_t behind_of[16]; /* the incarnation whose head was shown: a new one ends it */
	uint8_t successor[16]; /* that standby's incarnation; zero: not shown since the start */
	bool recovering;       /* as the log says */
	struct old_set old;    /* what is in the log that may also be brought back */
};

/* 0 with the job answered as far as it goes before the commit, or a failure: the batch must be given
 * up. Called again after that, so answers are made anew each time. */
int work_do(struct work *w, struct job *j, struct moment now, struct err *e);

/* A Hello that was judged has shown that the log lacks something. */
void work_fall_behind(struct work *w, const struct hello_judged *judged);

/* Write what a Hello that was judged asks for: an epoch, a suspension. */
int work_hello_act(struct work *w, struct job *j, struct moment now, struct err *e);

/* After the commit: what is kept outside the store. */
void work_done(struct work *w, struct job *j, struct moment now);

/* Nothing was done: the answer to every part of it. */
void work_failed(struct work *w, struct job *j, enum wire_code why);
#endif
