#include "base/err.h"
#include "codec_months.h"
#include "proto/codec.h"

static const struct pb_bound bounds[] = {
	{ &ketnap__op__sheet__descriptor, 6, SHEET_OPS_MAX },        /* seen */
	{ &ketnap__op__sheet__descriptor, 7, MEASURES_MAX },         /* figures */
	{ &ketnap__op__sheet__descriptor, 8, MEASURES_MAX },         /* plain_measures */
	{ &ketnap__op__sheet__descriptor, 9, MEASURES_MAX },         /* plain_values */
	{ &ketnap__op__summary__descriptor, 8, MEASURES_MAX },       /* measures */
	{ &ketnap__op__summary__descriptor, 9, MEASURES_MAX },       /* values */
	{ &ketnap__op__act__descriptor, 5, ACT_CHANGES_MAX },        /* changes */
	{ &ketnap__op__change__descriptor, 9, ACT_INTO_MAX },        /* into */
	{ &ketnap__op__change__descriptor, 10, ACT_INTO_MAX },       /* shares */
	{ &ketnap__op__change__descriptor, 11, ACT_INTO_MAX },       /* values */
	{ &ketnap__op__step__descriptor, 6, CASE_EXCEPTIONS_MAX },   /* rules */
	{ &ketnap__op__step__descriptor, 7, CASE_EXCEPTIONS_MAX },   /* grounds */
	{ &ketnap__op__case_step__descriptor, 6, CASE_SETTLES_MAX }, /* settles */
	{ &ketnap__op__move__descriptor, 11, CASE_STEPS_MAX },       /* steps */
	{ &ketnap__op__correct__descriptor, 2, FIXES_MAX },          /* fixes */
	{ &ketnap__op__fix__descriptor, 5, FIX_OVER_MAX },           /* over */
};

static struct period take_period(int32_t from, int32_t to)
{
	return (struct period){ from, to }; /* op_check() knows which days are days */
}

static void take_seen(struct pb_in *in, struct op_sheet *out, const Ketnap__Op__Sheet *m)
{
	struct op_id *seen;

	if (!m->n_seen)
		return;
	seen = arena_array(in->arena, m->n_seen, sizeof(*seen));
	if (!seen) {
		in->nomem = true;
		return;
	}
	for (size_t i = 0; i < m->n_seen; i++)
		seen[i] = (struct op_id){ m->seen[i]->device, m->seen[i]->epoch, m->seen[i]->seq };
	out->seen = seen;
	out->seen_count = m->n_seen;
}

static struct op_figure plain_figure(struct pb_in *in, uint32_t measure, int64_t value)
{
	return (struct op_figure){
		.measure = (uint16_t)pb_num(in, measure, UINT16_MAX),
		.state = value ? FIGURE_VALUE : FIGURE_NIL,
		.value = value,
	};
}

static struct op_figure full_figure(struct pb_in *in, const Ketnap__Op__Figure *m, size_t seen)
{
	struct op_figure f = {
		.measure = (uint16_t)pb_num(in, m->measure, UINT16_MAX),
		.state = (enum figure_state)pb_num(in, m->state, FIGURE_VALUE),
		.value = m->value,
		.approx = m->approx,
		.over = m->over,
	};

	/* One way to write each state: a value of 0 is a nil, and only a value has a value. */
	if ((f.state == FIGURE_VALUE) != (f.value != 0))
		in->bad = true;
	if (seen < 64 && f.over >> seen)
		in->bad = true;
	return f;
}

/* Both lists ascend; the figures of the struct are the two merged, each measure once. */
static void take_figures(struct pb_in *in, struct op_sheet *out, const Ketnap__Op__Sheet *m)
{
	size_t total = m->n_figures + m->n_plain_measures, full = 0, plain = 0;
	struct op_figure *figures;

	if (m->n_plain_measures != m->n_plain_values || total > MEASURES_MAX) {
		in->bad = true;
		return;
	}
	if (!total)
		return;
	figures = arena_array(in->arena, total, sizeof(*figures));
	if (!figures) {
		in->nomem = true;
		return;
	}
	for (size_t i = 0; i < total; i++) {
		bool from_full = plain == m->n_plain_measures ||
				 (full < m->n_figures &&
				  m->figures[full]->measure < m->plain_measures[plain]);

		if (from_full) {
			figures[i] = full_figure(in, m->figures[full++], m->n_seen);
		} else {
			figures[i] = plain_figure(in, m->plain_measures[plain],
						  m->plain_values[plain]);
			plain++;
		}
		if (i && figures[i].measure <= figures[i - 1].measure)
			in->bad = true;
	}
	out->figures = figures;
	out->figure_count = total;
}

