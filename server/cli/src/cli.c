#include "cli.h"
#include "keys_copy.h"
#include "outlet.h"

#include "base/version.h"
#include "domain/calendar.h"
#include "remote.h"
#include "server/own_clock.h"
#include "show.h"
#include "store_course.h"

#include <pwd.h>
#include <stdlib.h>
#include <unistd.h>

enum { ARENA_BUDGET = 1 << 30, HOLIDAYS_MAX = 1 << 20 };

const struct command commands[] = {
	{ "init", N_("--tree FILE"), N_("new store, keys and own certificate authority"), 0, 0,
	  STORE_NONE, cmd_init, false },
	{ "serve", N_("[--listen HOST:PORT]"), N_("serve devices until told to stop"), 0, 0,
	  STORE_OWN, cmd_serve, false },
	{ "import", N_("tree|members|targets|figures|claims|form FILE"),
	  N_("CSV or a form into the store, all or nothing"), 2, 2, STORE_WRITE, cmd_import,
	  false },
	{ "enroll",
	  N_("UNIT [--role ROLE] [--person NAME] | --subtree UNIT --out FOLDER | --request FILE --answer FILE"),
	  N_("a one-time code for a new device; or enrol one by stick"), 0, 1, STORE_WRITE,
	  cmd_enroll, false },
	{ "devices", "", N_("every device: where, who, last seen, what it holds"), 0, 0, STORE_LIVE,
	  cmd_devices, false },
	{ "revoke", N_("DEVICE --reason TEXT"), N_("a device that may do nothing any more"), 1, 1,
	  STORE_WRITE, cmd_revoke, false },
	{ "lift", N_("DEVICE --reason TEXT [--installation ID]"),
	  N_("a suspended device may go on, in one of its two places"), 1, 1, STORE_WRITE, cmd_lift,
	  false },
	{ "act",
	  N_("FILE --no NUMBER --signed DAY --signer NAME --effective DAY | --proposal ENTRY"),
	  N_("a decision on reorganisation: units made, merged, split, moved, ended"), 0, 1,
	  STORE_WRITE, cmd_act, false },
	{ "proposals", "", N_("what units proposed to reorganise, and what became of it"), 0, 0,
	  STORE_READ, cmd_proposals, false },
	{ "refuse-act", N_("ENTRY --reason TEXT"), N_("nothing comes of a proposal"), 1, 1,
	  STORE_WRITE, cmd_refuse_act, false },
	{ "tree", N_("[UNIT] [--on DAY] [--known-at LSN|TIME]"),
	  N_("the units of a day, as they stood"), 0, 1, STORE_READ, cmd_tree, false },
	{ "request", N_("FORM --day DAY --due TIME --scope UNIT"),
	  N_("ask for figures up to a day"), 1, 1, STORE_WRITE, cmd_request, false },
	{ "requests", N_("[--unit UNIT]"), N_("figures that were asked for, and who has answered"),
	  0, 0, STORE_READ, cmd_requests, false },
	{ "months", N_("UNIT --period PERIOD"), N_("how the months of the units below stand"), 1, 1,
	  STORE_READ, cmd_months, true },
	{ "revisions", N_("UNIT --period PERIOD"),
	  N_("each month as it was closed, and as it is known since"), 1, 1, STORE_READ,
	  cmd_revisions, false },
	{ "close", N_("FORM PERIOD --scope UNIT"), N_("close a period for a unit and all below"), 2,
	  2, STORE_WRITE, cmd_close, false },
	{ "unlock", N_("FORM PERIOD --unit UNIT --until TIME | --confirm ENTRY"),
	  N_("open a closed period for one unit; a second person confirms"), 0, 2, STORE_WRITE,
	  cmd_unlock, false },
	{ "late", N_("[--unit UNIT]"),
	  N_("what came after a closing by somebody who had not read it"), 0, 0, STORE_READ,
	  cmd_late, false },
	{ "decide-late", N_("ENTRY --counts|--decline --reason TEXT"),
	  N_("let what came late count, or decline it"), 1, 1, STORE_WRITE, cmd_decide_late,
	  false },
	{ "calendar", N_("FORM --from DAY --due-days N,N,N"),
	  N_("when months begin and are due, from a day on"), 1, 1, STORE_WRITE, cmd_calendar,
	  false },
	{ "plan", N_("FORM --from DAY [--dry-run]"),
	  N_("who reports each month reports this form too, from a day on"), 1, 1, STORE_WRITE,
	  cmd_plan, false },
	{ "totals", N_("UNIT --from DAY --to DAY [--each month]"),
	  N_("what a unit and all below it add up to"), 1, 1, STORE_READ, cmd_totals, true },
	{ "table", N_("UNIT --period PERIOD"), N_("a row per unit, a column group per target"), 1,
	  1, STORE_READ, cmd_table, true },
	{ "bridge", N_("UNIT --from DAY --to DAY [--on DAY] [--each month]"),
	  N_("line by line, from a figure as it was to the same under another tree"), 1, 1,
	  STORE_READ, cmd_bridge, true },
	{ "balance", N_("UNIT --period PERIOD"),
	  N_("members from day to day, whole organisations on lines of their own"), 1, 1,
	  STORE_READ, cmd_balance, false },
	{ "beside", N_("UNIT --period MONTH"),
	  N_("what cases and members come to below a unit, beside what was typed"), 1, 1,
	  STORE_READ, cmd_beside, false },
	{ "openings", N_("--effective DAY [--dry-run]"),
	  N_("the members with which units begin that took others over"), 0, 0, STORE_WRITE,
	  cmd_openings, false },
	{ "allocate", N_("UNIT --period PERIOD --total NUMBER"),
	  N_("what each unit below would get of a total, and why"), 1, 1, STORE_PUBLISH,
	  cmd_allocate, true },
	{ "drafts", N_("UNIT --period PERIOD"),
	  N_("targets drafted for the units below, and what each registered"), 1, 1, STORE_READ,
	  cmd_drafts, true },
	{ "publish", N_("UNIT --period PERIOD --instrument INSTRUMENT:DOC_NO"),
	  N_("make targets of the drafts"), 1, 1, STORE_WRITE, cmd_publish, false },
	{ "project", N_("UNIT --period YEARS --rate PERCENT"),
	  N_("targets of the years ahead, from a base and a rate"), 1, 1, STORE_READ, cmd_project,
	  false },
	{ "progress", N_("UNIT --period PERIOD [--to DAY]"),
	  N_("targets against the time gone, and a forecast"), 1, 1, STORE_READ, cmd_progress,
	  false },
	{ "rank", N_("UNIT --period PERIOD [--to DAY]"),
	  N_("places by attainment, rate or number, in groups and overall"), 1, 1, STORE_READ,
	  cmd_rank, false },
	{ "commend", N_("UNIT --period PERIOD [--to DAY]"), N_("units that meet stated rules"), 1,
	  1, STORE_READ, cmd_commend, false },
	{ "laggards", N_("UNIT --period PERIOD [--to DAY]"),
	  N_("who is behind and why, whom to call, what was done"), 1, 1, STORE_READ, cmd_laggards,
	  true },
	{ "note", N_("UNIT TEXT [--day DAY] [--who NAME] [--step STEP]"),
	  N_("what was done about a unit that is behind"), 2, 2, STORE_WRITE, cmd_note, false },
	{ "officer", N_("UNIT NAME [--from DAY] [--to DAY]"),
	  N_("who is to follow a unit; - for nobody"), 2, 2, STORE_WRITE, cmd_officer, false },
	{ "group", N_("UNIT NAME [--from DAY] [--to DAY]"),
	  N_("with whom a unit is compared; - for what its tags say"), 2, 2, STORE_WRITE, cmd_group,
	  false },
	{ "letter", N_("UNIT --period PERIOD --of INSTRUMENT [--due-only] [--sent]"),
	  N_("a letter to each unit that is behind, from a template"), 1, 1, STORE_PUBLISH,
	  cmd_letter, false },
	{ "synthesis", N_("UNIT --year YEAR"),
	  N_("what a year came to, for the standing committee"), 1, 1, STORE_READ, cmd_synthesis,
	  true },
	{ "sources", N_("UNIT --period PERIOD"),
	  N_("whom there is to admit from; rates, each as n of N"), 1, 1, STORE_READ, cmd_sources,
	  true },
	{ "form", N_("UNIT FORM --period PERIOD"),
	  N_("a form of a half-year or year: what was signed, and what it comes from"), 2, 2,
	  STORE_READ, cmd_form, false },
	{ "print", N_("KIND UNIT [FORM] --out FILE.html|FILE.xlsx|FILE.csv"),
	  N_("table, totals, rank, laggards, months, sources, synthesis, form, commended, sheet, blank: on A4 "
	     "or as a spreadsheet"),
	  2, 3, STORE_READ, cmd_print, false },
	{ "header", N_("UNIT [FIELD=VALUE ...]"), N_("how a unit's papers are headed and signed"),
	  1, 20, STORE_WRITE, cmd_header, false },
	{ "claims", "", N_("published figures held against the store"), 0, 0, STORE_READ,
	  cmd_claims, false },
	{ "differences", N_("[--unit UNIT]"),
	  N_("figures entered on behalf, where the unit itself then said something else"), 0, 0,
	  STORE_READ, cmd_differences, false },
	{ "log", N_("[--unit UNIT]"), N_("every entry: who, when, what"), 0, 0, STORE_READ, cmd_log,
	  false },
	{ "status", "", N_("how far the log is, devices, room left"), 0, 0, STORE_LIVE, cmd_status,
	  false },
	{ "verify", "", N_("replay the whole log and compare"), 0, 0, STORE_READ, cmd_verify,
	  false },
	{ "backup", N_("FILE | FOLDER [--keep N]"), N_("a verified copy of the store"), 1, 1,
	  STORE_BESIDE, cmd_backup, false },
	{ "keys", N_("--backup|--restore|--prune|--print FILE | --lost | --new-card [--card FILE]"),
	  N_("keys of the register of persons: copies, the page and the card for an envelope"), 0,
	  0, STORE_KEYS, cmd_keys, false },
	{ "restore", N_("[--cause TEXT] [--at LSN] | --end"),
	  N_("an older copy was put back: say so; and when devices have brought back the rest"), 0,
	  0, STORE_WRITE, cmd_restore, false },
	{ "server-keys", N_("FILE"),
	  N_("the server's own keys, sealed, to be kept apart from backups"), 1, 1, STORE_READ,
	  cmd_server_keys, false },
	{ "rebuild", N_("COPY [KEYS]"),
	  N_("a data directory out of a backup and the keys, as a file or typed from paper; their code "
	     "from standard input"),
	  1, 2, STORE_NONE, cmd_rebuild, false },
	{ "follow", N_("HOST:PORT [CODE] [--listen HOST:PORT]"),
	  N_("a standby: hold the whole log of the server there, to take its place"), 0, 2,
	  STORE_NONE, cmd_follow, false },
	{ "promote", N_("KEYS --reason TEXT"),
	  N_("the standby becomes the server; the code of the keys from standard input"), 1, 1,
	  STORE_NONE, cmd_promote, false },
	{ "bundle", N_("FILE --answer FILE"), N_("take in what a stick brought"), 1, 1, STORE_WRITE,
	  cmd_bundle, false },
	{ "clock", N_("TIME"), N_("set the clock of an illustrative store"), 1, 1, STORE_WRITE,
	  cmd_clock, false },
};
const size_t command_count = ARRAY_LEN(commands);

