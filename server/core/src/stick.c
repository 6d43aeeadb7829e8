/* Bundles in the making, and answers that are kept. */
#include "stick_impl.h"

#include <stdlib.h>

/* ---- answers ---- */

static int add_answer(void *to, const struct answer_row *row)
{
	struct sticks *st = to;

	if (st->answer_count == st->answer_room) {
		size_t room = st->answer_room ? 2 * st->answer_room : 64;
		struct answer_row *grown = realloc(st->answers, room * sizeof(*grown));

		if (!grown)
			return -ERR_NOMEM;
		st->answers = grown;
		st->answer_room = room;
	}
	st->answers[st->answer_count++] = *row;
	st->answer_bytes += row->bytes;
	return 0;
}

static struct answer_row *find_answer(const struct sticks *st, const struct hash *id)
{
	for (size_t i = 0; i < st->answer_count; i++)
		if (hash_eq(&st->answers[i].id, id))
			return &st->answers[i];
	return NULL;
}

static int drop_answer(struct sticks *st, struct answer_row *row, struct err *e)
{
	int rc = st->setup.answers.del(st->setup.answers.ctx, row, e);

	st->answer_bytes -= row->bytes;
	*row = st->answers[--st->answer_count];
	return rc;
}

/* The oldest of a device (0: of all). */
static struct answer_row *oldest(const struct sticks *st, uint64_t device, size_t *count)
{
	struct answer_row *old = NULL;

	*count = 0;
	for (size_t i = 0; i < st->answer_count; i++) {
		struct answer_row *at = &st->answers[i];

		if (device && at->device != device)
			continue;
		++*count;
		if (!old || at->made_ms < old->made_ms)
			old = at;
	}
	return old;
}

static int make_room(struct sticks *st, const struct answer_row *row, struct err *e)
{
	size_t count;
	struct answer_row *old = oldest(st, row->device, &count);
	int rc = 0;

	if (count >= STICK_ANSWERS_PER_DEVICE)
		rc = drop_answer(st, old, e);
	while (!rc && st->answer_count && st->answer_bytes + row->bytes > stick_answer_bytes)
		rc = drop_answer(st, oldest(st, 0, &count), e);
	return rc;
}

int stick_keep(struct sticks *st, const struct answer_row *row, struct span file, struct err *e)
{
	struct answer_row *before = find_answer(st, &row->id);
	int rc = before ? drop_answer(st, before, e) : 0;

	if (!rc)
		rc = make_room(st, row, e);
	if (!rc)
		rc = st->setup.answers.put(st->setup.answers.ctx, row, file, e);
	if (!rc && add_answer(st, row)) {
		(void)st->setup.answers.del(st->setup.answers.ctx, row, NULL);
		rc = err_set(e, ERR_NOMEM, "no memory for an answer");
	}
	return rc;
}

int sticks_forget(struct sticks *st, struct err *e)
{
	int rc = 0;

	while (st->answer_count && !rc)
		rc = drop_answer(st, &st->answers[st->answer_count - 1], e);
	return rc;
}

int sticks_tidy(struct sticks *st, int64_t wall_ms, struct err *e)
{
	const int64_t keep_ms = STICK_ANSWER_DAYS * INT64_C(86400000);
	int rc = 0;

	for (size_t i = st->answer_count; i-- && !rc;)
		if (wall_ms - st->answers[i].made_ms > keep_ms)
			rc = drop_answer(st, &st->answers[i], e);
	return rc;
}

/* ---- beginning and end ---- */

int sticks_new(struct sticks **out, const struct sticks_setup *setup, struct err *e)
{
	struct sticks *st = calloc(1, sizeof(*st));
	int rc;

	*out = st;
	if (!st)
		return err_set(e, ERR_NOMEM, "no memory for what comes by stick");
	st->setup = *setup;
	rc = setup->answers.list(setup->answers.ctx, add_answer, st, e);
	if (rc) {
		sticks_free(st);
		*out = NULL;
	}
	return rc;
}

