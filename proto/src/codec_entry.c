#include "op.pb-c.h"
#include "pb.h"
#include "proto/codec.h"

void entry_encode(struct buf *b, const struct entry *en)
{
	Ketnap__Op__Entry m = KETNAP__OP__ENTRY__INIT;

	PB_PUT(&m, lsn, en->lsn);
	PB_PUT(&m, time_ms, en->time_ms);
	PB_PUT(&m, device, en->device);
	PB_PUT_SPAN(&m, envelope, en->envelope);
	PB_PUT_SPAN(&m, body, en->body);
	PB_PUT(&m, verdict, (uint32_t)en->verdict);
	PB_PUT(&m, code, (uint32_t)en->code);
	PB_PUT_SPAN(&m, detail, en->detail);
	PB_PUT(&m, unit, en->unit);
	PB_PUT(&m, author, en->author);
	PB_PUT(&m, author_unit, en->author_unit);
	PB_PUT(&m, prev_device, en->prev_device);
	PB_PUT(&m, prev_unit, en->prev_unit);
	pb_pack(b, &m);
}

static void entry_take(struct pb_in *in, struct entry *out, const Ketnap__Op__Entry *m)
{
	out->lsn = m->lsn;
	out->time_ms = m->time_ms;
	out->device = m->device;
	out->envelope = pb_span(m->envelope);
	out->body = pb_span(m->body);
	out->verdict = (enum op_verdict)pb_num(in, m->verdict, VERDICT_REFUSED);
	/* A newer server may give codes that this program has no name for. */
	out->code = (enum op_code)pb_num(in, m->code, ENTRY_CODE_MAX);
	out->detail = pb_span(m->detail);
	out->unit = m->unit;
	out->author = m->author;
	out->author_unit = m->author_unit;
	out->prev_device = m->prev_device;
	out->prev_unit = m->prev_unit;
	if (!out->lsn || out->verdict == VERDICT_NONE || out->prev_device >= out->lsn ||
	    out->prev_unit >= out->lsn)
		in->bad = true;
	if (out->envelope.len > ENVELOPE_MAX || out->body.len > OP_FORM_BODY_MAX ||
	    out->detail.len > ENTRY_DETAIL_MAX)
		in->bad = true;
}

int entry_decode(struct entry *out, struct span bytes, struct arena *a, struct err *e)
{
	const ProtobufCMessageDescriptor *d = &ketnap__op__entry__descriptor;
	struct pb_in in = { a, false, false };
	const Ketnap__Op__Entry *m;
	enum pb_scan scan;

	memset(out, 0, sizeof(*out));
	if (bytes.len > ENTRY_MAX)
		return err_set(e, ERR_PROTO, "entry: %zu bytes", bytes.len);
	scan = pb_scan(bytes, d, NULL, 0);
	if (scan == PB_UNKNOWN)
		return err_set(e, ERR_VERSION, "entry: written by a newer version");
	m = scan == PB_FINE ? (const Ketnap__Op__Entry *)pb_unpack(d, bytes, a, &in.nomem) : NULL;
	if (!m)
		return in.nomem ? err_set(e, ERR_NOMEM, "entry: out of memory")
				: err_set(e, ERR_PROTO, "entry: malformed");
	entry_take(&in, out, m);
	if (!in.bad)
		return 0;
	memset(out, 0, sizeof(*out));
	return err_set(e, ERR_PROTO, "entry: a number or length is out of its bounds");
}
