#include "server/hello.h"

#include "server/promoted.h"

enum { HELLO_CHAIN_MAX = 4096 }; /* ops hashed again to check a claim: one Hello must stay cheap */

bool hello_sound(const struct wire_hello *h, uint64_t device)
{
	return h->device == device && h->epoch && h->epoch < UINT32_MAX && h->next_seq &&
	       h->acked_seq < h->next_seq;
}

int hello_device(enum wire_code *code, struct device_row *row, struct ledger *l, uint64_t device,
		 struct err *e)
{
	int rc = ledger_device(l, device, row, e);

	*code = rc                   ? WIRE_DEVICE_UNKNOWN
		: row->revoked_lsn   ? WIRE_REVOKED
		: row->suspended_lsn ? WIRE_SUSPENDED
				     : WIRE_OK;
	return rc == -ERR_NOTFOUND ? 0 : rc;
}

/* Row 4. 1: a head that we signed and whose log we lack, or that our successor did; 0: nothing of the kind; or an error. Only what
 * our log contradicts is worth looking at the signature: what it says itself harms nobody, signed or not,
 * and that is what nearly all devices show. */
static int head_lacks(struct hello_judged *out, struct ledger *l, const struct server_line *line,
		      const struct wire_head *h, struct err *e)
{
	bool succeeded;
	struct ledger_info info = ledger_info(l);
	struct ed25519_public key;
	struct ed25519_sig sig;
	struct head head;
	struct hash root;
	int rc;

	if (h->signed_bytes.len != HEAD_BYTES || h->signature.len != sizeof(sig.b) ||
	    head_decode(&head, h->signed_bytes, NULL))
		return 0;
	succeeded = promoted_from(head.incarnation, info.incarnation);
	if (!succeeded && (server_line_find(line, head.incarnation) < 0 ||
			   (memcmp(head.incarnation, info.incarnation, 16) &&
			    head.size > server_line_shared(line, head.incarnation))))
		return 0;
	if (!succeeded && head.size <= info.lsn) {
		rc = ledger_root_at(l, head.size, &root, e);
		if (rc || hash_eq(&root, &head.root))
			return rc;
	}
	memcpy(key.b, info.log_key, sizeof(key.b));
	memcpy(sig.b, h->signature.data, sizeof(sig.b));
	if (head_verify(&head, &sig, &key, NULL))
		return 0;
	if (succeeded)
		memcpy(out->successor, head.incarnation, sizeof(out->successor));
	return 1;
}

/* Was the server restored since this device last read? Not known of one that never read. */
static bool cursor_is_earlier(const struct ledger_info *info, const struct server_line *line,
			      const struct wire_cursor *c)
{
	static const uint8_t nothing[WIRE_ID];

	if (!memcmp(c->incarnation, nothing, WIRE_ID))
		return line->count > 1;
	return memcmp(c->incarnation, info->incarnation, WIRE_ID) != 0;
}

/* An epoch that was given in a log that is lost. Once led here, the device has nothing more of it that this log had. */
static bool lost_epoch(const struct server_line *line, const struct wire_hello *h)
{
	return !h->acked_seq && line->count > 1;
}

/* Does h(acked_seq) of the device lead through our own ops to our h(m)? 1, 0, or an error. */
static int acked_fits(struct ledger *l, const struct chain_row *chain, const struct wire_hello *h,
		      struct err *e)
{
	const struct feed_own *own;
	struct hash at = h->acked_chain;
	struct arena *a;
	size_t count;
	int rc;

	if (!h->acked_seq)
		return hash_is_zero(&h->acked_chain);
	if (h->acked_seq == chain->seq)
		return hash_eq(&at, &chain->hash);
	a = arena_new(HELLO_CHAIN_MAX * sizeof(*own) + 4096);
	if (!a)
		return err_set(e, ERR_NOMEM, "no memory to judge a Hello");
	rc = feed_own(&own, &count, l, h->device, h->acked_seq + 1, HELLO_CHAIN_MAX, a, e);
	for (size_t i = 0; !rc && i < count; i++)
		at = chain_next(&at, own[i].seq, own[i].body_hash.b);
	arena_free(a);
	if (rc == -ERR_RANGE) /* too far back to know */
		return 1;
	return rc ? rc : hash_eq(&at, &chain->hash);
}

