/* follow: hold the whole log of a running server, so that this machine can take its place. PROTOCOL.md, section 17. */
#include "show.h"

#include "keys_dir.h"
#include "standby_dir.h"

#include "base/log.h"
#include "base/version.h"
#include "crypto/random.h"
#include "crypto/seal.h"

#include <stdlib.h>

enum { POLL_MS = 500, SAVE_MS = 1000 };

struct follow {
	struct cli *c;
	struct standby *s;
	struct buf csr;
	struct keys_dir *keys;
	struct standby_contact contact;
	int64_t saved_ms;
	bool said, heard; /* heard: of a contact of this run */
	char told[5][24];
	struct span args[6];
};

static int64_t real_ms(void *arg)
{
	return ((struct cli *)arg)->now_ms();
}

/* ---- enrolling ---- */

/* What is sealed to it nobody opens: the secret half is forgotten here. */
static int pack_request(struct buf *out, const struct code_key *code, const struct p256_key *key,
			const struct standby *s, struct err *e)
{
	struct wire_enrol_request r = { .version_min = WIRE_VERSION_MIN,
					.version_max = WIRE_VERSION,
					.program = SPAN_LIT("ketnapd " KETNAP_VERSION) };
	uint8_t seed[SEAL_SEED_BYTES];
	struct arena *a = arena_new(WIRE_ARENA);
	struct seal_key seal;
	struct buf csr;
	int rc = a ? crypto_random(seed, sizeof(seed), e)
		   : err_set(e, ERR_NOMEM, "no memory to enrol");

	buf_init(&csr, CERT_BYTES_MAX);
	if (!rc)
		rc = cert_make_request(&csr, key, e);
	if (!rc) {
		seal_key_init(&seal, seed);
		r.csr = buf_span(&csr);
		memcpy(r.code_id, code->id, sizeof(r.code_id));
		memcpy(r.seal_key, seal.public.b, sizeof(r.seal_key));
		memcpy(r.nonce, s->who.nonce, sizeof(r.nonce));
		rc = wire_encode(out, WIRE_ENROL_REQUEST, &r, a, e);
		seal_key_fini(&seal);
	}
	bytes_wipe(seed, sizeof(seed));
	buf_fini(&csr);
	arena_free(a);
	return rc;
}

static int take_enrolled(struct standby *s, const struct follow_enrolled *got, struct err *e)
{
	uint8_t nonce[sizeof(s->who.nonce)];

	if (got->role != ROLE_STANDBY)
		return err_set(
			e, ERR_DENIED,
			"the code is not one of a standby: `ketnapd enroll ROOT --role standby` "
			"makes one");
	memcpy(nonce, s->who.nonce, sizeof(nonce));
	s->who = got->who;
	memcpy(s->who.nonce, nonce, sizeof(nonce));
	buf_bytes(&s->ca, span_of(got->ca, got->ca_len));
	buf_bytes(&s->cert, span_of(got->cert, got->cert_len));
	return s->ca.failed || s->cert.failed ? err_set(e, ERR_NOMEM, "no memory to enrol") : 0;
}

static int enrol(struct cli *c, struct standby *s, const char *address, const char *code_words)
{
	struct follow_enrolled *got = calloc(1, sizeof(*got));
	struct follow_enrol how = { .steady = clock_steady,
				    .real = { real_ms, c },
				    .address = address };
	struct p256_key *key = NULL;
	struct p256_public mine;
	struct code_key code_key;
	struct code code;
	struct buf request;
	int rc = got ? code_parse(&code, NULL, span_str(code_words), &c->err)
		     : err_set(&c->err, ERR_NOMEM, "no memory to enrol");

	buf_init(&request, FRAME_SMALL_MAX);
	if (rc == -ERR_INVALID)
		cli_misused(c, rc);
	if (!rc)
		rc = standby_prepare(s, &key, options.data, &c->err);
	if (!rc) {
		code_key = code_key_of(&code);
		mine = p256_public_of(key);
		rc = pack_request(&request, &code_key, key, s, &c->err);
	}
	if (!rc) {
		how.code = &code_key;
		how.mine = &mine;
		how.request = buf_span(&request);
		rc = follow_enrol(got, &how, &c->err);
	}
	if (!rc)
		rc = take_enrolled(s, got, &c->err);
	if (!rc) {
		snprintf(s->address, sizeof(s->address), "%s", address);
		rc = standby_save(s, options.data, &c->err);
	}
	p256_free(key);
	buf_fini(&request);
	free(got);
	return rc;
}

/* ---- following ---- */

static const char *state_name(const struct follower_state *st)
{
	switch (st->end) {
	case FOLLOWER_GOING:
		return !st->met ? "away" : st->level ? "level" : "following";
	case FOLLOWER_LATER:
		return "away";
	default:
		return "stopped";
	}
}

