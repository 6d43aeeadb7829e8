#include "counting.h"

#include <stdlib.h>

static struct ledger *base(const struct counting *k)
{
	return client_base(k->c->client);
}

static bool inside(const struct counting *k, uint32_t unit)
{
	return tree_inside(ledger_tree(base(k)), unit, k->unit->unit, k->how.period.to, UINT64_MAX);
}

static int take_cases(struct counting *k, const struct roll *roll)
{
	size_t n = cases_count(k->all);
	int rc = 0;

	k->entries = arena_array(k->c->arena, n + 1, sizeof(*k->entries));
	if (!k->entries)
		return err_set(&k->c->err, ERR_NOMEM, "no memory for %zu cases", n);
	for (size_t i = 0; i < n && !rc; i++) {
		const struct case_record *r = cases_at(k->all, i);
		struct case_step *steps;
		bool mistake;

		if (!inside(k, r->unit))
			continue;
		rc = roll_is_mistake(roll, k->c->client, r, &mistake, &k->c->err);
		if (rc || mistake)
			continue;
		steps = arena_array(k->c->arena, r->count, sizeof(*steps));
		if (!steps)
			return err_set(&k->c->err, ERR_NOMEM, "no memory for %zu cases", n);
		if (!case_record_entry(&k->entries[k->count], steps, r))
			continue;
		register_ways(ledger_tree(base(k)), r->unit, &r->came, &r->gone,
			      &k->entries[k->count].came, &k->entries[k->count].went);
		k->entries[k->count++].id = i;
		k->cases += r->gone.state != HANDOVER_DONE;
	}
	return rc;
}

/* ---- members ---- */

struct gathering {
	struct counting *k;
	size_t room;
	uint32_t own;
};

static int gather(struct gathering *g, const struct register_member *m, bool of_case, struct err *e)
{
	struct counting *k = g->k;
	struct counted_member *one;
	struct member_entry entry;
	int rc;

	if (!inside(k, m->unit) || !member_entry_of(&entry, m))
		return 0;
	register_ways(ledger_tree(base(k)), m->unit, &m->came, &m->gone, &entry.came, &entry.went);
	if (k->member_count == g->room) {
		size_t room = g->room ? g->room * 2 : 256;
		struct counted_member *grown = realloc(k->members, room * sizeof(*grown));

		if (!grown)
			return err_set(e, ERR_NOMEM, "no memory for %zu members", room);
		k->members = grown;
		g->room = room;
	}
	rc = register_has_case(base(k), m->unit, m->person, &entry.of_case, e);
	entry.of_case |= of_case;
	k->register_count += !entry.of_case;
	one = &k->members[k->member_count++];
	memcpy(one->person, m->person, PERSON_ID);
	one->unit = m->unit;
	member_contribution(one->adds, &entry, &k->how);
	for (int i = 0; i < CASE_MEASURES; i++)
		k->counted[i] += one->adds[i];
	return rc;
}

static int gather_below(void *ctx, const struct register_member *m, struct err *e)
{
	struct gathering *g = ctx;

	return m->unit == g->own
		       ? 0
		       : gather(g, m, false, e); /* the own ones come with what is not sent yet */
}

static int take_members(struct counting *k, const struct roll *roll)
{
	struct gathering g = { .k = k, .own = client_identity(k->c->client)->unit };
	int rc = register_members(base(k), 0, gather_below, &g, &k->c->err);

	for (size_t i = 0; !rc && i < roll_count(roll); i++)
		rc = gather(&g, roll_at(roll, i), roll_of_case(roll, i), &k->c->err);
	return rc;
}

/* ---- counting ---- */

int counting_open(struct counting *k, struct cli *c, const struct unit *u, struct period p)
{
	int64_t members[CASE_MEASURES];
	struct roll *roll = NULL;
	int rc;

	*k = (struct counting){ .c = c, .unit = u, .how.period = p };
	rc = register_counts_by(base(k), p.to, &k->how.counts, &c->err);
	if (!rc)
		rc = field_rules_read(c, &k->rules);
	k->has_rules = !rc;
	k->how.rules = &k->rules.rules;
	k->how.holidays = k->rules.holidays;
	if (!rc)
		rc = cases_load(&k->all, c->client, &c->err);
	if (!rc)
		rc = roll_load(&roll, c->client, &c->err);
	if (!rc)
		rc = take_members(k, roll);
	memcpy(members, k->counted, sizeof(members));
	if (!rc)
		rc = take_cases(k, roll);
	roll_free(roll);
	if (rc)
		return rc;
	(void)case_count(k->counted, k->entries, k->count, &k->how);
	case_funnel(k->funnel, k->entries, k->count, p.to);
	for (int m = 0; m < CASE_MEASURES; m++)
		k->counted[m] += members[m];
	return 0;
}

void counting_close(struct counting *k)
{
	cases_free(k->all);
	free(k->members);
	if (k->has_rules)
		field_rules_fini(&k->rules);
}

bool counting_any(const struct counting *k)
{
	return k->count || k->member_count;
}

bool counting_knows(const struct counting *k, enum case_measure m)
{
	return case_measure_known(m, k->count, k->register_count);
}

void counting_type(struct counting *k, const struct entry_sheet *s)
{
	k->has_sheet = true;
	for (int m = 0; m < CASE_MEASURES; m++) {
		uint16_t no = ledger_measure(base(k),
					     span_str(case_measure_code((enum case_measure)m)));
		struct entry_figure f = { .known = false };

		if (no)
			f = entry_figure(s, no);
		k->typed[m] = (struct operand){ f.known && f.state != FIGURE_BLANK, f.value };
	}
}

