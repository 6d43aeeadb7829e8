/* The tree of a day. */
#include "internal.h"

#include "base/lang.h"
#include "report/acts.h"
#include "report/grid.h"
#include "report/names.h"
#include "report/words.h"

const char *kind_label(enum unit_kind k, day_t day)
{
	static const char *const labels[UNIT_KINDS] = {
		[UNIT_COUNTRY] = N_("central committee"),
		[UNIT_PROVINCE] = N_("committee of a province or city"),
		[UNIT_DIRECT] = N_("committee of a commune, ward or body directly below"),
		[UNIT_INTERMEDIATE] = N_("committee directly above the grassroots"),
		[UNIT_COMMUNE] = N_("committee of a commune, ward or special zone"),
		[UNIT_BASE_COMMITTEE] = N_("grassroots committee"),
		[UNIT_BASE_CELL] = N_("grassroots cell"),
		[UNIT_SECTION] = N_("sectional committee"),
		[UNIT_SUB_CELL] = N_("cell below a committee"),
	};

	if (districts_on(day) && k == UNIT_DIRECT)
		return N_("committee of a district, town or body directly below");
	if (districts_on(day) && k == UNIT_COMMUNE)
		return N_("committee of a commune, ward or township");
	return (unsigned)k < UNIT_KINDS && labels[k] ? labels[k] : N_("unit");
}

struct treeing {
	struct ledger *l;
	const struct tree *t;
	day_t day;
	uint64_t known;
	json_t *rows;
	struct err *e;
};

static json_t *lineage(const struct treeing *g, const struct unit *u)
{
	json_t *list = json_array();

	for (size_t i = 0; i < u->link_count; i++)
		if (u->links[i].lsn <= g->known)
			json_array_append_new(
				list,
				json_pack("{s:s, s:o, s:s, s:o}", "unit",
					  unit_code_of(g->l, u->links[i].into), "from",
					  json_day(u->links[i].from), "how",
					  u->links[i].merged ? "merged" : "split", "share",
					  u->links[i].merged
						  ? json_null()
						  : json_integer((json_int_t)u->links[i].share)));
	return list;
}

static json_t *end_of(const struct treeing *g, const struct unit *u)
{
	day_t closed = unit_closed_at(u, g->known);

	return closed ? json_day(closed) : json_null();
}

static int add(struct treeing *g, uint32_t unit, unsigned level)
{
	const struct unit *u = tree_get(g->t, unit), **below;
	uint32_t parent = unit_parent(u, g->day, g->known);
	size_t count;
	int rc;

	json_array_append_new(g->rows,
			      json_pack("{s:s, s:s, s:s, s:s, s:i, s:o, s:o, s:o}", "unit", u->code,
					"parent", level ? unit_code_of(g->l, parent) : "", "name",
					unit_name_of(g->l, unit, g->day, g->known), "kind",
					unit_kind_name(unit_kind_at(u, g->day, g->known)), "level",
					(int)level, "opened", json_day(u->opened), "closed",
					end_of(g, u), "into", lineage(g, u)));
	rc = tree_children(g->t, unit, g->day, g->known, &below, &count, g->e);
	for (size_t i = 0; i < count && !rc; i++)
		rc = add(g, below[i]->unit, level + 1);
	return rc;
}

int report_tree(json_t **out, struct ledger *l, uint32_t top, day_t day, uint64_t known_at,
		struct err *e)
{
	struct treeing g = { .l = l, .t = ledger_tree(l), .day = day, .known = known_at, .e = e };
	const struct unit *u;
	int rc = 0;

	*out = NULL;
	top = top ? top : tree_root(g.t);
	u = tree_get(g.t, top);
	if (!u || u->created_lsn > known_at)
		return err_set(e, ERR_NOTFOUND, "there is no unit number %u", top);
	g.rows = json_array();
	if (unit_alive_at(u, day, known_at))
		rc = add(&g, top, 0);
	if (!rc)
		*out = json_pack("{s:s, s:o, s:O}", "unit", u->code, "on", json_day(day), "units",
				 g.rows);
	json_decref(g.rows);
	return rc || *out ? rc : err_set(e, ERR_NOMEM, "no memory for a tree");
}

int tree_words(FILE *to, const json_t *j, struct arena *a, struct err *e)
{
	const json_t *rows = json_object_get(j, "units"), *row;
	struct grid *g = grid_new(a, 3);
	struct err ignored = { 0 };
	day_t day = 0;
	size_t i;

	(void)day_parse(&day, NULL, span_str(text_at(j, "on")), &ignored);
	lang_print(to, _("%s: %zu units on %s\n"), text_at(j, "unit"), json_array_size(rows),
		   show_iso_day(a, text_at(j, "on")));
	json_array_foreach(rows, i, row)
	{
		grid_cell(g,
			  arena_printf(a, "%*s%s", (int)(2 * number_at(row, "level")), "",
				       text_at(row, "unit")),
			  false);
		grid_cell(g, text_at(row, "name"), false);
		grid_cell(g, _(kind_label(unit_kind_parse(span_str(text_at(row, "kind"))), day)),
			  false);
	}
	return grid_print(g, to, e);
}
