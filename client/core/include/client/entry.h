/* Entering a sheet offline: what is on the screen, typing, judging, signing. Everything here works without
 * a line. A sheet is opened as it is seen at that moment; a sync behind it changes neither what it shows
 * nor what its figures name. */
#ifndef CLIENT_ENTRY_H
#define CLIENT_ENTRY_H

#include "client/drafts.h"
#include "domain/sheet.h"

struct entry_sheet;

enum entry_age {
	ENTRY_OPEN,  /* the period of today, or one of the two before */
	ENTRY_OLD,   /* ask first: somebody loading history may say yes */
	ENTRY_FUTURE /* has not begun: nothing can be saved */
};

/* Open (unit, form, period) as seen now: base, own ops, draft. `now_ms`: the device's clock, or that of an
 * illustrative store. -ERR_NOTFOUND (unit or form unknown here), -ERR_DENIED (outside this device's
 * scope), -ERR_RANGE (no period of the unit's plan; a flash that no request asks for). */
int entry_open(struct entry_sheet **out, struct client *c, uint32_t unit, const char *form_code,
	       struct period p, int64_t now_ms, struct err *e);
/* Would it open? Without looking at a figure. */
int entry_opens(struct client *c, uint32_t unit, const char *form_code, struct period p,
		struct err *e);
void entry_close(struct entry_sheet *s);

enum entry_age entry_age(const struct entry_sheet *s);
const struct form *entry_form(const struct entry_sheet *s);
const struct sheet *entry_seen(
	const struct entry_sheet *s); /* base and own ops, without the draft */
const struct draft *entry_draft(const struct entry_sheet *s);
bool entry_on_behalf(const struct entry_sheet *s); /* the unit is not the device's own */

struct entry_figure {
	enum figure_state state; /* as the author sees it: typed, else computed, else what stands */
	int64_t value;
	bool known;    /* false: nobody wrote it (state is FIGURE_BLANK) */
	bool typed;    /* from the draft */
	bool computed; /* by the form: the month before, or the opening figure */
	size_t values; /* different values that stand: more than one is contested */
};
struct entry_figure entry_figure(const struct entry_sheet *s, uint16_t measure);
/* What the sheets that it follows from come to now (`from` of the form), whatever stands; unknown where one is missing, or
 * the figure comes from elsewhere. */
struct operand entry_expected(const struct entry_sheet *s, uint16_t measure);

/* Type a figure; FIGURE_VALUE with 0 is nil. Kept in memory until entry_save(). What the form computes is
 * compared: typed the same it is left to be computed, typed otherwise it is refused; without a period before and
 * an opening figure there is nothing to compare with, and what is typed is the opening figure. -ERR_NOTFOUND
 * (measure), -ERR_RANGE, -ERR_INVALID (computed otherwise). */
int entry_set(struct entry_sheet *s, uint16_t measure, enum figure_state state, int64_t value,
	      struct err *e);
/* `total` counts from 1 January: what the months before it do not have is typed. Flows only. -ERR_STATE
 * names the month that is missing, -ERR_RANGE when they exceed the total. */
int entry_set_cumulative(struct entry_sheet *s, uint16_t measure, int64_t total, struct err *e);
/* Keep the draft: durable when it returns. `old_ok`: yes to ENTRY_OLD. -ERR_STATE without it. */
int entry_save(struct entry_sheet *s, bool old_ok, struct err *e);

/* ---- judging ---- */

enum { ENTRY_QUESTIONS = 2 };

struct entry_question {
	const struct rule *rule;
	int64_t left, right;
};
struct entry_judgement {
	struct entry_question questions[ENTRY_QUESTIONS]; /* blocking ones first */
	size_t question_count;
	size_t blocking, warnings;    /* all that do not hold */
	uint16_t blank[MEASURES_MAX]; /* required, and blank */
	size_t blank_count;
};
/* On what the author sees. A rule with a blank operand is not judged. */
int entry_judge(struct entry_sheet *s, struct entry_judgement *out, struct err *e);

/* ---- sending ---- */

struct entry_how {
	enum sign_how how; /* SIGN_NONE: figures alone, a draft that others can see */
	const char *preparer, *signer,
		*title; /* may be NULL; own: the person's name when signer is NULL */
	day_t paper_day;
	const char *reason;  /* NULL none */
	const char *from;    /* on behalf: "telephone, Mr A" */
	const char *source;  /* "enter --file figures.csv" */
	bool nil_month;      /* write and sign a month without events */
	bool blanks_are_nil; /* the explicit yes; stocks are never made nil by it */
	bool old_ok;
};
/* Make one op of the draft and, unless SIGN_NONE, a signature over everything on the screen, queue it, and
 * drop the draft: one commit. *judged (may be NULL) tells why not. -ERR_INVALID: a blocking rule, or
 * blank required figures. -ERR_STATE: nothing to do, a reason is needed, a period to ask about, the unit has
 * signed its own. -ERR_DENIED: the role. `s` is used up: close it. */
int entry_submit(struct entry_sheet *s, const struct entry_how *how, int64_t now_ms,
		 struct op_id *id, struct entry_judgement *judged, struct err *e);

/* Make one op that names all current versions of a contested figure. -ERR_STATE when it is not contested.
 * With `keep` (an op that has a version here) its value is taken, else `state` and `value`. */
int entry_resolve(struct entry_sheet *s, uint16_t measure, const struct op_id *keep,
		  enum figure_state state, int64_t value, const struct entry_how *how,
		  int64_t now_ms, struct op_id *id, struct err *e);

/* "d000000000000065-1-7": device, epoch, seq. */
enum { VERSION_TEXT_MAX = 64 };
const char *version_text(char out[VERSION_TEXT_MAX], struct op_id id);
bool version_parse(struct op_id *out, const char *text);
#endif