int64_t cli_now(const struct cli *c)
{
	struct ledger_info info = ledger_info(c->store.ledger);

	if (c->birth_ms)
		return c->birth_ms;
	return info.illustrative && info.clock_ms ? info.clock_ms : c->now_ms();
}

int cli_misused(struct cli *c, int rc)
{
	c->misused = rc != 0;
	return rc;
}

/* An empty msgid would be the catalogue's header. */
static const char *args_words(const struct command *cmd)
{
	return *cmd->args ? _(cmd->args) : "";
}

static void usage(FILE *to)
{
	unsigned name_width = 0, width;

	for (size_t i = 0; i < command_count; i++) {
		width = text_columns(commands[i].name);
		name_width = width > name_width ? width : name_width;
	}
	fprintf(to, _("usage: ketnapd COMMAND --data DIR [options]\n\n"));
	for (size_t i = 0; i < command_count; i++)
		help_row(to,
			 &(struct help_row){ commands[i].name, args_words(&commands[i]),
					     _(commands[i].help), name_width },
			 HELP_TEXT);
	fprintf(to, "\n");
	cli_options_help(to);
}

/* bin/ketnapd finds share/ketnap beside its own folder, wherever the two were put. */
static const char *share_beside_program(const char *below, char *out, size_t out_len)
{
	ssize_t n = readlink("/proc/self/exe", out, out_len - 1);
	size_t room;
	char *slash;

	if (n <= 0)
		return "/usr/share";
	out[n] = 0;
	for (int up = 0; up < 2; up++) {
		slash = strrchr(out, '/');
		if (!slash)
			return "/usr/share";
		*slash = 0;
	}
	room = out_len - strlen(out);
	return snprintf(out + strlen(out), room, "/share/%s", below) < (int)room ? out
										 : "/usr/share";
}

