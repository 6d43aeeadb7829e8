/* What a standby believes of a page, and what it keeps. */
#include "follower_impl.h"

#include "base/lang.h"

#include "ledger/copy.h"

#include <stdlib.h>

enum { SCRATCH = OP_DECODE_ARENA + ENTRY_MAX + (64 << 10) };

bool follower_ends(struct follower *f, enum follower_end end)
{
	if (f->st.end == FOLLOWER_GOING)
		f->st.end = end;
	return false;
}

bool follower_failed(struct follower *f, int rc)
{
	/* without room or memory the next contact may do better */
	bool later = rc == -ERR_FULL || rc == -ERR_NOMEM || rc == -ERR_BUSY;

	return follower_ends(f, later ? FOLLOWER_LATER : FOLLOWER_FAILED);
}

static bool stops(struct follower *f, const char *why)
{
	err_set(&f->st.err, ERR_STATE, "%s", why);
	return follower_ends(f, FOLLOWER_STOPPED);
}

/* The head of the page, by the pinned key; false: the contact is over. */
static bool read_head(struct follower *f, const struct wire_head *w, struct head *head,
		      struct ed25519_sig *sig)
{
	struct ed25519_public key;

	if (w->signed_bytes.len != HEAD_BYTES || w->signature.len != sizeof(sig->b) ||
	    head_decode(head, w->signed_bytes, NULL))
		return stops(f, N_("what the server sends as its signed head is none"));
	memcpy(key.b, f->setup.who.log_key, sizeof(key.b));
	memcpy(sig->b, w->signature.data, sizeof(sig->b));
	if (head_verify(head, sig, &key, NULL))
		return stops(f, N_("the server's head is not signed by the log key of this store"));
	return true;
}

/* Does the log that the head is of begin with all that is here? */
static bool goes_on(struct follower *f, const struct wire_page *p, const struct head *head)
{
	struct ledger *l = *f->setup.ledger;
	struct merkle_proof proof = { .count = (unsigned)(p->proof.len / HASH_BYTES) };
	struct hash root;

	if (!f->asked_lsn)
		return true;
	root = copy_root(l);
	if (head->size < f->asked_lsn)
		return stops(
			f, N_("the server's log is shorter than what this standby has: the server "
			      "was set back"));
	if (p->proof.len % HASH_BYTES || proof.count > MERKLE_PROOF_MAX)
		return stops(f, N_("the server's proof cannot be read"));
	if (p->proof.len)
		memcpy(proof.node, p->proof.data, p->proof.len);
	if (head->size == f->asked_lsn ? !hash_eq(&root, &head->root)
				       : merkle_check_prefix(&proof, f->asked_lsn, head->size,
							     &root, &head->root, NULL))
		return stops(f, N_("the server's log is not the one that this standby has: two "
				   "histories. Everything is kept"));
	f->st.proven = f->asked_lsn;
	return true;
}

static int begin_store(struct follower *f, const struct wire_page *p, size_t *taken)
{
	int rc = copy_create(f->setup.kv, p->entries[0], f->setup.who.store, f->setup.who.log_key,
			     &f->st.err);

	*taken = 1;
	return rc ? rc : ledger_open(f->setup.ledger, f->setup.kv, 0, &f->st.err);
}

static int put_entries(struct follower *f, const struct wire_page *p, size_t from)
{
	struct arena *a = arena_new(SCRATCH);
	int rc = a ? 0 : err_set(&f->st.err, ERR_NOMEM, "no memory for a page");

	for (size_t i = from; i < p->entry_count && !rc; i++) {
		struct entry en;

		arena_reset(a);
		rc = entry_decode(&en, p->entries[i], a, &f->st.err);
		if (!rc)
			rc = copy_readable(&en, a, &f->st.err);
		if (!rc)
			rc = ledger_put_entry(*f->setup.ledger, p->entries[i], &f->st.err);
	}
	arena_free(a);
	return rc;
}

/* Entries and, where it is of just these, their head: one commit. */
static int put_page(struct follower *f, const struct wire_page *p, const struct head *head,
		    const struct ed25519_sig *sig)
{
	size_t taken = 0;
	struct ledger *l;
	int rc = *f->setup.ledger || !p->entry_count ? 0 : begin_store(f, p, &taken);

	l = *f->setup.ledger;
	if (rc || !l)
		return rc;
	rc = ledger_begin(l, &f->st.err);
	if (rc)
		return rc;
	rc = put_entries(f, p, taken);
	if (!rc && ledger_info(l).lsn == head->size)
		rc = copy_head(l, head, sig, &f->st.err);
	if (rc) {
		ledger_abort(l);
		return rc;
	}
	return ledger_commit(l, NULL, NULL, &f->st.err);
}

/* Of what came, not of the own store. */
static bool of_the_page(int rc)
{
	return rc == -ERR_CORRUPT || rc == -ERR_PROTO || rc == -ERR_INVALID || rc == -ERR_VERSION ||
	       rc == -ERR_RANGE;
}

static bool forget(struct follower *f)
{
	size_t count;
	int rc = keystore_forget(f->setup.keys, *f->setup.ledger, &count, &f->st.err);

	return rc ? follower_failed(f, rc) : true;
}

bool follower_page(struct follower *f, const struct wire_page *p)
{
	struct ed25519_sig sig;
	struct head head;
	int rc;

	if (p->restart)
		return stops(
			f,
			N_("the server was set back to before what this standby has, and that was "
			   "declared: its history is another now. Everything is kept"));
	if (!read_head(f, &p->head, &head, &sig) || !goes_on(f, p, &head))
		return false;
	rc = p->entry_count || head.size != f->head_size ? put_page(f, p, &head, &sig) : 0;
	if (rc && of_the_page(rc)) {
		err_wrap(&f->st.err, rc, "what the server sent cannot be kept");
		return follower_ends(f, FOLLOWER_STOPPED);
	}
	if (rc)
		return follower_failed(f, rc);
	f->cursor = p->next;
	f->st.lsn = *f->setup.ledger ? ledger_info(*f->setup.ledger).lsn : 0;
	f->st.server_lsn = head.size;
	f->st.server_ms = head.time_ms;
	f->st.level = f->st.lsn == head.size;
	if (f->st.level)
		f->head_size = f->st.proven = f->st.lsn;
	if (f->st.lsn != p->next.lsn)
		return stops(f, N_("the server left out entries"));
	return !p->entry_count || forget(f);
}

bool follower_keys(struct follower *f, const struct wire_key_page *p)
{
	int rc = keystore_take_page(f->setup.keys, *f->setup.ledger, p, &f->st.err);

	return rc ? follower_failed(f, rc) : true;
}
