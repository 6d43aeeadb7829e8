/* What the unit's papers say above and below: read, and set by whoever may. A setting holds for the province once the
 * server has confirmed it; papers made at this device have it from now on. */
#include "paper.h"

#include "client/act.h"

enum { FIELD_MAX = 4200 };

static bool waits(const struct own_op *o, uint32_t unit)
{
	return o->kind == OP_SETTING && o->unit == unit && !o->pulled && !o->dropped &&
	       !o->remade_seq && o->verdict != VERDICT_REFUSED;
}

/* Over what stands, in the order in which they were made. */
static int take_waiting(struct call *k, uint32_t unit, struct print_head *h, unsigned *count)
{
	size_t n;
	const struct own_op *ops = outbox_ops(k->c, &n);
	int rc = 0;

	for (size_t i = 0; !rc && i < n; i++) {
		struct op op;

		if (!waits(&ops[i], unit))
			continue;
		rc = outbox_decode(k->c, ops[i].id, &op, k->a, k->e);
		if (!rc)
			*count += print_head_set(h, op.setting.key,
						 arena_str(k->a, op.setting.value));
	}
	return rc;
}

static int read_head(struct call *k, uint32_t unit, day_t day, struct print_head *out,
		     unsigned *count)
{
	int rc = print_head_read(out, k->base, unit, day, k->a, k->e);

	*count = 0;
	return rc ? rc : take_waiting(k, unit, out, count);
}

int call_head(struct call *k, uint32_t unit, day_t day, struct print_head *out)
{
	unsigned count;

	return read_head(k, unit, day, out, &count);
}

static int show(struct call *k, uint32_t unit)
{
	const struct unit *u = tree_get(ledger_tree(k->base), unit);
	day_t today = day_of_instant(k->now_ms);
	struct print_head h;
	unsigned count;
	int rc = read_head(k, unit, today, &h, &count);

	if (!rc)
		json_object_update_new(
			k->out,
			json_pack("{s:s, s:s, s:o, s:I}", "unit", u ? u->code : "", "unit_name",
				  unit_name_of(k->base, unit, today, UINT64_MAX), "fields",
				  print_head_json(&h), "queued", (json_int_t)count));
	return rc;
}

static int find_unit(struct call *k, uint32_t *unit)
{
	*unit = client_identity(k->c)->unit;
	return *text_at(k->in, "unit") ? call_unit(k, unit) : 0;
}

int api_header(struct call *k)
{
	uint32_t unit;
	int rc = find_unit(k, &unit);

	return rc ? rc : show(k, unit);
}

/* "chief_title" of the pages is chief-title of the setting. */
static int set_one(struct call *k, uint32_t unit, const char *name, const char *value)
{
	enum op_code code = CODE_OK;
	char typed[FIELD_MAX];
	struct acted done;
	struct op op;
	int n = snprintf(typed, sizeof(typed), "%s=%s", name, value), rc;

	if (n < 0 || (size_t)n >= sizeof(typed))
		return err_set(k->e, ERR_INVALID, "%s: the text is too long", name);
	for (char *c = typed; *c && *c != '='; c++)
		if (*c == '_')
			*c = '-';
	rc = print_head_typed(&op, unit, typed, k->e);
	if (!rc)
		rc = act_once(k->c, &op, k->now_ms, &done, &code, k->e);
	return rc;
}

/* All or none. */
int api_header_set(struct call *k)
{
	json_t *fields = json_object_get(k->in, "fields"), *value;
	const char *name;
	uint32_t unit;
	int rc = find_unit(k, &unit);

	if (!rc)
		rc = client_begin(k->c, k->e);
	if (rc)
		return rc;
	json_object_foreach(fields, name, value)
	{
		rc = set_one(k, unit, name,
			     json_string_value(value) ? json_string_value(value) : "");
		if (rc)
			break;
	}
	if (!rc)
		rc = client_commit(k->c, k->e);
	if (rc) {
		client_abort(k->c);
		return rc;
	}
	return show(k, unit);
}
