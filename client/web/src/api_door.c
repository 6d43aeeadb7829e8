/* Who sits here. Several people share a computer, each with a device and a password of their own; whoever
 * goes away for ten minutes has to say it again, and finds everything as it was. */
#include "web_internal.h"

enum { GUESSES_FREE = 5, GUESS_WAIT_MS = 30 * 1000 };

static int64_t steady_ms(const struct web *w)
{
	return w->config.door ? clock_now_ms(&w->config.steady) : 0;
}

static bool has_password(const struct web *w, size_t i)
{
	const struct web_door *d = w->config.door;
	const char *name, *unit;
	bool password = false;

	d->who(d->ctx, i, &name, &unit, &password);
	return password;
}

bool seat_open(struct web *w)
{
	struct web_seat *s = &w->seat;

	if (!w->config.door)
		return true;
	if (s->taken && steady_ms(w) - s->active_ms >= WEB_IDLE_MS)
		s->locked = true;
	return s->taken && !s->locked;
}

void seat_used(struct web *w)
{
	w->seat.active_ms = steady_ms(w);
}

void seat_by_address(struct web *w)
{
	struct web_seat *s = &w->seat;

	if (!w->config.door || !w->config.door->count || has_password(w, s->who))
		return;
	if (s->taken) {
		s->locked = false;
		seat_used(w);
	}
}

int api_door(struct call *k)
{
	const struct web *w = k->w;
	const struct web_door *d = w->config.door;
	json_t *people = json_array();

	for (size_t i = 0; d && i < d->count; i++) {
		const char *name, *unit;
		bool password = false;

		d->who(d->ctx, i, &name, &unit, &password);
		json_array_append_new(people, json_pack("{s:s, s:s, s:b}", "name", name, "unit",
							unit, "password", password));
	}
	json_object_update_new(
		k->out,
		json_pack("{s:o, s:b, s:b, s:o, s:I}", "people", people, "newcomer",
			  w->config.newcomer && !w->config.client, "locked", !seat_open(k->w),
			  "who",
			  w->seat.taken ? json_integer((json_int_t)w->seat.who) : json_null(),
			  "idle_ms", (json_int_t)WEB_IDLE_MS));
	return 0;
}

/* Guessing is slow enough by itself, a tenth of a second each; after some it waits. */
static int check_guesses(struct call *k)
{
	const struct web_seat *s = &k->w->seat;

	if (s->wrong < GUESSES_FREE || steady_ms(k->w) - s->wrong_ms >= GUESS_WAIT_MS)
		return 0;
	return err_set(k->e, ERR_BUSY, "too many wrong passwords; wait half a minute");
}

int api_enter(struct call *k)
{
	struct web *w = k->w;
	const struct web_door *d = w->config.door;
	int64_t who = number_at(k->in, "who");
	struct client *c = w->config.client;
	int rc;

	if (!d || who < 0 || (uint64_t)who >= d->count)
		return err_set(k->e, ERR_NOTFOUND, "there is no such person at this computer");
	rc = check_guesses(k);
	if (rc)
		return rc;
	/* Without a password only the printed address lets in: it was opened a moment ago. */
	if (w->seat.taken && w->seat.locked && !has_password(w, (size_t)who))
		return err_set(k->e, ERR_DENIED,
			       "open the whole address that `ketnap ui` has printed, with what "
			       "follows t=");
	rc = d->enter(d->ctx, (size_t)who, text_at(k->in, "password"), &c, k->e);
	if (rc == -ERR_DENIED) {
		w->seat.wrong++;
		w->seat.wrong_ms = steady_ms(w);
	}
	if (rc && c == w->config.client)
		return rc;
	if (c != w->config.client || (size_t)who != w->seat.who)
		home_forget(w); /* another's may stand where the one before stood */
	w->config.client = c;
	w->told_count = 0;
	if (rc) { /* who sat here was let go, and nobody has come: as at the beginning */
		w->seat = (struct web_seat){ .taken = false };
		w->line.wanted = false;
		return rc;
	}
	w->seat = (struct web_seat){ .who = (size_t)who, .taken = true };
	seat_used(w);
	return api_door(k);
}

/* Lock, so that the same person goes on later. */
int api_leave(struct call *k)
{
	if (k->w->config.door)
		k->w->seat.locked = true;
	return api_door(k);
}

int api_password(struct call *k)
{
	const struct web_door *d = k->w->config.door;
	const char *new = text_at(k->in, "new");

	if (!d)
		return err_set(k->e, ERR_NOTFOUND, "there is no such person at this computer");
	if (strlen(new) < WEB_PASSWORD_MIN)
		return err_set(k->e, ERR_INVALID, "a password has at least %d characters",
			       WEB_PASSWORD_MIN);
	return d->change(d->ctx, text_at(k->in, "old"), new, k->e);
}