/* Who runs this. Most are in the file itself; what looks further (getpwuid_r of glibc 2.36) does not survive that there
 * is no memory. Somebody without a name is written by number. */
static const char *console_name(char *out, size_t out_len)
{
	struct passwd entry, *pw = NULL;
	char text[1024];
	uid_t uid = getuid();
	FILE *f = fopen("/etc/passwd", "re");
	bool found = false;

	while (f && !found && !fgetpwent_r(f, &entry, text, sizeof(text), &pw))
		found = pw->pw_uid == uid;
	if (f)
		fclose(f);
	if (!found && (!f || getpwuid_r(uid, &entry, text, sizeof(text), &pw)))
		pw = NULL;
	if (pw)
		snprintf(out, out_len, "console:%s", pw->pw_name);
	else
		snprintf(out, out_len, "console:%u", (unsigned)uid);
	return out;
}

static int exit_code(const struct err *e)
{
	return e->code == ERR_BUSY || e->code == ERR_FULL ? EXIT_AGAIN : EXIT_FAILED;
}

static int complain(const struct cli *c, const struct err *e)
{
	char text[1024];

	fprintf(c->say, "ketnapd: %s\n", lang_err(e, text, sizeof(text)));
	return exit_code(e);
}

const struct command *cli_find(const char *name)
{
	for (size_t i = 0; i < command_count; i++)
		if (!strcmp(commands[i].name, name))
			return &commands[i];
	return NULL;
}

