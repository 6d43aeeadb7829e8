#include "crypto/code.h"

#include <assert.h>

struct code_key code_key_of(const struct code *c)
{
	struct span secret = { c->secret, sizeof(c->secret) };
	struct span salt = SPAN_LIT("ketnap enrolment code v1");
	struct code_key k;

	hkdf_sha256(k.id, sizeof(k.id), secret, salt, SPAN_LIT("id"));
	hkdf_sha256(k.key.b, sizeof(k.key.b), secret, salt, SPAN_LIT("key"));
	return k;
}

struct hash code_proof(const struct code_key *k, enum code_side by, const struct hash *binding,
		       struct span message)
{
	struct span info = by == CODE_CLIENT ? SPAN_LIT("ketnap enrolment client proof v1")
					     : SPAN_LIT("ketnap enrolment server proof v1");
	struct hash key, proof;

	assert(by == CODE_CLIENT || by == CODE_SERVER);
	hkdf_sha256(key.b, sizeof(key.b), span_of(k->key.b, HASH_BYTES),
		    span_of(binding->b, HASH_BYTES), info);
	proof = hmac_sha256(span_of(key.b, HASH_BYTES), message);
	bytes_wipe(&key, sizeof(key));
	return proof;
}

int code_proof_check(const struct code_key *k, enum code_side by, const struct hash *binding,
		     struct span message, const struct hash *proof, struct err *e)
{
	struct hash want = code_proof(k, by, binding, message);
	bool same = hash_eq(&want, proof);

	bytes_wipe(&want, sizeof(want));
	if (same)
		return 0;
	if (by == CODE_CLIENT)
		return err_set(e, ERR_DENIED, "this enrolment code is not the one that was issued");
	return err_set(e, ERR_DENIED,
		       "the server does not know this enrolment code: it may not be the"
		       " server that issued it");
}
