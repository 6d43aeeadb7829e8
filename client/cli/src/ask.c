#include "ask.h"

#include <stdlib.h>

int ask_unit(struct cli *c, const char *code, const struct unit **out)
{
	const struct tree *t = ledger_tree(client_base(c->client));

	if (!tree_count(t))
		return err_set(&c->err, ERR_STATE,
			       "forms and units are not here yet: `ketnap sync` brings them");
	*out = code && *code ? tree_by_code(t, span_str(code))
			     : tree_get(t, client_identity(c->client)->unit);
	if (*out)
		return 0;
	return err_set(&c->err, ERR_NOTFOUND, "there is no unit %s in the part of this device",
		       code && *code ? code : "?");
}

int ask_period(struct cli *c, const char *text, struct period *out)
{
	struct err ignored = { 0 };

	if (!day_parse(&out->from, NULL, span_str(text), &ignored)) {
		out->to = out->from;
		return 0;
	}
	return cli_misused(c, period_parse(out, span_str(text), &c->err));
}

int ask_day(struct cli *c, const char *text, day_t *out)
{
	return cli_misused(c, day_parse(out, NULL, span_str(text), &c->err));
}

int ask_time(struct cli *c, const char *text, int64_t *out_ms)
{
	return cli_misused(c, instant_parse(out_ms, span_str(text), &c->err));
}

int ask_entry(struct cli *c, const char *text, uint64_t *out_lsn)
{
	char *end;

	*out_lsn = strtoull(text, &end, 10);
	if (*text < '0' || *text > '9' || *end || !*out_lsn)
		return cli_misused(
			c, err_set(&c->err, ERR_INVALID, "%s is no entry of the log", text));
	return 0;
}

int ask_device(struct cli *c, const char *text, uint64_t *device, uint32_t *unit)
{
	struct device_row row;
	char *end;
	int rc;

	*device = strtoull(text, &end, 16);
	if (strlen(text) != 16 || *end)
		return cli_usage(
			c, _("a device is 16 digits and letters, as `ketnap devices` prints"));
	rc = ledger_device(client_base(c->client), *device, &row, &c->err);
	if (rc == -ERR_NOTFOUND)
		return err_set(&c->err, ERR_NOTFOUND,
			       "there is no device %s in the part of this device", text);
	*unit = rc ? 0 : row.unit;
	return rc;
}

int ask_open(struct cli *c, struct entry_sheet **out, const struct unit *u, const char *form,
	     struct period p)
{
	int rc = entry_open(out, c->client, u->unit, form, p, cli_now(c), &c->err);

	return rc ? err_wrap(&c->err, rc, "%s %s %s", u->code, form, show_period(c->arena, p)) : 0;
}

int ask_age(struct cli *c, const struct entry_sheet *s, bool *old_ok)
{
	*old_ok = options.old;
	if (entry_age(s) != ENTRY_OLD || *old_ok)
		return 0;
	*old_ok = cli_confirm(
		c, _("this period is older than the two before the present one: is it meant?"));
	if (*old_ok)
		return 0;
	return err_set(&c->err, ERR_STATE,
		       "this period is older than the two before the present one; "
		       "--old says that it is meant");
}

int ask_value(struct cli *c, const char *text, enum figure_state *state, int64_t *value)
{
	enum text_grouping grouping;
	int rc;

	*value = 0;
	*state = FIGURE_BLANK;
	if (!*text)
		return 0;
	*state = FIGURE_NIL;
	if (!strcmp(text, "-"))
		return 0;
	rc = text_count(value, &grouping, span_str(text), &c->err);
	if (*value)
		*state = FIGURE_VALUE;
	return rc;
}

/* ---- what is said of a sheet ---- */

const char *rule_words(const struct rule *r)
{
	const char *text = lang_now() == TEXT_VI ? r->text_vi : r->text_en;

	return text && *text ? text : r->code;
}

static const char *words_of(const struct measure *m)
{
	const char *name = lang_now() == TEXT_VI ? m->name_vi : m->name_en;

	return name && *name ? name : m->code;
}

int judged_words(struct cli *c, const struct form *f, const struct entry_judgement *j, int rc,
		 struct err *why)
{
	const struct measure *m = j->blank_count ? form_measure(f, j->blank[0]) : NULL;

	if (rc != -ERR_INVALID)
		return rc;
	if (m)
		return err_set(why, ERR_INVALID,
			       "%zu required figures are blank, the first is %s (%s)",
			       j->blank_count, words_of(m), m->code);
	if (j->blocking) /* the numbers first: they are to be seen however long the rule is */
		return err_set(why, ERR_INVALID, "the figures do not agree (%s against %s): %s",
			       show_number(c->arena, j->questions[0].left),
			       show_number(c->arena, j->questions[0].right),
			       rule_words(j->questions[0].rule));
	return rc;
}

static void tell_question(struct cli *c, const struct entry_question *q, FILE *to)
{
	if (q->rule->level == RULE_BLOCK)
		fprintf(to, _("  to be put right: %s (%s against %s)\n"), rule_words(q->rule),
			show_number(c->arena, q->left), show_number(c->arena, q->right));
	else
		fprintf(to, _("  please look again: %s (%s against %s)\n"), rule_words(q->rule),
			show_number(c->arena, q->left), show_number(c->arena, q->right));
}

void tell_judgement(struct cli *c, const struct form *f, const struct entry_judgement *j, FILE *to)
{
	for (size_t i = 0; i < j->question_count; i++)
		tell_question(c, &j->questions[i], to);
	if (j->blocking + j->warnings > j->question_count)
		lang_print(to, _("  and %zu more\n"),
			   j->blocking + j->warnings - j->question_count);
	if (!j->blank_count)
		return;
	lang_print(to, _("  still blank (%zu):"), j->blank_count);
	for (size_t i = 0; i < j->blank_count; i++) {
		const struct measure *m = form_measure(f, j->blank[i]);

		fprintf(to, "%s %s (%s)", i ? ";" : "", m ? words_of(m) : "?", m ? m->code : "?");
	}
	fputc('\n', to);
}

json_t *json_judgement(struct cli *c, const struct form *f, const struct entry_judgement *j)
{
	json_t *questions = json_array(), *blank = json_array();

	(void)c;
	for (size_t i = 0; i < j->question_count; i++) {
		const struct entry_question *q = &j->questions[i];

		json_array_append_new(
			questions,
			json_pack("{s:s, s:s, s:s, s:I, s:I}", "rule", q->rule->code, "level",
				  q->rule->level == RULE_BLOCK ? "block" : "warn", "text",
				  rule_words(q->rule), "left", (json_int_t)q->left, "right",
				  (json_int_t)q->right));
	}
	for (size_t i = 0; i < j->blank_count; i++) {
		const struct measure *m = form_measure(f, j->blank[i]);

		json_array_append_new(blank, json_string(m ? m->code : "?"));
	}
	return json_pack("{s:o, s:o, s:I, s:I}", "questions", questions, "blank", blank, "blocking",
			 (json_int_t)j->blocking, "warnings", (json_int_t)j->warnings);
}
