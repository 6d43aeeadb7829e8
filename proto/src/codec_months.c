#include "codec_months.h"

#include <assert.h>

static void put_summary(Ketnap__Op__Summary *m, const struct op_summary *s, uint32_t *measures)
{
	ketnap__op__summary__init(m);
	PB_PUT(m, form, s->form);
	PB_PUT(m, from_day, s->period.from);
	PB_PUT(m, to_day, s->period.to);
	PB_PUT(m, seen_lsn, s->seen_lsn);
	PB_PUT(m, expected, s->expected);
	PB_PUT(m, signed_, s->signed_);
	PB_PUT(m, accepted, s->accepted);
	assert(s->count <= MEASURES_MAX);
	for (size_t i = 0; i < s->count; i++)
		measures[i] = s->measures[i];
	m->measures = measures;
	m->values = (int64_t *)(uintptr_t)s->values; /* the library only reads what it packs */
	m->n_measures = m->n_values = s->count;
	PB_PUT_FIXED(m, hash, s->hash);
	PB_PUT_SPAN(m, preparer, s->preparer);
	PB_PUT_SPAN(m, signer, s->signer);
	PB_PUT_SPAN(m, title, s->title);
}

static void put_close(Ketnap__Op__Close *m, const struct op_close *s)
{
	ketnap__op__close__init(m);
	PB_PUT(m, form, s->form);
	PB_PUT(m, from_day, s->period.from);
	PB_PUT(m, to_day, s->period.to);
}

static void put_unlock(Ketnap__Op__Unlock *m, const struct op_unlock *s)
{
	ketnap__op__unlock__init(m);
	PB_PUT(m, form, s->form);
	PB_PUT(m, from_day, s->period.from);
	PB_PUT(m, to_day, s->period.to);
	PB_PUT(m, until_ms, s->until_ms);
	PB_PUT(m, confirms, s->confirms);
}

static void put_calendar(Ketnap__Op__Calendar *m, const struct op_calendar *s)
{
	ketnap__op__calendar__init(m);
	PB_PUT(m, form, s->form);
	PB_PUT(m, from_day, s->from);
	PB_PUT(m, first_day, s->first_day);
	PB_PUT(m, due_grassroots, s->due_days[DUE_GRASSROOTS]);
	PB_PUT(m, due_direct, s->due_days[DUE_DIRECT]);
	PB_PUT(m, due_province, s->due_days[DUE_PROVINCE]);
	PB_PUT(m, working_days, s->working_days);
}

static void put_change(Ketnap__Op__Change *m, const struct op_change *c)
{
	ketnap__op__change__init(m);
	PB_PUT(m, what, (uint32_t)c->what);
	PB_PUT(m, unit, c->unit);
	PB_PUT(m, parent, c->parent);
	PB_PUT(m, order, c->order);
	PB_PUT(m, kind, (uint32_t)c->kind);
	PB_PUT_SPAN(m, code, c->code);
	PB_PUT_SPAN(m, name, c->name);
	PB_PUT(m, reports, c->reports);
	PB_PUT(m, ends, c->ends);
	PB_PUT(m, target_lsn, c->target_lsn);
	m->into = (uint32_t *)(uintptr_t)c->into;
	m->n_into = c->into_count;
	m->shares = (uint32_t *)(uintptr_t)c->shares;
	m->n_shares = c->shares ? c->into_count : 0;
	m->values = (int64_t *)(uintptr_t)c->values;
	m->n_values = c->values ? c->into_count : 0;
}

static void put_act(struct act_room *room, const struct op_act *s)
{
	ketnap__op__act__init(&room->act);
	PB_PUT_SPAN(&room->act, no, s->no);
	PB_PUT(&room->act, signed_day, s->signed_day);
	PB_PUT_SPAN(&room->act, signer, s->signer);
	PB_PUT(&room->act, effective, s->effective);
	PB_PUT(&room->act, proposal, s->proposal);
	assert(s->count <= ACT_CHANGES_MAX);
	for (size_t i = 0; i < s->count; i++)
		put_change(room->at[i] = &room->changes[i], &s->changes[i]);
	room->act.changes = room->at;
	room->act.n_changes = s->count;
}

void month_put(union month_room *room, Ketnap__Op__Body *body, enum payload payload,
	       const struct op *op)
{
	switch (payload) {
	case PAYLOAD_SUMMARY:
		body->summary = &room->summary.summary;
		put_summary(body->summary, &op->summary, room->summary.measures);
		break;
	case PAYLOAD_LATE:
		ketnap__op__late__init(body->late = &room->late);
		PB_PUT(&room->late, lsn, op->late.lsn);
		PB_PUT(&room->late, counts, op->late.counts);
		PB_PUT(&room->late, as_unit, op->late.as_unit);
		PB_PUT(&room->late, from_day, op->late.as_period.from);
		PB_PUT(&room->late, to_day, op->late.as_period.to);
		break;
	case PAYLOAD_CLOSE:
		put_close(body->close = &room->close, &op->close);
		break;
	case PAYLOAD_UNLOCK:
		put_unlock(body->unlock = &room->unlock, &op->unlock);
		break;
	case PAYLOAD_CALENDAR:
		put_calendar(body->calendar = &room->calendar, &op->calendar);
		break;
	case PAYLOAD_ACT:
		put_act(&room->act, &op->act);
		body->act = &room->act.act;
		break;
	case PAYLOAD_ACT_REFUSAL:
		ketnap__op__act_refusal__init(body->act_refusal = &room->act_refusal);
		PB_PUT(&room->act_refusal, lsn, op->act_refusal.lsn);
		break;
	default:
		register_put(&room->person, body, payload, op);
		break;
	}
}

