/* People and their devices, as the part of the log that this device holds tells them. What a device holds
 * unsent, and when it last called without bringing anything, only the server knows. */
#include "web_internal.h"

#include "domain/rights.h"
#include "ledger/feed.h"
#include "ledger/query.h"

#include <stdlib.h>

enum { DEVICES_MAX = 6000 };

struct seen {
	uint64_t device, last_lsn, count;
	int64_t last_ms, enrolled_ms;
};

struct people {
	struct call *k;
	struct seen *devices;
	size_t count;
};

static struct seen *find(struct people *p, uint64_t device)
{
	for (size_t i = 0; i < p->count; i++)
		if (p->devices[i].device == device)
			return &p->devices[i];
	return NULL;
}

static int each_entry(void *ctx, const struct entry *en, const struct op *op)
{
	struct people *p = ctx;
	struct seen *s = en->device ? find(p, en->device) : NULL;

	if (s) {
		s->last_lsn = en->lsn;
		s->last_ms = en->time_ms;
		s->count++;
	}
	if (op && op->kind == OP_DEVICE && (s = find(p, op->device.device)) && !s->enrolled_ms)
		s->enrolled_ms = en->time_ms;
	return 0;
}

static const char *role_name(enum person_role r)
{
	static const char *const names[] = { "none",    "clerk",   "approver", "operator",
					     "auditor", "console", "standby" };

	return (unsigned)r < ARRAY_LEN(names) ? names[r] : "none";
}

static int add_device(struct people *p, const struct seen *s, json_t *list)
{
	struct call *k = p->k;
	const struct identity *id = client_identity(k->c);
	day_t today = day_of_instant(k->now_ms);
	struct person_row person = { .role = ROLE_NONE };
	char name[NAME_MAX_BYTES + 1] = "", device[20];
	struct device_row row;
	enum unit_relation relation;
	int rc = ledger_device(k->base, s->device, &row, k->e);

	if (!rc)
		rc = ledger_person(k->base, row.person, &person, k->e);
	if (!rc || rc == -ERR_NOTFOUND)
		rc = client_name_of(k->c, row.person, name, k->e);
	if (rc && rc != -ERR_NOTFOUND)
		return rc;
	err_clear(k->e);
	snprintf(device, sizeof(device), "%016llx", (unsigned long long)s->device);
	relation = rights_relation(ledger_tree(k->base), id->unit, row.unit, today, UINT64_MAX);
	json_array_append_new(
		list,
		json_pack(
			"{s:s, s:s, s:s, s:s, s:s, s:o, s:o, s:I, s:b, s:b, s:b, s:b, s:b, s:o, s:o}",
			"id", device, "unit", unit_code_of(k->base, row.unit), "unit_name",
			unit_name_of(k->base, row.unit, today, UINT64_MAX), "person", name, "role",
			role_name(person.role), "enrolled", json_instant(s->enrolled_ms),
			"last_time", json_instant(s->last_ms), "count", (json_int_t)s->count,
			"revoked", row.revoked_lsn > 0, "suspended", row.suspended_lsn > 0, "own",
			s->device == id->device, "may_revoke",
			!row.revoked_lsn &&
				rights_ask(RIGHT_REVOKE, client_role(k->c), relation) == RIGHT_YES,
			"may_end",
			s->device != id->device && !person.to &&
				rights_ask(RIGHT_ENROL, client_role(k->c), relation) == RIGHT_YES,
			"from", person.from ? json_day(person.from) : json_null(), "to",
			person.to ? json_day(person.to) : json_null()));
	return 0;
}

int api_people(struct call *k)
{
	struct people p = { .k = k };
	json_t *list = json_array();
	const uint64_t *devices;
	size_t count;
	int rc = ledger_devices(&devices, &count, k->base, k->a, k->e);

	json_object_set_new(k->out, "devices", list);
	if (rc)
		return rc;
	p.devices = arena_array(k->a, count + 1, sizeof(*p.devices));
	if (!p.devices)
		return err_set(k->e, ERR_NOMEM, "no memory for a list");
	for (; p.count < count && p.count < DEVICES_MAX; p.count++)
		p.devices[p.count] = (struct seen){ .device = devices[p.count] };
	rc = query_log(k->base, 1, 0, false, each_entry, &p, k->e);
	for (size_t i = 0; !rc && i < p.count; i++)
		rc = add_device(&p, &p.devices[i], list);
	return rc;
}

/* What each declared at its last contact that it still holds. */
int api_held(struct call *k)
{
	day_t today = day_of_instant(k->now_ms);
	struct wire_query q = { .what = WIRE_DEVICES,
				.unit = client_identity(k->c)->unit,
				.from_day = today,
				.to_day = today };

	return call_server(k, &q);
}

/* The device that `in` names; whatever is done to it needs a reason. */
static int read_device(struct call *k, uint64_t *device, struct device_row *row)
{
	const char *id = text_at(k->in, "device");
	char *end = NULL;

	*device = strtoull(id, &end, 16);
	if (strlen(id) != 16 || *end)
		return err_set(k->e, ERR_NOTFOUND,
			       "there is no device %s in the part of this device", id);
	if (!*text_at(k->in, "reason"))
		return err_set(k->e, ERR_INVALID, "a reason is needed");
	return ledger_device(k->base, *device, row, k->e);
}

/* What stands of a person, with the name as it was written; lends from `b` and the call. */
static int read_person(struct call *k, uint32_t person, struct buf *b, struct op *op)
{
	struct person_row row;
	struct entry en;
	int rc = ledger_person(k->base, person, &row, k->e);

	if (!rc)
		rc = ledger_entry(k->base, row.lsn, b, k->e);
	if (!rc)
		rc = entry_decode(&en, buf_span(b), k->a, k->e);
	if (rc)
		return rc;
	if (op_decode(op, en.body, k->a, k->e) != CODE_OK || op->kind != OP_PERSON)
		return err_set(k->e, ERR_NOTFOUND, "there is no such person");
	return 0;
}

/* A post is handed over: whoever has it leaves it on that day. The one who comes gets a code of the server's. */
int api_person_end(struct call *k)
{
	struct op op = { .kind = OP_NONE }, was;
	struct device_row row;
	uint64_t device;
	struct buf b;
	int rc;

	buf_init(&b, ENTRY_MAX);
	rc = read_device(k, &device, &row);
	if (!rc)
		rc = read_person(k, row.person, &b, &was);
	if (!rc) {
		op.kind = OP_PERSON;
		op.unit = was.unit;
		op.person = was.person;
		rc = day_parse(&op.person.to, NULL, span_str(text_at(k->in, "day")), k->e);
	}
	if (!rc)
		rc = call_queue(k, &op);
	buf_fini(&b);
	return rc;
}

int api_revoke(struct call *k)
{
	struct op op = { .kind = OP_REVOKE };
	struct device_row row;
	int rc = read_device(k, &op.device.device, &row);

	if (rc)
		return rc;
	op.unit = row.unit;
	return call_queue(k, &op);
}
