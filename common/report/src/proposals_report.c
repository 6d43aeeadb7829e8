/* What units proposed, and what became of it. */
#include "internal.h"

#include "base/lang.h"
#include "report/act_file.h"
#include "report/acts.h"
#include "report/names.h"
#include "report/words.h"

static const char *state_of(const struct proposal_line *p)
{
	return !p->answer_lsn ? "waiting" : p->refused ? "refused" : "carried-out";
}

/* A unit by its code; one that the proposal itself makes is nowhere else. */
static json_t *code_of(const struct ledger *l, const struct op_act *act, uint32_t unit)
{
	for (size_t i = 0; i < act->count; i++)
		if (act->changes[i].what == CHANGE_CREATE && act->changes[i].unit == unit)
			return json_span(act->changes[i].code);
	return json_string(unit_code_of(l, unit));
}

static json_t *changes_of(const struct ledger *l, const struct op_act *act)
{
	json_t *list = json_array();

	for (size_t i = 0; i < act->count; i++) {
		const struct op_change *c = &act->changes[i];
		json_t *into = json_array();

		for (size_t k = 0; k < c->into_count; k++)
			json_array_append_new(into, code_of(l, act, c->into[k]));
		json_array_append_new(
			list, json_pack("{s:s, s:o, s:o, s:o, s:o}", "change", change_word(c->what),
					"unit", code_of(l, act, c->unit), "into", into, "parent",
					c->parent ? code_of(l, act, c->parent) : json_null(),
					"name", json_span(c->name)));
	}
	return list;
}

int report_proposals(json_t **out, struct ledger *l, struct arena *a, struct err *e)
{
	const struct proposal_line *lines;
	size_t count;
	int rc = query_proposals(&lines, &count, l, 0, a, e);

	*out = NULL;
	if (rc)
		return rc;
	*out = json_array();
	for (size_t i = 0; i < count; i++) {
		const struct proposal_line *p = &lines[i];
		const struct op_act *act = &p->op.act;

		json_array_append_new(
			*out,
			json_pack("{s:I, s:o, s:s, s:I, s:o, s:o, s:o, s:o, s:s, s:o, s:o, s:o}",
				  "lsn", (json_int_t)p->lsn, "time", json_instant(p->time_ms),
				  "unit", unit_code_of(l, p->op.unit), "author",
				  (json_int_t)p->op.author, "no", json_span(act->no), "signed",
				  json_day(act->signed_day), "signer", json_span(act->signer),
				  "effective", json_day(act->effective), "state", state_of(p),
				  "answer",
				  p->answer_lsn ? json_integer((json_int_t)p->answer_lsn)
						: json_null(),
				  "reason", p->refused ? json_span(p->reason) : json_null(),
				  "changes", changes_of(l, act)));
	}
	return 0;
}

static const char *state_words(const char *state)
{
	return !strcmp(state, "waiting")   ? _("waits for the operator")
	       : !strcmp(state, "refused") ? _("refused")
					   : _("carried out");
}

static void change_line(FILE *to, const json_t *c)
{
	const json_t *into = json_object_get(c, "into"), *code;
	enum change_what w = CHANGE_CREATE;
	size_t i;

	while (w < CHANGES && strcmp(change_word(w), text_at(c, "change")))
		w++;
	fprintf(to, "    %s: %s", text_at(c, "unit"), _(change_label(w)));
	json_array_foreach(into, i, code)
		fprintf(to, "%s%s", i ? ", " : " -> ", json_string_value(code));
	if (*text_at(c, "parent"))
		fprintf(to, " < %s", text_at(c, "parent"));
	if (*text_at(c, "name"))
		fprintf(to, " (%s)", text_at(c, "name"));
	fputc('\n', to);
}

int proposals_words(FILE *to, const json_t *list, struct arena *a, struct err *e)
{
	const json_t *p, *c;
	size_t i, k;

	(void)e;
	if (!json_array_size(list))
		fprintf(to, _("nobody proposed a reorganisation\n"));
	json_array_foreach(list, i, p)
	{
		lang_print(to, _("entry %lld, %s: %s, from %s: %s\n"),
			   (long long)number_at(p, "lsn"), text_at(p, "unit"), text_at(p, "no"),
			   show_iso_day(a, text_at(p, "effective")),
			   state_words(text_at(p, "state")));
		if (*text_at(p, "reason"))
			fprintf(to, "    %s\n", text_at(p, "reason"));
		json_array_foreach(json_object_get(p, "changes"), k, c) change_line(to, c);
	}
	return 0;
}
