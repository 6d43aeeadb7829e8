#include "online.h"

#include "keys_dir.h"

#include "crypto/random.h"
#include "report/words.h"

#include <inttypes.h>
#include <stdlib.h>

enum {
	ADDRESS_FILE_MAX = 512,
	TRIES_MAX = 4,
	WAIT_MAX_MS = 10000, /* a person waits so long for a busy server; longer is another day */
	TOLD_MAX_MS = 3600 * 1000 /* a clock that was put back must not keep a device silent */
};

/* What a contact needs from the folder; lives for one run. */
struct luggage {
	struct device_keys keys;
	struct buf key, cert, session, csr;
};

static void luggage_init(struct luggage *g)
{
	memset(g, 0, sizeof(*g));
	buf_init(&g->key, P256_FILE_MAX);
	buf_init(&g->cert, CERT_PEM_MAX);
	buf_init(&g->session, CONTACT_SESSION_MAX);
	buf_init(&g->csr, CERT_BYTES_MAX);
}

static void luggage_fini(struct luggage *g)
{
	if (g->key.len)
		bytes_wipe(g->key.data, g->key.len);
	buf_fini(&g->key);
	buf_fini(&g->cert);
	buf_fini(&g->session);
	buf_fini(&g->csr);
	device_keys_fini(&g->keys);
}

static int optional(struct device_dir *d, const char *name, struct buf *out, struct err *e)
{
	int rc = device_dir_read(d, name, out, e);

	if (rc != -ERR_NOTFOUND)
		return rc;
	buf_reset(out);
	err_clear(e);
	return 0;
}

static int pack(struct cli *c, struct luggage *g)
{
	int rc = device_dir_keys(&c->dir, &g->keys, &c->err);

	buf_reset(&g->key);
	buf_reset(&g->csr);
	if (!rc)
		rc = p256_save_pem(g->keys.key, &g->key, &c->err);
	if (!rc)
		rc = cert_make_request(&g->csr, g->keys.key, &c->err);
	if (!rc)
		rc = device_dir_read(&c->dir, "device.pem", &g->cert, &c->err);
	if (!rc)
		rc = optional(&c->dir, "session", &g->session, &c->err);
	return rc;
}

const char *online_address(struct cli *c)
{
	const char *known = client_identity(c->client)->address;
	struct err ignored = { 0 };
	struct buf text;
	size_t len;

	buf_init(&text, ADDRESS_FILE_MAX);
	len = optional(&c->dir, "server", &text, &ignored) ? 0 : text.len;
	while (len && text.data[len - 1] == '\n')
		len--;
	if (len)
		known = arena_printf(c->arena, "%.*s", (int)len, (const char *)text.data);
	buf_fini(&text);
	return known;
}

/* ---- when to come ---- */

static const char *where_to(struct cli *c)
{
	return options.server ? options.server : online_address(c);
}

/* What the server asked for that is to be called; another one's wish is not its own. An earlier program did not keep
 * whose it was. */
static void read_later(struct cli *c, int64_t *at_ms, int64_t *jitter_ms)
{
	struct buf text;
	struct err ignored = { 0 };
	char line[ADDRESS_FILE_MAX + 64] = "", *rest;

	*at_ms = *jitter_ms = 0;
	buf_init(&text, sizeof(line) - 1);
	if (!device_dir_read(&c->dir, "later", &text, &ignored) && text.len) {
		memcpy(line, text.data, text.len);
		line[strcspn(line, "\n")] = '\0';
		*at_ms = strtoll(line, &rest, 10);
		*jitter_ms = strtoll(rest, &rest, 10);
		if (*rest == ' ' && strcmp(rest + 1, where_to(c)) != 0)
			*at_ms = *jitter_ms = 0;
	}
	buf_fini(&text);
}

static int write_later(struct cli *c, int64_t at_ms, int64_t jitter_ms)
{
	char line[ADDRESS_FILE_MAX + 64];

	if (!at_ms && !jitter_ms) {
		device_dir_remove(&c->dir, "later");
		return 0;
	}
	snprintf(line, sizeof(line), "%" PRId64 " %" PRId64 " %s\n", at_ms, jitter_ms, where_to(c));
	return device_dir_write(&c->dir, "later", span_str(line), false, &c->err);
}

static int64_t some_of(int64_t jitter_ms)
{
	uint32_t dice = 0;
	struct err ignored = { 0 };

	if (jitter_ms <= 0 || crypto_random(&dice, sizeof(dice), &ignored))
		return 0;
	return (int64_t)(dice % (uint64_t)jitter_ms);
}

/* Not sooner than told, on this or an earlier run. */
static int wait_told(struct cli *c, const struct online *o)
{
	int64_t now = clock_now_ms(&c->clocks.real), at, jitter, wait;

	read_later(c, &at, &jitter);
	wait = at - now;
	if (wait <= 0 || wait > TOLD_MAX_MS)
		wait = 0;
	if (o->patient)
		wait += some_of(jitter < TOLD_MAX_MS ? jitter : TOLD_MAX_MS);
	if (!wait)
		return 0;
	if ((wait > WAIT_MAX_MS || o->meanwhile) && !o->patient)
		return err_set(&c->err, ERR_BUSY,
			       "the server asked to be left alone for another %lld seconds",
			       (long long)(wait + 999) / 1000);
	return contact_wait(c->clocks.steady, wait, &c->err);
}

/* ---- one contact ---- */

static void show_so_far(void *ctx, const struct sync_result *r)
{
	struct cli *c = ctx;

	if (!c->terminal)
		return;
	fputs("\r", stderr);
	lang_print(stderr, _("sent %llu, confirmed %llu, brought %llu"),
		   (unsigned long long)r->sent,
		   (unsigned long long)(r->acked + r->refused + r->late),
		   (unsigned long long)r->pulled);
}