static void on_told(void *ctx, const struct follower_state *st)
{
	struct follow *f = ctx;
	struct standby_contact *k = &f->contact;
	int64_t now_ms = f->c->now_ms();
	bool ended = st->end != FOLLOWER_GOING, changed = strcmp(k->state, state_name(st)) != 0;
	struct err e = { 0 };

	f->heard = true;
	snprintf(k->state, sizeof(k->state), "%s", state_name(st));
	snprintf(k->reason, sizeof(k->reason), "%.500s", ended ? st->err.msg : "");
	k->lsn = st->lsn;
	if (st->proven > k->proven)
		k->proven = st->proven;
	if (st->server_lsn)
		k->server_lsn = st->server_lsn;
	if (st->met)
		k->contact_ms = now_ms;
	if (st->level)
		k->level_ms = now_ms;
	if (st->met && !f->said) {
		f->said = true;
		fprintf(f->c->out, "following %s device=%016llx lsn=%llu\n", f->s->address,
			(unsigned long long)f->s->who.device, (unsigned long long)st->lsn);
		fflush(f->c->out);
	}
	if (!changed && now_ms - f->saved_ms < SAVE_MS && now_ms >= f->saved_ms)
		return;
	f->saved_ms = now_ms;
	if (standby_contact_save(k, f->c->store.path, &e))
		log_error("event=contact error=\"%s\"", e.msg);
	if (changed)
		log_info("event=%s lsn=%llu server_lsn=%llu%s%s%s", k->state,
			 (unsigned long long)k->lsn, (unsigned long long)k->server_lsn,
			 *k->reason ? " why=\"" : "", k->reason, *k->reason ? "\"" : "");
}

/* ---- its own port ---- */

static void on_listening(void *ctx, const struct addr *at)
{
	struct follow *f = ctx;
	char text[ADDR_TEXT_MAX];

	fprintf(f->c->out, "listening %s\n", addr_text(text, at));
	fflush(f->c->out);
}

static size_t on_asked(void *ctx, const struct span **out)
{
	struct follow *f = ctx;
	const struct standby_contact *k = &f->contact;
	uint64_t behind = k->server_lsn > k->lsn ? k->server_lsn - k->lsn : 0;
	int64_t since_ms = f->c->now_ms() - k->level_ms;

	/* what was kept is of the last run: nothing has been heard since */
	snprintf(f->told[0], sizeof(f->told[0]), "%s", f->heard ? k->state : "away");
	snprintf(f->told[1], sizeof(f->told[1]), "%llu", (unsigned long long)k->lsn);
	snprintf(f->told[2], sizeof(f->told[2]), "%llu", (unsigned long long)k->proven);
	snprintf(f->told[3], sizeof(f->told[3]), "%llu", (unsigned long long)behind);
	snprintf(f->told[4], sizeof(f->told[4]), "%lld",
		 !k->level_ms   ? -1LL
		 : since_ms > 0 ? (long long)since_ms / 1000
				: 0LL);
	f->args[0] = span_str(f->s->address);
	for (size_t i = 0; i < ARRAY_LEN(f->told); i++)
		f->args[i + 1] = span_str(f->told[i]);
	*out = f->args;
	return ARRAY_LEN(f->args);
}

static int find_listen(struct cli *c, struct addr *at)
{
	struct addr found[ADDR_FOUND_MAX];
	size_t count;
	int rc = addr_parse(found, &count, span_str(options.listen), true, &c->err);

	if (rc)
		return rc == -ERR_INVALID ? cli_misused(c, rc) : rc;
	*at = found[0];
	return 0;
}

static int on_renewed(void *ctx, struct span certificate, struct err *e)
{
	struct follow *f = ctx;
	struct cert_info info;
	int rc = cert_verify(&info, NULL, certificate, buf_span(&f->s->ca), CERT_DEVICE,
			     f->c->now_ms(), e);

	if (!rc && info.subject.device != f->s->who.device)
		rc = err_set(e, ERR_PROTO, "the renewed certificate is for another device");
	if (rc)
		return rc;
	buf_reset(&f->s->cert);
	buf_bytes(&f->s->cert, certificate);
	log_info("event=certificate renewed=1");
	return standby_save_cert(f->s, f->c->store.path, e);
}

static int make_csr(struct follow *f)
{
	struct p256_key *key = NULL;
	int rc = p256_load_pem(&key, buf_span(&f->s->key), &f->c->err);

	if (!rc)
		rc = cert_make_request(&f->csr, key, &f->c->err);
	p256_free(key);
	return rc;
}

