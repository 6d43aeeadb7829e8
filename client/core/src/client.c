/* Opening, batches, and what is held in memory beside the store. */
#include "internal.h"

#include "client/conflicts.h"

#include <stdlib.h>

const char *client_halt_name(enum client_halt h)
{
	static const char *const names[HALTS] = {
		"",       "suspended",     "revoked", "unknown",  "wrong-store",
		"forked", "server-behind", "version", "succeeded"
	};

	return (unsigned)h < HALTS ? names[h] : "";
}

const char *feed_trouble_name(enum feed_trouble t)
{
	static const char *const names[FEED_TROUBLES] = { "",           "gap",
							  "histories",  "newer-program",
							  "unreadable", "not-as-acked" };

	return (unsigned)t < FEED_TROUBLES ? names[t] : "";
}

/* ---- making and opening ---- */

struct birth {
	const struct identity *id;
	struct client_state st;
};

static int put_row(struct ledger *l, const char *name, struct buf *b, struct err *e)
{
	struct ckey k = ckey_name(name);

	if (b->failed)
		return err_set(e, ERR_NOMEM, "no memory for the device's own rows");
	return part_put(l, CT_IDENTITY, ckey_span(&k), buf_span(b), e);
}

static int born(struct ledger *l, void *ctx, struct err *e)
{
	struct birth *birth = ctx;
	struct buf b;
	int rc;

	buf_init(&b, ROW_MAX);
	identity_encode(&b, birth->id);
	rc = put_row(l, "identity", &b, e);
	buf_reset(&b);
	state_encode(&b, &birth->st);
	if (!rc)
		rc = put_row(l, "state", &b, e);
	buf_fini(&b);
	return rc;
}

int client_create(struct kv *kv, const struct identity *id, uint32_t epoch,
		  const uint8_t incarnation[16], struct err *e)
{
	struct birth birth = { .id = id, .st = { .epoch = epoch, .next_seq = 1 } };
	struct part_birth part;

	assert(id->ca_len <= sizeof(id->ca));
	memcpy(part.store, id->store, 16);
	memcpy(part.log_key, id->log_key, 32);
	memcpy(part.incarnation, incarnation, 16);
	return part_create(kv, &part, born, &birth, e);
}

static int load_rows(struct client *c, struct err *e)
{
	struct ckey k = ckey_name("state");
	int rc = part_get(c->base, CT_IDENTITY, ckey_span(&k), &c->row, e);

	if (!rc && !state_decode(&c->st, buf_span(&c->row)))
		rc = err_set(e, ERR_CORRUPT, "the device's state cannot be read");
	return rc ? rc : own_load(c, e);
}

/* The scope is in the identity, which is read before the ledger can be opened with it. */
static int load_identity(struct client *c, struct err *e)
{
	struct ckey k = ckey_name("identity");
	struct ledger *l;
	int rc = ledger_open(&l, c->kv, 1, e);

	if (rc == -ERR_NOTFOUND)
		return err_set(e, ERR_NOTFOUND,
			       "this device is not enrolled; `ketnap enroll` does it");
	if (rc)
		return rc;
	rc = part_get(l, CT_IDENTITY, ckey_span(&k), &c->row, e);
	if (rc == -ERR_NOTFOUND)
		rc = err_set(e, ERR_NOTFOUND, "this store is not a device's");
	if (!rc && (!identity_decode(&c->id, buf_span(&c->row)) || !c->id.unit))
		rc = err_set(e, ERR_CORRUPT, "the device's identity cannot be read");
	ledger_close(l);
	return rc;
}

int client_open(struct client **out, struct kv *kv, struct err *e)
{
	struct client *c = calloc(1, sizeof(*c));
	int rc;

	*out = NULL;
	if (!c)
		return err_set(e, ERR_NOMEM, "no memory for the device's store");
	c->kv = kv;
	c->changes = 1;
	buf_init(&c->row, ROW_MAX);
	rc = load_identity(c, e);
	if (!rc)
		rc = ledger_open(&c->base, kv, c->id.unit, e);
	if (!rc)
		rc = load_rows(c, e);
	if (rc) {
		client_close(c);
		return rc;
	}
	*out = c;
	return 0;
}

