/* A store goes on as another device, after its own was revoked or is known no more. */
#include "internal.h"

struct beginning {
	const struct identity *id;
	uint32_t epoch;
	uint64_t *aside;
};

static int leave_out(struct client *c, void *ctx, const struct entry *en, struct span bytes,
		     struct span before, bool beyond, struct err *e)
{
	(void)c;
	(void)ctx;
	(void)en;
	(void)bytes;
	(void)before;
	(void)beyond;
	(void)e;
	return 0;
}

static uint64_t waiting(const struct client *c)
{
	uint64_t count = 0;

	for (size_t i = 0; i < c->own.count; i++)
		count += c->own.ops[i].aside && !c->own.ops[i].dropped && !c->own.ops[i].remade_seq;
	return count;
}

/* A server that does not know the device has none of its ops: what it once said of them went with a disk. */
static int begin_anew(struct client *c, void *ctx, struct err *e)
{
	struct beginning *b = ctx;
	int64_t server_ms = c->st.server_ms;
	bool unknown = c->st.halt == HALT_UNKNOWN;
	int rc;

	c->id = *b->id;
	c->st = (struct client_state){ .epoch = b->epoch, .next_seq = 1, .server_ms = server_ms };
	rc = client_put_identity(c, e);
	if (!rc && unknown)
		rc = own_unpull(c, 0, 0, e);
	if (!rc)
		rc = own_set_aside(c, b->aside, e);
	*b->aside = waiting(c);
	return rc ? rc : client_put_state(c, e);
}

int client_again(struct client *c, const struct identity *id, uint32_t epoch, uint64_t *aside,
		 struct err *e)
{
	struct part_source nothing = { .table = 0, .through = 0 };
	struct beginning b = { id, epoch, aside };
	struct rebuilding r = { leave_out, begin_anew, &b };

	*aside = 0;
	if (memcmp(id->store, c->id.store, sizeof(id->store)) ||
	    memcmp(id->log_key, c->id.log_key, sizeof(id->log_key)))
		return err_set(
			e, ERR_DENIED,
			"the code is of another store than this folder: enrol in a new folder");
	return client_rebuild(c, &nothing, &r, e);
}
