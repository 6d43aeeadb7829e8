#include "cli.h"

#include "base/version.h"
#include "domain/calendar.h"
#include "report/config.h"

#include "files.h"
#include "show.h"

#include <stdarg.h>
#include <stdlib.h>

enum { ARENA_BUDGET = 512 << 20, HOLIDAYS_MAX = 1 << 20 };

struct cli_options options;

static struct opt option_rows[] = {
	{ "data", OPT_TEXT, &options.data, 0, 0, N_("DIR"), N_("the data directory"), true, false },
	{ "config", OPT_TEXT, &options.config, 0, 0, N_("FILE"),
	  N_("read options from an INI file"), false, false },
	{ "check-config", OPT_FLAG, &options.check_config, 0, 0, NULL,
	  N_("print the options as they hold, and what is wrong with them"), false, false },
	{ "lang", OPT_TEXT, &options.lang, 0, 0, "vi|en", N_("language of what is printed"), true,
	  false },
	{ "json", OPT_FLAG, &options.json, 0, 0, NULL, N_("print JSON, for scripts"), false,
	  false },
	{ "csv", OPT_FLAG, &options.csv, 0, 0, NULL, N_("print CSV, for spreadsheets"), false,
	  false },
	{ "unit", OPT_TEXT, &options.unit, 0, 0, N_("UNIT"),
	  N_("another unit than the device's own"), false, false },
	{ "cumulative", OPT_FLAG, &options.cumulative, 0, 0, NULL,
	  N_("enter: the figures count from 1 January"), false, false },
	{ "file", OPT_TEXT, &options.file, 0, 0, N_("FILE"),
	  N_("enter: many sheets from CSV, all or none"), false, false },
	{ "on-behalf", OPT_FLAG, &options.on_behalf, 0, 0, NULL,
	  N_("figures of a lower unit, that it telephoned or wrote"), false, false },
	{ "from", OPT_TEXT, &options.from, 0, 0, N_("WHO or DAY"),
	  N_("on behalf: from whom; totals: first day"), false, false },
	{ "to", OPT_TEXT, &options.to, 0, 0, N_("DAY"), N_("last day"), false, false },
	{ "reason", OPT_TEXT, &options.reason, 0, 0, N_("TEXT"), N_("why"), false, false },
	{ "dry-run", OPT_FLAG, &options.dry_run, 0, 0, NULL,
	  N_("enter --file, accept --below, members import, class, meeting, publish: show what would happen"),
	  false, false },
	{ "submit", OPT_FLAG, &options.submit, 0, 0, NULL, N_("enter: sign what was entered, too"),
	  false, false },
	{ "from-register", OPT_FLAG, &options.from_register, 0, 0, NULL,
	  N_("enter: fill what is blank from cases and members"), false, false },
	{ "nil", OPT_FLAG, &options.nil, 0, 0, NULL, N_("submit: a month without events"), false,
	  false },
	{ "blanks-nil", OPT_FLAG, &options.blanks_nil, 0, 0, NULL,
	  N_("submit: yes, blank required figures are nil"), false, false },
	{ "old", OPT_FLAG, &options.old, 0, 0, NULL,
	  N_("yes, a period before the last three is meant"), false, false },
	{ "preparer", OPT_TEXT, &options.preparer, 0, 0, N_("NAME"), N_("who made the report"),
	  false, false },
	{ "signer", OPT_TEXT, &options.signer, 0, 0, N_("NAME"), N_("who signed"), false, false },
	{ "title", OPT_TEXT, &options.title, 0, 0, N_("TEXT"), N_("as what"), false, false },
	{ "paper", OPT_TEXT, &options.paper, 0, 0, N_("DAY"), N_("signed on paper, that day"),
	  false, false },
	{ "form", OPT_TEXT, &options.form, 0, 0, N_("FORM"),
	  N_("receipt: of which form; default monthly"), false, false },
	{ "day", OPT_TEXT, &options.day, 0, 0, N_("DAY"),
	  N_("request: figures up to this day; publish, print: date of the document"), false,
	  false },
	{ "due", OPT_TEXT, &options.due, 0, 0, N_("TIME"), N_("request: to be here by then"), false,
	  false },
	{ "who", OPT_TEXT, &options.who, 0, 0, N_("NAME"),
	  N_("note: who did it; default the person of this device"), false, false },
	{ "step", OPT_TEXT, &options.step, 0, 0, "letter|telephone|report",
	  N_("note: which step of urging it was"), false, false },
	{ "phone", OPT_TEXT, &options.phone, 0, 0, N_("TEXT"), N_("officer: the telephone"), false,
	  false },
	{ "doc-no", OPT_TEXT, &options.doc_no, 0, 0, N_("DOC_NO"),
	  N_("officer: the document that says so; print: its number"), false, false },
	{ "out", OPT_TEXT, &options.out, 0, 0, N_("FILE"), N_("print: the file"), false, false },
	{ "public", OPT_FLAG, &options.public_, 0, 0, NULL,
	  N_("totals, table, print: for outside, without small numbers of persons"), false, false },
	{ "secrecy", OPT_TEXT, &options.secrecy, 0, 0, N_("TEXT"),
	  N_("print: the mark of secrecy; default the unit's"), false, false },
	{ "form-no", OPT_TEXT, &options.form_no, 0, 0, N_("TEXT"),
	  N_("print: the number of the form, and it is signed as one"), false, false },
	{ "scope", OPT_TEXT, &options.scope, 0, 0, N_("UNIT"),
	  N_("request: asked of this unit and all below it"), false, false },
	{ "check", OPT_TEXT, &options.check, 0, 0, N_("FILE"),
	  N_("receipt: does it prove what it says?"), false, false },
	{ "log-key", OPT_TEXT, &options.log_key, 0, 0, N_("HEX"),
	  N_("receipt --check: the log key, where no device is at hand"), false, false },
	{ "request", OPT_TEXT, &options.request, 0, 0, N_("FILE"),
	  N_("enroll: by stick, write the request there"), false, false },
	{ "again", OPT_FLAG, &options.again, 0, 0, NULL,
	  N_("enroll: the device of this folder was revoked, go on as another"), false, false },
	{ "answer-for", OPT_TEXT, &options.answer_for, 0, 0, N_("DEVICE or UNIT"),
	  N_("export: the answer that came back for a device whose bundle was carried"), false,
	  false },
	{ "server", OPT_TEXT, &options.server, 0, 0, N_("HOST:PORT"),
	  N_("sync: the server has moved there"), false, false },
	{ "unattended", OPT_FLAG, &options.unattended, 0, 0, NULL,
	  N_("sync: nobody waits, so come when the server has time"), false, false },
	{ "listen", OPT_TEXT, &options.listen, 0, 0, "127.0.0.1:PORT",
	  N_("ui: where the pages are; default any free port"), false, false },
	{ "period", OPT_TEXT, &options.period, 0, 0, N_("PERIOD"),
	  N_("2022-08, 2022-Q3, 2022-H1, 2022 or A..B"), false, false },
	{ "known-at", OPT_TEXT, &options.known_at, 0, 0, N_("LSN|TIME"), N_("as known then"), false,
	  false },
	{ "tree", OPT_TEXT, &options.tree, 0, 0, "as-was|as-is", N_("under which tree"), false,
	  false },
	{ "basis", OPT_TEXT, &options.basis, 0, 0, "signed|accepted|closed",
	  N_("which sheets count; default signed"), false, false },
	{ "each", OPT_TEXT, &options.each, 0, 0, "month|quarter|half|year",
	  N_("totals, table, bridge: of each of these in the days asked, in one answer"), false,
	  false },
	{ "measure", OPT_TEXT, &options.measure, 0, 0, N_("CODE"),
	  N_("which figure; default admitted"), false, false },
	{ "of", OPT_TEXT, &options.of, 0, 0, N_("INSTRUMENT[:DOC_NO]"),
	  N_("only this target's columns"), false, false },
	{ "level", OPT_TEXT, &options.level, 0, 0, "direct|grassroots", N_("which units are rows"),
	  false, false },
	{ "order", OPT_TEXT, &options.order, 0, 0, "official|attainment|rate|count",
	  N_("order of rows"), false, false },
	{ "on", OPT_TEXT, &options.on, 0, 0, N_("DAY"),
	  N_("deadlines: the case reached its stage on this day; tree, bridge: of which day; default today"),
	  false, false },
	{ "no", OPT_TEXT, &options.no, 0, 0, N_("NUMBER"), N_("propose: number of the document"),
	  false, false },
	{ "signed", OPT_TEXT, &options.signed_day, 0, 0, N_("DAY"),
	  N_("propose: the day it was signed"), false, false },
	{ "effective", OPT_TEXT, &options.effective, 0, 0, N_("DAY"),
	  N_("propose: the first day on which it holds"), false, false },
	{ "proposal", OPT_TEXT, &options.proposal, 0, 0, N_("ENTRY"),
	  N_("reorganise: carry out what a unit proposed by this entry"), false, false },
	{ "cut-off", OPT_TEXT, &options.cut_off, 0, 0, N_("DAY"),
	  N_("deadlines: it has to be done by the end of this day"), false, false },
	{ "goal", OPT_TEXT, &options.goal, 0, 0, "decision|ceremony|dossier",
	  N_("deadlines: what has to be done by then; default decision"), false, false },
	{ "instrument", OPT_TEXT, &options.instrument, 0, 0, N_("INSTRUMENT[:DOC_NO]"),
	  N_("publish: the document of the targets"), false, false },
	{ "take", OPT_TEXT, &options.take, 0, 0, "draft|registered",
	  N_("publish: which number, where a unit answered; default draft"), false, false },
	{ "limit", OPT_FLAG, &options.limit, 0, 0, NULL,
	  N_("drafts, register, publish: what is not to be exceeded"), false, false },
	{ "set", OPT_TEXT, &options.set, 0, 0, N_("UNIT=NUMBER,..."),
	  N_("publish: another number for these"), false, false },
	{ "leave-out", OPT_TEXT, &options.leave_out, 0, 0, N_("UNIT,..."),
	  N_("publish: no target for these"), false, false },
	{ "below", OPT_FLAG, &options.below, 0, 0, NULL, N_("accept: all units below"), false,
	  false },
	{ "in-time", OPT_FLAG, &options.in_time, 0, 0, NULL,
	  N_("accept: signed in time, received late"), false, false },
	{ "counts", OPT_FLAG, &options.counts, 0, 0, NULL, N_("decide-late: it counts from now on"),
	  false, false },
	{ "decline", OPT_FLAG, &options.decline, 0, 0, NULL, N_("decide-late: it does not count"),
	  false, false },
	{ "until", OPT_TEXT, &options.until, 0, 0, N_("TIME"), N_("unlock: when it ends"), false,
	  false },
	{ "confirm", OPT_TEXT, &options.confirm, 0, 0, N_("ENTRY"),
	  N_("unlock, forget, recover: what another person asked for"), false, false },
	{ "card", OPT_TEXT, &options.card, 0, 0, N_("FILE"),
	  N_("recover: what is on the printed card; - to type it"), false, false },
	{ "help", OPT_FLAG, &options.help, 0, 0, NULL, N_("this text"), false, false },
	{ "version", OPT_FLAG, &options.version, 0, 0, NULL,
	  N_("program, protocol and store versions"), false, false },
};

