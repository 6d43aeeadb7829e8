/* allocate UNIT: a total shared out among the units directly below, what-if. Nothing is written unless
 * --publish says so, and then by way of `import targets`, or --draft, as drafts. */
#include "allocate.h"

#include "base/buf.h"
#include "base/text.h"
#include "devices_show.h"
#include "report/csv_out.h"
#include "server/import.h"

#include <stdlib.h>

/* ---- what was typed ---- */

static int wrong_list(struct cli *c, const char *option, struct span item)
{
	return cli_misused(c, err_set(&c->err, ERR_INVALID,
				      "--%s %.*s: UNIT=NUMBER, with commas between", option,
				      (int)item.len, (const char *)item.data));
}

static struct alloc_row *row_of(const struct allocation *al, struct span code)
{
	for (size_t i = 0; i < al->count; i++)
		if (span_eq(span_str(al->units[i]->code), code))
			return &al->rows[i];
	return NULL;
}

static int set_item(struct allocation *al, const char *option, struct span item)
{
	const uint8_t *equals = memchr(item.data, '=', item.len);
	struct span code = { item.data, equals ? (size_t)(equals - item.data) : item.len };
	enum text_grouping style;
	struct alloc_row *r = row_of(al, code);
	int64_t n = 0;

	if (!r)
		return err_set(&al->c->err, ERR_NOTFOUND, "--%s: %.*s is not directly below %s",
			       option, (int)code.len, (const char *)code.data, al->top->code);
	if (!strcmp(option, "leave-out")) {
		r->left_out = true;
		return equals ? wrong_list(al->c, option, item) : 0;
	}
	if (!equals || text_count(&n, &style, span_of(equals + 1, item.len - code.len - 1), NULL))
		return wrong_list(al->c, option, item);
	if (!strcmp(option, "lock")) {
		r->has_lock = true;
		r->lock = n;
	} else {
		r->has_cap = true;
		r->cap = n;
	}
	return 0;
}

/* "A=3,B=4", or "A,B". */
static int read_list(struct allocation *al, const char *option, const char *list)
{
	int rc = 0;

	while (!rc && list && *list) {
		size_t len = strcspn(list, ",");

		rc = set_item(al, option, span_of(list, len));
		list += len + (list[len] == ',');
	}
	return rc;
}

/* "2/5": the second of five years. */
static bool read_years(const char *text, unsigned *year, unsigned *years)
{
	char *end;
	unsigned long first = strtoul(text, &end, 10), of;

	if (end == text || *end != '/')
		return false;
	text = end + 1;
	of = strtoul(text, &end, 10);
	if (end == text || *end || !first || first > of || of > ALLOC_YEARS_MAX)
		return false;
	*year = (unsigned)first;
	*years = (unsigned)of;
	return true;
}

/* "refuse", "raise", "lower", "down", "spread:2/5". */
static int read_choice(struct allocation *al)
{
	static const char spread[] = "spread:";
	const char *text = options.floors ? options.floors : "refuse";

	al->ask.choice = alloc_choice_parse(text);
	if (al->ask.choice != ALLOC_CHOICES && al->ask.choice != ALLOC_SPREAD)
		return 0;
	al->ask.choice = ALLOC_SPREAD;
	if (!strncmp(text, spread, sizeof(spread) - 1) &&
	    read_years(text + sizeof(spread) - 1, &al->ask.year, &al->ask.years))
		return 0;
	return cli_misused(
		al->c,
		err_set(&al->c->err, ERR_INVALID,
			"--floors refuse, raise, lower, down or spread:YEAR/YEARS, not %s", text));
}

static int read_floor(struct allocation *al)
{
	unsigned decimals;
	bool comma;
	int rc = options.floor ? text_percent(&al->floor_digits, &decimals, &comma,
					      span_str(options.floor), &al->c->err)
			       : 0;

	al->has_floor = options.floor != NULL;
	al->floor_decimals = options.floor && !rc ? (uint8_t)decimals : 0;
	return rc ? err_wrap(&al->c->err, cli_misused(al->c, rc), "--floor %s", options.floor) : 0;
}

