/* Commands for people at a device. Each takes what main gives it (clocks, streams), prints to
 * `out`, and says in one line on stderr why it failed. Exit codes: 0 done, 1 refused or failed, 2
 * usage, 75 try again later. */
#ifndef CLIENT_CLI_H
#define CLIENT_CLI_H

#include "base/arena.h"
#include "base/lang.h"
#include "base/opt.h"
#include "client/contact.h"
#include "device_dir.h"

#include <stdio.h>

enum { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2, EXIT_AGAIN = 75 };

/* The clocks; main owns them. */
struct clocks {
	struct clock real, steady;
};

struct cli {
	struct clocks clocks;
	FILE *out;
	bool json, csv;
	bool terminal; /* there is a person: progress is shown, questions are asked */
	struct device_dir dir;
	struct client *client; /* dir.client; NULL for commands that open none */
	struct holidays *
		holidays; /* NULL where there is no such file: deadlines in working days are not known */
	struct arena *arena;
	struct err err;
	const struct code
		*card;    /* the printed recovery key, for the contacts of one command; NULL */
	bool err_printed; /* a command has told it in its own words */
	bool misused;     /* the failure is one of how the command was typed: exit code 2 */
};

/* The device's clock, or that of an illustrative store once its entries have come. */
int64_t cli_now(const struct cli *c);
/* Usage: print it, and fail with -ERR_INVALID without an error text. */
int cli_usage(struct cli *c, const char *why, ...) BASE_PRINTF(2, 3);
/* `rc` of reading what was typed: a failure is one of usage. Returns rc. */
int cli_misused(struct cli *c, int rc);
/* Give the ledger that was opened the holidays, read when they have not been. */
void cli_holidays(struct cli *c);
/* Ask the person; false without a terminal. `question` is translated already. */
bool cli_confirm(struct cli *c, const char *question);

struct command {
	const char *name, *args, *help; /* help is a msgid */
	int min_args, max_args;
	enum { DIR_NONE, DIR_DEVICE, DIR_OWN /* the command opens it itself */ } dir;
	int (*run)(struct cli *c, int argc, char **argv); /* arguments in argv[1..argc) */
	bool csv;
};
extern const struct command commands[];
extern const size_t command_count;

int cli_main(int argc, char **argv, struct clocks clocks);

/* Values of options. */
struct cli_options {
	const char *data, *unit, *file, *from, *to, *reason, *preparer, *signer, *title, *paper,
		*request, *server, *known_at, *tree, *basis, *each, *period, *measure, *of, *level,
		*order, *form, *day, *due, *on, *cut_off, *goal, *scope, *log_key, *who, *step,
		*phone, *doc_no, *instrument, *take, *set, *leave_out, *check, *no, *signed_day,
		*effective, *proposal, *lang, *config, *until, *confirm, *answer_for, *listen, *out,
		*secrecy, *form_no, *card;
	bool below, in_time, counts, decline, limit;
	bool cumulative, from_register, on_behalf, submit, nil, blanks_nil, old, unattended, again,
		dry_run, json, csv, help, version, check_config, public_;
};
extern struct cli_options options;

int cmd_enroll(struct cli *c, int argc, char **argv);
int cmd_enter(struct cli *c, int argc, char **argv);
int cmd_submit(struct cli *c, int argc, char **argv);
int cmd_discard(struct cli *c, int argc, char **argv);
int cmd_resolve(struct cli *c, int argc, char **argv);
int cmd_receipt(struct cli *c, int argc, char **argv);
int cmd_recall(struct cli *c, int argc, char **argv);
int cmd_return(struct cli *c, int argc, char **argv);
int cmd_accept(struct cli *c, int argc, char **argv);
int cmd_summary(struct cli *c, int argc, char **argv);
int cmd_months(struct cli *c, int argc, char **argv);
int cmd_close(struct cli *c, int argc, char **argv);
int cmd_unlock(struct cli *c, int argc, char **argv);
int cmd_late(struct cli *c, int argc, char **argv);
int cmd_decide_late(struct cli *c, int argc, char **argv);
int cmd_status(struct cli *c, int argc, char **argv);
int cmd_sync(struct cli *c, int argc, char **argv);
int cmd_beside(struct cli *c, int argc, char **argv);
int cmd_form(struct cli *c, int argc, char **argv);
int cmd_totals(struct cli *c, int argc, char **argv);
int cmd_bridge(struct cli *c, int argc, char **argv);
int cmd_table(struct cli *c, int argc, char **argv);
int cmd_progress(struct cli *c, int argc, char **argv);
int cmd_deadlines(struct cli *c, int argc, char **argv);
int cmd_conflicts(struct cli *c, int argc, char **argv);
int cmd_aside(struct cli *c, int argc, char **argv);
int cmd_print(struct cli *c, int argc, char **argv);
int cmd_commend(struct cli *c, int argc, char **argv);
int cmd_header(struct cli *c, int argc, char **argv);
int cmd_note(struct cli *c, int argc, char **argv);
int cmd_officer(struct cli *c, int argc, char **argv);
int cmd_drafts(struct cli *c, int argc, char **argv);
int cmd_register(struct cli *c, int argc, char **argv);
int cmd_publish(struct cli *c, int argc, char **argv);
int cmd_act(struct cli *c, int argc, char **argv);
int cmd_propose(struct cli *c, int argc, char **argv);
int cmd_proposals(struct cli *c, int argc, char **argv);
int cmd_reorganise(struct cli *c, int argc, char **argv);
int cmd_refuse_act(struct cli *c, int argc, char **argv);
int cmd_tree(struct cli *c, int argc, char **argv);
int cmd_target(struct cli *c, int argc, char **argv);
int cmd_request(struct cli *c, int argc, char **argv);
int cmd_requests(struct cli *c, int argc, char **argv);
int cmd_revoke(struct cli *c, int argc, char **argv);
int cmd_log(struct cli *c, int argc, char **argv);
int cmd_claims(struct cli *c, int argc, char **argv);
int cmd_differences(struct cli *c, int argc, char **argv);
int cmd_devices(struct cli *c, int argc, char **argv);
int cmd_export(struct cli *c, int argc, char **argv);
int cmd_import(struct cli *c, int argc, char **argv);
int cmd_case(struct cli *c, int argc, char **argv);
int cmd_class(struct cli *c, int argc, char **argv);
int cmd_meeting(struct cli *c, int argc, char **argv);
int cmd_forget(struct cli *c, int argc, char **argv);
int cmd_recover(struct cli *c, int argc, char **argv);
int cmd_members(struct cli *c, int argc, char **argv);
int cmd_person(struct cli *c, int argc, char **argv);
int cmd_ui(struct cli *c, int argc, char **argv);
#endif