void client_close(struct client *c)
{
	if (!c)
		return;
	if (c->in_batch)
		client_abort(c);
	ledger_close(c->base);
	buf_fini(&c->row);
	free(c->own.ops);
	free(c->own_before.ops);
	free(c);
}

const struct identity *client_identity(const struct client *c)
{
	return &c->id;
}

const struct client_state *client_state(const struct client *c)
{
	return &c->st;
}

struct ledger *client_base(const struct client *c)
{
	return c->base;
}

int client_role_now(const struct client *c, enum person_role *role, struct err *e)
{
	struct person_row row;
	int rc = ledger_person(c->base, c->id.person, &row, e);

	*role = rc ? c->id.role : row.role;
	return rc == -ERR_NOTFOUND ? 0 : rc;
}

enum person_role client_role(const struct client *c)
{
	enum person_role role;

	(void)client_role_now(c, &role, NULL);
	return role;
}

int client_name_of(struct client *c, uint32_t person, char out[NAME_MAX_BYTES + 1], struct err *e)
{
	struct arena *a = arena_new(DECODE_BUDGET);
	struct person_row row;
	enum op_code code = CODE_OK;
	struct entry en;
	struct op op;
	int rc = a ? ledger_person(c->base, person, &row, e) : err_set(e, ERR_NOMEM, "no memory");

	out[0] = 0;
	buf_reset(&c->row);
	if (!rc)
		rc = ledger_entry(c->base, row.lsn, &c->row, e);
	if (!rc)
		rc = entry_decode(&en, buf_span(&c->row), a, e);
	if (!rc) {
		code = op_decode(&op, en.body, a, NULL);
		if (code == CODE_NO_VERDICT)
			rc = err_set(e, ERR_NOMEM, "no memory");
	}
	if (!rc && code == CODE_OK && op.kind == OP_PERSON &&
	    op.person.name.len <= NAME_MAX_BYTES) {
		memcpy(out, op.person.name.data, op.person.name.len);
		out[op.person.name.len] = 0;
	}
	arena_free(a);
	return rc == -ERR_NOTFOUND ? 0 : rc;
}

int client_person_name(struct client *c, char out[NAME_MAX_BYTES + 1], struct err *e)
{
	return client_name_of(c, c->id.person, out, e);
}

/* ---- batches ---- */

/* What an abort goes back to. */
static int snapshot(struct client *c, struct err *e)
{
	size_t bytes = c->own.count * sizeof(*c->own.ops);

	assert(!c->in_batch);
	free(c->own_before.ops);
	c->own_before = (struct own_ops){ .count = c->own.count, .cap = c->own.count };
	c->own_before.ops = malloc(bytes ? bytes : 1);
	if (!c->own_before.ops)
		return err_set(e, ERR_NOMEM, "no memory for the device's own ops");
	if (bytes)
		memcpy(c->own_before.ops, c->own.ops, bytes);
	c->st_before = c->st;
	return 0;
}

int client_begin(struct client *c, struct err *e)
{
	int rc = snapshot(c, e);

	if (rc)
		return rc;
	rc = ledger_begin(c->base, e);
	c->in_batch = !rc;
	return rc;
}

static void forget_before(struct client *c)
{
	free(c->own_before.ops);
	c->own_before = (struct own_ops){ .count = 0 };
	c->in_batch = false;
}

static void go_back(struct client *c)
{
	free(c->own.ops);
	c->own = c->own_before;
	c->own_before = (struct own_ops){ .count = 0 };
	c->st = c->st_before;
	c->in_batch = false;
}

int client_commit(struct client *c, struct err *e)
{
	int rc;

	assert(c->in_batch);
	rc = ledger_commit(c->base, NULL, NULL, e);
	c->changes++;
	if (rc)
		go_back(c);
	else
		forget_before(c);
	if (rc == -ERR_FULL)
		err_wrap(
			e, rc,
			"this was not kept, all that was there before is: make room on the disk, then "
			"do it again");
	return rc;
}

void client_abort(struct client *c)
{
	if (!c->in_batch)
		return;
	ledger_abort(c->base);
	go_back(c);
}

struct rebuild_ctx {
	struct client *c;
	const struct rebuilding *r;
};

