/* Keys, codes and certificates: renewal at a contact, and devices that are enrolled while others work. */
#include "sim.h"

#include "client/enrolment.h"

#include <inttypes.h>
#include <stdlib.h>

void keys_make_ca(struct base *b)
{
	static const uint8_t serial[CERT_SERIAL_BYTES] = { 1 };

	chance_fix(77);
	buf_init(&b->ca, CERT_BYTES_MAX);
	must(p256_generate(&b->ca_key, &b->w.e), &b->w.e, "a key of the CA");
	b->ca_from_ms = b->w.now_ms - INT64_C(86400000) * 900;
	must(cert_make_ca(&b->ca, b->ca_key, b->w.birth.store, serial, b->ca_from_ms, &b->w.e),
	     &b->w.e, "a CA");
}

/* One key for all that are there from the beginning: what they sign is told apart by their names. */
void keys_make_devices(struct base *b)
{
	uint8_t seed[SEAL_SEED_BYTES] = { 1 };
	struct p256_public key;

	seal_key_init(&b->server_seal, seed);
	for (uint8_t i = 0; i < ARRAY_LEN(b->seals); i++) {
		seed[0] = (uint8_t)(2 + i);
		seal_key_init(&b->seals[i], seed);
	}
	chance_fix(78);
	must(p256_generate(&b->device_key, &b->w.e), &b->w.e, "a key of devices");
	key = p256_public_of(b->device_key);
	b->device_spki = p256_spki_hash(&key);
}

void keys_of_device(const struct base *b, struct op *device)
{
	memcpy(device->device.spki_hash, b->device_spki.b, HASH_BYTES);
	memcpy(device->device.seal_key, b->seals[0].public.b, SEAL_PUBLIC_BYTES);
}

static void keep_key(struct sim *s, struct p256_key *key)
{
	s->keys = realloc(s->keys, (s->key_count + 1) * sizeof(struct p256_key *));
	if (!s->keys)
		abort();
	s->keys[s->key_count++] = key;
}

static void draw_for_server(void *ctx, void *out, size_t len)
{
	struct sim *s = ctx;
	uint8_t *to = out;

	for (size_t i = 0; i < len; i++)
		to[i] = (uint8_t)rng_below(&s->r, 256);
}

void keys_open(struct sim *s)
{
	struct enrol_setup how = { .ca = buf_span(&s->b->ca),
				   .ca_key = s->b->ca_key,
				   .address = SPAN_LIT("localhost:1"),
				   .codes = codes_mem_store(s->codes),
				   .random = { s, draw_for_server } };
	struct sticks_setup desk = { .ca = how.ca,
				     .seal = &s->b->server_seal,
				     .mark_key = s->sv.mark_key,
				     .program = s->sv.program,
				     .answers = answers_mem_store(s->answers),
				     .random = how.random };

	memcpy(how.seal_key, s->b->server_seal.public.b, sizeof(how.seal_key));
	must(sticks_new(&s->stick_desk, &desk, &s->e), &s->e, "a desk for sticks");
	must(enroller_new(&s->enroller, &how, &s->e), &s->e, "enrolment");
}

/* ---- renewal ---- */

/* Good for years, over half of its life, or past it. */
void keys_first(struct sim *s, struct holder *h)
{
	int64_t day_ms = 86400000, age = 1;

	if (sim_draw(s, F_RENEWED))
		age = 400 + (int64_t)rng_below(&s->r, 600);
	h->cert.spki = s->b->device_spki;
	h->cert.key = s->b->device_key;
	h->cert.not_before_ms = s->wall_ms - age * day_ms;
	h->cert.not_after_ms = h->cert.not_before_ms + CERT_LEAF_DAYS * day_ms;
}

static void hold(struct holder *h, const struct cert_info *info, struct span der,
		 struct p256_key *key)
{
	h->cert = (struct held_cert){ .spki = info->spki_hash,
				      .not_before_ms = info->not_before_ms,
				      .not_after_ms = info->not_after_ms,
				      .key = key,
				      .der_len = der.len };
	memcpy(h->cert.der, der.data, der.len);
}

struct span keys_certificate(struct sim *s, struct holder *h)
{
	static const uint8_t serial[CERT_SERIAL_BYTES] = { 9 };
	struct cert_subject subject = { .role = CERT_DEVICE, .device = h->d->device };
	struct p256_public key = p256_public_of(h->cert.key);
	int64_t at = h->cert.not_before_ms + INT64_C(86400000) * CERT_BACKDATE_DAYS;
	struct buf der;