void sticks_free(struct sticks *st)
{
	if (!st)
		return;
	while (st->uploads)
		stick_upload_drop(st, st->uploads);
	free(st->answers);
	free(st);
}

/* ---- uploads ---- */

struct upload *stick_upload(struct sticks *st, uint64_t carrier, const struct hash *id)
{
	for (struct upload *up = st->uploads; up; up = up->next)
		if (up->carrier == carrier && hash_eq(&up->id, id))
			return up;
	return NULL;
}

void stick_upload_drop(struct sticks *st, struct upload *up)
{
	struct upload **at = &st->uploads;

	if (!up)
		return;
	while (*at != up)
		at = &(*at)->next;
	*at = up->next;
	st->upload_bytes -= up->total;
	buf_fini(&up->bytes);
	free(up);
}

static void touch(struct sticks *st, struct upload *up, uint64_t mono_ms)
{
	struct upload **at = &st->uploads;

	while (*at != up)
		at = &(*at)->next;
	*at = up->next;
	up->next = st->uploads;
	st->uploads = up;
	up->touched_ms = mono_ms;
}

/* A carrier's third bundle costs it the oldest; of others only what nobody goes on with gives way. */
static bool upload_room(struct sticks *st, uint64_t carrier, uint32_t total, uint64_t mono_ms)
{
	struct upload *last_own = NULL, *last = NULL;
	size_t own = 0;

	for (struct upload *up = st->uploads; up; up = up->next)
		if (up->carrier == carrier) {
			own++;
			last_own = up;
		}
	if (own >= STICK_UPLOADS_PER_CARRIER)
		stick_upload_drop(st, last_own);
	while (st->uploads && st->upload_bytes + total > STICK_UPLOAD_BYTES) {
		for (last = st->uploads; last->next;)
			last = last->next;
		if (mono_ms - last->touched_ms < STICK_UPLOAD_IDLE_MS)
			return false;
		stick_upload_drop(st, last);
	}
	return true;
}

static struct upload *upload_new(struct sticks *st, const struct job *j)
{
	const struct wire_bundle_part *p = &j->stick.part;
	struct upload *up;

	if (!upload_room(st, j->device, p->total, j->at.mono_ms))
		return NULL;
	up = calloc(1, sizeof(*up));
	if (!up)
		return NULL;
	up->carrier = j->device;
	up->id = p->id;
	up->total = p->total;
	buf_init(&up->bytes, p->total);
	up->next = st->uploads;
	st->uploads = up;
	st->upload_bytes += up->total;
	return up;
}

/* ---- a piece ---- */

int stick_carries(struct ledger *l, uint64_t carrier, uint64_t device, struct err *e)
{
	struct device_row by, of;
	int rc = ledger_device(l, carrier, &by, e);

	if (!rc)
		rc = ledger_device(l, device, &of, e);
	if (rc)
		return rc == -ERR_NOTFOUND ? 0 : rc;
	return tree_inside_later(ledger_tree(l), of.unit, by.unit,
				 day_of_instant(ledger_info(l).time_ms));
}

/* What stands before the sealed part says whose it is: a bundle that this carrier may not bring is not
 * even kept until it is whole. */
static enum wire_code check_first(struct work *w, const struct job *j)
{
	struct ledger *l = w->setup->ledger;
	struct ledger_info info = ledger_info(l);
	struct rd r = rd_of(j->stick.part.data);
	struct span label = rd_bytes(&r, 16), store = rd_bytes(&r, WIRE_ID);
	uint64_t device = rd_u64(&r);
	int rc;

	if (j->stick.part.data.len < STICK_HEAD || j->stick.part.total < STICK_HEAD + HASH_BYTES ||
	    !span_eq(label, span_of("ketnap-bundle-1", 16)) ||
	    !span_eq(store, span_of(info.store, sizeof(info.store))))
		return WIRE_BUNDLE_INVALID;
	rc = stick_carries(l, j->device, device, NULL);
	return rc == 1 ? WIRE_OK : rc ? WIRE_INTERNAL : WIRE_BUNDLE_INVALID;
}

