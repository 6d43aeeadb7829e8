/* Totals on the screen. */
#include "internal.h"

#include "base/lang.h"
#include "report/grid.h"
#include "report/names.h"
#include "report/public.h"
#include "report/words.h"

#include <string.h>

const char *number_words(struct arena *a, const json_t *n)
{
	return json_is_integer(n) ? show_number(a, json_integer_value(n)) : "";
}

const char *target_words(struct arena *a, const json_t *target)
{
	const char *no = text_at(target, "doc_no"), *words;
	enum target_instrument i = instrument_parse(span_str(text_at(target, "instrument")));

	words = arena_printf(a, "%s%s%s", _(instrument_label(i)), *no ? " " : "", no);
	return words ? words : "";
}

const char *known_text(struct arena *a, const json_t *j, enum report_from from)
{
	const json_t *k = json_object_get(j, "known_at");
	long long lsn = (long long)number_at(k, "lsn");
	const char *when = "-"; /* nothing was known yet */
	const char *text, *how;
	int64_t ms;

	if (!instant_parse(&ms, span_str(text_at(k, "time")), NULL))
		when = show_minute(a, ms);
	if (from == REPORT_HERE)
		text = show_text(a, _("known here at entry %lld, %s"), lsn, when);
	else if (from == REPORT_SERVER)
		text = show_text(a, _("known to the server at entry %lld, %s"), lsn, when);
	else
		text = show_text(a, _("known at entry %lld, %s"), lsn, when);
	if (!text || !*text_at(j, "tree")) /* a server of before leaves them out of a table */
		return text ? text : "";
	how = arena_printf(a, _("; tree %s; sheets %s"),
			   !strcmp(text_at(j, "tree"), "as-is") ? _("as-is") : _("as-was"),
			   !strcmp(text_at(j, "basis"), "accepted") ? _("accepted")
			   : !strcmp(text_at(j, "basis"), "closed") ? _("closed")
								    : _("signed"));
	text = how ? arena_printf(a, "%s%s", text, how) : NULL;
	return text ? text : "";
}

void known_words(FILE *to, const json_t *j, enum report_from from, struct arena *a)
{
	fprintf(to, "%s\n", known_text(a, j, from));
	if (*text_at(j, "hash"))
		fprintf(to, _("hash of this report: %s\n"), text_at(j, "hash"));
}

const char *members_from_words(struct arena *a, const char *from)
{
	const char *iso = strchr(from, ' '), *day = iso ? show_iso_day(a, iso + 1) : "", *words;

	if (!strcmp(from, "predecessors"))
		return _("of the units that it was made of, as last known");
	if (!*day)
		return from;
	words = arena_printf(a, !strncmp(from, "sheets ", 7) ? _("sheets %s") : _("members %s"),
			     day);
	return words ? words : from;
}

/* "src_student, each year": what a target is of, unless it is of all admissions of its whole period. */
static const char *subject_words(struct ledger *names, const json_t *t, struct arena *a)
{
	const char *group = text_at(t, "group"), *measure = text_at(t, "measure"), *text = "";

	if (*group || (*measure && strcmp(measure, "admitted")))
		text = arena_printf(a, ", %s", measure_name_of(names, *group ? group : measure));
	if (!strcmp(text_at(t, "per"), "year"))
		text = arena_printf(a, _("%s, each year"), text);
	return text ? text : "";
}

const char *limit_words(const json_t *kept)
{
	return json_is_true(kept) ? _("kept") : _("exceeded");
}

void version_words(FILE *to, const json_t *target)
{
	if (number_at(target, "superseded_by"))
		fprintf(to, _(", amended by entry %lld"),
			(long long)number_at(target, "superseded_by"));
}

static void limit_line(FILE *to, const json_t *t, struct arena *a)
{
	const char *goal = number_words(a, json_object_get(t, "goal")),
		   *now = number_words(a, json_object_get(t, "attained"));
	int64_t excess = number_at(t, "excess");

	if (!json_is_boolean(json_object_get(t, "kept")))
		fprintf(to, _("at most %s\n"), goal);
	else if (excess > 0)
		fprintf(to, _("at most %s: %s, exceeded by %s\n"), goal, now,
			show_number(a, excess));
	else
		fprintf(to, _("at most %s: %s, %s left\n"), goal, now, show_number(a, -excess));
}

