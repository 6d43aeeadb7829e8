#include "serve_query.h"

#include <stdlib.h>

enum { ARENA_BUDGET = 256 << 20 };

static const char *words(struct cli *c, struct span s)
{
	return s.len ? arena_str(c->arena, s) : NULL;
}

static const char *day_words(struct cli *c, day_t d)
{
	char text[DAY_TEXT_MAX];

	return arena_printf(c->arena, "%s", day_iso(text, d));
}

static const char *pick(const char *const *names, size_t count, uint32_t at)
{
	return at < count ? names[at] : "?";
}

/* Into the words of a command line: the same question typed by hand gives the same answer. */
static int set_options(struct cli *c, const struct wire_query *q)
{
	static const char *const trees[] = { "as-was", "as-is" }, *const bases[] = { "signed",
										     "accepted" };
	static const char *const levels[] = { "direct", "grassroots" };
	static const char *const orders[] = { "official", "attainment", "rate", "count" };
	char when[INSTANT_TEXT_MAX];

	options = (struct cli_options){ .json = true };
	options.from = day_words(c, q->from_day);
	options.to = day_words(c, q->to_day);
	if (q->known_lsn)
		options.known_at = arena_printf(c->arena, "%llu", (unsigned long long)q->known_lsn);
	else if (q->known_ms)
		options.known_at = arena_printf(c->arena, "%s", instant_iso(when, q->known_ms));
	options.tree = pick(trees, ARRAY_LEN(trees), q->tree);
	options.basis = pick(bases, ARRAY_LEN(bases), q->basis);
	options.measure = words(c, q->measure);
	options.level = pick(levels, ARRAY_LEN(levels), q->level);
	options.order = pick(orders, ARRAY_LEN(orders), q->order);
	if (q->instrument)
		options.of = arena_printf(c->arena, "%s%s%.*s",
					  instrument_name((enum target_instrument)q->instrument),
					  q->doc_no.len ? ":" : "", (int)q->doc_no.len,
					  q->doc_no.len ? (const char *)q->doc_no.data : "");
	return options.from && options.to ? 0 : err_set(&c->err, ERR_NOMEM, "out of memory");
}

static int run(struct cli *c, const struct wire_query *q)
{
	const struct unit *u = tree_get(ledger_tree(c->store.ledger), q->unit);
	char name[] = "query", *argv[] = { name, NULL, NULL };
	int rc = u ? 0 : err_set(&c->err, ERR_NOTFOUND, "there is no such unit");

	if (!rc && q->instrument >= INSTR_COUNT)
		rc = err_set(&c->err, ERR_INVALID, "there is no such instrument");
	if (!rc)
		rc = set_options(c, q);
	if (rc)
		return rc;
	argv[1] = arena_printf(c->arena, "%s", u->code);
	if (!argv[1])
		return err_set(&c->err, ERR_NOMEM, "out of memory");
	return q->what == WIRE_TABLE ? cmd_table(c, 2, argv) : cmd_totals(c, 2, argv);
}

int serve_query(void *ctx, struct ledger *l, const struct wire_query *q, bool above,
		struct buf *json, struct err *e)
{
	struct cli c = *(const struct cli *)ctx;
	char *text = NULL;
	size_t len = 0;
	int rc;

	if ((q->what != WIRE_TOTALS && q->what != WIRE_TABLE) || (above && q->what != WIRE_TOTALS))
		return err_set(e, ERR_DENIED, "not for this device");
	c.store = (struct store_dir){ .path = c.store.path, .lock_fd = -1, .ledger = l };
	err_clear(&c.err);
	c.json = true;
	c.arena = arena_new(ARENA_BUDGET);
	c.out = open_memstream(&text, &len);
	rc = c.arena && c.out ? ledger_hold(l, &c.err)
			      : err_set(&c.err, ERR_NOMEM, "out of memory");
	if (!rc) {
		rc = run(&c, q);
		ledger_let_go(l);
	}
	if (c.out)
		fclose(c.out);
	if (!rc)
		buf_bytes(json, span_of(text, len));
	free(text);
	arena_free(c.arena);
	if (rc && e)
		*e = c.err;
	return rc;
}