static void take_sign(struct pb_in *in, struct op_sign *out, const Ketnap__Op__Sign *m, size_t seen)
{
	if (!m)
		return;
	out->how = (enum sign_how)pb_num(in, m->how, SIGN_IMPORT);
	out->paper_day = m->paper_day;
	out->nil = m->nil;
	out->covers = m->covers;
	out->preparer = pb_span(m->preparer);
	out->signer = pb_span(m->signer);
	out->title = pb_span(m->title);
	if (out->how == SIGN_NONE || (seen < 64 && out->covers >> seen))
		in->bad = true;
}

static void take_sheet(struct pb_in *in, struct op_sheet *out, const Ketnap__Op__Sheet *m)
{
	out->form = (uint16_t)pb_num(in, m->form, UINT16_MAX);
	out->form_version = (uint16_t)pb_num(in, m->form_version, UINT16_MAX);
	out->period = take_period(m->from_day, m->to_day);
	out->request = m->request;
	take_seen(in, out, m);
	take_figures(in, out, m);
	take_sign(in, &out->sign, m->sign, m->n_seen);
}

static void take_mark(struct pb_in *in, struct op_mark *out, const Ketnap__Op__Mark *m)
{
	out->form = (uint16_t)pb_num(in, m->form, UINT16_MAX);
	out->period = take_period(m->from_day, m->to_day);
	out->seen_lsn = m->seen_lsn;
	out->in_time = m->in_time;
}

static void take_target(struct pb_in *in, struct op_target *out, const Ketnap__Op__Target *m)
{
	out->period = take_period(m->from_day, m->to_day);
	out->measure = pb_span(m->measure);
	out->group = pb_span(m->group);
	out->instrument = (enum target_instrument)pb_num(in, m->instrument, INSTR_COUNT - 1);
	out->doc_no = pb_span(m->doc_no);
	out->issuer = pb_span(m->issuer);
	out->doc_date = m->doc_date;
	out->type = (enum target_type)pb_num(in, m->type, TARGET_TYPES - 1);
	out->value = m->value;
	out->value_max = m->value_max;
	out->rate_digits = m->rate_digits;
	out->rate_decimals = (uint8_t)pb_num(in, m->rate_decimals, UINT8_MAX);
	out->base_date = m->base_date;
	out->has_base = m->has_base_value;
	out->base_value = m->base_value;
	out->per_year = m->per_year;
	out->supersedes = pb_span(m->supersedes);
	out->draft = m->draft;
	out->answer_by = m->answer_by;
}

static void take_claim(struct pb_in *in, struct op_claim *out, const Ketnap__Op__Claim *m)
{
	out->id = pb_span(m->id);
	out->source = pb_span(m->source);
	out->doc_no = pb_span(m->doc_no);
	out->period = take_period(m->from_day, m->to_day);
	out->measure = pb_span(m->measure);
	out->has_value = m->has_value;
	out->value = m->value;
	out->has_percent = m->has_percent_digits;
	out->percent_digits = m->percent_digits;
	out->percent_decimals = (uint8_t)pb_num(in, m->percent_decimals, UINT8_MAX);
	out->of = (enum claim_of)pb_num(in, m->of, CLAIM_OF_MEASURE);
	out->of_measure = pb_span(m->of_measure);
	out->instrument = (enum target_instrument)pb_num(in, m->instrument, INSTR_COUNT - 1);
	out->of_date = m->of_date;
	out->approx = (enum claim_approx)pb_num(in, m->approx, CLAIM_ABOUT);
	out->how = (enum claim_how)pb_num(in, m->how, CLAIM_COUNT);
}

static void take_unit(struct pb_in *in, struct op_unit *out, const Ketnap__Op__Unit *m)
{
	out->unit = m->unit;
	out->code = pb_span(m->code);
	out->parent = m->parent;
	out->kind = (enum unit_kind)pb_num(in, m->kind, UNIT_KINDS - 1);
	out->name = pb_span(m->name);
	out->order = m->order;
	out->opened = m->opened;
	out->closed = m->closed;
	out->act = pb_span(m->act);
	out->contact = pb_span(m->contact);
	out->phone = pb_span(m->phone);
	out->tags = pb_span(m->tags);
	out->reports = (uint8_t)pb_num(in, m->reports, FORM_NO_MAX);
}

