#include "server/enrol.h"

#include "server/guesses.h"

#include <stdlib.h>

struct enroller {
	struct enrol_setup setup;
	struct guesses by_code, by_address;
};

int enroller_new(struct enroller **out, const struct enrol_setup *setup, struct err *e)
{
	*out = calloc(1, sizeof(**out));
	if (!*out)
		return err_set(e, ERR_NOMEM, "no memory for enrolment");
	(*out)->setup = *setup;
	return 0;
}

void enroller_free(struct enroller *en)
{
	free(en);
}

static void draw(const struct enroller *en, void *out, size_t len)
{
	en->setup.random.fill(en->setup.random.ctx, out, len);
}

/* An act that the ledger refused is the job's answer; a failure of the store ends the batch. */
static int act(struct ledger *l, struct job *j, const struct op *op, int64_t wall_ms, struct err *e)
{
	int rc;

	err_clear(&j->err);
	rc = ledger_act(l, op, wall_ms, &j->lsn, &j->err);
	if (rc == -ERR_INVALID || rc == -ERR_EXISTS || rc == -ERR_RANGE) {
		j->code = WIRE_NOT_ALLOWED;
		return 0;
	}
	if (rc && e)
		*e = j->err;
	return rc;
}

/* Not the log's store: that one full is no reason to stop taking ops, so it is not -ERR_FULL. */
static int keep_code(struct enroller *en, const struct code_row *row, struct err *e)
{
	int rc = en->setup.codes.put(en->setup.codes.ctx, row, e);

	return !rc ? 0
	       : rc == -ERR_FULL
		       ? err_wrap(e, -ERR_BUSY,
				  "no room is left for an enrolment code; make some and try again")
		       : err_wrap(e, -ERR_IO, "enrolment code not kept");
}

/* ---- codes ---- */

static int make_person(struct ledger *l, struct job *j, int64_t wall_ms, struct err *e)
{
	struct job_code *m = &j->make;
	struct op op = { .kind = OP_PERSON, .unit = m->unit, .source = j->by };
	int rc = ledger_person_free(l, &m->holder, e);

	if (rc)
		return rc;
	op.person = (struct op_person){ .person = m->holder,
					.role = m->role,
					.name = m->name,
					.title = m->title,
					.phone = m->phone,
					.from = day_of_instant(wall_ms) };
	return act(l, j, &op, wall_ms, e);
}

static int check_person(struct ledger *l, struct job *j, struct err *e)
{
	struct person_row row;
	int rc = ledger_person(l, j->make.person, &row, e);

	j->make.holder = j->make.person;
	if (rc && rc != -ERR_NOTFOUND)
		return rc;
	if (rc || row.unit != j->make.unit) {
		j->code = WIRE_NOT_FOUND;
		err_set(&j->err, ERR_NOTFOUND, "person %u is not of that unit", j->make.person);
	}
	return 0;
}

/* What the log has of a code. */
static struct hash code_hash(const struct code_row *row)
{
	return hash_bytes(span_of(row->key.id, sizeof(row->key.id)));
}

int enrol_make_code(struct enroller *en, struct ledger *l, struct job *j, int64_t wall_ms,
		    struct err *e)
{
	struct op op = { .kind = OP_ENROL_CODE, .unit = j->make.unit, .source = j->by };
	uint8_t random[CODE_RANDOM_BYTES];
	struct code_row row = { .unit = j->make.unit, .expires_ms = j->make.expires_ms };
	struct hash h;
	int rc;