static int rebuild_each(struct ledger *l, void *ctx, const struct entry *en, struct span bytes,
			struct span before, bool beyond, struct err *e)
{
	struct rebuild_ctx *r = ctx;

	r->c->base = l;
	r->c->in_batch = true;
	return r->r->each(r->c, r->r->ctx, en, bytes, before, beyond, e);
}

static int rebuild_extra(struct ledger *l, void *ctx, struct err *e)
{
	struct rebuild_ctx *r = ctx;

	r->c->base = l;
	r->c->in_batch = true;
	return r->r->extra(r->c, r->r->ctx, e);
}

int client_rebuild(struct client *c, const struct part_source *from, const struct rebuilding *r,
		   struct err *e)
{
	struct rebuild_ctx ctx = { c, r };
	struct ledger *base = c->base;
	int rc = snapshot(c, e);

	if (rc)
		return rc;
	rc = part_rebuild(&base, from, rebuild_each, rebuild_extra, &ctx, e);
	c->base = base; /* the new one, or the old one again */
	c->changes++;
	if (rc)
		go_back(c);
	else
		forget_before(c);
	return rc;
}

int client_enter(struct client *c, bool *mine, struct err *e)
{
	*mine = !c->in_batch;
	return *mine ? client_begin(c, e) : 0;
}

int client_leave(struct client *c, bool mine, int rc, struct err *e)
{
	if (!mine)
		return rc;
	if (!rc)
		return client_commit(c, e);
	client_abort(c);
	return rc;
}

int client_put_identity(struct client *c, struct err *e)
{
	assert(c->in_batch);
	buf_reset(&c->row);
	identity_encode(&c->row, &c->id);
	return put_row(c->base, "identity", &c->row, e);
}

int client_put_state(struct client *c, struct err *e)
{
	assert(c->in_batch);
	buf_reset(&c->row);
	state_encode(&c->row, &c->st);
	return put_row(c->base, "state", &c->row, e);
}

/* ---- status ---- */

static int count_draft(void *ctx, const struct draft_key *k, const struct draft *d, struct err *e)
{
	struct client_status *s = ctx;

	(void)k;
	(void)e;
	s->drafts++;
	if (!s->oldest_unsent_ms || d->first_ms < s->oldest_unsent_ms)
		s->oldest_unsent_ms = d->first_ms;
	return 0;
}

static int count_conflict(void *ctx, const struct conflict *k, struct err *e)
{
	(void)k;
	(void)e;
	++*(uint64_t *)ctx;
	return 0;
}

static void count_own(const struct own_op *op, struct client_status *s)
{
	switch (op->verdict) {
	case VERDICT_ACCEPTED:
		s->acked++;
		return;
	case VERDICT_REFUSED:
		s->refused++;
		return;
	case VERDICT_LATE:
		s->late++;
		return;
	case VERDICT_NONE:
		break;
	}
	if (op->dropped || op->remade_seq)
		return; /* a person has decided: it is not waiting for anybody */
	s->queued++;
	s->aside += op->aside;
	if (!s->oldest_unsent_ms || op->made_ms < s->oldest_unsent_ms)
		s->oldest_unsent_ms = op->made_ms;
}

int client_held(struct client *c, struct client_status *out, struct err *e)
{
	*out = (struct client_status){ .last_contact_ms = c->st.contact_ms,
				       .last_ack_lsn = c->st.ack_lsn,
				       .last_ack_ms = c->st.ack_ms,
				       .halt = c->st.halt,
				       .trouble = c->st.trouble };
	for (size_t i = 0; i < c->own.count; i++)
		count_own(&c->own.ops[i], out);
	return drafts_each(c, count_draft, out, e);
}

uint64_t client_changes(const struct client *c)
{
	return c->changes;
}

/* Every sheet is looked at, which takes a while of a province: again only when something was written. */
int client_status(struct client *c, struct client_status *out, struct err *e)
{
	int rc = client_held(c, out, e);

	if (!rc && (c->in_batch || c->contested.changes != c->changes)) {
		rc = conflicts_each(c, count_conflict, &out->contested, e);
		c->contested.changes = rc || c->in_batch ? 0 : c->changes;
		c->contested.count = out->contested;
	}
	if (!rc)
		out->contested = c->contested.count;
	return rc;
}
