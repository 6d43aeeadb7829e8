#include "proto/link.h"

#include <assert.h>

enum link_event {
	EV_NONE,
	EV_HELLO,
	EV_OPENED,
	EV_LIMITED,
	EV_REFUSED, /* HelloAck by its code */
	EV_SUBMIT,
	EV_ACK,
	EV_PULL,
	EV_REQUEST,
	EV_RENEW,
	EV_ANSWER,
	EV_RENEWED,      /* of the oldest request */
	EV_NOT_ANSWERED, /* Busy or Error instead of it */
	EV_ENROL,
	EV_ENROLLED,
	EV_TURNED_AWAY, /* Busy for the connection */
	EV_FATAL,
	EV_CLIENT_CLOSE,
	EV_SERVER_CLOSE,
	LINK_EVENTS
};

struct type_row {
	enum link_side from;
	enum link_event event; /* EV_NONE: depends on what it says */
	uint8_t answers;       /* the request that it answers */
};

static const struct type_row types[FRAME_TYPES] = {
	[FRAME_HELLO] = { LINK_CLIENT, EV_HELLO, 0 },
	[FRAME_HELLO_ACK] = { LINK_SERVER, EV_NONE, 0 },
	[FRAME_SUBMIT] = { LINK_CLIENT, EV_SUBMIT, 0 },
	[FRAME_ACK] = { LINK_SERVER, EV_ACK, 0 },
	[FRAME_PULL] = { LINK_CLIENT, EV_PULL, 0 },
	[FRAME_PAGE] = { LINK_SERVER, EV_ANSWER, FRAME_PULL },
	[FRAME_RECEIPT_GET] = { LINK_CLIENT, EV_REQUEST, 0 },
	[FRAME_RECEIPT] = { LINK_SERVER, EV_ANSWER, FRAME_RECEIPT_GET },
	[FRAME_PROVE] = { LINK_CLIENT, EV_REQUEST, 0 },
	[FRAME_PROOF] = { LINK_SERVER, EV_ANSWER, FRAME_PROVE },
	[FRAME_QUERY] = { LINK_CLIENT, EV_REQUEST, 0 },
	[FRAME_ANSWER] = { LINK_SERVER, EV_ANSWER, FRAME_QUERY },
	[FRAME_RENEW] = { LINK_CLIENT, EV_RENEW, 0 },
	[FRAME_RENEW_ACK] = { LINK_SERVER, EV_RENEWED, FRAME_RENEW },
	[FRAME_OLD] = { LINK_CLIENT, EV_REQUEST, 0 },
	[FRAME_OLD_ACK] = { LINK_SERVER, EV_ANSWER, FRAME_OLD },
	[FRAME_BUNDLE] = { LINK_CLIENT, EV_REQUEST, 0 },
	[FRAME_BUNDLE_ACK] = { LINK_SERVER, EV_ANSWER, FRAME_BUNDLE },
	[FRAME_ANSWER_GET] = { LINK_CLIENT, EV_REQUEST, 0 },
	[FRAME_ANSWER_PART] = { LINK_SERVER, EV_ANSWER, FRAME_ANSWER_GET },
	[FRAME_KEY_PUT] = { LINK_CLIENT, EV_REQUEST, 0 },
	[FRAME_KEY_ACK] = { LINK_SERVER, EV_ANSWER, FRAME_KEY_PUT },
	[FRAME_KEY_GET] = { LINK_CLIENT, EV_REQUEST, 0 },
	[FRAME_KEY_PAGE] = { LINK_SERVER, EV_ANSWER, FRAME_KEY_GET },
	[FRAME_ENROL] = { LINK_CLIENT, EV_ENROL, 0 },
	[FRAME_ENROL_ACK] = { LINK_SERVER, EV_ENROLLED, 0 },
	[FRAME_BUSY] = { LINK_SERVER, EV_NONE, 0 },
	[FRAME_ERROR] = { LINK_SERVER, EV_NONE, 0 },
	[FRAME_CLOSE] = { LINK_SERVER, EV_NONE, 0 }, /* both sides, see from_of() */
};

enum link_do { BREACH, PASS };

struct link_step {
	enum link_do action;
	enum link_state next;
};

