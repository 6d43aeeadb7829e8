#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>

#include "proto/link.h"

/* Both ends of one connection, driven by the same frames. */
struct pair {
	struct link server, client;
	uint64_t now_ms;
};

static struct pair pair_new(bool certified)
{
	struct pair p = { .now_ms = 1000 };

	link_init(&p.server, LINK_SERVER, certified, p.now_ms);
	link_init(&p.client, LINK_CLIENT, certified, p.now_ms);
	return p;
}

/* Frames as letters, lower case from the device, upper case from the server. */
struct letter {
	char letter;
	unsigned type;
	struct link_load load;
};
static const struct letter letters[] = {
	{ 'h', FRAME_HELLO, { .bytes = 200, .credits.frame_max = FRAME_MAX } },
	{ 'H', FRAME_HELLO_ACK, { .bytes = 200, .credits = { 300, 1 << 17, 3, FRAME_MAX } } },
	{ 'N', FRAME_HELLO_ACK, { .bytes = 200, .code = WIRE_NEW_EPOCH } },
	{ 'L', FRAME_HELLO_ACK, { .bytes = 200, .code = WIRE_RENEW_FIRST } },
	{ 'R', FRAME_HELLO_ACK, { .bytes = 200, .code = WIRE_SUSPENDED } },
	{ 's', FRAME_SUBMIT, { .bytes = 1000, .ops = 2 } },
	{ 'e', FRAME_SUBMIT, { .bytes = 1000, .ops = 0 } },
	{ 'b', FRAME_SUBMIT, { .bytes = 60000, .ops = 100 } },
	{ 'A', FRAME_ACK, { .bytes = 100, .ops = 1 } },
	{ 'p', FRAME_PULL, { .bytes = 40 } },
	{ 'P', FRAME_PAGE, { .bytes = 100000 } },
	{ 'q', FRAME_QUERY, { .bytes = 40 } },
	{ 'Q', FRAME_ANSWER, { .bytes = 1000 } },
	{ 'r', FRAME_RENEW, { .bytes = 400 } },
	{ 'W', FRAME_RENEW_ACK, { .bytes = 400 } },
	{ 'n', FRAME_ENROL, { .bytes = 400 } },
	{ 'E', FRAME_ENROL_ACK, { .bytes = 1400 } },
	{ 'B', FRAME_BUSY, { .bytes = 4 } },
	{ 'Y', FRAME_BUSY, { .bytes = 4, .of = FRAME_PULL } },
	{ 'Z', FRAME_ERROR, { .bytes = 4, .of = FRAME_QUERY } },
	{ 'F', FRAME_ERROR, { .bytes = 4, .fatal = true } },
	{ 'c', FRAME_CLOSE, { .bytes = 0 } },
	{ 'C', FRAME_CLOSE, { .bytes = 0 } },
	{ 'x', FRAME_HELLO, { .bytes = FRAME_SMALL_MAX + 1 } },
	{ 'u', 32, { .bytes = 0 } },
};

static const struct letter *letter(char c)
{
	for (size_t i = 0; i < ARRAY_LEN(letters); i++)
		if (letters[i].letter == c)
			return &letters[i];
	cr_assert(false, "no letter %c", c);
	return NULL;
}

/* One frame passes, or is not allowed: then its sender knows, and a receiver who gets it all the same
 * ends. Both ends are of one mind. */
static enum wire_code step(struct pair *p, char c)
{
	const struct letter *f = letter(c);
	bool from_server = c >= 'A' && c <= 'Z';
	struct link *from = from_server ? &p->server : &p->client;
	struct link *to = from_server ? &p->client : &p->server;
	bool may = link_may_send(from, f->type, &f->load);

	p->now_ms++;
	cr_assert_eq(link_received(to, f->type, &f->load, p->now_ms), may, "%c", c);
	if (!may)
		return to->why;
	link_sent(from, f->type, &f->load, p->now_ms);
	cr_assert_eq(from->state, to->state);
	cr_assert_eq(from->ops, to->ops);
	cr_assert_eq(from->requests, to->requests);
	return WIRE_OK;
}