void below_line(FILE *to, const char *before, const json_t *t, struct arena *a)
{
	const json_t *below = json_object_get(t, "sum_below"), *goal = json_object_get(t, "goal");
	int64_t more;

	if (!json_is_integer(below) || !json_is_integer(goal))
		return;
	more = json_integer_value(below) - json_integer_value(goal);
	fputs(before, to);
	fprintf(to,
		more ? _("the units directly below: %s (%s%s)\n")
		     : _("the units directly below: %s\n"),
		number_words(a, below), more > 0 ? "+" : "", show_number(a, more));
}

static const char *document_words(const json_t *d, struct arena *a)
{
	const char *words = target_words(a, d), *issuer = text_at(d, "issuer");

	/* a document without a number is known by who issued it */
	if (!*text_at(d, "doc_no") && *issuer)
		words = arena_printf(a, "%s, %s", words, issuer);
	return words ? words : "";
}

void difference_lines(FILE *to, const json_t *list, struct ledger *names, struct arena *a)
{
	const json_t *d;
	size_t i;

	json_array_foreach(list, i, d)
	{
		const json_t *of = json_object_get(d, "of"), *less = json_object_get(d, "less");
		int64_t more = number_at(d, "difference");

		fprintf(to, _("  %s less %s%s: %s - %s = %s%s\n"), document_words(of, a),
			document_words(less, a), subject_words(names, d, a),
			number_words(a, json_object_get(of, "goal")),
			number_words(a, json_object_get(less, "goal")), more > 0 ? "+" : "",
			show_number(a, more));
	}
}

static void target_line(FILE *to, const json_t *t, struct ledger *names, struct arena *a)
{
	const char *percent = json_string_value(json_object_get(t, "attained_percent"));
	const json_t *goal = json_object_get(t, "goal");
	int64_t excess = number_at(t, "excess");

	fprintf(to, "  %s%s", target_words(a, t), subject_words(names, t, a));
	version_words(to, t);
	fputs(": ", to);
	if (!strcmp(text_at(t, "type"), target_type_name(TARGET_MAXIMUM)) ||
	    !strcmp(text_at(t, "type"), target_type_name(TARGET_RATE_MAXIMUM)))
		limit_line(to, t, a);
	else if (!json_is_integer(goal))
		fprintf(to, _("no number to reach: the base is not known\n"));
	else if (!percent)
		fprintf(to, _("%s to reach\n"), number_words(a, goal));
	else if (excess >= 0)
		fprintf(to, _("%s to reach, attained %s, %s over\n"), number_words(a, goal),
			show_percent(a, percent), show_number(a, excess));
	else
		fprintf(to, _("%s to reach, attained %s, %s still missing\n"),
			number_words(a, goal), show_percent(a, percent), show_number(a, -excess));
}

void comparable_words(FILE *to, const char *who, const json_t *c, struct arena *a)
{
	const char *percent = json_string_value(json_object_get(c, "attained_percent"));
	const char *day = show_iso_day(a, text_at(c, "day"));

	if (!json_is_object(c))
		return;
	if (!percent)
		fprintf(to, _("    %s on the territory of %s: cannot be told apart\n"), who, day);
	else
		fprintf(to, _("    %s on the territory of %s: %s, attained %s\n"), who, day,
			number_words(a, json_object_get(c, "attained")), show_percent(a, percent));
}

static int measure_grid(FILE *to, const json_t *j, struct ledger *names, struct arena *a,
			struct err *e)
{
	const json_t *prev_year = json_object_get(j, "prev_year");
	struct grid *g = grid_new(a, 3);
	const char *code;
	json_t *value;

	json_object_foreach(json_object_get(j, "measures"), code, value)
	{
		json_t *prev = json_object_get(json_object_get(prev_year, code), "value");

		if (!json_is_integer(value) && !json_is_integer(prev))
			continue;
		grid_cell(g, measure_name_of(names, code), false);
		grid_cell(g, number_words(a, value), true);
		grid_cell(g,
			  json_is_integer(prev)
				  ? arena_printf(
					    a,
					    json_is_true(json_object_get(
						    json_object_get(prev_year, code), "computed"))
						    ? _("year before %s, computed")
						    : _("year before %s"),
					    number_words(a, prev))
				  : "",
			  false);
	}
	return grid_print(g, to, e);
}

