#include "follower_impl.h"

#include "base/lang.h"

#include <assert.h>
#include <stdlib.h>

enum { IN_MAX = FRAME_MAX + FRAME_HEADER + 64, OUT_MAX = 64 << 10 };

/* ---- sending ---- */

static bool post(struct follower *f, enum frame_type type, const void *m)
{
	union wire_any any = { .close = { 0 } };
	struct link_load load;
	size_t before = f->out.len;
	int rc = wire_frame(&f->out, type, m, f->a, &f->st.err);

	arena_reset(f->a);
	if (rc)
		return follower_failed(f, rc);
	if (type == FRAME_HELLO)
		any.hello = *(const struct wire_hello *)m;
	load = link_load_of(type, &any, f->out.len - before - FRAME_HEADER);
	link_sent(&f->link, type, &load, f->now.mono_ms);
	link_pending(&f->link, true, f->now.mono_ms);
	return true;
}

static uint64_t own_lsn(const struct follower *f)
{
	return *f->setup.ledger ? ledger_info(*f->setup.ledger).lsn : 0;
}

static bool hello(struct follower *f)
{
	struct follower_who *who = &f->setup.who;
	struct wire_hello m = { .version_min = WIRE_VERSION_MIN,
				.version_max = WIRE_VERSION,
				.program = f->setup.program,
				.device = who->device,
				.epoch = who->epoch,
				.next_seq = 1,
				.device_time_ms = f->now.wall_ms,
				.frame_max = FRAME_MAX };
	uint8_t bytes[HEAD_BYTES];
	struct ed25519_sig sig;
	struct head head;
	int rc = -ERR_NOTFOUND;

	memcpy(m.store, who->store, sizeof(m.store));
	memcpy(m.nonce, who->nonce, sizeof(m.nonce));
	if (*f->setup.ledger) {
		struct ledger_info info = ledger_info(*f->setup.ledger);

		memcpy(f->cursor.incarnation, info.incarnation, WIRE_ID);
		f->cursor.lsn = info.lsn;
		rc = ledger_head(*f->setup.ledger, &head, &sig, NULL);
	}
	m.cursor = f->cursor;
	if (!rc) {
		f->head_size = head.size;
		head_encode(bytes, &head);
		m.head = wire_head_of(bytes, &sig);
	}
	return post(f, FRAME_HELLO, &m);
}

static bool pull(struct follower *f)
{
	struct wire_pull m = { .cursor = f->cursor, .prove_from = own_lsn(f) };

	f->asked_lsn = own_lsn(f);
	f->poll_ms = 0;
	return post(f, FRAME_PULL, &m);
}

static bool get_keys(struct follower *f)
{
	struct wire_key_get m = { .after = keystore_newest(f->setup.keys) };

	return post(f, FRAME_KEY_GET, &m);
}

static bool ask_renewal(struct follower *f)
{
	struct wire_renew m = { .csr = f->setup.csr };

	f->renew = false;
	return post(f, FRAME_RENEW, &m);
}

/* It has everything: what is left to be said, then it waits. */
static bool rest(struct follower *f)
{
	if (f->renew)
		return ask_renewal(f);
	f->poll_ms = f->now.mono_ms + f->setup.poll_ms;
	return true;
}

/* ---- receiving ---- */

static bool later(struct follower *f, uint32_t retry_ms, const char *why)
{
	f->st.retry_ms = retry_ms;
	err_set(&f->st.err, ERR_BUSY, "%s", why);
	return follower_ends(f, FOLLOWER_LATER);
}

static bool stopped(struct follower *f, const char *why)
{
	err_set(&f->st.err, ERR_STATE, "%s", why);
	return follower_ends(f, FOLLOWER_STOPPED);
}