struct course {
	const char *label;
	const char *frames; /* the last one decides; all before it pass */
	enum wire_code want;
	enum link_state state;
	bool stranger; /* no certificate */
};

static const struct course courses[] = {
	{ "the usual month", "hspHAAPcC", WIRE_OK, LINK_ENDING, false },
	{ "Hello alone", "hH", WIRE_OK, LINK_OPEN, false },
	{ "Hello twice", "hHh", WIRE_UNEXPECTED, LINK_DONE, false },
	{ "Hello too large", "x", WIRE_TOO_LARGE, LINK_DONE, false },
	{ "ops before Hello", "s", WIRE_UNEXPECTED, LINK_DONE, false },
	{ "a stranger says Hello", "h", WIRE_CERTIFICATE_NEEDED, LINK_DONE, true },
	{ "a stranger submits", "s", WIRE_CERTIFICATE_NEEDED, LINK_DONE, true },
	{ "a stranger enrols", "nE", WIRE_OK, LINK_ENDING, true },
	{ "and then says Hello", "nEh", WIRE_UNEXPECTED, LINK_DONE, true },
	{ "or enrols again before the answer", "nn", WIRE_UNEXPECTED, LINK_DONE, true },
	{ "enrolment by a device of ours", "n", WIRE_CERTIFICATE_NEEDED, LINK_DONE, false },
	{ "a type that does not exist", "u", WIRE_UNEXPECTED, LINK_DONE, false },
	{ "a new epoch goes on", "hsNAAs", WIRE_OK, LINK_OPEN, false },
	{ "a query before HelloAck", "hq", WIRE_UNEXPECTED, LINK_DONE, false },
	{ "two pulls before HelloAck", "hpp", WIRE_CREDIT, LINK_DONE, false },
	{ "ops behind the first flight's pull", "hps", WIRE_CREDIT, LINK_DONE, false },
	{ "a flight of 64 KiB", "hbsssss", WIRE_OK, LINK_JUDGING, false },
	{ "and one more", "hbssssss", WIRE_CREDIT, LINK_DONE, false },
	{ "a submit without ops", "hHe", WIRE_MALFORMED, LINK_DONE, false },
	{ "expired: not now, then renewal", "hsLAArWc", WIRE_OK, LINK_ENDING, false },
	{ "expired: a question", "hLq", WIRE_UNEXPECTED, LINK_DONE, false },
	{ "expired: the flight's pull is not answered", "hpLY", WIRE_OK, LINK_LIMITED, false },
	{ "expired: no pages", "hpLP", WIRE_UNEXPECTED, LINK_DONE, false },
	{ "suspended: not now, then the end", "hsRAAC", WIRE_OK, LINK_ENDING, false },
	{ "suspended: no pages", "hpRP", WIRE_UNEXPECTED, LINK_DONE, false },
	{ "suspended: no renewal", "hRr", WIRE_UNEXPECTED, LINK_DONE, false },
	{ "an ack of nothing", "hHA", WIRE_UNEXPECTED, LINK_DONE, false },
	{ "one ack too many", "hHsAAA", WIRE_UNEXPECTED, LINK_DONE, false },
	{ "a page before the ops sent before its pull", "hHspAP", WIRE_UNEXPECTED, LINK_DONE,
	  false },
	{ "a page after them", "hHspAAP", WIRE_OK, LINK_OPEN, false },
	{ "ops sent after the pull do not hold it", "hHspsAAP", WIRE_OK, LINK_OPEN, false },
	{ "answers out of order", "hHpqQ", WIRE_UNEXPECTED, LINK_DONE, false },
	{ "answers in order", "hHpqPQ", WIRE_OK, LINK_OPEN, false },
	{ "a question is not held by ops", "hHsqQ", WIRE_OK, LINK_OPEN, false },
	{ "error instead of an answer", "hHqZ", WIRE_OK, LINK_OPEN, false },
	{ "error for what was not asked", "hHpZ", WIRE_UNEXPECTED, LINK_DONE, false },
	{ "busy instead of a page", "hHspY", WIRE_OK, LINK_OPEN, false },
	{ "three requests at once", "hHqqq", WIRE_OK, LINK_OPEN, false },
	{ "four", "hHqqqq", WIRE_CREDIT, LINK_DONE, false },
	{ "turned away at once", "B", WIRE_OK, LINK_ENDING, false },
	{ "turned away after Hello", "hB", WIRE_OK, LINK_ENDING, false },
	{ "turned away, yet HelloAck", "hBH", WIRE_UNEXPECTED, LINK_DONE, false },
	{ "the device closes, its answers still come", "hHspcAAPC", WIRE_OK, LINK_ENDING, false },
	{ "the device closes and asks on", "hHcp", WIRE_UNEXPECTED, LINK_DONE, false },
	{ "the server closes and answers on", "hHsCAA", WIRE_OK, LINK_ENDING, false },
	{ "the server closes, the device sends on", "hHCs", WIRE_UNEXPECTED, LINK_DONE, false },
	{ "fatal", "hHF", WIRE_OK, LINK_ENDING, false },
	{ "HelloAck unasked", "H", WIRE_UNEXPECTED, LINK_DONE, false },
	{ "100 KB a frame, but only 128 KB unanswered", "hHbbs", WIRE_OK, LINK_OPEN, false },
	{ "three times 60,000", "hHbbb", WIRE_CREDIT, LINK_DONE, false },
};