static int check_words(struct cli *c, const struct command *cmd, int argc)
{
	if (!options.data) {
		fprintf(c->say, _("ketnapd: %s needs --data DIR\n"), cmd->name);
		return EXIT_USAGE;
	}
	if (argc - 1 < cmd->min_args || argc - 1 > cmd->max_args) {
		fprintf(c->say, _("usage: ketnapd %s %s --data DIR\n"), cmd->name, args_words(cmd));
		return EXIT_USAGE;
	}
	if (options.csv && !cmd->csv) {
		fprintf(c->say, _("ketnapd: %s prints no CSV; --json is for scripts\n"), cmd->name);
		return EXIT_USAGE;
	}
	if (options.public_ && cmd->run != cmd_totals && cmd->run != cmd_table &&
	    cmd->run != cmd_synthesis && cmd->run != cmd_print) {
		fprintf(c->say, _("ketnapd: %s has nothing that is made for outside (--public)\n"),
			cmd->name);
		return EXIT_USAGE;
	}
	return EXIT_DONE;
}

/* What is written now stands before all that comes later, so a clock that leapt needs a person's word. A
 * running server has watched its own, and the clock of an illustrative store is set by people. */
static int check_clock(struct cli *c, const struct command *cmd)
{
	bool writes = cli_store(cmd) == STORE_WRITE || cmd->run == cmd_serve;
	struct ledger_info info;
	int64_t now, days;

	if (!writes || c->desk || options.dry_run || options.clock_is_right)
		return 0;
	info = ledger_info(c->store.ledger);
	now = c->now_ms();
	days = own_clock_leap_days(now, info.time_ms);
	if (!days || info.illustrative)
		return 0;
	return err_set(&c->err, ERR_STATE,
		       "nothing is written: the clock of this computer shows %s, the newest entry "
		       "is of %s, %lld days earlier. Set the right date; if it is right, because "
		       "nobody wrote anything for so long, say so with --clock-is-right",
		       show_instant(c->arena, now), show_instant(c->arena, info.time_ms),
		       (long long)days);
}

