/* A sheet for a page, shared by showing it and writing to it. */
#ifndef CLIENT_WEB_API_SHEET_H
#define CLIENT_WEB_API_SHEET_H

#include "web_internal.h"

struct beside {
	struct period period;
	struct sheet sheet;
	struct draft draft;
};

/* Open what `in` names; the caller closes *out, also after a failure. */
int call_open_sheet(struct call *k, struct sheet_name *n, struct entry_sheet **out);
/* Put the sheet into `out`, as "sheet". */
int call_show_sheet(struct call *k, const struct sheet_name *n, struct entry_sheet *s);
/* Of a form whose figures come from elsewhere: `from`, `origin`, `counted` and `differs` into each of its measures. */
int call_form_beside(struct call *k, const struct sheet_name *n, const struct entry_sheet *s,
		     json_t *measures);
json_t *json_judged(const struct form *f, const struct entry_judgement *j);

/* Type what stands in `text`; `cumulative`: of a flow, the total since 1 January. */
int call_set(struct call *k, struct entry_sheet *s, const struct measure *m, const char *text,
	     bool cumulative);
/* Who signs and why, as the page was told; on behalf it is who told the figures. */
/* Why it is not signed, in the words of the form where its rules say so, never by a rule's code. Returns rc. */
int call_not_signed(struct call *k, const struct form *f, const struct entry_judgement *j, int rc);
int call_how(struct call *k, const struct entry_sheet *s, struct entry_how *how);

/* Where one figure stands, for people; `closed`: the entry that closed the period, 0 none. */
const char *figure_word(struct call *k, const struct entry_sheet *s, uint16_t measure,
			uint64_t closed);
/* A name for the versions that stand for one measure, or (0) for all of the sheet with what was typed: a
 * page sends it back, and what it has not seen is never written over. */
const char *sheet_seen(struct arena *a, const struct entry_sheet *s, uint16_t measure);
/* The same of what was typed alone. */
const char *draft_seen(struct arena *a, const struct draft *d);
/* Of what is put into a buffer of SEEN_MAX, in order. */
enum { SEEN_MAX = 64 << 10 };
void seen_put(struct buf *b, uint16_t measure, struct op_id id);
const char *seen_name(struct arena *a, const struct buf *b);
#endif