/* A device has no sheets of the units elsewhere that this one was made of. */
static void past_line(FILE *to, const json_t *j)
{
	bool known = false, computed = false;
	const char *code;
	json_t *prev;

	json_object_foreach(json_object_get(j, "prev_year"), code, prev)
	{
		known |= json_is_integer(json_object_get(prev, "value"));
		computed |= json_is_true(json_object_get(prev, "computed"));
	}
	if (computed && !known)
		fprintf(to,
			_("year before: not known here. The unit was reorganised, and this device has no reports "
			  "of the units before; those above and the server have what there is\n"));
}

void head_lines(FILE *to, const json_t *j, struct ledger *names, enum report_from from,
		struct arena *a)
{
	const struct unit *u = tree_by_code(ledger_tree(names), span_str(text_at(j, "unit")));
	uint64_t lsn = (uint64_t)number_at(json_object_get(j, "known_at"), "lsn");
	day_t day = 0;

	(void)day_parse(&day, NULL, span_str(text_at(j, "to")), NULL); /* ours, or a server's */
	fprintf(to, _("%s (%s), from %s to %s\n"), u ? unit_name_of(names, u->unit, day, lsn) : "",
		text_at(j, "unit"), show_iso_day(a, text_at(j, "from")),
		show_iso_day(a, text_at(j, "to")));
	known_words(to, j, from, a);
}

/* Words of work, not of blame: the form's own. */
static void question_line(FILE *to, const json_t *j)
{
	lang_print(to, _("  to look into: %s (%lld and %lld)\n"),
		   text_at(j, lang_now() == TEXT_VI ? "text_vi" : "text_en"),
		   (long long)number_at(j, "left"), (long long)number_at(j, "right"));
}

void marked_line(FILE *to, const json_t *sheets)
{
	long long changed = (long long)number_at(sheets, "changed"),
		  broken = (long long)number_at(sheets, "broken");

	if (changed)
		lang_print(to, _("  to look into: %lld sheets changed since signing\n"), changed);
	if (broken)
		lang_print(to, _("  to look into: %lld signed sheets whose figures do not agree\n"),
			   broken);
}

int totals_words(FILE *to, const json_t *j, struct ledger *names, enum report_from from,
		 struct arena *a, struct err *e)
{
	const json_t *reporting = json_object_get(j, "reporting"),
		     *sheets = json_object_get(j, "sheets"),
		     *members = json_object_get(j, "members");
	json_t *target;
	size_t i;
	int rc;

	head_lines(to, j, names, from, a);
	lang_print(
		to,
		_("reported: %lld of %lld units, %lld of %lld sheets, %lld nil, %lld figures with two values\n"),
		(long long)number_at(reporting, "reported"),
		(long long)number_at(reporting, "expected"), (long long)number_at(sheets, "signed"),
		(long long)number_at(sheets, "expected"), (long long)number_at(sheets, "nil"),
		(long long)number_at(reporting, "contested"));
	if (number_at(sheets, "late"))
		lang_print(to, _("after the deadline: %lld sheets, of %lld units\n"),
			   (long long)number_at(sheets, "late"),
			   (long long)number_at(reporting, "late"));
	missing_lines(to, json_object_get(j, "missing_sheets"));
	marked_line(to, sheets);
	if (json_is_integer(members))
		fprintf(to, _("members: %s (%s)\n"), number_words(a, members),
			members_from_words(a, text_at(j, "members_from")));
	rc = measure_grid(to, j, names, a, e);
	if (from == REPORT_HERE)
		past_line(to, j);
	json_array_foreach(json_object_get(j, "targets"), i, target)
	{
		target_line(to, target, names, a);
		below_line(to, "    ", target, a);
		comparable_words(to, text_at(j, "unit"), json_object_get(target, "comparable"), a);
	}
	difference_lines(to, json_object_get(j, "differences"), names, a);
	json_array_foreach(json_object_get(j, "questions"), i, target) question_line(to, target);
	if (public_note(j, names, a))
		fprintf(to, "%s\n", public_note(j, names, a));
	return rc;
}
