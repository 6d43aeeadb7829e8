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
		json_pack("{s:s, s:s, s:s, s:s, s:s, s:o, s:o, s:I, s:b, s:b, s:b, s:b, s:o, s:o}",
			  "id", device, "unit", unit_code_of(k->base, row.unit), "unit_name",
			  unit_name_of(k->base, row.unit, today, UINT64_MAX), "person", name,
			  "role", role_name(person.role), "enrolled", json_instant(s->enrolled_ms),
			  "last_time", json_instant(s->last_ms), "count", (json_int_t)s->count,
			  "revoked", row.revoked_lsn > 0, "suspended", row.suspended_lsn > 0, "own",
			  s->device == id->device, "may_revoke",
			  !row.revoked_lsn && rights_ask(RIGHT_REVOKE, client_role(k->c),
							 relation) == RIGHT_YES,
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

int api_revoke(struct call *k)
{
	const char *id = text_at(k->in, "device");
	struct op op = { .kind = OP_REVOKE };
	struct device_row row;
	char *end = NULL;
	int rc;

	op.device.device = strtoull(id, &end, 16);
	if (strlen(id) != 16 || *end)
		return err_set(k->e, ERR_NOTFOUND,
			       "there is no device %s in the part of this device", id);
	if (!*text_at(k->in, "reason"))
		return err_set(k->e, ERR_INVALID, "a reason is needed");
	rc = ledger_device(k->base, op.device.device, &row, k->e);
	if (rc)
		return rc;
	op.unit = row.unit;
	return call_queue(k, &op);
}
