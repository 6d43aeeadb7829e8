#include "words.h"

#include "domain/target.h"
#include "totals_show.h"

#include <stdlib.h>

const char *kind_words(enum op_kind k)
{
	static const char *const words[OP_KIND_MAX + 1] = {
		[OP_SHEET] = N_("sheet"),
		[OP_RECALL] = N_("recall"),
		[OP_RETURN] = N_("return"),
		[OP_ACCEPT] = N_("acceptance"),
		[OP_SUMMARY] = N_("summary"),
		[OP_LATE_DECISION] = N_("late-sheet decision"),
		[OP_REQUEST] = N_("request"),
		[OP_TARGET] = N_("target"),
		[OP_TARGET_REGISTER] = N_("target registration"),
		[OP_MEMBERS] = N_("member count"),
		[OP_CLAIM] = N_("claim"),
		[OP_UNIT] = N_("unit"),
		[OP_ACT] = N_("reorganisation act"),
		[OP_PLAN] = N_("reporting plan"),
		[OP_FORM] = N_("form"),
		[OP_CALENDAR] = N_("holidays"),
		[OP_SETTING] = N_("setting"),
		[OP_CLOSE] = N_("closing"),
		[OP_UNLOCK] = N_("unlocking"),
		[OP_ACT_PROPOSAL] = N_("reorganisation proposal"),
		[OP_PERSON] = N_("person"),
		[OP_ENROL_CODE] = N_("enrolment code"),
		[OP_DEVICE] = N_("device"),
		[OP_REVOKE] = N_("device revoked"),
		[OP_EPOCH] = N_("new epoch of a device"),
		[OP_SUSPEND] = N_("device suspended"),
		[OP_INCARNATION] = N_("incarnation"),
		[OP_START] = N_("server start"),
		[OP_PASSWORD] = N_("password"),
		[OP_NAMES_READ] = N_("names read"),
		[OP_CLOCK] = N_("clock set"),
		[OP_RIGHTS_END] = N_("end of rights"),
		[OP_PARK] = N_("set aside"),
		[OP_CASE] = N_("case"),
		[OP_CASE_STEP] = N_("step of a case"),
		[OP_CASE_MOVE] = N_("case moved"),
		[OP_MEMBER] = N_("member"),
		[OP_MEMBER_MOVE] = N_("member moved"),
		[OP_MEMBER_END] = N_("member gone"),
		[OP_CLASS] = N_("awareness class"),
		[OP_MEETING] = N_("meeting"),
		[OP_FORGET] = N_("names forgotten"),
		[OP_UNIT_KEY] = N_("unit key"),
	};

	return (unsigned)k < ARRAY_LEN(words) && words[k] ? _(words[k]) : "?";
}

const char *verdict_words(enum op_verdict v)
{
	static const char *const words[] = { N_("not judged"), N_("taken"), N_("late"),
					     N_("refused") };

	return (unsigned)v < ARRAY_LEN(words) ? _(words[v]) : "?";
}

const char *role_words(const char *name)
{
	static const char *const roles[] = { N_("clerk"), N_("approver"), N_("operator"),
					     N_("auditor"), N_("console") };

	for (size_t i = 0; i < ARRAY_LEN(roles); i++)
		if (!strcmp(roles[i], name))
			return _(roles[i]);
	return name;
}

struct span source_words(struct span source)
{
	/* What a server does of itself. People and files are named as they are. */
	static const char *const own[] = { N_("enrolment"), N_("renewal"), N_("hello") };

	for (size_t i = 0; i < ARRAY_LEN(own); i++)
		if (span_eq(source, span_str(own[i])))
			return span_str(_(own[i]));
	return source;
}

/* ---- what a claim may be explained by ---- */

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
static const char *smallest_words(struct cli *c, const char *text)
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
		c->arena,
		is_grown ? _("%s is the smallest on %s, the base with the targets of the years "
			     "before; the target is %s more")
			 : _("%s is the smallest that meets the rate on %s; the target is %s more"),
		show_number(c, goal), show_number(c, base), show_number(c, more));
}

/* "congress", "resolution 12-NQ/TU, lower bound" */
static const char *bound_words(struct cli *c, const char *text)
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
	return arena_printf(c->arena, "%s%.*s%s", _(instrument_label(i)), (int)(len - name),
			    text + name, bound);
}

const char *explained_words(struct cli *c, const char *text)
{
	const char *at = text, *words;
	int64_t n, from, to;
	day_t d;

	if (!read_number(&at, "", &n) || strncmp(at, ": ", 2))
		return smallest_words(c, text);
	at += 2;
	if (!strncmp(at, "members on ", 11) && !day_parse(&d, NULL, span_str(at + 11), NULL))
		return arena_printf(c->arena, _("%s: members on %s"), show_number(c, n),
				    show_day(c, d));
	words = at;
	if (read_number(&words, "the sum of ", &from) && read_number(&words, "-", &to))
		return arena_printf(c->arena, _("%s: the sum of %d-%d"), show_number(c, n),
				    (int)from, (int)to);
	words = bound_words(c, at);
	return words ? arena_printf(c->arena, "%s: %s", show_number(c, n), words) : text;
}
