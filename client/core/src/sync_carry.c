/* Bundles of others: brought piece by piece, from where the server has them; their answers fetched. */
#include "sync_internal.h"

#include "proto/file.h"

enum { PIECE_MAX = 128 << 10, PIECE_EXTRA = 256, STALLS_MAX = 3, LIST_BUDGET = 1 << 20 };

static const struct carried *present(const struct sync *s)
{
	return &s->carry.list[s->carry.at];
}

static void next(struct sync *s)
{
	struct carrying *k = &s->carry;

	k->at++;
	k->fetching = k->asked = k->out = false;
	k->have = 0;
	k->stalls = 0;
	buf_reset(&k->bundle);
	buf_reset(&k->answer);
}

static bool begin(struct sync *s)
{
	struct carrying *k = &s->carry;
	int rc;

	k->begun = true;
	buf_init(&k->bundle, WIRE_FILE_MAX);
	buf_init(&k->answer, WIRE_FILE_MAX);
	if (!s->ask.carry)
		return true;
	k->a = arena_new(LIST_BUDGET);
	rc = k->a ? carried_list(s->c, &k->list, &k->count, k->a, &s->e)
		  : err_set(&s->e, ERR_NOMEM, "no memory for what is carried");
	return !rc || sync_fail(s, rc);
}

void sync_carry_fini(struct sync *s)
{
	buf_fini(&s->carry.bundle);
	buf_fini(&s->carry.answer);
	arena_free(s->carry.a);
}

static bool send_piece(struct sync *s)
{
	struct carrying *k = &s->carry;
	struct wire_bundle_part m = { .id = present(s)->id, .offset = k->have };
	size_t room = s->link.credits.frame_max - PIECE_EXTRA;
	int rc = 0;

	if (!k->bundle.len)
		rc = carried_bundle(s->c, present(s), &k->bundle, &s->e);
	if (rc)
		return sync_fail(s, rc);
	m.total = (uint32_t)k->bundle.len;
	if (k->asked) { /* the first one only asks how far it has come */
		m.data = span_of(k->bundle.data + k->have, k->bundle.len - k->have);
		if (m.data.len > PIECE_MAX)
			m.data.len = PIECE_MAX;
		if (m.data.len > room)
			m.data.len = room;
	}
	k->out = sync_emit(s, FRAME_BUNDLE, &m);
	return k->out || s->r.end == SYNC_GOING;
}

static bool fetch(struct sync *s)
{
	struct wire_bundle_part m = { .id = present(s)->id,
				      .offset = (uint32_t)s->carry.answer.len };

	s->carry.out = sync_emit(s, FRAME_ANSWER_GET, &m);
	return s->carry.out || s->r.end == SYNC_GOING;
}

bool sync_carry(struct sync *s)
{
	struct carrying *k = &s->carry;

	if (k->done || k->out)
		return true;
	if (!k->begun && !begin(s))
		return false;
	while (k->at < k->count && present(s)->state != CARRIED_WAITING)
		k->at++;
	if (k->at == k->count) {
		k->done = true;
		return true;
	}
	return k->fetching ? fetch(s) : send_piece(s);
}

void sync_carry_failed(struct sync *s)
{
	if (!s->carry.out)
		return;
	s->r.carry_left++;
	next(s);
}

bool sync_on_bundle_ack(struct sync *s, const struct wire_bundle_ack *m)
{
	struct carrying *k = &s->carry;
	int rc;

	if (!k->out || k->fetching || !hash_eq(&m->id, &present(s)->id) || m->have > k->bundle.len)
		return sync_breach(s, WIRE_UNEXPECTED);
	k->out = false;
	if (m->code == WIRE_BUNDLE_INVALID) {
		rc = carried_refused(s->c, &m->id, s->now.wall_ms, &s->e);
		s->r.carry_refused++;
		next(s);
		return !rc || sync_fail(s, rc);
	}
	if (m->code || (k->asked && m->have <= k->have && ++k->stalls > STALLS_MAX)) {
		if (m->retry_after_ms > s->r.retry_after_ms)
			s->r.retry_after_ms = m->retry_after_ms;
		s->r.carry_left++;
		next(s);
		return true;
	}
	k->asked = true;
	k->have = m->have;
	k->fetching = m->have == k->bundle.len;
	return true;
}

static bool whole_answer(struct sync *s)
{
	struct file_head h;
	struct span content;
	struct err ignored = { 0 };
	const struct carried *k = present(s);
	int rc = file_read(&h, &content, NULL, buf_span(&s->carry.answer), &ignored);

	if (rc || h.kind != FILE_ANSWER || h.device != k->device || !hash_eq(&h.about, &k->id))
		return sync_breach(s, WIRE_MALFORMED);
	rc = carried_answered(s->c, &k->id, buf_span(&s->carry.answer), s->now.wall_ms, &s->e);
	if (rc)
		return sync_fail(s, rc);
	s->r.carry_answered++;
	next(s);
	return true;
}

bool sync_on_answer_part(struct sync *s, const struct wire_bundle_part *m)
{
	struct carrying *k = &s->carry;

	if (!k->out || !k->fetching || !hash_eq(&m->id, &present(s)->id) ||
	    m->offset != k->answer.len || !m->data.len || m->total > WIRE_FILE_MAX ||
	    m->data.len > m->total - k->answer.len)
		return sync_breach(s, WIRE_UNEXPECTED);
	k->out = false;
	buf_bytes(&k->answer, m->data);
	if (k->answer.failed)
		return sync_fail(s, err_set(&s->e, ERR_NOMEM, "no memory for an answer"));
	return k->answer.len < m->total || whole_answer(s);
}