static int same_epoch(struct hello_judged *out, struct ledger *l, const struct device_row *row,
		      const struct chain_row *chain, const struct wire_hello *h, struct err *e)
{
	int fits;

	if (memcmp(h->nonce, row->nonce, sizeof(row->nonce))) {
		out->row = 9;
		out->act = HELLO_EPOCH;
		return 0;
	}
	fits = h->next_seq - 1 >= chain->seq &&
	       (h->next_seq - 1 > chain->seq || hash_eq(&h->chain, &chain->hash));
	if (fits)
		fits = acked_fits(l, chain, h, e);
	if (fits < 0)
		return fits;
	out->row = fits ? 7 : 8;
	out->act = fits ? HELLO_NO_ACT : HELLO_EPOCH;
	return 0;
}

static void earlier_epoch(struct hello_judged *out, const struct device_row *row,
			  const struct chain_row *chain, const struct wire_hello *h)
{
	if (memcmp(h->nonce, row->nonce, sizeof(row->nonce))) {
		out->row = 12;
		out->act = HELLO_SUSPEND;
		out->code = WIRE_SUSPENDED;
	} else if (!chain->seq) {
		out->row = 10;
		out->code = WIRE_NEW_EPOCH;
	} else {
		out->row = 11;
		out->act = HELLO_EPOCH;
	}
}

/* Rows 5 to 12: what device and server each know of its ops. */
static int judge_ops(struct hello_judged *out, struct ledger *l, const struct server_line *line,
		     const struct device_row *row, const struct wire_hello *h, struct err *e)
{
	struct ledger_info info = ledger_info(l);
	struct chain_row chain;
	int rc = ledger_chain(l, h->device, &chain, e);

	if (rc)
		return rc;
	out->epoch = row->epoch;
	out->acked_seq = chain.seq;
	out->chain = chain.hash;
	if (h->epoch > row->epoch) {
		out->regains = cursor_is_earlier(&info, line, &h->cursor) || lost_epoch(line, h);
		out->row = out->regains ? 5 : 6;
	} else if (h->epoch == row->epoch && h->acked_seq > chain.seq) {
		out->row = cursor_is_earlier(&info, line, &h->cursor) ? 5 : 6;
	} else if (h->epoch == row->epoch) {
		rc = same_epoch(out, l, row, &chain, h, e);
	} else {
		earlier_epoch(out, row, &chain, h);
	}
	if (!rc && out->row == 6)
		out->code = WIRE_SERVER_BEHIND;
	if (!rc && out->act == HELLO_EPOCH)
		out->code = WIRE_NEW_EPOCH;
	if (!rc && (out->act == HELLO_EPOCH || out->regains)) {
		out->epoch = out->regains ? h->epoch : row->epoch + 1;
		out->acked_seq = 0;
		memset(&out->chain, 0, sizeof(out->chain));
	}
	return rc;
}

static int refused(struct hello_judged *out, unsigned row, enum wire_code code)
{
	out->row = row;
	out->code = code;
	return 0;
}

static int behind(struct hello_judged *out)
{
	out->act = HELLO_BEHIND;
	return refused(out, 4, WIRE_SERVER_BEHIND);
}

int hello_judge(struct hello_judged *out, struct ledger *l, const struct server_line *line,
		const struct wire_hello *h, const struct hello_peer *peer, struct err *e)
{
	struct ledger_info info = ledger_info(l);
	struct device_row row;
	enum wire_code code;
	int rc, lacks;

	*out = (struct hello_judged){ .code = WIRE_OK };
	if (h->version_min > WIRE_VERSION || h->version_max < WIRE_VERSION_MIN)
		return refused(out, 1, WIRE_VERSION_NONE);
	if (memcmp(h->store, info.store, sizeof(info.store)))
		return refused(out, 1, WIRE_WRONG_STORE);
	rc = hello_device(&code, &row, l, h->device, e);
	/* one of ours that we do not know: enrolled since the copy was made that runs here? */
	out->stranger = code == WIRE_DEVICE_UNKNOWN;
	lacks = !rc && out->stranger ? head_lacks(out, l, line, &h->head, e) : 0;
	if (rc || lacks < 0)
		return rc ? rc : lacks;
	if (lacks)
		return behind(out);
	if (code)
		return refused(out, 2, code);
	out->other_key = memcmp(row.spki_hash, peer->spki_hash.b, HASH_BYTES) != 0;
	if (peer->expired)
		return refused(out, 3, WIRE_RENEW_FIRST);
	lacks = head_lacks(out, l, line, &h->head, e);
	if (lacks)
		return lacks < 0 ? lacks : behind(out);
	return judge_ops(out, l, line, &row, h, e);
}
