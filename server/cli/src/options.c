/* The options of all commands, as one table. */
#include "cli.h"

#include <assert.h>
#include <stddef.h>

enum { ROWS_MAX = 120 };

_Thread_local struct cli_options options;

struct option_row {
	const char *name;
	enum opt_type type;
	size_t at;
	int64_t min, max;
	const char *arg, *help;
	bool config;
};

#define AT(field) offsetof(struct cli_options, field)

static const struct option_row option_rows[] = {
	{ "data", OPT_TEXT, AT(data), 0, 0, N_("DIR"), N_("the data directory"), true },
	{ "config", OPT_TEXT, AT(config), 0, 0, N_("FILE"), N_("read options from an INI file"),
	  false },
	{ "check-config", OPT_FLAG, AT(check_config), 0, 0, NULL,
	  N_("print the options as they hold, and what is wrong with them"), false },
	{ "lang", OPT_TEXT, AT(lang), 0, 0, "vi|en", N_("language of what is printed"), true },
	{ "json", OPT_FLAG, AT(json), 0, 0, NULL, N_("print JSON, for scripts"), false },
	{ "csv", OPT_FLAG, AT(csv), 0, 0, NULL, N_("print CSV, for spreadsheets"), false },
	{ "as", OPT_TEXT, AT(as), 0, 0, N_("NAME"), N_("who does this, as written in the log"),
	  false },
	{ "share", OPT_TEXT, AT(share), 0, 0, N_("DIR"), N_("forms, holidays and translations"),
	  true },
	{ "tree", OPT_TEXT, AT(tree), 0, 0, N_("FILE or as-was|as-is"),
	  N_("init: the tree to begin with; totals: under which tree"), false },
	{ "illustrative", OPT_FLAG, AT(illustrative), 0, 0, NULL,
	  N_("init: made-up figures, marked everywhere, with a clock of its own"), false },
	{ "card", OPT_TEXT, AT(card), 0, 0, N_("FILE"),
	  N_("init, keys: write the card with the recovery key there, not on the screen"), false },
	{ "backup", OPT_TEXT, AT(backup), 0, 0, N_("FILE"), N_("keys: a copy of the key store"),
	  false },
	{ "restore", OPT_TEXT, AT(restore), 0, 0, N_("FILE"),
	  N_("keys: what such a copy has, but for those forgotten since"), false },
	{ "lost", OPT_FLAG, AT(lost), 0, 0, NULL,
	  N_("keys: the key store is lost, and there is no copy: devices put again what they have"),
	  false },
	{ "prune", OPT_TEXT, AT(prune), 0, 0, N_("FILE"),
	  N_("keys: take those forgotten since out of a copy; destroy one that is too old"),
	  false },
	{ "print", OPT_TEXT, AT(page), 0, 0, N_("FILE"),
	  N_("keys: a page for the envelope: the server's own keys, sealed; who can recover what"),
	  false },
	{ "new-card", OPT_FLAG, AT(new_card), 0, 0, NULL,
	  N_("keys: a new printed recovery key in place of the one before"), false },
	{ "dry-run", OPT_FLAG, AT(dry_run), 0, 0, NULL,
	  N_("import, act, openings, plan, allocate, publish: show what would happen"), false },
	{ "chunked", OPT_FLAG, AT(chunked), 0, 0, NULL,
	  N_("import: more than 20,000 rows, resumable"), false },
	{ "from", OPT_TEXT, AT(from), 0, 0, N_("DAY"), N_("first day"), false },
	{ "to", OPT_TEXT, AT(to), 0, 0, N_("DAY"), N_("last day"), false },
	{ "known-at", OPT_TEXT, AT(known_at), 0, 0, N_("LSN|TIME"), N_("as known then"), false },
	{ "each", OPT_TEXT, AT(each), 0, 0, "month|quarter|half|year",
	  N_("totals, table, bridge: of each of these in the days asked, in one answer"), false },
	{ "basis", OPT_TEXT, AT(basis), 0, 0, "signed|accepted|closed",
	  N_("which sheets count; default signed"), false },
	{ "period", OPT_TEXT, AT(period), 0, 0, N_("PERIOD"),
	  N_("2022-08, 2022-Q3, 2022-H1, 2022 or A..B"), false },
	{ "measure", OPT_TEXT, AT(measure), 0, 0, N_("CODE"), N_("which figure; default admitted"),
	  false },
	{ "of", OPT_TEXT, AT(of), 0, 0, N_("INSTRUMENT[:DOC_NO]"), N_("only this target's columns"),
	  false },
	{ "level", OPT_TEXT, AT(level), 0, 0, "direct|grassroots", N_("which units are rows"),
	  false },
	{ "order", OPT_TEXT, AT(order), 0, 0, "official|attainment|rate|count", N_("order of rows"),
	  false },
	{ "total", OPT_TEXT, AT(total), 0, 0, N_("NUMBER"),
	  N_("allocate: how many; or --of the unit's own target"), false },
	{ "base", OPT_TEXT, AT(base), 0, 0,
	  N_("members[:DAY], last, measure:CODE:PERIOD or weights:FILE"),
	  N_("allocate: what it is shared by; project: NUMBER or members[:DAY]"), false },
	{ "floor", OPT_TEXT, AT(floor), 0, 0, N_("PERCENT"),
	  N_("allocate: at least so many per cent of each unit's members"), false },
	{ "floors", OPT_TEXT, AT(floors), 0, 0, "refuse|raise|lower|down|spread:YEAR/YEARS",
	  N_("allocate: what to do where the floors cannot be met"), false },
	{ "cap", OPT_TEXT, AT(cap), 0, 0, N_("UNIT=NUMBER,..."), N_("allocate: no more than that"),
	  false },
	{ "lock", OPT_TEXT, AT(lock), 0, 0, N_("UNIT=NUMBER,..."), N_("allocate: just that"),
	  false },
	{ "leave-out", OPT_TEXT, AT(leave_out), 0, 0, N_("UNIT,..."),
	  N_("allocate, publish: no target for these"), false },
	{ "explain", OPT_FLAG, AT(explain), 0, 0, NULL, N_("allocate: how each share came about"),
	  false },
	{ "instrument", OPT_TEXT, AT(instrument), 0, 0, N_("INSTRUMENT[:DOC_NO]"),
	  N_("allocate, publish: the document of the targets"), false },
	{ "publish", OPT_FLAG, AT(publish), 0, 0, NULL,
	  N_("allocate: write the targets, with --instrument and --day"), false },
	{ "draft", OPT_FLAG, AT(draft), 0, 0, NULL,
	  N_("allocate: send it down as a draft, to be answered before it is published"), false },
	{ "answer-by", OPT_TEXT, AT(answer_by), 0, 0, N_("DAY"),
	  N_("allocate --draft: until when units are asked what they register"), false },
	{ "limit", OPT_FLAG, AT(limit), 0, 0, NULL,
	  N_("allocate: the total is not to be exceeded, and each unit gets a limit; drafts, publish: the limits"),
	  false },
	{ "take", OPT_TEXT, AT(take), 0, 0, "draft|registered",
	  N_("publish: which number, where a unit answered; default draft"), false },
	{ "set", OPT_TEXT, AT(set), 0, 0, N_("UNIT=NUMBER,..."),
	  N_("publish: another number for these"), false },
	{ "season", OPT_TEXT, AT(season), 0, 0, "learned|linear",
	  N_("progress, laggards, letter: by what the time gone is measured"), false },
	{ "small", OPT_NUMBER, AT(small), 0, 1000000, N_("NUMBER"),
	  N_("rank, commend: targets under it are listed apart; default 5"), false },
	{ "percent", OPT_NUMBER, AT(percent), 1, 1000, N_("NUMBER"),
	  N_("commend: of the target, at least; default 100"), false },
	{ "per-group", OPT_NUMBER, AT(per_group), 0, 1000, N_("NUMBER"),
	  N_("commend: the first so many of each group; default all"), false },
	{ "on-time", OPT_FLAG, AT(on_time), 0, 0, NULL, N_("commend: no sheet may be late"),
	  false },
	{ "rate", OPT_TEXT, AT(rate), 0, 0, N_("PERCENT"), N_("project: of the base, each year"),
	  false },
	{ "first", OPT_TEXT, AT(first), 0, 0, N_("NUMBER"),
	  N_("project: the first year's target, where it is set"), false },
	{ "losses", OPT_TEXT, AT(losses), 0, 0, N_("NUMBER or PERCENT%"),
	  N_("project: assumed to leave each year; default 0"), false },
	{ "rounding", OPT_TEXT, AT(rounding), 0, 0, "up|half-up|down",
	  N_("project: of each year's target; default half-up"), false },
	{ "fixed-base", OPT_FLAG, AT(fixed_base), 0, 0, NULL,
	  N_("project: whoever is admitted does not join the base"), false },
	{ "who", OPT_TEXT, AT(who), 0, 0, N_("NAME"), N_("note: who did it; default who types it"),
	  false },
	{ "title", OPT_TEXT, AT(title), 0, 0, N_("TEXT"), N_("officer: as what"), false },
	{ "phone", OPT_TEXT, AT(phone), 0, 0, N_("TEXT"), N_("officer: the telephone"), false },
	{ "doc-no", OPT_TEXT, AT(doc_no), 0, 0, N_("DOC_NO"),
	  N_("officer, group: the document that says so; letter, print: its number"), false },
	{ "template", OPT_TEXT, AT(template), 0, 0, N_("FILE"),
	  N_("letter: another text than the one that ships with the program"), false },
	{ "out", OPT_TEXT, AT(out), 0, 0, N_("FOLDER or FILE"),
	  N_("letter: a file for each unit, into this folder; enroll --subtree: cards; print: "
	     "the file"),
	  false },
	{ "sent", OPT_FLAG, AT(sent), 0, 0, NULL,
	  N_("letter: write none, they were sent: a note says so of each unit"), false },
	{ "due-only", OPT_FLAG, AT(due_only), 0, 0, NULL,
	  N_("letter: only to units whose next step is a letter that is due"), false },
	{ "step", OPT_TEXT, AT(step), 0, 0, "letter|telephone|report",
	  N_("note: which step of urging it was"), false },
	{ "secrecy", OPT_TEXT, AT(secrecy), 0, 0, N_("TEXT"),
	  N_("print: the mark of secrecy; default the unit's"), false },
	{ "form-no", OPT_TEXT, AT(form_no), 0, 0, N_("TEXT"),
	  N_("print: the number of the form, and it is signed as one"), false },
	{ "year", OPT_TEXT, AT(year), 0, 0, N_("YEAR"), N_("synthesis: of which year"), false },
	{ "open-months", OPT_FLAG, AT(open_months), 0, 0, NULL,
	  N_("synthesis: months that are not closed, too; the paper says which"), false },
	{ "public", OPT_FLAG, AT(public_), 0, 0, NULL,
	  N_("totals, table, synthesis, print: for outside, without small numbers of persons"),
	  false },
	{ "unit", OPT_TEXT, AT(unit), 0, 0, N_("UNIT"),
	  N_("log, late, requests, differences: only of this unit; unlock, decide-late: of which"),
	  false },
	{ "role", OPT_TEXT, AT(role), 0, 0, "clerk|approver|operator|auditor|standby",
	  N_("enroll: what the person may do; default clerk"), false },
	{ "person", OPT_TEXT, AT(person), 0, 0, N_("NAME"),
	  N_("enroll: who will use the device; the number of one who is known"), false },
	{ "reason", OPT_TEXT, AT(reason), 0, 0, N_("TEXT"), N_("why"), false },
	{ "installation", OPT_TEXT, AT(installation), 0, 0, N_("ID"),
	  N_("lift: which one goes on, as `ketnap status` shows it there"), false },
	{ "keep", OPT_NUMBER, AT(keep), 1, 1000, N_("N"),
	  N_("backup: into a folder, and the newest N of its copies stay"), false },
	{ "cause", OPT_TEXT, AT(cause), 0, 0, N_("TEXT"),
	  N_("restore: what happened, as written in the log"), false },
	{ "at", OPT_TEXT, AT(at), 0, 0, N_("LSN"),
	  N_("restore: how many entries the copy had; default what it had for certain"), false },
	{ "clock-is-right", OPT_FLAG, AT(clock_is_right), 0, 0, NULL,
	  N_("serve, and whatever writes: the newest entry is that long ago"), false },
	{ "end", OPT_FLAG, AT(end), 0, 0, NULL, N_("restore: nothing more is expected of devices"),
	  false },
	{ "day", OPT_TEXT, AT(day), 0, 0, N_("DAY"),
	  N_("request: figures up to which day; allocate, publish, print, letter: date of the document; note: when"),
	  false },
	{ "no", OPT_TEXT, AT(no), 0, 0, N_("NUMBER"), N_("act: number of the decision"), false },
	{ "signed", OPT_TEXT, AT(signed_day), 0, 0, N_("DAY"), N_("act: the day it was signed"),
	  false },
	{ "signer", OPT_TEXT, AT(signer), 0, 0, N_("NAME"), N_("act: who signed it"), false },
	{ "effective", OPT_TEXT, AT(effective), 0, 0, N_("DAY"),
	  N_("act: the first day on which it holds"), false },
	{ "proposal", OPT_TEXT, AT(proposal), 0, 0, N_("ENTRY"),
	  N_("act: carry out what a unit proposed by this entry"), false },
	{ "on", OPT_TEXT, AT(on), 0, 0, N_("DAY"),
	  N_("tree, bridge: the tree of which day; default today"), false },
	{ "due", OPT_TEXT, AT(due), 0, 0, N_("TIME"),
	  N_("request: until when they are asked for; letter: the day to answer by"), false },
	{ "scope", OPT_TEXT, AT(scope), 0, 0, N_("UNIT"),
	  N_("request, close: of this unit and all below"), false },
	{ "request", OPT_TEXT, AT(request), 0, 0, N_("FILE"),
	  N_("enroll: what a device asks by stick"), false },
	{ "subtree", OPT_TEXT, AT(subtree), 0, 0, N_("UNIT"),
	  N_("enroll: a code for each unit there that reports or has one below that does"), false },
	{ "answer", OPT_TEXT, AT(answer), 0, 0, N_("FILE"),
	  N_("bundle, enroll --request: where the answer goes"), false },
	{ "listen", OPT_TEXT, AT(listen), 0, 0, N_("HOST:PORT"),
	  N_("serve: where; default :7441, port 0 picks a free one; follow: a port that says what it "
	     "is, default none"),
	  true },
	{ "address", OPT_TEXT, AT(address), 0, 0, N_("HOST:PORT"),
	  N_("serve: where devices reach it, as printed on cards; default as --listen"), true },
	{ "threads", OPT_NUMBER, AT(threads), 1, 16, N_("NUMBER"),
	  N_("serve: threads for connections; default one per two processors"), true },
	{ "connections", OPT_NUMBER, AT(connections), 8, 1000000, N_("NUMBER"),
	  N_("serve: at most so many at once; default 10000"), true },
	{ "per-host", OPT_NUMBER, AT(per_host), 1, 1000000, N_("NUMBER"),
	  N_("serve: of one address without a certificate yet; default 512"), true },
	{ "jitter", OPT_NUMBER, AT(jitter), 0, 3600, N_("SECONDS"),
	  N_("serve: the most that unattended devices are spread over; default 600"), true },
	{ "log-level", OPT_TEXT, AT(log_level), 0, 0, "error|warn|info|debug",
	  N_("serve: what is logged; default info"), true },
	{ "until", OPT_TEXT, AT(until), 0, 0, N_("TIME"), N_("unlock: when it ends"), false },
	{ "confirm", OPT_TEXT, AT(confirm), 0, 0, N_("ENTRY"),
	  N_("unlock: what another person asked for"), false },
	{ "counts", OPT_FLAG, AT(counts), 0, 0, NULL, N_("decide-late: it counts from now on"),
	  false },
	{ "decline", OPT_FLAG, AT(decline), 0, 0, NULL, N_("decide-late: it does not count"),
	  false },
	{ "first-day", OPT_NUMBER, AT(first_day), 1, 28, N_("NUMBER"),
	  N_("calendar: the day on which months begin; default 1"), false },
	{ "due-days", OPT_TEXT, AT(due_days), 0, 0, "N,N,N",
	  N_("calendar: days after a period for grassroots, direct committees, province"), false },
	{ "working-days", OPT_FLAG, AT(working_days), 0, 0, NULL,
	  N_("calendar: count working days"), false },
	{ "help", OPT_FLAG, AT(help), 0, 0, NULL, N_("this text"), false },
	{ "version", OPT_FLAG, AT(version), 0, 0, NULL, N_("program, protocol and store versions"),
	  false },
};

