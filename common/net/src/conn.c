#include "conn_state.h"

#include <assert.h>
#include <errno.h>
#include <event2/buffer.h>
#include <stdlib.h>
#include <sys/socket.h>

enum {
	PIECE_MAX = 16384, /* of output: a TLS record, and the step in which it is freed */
	STALL_BYTES = 4096,
	IN_STEP = 4096,
};

static size_t out_len(const struct conn *c)
{
	return c->bev ? evbuffer_get_length(bufferevent_get_output(c->bev)) : 0;
}

static uint64_t sent(const struct conn *c)
{
	return c->written - out_len(c);
}

/* --- deadlines ----------------------------------------------------------------------------------- */

/* All the connection's deadlines share one timer. The library's own timeouts are not used: they begin
 * anew with every byte. */
void conn_arm(struct conn *c)
{
	int64_t at_ms = c->phase_at_ms;

	if (c->state == CONN_CONNECTING && c->attempt_at_ms < at_ms)
		at_ms = c->attempt_at_ms;
	if (c->state == CONN_OPEN && c->owner_at_ms < at_ms)
		at_ms = c->owner_at_ms;
	if (c->state == CONN_OPEN && c->stall_at_ms < at_ms)
		at_ms = c->stall_at_ms;
	if (c->state == CONN_ENDED || at_ms == CONN_NEVER)
		loop_timer_clear(&c->timer);
	else
		loop_timer_set(&c->timer, at_ms);
}

static void watch_stall(struct conn *c)
{
	size_t waiting = out_len(c);

	if (!waiting) {
		c->stall_at_ms = CONN_NEVER;
		return;
	}
	c->stall_at_ms = loop_now_ms(c->loop) + c->lim.stall_ms;
	c->stall_goal = sent(c) + (waiting < STALL_BYTES ? waiting : STALL_BYTES);
}

static void open_timer(struct conn *c)
{
	int64_t now_ms = loop_now_ms(c->loop);

	if (now_ms >= c->stall_at_ms) {
		if (sent(c) < c->stall_goal) {
			conn_end(c, CONN_LATE);
			return;
		}
		watch_stall(c);
	}
	if (now_ms >= c->owner_at_ms) {
		c->owner_at_ms = CONN_NEVER;
		if (c->ops->on_deadline)
			c->ops->on_deadline(c, c->arg);
		else
			conn_end(c, CONN_LATE);
	}
	conn_arm(c);
}

static void on_timer(void *arg)
{
	struct conn *c = arg;

	switch (c->state) {
	case CONN_CONNECTING:
		if (loop_now_ms(c->loop) < c->phase_at_ms)
			conn_next_address(c);
		else
			conn_end(c, CONN_LATE);
		break;
	case CONN_SHAKING:
		conn_end(c, CONN_LATE);
		break;
	case CONN_OPEN:
		open_timer(c);
		break;
	case CONN_FLUSHING:
	case CONN_LINGERING:
		conn_end(c, c->why);
		break;
	case CONN_ENDED:
		break;
	}
}

void conn_deadline(struct conn *c, int64_t at_ms)
{
	c->owner_at_ms = at_ms;
	conn_arm(c);
}

/* --- input --------------------------------------------------------------------------------------- */

static bool held_back(const struct conn *c)
{
	return c->owner_paused || c->crowded;
}

/* While closing we read on and throw away: a peer that is stuck in a write would never read. */
static void set_reading(struct conn *c)
{
	bool closing = c->state == CONN_FLUSHING || c->state == CONN_LINGERING;

	if (c->state == CONN_ENDED || !c->bev || c->broken)
		return;
	if (!closing && held_back(c))
		bufferevent_disable(c->bev, EV_READ);
	else if (bufferevent_enable(c->bev, EV_READ)) /* it would be deaf */
		conn_end(c, CONN_NOMEM);
}

/* Room for `len` more bytes behind what is there. */
static bool in_reserve(struct conn *c, size_t len)
{
	size_t have = c->in_len - c->in_off, cap = c->in_cap ? c->in_cap : IN_STEP;
	uint8_t *grown;

	if (c->in_off && c->in_cap - c->in_len < len) {
		memmove(c->in, c->in + c->in_off, have);
		c->in_off = 0;
		c->in_len = have;
	}
	if (c->in_cap - c->in_len >= len)
		return true;
	while (cap - have < len)
		cap *= 2;
	grown = realloc(c->in, cap);
	if (!grown)
		return false;
	c->in = grown;
	c->in_cap = cap;
	return true;
}