	if (!row.expires_ms)
		row.expires_ms = wall_ms + ENROL_CODE_DAYS * INT64_C(86400000);
	rc = j->make.person ? check_person(l, j, e) : make_person(l, j, wall_ms, e);
	if (rc || j->code)
		return rc;
	row.person = j->make.holder;
	if (!j->make.drawn) { /* once, however often the batch is tried: no row is left behind */
		draw(en, random, sizeof(random));
		j->make.secret = code_make(random);
		bytes_wipe(random, sizeof(random));
		j->make.drawn = true;
	}
	row.key = code_key_of(&j->make.secret);
	h = code_hash(&row);
	op.enrol_code.expires_ms = row.expires_ms;
	op.enrol_code.person = row.person;
	memcpy(op.enrol_code.code_hash, h.b, HASH_BYTES);
	rc = act(l, j, &op, wall_ms, e);
	/* Before the commit: a code that the store has and the log has not was told to nobody. */
	if (!rc && !j->code)
		rc = keep_code(en, &row, e);
	bytes_wipe(&row, sizeof(row));
	return rc;
}

void enrol_unmake_code(struct enroller *en, struct job *j)
{
	struct code_key key;

	if (!j->make.drawn)
		return;
	key = code_key_of(&j->make.secret);
	(void)en->setup.codes.del(en->setup.codes.ctx, key.id, NULL);
	bytes_wipe(&key, sizeof(key));
	bytes_wipe(&j->make.secret, sizeof(j->make.secret));
	j->make.drawn = false;
}

/* ---- enrolment ---- */

static int refuse(struct enroller *en, struct job *j, const uint8_t *code_id, uint64_t mono_ms)
{
	guesses_wrong(&en->by_address, j->enrol.address, mono_ms);
	if (code_id)
		guesses_wrong(&en->by_code, code_id, mono_ms);
	j->code = WIRE_ENROL_REFUSED;
	return 0;
}

/* Who comes again within the hour is known by key and nonce; the request's other bytes (a signature
 * among them) may differ. */
static struct hash request_of(const struct p256_public *key, const struct wire_enrol_request *q)
{
	struct hash spki = p256_spki_hash(key);

	return hash_bytes2(span_of(spki.b, HASH_BYTES), span_of(q->nonce, sizeof(q->nonce)));
}

static int draw_device(struct enroller *en, struct ledger *l, uint64_t *device, struct err *e)
{
	struct device_row row;
	int rc;

	do {
		draw(en, device, sizeof(*device));
		rc = *device ? ledger_device(l, *device, &row, e) : 0;
	} while (!rc);
	return rc == -ERR_NOTFOUND ? 0 : rc;
}

static int new_device(struct enroller *en, struct ledger *l, struct job *j, struct code_row *row,
		      const struct wire_enrol_request *q, const struct p256_public *key,
		      int64_t wall_ms, struct err *e)
{
	struct op op = { .kind = OP_DEVICE, .unit = row->unit, .source = SPAN_LIT("enrolment") };
	struct hash spki = p256_spki_hash(key);
	int rc = draw_device(en, l, &row->device, e);

	if (rc)
		return rc;
	row->request = request_of(key, q);
	row->used_ms = wall_ms;
	op.device = (struct op_device){ .device = row->device, .epoch = 1, .person = row->person };
	memcpy(op.device.spki_hash, spki.b, HASH_BYTES);
	memcpy(op.device.seal_key, q->seal_key, sizeof(op.device.seal_key));
	memcpy(op.device.nonce, q->nonce, sizeof(op.device.nonce));
	rc = act(l, j, &op, wall_ms, e);
	/* The code names its device before the commit; it is used up once the ledger has that one. */
	return rc || j->code ? rc : keep_code(en, row, e);
}

static int certificate(struct enroller *en, struct ledger *l, uint64_t device,
		       const struct p256_public *key, int64_t real_ms, struct arena *a,
		       struct span *out, struct err *e)
{
	struct cert_subject subject = { .role = CERT_DEVICE, .device = device };
	struct ledger_info info = ledger_info(l);
	uint8_t serial[CERT_SERIAL_BYTES];
	struct buf der;
	int rc;

	memcpy(subject.server, info.store, sizeof(subject.server));
	draw(en, serial, sizeof(serial));
	serial[0] |= 1; /* never all zero */
	buf_init(&der, CERT_BYTES_MAX);
	/* The device judges it by the newest head too, which may be ahead of us. */
	rc = cert_make_known(&der, en->setup.ca, en->setup.ca_key, &subject, key, serial, real_ms,
			     info.illustrative ? INT64_MAX : info.time_ms, e);
	if (!rc) {
		*out = arena_copy(a, buf_span(&der));
		rc = out->data ? 0 : err_set(e, ERR_NOMEM, "no memory for a certificate");
	}
	buf_fini(&der);
	return rc;
}