static void take_incarnation(struct pb_in *in, struct op_incarnation *out,
			     const Ketnap__Op__Incarnation *m)
{
	pb_fixed(in, out->id, sizeof(out->id), m->has_id, m->id);
	pb_fixed(in, out->parent, sizeof(out->parent), m->has_parent, m->parent);
	out->branch_lsn = m->branch_lsn;
	out->cause = pb_span(m->cause);
	pb_fixed(in, out->store, sizeof(out->store), m->has_store, m->store);
	out->illustrative = m->illustrative;
	pb_fixed(in, out->log_key, sizeof(out->log_key), m->has_log_key, m->log_key);
}

static void take_device(struct pb_in *in, struct op_device *out, const Ketnap__Op__Device *m)
{
	out->device = m->device;
	out->epoch = m->epoch;
	out->person = m->person;
	pb_fixed(in, out->spki_hash, sizeof(out->spki_hash), m->has_spki_hash, m->spki_hash);
	pb_fixed(in, out->seal_key, sizeof(out->seal_key), m->has_seal_key, m->seal_key);
	pb_fixed(in, out->nonce, sizeof(out->nonce), m->has_nonce, m->nonce);
}

static void take_person(struct pb_in *in, struct op_person *out, const Ketnap__Op__Person *m)
{
	out->person = m->person;
	out->role = (enum person_role)pb_num(in, m->role, ROLE_STANDBY);
	out->name = pb_span(m->name);
	out->title = pb_span(m->title);
	out->phone = pb_span(m->phone);
	out->from = m->from_day;
	out->to = m->to_day;
}

static void take_officer(struct op_officer *out, const Ketnap__Op__Officer *m)
{
	out->name = pb_span(m->name);
	out->title = pb_span(m->title);
	out->phone = pb_span(m->phone);
	out->doc_no = pb_span(m->doc_no);
	out->from = m->from_day;
	out->to = m->to_day;
}

static void take_group(struct op_group *out, const Ketnap__Op__Group *m)
{
	out->name = pb_span(m->name);
	out->from = m->from_day;
	out->to = m->to_day;
	out->doc_no = pb_span(m->doc_no);
}

static void take_commend(struct pb_in *in, struct op_commend *out, const Ketnap__Op__Commend *m)
{
	out->period = take_period(m->from_day, m->to_day);
	out->title = pb_span(m->title);
	out->helped = m->helped;
	out->named = m->has_person;
	pb_fixed(in, out->person, sizeof(out->person), m->has_person, m->person);
	out->sealed = pb_span(m->sealed);
	out->body = m->body;
}

static void take_small(struct pb_in *in, struct op *out, enum payload payload,
		       const Ketnap__Op__Body *m)
{
	switch (payload) {
	case PAYLOAD_MEMBERS:
		out->members = (struct op_members){ m->members->day, m->members->members };
		break;
	case PAYLOAD_PLAN:
		out->plan.form = (uint8_t)pb_num(in, m->plan->form, FORM_NO_MAX);
		out->plan.period = take_period(m->plan->from_day, m->plan->to_day);
		out->plan.step = (enum plan_step)pb_num(in, m->plan->step, PLAN_WHOLE);
		break;
	case PAYLOAD_FORM:
		out->form.text = pb_span(m->form->text);
		break;
	case PAYLOAD_REQUEST:
		out->request.form = (uint8_t)pb_num(in, m->request->form, FORM_NO_MAX);
		out->request.day = m->request->day;
		out->request.due_ms = m->request->due_ms;
		break;
	case PAYLOAD_SETTING:
		out->setting.key = pb_span(m->setting->key);
		out->setting.value = pb_span(m->setting->value);
		break;
	case PAYLOAD_ENROL_CODE:
		pb_fixed(in, out->enrol_code.code_hash, sizeof(out->enrol_code.code_hash),
			 m->enrol_code->has_code_hash, m->enrol_code->code_hash);
		out->enrol_code.expires_ms = m->enrol_code->expires_ms;
		out->enrol_code.person = m->enrol_code->person;
		break;
	case PAYLOAD_CLOCK:
		out->clock.ms = m->clock->ms;
		break;
	case PAYLOAD_NOTE:
		out->note = (struct op_note){ m->note->day, pb_span(m->note->who),
					      pb_span(m->note->text),
					      (uint8_t)pb_num(in, m->note->step, UINT8_MAX) };
		break;
	case PAYLOAD_OFFICER:
		take_officer(&out->officer, m->officer);
		break;
	case PAYLOAD_GROUP:
		take_group(&out->group, m->group);
		break;
	case PAYLOAD_COMMEND:
		take_commend(in, &out->commend, m->commend);
		break;
	default:
		month_take(in, out, payload, m);
		break;
	}
}