	if (h->cert.der_len)
		return span_of(h->cert.der, h->cert.der_len);
	if (at < s->b->ca_from_ms)
		at = s->b->ca_from_ms;
	buf_init(&der, CERT_BYTES_MAX);
	must(cert_make(&der, buf_span(&s->b->ca), s->b->ca_key, &subject, &key, serial, at, &s->e),
	     &s->e, "a certificate");
	memcpy(h->cert.der, der.data, der.len);
	h->cert.der_len = der.len;
	buf_fini(&der);
	return span_of(h->cert.der, h->cert.der_len);
}

/* What this contact asks for, when the last one was told to renew. */
void keys_ask(struct sim *s, struct holder *h, struct sync_ask *ask)
{
	struct p256_key *key;
	struct buf csr;

	if (!h->renew)
		return;
	if (!h->csr_len) { /* the same until it is answered */
		buf_init(&csr, sizeof(h->csr));
		chance_fix(rng_next(&s->r));
		must(p256_generate(&key, &s->e), &s->e, "a key");
		must(cert_make_request(&csr, key, &s->e), &s->e, "a request");
		keep_key(s, key);
		h->csr_key = key;
		memcpy(h->csr, csr.data, csr.len);
		h->csr_len = csr.len;
		buf_fini(&csr);
	}
	ask->csr = span_of(h->csr, h->csr_len);
}

void keys_over(struct sim *s, struct holder *h, const struct sync *sync)
{
	struct span der = sync_certificate(sync);
	struct cert_info info;

	h->renew |= sync_result(sync)->renew_wanted;
	if (!der.len)
		return;
	must(cert_verify(&info, NULL, der, buf_span(&s->b->ca), CERT_DEVICE, s->wall_ms, &s->e),
	     &s->e, "a renewed certificate");
	if (info.subject.device != h->d->device)
		sim_fail(s, "device %zu was given the certificate of another", h->index);
	hold(h, &info, der, h->csr_key);
	h->renew = false;
	h->csr_len = 0;
	sim_count(s, F_RENEWED);
}

/* ---- enrolment ---- */

void keys_make_code(struct sim *s, uint32_t unit)
{
	static const enum person_role roles[] = { ROLE_CLERK, ROLE_APPROVER };
	size_t waiting = s->enrolled_count + s->card_count;
	struct job *j;

	for (size_t i = 0; i < ARRAY_LEN(s->enrolments); i++)
		waiting += s->enrolments[i].used;
	if (waiting >= ARRAY_LEN(s->enrolled))
		return;
	s->card_count++;
	j = job_new(JOB_CODE, 0, sim_server_now(s));
	j->by = SPAN_LIT("console:sim");
	j->make.unit = unit ? unit : s->units[rng_below(&s->r, (uint32_t)s->unit_count)].unit;
	j->make.role = roles[rng_below(&s->r, 2)];
	j->make.name = SPAN_LIT("Lê Thị C");
	writer_put(s->writer, &j);
}

/* What only the new device has; here it follows from the number that it drew. */
static struct seal_key seal_of_new(const uint8_t nonce[16])
{
	uint8_t seed[SEAL_SEED_BYTES] = { 0xe7 };
	struct seal_key k;

	memcpy(seed + 1, nonce, 16);
	seal_key_init(&k, seed);
	return k;
}

void keys_code_made(struct sim *s, const struct job *j)
{
	struct enrolment *n = NULL;
	struct seal_public seal;
	struct buf request;
	uint8_t nonce[16];

	s->card_count--;
	for (size_t i = 0; i < ARRAY_LEN(s->enrolments) && !n; i++)
		if (!s->enrolments[i].used)
			n = &s->enrolments[i];
	if (j->code || !n)
		return;
	*n = (struct enrolment){ .used = true };
	n->code = code_key_of(&j->make.secret);
	draw_for_server(s, nonce, sizeof(nonce));
	seal = s->b->seals[0].public;
	if (s->reg)
		seal = seal_of_new(nonce).public;
	chance_fix(rng_next(&s->r));
	buf_init(&request, sizeof(n->request));
	must(p256_generate(&n->key, &s->e), &s->e, "a key");
	keep_key(s, n->key);
	must(enrol_request(&request, &n->code, n->key, &seal, nonce, &s->e), &s->e,
	     "a request to enrol");
	memcpy(n->request, request.data, request.len);
	n->request_len = request.len;
	memcpy(n->nonce, nonce, 16);
	buf_fini(&request);
}

/* Which key a device came with last, by the log; `older`: this one is another that it had before. */
static const struct hash *newest_key(const struct sim *s, uint64_t device, const struct hash *key,
				     bool *older)
{
	const struct hash *newest = NULL;

	*older = false;
	for (size_t i = s->told_key_count; i-- > 0;) {
		if (s->told_keys[i].device != device)
			continue;
		if (newest)
			*older |= hash_eq(&s->told_keys[i].spki, key);
		else
			newest = &s->told_keys[i].spki;
	}
	*older |= newest && hash_eq(&s->b->device_spki, key);
	return newest;
}

