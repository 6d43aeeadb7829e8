#include "server/server.h"

const struct server_limits server_limits_default = {
	.frame_max = FRAME_MAX,
	.credit_ops = 1024,
	.credit_bytes = FRAME_MAX,
	.credit_requests = 8,
	.page_max =
		240000, /* leaves room in a frame for the head, a proof and what wraps each entry */
	.retry_ms = 2000,
	.jitter_each_ms = 250,
	.jitter_max_ms = 600 * 1000,
};

enum {
	LINE_BUDGET = 2 << 20,
	SCRATCH_BUDGET = 2 * WIRE_ARENA + 2 * FRAME_MAX,
	CAUSES_MAX =
		4096 /* of the 8,192 of HelloAck, of which the steps themselves take a quarter */
};

int server_line_load(struct server_line *line, struct ledger *l, struct err *e)
{
	struct ledger_info info = ledger_info(l);
	int rc;

	if (line->count && !memcmp(line->of, info.incarnation, sizeof(line->of)))
		return 0;
	if (!line->a)
		line->a = arena_new(LINE_BUDGET);
	if (!line->a)
		return err_set(e, ERR_NOMEM, "no memory for the line of incarnations");
	arena_reset(line->a);
	rc = feed_line(&line->at, &line->count, l, line->a, e);
	if (rc)
		line->count = 0;
	memcpy(line->of, info.incarnation, sizeof(line->of));
	return rc;
}

void server_line_fini(struct server_line *line)
{
	arena_free(line->a);
	*line = (struct server_line){ .a = NULL };
}

int server_line_find(const struct server_line *line, const uint8_t incarnation[16])
{
	for (size_t i = line->count; i; i--)
		if (!memcmp(line->at[i - 1].id, incarnation, 16))
			return (int)(i - 1);
	return -1;
}

uint64_t server_line_shared(const struct server_line *line, const uint8_t incarnation[16])
{
	int at = server_line_find(line, incarnation);
	uint64_t shared = UINT64_MAX;

	if (at < 0)
		return 0;
	for (size_t i = (size_t)at + 1; i < line->count; i++)
		if (line->at[i].branch_lsn < shared)
			shared = line->at[i].branch_lsn;
	return shared;
}

size_t server_line_since(const struct server_line *line, const uint8_t known[16],
			 struct wire_branch out[WIRE_LINE_MAX])
{
	static const uint8_t nothing[WIRE_ID];
	size_t from = (size_t)(server_line_find(line, known) + 1), count, causes = 0;

	if (!memcmp(known, nothing, WIRE_ID))
		return 0;
	if (line->count - from > WIRE_LINE_MAX)
		from = line->count - WIRE_LINE_MAX;
	count = line->count - from;
	for (size_t i = count; i; i--) {
		const struct feed_branch *b = &line->at[from + i - 1];
		struct wire_branch *to = &out[i - 1];

		*to = (struct wire_branch){ .branch_lsn = b->branch_lsn };
		memcpy(to->id, b->id, WIRE_ID);
		memcpy(to->parent, b->parent, WIRE_ID);
		causes += b->cause.len;
		if (causes <= CAUSES_MAX)
			to->cause = b->cause;
	}
	return count;
}

bool server_other_part(const struct server_line *line, const struct wire_cursor *c,
		       const struct feed_scope *scope)
{
	return c->authority != scope->authority ||
	       (!scope->all &&
		(c->authority & ~FEED_LEFT) > server_line_shared(line, c->incarnation));
}

int server_init(struct server *sv, struct ledger *l, struct err *e)
{
	*sv = (struct server){ .ledger = l,
			       .limits = server_limits_default,
			       .program = SPAN_LIT("ketnapd") };
	sv->scratch = arena_new(SCRATCH_BUDGET);
	if (!sv->scratch)
		return err_set(e, ERR_NOMEM, "no memory for a server");
	return server_line_load(&sv->line, l, e);
}

void server_fini(struct server *sv)
{
	server_line_fini(&sv->line);
	arena_free(sv->scratch);
	sv->scratch = NULL;
}

int server_refresh(struct server *sv, struct err *e)
{
	int rc = ledger_refresh(sv->ledger, e);

	return rc ? rc : server_line_load(&sv->line, sv->ledger, e);
}

void server_mark(uint8_t out[16], const uint8_t key[32], struct span entry)
{
	struct hash whole = hash_bytes(entry);
	struct hash mark = hmac_sha256(span_of(key, 32), span_of(whole.b, HASH_BYTES));

	memcpy(out, mark.b, 16);
}

uint32_t server_jitter_ms(const struct server *sv)
{
	uint64_t others = sv->sessions ? sv->sessions - 1 : 0;
	uint64_t ms = others * (sv->threads ? sv->threads : 1) * sv->limits.jitter_each_ms;

	return ms < sv->limits.jitter_max_ms ? (uint32_t)ms : sv->limits.jitter_max_ms;
}

uint32_t server_retry_ms(const struct server *sv, uint64_t conn)
{
	uint32_t spread = (uint32_t)((conn * UINT64_C(0x9e3779b97f4a7c15)) >> 32);

	return sv->limits.retry_ms + (uint32_t)((uint64_t)spread * sv->limits.retry_ms >> 32);
}