const struct command commands[] = {
	{ "enroll", N_("HOST:PORT CODE"), N_("make this computer a device of the unit on the card"),
	  1, 9, DIR_NONE, cmd_enroll, false },
	{ "enter", N_("FORM PERIOD measure=value ..."),
	  N_("write figures; kept here until they are sent"), 0, 99, DIR_DEVICE, cmd_enter, false },
	{ "submit", N_("FORM PERIOD"), N_("sign a sheet and queue it"), 2, 2, DIR_DEVICE,
	  cmd_submit, false },
	{ "discard", N_("FORM PERIOD [--unit UNIT]"),
	  N_("drop a draft, and say once more what it said"), 2, 2, DIR_DEVICE, cmd_discard,
	  false },
	{ "resolve", N_("UNIT FORM PERIOD measure=keep:VERSION|=VALUE"),
	  N_("settle a figure with two values"), 4, 99, DIR_DEVICE, cmd_resolve, false },
	{ "recall", N_("FORM PERIOD"), N_("take the own signature back, before it was accepted"), 2,
	  2, DIR_DEVICE, cmd_recall, false },
	{ "return", N_("FORM PERIOD --unit UNIT --reason TEXT"),
	  N_("send a lower unit's sheet back"), 2, 2, DIR_DEVICE, cmd_return, false },
	{ "accept", N_("FORM PERIOD --unit UNIT | --below"),
	  N_("accept a sheet below, or all that need no second look"), 2, 2, DIR_DEVICE, cmd_accept,
	  false },
	{ "summary", N_("FORM PERIOD [--signer NAME --title TEXT]"),
	  N_("what is below, and sign it as this level's statement"), 2, 2, DIR_DEVICE, cmd_summary,
	  false },
	{ "months", N_("[UNIT] --period PERIOD"), N_("how the months of the units below stand"), 0,
	  1, DIR_DEVICE, cmd_months, true },
	{ "close", N_("FORM PERIOD [--unit UNIT]"), N_("close a period for a unit and all below"),
	  2, 2, DIR_DEVICE, cmd_close, false },
	{ "unlock", N_("FORM PERIOD --unit UNIT --until TIME | --confirm ENTRY"),
	  N_("open a closed period for one unit; a second person confirms"), 0, 2, DIR_DEVICE,
	  cmd_unlock, false },
	{ "late", "", N_("what came after a closing by somebody who had not read it"), 0, 0,
	  DIR_DEVICE, cmd_late, false },
	{ "decide-late", N_("ENTRY --counts|--decline --reason TEXT"),
	  N_("let what came late count, or decline it"), 1, 1, DIR_DEVICE, cmd_decide_late, false },
	{ "status", "", N_("what is here, what has been confirmed"), 0, 0, DIR_DEVICE, cmd_status,
	  false },
	{ "sync", "", N_("send what is queued, bring what is new"), 0, 0, DIR_DEVICE, cmd_sync,
	  false },
	{ "totals", N_("[UNIT] --from DAY --to DAY [--each month]"),
	  N_("what a unit and all below it add up to"), 0, 1, DIR_DEVICE, cmd_totals, true },
	{ "bridge", N_("[UNIT] --from DAY --to DAY [--on DAY] [--each month]"),
	  N_("line by line, from a figure as it was to the same under another tree"), 0, 1,
	  DIR_DEVICE, cmd_bridge, true },
	{ "table", N_("[UNIT] --period PERIOD"), N_("a row per unit, a column group per target"), 0,
	  1, DIR_DEVICE, cmd_table, true },
	{ "beside", N_("[UNIT] --period MONTH"),
	  N_("what cases and members come to, beside what units typed"), 0, 1, DIR_DEVICE,
	  cmd_beside, false },
	{ "progress", "", N_("own targets: attained, missing, pace"), 0, 0, DIR_DEVICE,
	  cmd_progress, false },
	{ "deadlines", N_("--cut-off DAY [--from STAGE] [--on DAY]"),
	  N_("the last safe day of each step of an admission"), 0, 0, DIR_NONE, cmd_deadlines,
	  false },
	{ "conflicts", "", N_("figures, and fields of persons' records, with two values"), 0, 0,
	  DIR_DEVICE, cmd_conflicts, false },
	{ "differences", N_("[--unit UNIT]"),
	  N_("figures entered on behalf, where the unit itself then said something else"), 0, 0,
	  DIR_DEVICE, cmd_differences, false },
	{ "aside", N_("[drop|again OP ...]"),
	  N_("what a restored computer had queued before: drop it, or send it anew"), 0, 99,
	  DIR_DEVICE, cmd_aside, false },
	{ "log", "", N_("what was entered here and below, by whom, when"), 0, 0, DIR_DEVICE,
	  cmd_log, false },
	{ "claims", "", N_("published figures and what is computed for them"), 0, 0, DIR_DEVICE,
	  cmd_claims, false },
	{ "devices", "", N_("devices of this unit and those below"), 0, 0, DIR_DEVICE, cmd_devices,
	  false },
	{ "target", N_("column=value ..."),
	  N_("assign or amend a target; columns as in targets.csv"), 1, 30, DIR_DEVICE, cmd_target,
	  false },
	{ "drafts", N_("[UNIT] [--period PERIOD]"),
	  N_("targets that are drafted, and what was registered"), 0, 1, DIR_DEVICE, cmd_drafts,
	  true },
	{ "register", N_("PERIOD NUMBER [--reason TEXT]"),
	  N_("answer a draft with the unit's own number"), 2, 2, DIR_DEVICE, cmd_register, false },
	{ "publish", N_("[UNIT] --period PERIOD --instrument INSTRUMENT:DOC_NO"),
	  N_("make targets of the drafts for the units below"), 0, 1, DIR_DEVICE, cmd_publish,
	  false },
	{ "request", N_("FORM --day DAY --due TIME --scope UNIT"),
	  N_("ask the units below for figures up to a day"), 1, 1, DIR_DEVICE, cmd_request, false },
	{ "requests", "", N_("figures that were asked for, and who below has answered"), 0, 0,
	  DIR_DEVICE, cmd_requests, false },
	{ "revoke", N_("DEVICE --reason TEXT"), N_("a device below is lost: shut it out"), 1, 1,
	  DIR_DEVICE, cmd_revoke, false },
	{ "note", N_("UNIT TEXT [--day DAY] [--who NAME] [--step STEP]"),
	  N_("what was done about a unit below that is behind"), 2, 2, DIR_DEVICE, cmd_note,
	  false },
	{ "officer", N_("UNIT NAME [--from DAY] [--to DAY]"),
	  N_("who is to follow a unit below; - for nobody"), 2, 2, DIR_DEVICE, cmd_officer, false },
	{ "act", N_("KIND column=value ... | form FILE"),
	  N_("members, claim, unit, plan, setting, person, draft, group, commend"), 2, 30,
	  DIR_DEVICE, cmd_act, false },
	{ "commend",
	  N_("add NAME title=TITLE period=PERIOD helped=N [body=UNIT] | back WHO | list [UNIT]"),
	  N_("people whom the unit puts forward, by a name that is sealed"), 1, 8, DIR_DEVICE,
	  cmd_commend, false },
	{ "form", N_("UNIT FORM --period PERIOD"),
	  N_("a form of a half-year or year: what was signed, and what it comes from"), 2, 2,
	  DIR_DEVICE, cmd_form, false },
	{ "print", N_("KIND [UNIT] [FORM] --out FILE.html|FILE.xlsx|FILE.csv"),
	  N_("table, totals, months, form, commended, sheet, blank: on A4 or as a spreadsheet"), 1,
	  3, DIR_DEVICE, cmd_print, false },
	{ "header", N_("[FIELD=VALUE ...] [--unit UNIT]"),
	  N_("how the unit's papers are headed and signed"), 0, 20, DIR_DEVICE, cmd_header, false },
	{ "propose", N_("FILE --no NUMBER --signed DAY --signer NAME --effective DAY"),
	  N_("a reorganisation, for the operator to carry out or refuse"), 1, 1, DIR_DEVICE,
	  cmd_propose, false },
	{ "proposals", "", N_("what units proposed to reorganise, and what became of it"), 0, 0,
	  DIR_DEVICE, cmd_proposals, false },
	{ "reorganise",
	  N_("FILE --no NUMBER --signed DAY --signer NAME --effective DAY | --proposal ENTRY"),
	  N_("a decision on reorganisation, by an operator"), 0, 1, DIR_DEVICE, cmd_reorganise,
	  false },
	{ "refuse-act", N_("ENTRY --reason TEXT"), N_("nothing comes of a proposal"), 1, 1,
	  DIR_DEVICE, cmd_refuse_act, false },
	{ "tree", N_("[UNIT] [--on DAY]"), N_("the units of a day that are held here"), 0, 1,
	  DIR_DEVICE, cmd_tree, false },
	{ "receipt", N_("UNIT PERIOD FILE | --check FILE"), N_("proof that a sheet is in the log"),
	  0, 3, DIR_NONE, cmd_receipt, false },
	{ "export", N_("FILE [--answer-for DEVICE|UNIT]"),
	  N_("what is queued, as a file for the stick; or an answer that was fetched for another"),
	  1, 1, DIR_DEVICE, cmd_export, false },
	{ "import", N_("FILE"),
	  N_("what came by stick: an answer, or a bundle of a lower unit to be carried"), 1, 1,
	  DIR_NONE, cmd_import, false },
	{ "case",
	  N_("open|step|correct|settle|list|search|show|due|count|key|move|accept|refuse|recall ..."),
	  N_("persons on their way to admission; names are sealed"), 1, 30, DIR_DEVICE, cmd_case,
	  false },
	{ "class", N_("FILE"), N_("a class: sent and certified, one step for each row of a CSV"), 1,
	  1, DIR_DEVICE, cmd_class, false },
	{ "meeting", N_("FILE"), N_("a meeting: what it resolved, one step for each row of a CSV"),
	  1, 1, DIR_DEVICE, cmd_meeting, false },
	{ "members",
	  N_("import FILE|list|search TEXT|show|correct|arrive|restore|end|move|accept|refuse|recall ..."),
	  N_("the unit's register of members; names are sealed"), 1, 30, DIR_DEVICE, cmd_members,
	  false },
	{ "forget", N_("CASE|MEMBER|COMMENDED [why=own-right] --reason TEXT [--confirm ENTRY]"),
	  N_("destroy the keys to a person's record; a second person confirms"), 1, 2, DIR_DEVICE,
	  cmd_forget, false },
	{ "recover", N_("[DEVICE --reason TEXT [--confirm ENTRY] | --card FILE]"),
	  N_("the keys of a unit whose devices are lost, for a new device of it; two persons"), 0,
	  1, DIR_DEVICE, cmd_recover, false },
	{ "person", N_("export CASE|MEMBER"), N_("everything that is kept about one person"), 2, 2,
	  DIR_DEVICE, cmd_person, false },
	{ "ui", "", N_("pages in the browser, of this computer alone"), 0, 0, DIR_OWN, cmd_ui,
	  false },
};
const size_t command_count = ARRAY_LEN(commands);