ParameterizedTestParameters(link, course)
{
	static size_t index[ARRAY_LEN(courses)];

	for (size_t i = 0; i < ARRAY_LEN(courses); i++)
		index[i] = i;
	return cr_make_param_array(size_t, index, ARRAY_LEN(courses));
}

ParameterizedTest(size_t *index, link, course)
{
	const struct course *c = &courses[*index];
	struct pair p = pair_new(!c->stranger);
	size_t len = strlen(c->frames);
	enum wire_code got = WIRE_OK;

	for (size_t i = 0; i < len; i++) {
		got = step(&p, c->frames[i]);
		cr_assert(i + 1 == len || got == WIRE_OK, "%s: frame %zu: %s", c->label, i,
			  wire_code_name(got));
	}
	cr_assert_eq(got, c->want, "%s: %s", c->label, wire_code_name(got));
	if (got == WIRE_OK)
		cr_assert_eq(p.server.state, c->state, "%s: state %u", c->label, p.server.state);
}

static uint64_t draw(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/* Whatever allowed frames pass, both ends agree; step() asserts it. Both kinds must have happened. */
Test(link, both_ends_agree_on_random_courses)
{
	uint64_t state = 0x2545f4914f6cdd1d;
	size_t passed = 0, stopped = 0, finished = 0;

	for (size_t round = 0; round < 4000; round++) {
		struct pair p = pair_new(round % 8 != 0);

		for (size_t i = 0; i < 60; i++) {
			const struct letter *f = &letters[draw(&state) % ARRAY_LEN(letters)];
			bool server = f->letter >= 'A' && f->letter <= 'Z';

			/* What is not allowed is only rarely tried: it ends the course. */
			if (!link_may_send(server ? &p.server : &p.client, f->type, &f->load) &&
			    draw(&state) % 50)
				continue;
			if (step(&p, f->letter)) {
				stopped++;
				break;
			}
			passed++;
		}
		finished += link_finished(&p.client) && link_finished(&p.server);
	}
	cr_assert(passed > 10000 && stopped > 500 && finished > 100, "%zu %zu %zu", passed, stopped,
		  finished);
}

/* What link_limit() says of a type before its body comes is what the frame then meets. */
Test(link, the_limit_is_known_from_the_header)
{
	struct pair p = pair_new(true);
	struct err e = { 0 };

	cr_assert_eq(link_limit(&p.server, FRAME_HELLO, &e), FRAME_SMALL_MAX);
	cr_assert_eq(link_limit(&p.server, FRAME_SUBMIT, &e), -ERR_PROTO);
	cr_assert_eq(link_limit(&p.server, FRAME_PAGE, &e), -ERR_PROTO, "a server's frame");
	cr_assert_eq(link_refuses(&p.server, FRAME_ENROL), WIRE_CERTIFICATE_NEEDED);
	cr_assert_eq(link_limit(&p.client, FRAME_HELLO_ACK, &e), -ERR_PROTO, "before Hello");
	step(&p, 'h');
	cr_assert_eq(link_limit(&p.client, FRAME_HELLO_ACK, &e), FRAME_MEDIUM_MAX);
	cr_assert_eq(link_limit(&p.client, FRAME_PAGE, &e), -ERR_PROTO);
	step(&p, 'H');
	cr_assert_eq(link_limit(&p.server, FRAME_SUBMIT, &e), FRAME_MAX);
	cr_assert_eq(link_limit(&p.server, 32, &e), -ERR_PROTO);
	cr_assert_eq(link_limit(&p.server, 70000, &e), -ERR_PROTO);
}

Test(link, frame_limits_are_negotiated_within_bounds)
{
	static const struct {
		uint32_t said, got;
	} cases[] = {
		{ 0, FRAME_FLIGHT_MAX },
		{ 100, FRAME_FLIGHT_MAX },
		{ 100000, 100000 },
		{ UINT32_MAX, FRAME_MAX },
	};
	struct err e = { 0 };

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct pair p = pair_new(true);
		struct link_load hello = { .bytes = 10, .credits.frame_max = cases[i].said };
		struct link_load ack = { .bytes = 10, .credits = { 1, 1, 99, cases[i].said } };

		link_sent(&p.client, FRAME_HELLO, &hello, 2000);
		cr_assert(link_received(&p.server, FRAME_HELLO, &hello, 2000));
		link_sent(&p.server, FRAME_HELLO_ACK, &ack, 2000);
		cr_assert(link_received(&p.client, FRAME_HELLO_ACK, &ack, 2000));
		cr_assert_eq(link_limit(&p.server, FRAME_SUBMIT, &e), (long)cases[i].got);
		cr_assert_eq(link_limit(&p.client, FRAME_ACK, &e), (long)cases[i].got);
		cr_assert_eq(p.client.credits.ops, LINK_FLIGHT_OPS, "less than the flight needs");
		cr_assert_eq(p.server.credits.requests, LINK_REQUESTS_MAX);
	}
}

