/* Between the gate (web.c) and what the pages ask (api_*.c). */
#ifndef CLIENT_WEB_INTERNAL_H
#define CLIENT_WEB_INTERNAL_H

#include "base/arena.h"
#include "base/lang.h"
#include "client/entry.h"
#include "client/outbox.h"
#include "client/web.h"
#include "domain/sheet.h"
#include "report/json.h"
#include "report/names.h"

enum { COOKIE_NAME_MAX = 24, SECRET_HEX_MAX = 2 * WEB_SECRET_BYTES + 1 };

/* How the last contact went, or the present one goes. */
struct web_line {
	bool wanted, running, done; /* done: one was made in this run */
	bool stopped;               /* somebody said so */
	struct sync_result so_far;
	int rc;
	struct err why;
};

/* Who sits here, and since when nobody has done anything. */
struct web_seat {
	size_t who;  /* of the door's people */
	bool taken;  /* somebody has come in */
	bool locked; /* and went away: the same password again, nothing is lost */
	int64_t active_ms;
	unsigned wrong; /* guesses in a row */
	int64_t wrong_ms;
};

/* Of which names of a unit the log was told today that they were shown to whoever sits here. */
struct web_told {
	unsigned list; /* enum persons_list */
	day_t day;
	uint32_t unit, count;
};

/* What the first page says, which takes a while of a province, in each language: worked out anew when something was
 * written, or another day or person has come. */
struct web_home {
	const struct client *client;
	uint64_t changes;
	day_t today;
	json_t *answer; /* NULL: not yet */
};

struct web {
	struct web_config config;
	struct web_home home[2]; /* by enum text_lang */
	struct buf texts[2];     /* as the first page carries them; empty: not yet */
	struct web_seat seat;
	struct arena *a;    /* of one request */
	struct sheet sheet; /* what one question looks at; a map looks at thousands */
	struct buf body, paper;
	struct buf stick_out, stick_in; /* a file to be kept; one that comes in parts */
	char stick_name[64];
	char host[32], origin[40], address[128], cookie_name[COOKIE_NAME_MAX], set_cookie[192];
	struct web_line line;
	struct wire_query query; /* what the server is asked, with `asks` */
	bool asks, moved;
	char server[CLIENT_ADDRESS_MAX + 1]; /* where it is now, with `moved` */
	struct web_told *told;               /* one of each list and unit */
	size_t told_count;
};

struct asset {
	const char *path, *type;
	const unsigned char *bytes;
	size_t len;
};
extern const struct asset web_assets[];
extern const size_t web_asset_count;

/* One question of a page: an object in, an object out. */
struct call {
	struct web *w;
	struct client *c;
	struct ledger *base;
	struct arena *a;
	int64_t now_ms;
	const json_t *in;
	json_t *out;
	int status; /* 0: as the error's code says */
	struct err *e;
};
typedef int web_api(struct call *k);

/* `outside`: may be asked while nobody sits here. `idle`: asked by the page of itself. */
struct api {
	const char *path;
	web_api *run;
	bool outside, idle;
};
const struct api *web_api_of(const char *path); /* "/api/home"; NULL: there is none */
const struct asset *web_asset(const char *path);
/* The answer, a new reference. */
json_t *web_run(struct web *w, const struct api *api, const json_t *in, int *status);
/* The page itself, with the answers that it would ask for first. */
void first_page(struct web *w, const struct web_request *q, struct web_response *out);
void home_forget(struct web *w);

web_api api_state, api_sync, api_home, api_map, api_sheet, api_type, api_submit, api_conflicts,
	api_resolve, api_grid, api_put, api_submit_many, api_units, api_targets, api_target_months,
	api_note, api_months, api_accept, api_return, api_recall, api_request, api_summary,
	api_close, api_decide_late, api_log, api_figure, api_drill, api_people, api_revoke,
	api_door, api_enter, api_leave, api_password, api_header, api_header_set, api_allocate,
	api_cases, api_case, api_case_open, api_case_step, api_case_settle, api_members,
	api_members_import, api_member_end, api_draft_targets, api_drafts, api_register, api_stick,
	api_stick_make, api_stick_answer, api_stick_part, api_stick_take, api_sync_stop, api_enrol,
	api_forget;
