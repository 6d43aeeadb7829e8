#include "totals_show.h"
#include "words.h"

static const char *claim_words(enum claim_verdict v)
{
	switch (v) {
	case CLAIM_AGREES:
		return _("agrees");
	case CLAIM_AGREES_HALF_UP:
		return _("agrees (rounded)");
	case CLAIM_AGREES_TRUNCATED:
		return _("agrees (cut off)");
	case CLAIM_CONTRADICTS:
		return _("does not agree yet, to be checked");
	case CLAIM_UNKNOWN:
		break;
	}
	return _("not enough known");
}

static const char *printed_percent(struct cli *c, const struct op_claim *k)
{
	int64_t scale = 1;

	for (unsigned i = 0; i < k->percent_decimals; i++)
		scale *= 10;
	if (!k->percent_decimals)
		return arena_printf(c->arena, "%lld", (long long)k->percent_digits);
	return arena_printf(c->arena, "%lld.%0*lld", (long long)(k->percent_digits / scale),
			    (int)k->percent_decimals, (long long)(k->percent_digits % scale));
}

static json_t *json_claim(struct cli *c, const struct claim_line *l)
{
	const struct claim_result *r = &l->result;
	json_t *explained = json_array();

	for (size_t i = 0; i < r->explained_count; i++)
		json_array_append_new(explained, json_string(r->explained_by[i]));
	return json_pack(
		"{s:o, s:s, s:o, s:o, s:s, s:o, s:o}", "id", json_span(l->claim.id), "unit",
		tree_get(ledger_tree(c->store.ledger), l->unit)->code, "printed",
		json_pack("{s:o, s:s?}", "value",
			  l->claim.has_value ? json_integer(l->claim.value) : json_null(),
			  "percent", l->claim.has_percent ? printed_percent(c, &l->claim) : NULL),
		"computed",
		json_pack("{s:o, s:s?}", "value",
			  r->has_value ? json_integer(r->value) : json_null(), "percent",
			  r->percent[0] ? r->percent : NULL),
		"verdict", claim_verdict_name(r->verdict), "difference",
		l->claim.has_value && r->has_value ? json_integer(r->difference) : json_null(),
		"explained_by", explained);
}

/* As written where the reader lives: 81,46% or 81.46%. */
static const char *percent_words(struct cli *c, const char *plain)
{
	char *text = arena_printf(c->arena, "%s%%", plain),
	     *point = text ? strchr(text, '.') : NULL;

	if (point && lang_now() == TEXT_VI)
		*point = ',';
	return text;
}

static void show_claims(struct cli *c, const struct claim_line *lines, size_t count)
{
	struct grid *g = grid_new(c, 6);

	grid_cell(g, _("claim"), false);
	grid_cell(g, _("unit"), false);
	grid_cell(g, _("printed"), true);
	grid_cell(g, _("computed"), true);
	grid_cell(g, _("verdict"), false);
	grid_cell(g, _("explained by"), false);
	grid_rule(g);
	for (size_t i = 0; i < count; i++) {
		const struct claim_line *l = &lines[i];
		const struct claim_result *r = &l->result;
		bool value = l->claim.has_value &&
			     (!l->claim.has_percent || (r->has_value && r->difference));

		grid_cell(g,
			  arena_printf(c->arena, "%.*s", (int)l->claim.id.len,
				       (const char *)l->claim.id.data),
			  false);
		grid_cell(g, tree_get(ledger_tree(c->store.ledger), l->unit)->code, false);
		grid_cell(g,
			  value ? show_number(c, l->claim.value)
				: percent_words(c, printed_percent(c, &l->claim)),
			  true);
		grid_cell(g,
			  value ? (r->has_value ? show_number(c, r->value) : "")
				: (r->percent[0] ? percent_words(c, r->percent) : ""),
			  true);
		grid_cell(g, claim_words(r->verdict), false);
		grid_cell(g, r->explained_count ? explained_words(c, r->explained_by[0]) : "",
			  false);
	}
	grid_print(g);
}

int cmd_claims(struct cli *c, int argc, char **argv)
{
	const struct claim_line *lines;
	json_t *list;
	size_t count;
	int rc = query_claims(&lines, &count, c->store.ledger, c->arena, &c->err);

	(void)argc;
	(void)argv;
	if (rc)
		return rc;
	if (!c->json) {
		show_claims(c, lines, count);
		return 0;
	}
	list = json_array();
	for (size_t i = 0; i < count; i++)
		json_array_append_new(list, json_claim(c, &lines[i]));
	return show_json(c, list);
}
