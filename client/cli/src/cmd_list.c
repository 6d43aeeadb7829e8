/* log, claims, devices: what this device's part of the log says. */
#include "show.h"

#include "ledger/feed.h"
#include "ledger/query.h"

#include "ask.h"

/* ---- log ---- */

struct logging {
	struct cli *c;
	json_t *list; /* NULL: for people */
};

static const char *verdict_name(enum op_verdict v)
{
	static const char *const names[] = { "none", "accepted", "late", "refused" };

	return (unsigned)v < ARRAY_LEN(names) ? names[v] : "?";
}

static int log_each(void *ctx, const struct entry *en, const struct op *op)
{
	struct logging *g = ctx;
	struct cli *c = g->c;
	struct span none = { NULL, 0 };
	char device[20];

	snprintf(device, sizeof(device), "%016llx", (unsigned long long)en->device);
	if (g->list) {
		json_array_append_new(
			g->list,
			json_pack("{s:I, s:o, s:s, s:s, s:s?, s:s, s:s, s:o, s:I, s:o, s:o, s:o}",
				  "lsn", (json_int_t)en->lsn, "time", json_instant(en->time_ms),
				  "unit", unit_code(c, en->unit), "device", device, "kind",
				  op ? op_kind_name(op->kind) : NULL, "verdict",
				  verdict_name(en->verdict), "code", op_code_name(en->code),
				  "detail", json_span(en->detail), "author", (json_int_t)en->author,
				  "source", json_span(op ? op->source : none), "reason",
				  json_span(op ? op->reason : none), "on_behalf",
				  json_span(op ? op->on_behalf : none)));
		return 0;
	}
	fprintf(c->out, "%8llu  %s  %-14s %s", (unsigned long long)en->lsn,
		show_instant(c->arena, en->time_ms), unit_code(c, en->unit),
		op ? _(op_kind_text(op->kind)) : "?");
	if (en->verdict != VERDICT_ACCEPTED)
		fprintf(c->out, ": %s", refusal_words(c, en->code, en->detail));
	aside_words(c->out, en->device, op);
	fputc('\n', c->out);
	return 0;
}

int cmd_log(struct cli *c, int argc, char **argv)
{
	struct logging g = { .c = c, .list = c->json ? json_array() : NULL };
	const struct unit *u = NULL;
	int rc = options.unit ? ask_unit(c, options.unit, &u) : 0;

	(void)argc;
	(void)argv;
	if (!rc)
		rc = query_log(client_base(c->client), 1, u ? u->unit : 0, u != NULL, log_each, &g,
			       &c->err);
	if (!rc && c->json)
		return show_json(c, g.list);
	json_decref(g.list);
	return rc;
}

/* ---- claims ---- */

static const char *printed_percent(struct cli *c, const struct op_claim *k)
{
	int64_t scale = 1;

	if (!k->has_percent)
		return NULL;
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
	return json_pack("{s:o, s:s, s:o, s:o, s:s, s:o, s:o}", "id", json_span(l->claim.id),
			 "unit", unit_code(c, l->unit), "printed",
			 json_pack("{s:o, s:s?}", "value",
				   l->claim.has_value ? json_integer(l->claim.value) : json_null(),
				   "percent", printed_percent(c, &l->claim)),
			 "computed",
			 json_pack("{s:o, s:s?}", "value",
				   r->has_value ? json_integer(r->value) : json_null(), "percent",
				   r->percent[0] ? r->percent : NULL),
			 "verdict", claim_verdict_name(r->verdict), "difference",
			 l->claim.has_value && r->has_value ? json_integer(r->difference)
							    : json_null(),
			 "explained_by", explained);
}

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

static int tell_claims(struct cli *c, const struct claim_line *lines, size_t count)
{
	struct grid *g = grid_new(c->arena, 5);

	grid_cell(g, _("claim"), false);
	grid_cell(g, _("unit"), false);
	grid_cell(g, _("printed"), true);
	grid_cell(g, _("computed"), true);
	grid_cell(g, _("verdict"), false);
	grid_rule(g);
	for (size_t i = 0; i < count; i++) {
		const struct op_claim *k = &lines[i].claim;
		const struct claim_result *r = &lines[i].result;

		grid_cell(g,
			  arena_printf(c->arena, "%.*s", (int)k->id.len, (const char *)k->id.data),
			  false);
		grid_cell(g, unit_code(c, lines[i].unit), false);
		grid_cell(g,
			  k->has_value ? show_number(c->arena, k->value)
				       : show_percent(c->arena, printed_percent(c, k)),
			  true);
		grid_cell(g,
			  !k->has_value  ? show_percent(c->arena, r->percent[0] ? r->percent : NULL)
			  : r->has_value ? show_number(c->arena, r->value)
					 : "",
			  true);
		grid_cell(g, claim_words(r->verdict), false);
	}
	return grid_print(g, c->out, &c->err);
}

int cmd_claims(struct cli *c, int argc, char **argv)
{
	const struct claim_line *lines;
	json_t *list;
	size_t count;
	int rc = query_claims(&lines, &count, client_base(c->client), c->arena, &c->err);

	(void)argc;
	(void)argv;
	if (rc)
		return rc;
	if (!c->json)
		return tell_claims(c, lines, count);
	list = json_array();
	for (size_t i = 0; i < count; i++)
		json_array_append_new(list, json_claim(c, &lines[i]));
	return show_json(c, list);
}

/* ---- devices ---- */

static const char *role_name(enum person_role r)
{
	static const char *const names[] = { "",        "clerk",   "approver", "operator",
					     "auditor", "console", "standby" };

	return (unsigned)r < ARRAY_LEN(names) ? names[r] : "";
}

static int each_device(struct cli *c, uint64_t device, json_t *list)
{
	struct person_row person = { .role = ROLE_NONE };
	struct device_row row;
	char id[20];
	int rc = ledger_device(client_base(c->client), device, &row, &c->err);

	if (!rc)
		rc = ledger_person(client_base(c->client), row.person, &person, &c->err);
	if (rc && rc != -ERR_NOTFOUND)
		return rc;
	snprintf(id, sizeof(id), "%016llx", (unsigned long long)device);
	if (list)
		json_array_append_new(
			list, json_pack("{s:s, s:s, s:I, s:s, s:b, s:b}", "id", id, "unit",
					unit_code(c, row.unit), "person", (json_int_t)row.person,
					"role", role_name(person.role), "revoked",
					row.revoked_lsn > 0, "suspended", row.suspended_lsn > 0));
	else
		fprintf(c->out, "%s  %-14s %s%s\n", id, unit_code(c, row.unit),
			person.role ? _(role_name(person.role)) : "",
			row.revoked_lsn ? _(", revoked") : "");
	return 0;
}

int cmd_devices(struct cli *c, int argc, char **argv)
{
	json_t *list = c->json ? json_array() : NULL;
	const uint64_t *devices;
	size_t count;
	int rc = ledger_devices(&devices, &count, client_base(c->client), c->arena, &c->err);

	(void)argc;
	(void)argv;
	for (size_t i = 0; !rc && i < count; i++)
		rc = each_device(c, devices[i], list);
	if (!rc && c->json)
		return show_json(c, list);
	json_decref(list);
	return rc;
}