web_api api_month_ends, api_requests, api_close_many, api_unlocks, api_unlock, api_acts,
	api_act_unit, api_act_try, api_act_send, api_act_refuse, api_tree, api_bridge, api_balance,
	api_publish, api_forecast, api_differences, api_fill, api_person_end;
web_api api_member, api_correct, api_record_contests, api_commended, api_commend_add,
	api_commend_back, api_held, api_stuck, api_discard;

/* GET /stick/NAME: the file that was made last, once. False: there is none of that name. */
bool stick_file(struct web *w, const char *name, struct web_response *out);

/* May the pages be used now? Looks at the clock. */
bool seat_open(struct web *w);
void seat_used(struct web *w); /* somebody does something */
/* The printed address was opened: enough for a device without a password. */
void seat_by_address(struct web *w);

/* ---- shared ---- */

/* The unit, form and period that `in` names; without a unit the device's own, without a form monthly. */
struct sheet_name {
	const struct unit *unit;
	const struct form *form;
	struct period period;
};
int call_unit_form(struct call *k, struct sheet_name *out); /* without the period */
int call_sheet_name(struct call *k, struct sheet_name *out);
/* The unit that `in` names, in the part of this device. */
int call_unit(struct call *k, uint32_t *out);
/* Judge and queue an act with the reason that `in` gives; what would be refused says why in words. */
int call_queue(struct call *k, struct op *op);
day_t call_last_month(struct call *k); /* the last day of the month before this one */
/* The page has shown something else than stands now: 409, with that to look at beside it. */
int call_changed(struct call *k);
/* A refusal in words, with the unit and the rule that it is about; of an own op what came back with its verdict. */
const char *call_refusal(struct call *k, enum op_code code, struct span detail);
const char *own_refusal(struct call *k, const struct own_op *op);
/* What the server answered the last time into `out`, with `kept`, an instant; `kept` null: it was not asked yet. With
 * `ask` in the question the next contact asks it, and `asked` says so. -ERR_BUSY while one goes on. */
int call_server(struct call *k, const struct wire_query *q);
/* A text that may be left out: NULL then. */
const char *call_given(const struct call *k, const char *key);
bool call_said_yes(const struct call *k, const char *key);
/* "", "-", "0", "1.336": blank, nil, nil, 1336. */
int call_value(struct call *k, const char *text, enum figure_state *state, int64_t *value);

json_t *json_period(struct period p); /* "2022-08" */
json_t *json_both(const char *vi, const char *en);

/* A word for where a sheet stands, as people need it; the pages have the texts. */
enum sheet_word {
	WORD_EMPTY,    /* nobody wrote anything */
	WORD_DRAFT,    /* typed here, not signed */
	WORD_UNSIGNED, /* figures stand without a signature */
	WORD_QUEUED,   /* signed here, the server has not confirmed it */
	WORD_REFUSED,
	WORD_LATE, /* came after the closing */
	WORD_CONTESTED,
	WORD_CHANGED, /* since it was signed */
	WORD_RETURNED,
	WORD_PROVISIONAL, /* on behalf */
	WORD_ACKED,
	WORD_NIL,
	WORD_ACCEPTED,
	SHEET_WORDS
};
const char *sheet_word_name(enum sheet_word w);
/* What stands, without the draft. */
int sheet_word_of(struct call *k, uint32_t unit, uint8_t form, struct period p,
		  enum sheet_word *out);

/* The period that holds `day`, by the unit's plan; *any false: none. */
int period_at(struct call *k, uint32_t unit, const struct form *f, day_t day, struct period *out,
	      bool *any);
#endif