static struct period take_period(int32_t from, int32_t to)
{
	return (struct period){ from, to }; /* op_check() knows which days are days */
}

static void take_summary(struct pb_in *in, struct op_summary *out, const Ketnap__Op__Summary *m)
{
	uint16_t *measures;

	out->form = (uint8_t)pb_num(in, m->form, FORM_NO_MAX);
	out->period = take_period(m->from_day, m->to_day);
	out->seen_lsn = m->seen_lsn;
	out->expected = m->expected;
	out->signed_ = m->signed_;
	out->accepted = m->accepted;
	pb_fixed(in, out->hash, sizeof(out->hash), m->has_hash, m->hash);
	out->preparer = pb_span(m->preparer);
	out->signer = pb_span(m->signer);
	out->title = pb_span(m->title);
	if (m->n_measures != m->n_values)
		in->bad = true;
	if (!m->n_measures || in->bad)
		return;
	measures = arena_array(in->arena, m->n_measures, sizeof(*measures));
	if (!measures) {
		in->nomem = true;
		return;
	}
	for (size_t i = 0; i < m->n_measures; i++)
		measures[i] = (uint16_t)pb_num(in, m->measures[i], UINT16_MAX);
	out->measures = measures;
	out->values = m->values;
	out->count = m->n_measures;
}

static void take_calendar(struct pb_in *in, struct op_calendar *out, const Ketnap__Op__Calendar *m)
{
	out->form = (uint8_t)pb_num(in, m->form, FORM_NO_MAX);
	out->from = m->from_day;
	out->first_day = (uint8_t)pb_num(in, m->first_day, UINT8_MAX);
	out->due_days[DUE_GRASSROOTS] = (uint8_t)pb_num(in, m->due_grassroots, UINT8_MAX);
	out->due_days[DUE_DIRECT] = (uint8_t)pb_num(in, m->due_direct, UINT8_MAX);
	out->due_days[DUE_PROVINCE] = (uint8_t)pb_num(in, m->due_province, UINT8_MAX);
	out->working_days = m->working_days;
}

/* Of the two lists that go with `into` each is there whole or not at all. */
static void take_change(struct pb_in *in, struct op_change *out, const Ketnap__Op__Change *m)
{
	memset(out, 0, sizeof(*out));
	out->what = (enum change_what)pb_num(in, m->what, CHANGES - 1);
	out->unit = m->unit;
	out->parent = m->parent;
	out->order = m->order;
	out->kind = (enum unit_kind)pb_num(in, m->kind, UNIT_KINDS - 1);
	out->code = pb_span(m->code);
	out->name = pb_span(m->name);
	out->reports = (uint8_t)pb_num(in, m->reports, FORM_NO_MAX);
	out->ends = m->ends;
	out->target_lsn = m->target_lsn;
	if ((m->n_shares && m->n_shares != m->n_into) || (m->n_values && m->n_values != m->n_into))
		in->bad = true;
	out->into = m->n_into ? m->into : NULL;
	out->into_count = m->n_into;
	out->shares = m->n_shares ? m->shares : NULL;
	out->values = m->n_values ? m->values : NULL;
}

static void take_act(struct pb_in *in, struct op_act *out, const Ketnap__Op__Act *m)
{
	struct op_change *changes;

	out->no = pb_span(m->no);
	out->signer = pb_span(m->signer);
	out->signed_day = m->signed_day;
	out->effective = m->effective;
	out->proposal = m->proposal;
	if (!m->n_changes)
		return;
	changes = arena_array(in->arena, m->n_changes, sizeof(*changes));
	if (!changes) {
		in->nomem = true;
		return;
	}
	for (size_t i = 0; i < m->n_changes; i++)
		take_change(in, &changes[i], m->changes[i]);
	out->changes = changes;
	out->count = m->n_changes;
}

void month_take(struct pb_in *in, struct op *out, enum payload payload, const Ketnap__Op__Body *m)
{
	switch (payload) {
	case PAYLOAD_SUMMARY:
		take_summary(in, &out->summary, m->summary);
		break;
	case PAYLOAD_LATE:
		out->late = (struct op_late){ m->late->lsn, m->late->counts, m->late->as_unit,
					      take_period(m->late->from_day, m->late->to_day) };
		break;
	case PAYLOAD_CLOSE:
		out->close.form = (uint8_t)pb_num(in, m->close->form, FORM_NO_MAX);
		out->close.period = take_period(m->close->from_day, m->close->to_day);
		break;
	case PAYLOAD_UNLOCK:
		out->unlock.form = (uint8_t)pb_num(in, m->unlock->form, FORM_NO_MAX);
		out->unlock.period = take_period(m->unlock->from_day, m->unlock->to_day);
		out->unlock.until_ms = m->unlock->until_ms;
		out->unlock.confirms = m->unlock->confirms;
		break;
	case PAYLOAD_CALENDAR:
		take_calendar(in, &out->calendar, m->calendar);
		break;
	case PAYLOAD_ACT:
		take_act(in, &out->act, m->act);
		break;
	case PAYLOAD_ACT_REFUSAL:
		out->act_refusal.lsn = m->act_refusal->lsn;
		break;
	default:
		register_take(in, out, payload, m);
		break;
	}
}