static void add(struct online *o)
{
	const struct sync_result *r = &o->last.sync;
	struct sync_result *s = &o->sum;
	struct sync_result before = *s;

	*s = *r;
	s->sent += before.sent;
	s->acked += before.acked;
	s->refused += before.refused;
	s->late += before.late;
	s->pulled += before.pulled;
	s->rounds += before.rounds;
	s->bytes_in += before.bytes_in;
	s->bytes_out += before.bytes_out;
	s->set_aside += before.set_aside;
	s->old_sent += before.old_sent;
	s->keys_sent += before.keys_sent;
	s->keys_got += before.keys_got;
	s->keys_refused += before.keys_refused;
	s->keys_recovered += before.keys_recovered;
	s->carry_answered += before.carry_answered;
	s->carry_refused += before.carry_refused;
	s->new_epoch |= before.new_epoch;
	s->restarted |= before.restarted;
	o->wire_in += o->last.wire_in;
	o->wire_out += o->last.wire_out;
	o->resumed = o->last.resumed;
}

/* What the contact left, also one that failed. */
static int unpack(struct cli *c, struct online *o, const struct luggage *g)
{
	struct contact_result *r = &o->last;
	const struct identity *id = client_identity(c->client);
	const struct client_state *st = client_state(c->client);
	struct p256_public mine = p256_public_of(g->keys.key);
	int64_t now = clock_now_ms(&c->clocks.real);
	int rc = 0;

	if (now < st->server_ms)
		now = st->server_ms;
	if (r->certificate.len) {
		rc = renewed_check(buf_span(&r->certificate), id, &mine, now, &c->err);
		if (!rc)
			rc = device_dir_keep_certificate(&c->dir, buf_span(&r->certificate),
							 &c->err);
		o->renewed = !rc;
	} else if (r->session.len) {
		rc = device_dir_write(&c->dir, "session", buf_span(&r->session), true, &c->err);
	}
	if (!rc && r->reached)
		rc = write_later(c,
				 r->sync.retry_after_ms
					 ? clock_now_ms(&c->clocks.real) + r->sync.retry_after_ms
					 : 0,
				 r->sync.jitter_ms);
	if (!rc && r->reached && options.server && st->halt != HALT_SUCCEEDED)
		rc = device_dir_write(&c->dir, "server", span_str(options.server), false, &c->err);
	return rc;
}

static void tell_owner(void *ctx, const struct sync_result *r)
{
	struct online *o = ctx;

	o->meanwhile(o->ctx, r);
}

static bool owner_stopped(void *ctx)
{
	struct online *o = ctx;

	return o->stopped && o->stopped(o->ctx);
}

static int64_t shown_clock(void *arg)
{
	return cli_now(arg);
}

static int once(struct cli *c, struct online *o, bool *again)
{
	struct contact how = { .steady = c->clocks.steady,
			       .real = c->clocks.real,
			       .shown = { shown_clock, c } };
	struct keyring *keys = NULL;
	struct luggage g;
	int rc, kept = 0;
	struct err first;

	*again = false;
	luggage_init(&g);
	contact_result_fini(&o->last);
	contact_result_init(&o->last);
	rc = pack(c, &g);
	if (!rc)
		rc = keys_dir_open_some(c, &keys);
	if (!rc) {
		how.before = online_address(c);
		how.address = options.server ? options.server : how.before;
		how.cert = buf_span(&g.cert);
		how.key = buf_span(&g.key);
		how.session = buf_span(&g.session);
		how.ask = (struct sync_ask){ .csr = buf_span(&g.csr),
					     .receipts = o->receipts,
					     .receipt_count = o->receipt_count,
					     .query = o->query,
					     .keys = keys,
					     .carry = o->carry };
		memcpy(how.ask.nonce, g.keys.nonce, sizeof(how.ask.nonce));
		how.progress = show_so_far;
		how.ctx = c;
		if (o->meanwhile) {
			how.progress = tell_owner;
			how.stopped = owner_stopped;
			how.ctx = o;
			how.often = true;
		}
		device_dir_remove(&c->dir, "session"); /* good for one use */
		rc = contact_sync(&o->last, c->client, &how, &c->err);
		if (c->terminal && o->last.reached)
			fputc('\n', stderr);
		first = c->err;
		kept = unpack(c, o, &g);
		if (!kept)
			c->err = first;
		add(o);
		/* An expired certificate lets in to renew it and for nothing else. */
		*again = !kept && o->last.certificate.len && o->last.sync.end == SYNC_LATER;
	}
	keyring_free(keys);
	luggage_fini(&g);
	return kept ? kept : rc;
}

int online_run(struct cli *c, struct online *o)
{
	int rc = 0;

	contact_result_fini(&o->last); /* of a run before this one */
	contact_result_init(&o->last);
	for (int i = 0; i < TRIES_MAX; i++) {
		uint32_t told;
		bool again;

		rc = wait_told(c, o);
		if (rc)
			return rc;
		rc = once(c, o, &again);
		told = o->last.sync.retry_after_ms;
		if (owner_stopped(o) || (!again && (rc != -ERR_BUSY || !o->last.reached || !told ||
						    told > WAIT_MAX_MS)))
			break;
		o->patient = false; /* the dice were thrown */
	}
	return rc;
}

void online_fini(struct online *o)
{
	contact_result_fini(&o->last);
}

const char *online_comfort(struct cli *c)
{
	struct client_status st;
	struct err ignored = { 0 };

	if (client_status(c->client, &st, &ignored) || !(st.queued + st.drafts))
		return "";
	return show_text(c->arena,
			 _("nothing is lost: %llu sheets signed and %llu drafts are kept here"),
			 (unsigned long long)st.queued, (unsigned long long)st.drafts);
}
