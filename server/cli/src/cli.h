/* Commands for people on the server. Each takes what main gives it (the clock, the streams), prints to
 * `out`, and says in one line on stderr why it failed. Exit codes: 0 done, 1 refused or failed, 2 usage,
 * 75 try again later. */
#ifndef SERVER_CLI_H
#define SERVER_CLI_H

#include "base/arena.h"
#include "base/lang.h"
#include "base/opt.h"
#include "ledger/query.h"
#include "server_net/serve.h"
#include "store_dir.h"

#include <stdio.h>

enum { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2, EXIT_AGAIN = 75 };

struct cli {
	int64_t (*now_ms)(void); /* the one clock; main owns it */
	int64_t birth_ms;  /* `init --illustrative`: what is made now is of this day; else 0 */
	FILE *out, *say;   /* what was asked for; what is said to people about it */
	const char *by;    /* "console:root", or what --as says */
	const char *share; /* forms, holidays */
	struct holidays *
		holidays; /* NULL where there is no such file: deadlines in working days are not known */
	bool json, csv;
	struct store_dir store;
	/* In a running server: what it knows, and who makes its codes; else NULL. */
	const struct serve_desk *desk;
	struct enroller *enroller;
	struct sticks *sticks;
	struct keys_dir *keys;
	struct span given;   /* what is in the file that the command names; else it is read */
	const char *spooled; /* or where a copy of it lies in the data directory: spool.h */
	struct buf
		*made; /* where a file goes that the asker is to write; NULL: it is written here */
	struct arena *arena;
	struct err err;
	bool err_printed; /* a command has told it in its own words */
	bool misused;     /* the failure is one of how the command was typed: exit code 2 */
};

/* Receive time for what happens now: an illustrative store has its own clock, once that is set. */
int64_t cli_now(const struct cli *c);

/* The words of a command or option are wrong, not what they are about. Passes `rc` on. */
int cli_misused(struct cli *c, int rc);

/* A command: positional arguments in argv[1..argc). Returns 0 or a negative err_code with c->err set. */
struct command {
	const char *name, *args, *help; /* args and help are msgids */
	int min_args, max_args;
	/* READ: beside a server, or whoever has the directory, as of one moment; BESIDE: moment by moment.
	 * WRITE, and LIVE, which only asks: by the server when one runs. OWN: nobody else may have it.
	 * PUBLISH: READ, but WRITE with --publish or --draft. KEYS: as the part of `keys` wants it. */
	enum {
		STORE_NONE,
		STORE_READ,
		STORE_BESIDE,
		STORE_LIVE,
		STORE_WRITE,
		STORE_OWN,
		STORE_PUBLISH,
		STORE_KEYS
	} store;
	int (*run)(struct cli *c, int argc, char **argv);
	bool csv; /* can print CSV */
};
extern const struct command commands[];
extern const size_t command_count;

int cli_main(int argc, char **argv, int64_t (*now_ms)(void));

/* Values of options that only some commands take. */
struct cli_options {
	const char *data, *tree, *listen, *from, *to, *known_at, *tree_view, *basis, *each, *period,
		*measure, *of, *level, *order, *unit, *lang, *as, *share, *config, *role, *person,
		*no, *signed_day, *signer, *effective, *reason, *day, *due, *scope, *answer,
		*request, *subtree, *address, *log_level, *cause, *at, *installation;
	int64_t threads, connections, per_host, jitter, keep;
	bool illustrative, dry_run, chunked, json, csv, help, version, check_config, end;
	/* of allocate, project, progress, rank, commend */
	const char *total, *base, *floor, *floors, *cap, *lock, *leave_out, *instrument, *season,
		*rate, *first, *losses, *rounding;
	/* of laggards and what follows from it */
	const char *who, *title, *phone, *doc_no, *template, *out, *year, *step;
	bool sent, due_only;
	/* of print */
	const char *secrecy, *form_no;
	int64_t small, percent, per_group;
	/* of close, unlock, decide-late, calendar */
	const char *until, *confirm, *due_days;
	int64_t first_day;
	bool counts, decline, working_days;
	const char *answer_by, *take, *set; /* of drafts and what is made of them */
	bool draft, persons, limit;
	/* of act, tree, bridge */
	const char *proposal, *on;
	/* of init and keys */
	const char *card, *backup, *restore, *prune, *page;
	bool new_card, lost;
	bool explain, publish, on_time, fixed_base, open_months, public_;
	bool clock_is_right;
};
extern _Thread_local struct cli_options options;

/* Into this thread's `options`, all of them. The file afterwards, and again when it has changed. */
int cli_options_parse(int *argc, char **argv, struct err *e);
int cli_options_file(const char *path, struct err *e);
/* While a server runs: what the file says no more is at its default again. All as before when it fails. */
int cli_options_again(const char *path, struct err *e);
const struct opt *cli_options_rows(size_t *count); /* as they hold; this thread's */
void cli_options_help(FILE *to);

/* --check-config: print what holds, tell what is wrong with it. `read_rc`: of reading the file, c->err says
 * why it failed. Returns the exit code. */