/* Anything not listed is { BREACH, LINK_DONE }. */
static const struct link_step link_table[LINK_STATES][LINK_EVENTS] = {
	[LINK_START] = {
		[EV_HELLO] = { PASS, LINK_JUDGING },
		[EV_ENROL] = { PASS, LINK_ENROLLING },
		[EV_TURNED_AWAY] = { PASS, LINK_ENDING },
		[EV_FATAL] = { PASS, LINK_ENDING },
		[EV_SERVER_CLOSE] = { PASS, LINK_ENDING },
		[EV_CLIENT_CLOSE] = { PASS, LINK_ENDING },
	},
	[LINK_JUDGING] = {
		[EV_OPENED] = { PASS, LINK_OPEN },
		[EV_LIMITED] = { PASS, LINK_LIMITED },
		[EV_REFUSED] = { PASS, LINK_REFUSED },
		[EV_SUBMIT] = { PASS, LINK_JUDGING },
		[EV_PULL] = { PASS, LINK_JUDGING },
		[EV_TURNED_AWAY] = { PASS, LINK_ENDING },
		[EV_FATAL] = { PASS, LINK_ENDING },
		[EV_SERVER_CLOSE] = { PASS, LINK_ENDING },
	},
	[LINK_OPEN] = {
		[EV_SUBMIT] = { PASS, LINK_OPEN },
		[EV_ACK] = { PASS, LINK_OPEN },
		[EV_PULL] = { PASS, LINK_OPEN },
		[EV_REQUEST] = { PASS, LINK_OPEN },
		[EV_RENEW] = { PASS, LINK_OPEN },
		[EV_ANSWER] = { PASS, LINK_OPEN },
		[EV_RENEWED] = { PASS, LINK_OPEN },
		[EV_NOT_ANSWERED] = { PASS, LINK_OPEN },
		[EV_TURNED_AWAY] = { PASS, LINK_ENDING },
		[EV_FATAL] = { PASS, LINK_ENDING },
		[EV_SERVER_CLOSE] = { PASS, LINK_ENDING },
		[EV_CLIENT_CLOSE] = { PASS, LINK_ENDING },
	},
	[LINK_LIMITED] = {
		[EV_SUBMIT] = { PASS, LINK_LIMITED },
		[EV_ACK] = { PASS, LINK_LIMITED },
		[EV_PULL] = { PASS, LINK_LIMITED },
		[EV_RENEW] = { PASS, LINK_LIMITED },
		[EV_RENEWED] = { PASS, LINK_LIMITED },
		[EV_NOT_ANSWERED] = { PASS, LINK_LIMITED },
		[EV_TURNED_AWAY] = { PASS, LINK_ENDING },
		[EV_FATAL] = { PASS, LINK_ENDING },
		[EV_SERVER_CLOSE] = { PASS, LINK_ENDING },
		[EV_CLIENT_CLOSE] = { PASS, LINK_ENDING },
	},
	[LINK_REFUSED] = {
		[EV_SUBMIT] = { PASS, LINK_REFUSED },
		[EV_ACK] = { PASS, LINK_REFUSED },
		[EV_PULL] = { PASS, LINK_REFUSED },
		[EV_NOT_ANSWERED] = { PASS, LINK_REFUSED },
		[EV_FATAL] = { PASS, LINK_ENDING },
		[EV_SERVER_CLOSE] = { PASS, LINK_ENDING },
		[EV_CLIENT_CLOSE] = { PASS, LINK_ENDING },
	},
	[LINK_ENROLLING] = {
		[EV_ENROLLED] = { PASS, LINK_ENDING },
		[EV_TURNED_AWAY] = { PASS, LINK_ENDING },
		[EV_FATAL] = { PASS, LINK_ENDING },
		[EV_SERVER_CLOSE] = { PASS, LINK_ENDING },
	},
	[LINK_ENDING] = {
		[EV_ACK] = { PASS, LINK_ENDING },
		[EV_ANSWER] = { PASS, LINK_ENDING },
		[EV_RENEWED] = { PASS, LINK_ENDING },
		[EV_NOT_ANSWERED] = { PASS, LINK_ENDING },
		[EV_FATAL] = { PASS, LINK_ENDING },
		[EV_SERVER_CLOSE] = { PASS, LINK_ENDING },
		[EV_CLIENT_CLOSE] = { PASS, LINK_ENDING },
	},
};

static enum link_side other(enum link_side side)
{
	return side == LINK_SERVER ? LINK_CLIENT : LINK_SERVER;
}

static enum link_event event_of(unsigned type, enum link_side from, const struct link_load *load)
{
	switch (type) {
	case FRAME_HELLO_ACK:
		if (load->code == WIRE_OK || load->code == WIRE_NEW_EPOCH)
			return EV_OPENED;
		return load->code == WIRE_RENEW_FIRST ? EV_LIMITED : EV_REFUSED;
	case FRAME_BUSY:
		return load->of ? EV_NOT_ANSWERED : EV_TURNED_AWAY;
	case FRAME_ERROR:
		return load->fatal || !load->of ? EV_FATAL : EV_NOT_ANSWERED;
	case FRAME_CLOSE:
		return from == LINK_SERVER ? EV_SERVER_CLOSE : EV_CLIENT_CLOSE;
	default:
		return types[type].event;
	}
}