static int read_document(struct allocation *al)
{
	const char *text = options.instrument ? options.instrument : "plan";
	size_t len = strcspn(text, ":");
	int rc = 0;

	al->instrument = instrument_parse(span_of(text, len));
	al->doc_no = span_str(text[len] ? text + len + 1 : "");
	if (al->instrument == INSTR_NONE)
		rc = err_set(&al->c->err, ERR_INVALID,
			     "--instrument %s: there is no such instrument", text);
	if (!rc && options.day)
		rc = day_parse(&al->doc_date, NULL, span_str(options.day), &al->c->err);
	if (!rc && options.answer_by)
		rc = day_parse(&al->answer_by, NULL, span_str(options.answer_by), &al->c->err);
	if (!rc && options.draft && options.publish)
		rc = err_set(&al->c->err, ERR_INVALID, "--draft or --publish, not both");
	if (!rc && options.publish && !options.instrument)
		rc = err_set(
			&al->c->err, ERR_INVALID,
			"--publish needs --instrument INSTRUMENT:DOC_NO and --day DAY: a target has a "
			"document");
	return cli_misused(al->c, rc);
}

/* ---- the total ---- */

static bool is_wanted(const struct allocation *al, const struct target_line *l)
{
	const char *colon = strchr(options.of, ':');
	size_t len = colon ? (size_t)(colon - options.of) : strlen(options.of);
	struct period days = target_days(&l->target, al->period.to);

	return span_eq(l->target.measure, span_str(al->measure)) && !l->target.group.len &&
	       span_eq(span_str(instrument_name(l->target.instrument)), span_of(options.of, len)) &&
	       (!colon || span_eq(l->target.doc_no, span_str(colon + 1))) &&
	       days.from == al->period.from && days.to == al->period.to;
}

static int total_of_target(struct allocation *al)
{
	const struct target_line *lines;
	size_t count, found = 0;
	struct cli *c = al->c;
	int rc = query_goals(&lines, &count, c->store.ledger, al->top->unit, al->period, UINT64_MAX,
			     c->arena, &c->err);

	if (rc)
		return rc;
	for (size_t i = 0; i < count; i++) {
		if (!is_wanted(al, &lines[i]) || !lines[i].has_goal)
			continue;
		al->source = lines[i].target;
		al->ask.total = lines[i].goal;
		found++;
	}
	al->has_source = true;
	if (found == 1) {
		al->limit = target_is_limit(&al->source);
		return 0;
	}
	return err_set(&c->err, ERR_NOTFOUND,
		       "%s has %zu targets %s of this measure for just this period; one is needed",
		       al->top->code, found, options.of);
}

static int read_total(struct allocation *al)
{
	enum text_grouping style;
	int rc;

	if (!options.total == !options.of)
		return cli_misused(al->c, err_set(&al->c->err, ERR_INVALID,
						  "--total NUMBER or --of INSTRUMENT[:DOC_NO]"));
	if (options.of && options.limit)
		return cli_misused(
			al->c,
			err_set(&al->c->err, ERR_INVALID,
				"--limit goes with --total; a target says itself what it is"));
	if (options.of)
		return total_of_target(al);
	al->limit = options.limit;
	rc = text_count(&al->ask.total, &style, span_str(options.total), &al->c->err);
	return rc ? err_wrap(&al->c->err, cli_misused(al->c, rc), "--total %s", options.total) : 0;
}

/* ---- */

static int read_units(struct allocation *al)
{
	struct cli *c = al->c;
	int rc = tree_children(ledger_tree(c->store.ledger), al->top->unit, al->period.from,
			       UINT64_MAX, &al->units, &al->count, &c->err);

	if (!rc && !al->count)
		rc = err_set(&c->err, ERR_NOTFOUND, "there is no unit below %s to share out to",
			     al->top->code);
	if (rc)
		return rc;
	al->rows = arena_array(c->arena, al->count, sizeof(*al->rows));
	al->shares = arena_array(c->arena, al->count, sizeof(*al->shares));
	if (!al->rows || !al->shares)
		return err_set(&c->err, ERR_NOMEM, "no memory to share out");
	for (size_t i = 0; i < al->count; i++)
		al->rows[i].code = al->units[i]->code;
	al->ask.rows = al->rows;
	al->ask.count = al->count;
	return 0;
}

