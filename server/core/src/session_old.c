/* Old and OldAck: entries of before a restore, and the marks by which they are known. */
#include "session_impl.h"

#include <stdlib.h>

static bool is_marked(const struct session *s, const struct wire_old *m, size_t i)
{
	uint8_t ours[WIRE_ID];

	if (!s->sv->mark_key || m->marks.len != m->entry_count * WIRE_ID)
		return false;
	server_mark(ours, s->sv->mark_key, m->entries[i]);
	return bytes_eq_secret(ours, m->marks.data + i * WIRE_ID, WIRE_ID);
}

struct old_places *session_places(const struct session *s, struct arena *a)
{
	struct old_places *copy = arena_alloc(a, sizeof(*copy));

	if (copy)
		*copy = *s->places;
	return copy;
}

static bool lend_places(struct session *s, struct job_old *old, struct arena *a)
{
	if (!s->places)
		s->places = calloc(1, sizeof(*s->places));
	if (!s->places)
		return false;
	old->before = session_places(s, a);
	old->places = session_places(s, a);
	return old->before && old->places;
}

struct job *session_old_job(struct session *s, struct span payload, struct moment now)
{
	struct job *j = session_job_new(s, JOB_OLD, now);
	struct span copy = j ? arena_copy(j->a, payload) : payload;
	struct wire_old m;

	if (!j || (payload.len && !copy.data) || wire_decode(&m, FRAME_OLD, copy, j->a, NULL)) {
		job_free(j);
		return NULL;
	}
	memcpy(j->old.incarnation, m.incarnation, WIRE_ID);
	j->old.entries = arena_array(j->a, m.entry_count, sizeof(*j->old.entries));
	if ((m.entry_count && !j->old.entries) || !lend_places(s, &j->old, j->a)) {
		job_free(j);
		return NULL;
	}
	j->old.count = m.entry_count;
	for (size_t i = 0; i < m.entry_count; i++)
		j->old.entries[i] = (struct job_old_entry){ .bytes = m.entries[i],
							    .marked = is_marked(s, &m, i) };
	return j;
}

struct wire_old_ack session_old_ack(const struct job *j, struct arena *a)
{
	uint8_t *results = arena_array(a, j->old.count, 1);
	struct wire_old_ack m = { .taken = 0 };

	for (size_t i = 0; i < j->old.count; i++) {
		enum wire_old_result r = j->old.entries[i].result;

		m.taken += r == WIRE_OLD_TAKEN;
		m.known += r == WIRE_OLD_KNOWN;
		m.refused += r == WIRE_OLD_REFUSED;
		if (results)
			results[i] = (uint8_t)r;
	}
	if (results)
		m.results = span_of(results, j->old.count);
	return m;
}
