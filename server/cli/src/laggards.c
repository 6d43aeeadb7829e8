#include "laggards.h"

#include "devices_show.h"

#include <stdlib.h>

enum { LADDER_BYTES_MAX = 1 << 20 };

static void add_devices(const struct follow *f, struct laggard *g, const struct device_shown *d,
			size_t count)
{
	const struct tree *tree = ledger_tree(f->c->store.ledger);
	uint32_t unit = g->row->unit->unit;

	for (size_t i = 0; i < count; i++) {
		struct lag_devices *to = &g->devices;

		if (d[i].revoked ||
		    !tree_inside(tree, d[i].unit, unit, f->day, f->question.q.known_at))
			continue;
		to->held += d[i].held;
		to->drafts += d[i].drafts;
		if (d[i].oldest_ms && (!to->oldest_ms || d[i].oldest_ms < to->oldest_ms))
			to->oldest_ms = d[i].oldest_ms;
		if (d[i].unit != unit)
			continue;
		to->count++;
		if (d[i].last_seen_ms > to->last_seen_ms)
			to->last_seen_ms = d[i].last_seen_ms;
	}
}

/* ---- steps ---- */

/* The province's own, else the file that ships. */
static int read_ladder(struct follow *f, struct urge_ladder *out)
{
	struct cli *c = f->c;
	const char *path = arena_printf(c->arena, "%s/rules/urge.csv", c->share);
	struct buf words;
	uint8_t *text = NULL;
	size_t len = 0;
	int rc;

	buf_init(&words, LADDER_BYTES_MAX);
	rc = ledger_setting(c->store.ledger, SPAN_LIT("urge-steps"), &words, &c->err);
	if (!rc) {
		rc = urge_ladder_words(out, buf_span(&words), &c->err);
		buf_fini(&words);
		return rc ? err_wrap(&c->err, rc, "the setting urge-steps") : 0;
	}
	buf_fini(&words);
	if (rc != -ERR_NOTFOUND)
		return rc;
	err_clear(&c->err);
	if (!path)
		return err_set(&c->err, ERR_NOMEM, "no memory for rules");
	rc = path_read(&text, &len, path, LADDER_BYTES_MAX, &c->err);
	if (!rc)
		rc = urge_ladder_parse(out, span_of(text, len), day_of_instant(cli_now(c)),
				       c->arena, &c->err);
	free(text);
	return rc ? err_wrap(&c->err, rc, "%s", path) : 0;
}

/* Steps about a sheet that came since say nothing of the one that is missing now: those count that were taken
 * after the first month still missing was over. */
static int find_since(struct follow *f, struct laggard *g)
{
	struct period asked = f->question.q.period;

	g->since = f->period.from;
	if (g->cause != LAG_NOT_REPORTED || !g->row->missing)
		return 0;
	for (day_t from = asked.from; from <= f->day; from = day_month_last(from) + 1) {
		struct query q = f->question.q;
		struct totals *t = arena_alloc(f->c->arena, sizeof(*t));
		int rc;

		if (!t)
			return err_set(&f->c->err, ERR_NOMEM, "no memory for totals");
		q.unit = g->row->unit->unit;
		q.period = (struct period){ from, day_month_last(from) };
		q.measure = f->measure;
		rc = query_totals(t, f->c->store.ledger, &q, f->c->arena, &f->c->err);
		if (rc)
			return rc;
		if (t->sheets.missing) {
			g->since = q.period.to + 1;
			return 0;
		}
	}
	return 0;
}

static void judge_steps(struct follow *f, struct laggard *g)
{
	size_t first = 0;

	while (first < g->follow.step_count && g->follow.steps[first].day < g->since)
		first++;
	g->follow.steps += first;
	g->follow.step_count -= first;
	urge_judge(&g->urge, g->ladder, g->follow.steps, g->follow.step_count,
		   day_of_instant(cli_now(f->c)));
}