int check_config(struct cli *c, int read_rc);

/* The file that the command names: as it was sent along, or read. The caller frees *out. */
int cli_file(struct cli *c, uint8_t **out, size_t *len, const char *path, size_t max);

/* A file that the command makes, whole or not at all: written by whoever asked for it. A secret one is for its owner
 * alone and never takes the place of another. */
int cli_give(struct cli *c, const char *path, struct span file, bool secret);

/* NULL when there is none. */
const struct command *cli_find(const char *name);
/* What the command does to the store, with the options as they are now. */
static inline int cli_store(const struct command *cmd)
{
	if (cmd->store == STORE_KEYS)
		return options.restore                 ? STORE_OWN
		       : options.prune || options.page ? STORE_READ
						       : STORE_WRITE;
	if (cmd->store != STORE_PUBLISH)
		return (int)cmd->store;
	return options.publish || options.draft || options.sent ? STORE_WRITE : STORE_READ;
}
/* The command itself, with its store open. Returns the exit code; *rc (may be NULL) is what it said. */
int cli_execute(struct cli *c, const struct command *cmd, int argc, char **argv, int *rc);

/* A new printed recovery key: its public half into the log (in a batch), the card to --card FILE or to `out`. */
int recovery_card_make(struct cli *c, uint64_t *lsn);

int cmd_keys(struct cli *c, int argc, char **argv);
int cmd_serve(struct cli *c, int argc, char **argv);
int cmd_enroll(struct cli *c, int argc, char **argv);
int cmd_devices(struct cli *c, int argc, char **argv);
int cmd_revoke(struct cli *c, int argc, char **argv);
int cmd_lift(struct cli *c, int argc, char **argv);
int cmd_restore(struct cli *c, int argc, char **argv);
int cmd_follow(struct cli *c, int argc, char **argv);
int cmd_promote(struct cli *c, int argc, char **argv);
int cmd_server_keys(struct cli *c, int argc, char **argv);
int cmd_rebuild(struct cli *c, int argc, char **argv);
int cmd_act(struct cli *c, int argc, char **argv);
int cmd_proposals(struct cli *c, int argc, char **argv);
int cmd_refuse_act(struct cli *c, int argc, char **argv);
int cmd_tree(struct cli *c, int argc, char **argv);
int cmd_bridge(struct cli *c, int argc, char **argv);
int cmd_beside(struct cli *c, int argc, char **argv);
int cmd_plan(struct cli *c, int argc, char **argv);
int cmd_form(struct cli *c, int argc, char **argv);
int cmd_balance(struct cli *c, int argc, char **argv);
int cmd_openings(struct cli *c, int argc, char **argv);
int cmd_request(struct cli *c, int argc, char **argv);
int cmd_requests(struct cli *c, int argc, char **argv);
int cmd_bundle(struct cli *c, int argc, char **argv);
int cmd_init(struct cli *c, int argc, char **argv);
int cmd_import(struct cli *c, int argc, char **argv);
int cmd_totals(struct cli *c, int argc, char **argv);
int cmd_table(struct cli *c, int argc, char **argv);
int cmd_allocate(struct cli *c, int argc, char **argv);
int cmd_drafts(struct cli *c, int argc, char **argv);
int cmd_publish(struct cli *c, int argc, char **argv);
int cmd_group(struct cli *c, int argc, char **argv);
int cmd_progress(struct cli *c, int argc, char **argv);
int cmd_project(struct cli *c, int argc, char **argv);
int cmd_commend(struct cli *c, int argc, char **argv);
int cmd_sources(struct cli *c, int argc, char **argv);
int cmd_laggards(struct cli *c, int argc, char **argv);
int cmd_letter(struct cli *c, int argc, char **argv);
int cmd_note(struct cli *c, int argc, char **argv);
int cmd_officer(struct cli *c, int argc, char **argv);
int cmd_print(struct cli *c, int argc, char **argv);
int cmd_header(struct cli *c, int argc, char **argv);
int cmd_synthesis(struct cli *c, int argc, char **argv);
int cmd_rank(struct cli *c, int argc, char **argv);
int cmd_months(struct cli *c, int argc, char **argv);
int cmd_revisions(struct cli *c, int argc, char **argv);
int cmd_close(struct cli *c, int argc, char **argv);
int cmd_unlock(struct cli *c, int argc, char **argv);
int cmd_late(struct cli *c, int argc, char **argv);
int cmd_decide_late(struct cli *c, int argc, char **argv);
int cmd_calendar(struct cli *c, int argc, char **argv);
int cmd_claims(struct cli *c, int argc, char **argv);
int cmd_differences(struct cli *c, int argc, char **argv);
int cmd_log(struct cli *c, int argc, char **argv);
int cmd_status(struct cli *c, int argc, char **argv);
int cmd_verify(struct cli *c, int argc, char **argv);
int cmd_clock(struct cli *c, int argc, char **argv);
int cmd_backup(struct cli *c, int argc, char **argv);
#endif