/* Before this process writes, and not behind what is no longer what it was. A running server has looked. */
static int check_course(struct cli *c, const struct command *cmd)
{
	bool writes = cli_store(cmd) == STORE_WRITE || cmd->run == cmd_serve, older;
	int rc = writes && !c->desk ? course_check(&c->store, &older, &c->err) : 0;

	if (rc || !writes || c->desk || !older)
		return rc;
	return store_dir_fell_behind(&c->store, NULL, &c->err);
}

/* What it wrote stands; where that cannot be kept, the next one finds less, which is right too. */
static void note_course(struct cli *c, const struct command *cmd)
{
	struct err ignored = { 0 };

	if ((cli_store(cmd) == STORE_WRITE || cmd->run == cmd_serve) && !c->desk)
		(void)course_note(&c->store, &ignored);
}

int cli_execute(struct cli *c, const struct command *cmd, int argc, char **argv, int *why)
{
	bool hold = cli_store(cmd) == STORE_READ;
	int rc = hold ? ledger_hold(c->store.ledger, &c->err) : 0;
	bool held = hold && !rc;

	if (!rc)
		rc = check_course(c, cmd);
	if (!rc && cli_store(cmd) == STORE_WRITE && cmd->run != cmd_restore &&
	    store_dir_is_succeeded(&c->store))
		rc = err_set(
			&c->err, ERR_STATE,
			"nothing is written: a standby of this store was promoted and goes on in "
			"its place");
	else if (!rc && cli_store(cmd) == STORE_WRITE && cmd->run != cmd_restore &&
		 store_dir_is_behind(&c->store))
		rc = err_set(
			&c->err, ERR_STATE,
			"nothing is written: this log lacks entries that this server has signed. "
			"Was an older copy put back? Then `ketnapd restore` says so, and devices "
			"bring back what it lacks; if not, put back the newest copy first");
	if (!rc)
		rc = check_clock(c, cmd);
	if (!rc && cli_store(cmd) != STORE_NONE && cli_store(cmd) != STORE_OWN && !c->json &&
	    !c->csv)
		mark_print(
			c->out,
			mark_of(c->store.ledger)); /* here, so that no command can leave it out */
	if (!rc) {
		rc = cmd->run(c, argc, argv);
		note_course(c, cmd);
	}
	if (held)
		ledger_let_go(c->store.ledger);
	if (why)
		*why = rc;
	if (rc == -ERR_FULL)
		err_wrap(&c->err, rc, "no room is left; make some and try again");
	if (rc && !c->err_printed)
		complain(c, &c->err);
	return !rc ? EXIT_DONE : c->misused ? EXIT_USAGE : exit_code(&c->err);
}

/* Readers look beside whoever has the directory, and keep nobody who comes meanwhile from having it: a long backup no
 * server from starting. The rest is for who has it to do. */
static int open_store(struct cli *c, const struct command *cmd, const struct typed *typed,
		      bool *asked, int *code)
{
	int rc;

	*asked = false;
	if (cli_store(cmd) == STORE_READ || cli_store(cmd) == STORE_BESIDE)
		return store_dir_open_beside(&c->store, options.data, &c->err);
	rc = store_dir_open(&c->store, options.data, &c->err);
	if (rc == -ERR_NOTFOUND && store_dir_is_keyless(options.data))
		return err_set(
			&c->err, ERR_STATE,
			"%s/log.key: No such file or directory; without the server's own keys "
			"a store can be read, and nothing else",
			options.data);
	if (rc != -ERR_BUSY || cli_store(cmd) == STORE_OWN)
		return rc;
	if (cli_store(cmd) == STORE_LIVE && store_dir_is_standby(options.data)) {
		err_clear(&c->err);
		return store_dir_open_beside(&c->store, options.data, &c->err);
	}
	return remote_ask(c, typed, asked, code);
}

static void read_holidays(struct cli *c)
{
	const char *path = arena_printf(c->arena, "%s/holidays/vietnam.csv", c->share);
	struct err ignored = { 0 };
	FILE *f = path ? fopen(path, "rb") : NULL;
	uint8_t *text = f ? malloc(HOLIDAYS_MAX) : NULL;

	if (text)
		(void)holidays_parse(&c->holidays, span_of(text, fread(text, 1, HOLIDAYS_MAX, f)),
				     &ignored);
	free(text);
	if (f)
		fclose(f);
	if (c->store.ledger)
		ledger_holidays(c->store.ledger, c->holidays);
}