/* Always all of it: what is left in the library would wait there unnoticed. One call brings at most
 * one TLS record, so this grows no further than in_max and a record. */
void conn_take_input(struct conn *c)
{
	struct evbuffer *input = bufferevent_get_input(c->bev);
	size_t len = evbuffer_get_length(input);

	if (c->state != CONN_OPEN) {
		evbuffer_drain(input, len);
		return;
	}
	if (!len)
		return;
	if (!in_reserve(c, len)) {
		conn_end(c, CONN_NOMEM);
		return;
	}
	evbuffer_remove(input, c->in + c->in_len, len);
	c->in_len += len;
}

static void in_release(struct conn *c)
{
	if (c->in_off < c->in_len)
		return;
	free(c->in); /* idle connections are many */
	c->in = NULL;
	c->in_off = c->in_len = c->in_cap = 0;
}

void conn_deliver(struct conn *c)
{
	size_t len = 0, used = 1;

	if (c->delivering)
		return;
	c->delivering = true;
	while (used && c->state == CONN_OPEN && !held_back(c) && c->in_off < c->in_len) {
		len = c->in_len - c->in_off;
		used = c->ops->on_bytes(c, span_of(c->in + c->in_off, len), c->arg);
		assert(used <= len);
		c->in_off += used;
		c->taken += used;
	}
	c->delivering = false;
	in_release(c);
	if (!used && c->state == CONN_OPEN && !held_back(c) && len >= c->lim.in_max)
		conn_end(c, CONN_FLOOD);
}

static void on_read(struct bufferevent *bev, void *arg)
{
	struct conn *c = arg;

	(void)bev;
	/* The library reads a record to its end unless there is no memory for the rest, and then waits for
	 * more to come. */
	if (c->state == CONN_OPEN && c->ssl && SSL_pending(c->ssl)) {
		conn_end(c, CONN_NOMEM);
		return;
	}
	conn_take_input(c);
	conn_deliver(c);
}

void conn_pause(struct conn *c)
{
	c->owner_paused = true;
	set_reading(c);
}

/* Not from here: the caller may be anywhere in the owner's code. */
void conn_resume(struct conn *c)
{
	c->owner_paused = false;
	set_reading(c);
	if (c->state == CONN_OPEN && c->in_off < c->in_len) {
		c->deliver_again = true;
		loop_at_turn_end(c->loop, &c->turn);
	}
}

/* --- output -------------------------------------------------------------------------------------- */

int conn_write(struct conn *c, struct span bytes, struct err *e)
{
	struct evbuffer *output;
	size_t waiting = out_len(c);

	if (c->state != CONN_OPEN)
		return err_set(e, ERR_STATE, "the connection is not up");
	if (waiting > c->lim.out_max || bytes.len > c->lim.out_max - waiting)
		return err_set(e, ERR_FULL, "the other side does not read what it asked for");
	/* In pieces: the library frees and counts a piece only when it is sent as a whole. */
	output = bufferevent_get_output(c->bev);
	for (size_t at = 0; at < bytes.len; at += PIECE_MAX) {
		size_t left = bytes.len - at;

		if (evbuffer_add(output, bytes.data + at, left < PIECE_MAX ? left : PIECE_MAX)) {
			conn_end(c, CONN_NOMEM); /* a part of a frame is no use to anybody */
			return err_set(e, ERR_NOMEM, "out of memory");
		}
	}
	c->written += bytes.len;
	if (!c->crowded && waiting + bytes.len > c->lim.out_high) {
		c->crowded = true;
		set_reading(c);
	}
	if (c->stall_at_ms == CONN_NEVER) {
		watch_stall(c);
		conn_arm(c);
	}
	return 0;
}

size_t conn_waiting(const struct conn *c)
{
	return out_len(c);
}

bool conn_is_crowded(const struct conn *c)
{
	return c->crowded;
}

/* All is sent. Say so to the peer, but read on until it has ended: closing with its bytes unread
 * would reset the connection and destroy what is still under way to it. */
static void linger(struct conn *c)
{
	c->state = CONN_LINGERING;
	if (c->ssl) {
		ERR_clear_error();
		SSL_shutdown(c->ssl);
		ERR_clear_error();
	}
	shutdown(conn_fd(c), SHUT_WR);
}

