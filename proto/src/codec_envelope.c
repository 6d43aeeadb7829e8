#include "op.pb-c.h"
#include "pb.h"
#include "proto/codec.h"

void envelope_encode(struct buf *b, const struct envelope *v)
{
	Ketnap__Op__Envelope m = KETNAP__OP__ENVELOPE__INIT;

	PB_PUT(&m, epoch, v->epoch);
	PB_PUT(&m, seq, v->seq);
	/* Of a fixed shape, so the lengths can be checked: written even when all zero. */
	m.has_base_incarnation = m.has_body_hash = true;
	m.base_incarnation = pb_bin(v->base.incarnation, sizeof(v->base.incarnation));
	PB_PUT(&m, base_lsn, v->base.lsn);
	m.body_hash = pb_bin(v->body_hash, sizeof(v->body_hash));
	pb_pack(b, &m);
}

int envelope_decode(struct envelope *out, struct span bytes, struct arena *a, struct err *e)
{
	const ProtobufCMessageDescriptor *d = &ketnap__op__envelope__descriptor;
	struct pb_in in = { a, false, false };
	const Ketnap__Op__Envelope *m;

	memset(out, 0, sizeof(*out));
	if (bytes.len > ENVELOPE_MAX || pb_scan(bytes, d, NULL, 0) != PB_FINE)
		return err_set(e, ERR_PROTO, "envelope: malformed");
	m = (const Ketnap__Op__Envelope *)pb_unpack(d, bytes, a, &in.nomem);
	if (!m)
		return in.nomem ? err_set(e, ERR_NOMEM, "envelope: out of memory")
				: err_set(e, ERR_PROTO, "envelope: malformed");
	in.bad = !m->has_base_incarnation || !m->has_body_hash || !m->seq;
	out->epoch = m->epoch;
	out->seq = m->seq;
	pb_fixed(&in, out->base.incarnation, sizeof(out->base.incarnation), m->has_base_incarnation,
		 m->base_incarnation);
	out->base.lsn = m->base_lsn;
	pb_fixed(&in, out->body_hash, sizeof(out->body_hash), m->has_body_hash, m->body_hash);
	if (!in.bad)
		return 0;
	memset(out, 0, sizeof(*out));
	return err_set(e, ERR_PROTO, "envelope: a field is missing or of the wrong length");
}