/* The signed head that is kept is of entries that were proven, whatever the other file says. */
static uint64_t proven(struct follow *f)
{
	struct ed25519_sig sig;
	struct head head;
	uint64_t at = f->contact.proven, lsn;

	if (!f->c->store.ledger)
		return 0;
	lsn = ledger_info(f->c->store.ledger).lsn;
	if (!ledger_head(f->c->store.ledger, &head, &sig, NULL) && head.size > at)
		at = head.size;
	return at < lsn ? at : lsn;
}

static int follow(struct follow *f)
{
	struct cli *c = f->c;
	struct follow_setup setup = { .steady = clock_steady,
				      .real = { real_ms, c },
				      .address = f->s->address,
				      .ca = buf_span(&f->s->ca),
				      .key = buf_span(&f->s->key),
				      .cert = &f->s->cert,
				      .told = on_told,
				      .listening = on_listening,
				      .asked = on_asked,
				      .ctx = f };
	struct addr listen;
	int rc = standby_contact_load(&f->contact, c->store.path, &c->err);

	if (!rc && options.listen) {
		setup.listen = &listen;
		rc = find_listen(c, &listen);
	}
	if (!rc)
		rc = make_csr(f);
	if (!rc)
		rc = keys_dir_open(&f->keys, c->store.path, &c->err);
	if (rc)
		return rc;
	setup.core = (struct follower_setup){ .kv = c->store.kv,
					      .ledger = &c->store.ledger,
					      .keys = keys_dir_store(f->keys),
					      .who = f->s->who,
					      .program = SPAN_LIT("ketnapd " KETNAP_VERSION),
					      .csr = buf_span(&f->csr),
					      .proven = proven(f),
					      .poll_ms = POLL_MS,
					      .renewed = on_renewed,
					      .ctx = f };
	log_info("event=follow server=%s", f->s->address);
	rc = follow_run(&setup, &c->err);
	if (standby_contact_save(&f->contact, c->store.path, rc ? NULL : &c->err) && !rc)
		rc = -(int)c->err.code;
	if (rc == -ERR_STATE)
		rc = err_set(&c->err, ERR_STATE, "this standby has stopped: %s",
			     _(f->contact.reason));
	log_info("event=stopped lsn=%llu", (unsigned long long)f->contact.lsn);
	return rc;
}

/* A standby is told its server again when that has moved. */
static int open_standby(struct cli *c, struct standby *s, int argc, char **argv)
{
	uint8_t begun[16];
	int rc = store_dir_open_standby(&c->store, options.data, &c->err);

	if (!rc)
		rc = standby_load(s, options.data, &c->err);
	/* What it would show the server is a head of its successor, which stops it for good. */
	if (!rc && c->store.ledger && standby_promoting(begun, options.data) &&
	    !memcmp(begun, ledger_info(c->store.ledger).incarnation, sizeof(begun)))
		rc = err_set(&c->err, ERR_STATE,
			     "the promotion of %s was cut off, and has begun: `ketnapd promote` "
			     "ends it. To follow the server further, begin a standby in a new "
			     "directory",
			     options.data);
	if (rc || argc < 2 || !strcmp(argv[1], s->address))
		return rc;
	if (strlen(argv[1]) >= sizeof(s->address))
		return cli_misused(c, err_set(&c->err, ERR_INVALID, "the address is too long"));
	snprintf(s->address, sizeof(s->address), "%s", argv[1]);
	return standby_save(s, options.data, &c->err);
}

static int make_standby(struct cli *c, struct standby *s, int argc, char **argv)
{
	int rc;

	if (argc < 3)
		return cli_misused(
			c, err_set(&c->err, ERR_INVALID,
				   "the first time follow needs HOST:PORT and a CODE: `ketnapd "
				   "enroll ROOT --role standby` at the server makes one"));
	rc = store_dir_create_standby(&c->store, options.data, &c->err);
	return rc ? rc : enrol(c, s, argv[1], argv[2]);
}

int cmd_follow(struct cli *c, int argc, char **argv)
{
	struct standby s;
	struct follow f = { .c = c, .s = &s };
	enum log_level level = LOG_INFO;
	int rc = options.log_level ? log_level_parse(&level, options.log_level, &c->err) : 0;

	if (rc)
		return cli_misused(c, rc);
	log_set_level(level);
	standby_init(&s);
	buf_init(&f.csr, CERT_BYTES_MAX);
	rc = store_dir_is_standby(options.data) ? open_standby(c, &s, argc, argv)
						: make_standby(c, &s, argc, argv);
	if (!rc)
		rc = follow(&f);
	keys_dir_close(f.keys);
	buf_fini(&f.csr);
	standby_fini(&s);
	return rc;
}