static_assert(ARRAY_LEN(option_rows) <= ROWS_MAX, "room for every row");

/* Each thread has its own values: a server works for several people at once. */
static _Thread_local struct opt rows[ROWS_MAX];

static size_t bind_rows(void)
{
	for (size_t i = 0; i < ARRAY_LEN(option_rows); i++) {
		const struct option_row *r = &option_rows[i];

		rows[i] = (struct opt){ r->name, r->type,   (char *)&options + r->at,
					r->min,  r->max,    r->arg,
					r->help, r->config, false };
	}
	return ARRAY_LEN(option_rows);
}

int cli_options_parse(int *argc, char **argv, struct err *e)
{
	options = (struct cli_options){
		.connections = 10000, .per_host = 512, .jitter = 600, .small = 5, .percent = 100
	};
	return opt_parse(rows, bind_rows(), argc, argv, e);
}

int cli_options_file(const char *path, struct err *e)
{
	return opt_file(rows, ARRAY_LEN(option_rows), path, e);
}

int cli_options_again(const char *path, struct err *e)
{
	struct cli_options before = options;
	int rc;

	/* Of all options the one that a reload may change. */
	for (size_t i = 0; i < ARRAY_LEN(option_rows); i++)
		if (rows[i].value == &options.log_level && !rows[i].seen)
			options.log_level = NULL;
	rc = cli_options_file(path, e);
	if (rc)
		options = before;
	return rc;
}

const struct opt *cli_options_rows(size_t *count)
{
	*count = ARRAY_LEN(option_rows);
	return rows;
}

void cli_options_help(FILE *to)
{
	opt_help(rows, bind_rows(), to);
}