static bool sends(enum link_side side, unsigned type)
{
	return type == FRAME_CLOSE || types[type].from == side;
}

struct link_load link_load_of(unsigned type, const union wire_any *m, size_t payload_bytes)
{
	struct link_load load = { .bytes = payload_bytes };

	switch (type) {
	case FRAME_HELLO:
		load.credits.frame_max = m->hello.frame_max;
		break;
	case FRAME_HELLO_ACK:
		load.code = m->hello_ack.code;
		load.credits = (struct link_credits){ m->hello_ack.credit_ops,
						      m->hello_ack.credit_bytes,
						      m->hello_ack.credit_requests,
						      m->hello_ack.frame_max };
		break;
	case FRAME_SUBMIT:
		load.ops = m->submit.item_count;
		break;
	case FRAME_ACK:
		load.ops = m->ack.verdict_count;
		break;
	case FRAME_BUSY:
		load.of = m->busy.of;
		break;
	case FRAME_ERROR:
		load.of = m->error.of;
		load.fatal = m->error.fatal;
		break;
	default:
		break;
	}
	return load;
}

void link_init(struct link *l, enum link_side side, bool certified, uint64_t now_ms)
{
	*l = (struct link){ .side = side,
			    .state = LINK_START,
			    .certified = certified,
			    .now_ms = now_ms,
			    .state_ms = now_ms,
			    .moved_ms = now_ms,
			    .client_frame_max = FRAME_MAX };
	/* Until HelloAck says more: what the first flight may hold. */
	l->credits = (struct link_credits){ LINK_FLIGHT_OPS, FRAME_FLIGHT_MAX, 1, FRAME_MAX };
}

/* How large a payload towards `to` may be, by negotiation. */
static size_t negotiated(const struct link *l, enum link_side to)
{
	return to == LINK_SERVER ? l->credits.frame_max : l->client_frame_max;
}

static bool type_expected(const struct link *l, enum link_side from, unsigned type)
{
	const struct link_step *row = link_table[l->state];

	switch (type) {
	case FRAME_HELLO_ACK:
		return row[EV_OPENED].action == PASS;
	case FRAME_BUSY:
		return row[EV_TURNED_AWAY].action == PASS || row[EV_NOT_ANSWERED].action == PASS;
	case FRAME_ERROR:
		return row[EV_FATAL].action == PASS;
	case FRAME_CLOSE:
		return row[from == LINK_SERVER ? EV_SERVER_CLOSE : EV_CLIENT_CLOSE].action == PASS;
	default:
		return row[types[type].event].action == PASS;
	}
}

/* What the type alone says. */
static enum wire_code refuses(const struct link *l, enum link_side from, unsigned type)
{
	if (type >= FRAME_TYPES || !frame_payload_max(type) || !sends(from, type))
		return WIRE_UNEXPECTED;
	if (l->state == LINK_START && from == LINK_CLIENT && type != FRAME_CLOSE &&
	    (type == FRAME_ENROL) == l->certified)
		return WIRE_CERTIFICATE_NEEDED;
	return type_expected(l, from, type) ? WIRE_OK : WIRE_UNEXPECTED;
}

enum wire_code link_refuses(const struct link *l, unsigned type)
{
	return refuses(l, other(l->side), type);
}

long link_limit(const void *link, unsigned type, struct err *e)
{
	const struct link *l = link;
	size_t max = frame_payload_max(type), agreed = negotiated(l, l->side);

	if (link_refuses(l, type))
		return err_set(e, ERR_PROTO, "%s frame is not allowed now",
			       frame_type_name(type) ? frame_type_name(type) : "unknown");
	return (long)(max < agreed ? max : agreed);
}

void link_breach(struct link *l, enum wire_code why)
{
	l->state = LINK_DONE;
	l->why = why;
}

/* ---- credits: both sides count the same frames ---- */

