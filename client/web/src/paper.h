/* A paper while it is made. */
#ifndef CLIENT_WEB_PAPER_H
#define CLIENT_WEB_PAPER_H

#include "web_internal.h"

#include "report/print.h"

struct paper_job {
	struct call *k;
	const struct unit *unit;
	json_t *answer; /* the paper lends from it */
	struct print_head head;
	struct paper *paper;
};

/* What a unit's papers say of it, with what was set here and waits for the server. */
int call_head(struct call *k, uint32_t unit, day_t day, struct print_head *out);

/* j->answer as a paper, with the mark. */
int paper_of_answer(struct paper_job *j, enum print_kind kind);

/* Who is behind, as the page of targets shows it. */
int paper_laggards(struct paper_job *j);

/* Writes a document of its own; there is no paper then. */
int paper_letters(struct paper_job *j);

/* Answer GET /paper/`name`. A failure says why in k->e. */
int paper_status(struct call *k, const char *name, struct web_response *out);
#endif
