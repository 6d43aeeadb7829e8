#include "client/enrolment.h"

#include "base/version.h"

#include "proto/file.h"

int enrol_request(struct buf *out, const struct code_key *code, const struct p256_key *key,
		  const struct seal_public *seal, const uint8_t nonce[16], struct err *e)
{
	struct wire_enrol_request r = { .version_min = WIRE_VERSION_MIN,
					.version_max = WIRE_VERSION,
					.program = SPAN_LIT("ketnap " KETNAP_VERSION) };
	struct arena *a = arena_new(WIRE_ARENA);
	struct buf csr;
	int rc = a ? 0 : err_set(e, ERR_NOMEM, "no memory to enrol");

	buf_init(&csr, CERT_BYTES_MAX);
	if (!rc)
		rc = cert_make_request(&csr, key, e);
	r.csr = buf_span(&csr);
	memcpy(r.code_id, code->id, sizeof(r.code_id));
	memcpy(r.seal_key, seal->b, sizeof(r.seal_key));
	memcpy(r.nonce, nonce, sizeof(r.nonce));
	if (!rc)
		rc = wire_encode(out, WIRE_ENROL_REQUEST, &r, a, e);
	buf_fini(&csr);
	arena_free(a);
	return rc;
}

/* ---- what of the answer may be believed ---- */

static int take(struct enrolled *out, const struct wire_enrol_answer *w, struct err *e)
{
	struct identity *id = &out->id;

	if (!w->device || !w->unit || !w->epoch || w->ca.len > sizeof(id->ca) ||
	    w->certificate.len > sizeof(out->certificate) || w->address.len > CLIENT_ADDRESS_MAX)
		return err_set(e, ERR_PROTO, "the answer leaves something out");
	id->device = w->device;
	id->unit = w->unit;
	id->person = w->person;
	id->role = w->role <= ROLE_CONSOLE ? (enum person_role)w->role : ROLE_NONE;
	memcpy(id->store, w->store, sizeof(id->store));
	memcpy(id->log_key, w->log_key, sizeof(id->log_key));
	memcpy(id->seal_key, w->seal_key, sizeof(id->seal_key));
	memcpy(id->ca, w->ca.data, w->ca.len);
	id->ca_len = w->ca.len;
	if (w->address.len)
		memcpy(id->address, w->address.data, w->address.len);
	out->epoch = w->epoch;
	memcpy(out->incarnation, w->incarnation, sizeof(out->incarnation));
	memcpy(out->certificate, w->certificate.data, w->certificate.len);
	out->certificate_len = w->certificate.len;
	return 0;
}

int enrol_check(struct enrolled *out, struct span answer, const struct hash *proof,
		const struct enrol_asked *asked, struct err *e)
{
	struct arena *a = arena_new(WIRE_ARENA);
	struct wire_enrol_answer w;
	int rc = a ? enrol_answer_check(&w, answer, proof, asked, a, e)
		   : err_set(e, ERR_NOMEM, "no memory to enrol");

	memset(out, 0, sizeof(*out));
	if (!rc)
		rc = take(out, &w, e);
	arena_free(a);
	return rc;
}

/* ---- by stick ---- */

int enrol_file_write(struct buf *out, struct span request, const struct code_key *code,
		     struct err *e)
{
	struct file_head h = { .kind = FILE_ENROL };
	struct wire_proved p = { .message = request };
	struct hash binding = hash_bytes(request);
	struct arena *a = arena_new(WIRE_ARENA);
	struct buf content;
	int rc;

	if (!a)
		return err_set(e, ERR_NOMEM, "no memory to enrol");
	buf_init(&content, ENROL_FILE_MAX);
	p.proof = code_proof(code, CODE_CLIENT, &binding, request);
	rc = wire_encode(&content, FRAME_ENROL, &p, a, e);
	if (!rc)
		rc = file_write(out, &h, buf_span(&content), e);
	buf_fini(&content);
	arena_free(a);
	return rc;
}

int enrol_file_check(struct enrolled *out, struct span file, struct span request,
		     const struct code_key *code, const struct p256_public *mine, int64_t now_ms,
		     struct err *e)
{
	struct hash binding = hash_bytes(request);
	struct enrol_asked asked = {
		.code = code, .binding = &binding, .mine = mine, .now_ms = now_ms
	};
	struct arena *a = arena_new(WIRE_ARENA);
	struct wire_proved p;
	struct file_head h;
	struct span content;
	int rc = a ? file_read(&h, &content, NULL, file, e)
		   : err_set(e, ERR_NOMEM, "no memory to enrol");

	if (!rc && h.kind != FILE_ENROL_ACK)
		rc = err_set(e, ERR_INVALID, "this file is no answer to a request to enrol");
	if (!rc && !hash_eq(&h.about, &binding))
		rc = err_set(e, ERR_INVALID,
			     "this file answers another request than the one made here");
	if (!rc)
		rc = wire_decode(&p, FRAME_ENROL_ACK, content, a, e);
	if (!rc)
		rc = enrol_check(out, p.message, &p.proof, &asked, e);
	arena_free(a);
	return rc;
}

int renewed_check(struct span cert, const struct identity *id, const struct p256_public *mine,
		  int64_t now_ms, struct err *e)
{
	struct cert_info info;
	int rc = cert_verify(&info, NULL, cert, span_of(id->ca, id->ca_len), CERT_DEVICE, now_ms,
			     e);

	if (!rc && (info.subject.device != id->device || !p256_public_eq(&info.key, mine)))
		rc = err_set(e, ERR_PROTO, "the renewed certificate is for another device");
	return rc ? err_wrap(e, rc, "renewed certificate") : 0;
}
