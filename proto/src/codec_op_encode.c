#include <assert.h>

#include "base/err.h"
#include "codec_months.h"
#include "proto/codec.h"

/* The messages of one sheet. On the stack: encoding allocates nothing but the bytes. */
struct sheet_room {
	Ketnap__Op__Sheet sheet;
	Ketnap__Op__Sign sign;
	Ketnap__Op__OpId seen[SHEET_OPS_MAX], *seen_at[SHEET_OPS_MAX];
	Ketnap__Op__Figure figures[MEASURES_MAX], *figures_at[MEASURES_MAX];
	uint32_t plain_measures[MEASURES_MAX];
	int64_t plain_values[MEASURES_MAX];
};

static void put_seen(struct sheet_room *room, const struct op_sheet *s)
{
	assert(s->seen_count <= SHEET_OPS_MAX);
	for (size_t i = 0; i < s->seen_count; i++) {
		Ketnap__Op__OpId *m = room->seen_at[i] = &room->seen[i];

		ketnap__op__op_id__init(m);
		PB_PUT(m, device, s->seen[i].device);
		PB_PUT(m, epoch, s->seen[i].epoch);
		PB_PUT(m, seq, s->seen[i].seq);
	}
	room->sheet.seen = room->seen_at;
	room->sheet.n_seen = s->seen_count;
}

/* A figure that is only a value or a nil goes into the packed pair of arrays, four bytes or less. */
static void put_figures(struct sheet_room *room, const struct op_sheet *s)
{
	size_t plain = 0, full = 0;

	assert(s->figure_count <= MEASURES_MAX);
	for (size_t i = 0; i < s->figure_count; i++) {
		const struct op_figure *f = &s->figures[i];
		Ketnap__Op__Figure *m;

		if (f->state != FIGURE_BLANK && !f->approx && !f->over) {
			room->plain_measures[plain] = f->measure;
			room->plain_values[plain++] = f->value;
			continue;
		}
		m = room->figures_at[full] = &room->figures[full];
		full++;
		ketnap__op__figure__init(m);
		PB_PUT(m, measure, f->measure);
		PB_PUT(m, state, (uint32_t)f->state);
		PB_PUT(m, value, f->value);
		PB_PUT(m, approx, f->approx);
		PB_PUT(m, over, f->over);
	}
	room->sheet.figures = room->figures_at;
	room->sheet.n_figures = full;
	room->sheet.plain_measures = room->plain_measures;
	room->sheet.plain_values = room->plain_values;
	room->sheet.n_plain_measures = room->sheet.n_plain_values = plain;
}

static void put_sign(struct sheet_room *room, const struct op_sign *s)
{
	if (s->how == SIGN_NONE)
		return;
	ketnap__op__sign__init(&room->sign);
	PB_PUT(&room->sign, how, (uint32_t)s->how);
	PB_PUT(&room->sign, paper_day, s->paper_day);
	PB_PUT(&room->sign, nil, s->nil);
	PB_PUT(&room->sign, covers, s->covers);
	PB_PUT_SPAN(&room->sign, preparer, s->preparer);
	PB_PUT_SPAN(&room->sign, signer, s->signer);
	PB_PUT_SPAN(&room->sign, title, s->title);
	room->sheet.sign = &room->sign;
}

/* The payload of any kind. */
union payload_room {
	struct sheet_room sheet;
	Ketnap__Op__Mark mark;
	Ketnap__Op__Members members;
	Ketnap__Op__Target target;
	Ketnap__Op__Claim claim;
	Ketnap__Op__Unit create;
	Ketnap__Op__Plan plan;
	Ketnap__Op__Form form;
	Ketnap__Op__Request request;
	Ketnap__Op__Setting setting;
	Ketnap__Op__Incarnation incarnation;
	Ketnap__Op__Device device;
	Ketnap__Op__Person person;
	Ketnap__Op__EnrolCode enrol_code;
	Ketnap__Op__Clock clock;
	Ketnap__Op__Note note;
	Ketnap__Op__Officer officer;
	Ketnap__Op__Group group;
	Ketnap__Op__Commend commend;
	union month_room month;
};