/* Credits of a frame return with its last op, not before. */
Test(link, credits_return)
{
	struct pair p = pair_new(true);
	struct link_load five = { .bytes = 1000, .ops = 5 }, ack = { .bytes = 10, .ops = 4 };

	step(&p, 'h');
	step(&p, 'H');
	for (size_t i = 0; i < LINK_SUBMITS_MAX; i++)
		link_sent(&p.client, FRAME_SUBMIT, &five, p.now_ms);
	cr_assert_not(link_may_send(&p.client, FRAME_SUBMIT, &five), "seventeen frames");
	cr_assert(link_received(&p.client, FRAME_ACK, &ack, p.now_ms));
	cr_assert_eq(p.client.bytes, 1000 * LINK_SUBMITS_MAX);
	cr_assert_not(link_may_send(&p.client, FRAME_SUBMIT, &five));
	ack.ops = 2; /* the last of the first frame, the first of the second */
	cr_assert(link_received(&p.client, FRAME_ACK, &ack, p.now_ms));
	cr_assert_eq(p.client.bytes, 1000 * (LINK_SUBMITS_MAX - 1));
	cr_assert(link_may_send(&p.client, FRAME_SUBMIT, &five));
	ack.ops = p.client.ops;
	cr_assert(link_received(&p.client, FRAME_ACK, &ack, p.now_ms));
	cr_assert(!p.client.ops && !p.client.bytes && !p.client.submits);
}

Test(link, ops_beyond_the_credit)
{
	struct pair p = pair_new(true);
	struct link_load many = { .bytes = 1000, .ops = 300 }, more = { .bytes = 10, .ops = 1 };

	step(&p, 'h');
	cr_assert_not(link_may_send(&p.client, FRAME_SUBMIT, &many), "more than any flight");
	step(&p, 'H');
	link_sent(&p.client, FRAME_SUBMIT, &many, p.now_ms);
	cr_assert_not(link_may_send(&p.client, FRAME_SUBMIT, &more));
	cr_assert(link_received(&p.server, FRAME_SUBMIT, &many, p.now_ms));
	cr_assert_not(link_received(&p.server, FRAME_SUBMIT, &more, p.now_ms));
	cr_assert_eq(p.server.why, WIRE_CREDIT);
}