static void take_payload(struct pb_in *in, struct op *out, enum payload payload,
			 const Ketnap__Op__Body *m)
{
	switch (payload) {
	case PAYLOAD_SHEET:
		take_sheet(in, &out->sheet, m->sheet);
		break;
	case PAYLOAD_MARK:
		take_mark(in, &out->mark, m->mark);
		break;
	case PAYLOAD_TARGET:
		take_target(in, &out->target, m->target);
		break;
	case PAYLOAD_CLAIM:
		take_claim(in, &out->claim, m->claim);
		break;
	case PAYLOAD_UNIT:
		take_unit(in, &out->create, m->create);
		break;
	case PAYLOAD_INCARNATION:
		take_incarnation(in, &out->incarnation, m->incarnation);
		break;
	case PAYLOAD_DEVICE:
		take_device(in, &out->device, m->device);
		break;
	case PAYLOAD_PERSON:
		take_person(in, &out->person, m->person);
		break;
	default:
		take_small(in, out, payload, m);
		break;
	}
}

/* Exactly the payload of the kind: there, and no other beside it. */
static bool payload_is(const Ketnap__Op__Body *m, enum payload want)
{
	const ProtobufCMessageDescriptor *d = m->base.descriptor;

	for (unsigned i = 0; i < d->n_fields; i++) {
		const ProtobufCFieldDescriptor *f = &d->fields[i];
		void *there;

		if (f->id < PAYLOAD_SHEET || f->id >= PAYLOAD_END)
			continue;
		memcpy(&there, (const char *)m + f->offset, sizeof(there));
		if ((there != NULL) != (f->id == want))
			return false;
	}
	return true;
}

static enum op_code unreadable(struct err *e, const char *what)
{
	err_set(e, ERR_INVALID, "op: %s", what);
	return CODE_UNREADABLE;
}

static enum op_code no_memory(struct op *out, struct err *e)
{
	*out = (struct op){ .kind = out->kind, .unit = out->unit };
	err_set(e, ERR_NOMEM, "op: out of memory");
	return CODE_NO_VERDICT;
}

/* What the bytes alone say, before anything is allocated. */
static enum op_code judge_bytes(const struct op *out, struct span body, enum payload *payload,
				struct err *e)
{
	enum pb_scan scan;

	if (body.len > (out->kind == OP_FORM ? OP_FORM_BODY_MAX : OP_BODY_MAX)) {
		err_set(e, ERR_RANGE, "op: %zu bytes", body.len);
		return CODE_OVERSIZED;
	}
	scan = pb_scan(body, &ketnap__op__body__descriptor, bounds, ARRAY_LEN(bounds));
	if (out->kind != OP_NONE && !kind_payload(out->kind, payload)) {
		err_set(e, ERR_UNSUPPORTED, "op: kind %u", (unsigned)out->kind);
		return CODE_UNSUPPORTED;
	}
	if (scan == PB_BAD || out->kind == OP_NONE)
		return unreadable(e, "does not decode");
	if (scan == PB_UNKNOWN) {
		err_set(e, ERR_UNSUPPORTED, "op: fields of a newer version");
		return CODE_UNSUPPORTED;
	}
	return CODE_OK;
}

static void take_common(struct op *out, const Ketnap__Op__Body *m)
{
	out->author = m->author;
	out->device_time_ms = m->device_time_ms;
	out->reason = pb_span(m->reason);
	out->on_behalf = pb_span(m->on_behalf);
	out->source = pb_span(m->source);
}

enum op_code op_decode(struct op *out, struct span body, struct arena *a, struct err *e)
{
	struct pb_in in = { a, false, false };
	enum payload payload = PAYLOAD_NONE;
	const Ketnap__Op__Body *m;
	enum op_code code;

	memset(out, 0, sizeof(*out));
	out->kind = (enum op_kind)pb_peek_u32(body, 1);
	out->unit = pb_peek_u32(body, 2);
	code = judge_bytes(out, body, &payload, e);
	if (code)
		return code;
	m = (const Ketnap__Op__Body *)pb_unpack(&ketnap__op__body__descriptor, body, a, &in.nomem);
	if (!m)
		return in.nomem ? no_memory(out, e) : unreadable(e, "does not decode");
	if (!payload_is(m, payload))
		return unreadable(e, "its payload is missing, doubled or of another kind");
	take_common(out, m);
	take_payload(&in, out, payload, m);
	if (in.nomem)
		return no_memory(out, e);
	if (in.bad)
		return unreadable(e, "a number or length is out of its bounds");
	return op_check(out, e);
}