static enum wire_code submit_fits(const struct link *l, const struct link_load *load)
{
	if (!load->ops)
		return WIRE_MALFORMED;
	if (l->submits == LINK_SUBMITS_MAX || load->ops > l->credits.ops - l->ops ||
	    load->bytes > l->credits.bytes - l->bytes)
		return WIRE_CREDIT;
	/* Before HelloAck: at most the flight, and nothing behind the Pull that ends it. */
	if (l->state == LINK_JUDGING &&
	    (l->requests || FRAME_HEADER + load->bytes > FRAME_FLIGHT_MAX - l->flight_bytes))
		return WIRE_CREDIT;
	return WIRE_OK;
}

static enum wire_code request_fits(const struct link *l, const struct link_load *load)
{
	if (l->requests >= l->credits.requests)
		return WIRE_CREDIT;
	if (l->state == LINK_JUDGING &&
	    FRAME_HEADER + load->bytes > FRAME_FLIGHT_MAX - l->flight_bytes)
		return WIRE_CREDIT;
	return WIRE_OK;
}

bool link_request_ready(const struct link *l)
{
	return l->requests && !l->ops_before[0];
}

unsigned link_next_request(const struct link *l)
{
	return l->requests ? l->request[0] : 0;
}

static enum wire_code fits(const struct link *l, enum link_event ev, unsigned type,
			   const struct link_load *load)
{
	switch (ev) {
	case EV_SUBMIT:
		return submit_fits(l, load);
	case EV_PULL:
	case EV_REQUEST:
	case EV_RENEW:
		return request_fits(l, load);
	case EV_ACK:
		return load->ops && load->ops <= l->ops ? WIRE_OK : WIRE_UNEXPECTED;
	case EV_ANSWER:
	case EV_RENEWED:
		return link_request_ready(l) && l->request[0] == types[type].answers
			       ? WIRE_OK
			       : WIRE_UNEXPECTED;
	case EV_NOT_ANSWERED:
		/* Busy need not wait for anything: it says that nothing was done. */
		return l->requests && l->request[0] == load->of ? WIRE_OK : WIRE_UNEXPECTED;
	default:
		return WIRE_OK;
	}
}

static void count_submit(struct link *l, const struct link_load *load)
{
	l->submit[l->submits].ops = load->ops;
	l->submit[l->submits].bytes = load->bytes;
	l->submits++;
	l->ops += load->ops;
	l->bytes += load->bytes;
	if (l->state == LINK_JUDGING)
		l->flight_bytes += FRAME_HEADER + load->bytes;
}

static void count_ack(struct link *l, size_t ops)
{
	l->ops -= ops;
	for (size_t i = 0; i < l->requests; i++)
		l->ops_before[i] -= ops < l->ops_before[i] ? ops : l->ops_before[i];
	while (ops) {
		size_t part = ops < l->submit[0].ops ? ops : l->submit[0].ops;

		ops -= part;
		l->submit[0].ops -= part;
		if (l->submit[0].ops)
			break;
		l->bytes -= l->submit[0].bytes;
		l->submits--;
		memmove(l->submit, l->submit + 1, l->submits * sizeof(l->submit[0]));
	}
}

static void count_request(struct link *l, unsigned type, const struct link_load *load)
{
	l->ops_before[l->requests] = type == FRAME_PULL ? l->ops : 0;
	l->request[l->requests++] = (uint8_t)type;
	if (l->state == LINK_JUDGING)
		l->flight_bytes += FRAME_HEADER + load->bytes;
}

static void count_answer(struct link *l)
{
	l->requests--;
	memmove(l->request, l->request + 1, l->requests * sizeof(l->request[0]));
	memmove(l->ops_before, l->ops_before + 1, l->requests * sizeof(l->ops_before[0]));
}

static uint32_t at_least(uint32_t v, uint32_t low, uint32_t high)
{
	return v < low ? low : v > high ? high : v;
}

/* The first flight was sent under its own limits, so no server can give less. */
static void take_credits(struct link *l, const struct link_credits *c)
{
	l->credits.ops = at_least(c->ops, LINK_FLIGHT_OPS, WIRE_ITEMS_MAX * LINK_SUBMITS_MAX);
	l->credits.bytes = at_least(c->bytes, FRAME_FLIGHT_MAX, FRAME_MAX * LINK_SUBMITS_MAX);
	l->credits.requests = at_least(c->requests, 1, LINK_REQUESTS_MAX);
	l->credits.frame_max = at_least(c->frame_max, FRAME_FLIGHT_MAX, FRAME_MAX);
}