int64_t cli_now(const struct cli *c)
{
	struct ledger_info info = { .clock_ms = 0 };

	if (c->client)
		info = ledger_info(client_base(c->client));
	return info.illustrative && info.clock_ms ? info.clock_ms : clock_now_ms(&c->clocks.real);
}

bool cli_confirm(struct cli *c, const char *question)
{
	char answer[16] = "";

	if (!c->terminal || !stream_is_terminal(0))
		return false;
	fprintf(stderr, "%s [%s] ", question, lang_now() == TEXT_VI ? "c/K" : "y/N");
	if (!fgets(answer, sizeof(answer), stdin))
		return false;
	return answer[0] == 'y' || answer[0] == 'Y' || answer[0] == 'c' || answer[0] == 'C';
}

/* ---- usage ---- */

/* An empty msgid would be the catalogue's header. */
static const char *args_words(const struct command *cmd)
{
	return *cmd->args ? _(cmd->args) : "";
}

static void usage(FILE *to)
{
	enum { NAMES = 11 };

	fprintf(to, _("usage: ketnap COMMAND --data DIR [options]\n\n"));
	for (size_t i = 0; i < command_count; i++)
		help_row(to,
			 &(struct help_row){ commands[i].name, args_words(&commands[i]),
					     _(commands[i].help), NAMES },
			 HELP_TEXT);
	fprintf(to, "\n");
	opt_help(option_rows, ARRAY_LEN(option_rows), to);
}

