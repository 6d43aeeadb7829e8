/* Figures on behalf that gave way, beside what came instead: as JSON, and for people. */
#include "internal.h"

#include "base/lang.h"
#include "report/names.h"
#include "report/words.h"

#include <inttypes.h>

struct listing {
	struct ledger *ledger;
	json_t *list;
	struct arena *arena;
	struct err *e;
};

static json_t *json_side(struct listing *g, const struct gave_way_side *s)
{
	return json_pack("{s:o, s:b, s:s, s:I, s:s, s:o, s:o, s:I}", "value",
			 s->state == FIGURE_BLANK ? json_null() : json_integer(s->value), "approx",
			 s->approx, "by_unit", unit_code_of(g->ledger, s->unit_of_author),
			 "by_person", (json_int_t)s->author, "name",
			 person_name_of(g->ledger, s->author, g->arena), "from", json_span(s->from),
			 "time", json_instant(s->time_ms), "lsn", (json_int_t)s->lsn);
}

static int each(void *ctx, const struct gave_way *w)
{
	struct listing *g = ctx;
	char period[PERIOD_TEXT_MAX];
	json_t *j = json_pack(
		"{s:s, s:s, s:s, s:s, s:o, s:o}", "unit", unit_code_of(g->ledger, w->unit), "form",
		form_code_of(g->ledger, w->form), "period", period_text(period, w->period),
		"measure", measure_code_of(g->ledger, w->measure), "behalf",
		json_side(g, &w->behalf), "own", json_side(g, &w->own));

	if (json_array_append_new(g->list, j))
		return err_set(g->e, ERR_NOMEM, "no memory for what gave way");
	return 0;
}

int report_differences(json_t **out, struct ledger *l, uint32_t unit, bool one_unit,
		       struct arena *a, struct err *e)
{
	struct listing g = { .ledger = l, .list = json_array(), .arena = a, .e = e };
	int rc = query_gave_way(l, unit, one_unit, each, &g, e);

	if (rc) {
		json_decref(g.list);
		g.list = NULL;
	}
	*out = g.list;
	return rc;
}

static const char *value_words(const json_t *side, struct arena *a)
{
	const json_t *value = json_object_get(side, "value");

	return json_is_null(value) ? _("blank") : number_words(a, value);
}

static const char *when_words(const json_t *side, struct arena *a)
{
	int64_t ms;

	return instant_parse(&ms, span_str(text_at(side, "time")), NULL) ? "" : show_minute(a, ms);
}

static const char *who_words(const json_t *side, struct arena *a)
{
	const char *name = text_at(side, "name"), *unit = text_at(side, "by_unit");
	const char *words = *name ? arena_printf(a, "%s, %s", name, unit) : unit;

	return words ? words : unit;
}

void differences_words(FILE *to, const json_t *list, struct ledger *names, struct arena *a)
{
	const json_t *j;
	size_t i;

	if (!json_array_size(list))
		fprintf(to, _("no figure on behalf gave way to another value\n"));
	json_array_foreach(list, i, j)
	{
		const json_t *behalf = json_object_get(j, "behalf"),
			     *own = json_object_get(j, "own");

		fprintf(to, "%s %s %s %s (%s)\n", text_at(j, "unit"), text_at(j, "form"),
			text_at(j, "period"), text_at(j, "measure"),
			measure_name_of(names, text_at(j, "measure")));
		fprintf(to, _("  on behalf %s, by %s, %s, on the word of: %s\n"),
			value_words(behalf, a), who_words(behalf, a), when_words(behalf, a),
			text_at(behalf, "from"));
		fprintf(to, _("  the unit's own %s, by %s, %s: this one counts\n"),
			value_words(own, a), who_words(own, a), when_words(own, a));
	}
}
