/* Heads as they come in: each must be a prefix or a continuation of what is held. */
#include "sync_internal.h"

static bool histories(struct sync *s, const struct head *h, const struct ed25519_sig *sig)
{
	int rc = client_begin(s->c, &s->e);

	if (rc)
		return sync_fail(s, rc);
	rc = heads_evidence(s->c, h, sig, &s->e);
	rc = client_leave(s->c, true, rc, &s->e);
	if (!rc)
		rc = pull_note(s->c, FEED_HISTORIES, h->size, &s->e);
	if (rc)
		return sync_fail(s, rc);
	sync_close(s, SYNC_TROUBLE);
	return false;
}

static void remember(struct sync *s, const struct head *h, const struct ed25519_sig *sig)
{
	if (s->head_count < SYNC_HEADS)
		s->heads[s->head_count++] = (struct seen_head){ *h, *sig, false };
}

/* 1 when the newest kept head of this incarnation was found, 0 none, or an error. */
static int newest(struct sync *s, struct head *held)
{
	struct ed25519_sig sig;
	int rc = heads_newest(s->c, s->incarnation, held, &sig, &s->e);

	return rc == -ERR_NOTFOUND ? 0 : rc ? rc : 1;
}

bool sync_head(struct sync *s, const struct wire_head *w, struct head *out, struct ed25519_sig *sig,
	       bool *any)
{
	struct head held;
	int rc = heads_read(s->c, w, out, sig, &s->e);

	*any = false;
	if (rc == -ERR_NOTFOUND)
		return true;
	if (rc || memcmp(out->incarnation, s->incarnation, 16))
		return sync_breach(s, WIRE_MALFORMED);
	*any = true;
	if (out->time_ms > s->c->st.server_ms)
		s->c->st.server_ms = out->time_ms; /* kept with the next change of the state */
	for (size_t i = 0; i < s->head_count; i++) {
		if (s->heads[i].head.size != out->size)
			continue;
		return hash_eq(&s->heads[i].head.root, &out->root) || histories(s, out, sig);
	}
	rc = newest(s, &held);
	if (rc < 0)
		return sync_fail(s, rc);
	if (rc && held.size == out->size)
		return hash_eq(&held.root, &out->root) || histories(s, out, sig);
	remember(s, out, sig);
	return true;
}

static bool prefix_holds(const struct head *old, const struct head *head, struct span nodes)
{
	struct merkle_proof p;

	if (nodes.len % HASH_BYTES || nodes.len / HASH_BYTES > MERKLE_PROOF_MAX)
		return false;
	p.count = (unsigned)(nodes.len / HASH_BYTES);
	if (nodes.len)
		memcpy(p.node, nodes.data, nodes.len);
	return !merkle_check_prefix(&p, old->size, head->size, &old->root, &head->root, NULL);
}

bool sync_head_proven(struct sync *s, const struct head *head, const struct ed25519_sig *sig,
		      struct span proof, uint64_t from, bool *keep)
{
	struct head held;
	int rc = newest(s, &held);

	*keep = false;
	if (rc < 0)
		return sync_fail(s, rc);
	if (rc && head->size <= held.size)
		return true; /* nothing new; roots of equal sizes were compared when it came */
	if (rc && from == held.size && !prefix_holds(&held, head, proof))
		return histories(s, head, sig);
	*keep = !rc || from == held.size; /* the first one is taken as it is */
	return true;
}

/* Ask how the next unproven head hangs together with the newest kept one. */
bool sync_prove_next(struct sync *s, bool *sent)
{
	struct head held;
	int rc = newest(s, &held);

	*sent = false;
	if (rc < 0)
		return sync_fail(s, rc);
	for (; rc && s->prove_at < s->head_count; s->prove_at++) {
		struct seen_head *h = &s->heads[s->prove_at];
		struct wire_prove m = { h->head.size, held.size };

		if (h->head.size == held.size)
			continue;
		if (h->head.size > held.size)
			m = (struct wire_prove){ held.size, h->head.size };
		if (h->asked)
			return true;
		if (!sync_emit(s, FRAME_PROVE, &m))
			return s->r.end == SYNC_GOING;
		s->prove_size = held.size;
		h->asked = *sent = true;
		return true;
	}
	return true;
}

bool sync_proof(struct sync *s, const struct wire_proof *p)
{
	struct seen_head *h = &s->heads[s->prove_at];
	struct ed25519_sig sig;
	struct head held;
	int rc;

	if (s->prove_at >= s->head_count || !h->asked)
		return sync_breach(s, WIRE_UNEXPECTED);
	rc = heads_newest(s->c, s->incarnation, &held, &sig, &s->e);
	if (rc)
		return sync_fail(s, rc);
	if (held.size != s->prove_size) { /* a page kept a newer head meanwhile: ask again */
		h->asked = false;
		return true;
	}
	s->prove_at++;
	if (h->head.size < held.size)
		return prefix_holds(&h->head, &held, p->nodes) || histories(s, &h->head, &h->sig);
	if (!prefix_holds(&held, &h->head, p->nodes))
		return histories(s, &h->head, &h->sig);
	rc = client_begin(s->c, &s->e);
	if (!rc) {
		rc = heads_keep(s->c, &h->head, &h->sig, &s->e);
		rc = client_leave(s->c, true, rc, &s->e);
	}
	return !rc || sync_fail(s, rc);
}
