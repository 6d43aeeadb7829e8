/* What a device says of itself: on a connection and in a bundle. */
#include "internal.h"

#include "base/version.h"

/* `rc`: what the search for it came to. */
static int show(struct wire_head *out, int rc, const struct head *h, const struct ed25519_sig *sig,
		struct arena *a, struct err *e)
{
	uint8_t bytes[HEAD_BYTES];

	*out = (struct wire_head){ { NULL, 0 }, { NULL, 0 } };
	if (rc)
		return rc == -ERR_NOTFOUND ? 0 : rc;
	head_encode(bytes, h);
	out->signed_bytes = arena_copy(a, span_of(bytes, sizeof(bytes)));
	out->signature = arena_copy(a, span_of(sig->b, sizeof(sig->b)));
	return out->signed_bytes.data && out->signature.data ? 0
							     : err_set(e, ERR_NOMEM, "no memory");
}

int client_hello(struct wire_hello *h, struct client *c, const uint8_t nonce[16],
		 uint32_t held_extra, int64_t now_ms, struct arena *a, struct err *e)
{
	const struct client_state *st = &c->st;
	struct client_status held;
	struct ed25519_sig sig;
	struct head newest;
	int rc = client_held(c, &held, e);

	*h = (struct wire_hello){ .version_min = WIRE_VERSION_MIN,
				  .version_max = WIRE_VERSION,
				  .program = SPAN_LIT("ketnap " KETNAP_VERSION),
				  .device = c->id.device,
				  .epoch = st->epoch,
				  .acked_seq = st->acked_seq,
				  .next_seq = st->next_seq,
				  .chain = st->chain,
				  .cursor = st->cursor,
				  .device_time_ms = now_ms,
				  .frame_max = FRAME_MAX,
				  .left = true };
	memcpy(h->store, c->id.store, 16);
	memcpy(h->nonce, nonce, 16);
	if (!rc)
		rc = outbox_chain(c, st->acked_seq, &h->acked_chain, e);
	if (!rc && st->cursor.lsn) {
		rc = heads_newest(c, st->cursor.incarnation, &newest, &sig, e);
		rc = show(&h->head, rc, &newest, &sig, a, e);
	}
	if (rc)
		return rc;
	h->held_drafts = (uint32_t)held.drafts + held_extra;
	h->held_queued = (uint32_t)held.queued;
	h->oldest_ms = held.oldest_unsent_ms;
	return 0;
}

int client_hello_by_stick(struct wire_hello *h, struct client *c, struct arena *a, struct err *e)
{
	struct ed25519_sig sig;
	struct head behind;
	int rc;

	if (!c->st.cursor.lsn)
		return 0;
	rc = heads_behind(c, &behind, &sig, e);
	return show(&h->head, rc, &behind, &sig, a, e);
}
