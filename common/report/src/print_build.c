/* From an answer to a paper: what all kinds have alike. */
#include "print_build.h"

#include "base/lang.h"
#include "base/text.h"
#include "report/public.h"

void build_number(struct print_build *b, const json_t *n)
{
	paper_number(b->p, json_is_integer(n), json_integer_value(n));
}

void build_percent(struct print_build *b, const json_t *decimal)
{
	paper_decimal_percent(b->p, json_string_value(decimal));
}

void build_text(struct print_build *b, const char *text)
{
	paper_text(b->p, text);
}

void build_ratio(struct print_build *b, const json_t *part, const json_t *whole)
{
	paper_percent(b->p, json_is_integer(part) && json_is_integer(whole),
		      json_integer_value(part), json_integer_value(whole));
}

const char *build_name(const json_t *row)
{
	const char *name = text_at(row, "name");

	return *name ? name : text_at(row, "unit");
}

const char *build_capital(struct arena *a, const char *text)
{
	size_t first = 1;
	char up[16];
	const char *out;

	if (!text || !*text)
		return "";
	while (((uint8_t)text[first] & 0xc0) == 0x80)
		first++;
	if (text_upper(up, sizeof(up), NULL, span_of(text, first), NULL))
		return text;
	out = arena_printf(a, "%s%s", up, text + first);
	return out ? out : text;
}

/* ---- of whom, when ---- */

static day_t day_at(const json_t *j, const char *key)
{
	day_t day = 0;

	/* Ours, or a server's: what cannot be read is left out. */
	(void)day_parse(&day, NULL, span_str(text_at(j, key)), NULL);
	return day;
}

/* `period`, and of followed targets up to `to`; else `from`..`to`. */
static struct period period_of(const json_t *j)
{
	struct period p = { day_at(j, "from"), day_at(j, "to") };

	if (*text_at(j, "period") && !period_parse(&p, span_str(text_at(j, "period")), NULL) &&
	    *text_at(j, "to"))
		p.to = day_at(j, "to");
	return p;
}

static long long known_lsn(const struct print_build *b)
{
	const json_t *k = json_object_get(b->answer, "known_at");

	if (json_is_integer(k))
		return (long long)json_integer_value(k);
	return json_is_object(k) ? (long long)number_at(k, "lsn")
				 : (long long)ledger_info(b->names).lsn;
}

static void about(struct print_build *b, enum print_kind kind)
{
	const char *code = text_at(b->answer, "unit");
	const struct unit *u = tree_by_code(ledger_tree(b->names), span_str(code));
	struct period p = period_of(b->answer);
	long long lsn = known_lsn(b);
	const char *name = u ? unit_name_of(b->names, u->unit, p.to, (uint64_t)lsn) : code;

	paper_about(b->p,
		    arena_printf(b->a, "%s %s %s %lld", print_kind_name(kind), code,
				 show_period(b->a, p), lsn),
		    arena_printf(b->a, _("%s, from %s to %s"), *name ? name : code,
				 show_day(b->a, p.from), show_day(b->a, p.to)));
	paper_mark(b->p, json_string_value(json_object_get(b->answer, "illustrative")));
}

static const char *known_note(struct print_build *b)
{
	const char *text;

	if (json_is_object(json_object_get(b->answer, "known_at")))
		return build_capital(b->a, known_text(b->a, b->answer, REPORT_STORE));
	text = show_text(b->a, _("known at entry %lld"), known_lsn(b));
	return text ? build_capital(b->a, text) : "";
}

static const char *const titles[PRINT_KINDS] = {
	[PRINT_TABLE] = N_("Results against the targets, by unit"),
	[PRINT_TOTALS] = N_("Statistics of party members"),
	[PRINT_RANK] = N_("Places by results"),
	[PRINT_LAGGARDS] = N_("Units behind their targets"),
	[PRINT_MONTHS] = N_("How the reports stand"),
	[PRINT_SOURCES] = N_("Survey of sources"),
	[PRINT_COMMENDED] = N_("People put forward for a commendation"),
	[PRINT_FORM] = N_("Statistical form"), /* its own name takes the place of it */
};
static int (*const makers[PRINT_KINDS])(struct print_build *) = {
	[PRINT_TABLE] = build_table,    [PRINT_TOTALS] = build_totals,
	[PRINT_RANK] = build_rank,      [PRINT_LAGGARDS] = build_laggards,
	[PRINT_MONTHS] = build_months,  [PRINT_SOURCES] = build_sources,
	[PRINT_FORM] = build_stat_form, [PRINT_COMMENDED] = build_commended,
};

int print_paper(struct paper **out, enum print_kind kind, const json_t *answer,
		struct ledger *names, struct arena *a, struct err *e)
{
	struct print_build b = { .answer = answer, .names = names, .a = a, .e = e };
	int rc;

	*out = NULL;
	if ((unsigned)kind >= PRINT_KINDS || !makers[kind])
		return err_set(e, ERR_INVALID, "there is no paper of this kind of answer");
	b.p = paper_new(a, _(titles[kind]));
	if (!b.p)
		return err_set(e, ERR_NOMEM, "no memory for a report");
	about(&b, kind);
	paper_note(b.p, known_note(&b));
	if (public_note(answer, names, a))
		paper_note(b.p, public_note(answer, names, a));
	rc = makers[kind](&b);
	*out = b.p;
	return rc;
}