void counting_look(struct counting *k)
{
	struct entry_sheet *s = NULL;
	struct err none = { 0 };

	if (entry_open(&s, k->c->client, k->unit->unit, "monthly", k->how.period, cli_now(k->c),
		       &none))
		return;
	counting_type(k, s);
	entry_close(s);
}

size_t counting_differs(const struct counting *k, struct case_difference out[CASE_MEASURES])
{
	size_t n;

	if (!k->has_sheet || !counting_any(k))
		return 0;
	n = case_compare(out, k->typed, k->counted);
	return case_compare_known(out, n, k->count, k->register_count);
}

bool counting_beside(struct counting *k, struct cli *c, const struct unit *u,
		     const struct entry_sheet *s, struct period p)
{
	struct err kept = c->err;
	bool on = false;
	int rc = strcmp(entry_form(s)->code, "monthly")
			 ? -ERR_NOTFOUND
			 : register_on(client_base(c->client), &on, &c->err);

	*k = (struct counting){ .c = c };
	if (!rc && on)
		rc = counting_open(k, c, u, p);
	c->err = kept;
	if (rc || !on || !counting_any(k)) {
		counting_close(k);
		return false;
	}
	counting_type(k, s);
	return true;
}

/* ---- those behind a figure ---- */

static size_t cases_behind(const struct counting *k, enum case_measure m, const char **out)
{
	uint64_t ids[BEHIND_SHOWN];
	size_t n = case_behind(ids, BEHIND_SHOWN, k->entries, k->count, &k->how, m), found = 0;

	for (size_t i = 0; i < n && i < BEHIND_SHOWN; i++) {
		const struct case_record *r = cases_at(k->all, (size_t)ids[i]);

		if (case_is_open_here(k->c->client, r))
			out[found++] = case_id_text(k->c, r);
	}
	return found;
}

/* The stock of all members is everybody: nobody looks through that list. */
static size_t members_behind(const struct counting *k, enum case_measure m, const char **out)
{
	size_t found = 0;

	for (size_t i = 0; i < k->member_count && found < BEHIND_SHOWN && m != CM_MEMBERS; i++) {
		char hex[2 * PERSON_ID + 1];

		if (!k->members[i].adds[m] ||
		    k->members[i].unit != client_identity(k->c->client)->unit)
			continue;
		hex_encode(hex, k->members[i].person, PERSON_ID);
		out[found++] = arena_printf(k->c->arena, "%.*s", CASE_ID_SHOWN, hex);
	}
	return found;
}

static json_t *list_of(const char **ids, size_t count)
{
	json_t *list = json_array();

	for (size_t i = 0; i < count; i++)
		json_array_append_new(list, json_string(ids[i]));
	return list;
}

json_t *counting_json(const struct counting *k)
{
	struct case_difference diff[CASE_MEASURES];
	size_t n = counting_differs(k, diff);
	json_t *differ = json_array();

	for (size_t i = 0; i < n; i++) {
		const char *ids[BEHIND_SHOWN], *people[BEHIND_SHOWN];
		size_t cases = cases_behind(k, diff[i].measure, ids);
		size_t members = members_behind(k, diff[i].measure, people);

		json_array_append_new(differ, json_pack("{s:s, s:I, s:I, s:o, s:o}", "measure",
							case_measure_code(diff[i].measure), "typed",
							(json_int_t)diff[i].typed, "counted",
							(json_int_t)diff[i].counted, "cases",
							list_of(ids, cases), "members",
							list_of(people, members)));
	}
	return differ;
}

static void tell_ids(const char *label, const char **ids, size_t count, FILE *to)
{
	if (!count)
		return;
	fprintf(to, "    %s", label);
	for (size_t i = 0; i < count; i++)
		fprintf(to, " %s", ids[i]);
	fputc('\n', to);
}

void counting_tell(const struct counting *k, FILE *to)
{
	struct case_difference diff[CASE_MEASURES];
	size_t n = counting_differs(k, diff);

	for (size_t i = 0; i < n; i++) {
		const char *ids[BEHIND_SHOWN], *people[BEHIND_SHOWN];

		fprintf(to, _("  please compare: %s: typed %s, the register counts %s\n"),
			measure_name(k->c, case_measure_code(diff[i].measure)),
			show_number(k->c->arena, diff[i].typed),
			show_number(k->c->arena, diff[i].counted));
		tell_ids(_("cases:"), ids, cases_behind(k, diff[i].measure, ids), to);
		tell_ids(_("members:"), people, members_behind(k, diff[i].measure, people), to);
	}
}

/* ---- filling ---- */

int counting_fill(const struct counting *k, struct entry_sheet *s, size_t *filled)
{
	int rc = 0;

	*filled = 0;
	for (int m = 0; m < CASE_MEASURES && !rc; m++) {
		const char *code = case_measure_code((enum case_measure)m);
		const struct measure *of = form_measure_code(entry_form(s), span_str(code));
		struct entry_figure f;
		int64_t n = k->counted[m];

		if (!of || !counting_knows(k, (enum case_measure)m) || n < 0)
			continue;
		f = entry_figure(s, of->no);
		if (f.computed || (f.known && f.state != FIGURE_BLANK) || f.values)
			continue;
		rc = entry_set(s, of->no, n ? FIGURE_VALUE : FIGURE_NIL, n, &k->c->err);
		*filled += !rc;
	}
	return rc;
}