int cli_usage(struct cli *c, const char *why, ...)
{
	va_list ap;

	fputs("ketnap: ", stderr);
	va_start(ap, why);
	vfprintf(stderr, why, ap);
	va_end(ap);
	fputc('\n', stderr);
	err_clear(&c->err);
	return -ERR_INVALID;
}

int cli_misused(struct cli *c, int rc)
{
	c->misused = rc != 0;
	return rc;
}

static int exit_code(const struct err *e)
{
	return e->code == ERR_BUSY || e->code == ERR_FULL ? EXIT_AGAIN : EXIT_FAILED;
}

static int complain(const struct err *e)
{
	char text[1024];

	fprintf(stderr, "ketnap: %s\n", lang_err(e, text, sizeof(text)));
	return exit_code(e);
}

/* ---- running one command ---- */

static const struct command *find_command(const char *name)
{
	for (size_t i = 0; i < command_count; i++)
		if (!strcmp(commands[i].name, name))
			return &commands[i];
	return NULL;
}

static int check_use(const struct command *cmd, int argc)
{
	if (cmd->dir != DIR_NONE && !options.data) {
		fprintf(stderr, _("ketnap: %s needs --data DIR\n"), cmd->name);
		return EXIT_USAGE;
	}
	if (argc - 1 < cmd->min_args || argc - 1 > cmd->max_args) {
		fprintf(stderr, _("usage: ketnap %s %s --data DIR\n"), cmd->name, args_words(cmd));
		return EXIT_USAGE;
	}
	if (options.csv && !cmd->csv) {
		fprintf(stderr, _("ketnap: %s prints no CSV; --json is for scripts\n"), cmd->name);
		return EXIT_USAGE;
	}
	if (options.public_ && cmd->run != cmd_totals && cmd->run != cmd_table &&
	    cmd->run != cmd_print) {
		fprintf(stderr, _("ketnap: %s has nothing that is made for outside (--public)\n"),
			cmd->name);
		return EXIT_USAGE;
	}
	return EXIT_DONE;
}