static enum wire_code check_carrier(struct work *w, const struct job *j)
{
	struct device_row row;
	enum wire_code code;
	int rc = hello_device(&code, &row, w->setup->ledger, j->device, NULL);

	return rc ? WIRE_INTERNAL : code;
}

/* WIRE_OK with *whole when all of it is here. */
static enum wire_code take_piece(struct work *w, struct job *j, bool *whole)
{
	struct sticks *st = w->setup->sticks;
	const struct wire_bundle_part *p = &j->stick.part;
	struct upload *up = stick_upload(st, j->device, &p->id);
	enum wire_code code;

	*whole = false;
	j->stick.have = up ? (uint32_t)up->bytes.len : 0;
	if (up && up->total != p->total) {
		stick_upload_drop(st, up);
		return WIRE_BUNDLE_INVALID;
	}
	if (p->data.len && p->offset == j->stick.have) {
		code = up ? WIRE_OK : check_first(w, j);
		if (code)
			return code;
		if (!up)
			up = upload_new(st, j);
		if (!up)
			return WIRE_BUSY;
		if (p->data.len > up->total - up->bytes.len) {
			stick_upload_drop(st, up);
			return WIRE_BUNDLE_INVALID;
		}
		buf_bytes(&up->bytes, p->data);
		if (up->bytes.failed) {
			stick_upload_drop(st, up);
			j->stick.have = 0;
			return WIRE_BUSY;
		}
		j->stick.have = (uint32_t)up->bytes.len;
	}
	if (up)
		touch(st, up, j->at.mono_ms);
	*whole = up && up->bytes.len == up->total;
	return WIRE_OK;
}

static enum wire_code give_part(struct work *w, struct job *j)
{
	struct sticks *st = w->setup->sticks;
	const struct answer_row *row = find_answer(st, &j->stick.part.id);
	struct buf part;
	int rc;

	if (!row)
		return WIRE_NOT_FOUND;
	rc = stick_carries(w->setup->ledger, j->device, row->device, NULL);
	if (rc != 1)
		return rc ? WIRE_INTERNAL : WIRE_NOT_FOUND;
	if (j->stick.part.offset > row->bytes)
		return WIRE_NOT_FOUND;
	j->stick.total = row->bytes;
	buf_init(&part, STICK_PART_MAX);
	rc = st->setup.answers.get(st->setup.answers.ctx, row, j->stick.part.offset, STICK_PART_MAX,
				   &part, NULL);
	j->stick.answer = rc ? (struct span){ NULL, 0 } : arena_copy(j->a, buf_span(&part));
	if (!rc && part.len && !j->stick.answer.data)
		rc = -ERR_NOMEM;
	buf_fini(&part);
	return rc ? WIRE_INTERNAL : WIRE_OK;
}

/* Its answer is here, so it has been taken: all of it counts as had. */
static bool is_answered(struct work *w, struct job *j)
{
	const struct answer_row *row = find_answer(w->setup->sticks, &j->stick.part.id);

	if (!row || stick_carries(w->setup->ledger, j->device, row->device, NULL) != 1)
		return false;
	j->stick.have = j->stick.part.total;
	return true;
}

bool stick_at_once(struct work *w, struct job *j)
{
	bool whole = false;

	if (j->kind != JOB_PIECE && j->kind != JOB_PART && j->kind != JOB_BUNDLE)
		return false;
	j->code = w->setup->sticks ? WIRE_OK : WIRE_BUSY;
	if (!j->code && j->kind == JOB_BUNDLE)
		return false;
	if (!j->code)
		j->code = check_carrier(w, j);
	if (j->code)
		return true;
	if (j->kind == JOB_PART)
		j->code = give_part(w, j);
	else if (!is_answered(w, j))
		j->code = take_piece(w, j, &whole);
	return j->code || !whole;
}