void laggard_after_letter(struct urge_state *out, const struct laggard *g, day_t today)
{
	struct urge_taken taken[FOLLOW_NOTES_MAX + 1];
	size_t count = g->follow.step_count;

	for (size_t i = 0; i < count; i++)
		taken[i] = g->follow.steps[i];
	taken[count] = (struct urge_taken){ .step = URGE_LETTER, .day = today };
	urge_judge(out, g->ladder, taken, count + 1, today);
}

const char *laggard_step(struct arena *a, enum urge_step step, unsigned number)
{
	const char *text = _(urge_step_text(step));

	if (number > 1)
		text = arena_printf(a, _("%s no. %u"), text, number);
	return text ? text : "";
}

static int fill(struct follow *f, struct laggard *g, const struct device_shown *d, size_t count)
{
	day_t today = day_of_instant(cli_now(f->c));
	int rc;

	add_devices(f, g, d, count);
	rc = query_follow(&g->follow, f->c->store.ledger, g->row->unit->unit, f->period.from, today,
			  f->question.q.known_at, f->c->arena, &f->c->err);
	if (!rc)
		rc = find_since(f, g);
	if (!rc)
		judge_steps(f, g);
	return rc;
}

/* Those behind their target in the order of lag_list(), then those who only owe a sheet. */
static int order(struct follow *f, struct laggard *out, size_t *count)
{
	struct arena *a = f->c->arena;
	struct lag_facts *facts = arena_array(a, f->count + 1, sizeof(*facts));
	size_t *places = arena_array(a, f->count + 1, sizeof(*places));
	int rc;

	*count = 0;
	if (!facts || !places)
		return err_set(&f->c->err, ERR_NOMEM, "no memory for a table");
	for (size_t i = 0; i < f->count; i++)
		facts[i] = (struct lag_facts){ .pace = &f->rows[i].pace,
					       .attained = f->rows[i].value,
					       .missing = f->rows[i].missing,
					       .no_source = f->rows[i].no_source,
					       .late_dossiers = f->rows[i].pipeline.late };
	rc = lag_list(places, count, facts, f->count, &f->c->err);
	if (rc)
		return rc;
	for (size_t i = 0; i < *count; i++)
		out[i] = (struct laggard){ .row = &f->rows[places[i]],
					   .cause = lag_judge(&facts[places[i]]) };
	for (size_t i = 0; i < f->count; i++)
		if (lag_judge(&facts[i]) == LAG_NONE && facts[i].missing)
			out[(*count)++] = (struct laggard){ .row = &f->rows[i],
							    .cause = LAG_NOT_REPORTED };
	return 0;
}

int laggards_find(struct laggard **out, size_t *count, struct follow *f)
{
	struct urge_ladder *ladder = arena_alloc(f->c->arena, sizeof(*ladder));
	const struct device_shown *devices;
	size_t device_count;
	int rc;

	*out = arena_array(f->c->arena, f->count + 1, sizeof(**out));
	if (!*out || !ladder)
		return err_set(&f->c->err, ERR_NOMEM, "no memory for a table");
	rc = read_ladder(f, ladder);
	if (!rc)
		rc = order(f, *out, count);
	if (!rc)
		rc = cli_devices(f->c, &devices, &device_count);
	for (size_t i = 0; i < *count && !rc; i++) {
		(*out)[i].ladder = ladder;
		rc = fill(f, &(*out)[i], devices, device_count);
	}
	return rc;
}

const char *laggard_cause(enum lag_cause c)
{
	static const char *const words[LAG_CAUSES] = {
		[LAG_NONE] = "",
		[LAG_NOT_REPORTED] = N_("sheets missing"),
		[LAG_NO_SOURCE] = N_("no eligible people left"),
		[LAG_LATE_DOSSIERS] = N_("dossiers wait"),
		[LAG_LOW] = N_("too few so far"),
		[LAG_EXCEEDED] = N_("the limit is exceeded"),
	};

	return c > LAG_NONE && c < LAG_CAUSES ? _(words[c]) : "";
}