/* Called whenever the output is at out_low or below, later again for each piece. */
static void on_write(struct bufferevent *bev, void *arg)
{
	struct conn *c = arg;
	bool was_crowded = c->crowded;

	(void)bev;
	if (c->state == CONN_FLUSHING && !out_len(c))
		linger(c);
	if (c->state != CONN_OPEN)
		return;
	if (!out_len(c)) {
		c->stall_at_ms = CONN_NEVER;
		conn_arm(c);
	}
	if (!was_crowded || out_len(c) > c->lim.out_low)
		return;
	c->crowded = false;
	set_reading(c);
	if (c->ops->on_drain)
		c->ops->on_drain(c, c->arg);
	conn_deliver(c);
}

void conn_close(struct conn *c)
{
	if (c->state == CONN_CONNECTING || c->state == CONN_SHAKING || c->broken) {
		conn_end(c, CONN_CLOSED);
		return;
	}
	if (c->state != CONN_OPEN)
		return;
	c->state = CONN_FLUSHING;
	c->why = CONN_CLOSED;
	c->phase_at_ms = loop_now_ms(c->loop) + c->lim.close_ms;
	set_reading(c);
	conn_arm(c);
	if (!out_len(c))
		linger(c);
}

void conn_abort(struct conn *c)
{
	conn_end(c, CONN_CLOSED);
}

/* --- events -------------------------------------------------------------------------------------- */

/* EOF and error are one and the same. Bytes that came just before are handed over by the library
 * only after this returns, so the end is told at the end of the turn. */
static void on_event(struct bufferevent *bev, short what, void *arg)
{
	struct conn *c = arg;

	(void)bev;
	if (what & BEV_EVENT_CONNECTED)
		conn_come_up(c);
	else
		conn_end_by_event(c);
}

void conn_set_callbacks(struct conn *c)
{
	bufferevent_setcb(c->bev, on_read, on_write, on_event, c);
	bufferevent_setwatermark(c->bev, EV_WRITE, c->lim.out_low, 0);
	if (bufferevent_enable(c->bev, EV_READ | EV_WRITE)) /* it would be deaf */
		conn_end(c, CONN_NOMEM);
}

static void on_turn_end(struct loop_task *t)
{
	struct conn *c = (struct conn *)(void *)((char *)t - offsetof(struct conn, turn));

	if (c->tell_up) {
		c->tell_up = false;
		conn_tell_up_plain(c);
	}
	if (c->broken && c->state == CONN_OPEN) {
		conn_take_input(c);
		conn_deliver(c);
		conn_end(c, c->why);
	} else if (c->deliver_again) {
		c->deliver_again = false;
		conn_deliver(c);
	}
	/* It may have ended just now, and then stands in the queue again. */
	if (c->state == CONN_ENDED && !t->queued)
		conn_finish(c);
}

static const struct conn_limits limits_default = {
	.in_max = (256 << 10) + 64,
	.out_high = 256 << 10,
	.out_low = 64 << 10,
	.out_max = 1 << 20,
	.handshake_ms = 10000,
	.attempt_ms = 5000,
	.close_ms = 10000,
	.stall_ms = 60000,
};

#define OR_DEFAULT(field)                                    \
	do {                                                 \
		if (!c->lim.field)                           \
			c->lim.field = limits_default.field; \
	} while (0)

int conn_init(struct conn *c, const struct conn_config *config, struct err *e)
{
	c->loop = config->loop;
	c->tls = config->tls;
	c->ops = config->ops;
	c->arg = config->arg;
	c->lim = config->limits;
	OR_DEFAULT(in_max);
	OR_DEFAULT(out_high);
	OR_DEFAULT(out_low);
	OR_DEFAULT(out_max);
	OR_DEFAULT(handshake_ms);
	OR_DEFAULT(attempt_ms);
	OR_DEFAULT(close_ms);
	OR_DEFAULT(stall_ms);
	assert(c->lim.out_low <= c->lim.out_high && c->lim.out_high <= c->lim.out_max);
	c->fd = -1;
	c->turn.run = on_turn_end;
	c->owner_at_ms = c->stall_at_ms = c->attempt_at_ms = CONN_NEVER;
	c->phase_at_ms = loop_now_ms(c->loop) + c->lim.handshake_ms;
	return timer_init(&c->timer, c->loop, loop_clock(c->loop), on_timer, c, e);
}