static size_t installations(const struct sim *s, uint64_t device)
{
	size_t count = 0;

	for (size_t i = 0; i < s->holder_count; i++)
		count += s->holders[i].d->device == device;
	return count;
}

/* A key that was given up is never told again: the device that has used the next one would be locked out. Two
 * installations of one device each ask for their own, in whatever order, until one of them is shut out. */
static void key_heard(struct sim *s, const struct op *op, uint64_t lsn)
{
	const struct hash *newest;
	struct told_key is = { .device = op->device.device, .lsn = lsn };
	bool older;

	memcpy(is.spki.b, op->device.spki_hash, HASH_BYTES);
	newest = newest_key(s, is.device, &is.spki, &older);
	if (hash_eq(newest ? newest : &s->b->device_spki, &is.spki))
		return;
	if (older && installations(s, is.device) == 1)
		sim_fail(s, "entry %" PRIu64 " tells a key of device %" PRIx64 " that it gave up",
			 lsn, is.device);
	s->told_keys = realloc(s->told_keys, (s->told_key_count + 1) * sizeof(is));
	if (!s->told_keys)
		abort();
	s->told_keys[s->told_key_count++] = is;
}

void keys_forget(struct sim *s, uint64_t lsn)
{
	while (s->told_key_count && s->told_keys[s->told_key_count - 1].lsn > lsn)
		s->told_key_count--;
}

bool keys_gone(const struct sim *s, uint64_t device, const struct hash *spki)
{
	if (!s->ever_restored || hash_eq(&s->b->device_spki, spki))
		return false;
	for (size_t i = 0; i < s->told_key_count; i++)
		if (s->told_keys[i].device == device && hash_eq(&s->told_keys[i].spki, spki))
			return false;
	return true;
}

/* Its seal key is another: told as an enrolment is, with everything else as it stands. Whatever the product
 * says of a device's keys is said by the writer, out of the row of that moment; so nothing is under way that
 * changes it. */
void keys_new_seal(struct sim *s, const struct base_device *d)
{
	struct device_row row;
	struct op op;

	if (ledger_device(s->l, d->device, &row, &s->e))
		return; /* its enrolment was lost with a disk */
	for (size_t i = 0; i < s->holder_count; i++)
		if (s->holders[i].d->device == d->device && s->holders[i].csr_len)
			return;
	op = build_device(d->device, d->unit, d->person, row.epoch);
	memcpy(op.device.nonce, row.nonce, sizeof(row.nonce));
	memcpy(op.device.spki_hash, row.spki_hash, sizeof(row.spki_hash));
	memcpy(op.device.seal_key, s->b->seals[s->step & 1].public.b, SEAL_PUBLIC_BYTES);
	post_act(s, &op);
	sim_count(s, F_AUTHORITY);
}

/* A card makes one device, however often its answer is lost. */
void keys_heard(struct sim *s, const struct op *op, uint64_t lsn)
{
	if (lsn > s->b->lsn)
		key_heard(s, op, lsn);
	for (size_t i = 0; i < ARRAY_LEN(s->enrolments); i++) {
		struct enrolment *n = &s->enrolments[i];

		if (!n->used || memcmp(n->nonce, op->device.nonce, 16))
			continue;
		if (n->device && n->device != op->device.device && !s->ever_restored)
			sim_fail(s, "one card made two devices");
		n->device = op->device.device;
	}
}

static void over(struct enrolment *n)
{
	session_free(n->session);
	*n = (struct enrolment){ .used = false };
}

static void send(struct sim *s, struct enrolment *n)
{
	struct session_peer peer = { .verdict = CERT_UNREADABLE };
	struct wire_proved m = { .message = span_of(n->request, n->request_len) };
	struct arena *a = arena_new(WIRE_ARENA);
	struct buf frame;
	struct job *j;

	draw_for_server(s, peer.binding.b, HASH_BYTES);
	n->binding = peer.binding;
	n->conn = ++s->conns;
	n->asked_at = s->mono_ms;
	if (!n->first_ms)
		n->first_ms = s->mono_ms;
	must(session_new(&n->session, &s->sv, n->conn, &peer, sim_server_now(s), &s->e), &s->e,
	     "a session");
	m.proof = code_proof(&n->code, CODE_CLIENT, &n->binding, m.message);
	buf_init(&frame, FRAME_MEDIUM_MAX);
	must(wire_frame(&frame, FRAME_ENROL, &m, a, &s->e), &s->e, "a frame");
	session_input(n->session, buf_span(&frame), NULL, sim_server_now(s));
	while ((j = session_job(n->session)))
		writer_put(s->writer, &j);
	buf_fini(&frame);
	arena_free(a);
}