static int read_words(struct allocation *al, const char *unit)
{
	struct cli *c = al->c;
	int rc = parse_unit(c, unit, &al->top);

	al->measure = options.measure ? options.measure : "admitted";
	if (!rc && !ledger_measure(c->store.ledger, span_str(al->measure)))
		rc = err_set(&c->err, ERR_NOTFOUND, "no form has a measure %s", al->measure);
	if (!rc && !options.period)
		rc = cli_misused(c, err_set(&c->err, ERR_INVALID, "--period PERIOD"));
	if (!rc)
		rc = cli_misused(c, period_parse(&al->period, span_str(options.period), &c->err));
	if (!rc)
		rc = read_choice(al) ?: read_floor(al) ?: read_document(al) ?: read_total(al);
	if (!rc)
		rc = read_units(al);
	if (!rc)
		rc = read_list(al, "lock", options.lock) ?: read_list(al, "cap", options.cap)
			?: read_list(al, "leave-out", options.leave_out);
	return rc;
}

/* As a file of targets, so that a published plan is checked and written like any other. */
static int publish(struct allocation *al, struct import_result *r)
{
	struct cli *c = al->c;
	struct import_how how = { .by = c->by,
				  .file = "allocate",
				  .now_ms = cli_now(c),
				  .dry_run = options.dry_run,
				  .key = &c->store.log_key };
	struct buf csv;
	int rc;

	buf_init(&csv, 16 << 20);
	allocation_csv(al, &csv);
	rc = csv.failed ? err_set(&c->err, ERR_NOMEM, "no memory to print")
			: import_csv(r, c->store.ledger, IMPORT_TARGETS, buf_span(&csv), &how,
				     c->arena, &c->err);
	buf_fini(&csv);
	return rc ? err_wrap(&c->err, rc, "publish") : 0;
}

static int send_drafts(struct allocation *al, struct import_result *r)
{
	struct op *ops;
	int rc = allocation_drafts(al, &ops, &r->entries);

	if (!rc)
		rc = act_all(al->c, ops, r->entries, options.dry_run);
	return rc ? err_wrap(&al->c->err, rc, "draft") : 0;
}

static int print_csv(const struct allocation *al)
{
	struct buf csv;

	buf_init(&csv, 16 << 20); /* as `import targets` reads it: figures alone */
	allocation_csv(al, &csv);
	return csv_end(&csv, al->c->out, &al->c->err);
}

/* What could not be shared out is shown all the same: which floors, and how much they need together. */
static int print(const struct allocation *al, int refused, const struct import_result *published)
{
	struct cli *c = al->c;
	json_t *j;

	if (c->csv)
		return refused ? refused : print_csv(al);
	j = allocation_json(al, refused ? &c->err : NULL);
	if (published)
		json_object_set_new(j, "entries", json_integer((json_int_t)published->entries));
	if (c->json)
		return show_json(c, j) ?: refused;
	allocation_words(al, j);
	json_decref(j);
	if (published && options.draft)
		lang_print(c->out,
			   options.dry_run ? _("%zu drafts would be sent down\n")
					   : _("%zu drafts sent down\n"),
			   published->entries);
	else if (published)
		lang_print(c->out,
			   options.dry_run ? _("%zu targets would be written\n")
					   : _("%zu targets written\n"),
			   published->entries);
	return refused;
}

int cmd_allocate(struct cli *c, int argc, char **argv)
{
	struct allocation *al = arena_alloc(c->arena, sizeof(*al));
	struct import_result *r = arena_alloc(c->arena, sizeof(*r));
	int rc;

	(void)argc;
	if (!al || !r)
		return err_set(&c->err, ERR_NOMEM, "no memory to share out");
	al->c = c;
	rc = read_words(al, argv[1]);
	if (!rc)
		rc = allocation_bases(al);
	if (rc)
		return rc;
	rc = allocate(al->shares, &al->sums, &al->ask, &c->err);
	if (rc == -ERR_STATE)
		return print(al, rc, NULL);
	if (!rc && options.publish)
		rc = publish(al, r);
	if (!rc && options.draft)
		rc = send_drafts(al, r);
	return rc ? rc : print(al, 0, options.publish || options.draft ? r : NULL);
}