/* Why the server does not let it in, or does not answer. */
static bool turned_away(struct follower *f, uint32_t code, uint32_t retry_ms)
{
	switch (code) {
	case WIRE_SUSPENDED:
		return stopped(
			f,
			N_("the server has suspended this standby: two have called themselves by "
			   "its name"));
	case WIRE_REVOKED:
		return stopped(f, N_("the server has revoked this standby"));
	case WIRE_DEVICE_UNKNOWN:
		return stopped(
			f,
			N_("the server does not know this standby: it was set back to before the "
			   "standby was enrolled. Everything is kept"));
	case WIRE_WRONG_STORE:
		return stopped(f, N_("this is the server of another store"));
	case WIRE_VERSION_NONE:
		return stopped(f, N_("the server speaks another version of the protocol"));
	case WIRE_SERVER_BEHIND:
		return stopped(
			f,
			N_("the server lacks entries that it once signed and this standby has: it was "
			   "set back, or another goes on in its place. Everything is kept"));
	default:
		return later(f, retry_ms,
			     code == WIRE_STOPPING ? N_("the server stops")
			     : code == WIRE_BUSY   ? N_("the server is busy")
						   : N_("the server does not answer now"));
	}
}

static bool on_hello_ack(struct follower *f, const struct wire_hello_ack *m)
{
	if (m->code == WIRE_RENEW_FIRST)
		return ask_renewal(f);
	if (m->code == WIRE_SERVER_BEHIND && m->succeeded)
		return stopped(
			f, N_("another server goes on in the place of this one: `ketnapd follow "
			      "HOST:PORT` with its address goes on there. Everything is kept"));
	if (m->code != WIRE_OK && m->code != WIRE_NEW_EPOCH)
		return turned_away(f, m->code, m->retry_after_ms);
	f->st.met = true;
	f->renew = m->renew;
	f->cursor.authority = m->authority;
	if (!f->cursor.lsn)
		memcpy(f->cursor.incarnation, m->incarnation, WIRE_ID);
	return pull(f);
}

static bool on_page(struct follower *f, const struct wire_page *m)
{
	if (!follower_page(f, m))
		return false;
	if (m->more || !f->st.level)
		return pull(f);
	return get_keys(f);
}

static bool on_renewed(struct follower *f, struct span certificate)
{
	int rc = f->setup.renewed(f->setup.ctx, certificate, &f->st.err);

	if (rc)
		return follower_failed(f, rc);
	return f->link.state == LINK_LIMITED ? later(f, 0, N_("the certificate was renewed"))
					     : rest(f);
}

static bool on_frame(struct follower *f, unsigned type, const union wire_any *m)
{
	switch (type) {
	case FRAME_HELLO_ACK:
		return on_hello_ack(f, &m->hello_ack);
	case FRAME_PAGE:
		return on_page(f, &m->page);
	case FRAME_KEY_PAGE:
		if (!follower_keys(f, &m->key_page))
			return false;
		return m->key_page.more ? get_keys(f) : rest(f);
	case FRAME_RENEW_ACK:
		return on_renewed(f, m->renew_ack.certificate);
	case FRAME_BUSY:
		return turned_away(f, m->busy.code ? m->busy.code : WIRE_BUSY,
				   m->busy.retry_after_ms);
	case FRAME_ERROR:
		if (m->error.of == FRAME_KEY_GET && m->error.code == WIRE_NOT_FOUND)
			return rest(f); /* a server without a key store */
		if (m->error.of == FRAME_RENEW && !m->error.fatal)
			return rest(f);
		return turned_away(f, m->error.code, 0);
	case FRAME_CLOSE:
		return turned_away(f, m->close.code, m->close.retry_after_ms);
	default:
		return later(f, 0, N_("the server sends what nobody asked for"));
	}
}

static bool one_frame(struct follower *f, const struct frame *fr)
{
	struct arena *a = arena_new(2 * WIRE_ARENA);
	struct link_load load;
	union wire_any m;
	bool on;
	int rc = a ? wire_decode(&m, fr->type, fr->payload, a, &f->st.err)
		   : err_set(&f->st.err, ERR_NOMEM, "no memory for a frame");

	if (rc) {
		arena_free(a);
		return follower_ends(f, FOLLOWER_LATER);
	}
	load = link_load_of(fr->type, &m, fr->payload.len);
	on = link_received(&f->link, fr->type, &load, f->now.mono_ms)
		     ? on_frame(f, fr->type, &m)
		     : later(f, 0, N_("the server breaks the protocol"));
	arena_free(a);
	return on;
}

