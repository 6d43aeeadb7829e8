#include "proto/enrol_answer.h"

#include "base/dates.h"

static int check_store(const struct wire_enrol_answer *w, struct err *e)
{
	struct cert_info ca;
	int rc = cert_parse(&ca, w->ca, e);

	if (!rc && (ca.subject.role != CERT_CA || memcmp(ca.subject.server, w->store, WIRE_ID)))
		rc = err_set(e, ERR_PROTO,
			     "the answer names a certificate authority of another store");
	return rc;
}

static int check_device(const struct wire_enrol_answer *w, const struct p256_public *mine,
			int64_t now_ms, struct err *e)
{
	enum cert_verdict verdict;
	struct cert_info info;
	int rc = cert_verify(&info, &verdict, w->certificate, w->ca, CERT_DEVICE, now_ms, e);

	if (verdict == CERT_EXPIRED) { /* just issued: one of the two clocks is wrong */
		char here[DAY_TEXT_MAX], there[DAY_TEXT_MAX];

		day_slash(here, day_of_instant(now_ms));
		day_slash(there, day_of_instant(w->time_ms));
		return err_set(
			e, ERR_STATE,
			"the clock of this computer shows %s, the server's %s: set the right "
			"date, then enrol within the hour with the same code",
			here, there);
	}
	if (!rc && (info.subject.device != w->device || !p256_public_eq(&info.key, mine)))
		rc = err_set(e, ERR_PROTO, "the answer has a certificate for another device");
	return rc;
}

static int check_server(const struct wire_enrol_answer *w, struct span cert, int64_t now_ms,
			struct err *e)
{
	struct cert_info info;
	int rc = cert_verify(&info, NULL, cert, w->ca, CERT_SERVER, now_ms, e);

	if (!rc && memcmp(info.subject.server, w->store, WIRE_ID))
		rc = err_set(e, ERR_DENIED, "another store's");
	if (rc == -ERR_INVALID || rc == -ERR_DENIED)
		return err_set(e, ERR_DENIED,
			       "the answer is for another server than the one at this address: "
			       "somebody may stand in between; nothing was enrolled");
	return rc;
}

int enrol_answer_check(struct wire_enrol_answer *w, struct span answer, const struct hash *proof,
		       const struct enrol_asked *asked, struct arena *a, struct err *e)
{
	int64_t now_ms = asked->now_ms;
	int rc = code_proof_check(asked->code, CODE_SERVER, asked->binding, answer, proof, e);

	if (rc)
		rc = err_set(e, ERR_DENIED,
			     "who answered does not know the code: this is not the server "
			     "that gave it, or somebody stands in between; nothing was enrolled");
	if (!rc)
		rc = wire_decode(w, WIRE_ENROL_ANSWER, answer, a, e);
	if (!rc && w->version != WIRE_VERSION)
		rc = err_set(e, ERR_VERSION,
			     "the server speaks version %u of the protocol, this program "
			     "version %d",
			     w->version, WIRE_VERSION);
	if (!rc && w->time_ms > now_ms)
		now_ms = w->time_ms; /* a clock that was reset must not keep a device out */
	if (!rc)
		rc = check_store(w, e);
	if (!rc)
		rc = check_device(w, asked->mine, now_ms, e);
	if (!rc && asked->server_cert.data)
		rc = check_server(w, asked->server_cert, now_ms, e);
	return rc;
}