static int tell(struct enroller *en, struct ledger *l, struct job *j, const struct code_row *row,
		const struct p256_public *key, struct moment now, struct err *e)
{
	struct ledger_info info = ledger_info(l);
	struct wire_enrol_answer t = { .version = WIRE_VERSION,
				       .device = row->device,
				       .unit = row->unit,
				       .person = row->person,
				       .ca = en->setup.ca,
				       .time_ms = now.wall_ms,
				       .address = en->setup.address };
	struct person_row person;
	struct device_row device;
	struct buf answer;
	int rc = ledger_person(l, row->person, &person, e);

	if (!rc)
		rc = ledger_device(l, row->device, &device, e);
	if (!rc)
		rc = certificate(en, l, row->device, key, moment_real_ms(now), j->a, &t.certificate,
				 e);
	if (rc)
		return rc;
	t.role = person.role;
	t.epoch = device.epoch;
	memcpy(t.store, info.store, sizeof(t.store));
	memcpy(t.incarnation, info.incarnation, sizeof(t.incarnation));
	memcpy(t.log_key, info.log_key, sizeof(t.log_key));
	memcpy(t.seal_key, en->setup.seal_key, sizeof(t.seal_key));
	buf_init(&answer, FRAME_MEDIUM_MAX);
	rc = wire_encode(&answer, WIRE_ENROL_ANSWER, &t, j->a, e);
	if (!rc) {
		j->enrol.answer = arena_copy(j->a, buf_span(&answer));
		rc = j->enrol.answer.data ? 0 : err_set(e, ERR_NOMEM, "no memory for an answer");
	}
	buf_fini(&answer);
	j->enrol.answer_proof = code_proof(&row->key, CODE_SERVER, &j->enrol.binding,
					   j->enrol.answer);
	return rc;
}

/* Is the code used: *again 1 by this very request within the hour, -1 otherwise; 0: free. When the ledger
 * cannot say, the code is not taken for a free one. */
static int used(int *again, struct ledger *l, const struct code_row *row,
		const struct hash *request, int64_t wall_ms, struct err *e)
{
	struct device_row device;
	int rc = row->device ? ledger_device(l, row->device, &device, e) : -ERR_NOTFOUND;

	*again = 0;
	if (rc)
		return rc == -ERR_NOTFOUND ? 0 : rc;
	*again = hash_eq(&row->request, request) && !device.revoked_lsn &&
				 wall_ms - row->used_ms < ENROL_AGAIN_MS
			 ? 1
			 : -1;
	return 0;
}

/* WIRE_CSR_INVALID only where it was looked at. */
static int read_csr(struct p256_public *key, enum wire_code *code, struct span csr, struct err *e)
{
	int rc = cert_check_request(key, csr, e);

	if (rc == -ERR_NOMEM)
		return rc;
	if (rc) {
		err_clear(e);
		*code = WIRE_CSR_INVALID;
	}
	return 0;
}

/* The proof was right: who asks holds the card. */
static int enrol_holder(struct enroller *en, struct ledger *l, struct job *j, struct code_row *row,
			const struct wire_enrol_request *q, struct moment now, struct err *e)
{
	struct p256_public key;
	struct hash request;
	bool made;
	int again, rc = read_csr(&key, &j->code, q->csr, e);

	if (rc || j->code)
		return rc;
	request = request_of(&key, q);
	rc = used(&again, l, row, &request, now.wall_ms, e);
	if (rc)
		return rc;
	if (again < 0 || (!again && now.wall_ms >= row->expires_ms)) {
		bool over = now.wall_ms - (again ? row->used_ms : row->expires_ms) >=
			    ENROL_AGAIN_MS;

		if (over) /* good for nobody any more; a secret that is not kept cannot leak */
			(void)en->setup.codes.del(en->setup.codes.ctx, row->key.id, NULL);
		return refuse(en, j, q->code_id, now.mono_ms);
	}
	if (!again) { /* made before an older copy of the store was put back: its person may be another by now */
		rc = ledger_code_made(l, code_hash(row).b, &made, e);
		if (rc || !made)
			return rc ? rc : refuse(en, j, q->code_id, now.mono_ms);
	}
	rc = again ? 0 : new_device(en, l, j, row, q, &key, now.wall_ms, e);
	return rc || j->code ? rc : tell(en, l, j, row, &key, now, e);
}