void keys_step(struct sim *s)
{
	for (size_t i = 0; i < ARRAY_LEN(s->enrolments); i++) {
		struct enrolment *n = &s->enrolments[i];

		if (!n->used || !s->up)
			continue;
		if (n->session && (rng_chance(&s->r, 4) || s->mono_ms > n->asked_at + 10000)) {
			session_free(
				n->session); /* the answer finds nobody: the same is asked again */
			n->session = NULL;
			n->again = true;
		} else if (!n->session && rng_chance(&s->r, 40)) {
			send(s, n);
		}
	}
}

static void became(struct sim *s, struct enrolment *n, const struct enrolled *is)
{
	struct base_device *d = &s->enrolled[s->enrolled_count++];
	struct holder *h = &s->holders[s->holder_count++];
	uint8_t seed[SEAL_SEED_BYTES] = { 0xe7 };
	struct cert_info info;

	*d = (struct base_device){ is->id.device, is->id.unit, is->id.person, is->id.role };
	holder_open(s, h, d, n->nonce);
	memcpy(seed + 1, n->nonce, 16);
	persons_holder_new(s, h, seed);
	must(cert_parse(&info, span_of(is->certificate, is->certificate_len), &s->e), &s->e,
	     "a certificate");
	hold(h, &info, span_of(is->certificate, is->certificate_len), n->key);
	sim_count(s, n->again ? F_ENROLLED_AGAIN : F_ENROLLED);
}

/* Refused: the code went with the disk of before, or somebody came too late. */
static void answered(struct sim *s, struct enrolment *n, const struct frame *f)
{
	struct arena *a = arena_new(2 * WIRE_ARENA);
	struct p256_public mine;
	struct enrol_asked asked = {
		.code = &n->code, .binding = &n->binding, .mine = &mine, .now_ms = s->wall_ms
	};
	struct enrolled is;
	union wire_any m;

	must(wire_decode(&m, f->type, f->payload, a, &s->e), &s->e, "an answer to enrolment");
	mine = p256_public_of(n->key);
	if (f->type == FRAME_ENROL_ACK) {
		must(enrol_check(&is, m.proved.message, &m.proved.proof, &asked, &s->e), &s->e,
		     "an enrolment");
		became(s, n, &is);
		over(n);
	} else if (f->type == FRAME_ERROR && m.error.code == WIRE_ENROL_REFUSED) {
		/* asked again too late: what it made is nobody's, and a new card is due */
		if (!s->ever_restored && !(n->again && s->mono_ms - n->first_ms > ENROL_AGAIN_MS))
			sim_fail(s, "a good code was refused");
		over(n);
	} else {
		session_free(n->session); /* later */
		n->session = NULL;
	}
	arena_free(a);
}

static long any_length(const void *arg, unsigned type, struct err *e)
{
	(void)arg;
	(void)type;
	(void)e;
	return FRAME_MAX;
}

bool keys_done(struct sim *s, struct job **j)
{
	for (size_t i = 0; i < ARRAY_LEN(s->enrolments); i++) {
		struct enrolment *n = &s->enrolments[i];
		struct frame f;
		size_t need;

		if (!n->used || !n->session || n->conn != (*j)->conn)
			continue;
		session_done(n->session, j, sim_server_now(s));
		if (frame_decode(&f, &need, session_output(n->session), any_length, NULL, &s->e) ==
		    FRAME_READY) {
			answered(s, n, &f);
		} else {
			session_free(n->session);
			n->session = NULL;
		}
		return true;
	}
	return false;
}

/* The process of the server is gone, and all its sessions. */
void keys_server_gone(struct sim *s)
{
	for (size_t i = 0; i < ARRAY_LEN(s->enrolments); i++) {
		s->enrolments[i].again |= s->enrolments[i].session != NULL;
		session_free(s->enrolments[i].session);
		s->enrolments[i].session = NULL;
	}
	enroller_free(s->enroller);
	s->enroller = NULL;
	sticks_free(s->stick_desk);
	s->stick_desk = NULL;
	s->card_count = 0; /* codes that were being made are nobody's */
}

void keys_close(struct sim *s)
{
	for (size_t i = 0; i < ARRAY_LEN(s->enrolments); i++)
		if (s->enrolments[i].used)
			over(&s->enrolments[i]);
	for (size_t i = 0; i < s->key_count; i++)
		p256_free(s->keys[i]);
	free(s->keys);
	free(s->told_keys);
}