/* Before anything is done: a card or copy that could not be written would be lost. */
static int check_free(struct cli *c, const char *file)
{
	return file && !access(file, F_OK)
		       ? err_set(&c->err, ERR_EXISTS, "%s is there already; it is not written over",
				 file)
		       : 0;
}

static int run(struct cli *c, const struct command *cmd, const struct typed *typed, int argc,
	       char **argv)
{
	int rc = 0, code = check_words(c, cmd, argc);
	struct outlet outlet;
	bool asked = false, lets_go = cli_store(cmd) == STORE_READ;

	if (code)
		return code;
	c->store.lock_fd = -1;
	c->arena = arena_new(ARENA_BUDGET);
	if (!c->arena) {
		err_set(&c->err, ERR_NOMEM, "out of memory");
		return complain(c, &c->err);
	}
	if (!options.new_card) /* what is in that one is looked at with the log at hand: cmd_keys.c */
		rc = check_free(c, options.card);
	if (!rc)
		rc = check_free(c, options.backup);
	if (!rc)
		rc = check_free(c, options.page);
	if (!rc && cli_store(cmd) != STORE_NONE)
		rc = open_store(c, cmd, typed, &asked, &code);
	if (!rc && !asked)
		read_holidays(c);
	if (lets_go)
		c->out = outlet_open(&outlet, c->out);
	if (rc)
		code = complain(c, &c->err);
	else if (!asked)
		code = cli_execute(c, cmd, argc, argv, NULL);
	if (code == EXIT_DONE && !rc && cmd->run == cmd_keys && options.backup && keys_deliver(c))
		code = complain(c, &c->err);
	store_dir_close(&c->store);
	holidays_free(c->holidays);
	arena_free(c->arena);
	if (lets_go ? outlet_close(&outlet) : fflush(c->out) || ferror(c->out)) {
		fprintf(c->say, _("ketnapd: the output could not be written\n"));
		code = EXIT_FAILED;
	}
	return code;
}

static int run_typed(const struct typed *typed, int argc, char **argv, int64_t (*now_ms)(void))
{
	struct cli c = { .now_ms = now_ms, .out = stdout, .say = stderr };
	char share[4096], locale[4096], by[128];
	const struct command *cmd;
	int rc = cli_options_parse(&argc, argv, &c.err), lang_rc;
	bool typed_well = !rc;

	if (!rc && options.config)
		rc = cli_options_file(options.config, &c.err);
	lang_rc = lang_init(options.lang, share_beside_program("locale", locale, sizeof(locale)),
			    rc ? NULL : &c.err);
	rc = rc ? rc : lang_rc;
	if (typed_well && options.check_config)
		return check_config(&c, rc);
	if (rc) {
		complain(&c, &c.err);
		return EXIT_USAGE;
	}
	if (options.version) {
		printf("ketnapd %s protocol 1 store %d\n", KETNAP_VERSION, LEDGER_FORMAT);
		return EXIT_DONE;
	}
	if (options.help) {
		usage(stdout);
		return EXIT_DONE;
	}
	cmd = argc > 1 ? cli_find(argv[1]) : NULL;
	if (!cmd) {
		/* Behind two screens of help nobody would find the one line that says what is wrong. */
		if (argc > 1)
			fprintf(stderr,
				_("ketnapd: there is no command %s; `ketnapd --help` lists them\n"),
				argv[1]);
		else
			usage(stderr);
		return EXIT_USAGE;
	}
	c.json = options.json;
	c.csv = options.csv;
	c.share = options.share ? options.share
				: share_beside_program("ketnap", share, sizeof(share));
	c.by = options.as ? options.as : console_name(by, sizeof(by));
	return run(&c, cmd, typed, argc - 1, argv + 1);
}

int cli_main(int argc, char **argv, int64_t (*now_ms)(void))
{
	struct typed typed = { argc, calloc((size_t)argc + 1, sizeof(*argv)) };
	int code = EXIT_FAILED;

	if (typed.argv) { /* kept as it is: options are taken out of the other */
		memcpy(typed.argv, argv, (size_t)argc * sizeof(*argv));
		code = run_typed(&typed, argc, argv, now_ms);
	} else {
		fprintf(stderr, "ketnapd: %s\n", "out of memory");
	}
	free(typed.argv);
	return code;
}