static void count(struct link *l, enum link_event ev, unsigned type, const struct link_load *load)
{
	switch (ev) {
	case EV_HELLO:
		l->flight_bytes = FRAME_HEADER + load->bytes;
		l->client_frame_max = at_least(load->credits.frame_max, FRAME_FLIGHT_MAX,
					       FRAME_MAX);
		break;
	case EV_OPENED:
	case EV_LIMITED:
		take_credits(l, &load->credits);
		break;
	case EV_SUBMIT:
		count_submit(l, load);
		break;
	case EV_ACK:
		count_ack(l, load->ops);
		break;
	case EV_PULL:
	case EV_REQUEST:
	case EV_RENEW:
		count_request(l, type, load);
		break;
	case EV_ANSWER:
	case EV_RENEWED:
	case EV_NOT_ANSWERED:
		count_answer(l);
		break;
	default:
		break;
	}
}

/* WIRE_OK, or why this frame may not pass now. */
static enum wire_code judge(const struct link *l, enum link_side from, unsigned type,
			    const struct link_load *load)
{
	enum wire_code why = refuses(l, from, type);
	enum link_event ev;

	if (why)
		return why;
	ev = event_of(type, from, load);
	if (link_table[l->state][ev].action != PASS)
		return WIRE_UNEXPECTED;
	if (load->bytes > frame_payload_max(type) || load->bytes > negotiated(l, other(from)))
		return WIRE_TOO_LARGE;
	return fits(l, ev, type, load);
}

static void pass(struct link *l, enum link_side from, unsigned type, const struct link_load *load,
		 uint64_t now_ms)
{
	enum link_event ev = event_of(type, from, load);
	enum link_state next = link_table[l->state][ev].next;

	assert(now_ms >= l->now_ms); /* one clock, read once per loop turn */
	count(l, ev, type, load);
	l->now_ms = l->moved_ms = now_ms;
	if (next != l->state)
		l->state_ms = now_ms;
	l->state = next;
}

bool link_received(struct link *l, unsigned type, const struct link_load *load, uint64_t now_ms)
{
	enum wire_code why = judge(l, other(l->side), type, load);

	if (why) {
		link_breach(l, why);
		return false;
	}
	pass(l, other(l->side), type, load, now_ms);
	return true;
}

bool link_may_send(const struct link *l, unsigned type, const struct link_load *load)
{
	return judge(l, l->side, type, load) == WIRE_OK;
}

void link_sent(struct link *l, unsigned type, const struct link_load *load, uint64_t now_ms)
{
	assert(link_may_send(l, type, load));
	pass(l, l->side, type, load, now_ms);
}

bool link_reads(const struct link *l)
{
	if (l->state == LINK_DONE)
		return false;
	if (l->side == LINK_CLIENT)
		return true;
	return l->state != LINK_JUDGING && l->state != LINK_ENROLLING && l->state != LINK_ENDING;
}

void link_partial(struct link *l, bool partial, uint64_t now_ms)
{
	if (partial && !l->partial)
		l->partial_ms = now_ms;
	l->partial = partial;
}

void link_pending(struct link *l, bool pending, uint64_t now_ms)
{
	if (pending && !l->pending)
		l->pending_ms = now_ms;
	l->pending = pending;
}

static uint64_t state_deadline(const struct link *l)
{
	bool server = l->side == LINK_SERVER;

	switch (l->state) {
	case LINK_DONE:
		return UINT64_MAX;
	case LINK_START:
		return l->state_ms + LINK_FIRST_MS;
	case LINK_JUDGING:
	case LINK_ENROLLING:
		return l->state_ms + (server ? LINK_JUDGING_MS : LINK_JUDGED_MS);
	case LINK_ENDING:
		return l->state_ms + LINK_DRAIN_MS;
	default:
		break;
	}
	if (l->ops || l->requests)
		return l->moved_ms + (server ? LINK_OWED_MS : LINK_AWAITED_MS);
	return l->moved_ms + LINK_IDLE_MS;
}

uint64_t link_deadline(const struct link *l)
{
	uint64_t at = state_deadline(l);

	if (l->state == LINK_DONE)
		return at;
	if (l->partial && l->partial_ms + LINK_FRAME_MS < at)
		at = l->partial_ms + LINK_FRAME_MS;
	if (l->pending && l->pending_ms + LINK_DRAIN_MS < at)
		at = l->pending_ms + LINK_DRAIN_MS;
	return at;
}

bool link_tick(struct link *l, uint64_t now_ms)
{
	assert(now_ms >= l->now_ms);
	l->now_ms = now_ms;
	if (now_ms < link_deadline(l))
		return l->state != LINK_DONE;
	link_breach(l, WIRE_TIMEOUT);
	return false;
}

bool link_finished(const struct link *l)
{
	return l->state == LINK_ENDING && !l->ops && !l->requests && !l->pending;
}