void cli_holidays(struct cli *c)
{
	char path[PATH_BYTES];
	struct err ignored = { 0 };
	struct buf text;

	buf_init(&text, HOLIDAYS_MAX);
	if (!c->holidays && !whole_read(&text, share_folder(path, "ketnap/holidays/vietnam.csv"),
					HOLIDAYS_MAX, &ignored))
		(void)holidays_parse(&c->holidays, buf_span(&text), &ignored);
	buf_fini(&text);
	ledger_holidays(client_base(c->client), c->holidays);
}

static int run(struct cli *c, const struct command *cmd, int argc, char **argv)
{
	int rc = 0, code = check_use(cmd, argc);

	if (code != EXIT_DONE)
		return code;
	c->arena = arena_new(ARENA_BUDGET);
	if (!c->arena) {
		err_set(&c->err, ERR_NOMEM, "out of memory");
		complain(&c->err);
		return EXIT_FAILED;
	}
	if (cmd->dir == DIR_DEVICE)
		rc = device_dir_open(&c->dir, options.data, &c->err);
	c->client = c->dir.client;
	if (!rc && c->client)
		cli_holidays(c);
	if (!rc && c->client && !c->json && !c->csv)
		mark_print(c->out, device_mark(c)); /* here, so that no command can leave it out */
	if (!rc)
		rc = cmd->run(c, argc, argv);
	code = !rc                                     ? EXIT_DONE
	       : c->misused || c->err.code == ERR_NONE ? EXIT_USAGE
						       : exit_code(&c->err);
	if (rc && c->err.code != ERR_NONE && !c->err_printed)
		complain(&c->err);
	device_dir_close(&c->dir);
	holidays_free(c->holidays);
	arena_free(c->arena);
	if (fflush(c->out) || ferror(c->out)) {
		fprintf(stderr, _("ketnap: the output could not be written\n"));
		code = EXIT_FAILED;
	}
	return code;
}