/* Said once, so that the server need not wait. */
static bool going(struct follower *f)
{
	struct wire_close m = { .code = WIRE_OK };
	struct err kept = f->st.err;

	if (f->st.end == FOLLOWER_GOING)
		return true;
	if (!f->closing && f->link.state != LINK_DONE && f->link.state != LINK_ENDING &&
	    f->link.state != LINK_JUDGING)
		post(f, FRAME_CLOSE, &m);
	f->closing = true;
	f->st.err = kept;
	return false;
}

bool follower_receive(struct follower *f, struct span bytes, struct moment now)
{
	size_t at = 0;

	f->now = now;
	if (f->st.end != FOLLOWER_GOING)
		return false;
	buf_bytes(&f->in, bytes);
	if (f->in.failed)
		later(f, 0, N_("the server sends more than it may"));
	while (f->st.end == FOLLOWER_GOING) {
		struct frame fr;
		size_t need;
		int rc = frame_decode(&fr, &need, span_of(f->in.data + at, f->in.len - at),
				      link_limit, &f->link, &f->st.err);

		if (rc == FRAME_NEED_MORE)
			break;
		if (rc < 0)
			later(f, 0, N_("the server breaks the protocol"));
		else if (one_frame(f, &fr))
			at += need;
	}
	if (at)
		memmove(f->in.data, f->in.data + at, f->in.len - at);
	f->in.len -= at;
	link_partial(&f->link, f->in.len != 0, now.mono_ms);
	return going(f);
}

struct span follower_output(const struct follower *f)
{
	return f->out.len ? span_of(f->out.data + f->out_at, f->out.len - f->out_at)
			  : (struct span){ NULL, 0 };
}

void follower_taken(struct follower *f, size_t bytes, struct moment now)
{
	assert(bytes <= f->out.len - f->out_at);
	f->now = now;
	f->out_at += bytes;
	if (f->out_at == f->out.len)
		f->out_at = f->out.len = 0;
	link_pending(&f->link, f->out.len != 0, now.mono_ms);
}

uint64_t follower_deadline(const struct follower *f)
{
	uint64_t at = link_deadline(&f->link);

	return f->poll_ms && f->poll_ms < at ? f->poll_ms : at;
}

bool follower_tick(struct follower *f, struct moment now)
{
	f->now = now;
	if (f->st.end == FOLLOWER_GOING && !link_tick(&f->link, now.mono_ms))
		later(f, 0, N_("the server did not answer in time"));
	if (f->st.end == FOLLOWER_GOING && f->poll_ms && now.mono_ms >= f->poll_ms)
		pull(f);
	return going(f);
}

void follower_cut(struct follower *f)
{
	later(f, 0, N_("the line was cut"));
	link_breach(&f->link, WIRE_OK);
}

const struct follower_state *follower_state(const struct follower *f)
{
	return &f->st;
}

int follower_new(struct follower **out, const struct follower_setup *setup, struct moment now,
		 struct err *e)
{
	struct follower *f = calloc(1, sizeof(*f));

	*out = NULL;
	if (!f)
		return err_set(e, ERR_NOMEM, "no memory to follow");
	f->setup = *setup;
	f->now = now;
	f->st.proven = setup->proven;
	f->st.lsn = own_lsn(f);
	buf_init(&f->in, IN_MAX);
	buf_init(&f->out, OUT_MAX);
	f->a = arena_new(WIRE_ARENA);
	link_init(&f->link, LINK_CLIENT, true, now.mono_ms);
	if (!f->a || !hello(f)) {
		follower_free(f);
		return err_set(e, ERR_NOMEM, "no memory to follow");
	}
	*out = f;
	return 0;
}

void follower_free(struct follower *f)
{
	if (!f)
		return;
	buf_fini(&f->in);
	buf_fini(&f->out);
	arena_free(f->a);
	free(f);
}
