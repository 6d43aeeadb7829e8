/* Claims on the screen. */
#include "internal.h"

#include "base/lang.h"
#include "report/grid.h"
#include "report/names.h"
#include "report/words.h"

#include <stdlib.h>
#include <string.h>

/* ---- what a claim may be explained by: the ledger's English, its numbers as people write them ---- */

/* The words, then a number; *at goes behind it. */
static bool read_number(const char **at, const char *words, int64_t *out)
{
	size_t len = strlen(words);
	char *end;

	if (strncmp(*at, words, len))
		return false;
	*out = strtoll(*at + len, &end, 10);
	if (end == *at + len)
		return false;
	*at = end;
	return true;
}

/* "2110 is the smallest that meets the rate on 70314; the target is 2 more" */
static const char *smallest_words(struct arena *a, const char *text)
{
	static const char grown[] = ", the base with the targets of the years before";
	int64_t goal, base, more;
	const char *at = text;
	bool is_grown;

	if (!read_number(&at, "", &goal) ||
	    !read_number(&at, " is the smallest that meets the rate on ", &base))
		return text;
	is_grown = !strncmp(at, grown, strlen(grown));
	at += is_grown ? strlen(grown) : 0;
	if (!read_number(&at, "; the target is ", &more))
		return text;
	return arena_printf(
		a,
		is_grown ? _("%s is the smallest on %s, the base with the targets of the years "
			     "before; the target is %s more")
			 : _("%s is the smallest that meets the rate on %s; the target is %s more"),
		show_number(a, goal), show_number(a, base), show_number(a, more));
}

/* "congress", "resolution 12-NQ/TU, lower bound" */
static const char *bound_words(struct arena *a, const char *text)
{
	static const char *const bounds[] = { N_(", lower bound"), N_(", upper bound") };
	size_t len = strlen(text), name = strcspn(text, " ,");
	enum target_instrument i = instrument_parse(span_of(text, name));
	const char *bound = "";

	if (i == INSTR_NONE)
		return NULL;
	for (size_t k = 0; k < ARRAY_LEN(bounds); k++) {
		size_t n = strlen(bounds[k]);

		if (len >= name + n && !strcmp(text + len - n, bounds[k])) {
			bound = _(bounds[k]);
			len -= n;
		}
	}
	return arena_printf(a, "%s%.*s%s", _(instrument_label(i)), (int)(len - name), text + name,
			    bound);
}

static const char *explained_words(struct arena *a, const char *text)
{
	const char *at = text, *words;
	int64_t n, from, to;
	day_t d;

	if (!read_number(&at, "", &n) || strncmp(at, ": ", 2))
		return smallest_words(a, text);
	at += 2;
	if (!strncmp(at, "members on ", 11) && !day_parse(&d, NULL, span_str(at + 11), NULL))
		return arena_printf(a, _("%s: members on %s"), show_number(a, n), show_day(a, d));
	words = at;
	if (read_number(&words, "the sum of ", &from) && read_number(&words, "-", &to))
		return arena_printf(a, _("%s: the sum of %d-%d"), show_number(a, n), (int)from,
				    (int)to);
	words = bound_words(a, at);
	return words ? arena_printf(a, "%s: %s", show_number(a, n), words) : text;
}

/* ---- the list ---- */

static const char *verdict_words(const char *name)
{
	static const struct {
		enum claim_verdict verdict;
		const char *words;
	} verdicts[] = {
		{ CLAIM_AGREES, N_("agrees") },
		{ CLAIM_AGREES_HALF_UP, N_("agrees (rounded)") },
		{ CLAIM_AGREES_TRUNCATED, N_("agrees (cut off)") },
		{ CLAIM_CONTRADICTS, N_("does not agree yet, to be checked") },
		{ CLAIM_UNKNOWN, N_("not enough known") },
	};

	for (size_t i = 0; i < ARRAY_LEN(verdicts); i++)
		if (!strcmp(claim_verdict_name(verdicts[i].verdict), name))
			return _(verdicts[i].words);
	return name;
}

/* The value where it is what differs, else the percentage: that of the two the reader must see. */
static const char *figure_words(const json_t *figure, bool value, struct arena *a)
{
	if (value)
		return number_words(a, json_object_get(figure, "value"));
	return show_percent(a, json_string_value(json_object_get(figure, "percent")));
}

static void claim_cells(struct grid *g, const json_t *claim, struct arena *a)
{
	const json_t *printed = json_object_get(claim, "printed"),
		     *explained = json_object_get(claim, "explained_by");
	bool percent = json_is_string(json_object_get(printed, "percent")),
	     value = json_is_integer(json_object_get(printed, "value")) &&
		     (!percent || number_at(claim, "difference"));
	const char *first = json_string_value(json_array_get(explained, 0));

	grid_cell(g, text_at(claim, "id"), false);
	grid_cell(g, text_at(claim, "unit"), false);
	grid_cell(g, figure_words(printed, value, a), true);
	grid_cell(g, figure_words(json_object_get(claim, "computed"), value, a), true);
	grid_cell(g, verdict_words(text_at(claim, "verdict")), false);
	grid_cell(g, first ? explained_words(a, first) : "", false);
}

int claims_words(FILE *to, const json_t *list, struct arena *a, struct err *e)
{
	static const struct {
		const char *words;
		bool number;
	} heads[] = { { N_("claim"), false },   { N_("unit"), false },
		      { N_("printed"), true },  { N_("computed"), true },
		      { N_("verdict"), false }, { N_("explained by"), false } };
	struct grid *g = grid_new(a, ARRAY_LEN(heads));
	json_t *claim;
	size_t i;

	for (i = 0; i < ARRAY_LEN(heads); i++)
		grid_cell(g, _(heads[i].words), heads[i].number);
	grid_rule(g);
	json_array_foreach(list, i, claim) claim_cells(g, claim, a);
	return grid_print(g, to, e);
}