struct patience {
	const char *label;
	const char *frames;
	uint64_t server_ms, client_ms; /* after the last frame */
};

static const struct patience patiences[] = {
	{ "no Hello", "", LINK_FIRST_MS, LINK_FIRST_MS },
	{ "Hello is judged", "h", LINK_JUDGING_MS, LINK_JUDGED_MS },
	{ "nothing to do", "hH", LINK_IDLE_MS, LINK_IDLE_MS },
	{ "an ack is owed", "hHs", LINK_OWED_MS, LINK_AWAITED_MS },
	{ "a page is owed", "hHp", LINK_OWED_MS, LINK_AWAITED_MS },
	{ "all answered", "hHspAAP", LINK_IDLE_MS, LINK_IDLE_MS },
	{ "the end", "hHc", LINK_DRAIN_MS, LINK_DRAIN_MS },
};

Test(link, deadlines)
{
	for (size_t i = 0; i < ARRAY_LEN(patiences); i++) {
		const struct patience *c = &patiences[i];
		struct pair p = pair_new(true);

		for (const char *f = c->frames; *f; f++)
			cr_assert_eq(step(&p, *f), WIRE_OK);
		cr_assert_eq(link_deadline(&p.server), p.now_ms + c->server_ms, "%s", c->label);
		cr_assert_eq(link_deadline(&p.client), p.now_ms + c->client_ms, "%s", c->label);
		cr_assert(link_tick(&p.server, p.now_ms + c->server_ms - 1), "%s", c->label);
		cr_assert_not(link_tick(&p.server, p.now_ms + c->server_ms), "%s", c->label);
		cr_assert_eq(p.server.why, WIRE_TIMEOUT);
		cr_assert_eq(p.server.state, LINK_DONE);
		cr_assert_eq(link_deadline(&p.server), UINT64_MAX);
	}
}

/* A byte a minute: each byte is "partial", none moves the deadline. */
Test(link, a_frame_that_trickles_ends_in_time)
{
	struct pair p = pair_new(true);
	uint64_t now;
	bool alive = true;

	step(&p, 'h');
	step(&p, 'H');
	now = p.now_ms;
	for (uint64_t minute = 0; alive && minute < 10; minute++) {
		link_partial(&p.server, true, now);
		now += 30000;
		alive = link_tick(&p.server, now);
	}
	cr_assert_eq(now, p.now_ms + LINK_FRAME_MS);
}

Test(link, a_peer_that_does_not_drain_ends_in_time)
{
	struct pair p = pair_new(true);

	step(&p, 'h');
	step(&p, 'H');
	link_pending(&p.server, true, p.now_ms);
	link_pending(&p.server, true, p.now_ms + 50000);
	cr_assert_eq(link_deadline(&p.server), p.now_ms + LINK_DRAIN_MS);
	link_pending(&p.server, false, p.now_ms + 50000);
	cr_assert_eq(link_deadline(&p.server), p.now_ms + LINK_IDLE_MS);
	link_pending(&p.server, true, p.now_ms + 50000);
	cr_assert_eq(link_deadline(&p.server), p.now_ms + 50000 + LINK_DRAIN_MS);
}

Test(link, the_server_does_not_read_while_it_judges)
{
	struct pair p = pair_new(true);

	cr_assert(link_reads(&p.server));
	step(&p, 'h');
	cr_assert_not(link_reads(&p.server));
	cr_assert(link_reads(&p.client));
	step(&p, 'H');
	cr_assert(link_reads(&p.server));
	step(&p, 'c');
	cr_assert_not(link_reads(&p.server));
	cr_assert(link_reads(&p.client), "its answers are still to come");
}

Test(link, finished_when_nothing_is_owed)
{
	struct pair p = pair_new(true);

	for (const char *f = "hHsc"; *f; f++)
		step(&p, *f);
	cr_assert_not(link_finished(&p.server));
	step(&p, 'A');
	step(&p, 'A');
	link_pending(&p.server, true, p.now_ms);
	cr_assert_not(link_finished(&p.server));
	link_pending(&p.server, false, p.now_ms);
	cr_assert(link_finished(&p.server));
}