int enrol_answer(struct enroller *en, struct ledger *l, struct job *j, struct moment now,
		 struct err *e)
{
	struct wire_enrol_request q;
	struct code_row row;
	uint32_t wait;
	int rc = wire_decode(&q, WIRE_ENROL_REQUEST, j->enrol.request, j->a, e);

	j->code = rc == -ERR_PROTO ? WIRE_MALFORMED : WIRE_OK;
	if (rc)
		return rc == -ERR_PROTO ? 0 : rc;
	if (q.version_min > WIRE_VERSION || q.version_max < WIRE_VERSION_MIN) {
		j->code = WIRE_VERSION_NONE;
		return 0;
	}
	wait = guesses_wait(&en->by_address, j->enrol.address, now.mono_ms);
	if (!wait)
		wait = guesses_wait(&en->by_code, q.code_id, now.mono_ms);
	j->enrol.wait_ms = wait;
	if (wait) {
		j->code = WIRE_ENROL_LATER;
		return 0;
	}
	rc = en->setup.codes.get(en->setup.codes.ctx, q.code_id, &row, e);
	if (rc == -ERR_NOTFOUND)
		return refuse(en, j, NULL, now.mono_ms);
	if (rc)
		return rc;
	if (code_proof_check(&row.key, CODE_CLIENT, &j->enrol.binding, j->enrol.request,
			     &j->enrol.proof, NULL))
		rc = refuse(en, j, q.code_id, now.mono_ms);
	else
		rc = enrol_holder(en, l, j, &row, &q, now, e);
	bytes_wipe(&row, sizeof(row));
	return rc;
}

/* ---- renewal ---- */

int enrol_renew(struct enroller *en, struct ledger *l, struct job *j, int64_t wall_ms,
		struct err *e)
{
	struct op op = { .kind = OP_DEVICE, .source = SPAN_LIT("renewal") };
	struct p256_public key;
	struct device_row row;
	enum wire_code code;
	struct hash spki;
	bool changes;
	int rc = hello_device(&code, &row, l, j->device, e);

	if (rc)
		return rc;
	j->code = code;
	if (!code)
		rc = read_csr(&key, &j->code, j->renew.csr, e);
	if (rc || j->code)
		return rc;
	spki = p256_spki_hash(&key);
	op.unit = row.unit;
	op.device = (struct op_device){ .device = row.device,
					.epoch = row.epoch,
					.person = row.person };
	memcpy(op.device.spki_hash, spki.b, HASH_BYTES);
	memcpy(op.device.seal_key, row.seal_key, sizeof(op.device.seal_key));
	memcpy(op.device.nonce, row.nonce, sizeof(op.device.nonce));
	if (j->renew.seal_key.len == sizeof(op.device.seal_key))
		memcpy(op.device.seal_key, j->renew.seal_key.data, sizeof(op.device.seal_key));
	changes = memcmp(op.device.spki_hash, row.spki_hash, HASH_BYTES) ||
		  memcmp(op.device.seal_key, row.seal_key, sizeof(row.seal_key));
	if (changes)
		rc = act(l, j, &op, wall_ms, e);
	return rc || j->code ? rc
			     : certificate(en, l, row.device, &key,
					   j->at.real_ms ? j->at.real_ms : wall_ms, j->a,
					   &j->renew.certificate, e);
}
