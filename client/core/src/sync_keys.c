/* Wraps of the register: put what waits, fetch what is lacking. Nothing is said where a unit keeps no register, so
 * that its contacts cost no round more. */
#include "sync_internal.h"

enum said { SAID_NOTHING, SAID_IT, SAID_LATER, SAID_FAILED };

static enum said say(struct sync *s, enum frame_type type, const void *m)
{
	s->keys.out = sync_emit(s, type, m);
	if (s->keys.out)
		return SAID_IT;
	return s->r.end == SYNC_GOING ? SAID_LATER : SAID_FAILED;
}

static enum said put_some(struct sync *s)
{
	struct keying *k = &s->keys;
	struct wire_key_put m = { .rows = k->rows };
	enum said said;
	int rc;

	arena_reset(s->a);
	rc = keyring_next(s->ask.keys, k->rows, WIRE_KEYS_MAX, k->left, &k->count, s->a, &s->e);
	if (rc) {
		sync_fail(s, rc);
		return SAID_FAILED;
	}
	if (!k->count)
		return SAID_NOTHING;
	m.count = k->count;
	said = say(s, FRAME_KEY_PUT, &m);
	/* what is compared with the answer names rows; their bytes are gone by then */
	for (size_t i = 0; i < k->count; i++)
		k->rows[i].wrap = (struct span){ NULL, 0 };
	return said;
}

static enum said get_some(struct sync *s)
{
	struct wire_key_get m = { keyring_after(s->ask.keys), 0 };
	bool lacks = false;
	int rc = s->keys.asked ? 0 : keyring_lacks(s->ask.keys, s->c, &lacks, &s->e);

	if (rc) {
		sync_fail(s, rc);
		return SAID_FAILED;
	}
	return lacks ? say(s, FRAME_KEY_GET, &m) : SAID_NOTHING;
}

/* Keys of units below that two persons agreed to recover. */
static enum said recover_some(struct sync *s)
{
	struct keying *k = &s->keys;
	struct wire_key_get m = { k->recover_after, 0 };
	enum said said;
	int rc = keyring_recoverable(s->ask.keys, s->c, k->recovered, &m.unit, &s->e);

	if (rc) {
		sync_fail(s, rc);
		return SAID_FAILED;
	}
	said = m.unit ? say(s, FRAME_KEY_GET, &m) : SAID_NOTHING;
	k->recovering = said == SAID_IT ? m.unit : 0;
	return said;
}

bool sync_keys(struct sync *s)
{
	struct keying *k = &s->keys;
	enum said said;
	int rc = 0;

	if (k->done || k->out)
		return true;
	if (!s->ask.keys || s->c->st.halt != HALT_NONE) {
		k->done = true;
		return true;
	}
	if (!k->begun && !k->renewed) {
		rc = s->pulled_all ? keyring_left(s->ask.keys, s->c, &s->e) : 0;
		if (!rc)
			rc = keyring_renew(s->ask.keys, s->c, s->now.wall_ms, &k->made, &s->e);
		k->renewed = true;
	}
	if (!rc && k->made)
		return true; /* its op goes first, and comes back with a Pull */
	if (!rc && !k->begun)
		rc = keyring_due(s->ask.keys, s->c, &s->e);
	if (rc)
		return sync_fail(s, rc);
	k->begun = true;
	said = put_some(s);
	if (said == SAID_NOTHING)
		said = get_some(s);
	if (said == SAID_NOTHING)
		said = recover_some(s);
	k->done = said == SAID_NOTHING;
	return said != SAID_FAILED;
}

bool sync_on_key_ack(struct sync *s, const struct wire_key_ack *m)
{
	struct keying *k = &s->keys;
	int rc;

	if (!k->out || m->results.len != k->count)
		return sync_breach(s, WIRE_MALFORMED);
	k->out = false;
	rc = keyring_acked(s->ask.keys, k->rows, k->count, m->results, &s->e);
	if (rc)
		return sync_fail(s, rc);
	for (size_t i = 0; i < k->count; i++) {
		bool taken = m->results.data[i] == WIRE_KEY_TAKEN;

		k->left += !taken;
		s->r.keys_sent += taken;
		s->r.keys_refused += !taken;
	}
	return true;
}

static bool on_recovery(struct sync *s, const struct wire_key_page *m)
{
	struct keying *k = &s->keys;
	uint32_t unit = k->recovering;
	size_t handed;
	int rc;

	if (m->more && m->next <= k->recover_after)
		return sync_breach(s, WIRE_MALFORMED);
	k->out = false;
	k->recovering = 0;
	k->recover_after = m->more ? m->next : 0;
	if (!m->more)
		k->recovered = unit;
	rc = keyring_recover(s->ask.keys, s->c, unit, m, &handed, &s->e);
	if (rc)
		return sync_fail(s, rc);
	s->r.keys_recovered += handed;
	return true;
}

bool sync_on_key_page(struct sync *s, const struct wire_key_page *m)
{
	struct keying *k = &s->keys;
	size_t taken;
	int rc;

	if (k->out && k->recovering)
		return on_recovery(s, m);
	if (!k->out || (m->more && m->next <= keyring_after(s->ask.keys)))
		return sync_breach(s, WIRE_MALFORMED);
	k->out = false;
	k->asked = !m->more;
	rc = keyring_take(s->ask.keys, s->c, m, &taken, &s->e);
	s->r.keys_got += taken;
	if (rc)
		return sync_fail(s, rc);
	if (!m->more) /* a unit key that has just come may be for handing on */
		k->begun = false;
	return true;
}