static void put_sheet(struct sheet_room *room, const struct op_sheet *s)
{
	ketnap__op__sheet__init(&room->sheet);
	PB_PUT(&room->sheet, form, s->form);
	PB_PUT(&room->sheet, form_version, s->form_version);
	PB_PUT(&room->sheet, from_day, s->period.from);
	PB_PUT(&room->sheet, to_day, s->period.to);
	PB_PUT(&room->sheet, request, s->request);
	put_seen(room, s);
	put_figures(room, s);
	put_sign(room, &s->sign);
}

static void put_mark(Ketnap__Op__Mark *m, const struct op_mark *s)
{
	ketnap__op__mark__init(m);
	PB_PUT(m, form, s->form);
	PB_PUT(m, from_day, s->period.from);
	PB_PUT(m, to_day, s->period.to);
	PB_PUT(m, seen_lsn, s->seen_lsn);
	PB_PUT(m, in_time, s->in_time);
}

static void put_members(Ketnap__Op__Members *m, const struct op_members *s)
{
	ketnap__op__members__init(m);
	PB_PUT(m, day, s->day);
	PB_PUT(m, members, s->members);
}

static void put_target(Ketnap__Op__Target *m, const struct op_target *s)
{
	ketnap__op__target__init(m);
	PB_PUT(m, from_day, s->period.from);
	PB_PUT(m, to_day, s->period.to);
	PB_PUT_SPAN(m, measure, s->measure);
	PB_PUT_SPAN(m, group, s->group);
	PB_PUT(m, instrument, (uint32_t)s->instrument);
	PB_PUT_SPAN(m, doc_no, s->doc_no);
	PB_PUT_SPAN(m, issuer, s->issuer);
	PB_PUT(m, doc_date, s->doc_date);
	PB_PUT(m, type, (uint32_t)s->type);
	PB_PUT(m, value, s->value);
	PB_PUT(m, value_max, s->value_max);
	PB_PUT(m, rate_digits, s->rate_digits);
	PB_PUT(m, rate_decimals, s->rate_decimals);
	PB_PUT(m, base_date, s->base_date);
	m->has_base_value = s->has_base;
	m->base_value = s->base_value;
	PB_PUT(m, per_year, s->per_year);
	PB_PUT_SPAN(m, supersedes, s->supersedes);
	PB_PUT(m, draft, s->draft);
	PB_PUT(m, answer_by, s->answer_by);
}

static void put_claim(Ketnap__Op__Claim *m, const struct op_claim *s)
{
	ketnap__op__claim__init(m);
	PB_PUT_SPAN(m, id, s->id);
	PB_PUT_SPAN(m, source, s->source);
	PB_PUT_SPAN(m, doc_no, s->doc_no);
	PB_PUT(m, from_day, s->period.from);
	PB_PUT(m, to_day, s->period.to);
	PB_PUT_SPAN(m, measure, s->measure);
	m->has_value = s->has_value;
	m->value = s->value;
	m->has_percent_digits = s->has_percent;
	m->percent_digits = s->percent_digits;
	PB_PUT(m, percent_decimals, s->percent_decimals);
	PB_PUT(m, of, (uint32_t)s->of);
	PB_PUT_SPAN(m, of_measure, s->of_measure);
	PB_PUT(m, instrument, (uint32_t)s->instrument);
	PB_PUT(m, of_date, s->of_date);
	PB_PUT(m, approx, (uint32_t)s->approx);
	PB_PUT(m, how, (uint32_t)s->how);
}

static void put_unit(Ketnap__Op__Unit *m, const struct op_unit *s)
{
	ketnap__op__unit__init(m);
	PB_PUT(m, unit, s->unit);
	PB_PUT_SPAN(m, code, s->code);
	PB_PUT(m, parent, s->parent);
	PB_PUT(m, kind, (uint32_t)s->kind);
	PB_PUT_SPAN(m, name, s->name);
	PB_PUT(m, order, s->order);
	PB_PUT(m, opened, s->opened);
	PB_PUT(m, closed, s->closed);
	PB_PUT_SPAN(m, act, s->act);
	PB_PUT_SPAN(m, contact, s->contact);
	PB_PUT_SPAN(m, phone, s->phone);
	PB_PUT_SPAN(m, tags, s->tags);
	PB_PUT(m, reports, s->reports);
}

static void put_plan(Ketnap__Op__Plan *m, const struct op_plan *s)
{
	ketnap__op__plan__init(m);
	PB_PUT(m, form, s->form);
	PB_PUT(m, from_day, s->period.from);
	PB_PUT(m, to_day, s->period.to);
	PB_PUT(m, step, (uint32_t)s->step);
}