/* --check-config. A data directory need not be there yet: enrolling makes it. */
static int check_config(struct cli *c, int read_rc)
{
	struct config_check found = { .file = options.config };
	char text[1024];
	int rc;

	config_note(&found, read_rc, &c->err);
	rc = config_print(c->out, &found, option_rows, ARRAY_LEN(option_rows), options.json,
			  &c->err);
	for (size_t i = 0; i < found.problem_count; i++)
		fprintf(stderr, "ketnap: %s\n", lang_err(&found.problems[i], text, sizeof(text)));
	return rc ? EXIT_FAILED : found.problem_count ? EXIT_USAGE : EXIT_DONE;
}

int cli_main(int argc, char **argv, struct clocks clocks)
{
	struct cli c = { .clocks = clocks, .out = stdout };
	char locale[PATH_BYTES];
	const struct command *cmd;
	int rc = opt_parse(option_rows, ARRAY_LEN(option_rows), &argc, argv, &c.err), lang_rc;
	bool typed_well = !rc;

	if (!rc && options.config)
		rc = opt_file(option_rows, ARRAY_LEN(option_rows), options.config, &c.err);
	lang_rc = lang_init(options.lang, share_folder(locale, "locale"), rc ? NULL : &c.err);
	rc = rc ? rc : lang_rc;
	if (typed_well && options.check_config)
		return check_config(&c, rc);
	if (rc) {
		complain(&c.err);
		return EXIT_USAGE;
	}
	if (options.version) {
		printf("ketnap %s protocol %d store %d\n", KETNAP_VERSION, WIRE_VERSION,
		       LEDGER_FORMAT);
		return EXIT_DONE;
	}
	if (options.help) {
		usage(stdout);
		return EXIT_DONE;
	}
	cmd = argc > 1 ? find_command(argv[1]) : NULL;
	if (!cmd) {
		/* Behind two screens of help nobody would find the one line that says what is wrong. */
		if (argc > 1)
			fprintf(stderr,
				_("ketnap: there is no command %s; `ketnap --help` lists them\n"),
				argv[1]);
		else
			usage(stderr);
		return EXIT_USAGE;
	}
	c.json = options.json;
	c.csv = options.csv;
	c.terminal = stream_is_terminal(2);
	return run(&c, cmd, argc - 1, argv + 1);
}