static void put_incarnation(Ketnap__Op__Incarnation *m, const struct op_incarnation *s)
{
	ketnap__op__incarnation__init(m);
	PB_PUT_FIXED(m, id, s->id);
	PB_PUT_FIXED(m, parent, s->parent);
	PB_PUT(m, branch_lsn, s->branch_lsn);
	PB_PUT_SPAN(m, cause, s->cause);
	PB_PUT_FIXED(m, store, s->store);
	PB_PUT(m, illustrative, s->illustrative);
	PB_PUT_FIXED(m, log_key, s->log_key);
}

static void put_device(Ketnap__Op__Device *m, const struct op_device *s)
{
	ketnap__op__device__init(m);
	PB_PUT(m, device, s->device);
	PB_PUT(m, epoch, s->epoch);
	PB_PUT(m, person, s->person);
	PB_PUT_FIXED(m, spki_hash, s->spki_hash);
	PB_PUT_FIXED(m, seal_key, s->seal_key);
	PB_PUT_FIXED(m, nonce, s->nonce);
}

static void put_person(Ketnap__Op__Person *m, const struct op_person *s)
{
	ketnap__op__person__init(m);
	PB_PUT(m, person, s->person);
	PB_PUT(m, role, (uint32_t)s->role);
	PB_PUT_SPAN(m, name, s->name);
	PB_PUT_SPAN(m, title, s->title);
	PB_PUT_SPAN(m, phone, s->phone);
	PB_PUT(m, from_day, s->from);
	PB_PUT(m, to_day, s->to);
}

static void put_officer(Ketnap__Op__Officer *m, const struct op_officer *s)
{
	ketnap__op__officer__init(m);
	PB_PUT_SPAN(m, name, s->name);
	PB_PUT_SPAN(m, title, s->title);
	PB_PUT_SPAN(m, phone, s->phone);
	PB_PUT(m, from_day, s->from);
	PB_PUT(m, to_day, s->to);
	PB_PUT_SPAN(m, doc_no, s->doc_no);
}

static void put_group(Ketnap__Op__Group *m, const struct op_group *s)
{
	ketnap__op__group__init(m);
	PB_PUT_SPAN(m, name, s->name);
	PB_PUT(m, from_day, s->from);
	PB_PUT(m, to_day, s->to);
	PB_PUT_SPAN(m, doc_no, s->doc_no);
}

static void put_commend(Ketnap__Op__Commend *m, const struct op_commend *s)
{
	ketnap__op__commend__init(m);
	PB_PUT(m, from_day, s->period.from);
	PB_PUT(m, to_day, s->period.to);
	PB_PUT_SPAN(m, title, s->title);
	PB_PUT(m, helped, s->helped);
	if (s->named)
		PB_PUT_SPAN(m, person, span_of(s->person, PERSON_ID));
	PB_PUT_SPAN(m, sealed, s->sealed);
	PB_PUT(m, body, s->body);
}

/* The small ones: a handful of numbers each. */
static void put_small(union payload_room *room, Ketnap__Op__Body *body, enum payload payload,
		      const struct op *op)
{
	switch (payload) {
	case PAYLOAD_FORM:
		ketnap__op__form__init(body->form = &room->form);
		PB_PUT_SPAN(&room->form, text, op->form.text);
		break;
	case PAYLOAD_REQUEST:
		ketnap__op__request__init(body->request = &room->request);
		PB_PUT(&room->request, form, op->request.form);
		PB_PUT(&room->request, day, op->request.day);
		PB_PUT(&room->request, due_ms, op->request.due_ms);
		break;
	case PAYLOAD_SETTING:
		ketnap__op__setting__init(body->setting = &room->setting);
		PB_PUT_SPAN(&room->setting, key, op->setting.key);
		PB_PUT_SPAN(&room->setting, value, op->setting.value);
		break;
	case PAYLOAD_ENROL_CODE:
		ketnap__op__enrol_code__init(body->enrol_code = &room->enrol_code);
		PB_PUT_FIXED(&room->enrol_code, code_hash, op->enrol_code.code_hash);
		PB_PUT(&room->enrol_code, expires_ms, op->enrol_code.expires_ms);
		PB_PUT(&room->enrol_code, person, op->enrol_code.person);
		break;
	case PAYLOAD_CLOCK:
		ketnap__op__clock__init(body->clock = &room->clock);
		PB_PUT(&room->clock, ms, op->clock.ms);
		break;
	case PAYLOAD_NOTE:
		ketnap__op__note__init(body->note = &room->note);
		PB_PUT(&room->note, day, op->note.day);
		PB_PUT_SPAN(&room->note, who, op->note.who);
		PB_PUT_SPAN(&room->note, text, op->note.text);
		PB_PUT(&room->note, step, op->note.step);
		break;
	case PAYLOAD_OFFICER:
		put_officer(body->officer = &room->officer, &op->officer);
		break;
	case PAYLOAD_GROUP:
		put_group(body->group = &room->group, &op->group);
		break;
	case PAYLOAD_COMMEND:
		put_commend(body->commend = &room->commend, &op->commend);
		break;
	default:
		month_put(&room->month, body, payload, op);
		break;
	}
}

static void put_payload(union payload_room *room, Ketnap__Op__Body *body, enum payload payload,
			const struct op *op)
{
	switch (payload) {
	case PAYLOAD_SHEET:
		put_sheet(&room->sheet, &op->sheet);
		body->sheet = &room->sheet.sheet;
		break;
	case PAYLOAD_MARK:
		put_mark(body->mark = &room->mark, &op->mark);
		break;
	case PAYLOAD_MEMBERS:
		put_members(body->members = &room->members, &op->members);
		break;
	case PAYLOAD_TARGET:
		put_target(body->target = &room->target, &op->target);
		break;
	case PAYLOAD_CLAIM:
		put_claim(body->claim = &room->claim, &op->claim);
		break;
	case PAYLOAD_UNIT:
		put_unit(body->create = &room->create, &op->create);
		break;
	case PAYLOAD_PLAN:
		put_plan(body->plan = &room->plan, &op->plan);
		break;
	case PAYLOAD_INCARNATION:
		put_incarnation(body->incarnation = &room->incarnation, &op->incarnation);
		break;
	case PAYLOAD_DEVICE:
		put_device(body->device = &room->device, &op->device);
		break;
	case PAYLOAD_PERSON:
		put_person(body->person = &room->person, &op->person);
		break;
	default:
		put_small(room, body, payload, op);
		break;
	}
}

int op_encode(struct buf *b, const struct op *op, struct err *e)
{
	size_t max = op->kind == OP_FORM ? OP_FORM_BODY_MAX : OP_BODY_MAX, len;
	Ketnap__Op__Body body = KETNAP__OP__BODY__INIT;
	union payload_room room;
	enum payload payload;

	if (!kind_payload(op->kind, &payload))
		return err_set(e, ERR_UNSUPPORTED, "op kind %u is not built", (unsigned)op->kind);
	PB_PUT(&body, kind, (uint32_t)op->kind);
	PB_PUT(&body, unit, op->unit);
	PB_PUT(&body, author, op->author);
	PB_PUT(&body, device_time_ms, op->device_time_ms);
	PB_PUT_SPAN(&body, reason, op->reason);
	PB_PUT_SPAN(&body, on_behalf, op->on_behalf);
	PB_PUT_SPAN(&body, source, op->source);
	put_payload(&room, &body, payload, op);
	len = protobuf_c_message_get_packed_size(&body.base);
	if (len > max)
		return err_set(e, ERR_RANGE, "op of %zu bytes, at most %zu are allowed", len, max);
	pb_pack(b, &body);
	return b->failed ? err_set(e, ERR_NOMEM, "op: no room to write it") : 0;
}

static int put_letters(struct buf *b, const struct op *op, struct err *e)
{
	struct op bare = *op;

	bare.author = 0;
	bare.device_time_ms = 0;
	bare.source = (struct span){ NULL, 0 };
	return op_encode(b, &bare, e);
}

int op_same(bool *same, const struct op *a, const struct op *b, struct err *e)
{
	struct buf of_a, of_b;
	int rc;

	buf_init(&of_a, OP_FORM_BODY_MAX);
	buf_init(&of_b, OP_FORM_BODY_MAX);
	rc = put_letters(&of_a, a, e);
	if (!rc)
		rc = put_letters(&of_b, b, e);
	*same = !rc && span_eq(buf_span(&of_a), buf_span(&of_b));
	buf_fini(&of_a);
	buf_fini(&of_b);
	return rc;
}
