#include "codec_register.h"

#include "domain/case_count.h"

#include <assert.h>

static Ketnap__Op__OpId *put_id(Ketnap__Op__OpId *m, struct op_id id)
{
	if (!id.device && !id.epoch && !id.seq)
		return NULL;
	ketnap__op__op_id__init(m);
	PB_PUT(m, device, id.device);
	PB_PUT(m, epoch, id.epoch);
	PB_PUT(m, seq, id.seq);
	return m;
}

static struct op_id take_id(const Ketnap__Op__OpId *m)
{
	return m ? (struct op_id){ m->device, m->epoch, m->seq } : (struct op_id){ 0, 0, 0 };
}

static Ketnap__Op__Step *put_step(struct step_room *room, const struct case_step *s)
{
	Ketnap__Op__Step *m = &room->step;

	if (s->kind == STEP_NONE)
		return NULL;
	ketnap__op__step__init(m);
	PB_PUT(m, kind, (uint32_t)s->kind);
	PB_PUT(m, day, s->day);
	PB_PUT(m, reason, (uint32_t)s->reason);
	PB_PUT(m, votes_for, s->votes_for);
	PB_PUT(m, votes_of, s->votes_of);
	assert(s->exception_count <= CASE_EXCEPTIONS_MAX);
	for (size_t i = 0; i < s->exception_count; i++) {
		room->rules[i] = s->exceptions[i].rule;
		room->grounds[i] = s->exceptions[i].ground;
	}
	m->rules = room->rules;
	m->grounds = room->grounds;
	m->n_rules = m->n_grounds = s->exception_count;
	return m;
}

static void take_step(struct pb_in *in, struct case_step *out, const Ketnap__Op__Step *m)
{
	if (!m)
		return;
	out->kind = (enum case_step_kind)pb_num(in, m->kind, STEP_KINDS - 1);
	if (out->kind == STEP_NONE || m->n_rules != m->n_grounds)
		in->bad = true;
	out->day = m->day;
	out->reason = (enum case_reason)pb_num(in, m->reason, CASE_REASONS - 1);
	out->votes_for = (uint16_t)pb_num(in, m->votes_for, UINT16_MAX);
	out->votes_of = (uint16_t)pb_num(in, m->votes_of, UINT16_MAX);
	for (size_t i = 0; i < m->n_rules && !in->bad; i++) {
		out->exceptions[i].rule = (uint8_t)pb_num(in, m->rules[i], CASE_RULES_EXCEPTED - 1);
		out->exceptions[i].ground = (uint8_t)pb_num(in, m->grounds[i], CASE_GROUNDS - 1);
		out->exception_count++;
	}
}

static Ketnap__Op__Codes *put_codes(Ketnap__Op__Codes *m, const struct person_codes *c)
{
	ketnap__op__codes__init(m);
	PB_PUT(m, facts, c->facts);
	PB_PUT(m, sources, c->sources);
	PB_PUT(m, age, (uint32_t)c->age);
	PB_PUT(m, education, (uint32_t)c->education);
	PB_PUT(m, occupation, (uint32_t)c->occupation);
	PB_PUT(m, degree, (uint32_t)c->degree);
	PB_PUT(m, title, (uint32_t)c->title);
	PB_PUT(m, marks, (uint32_t)c->marks);
	return m->has_facts || m->has_sources || m->has_age || m->has_education ||
			       m->has_occupation || m->has_degree || m->has_title || m->has_marks
		       ? m
		       : NULL;
}

static void take_codes(struct pb_in *in, struct person_codes *out, const Ketnap__Op__Codes *m)
{
	if (!m)
		return;
	out->facts = (uint8_t)pb_num(in, m->facts, FACTS_ALL);
	out->sources = (uint8_t)pb_num(in, m->sources, (1u << CASE_SOURCES) - 1);
	out->age = (enum age_band)pb_num(in, m->age, AGE_BANDS - 1);
	out->education = (uint8_t)pb_num(in, m->education, EDUCATION_UPPER_SECONDARY);
	out->occupation = (uint8_t)pb_num(in, m->occupation, OCCUPATIONS - 1);
	out->degree = (uint8_t)pb_num(in, m->degree, DEGREES - 1);
	out->title = (uint8_t)pb_num(in, m->title, TITLES - 1);
	out->marks = (uint8_t)pb_num(in, m->marks, PERSON_MARKS_ALL);
}

static void put_member(union register_room *room, Ketnap__Op__Body *body, const struct op_member *s)
{
	Ketnap__Op__Member *m = body->member = &room->member.member;

	ketnap__op__member__init(m);
	PB_PUT_FIXED(m, person, s->person);
	m->codes = put_codes(&room->member.codes, &s->codes);
	PB_PUT(m, admitted, s->admitted);
	PB_PUT(m, recognised, s->recognised);
	PB_PUT_SPAN(m, sealed, s->sealed);
	m->over = put_id(&room->member.over, s->over);
	PB_PUT(m, gain, (uint32_t)s->gain);
	PB_PUT(m, gained, s->gained);
	PB_PUT_SPAN(m, letter, s->letter);
}

static void take_member(struct pb_in *in, struct op_member *out, const Ketnap__Op__Member *m)
{
	pb_fixed(in, out->person, sizeof(out->person), m->has_person, m->person);
	take_codes(in, &out->codes, m->codes);
	out->admitted = m->admitted;
	out->recognised = m->recognised;
	out->sealed = pb_span(m->sealed);
	out->over = take_id(m->over);
	out->gain = (enum member_gain)pb_num(in, m->gain, MEMBER_GAINS - 1);
	out->gained = m->gained;
	out->letter = pb_span(m->letter);
}

static void put_case(union register_room *room, Ketnap__Op__Body *body, const struct op_case *c)
{
	Ketnap__Op__Case *m = body->open = &room->open.open;

	ketnap__op__case__init(m);
	PB_PUT_FIXED(m, person, c->person);
	m->codes = put_codes(&room->open.codes, &c->codes);
	m->step = put_step(&room->open.step, &c->step);
	PB_PUT_SPAN(m, sealed, c->sealed);
	m->over = put_id(&room->open.over, c->over);
}

static void take_case(struct pb_in *in, struct op_case *out, const Ketnap__Op__Case *m)
{
	pb_fixed(in, out->person, sizeof(out->person), m->has_person, m->person);
	take_codes(in, &out->codes, m->codes);
	take_step(in, &out->step, m->step);
	out->sealed = pb_span(m->sealed);
	out->over = take_id(m->over);
}

static void put_case_step(union register_room *room, Ketnap__Op__Body *body,
			  const struct op_case_step *s)
{
	Ketnap__Op__CaseStep *m = body->case_step = &room->step.step;

	ketnap__op__case_step__init(m);
	PB_PUT_FIXED(m, person, s->person);
	m->step = put_step(&room->step.of, &s->step);
	m->after = put_id(&room->step.after, s->after);
	PB_PUT(m, to, s->to);
	PB_PUT_SPAN(m, sealed, s->sealed);
	assert(s->settle_count <= CASE_SETTLES_MAX);
	for (size_t i = 0; i < s->settle_count; i++) {
		Ketnap__Op__OpId *id = room->step.settles_at[i] = &room->step.settles[i];

		if (!put_id(id, s->settles[i]))
			ketnap__op__op_id__init(id);
	}
	m->settles = room->step.settles_at;
	m->n_settles = s->settle_count;
	m->keep = put_id(&room->step.keep, s->keep);
}

static void take_case_step(struct pb_in *in, struct op_case_step *out,
			   const Ketnap__Op__CaseStep *m)
{
	struct op_id *settles;

	pb_fixed(in, out->person, sizeof(out->person), m->has_person, m->person);
	take_step(in, &out->step, m->step);
	out->after = take_id(m->after);
	out->to = m->to;
	out->sealed = pb_span(m->sealed);
	out->keep = take_id(m->keep);
	if (!m->n_settles)
		return;
	settles = arena_array(in->arena, m->n_settles, sizeof(*settles));
	if (!settles) {
		in->nomem = true;
		return;
	}
	for (size_t i = 0; i < m->n_settles; i++)
		settles[i] = take_id(m->settles[i]);
	out->settles = settles;
	out->settle_count = m->n_settles;
}

static void put_move(union register_room *room, Ketnap__Op__Body *body, const struct op_move *s)
{
	Ketnap__Op__Move *m = body->move = &room->move.move;

	ketnap__op__move__init(m);
	PB_PUT(m, what, (uint32_t)s->what);
	PB_PUT(m, other, s->other);
	PB_PUT_FIXED(m, person, s->person);
	PB_PUT_FIXED(m, as, s->as);
	PB_PUT(m, day, s->day);
	PB_PUT(m, way, (uint32_t)s->way);
	m->codes = put_codes(&room->move.codes, &s->codes);
	PB_PUT_SPAN(m, sealed, s->sealed);
	PB_PUT_SPAN(m, letter, s->letter);
	m->after = put_id(&room->move.after, s->after);
	assert(s->step_count <= CASE_STEPS_MAX);
	for (size_t i = 0; i < s->step_count; i++) {
		Ketnap__Op__MovedStep *one = room->move.steps_at[i] = &room->move.steps[i];

		ketnap__op__moved_step__init(one);
		one->step = put_step(&room->move.of[i], &s->steps[i].step);
		PB_PUT_SPAN(one, sealed, s->steps[i].sealed);
	}
	m->steps = room->move.steps_at;
	m->n_steps = s->step_count;
	PB_PUT(m, admitted, s->admitted);
	PB_PUT(m, recognised, s->recognised);
}

static void take_move(struct pb_in *in, struct op_move *out, const Ketnap__Op__Move *m)
{
	struct moved_step *steps;

	out->what = (enum move_what)pb_num(in, m->what, MOVE_WHATS - 1);
	out->other = m->other;
	pb_fixed(in, out->person, sizeof(out->person), m->has_person, m->person);
	pb_fixed(in, out->as, sizeof(out->as), m->has_as, m->as);
	out->day = m->day;
	out->way = (enum case_move)pb_num(in, m->way, MOVE_OUTSIDE);
	take_codes(in, &out->codes, m->codes);
	out->sealed = pb_span(m->sealed);
	out->letter = pb_span(m->letter);
	out->after = take_id(m->after);
	out->admitted = m->admitted;
	out->recognised = m->recognised;
	if (!m->n_steps)
		return;
	steps = arena_array(in->arena, m->n_steps, sizeof(*steps));
	if (!steps) {
		in->nomem = true;
		return;
	}
	for (size_t i = 0; i < m->n_steps; i++) {
		take_step(in, &steps[i].step, m->steps[i]->step);
		steps[i].sealed = pb_span(m->steps[i]->sealed);
	}
	out->steps = steps;
	out->step_count = m->n_steps;
}

static void put_correct(union register_room *room, Ketnap__Op__Body *body,
			const struct op_correct *s)
{
	Ketnap__Op__Correct *m = body->correct = &room->correct.correct;

	ketnap__op__correct__init(m);
	PB_PUT_FIXED(m, person, s->person);
	assert(s->count <= FIXES_MAX);
	for (size_t i = 0; i < s->count; i++) {
		Ketnap__Op__Fix *one = room->correct.fixes_at[i] = &room->correct.fixes[i];
		const struct op_fix *f = &s->fixes[i];

		ketnap__op__fix__init(one);
		PB_PUT(one, field, f->field);
		PB_PUT_SPAN(one, sealed, f->sealed);
		if (f->sealed.len)
			PB_PUT_FIXED(one, tag, f->tag);
		PB_PUT(one, value, f->value);
		assert(f->over_count <= FIX_OVER_MAX);
		for (size_t k = 0; k < f->over_count; k++) {
			Ketnap__Op__OpId *id = &room->correct.over[i][k];

			if (!put_id(id, f->over[k]))
				ketnap__op__op_id__init(id);
			room->correct.over_at[i][k] = id;
		}
		one->over = room->correct.over_at[i];
		one->n_over = f->over_count;
	}
	m->fixes = room->correct.fixes_at;
	m->n_fixes = s->count;
}

static const struct op_id *take_over(struct pb_in *in, const Ketnap__Op__Fix *m)
{
	struct op_id *over = arena_array(in->arena, m->n_over + 1, sizeof(*over));

	if (!over)
		in->nomem = true;
	for (size_t i = 0; i < m->n_over && over; i++)
		over[i] = take_id(m->over[i]);
	return over;
}

static void take_correct(struct pb_in *in, struct op_correct *out, const Ketnap__Op__Correct *m)
{
	struct op_fix *fixes;

	pb_fixed(in, out->person, sizeof(out->person), m->has_person, m->person);
	if (!m->n_fixes)
		return;
	fixes = arena_array(in->arena, m->n_fixes, sizeof(*fixes));
	if (!fixes) {
		in->nomem = true;
		return;
	}
	for (size_t i = 0; i < m->n_fixes; i++) {
		const Ketnap__Op__Fix *one = m->fixes[i];

		fixes[i].field = (uint8_t)pb_num(in, one->field, FIX_END - 1);
		fixes[i].sealed = pb_span(one->sealed);
		if (one->sealed.len || one->has_tag)
			pb_fixed(in, fixes[i].tag, sizeof(fixes[i].tag), one->has_tag, one->tag);
		fixes[i].value = one->value;
		fixes[i].over = one->n_over ? take_over(in, one) : NULL;
		fixes[i].over_count = one->n_over;
	}
	out->fixes = fixes;
	out->count = m->n_fixes;
}

void register_put(union register_room *room, Ketnap__Op__Body *body, enum payload payload,
		  const struct op *op)
{
	switch (payload) {
	case PAYLOAD_NAMES:
		ketnap__op__names__init(body->names = &room->names);
		PB_PUT(&room->names, how, (uint32_t)op->names.how);
		PB_PUT(&room->names, count, op->names.count);
		break;
	case PAYLOAD_CASE:
		put_case(room, body, &op->open);
		break;
	case PAYLOAD_CASE_STEP:
		put_case_step(room, body, &op->step);
		break;
	case PAYLOAD_MEMBER:
		put_member(room, body, &op->member);
		break;
	case PAYLOAD_MEMBER_END:
		ketnap__op__member_end__init(body->member_end = &room->member_end);
		PB_PUT_FIXED(&room->member_end, person, op->member_end.person);
		PB_PUT(&room->member_end, how, (uint32_t)op->member_end.how);
		PB_PUT(&room->member_end, day, op->member_end.day);
		PB_PUT_SPAN(&room->member_end, sealed, op->member_end.sealed);
		break;
	case PAYLOAD_MOVE:
		put_move(room, body, &op->move);
		break;
	case PAYLOAD_FORGET:
		ketnap__op__forget__init(body->forget = &room->forget);
		PB_PUT_FIXED(&room->forget, person, op->forget.person);
		PB_PUT(&room->forget, why, (uint32_t)op->forget.why);
		PB_PUT(&room->forget, confirms, op->forget.confirms);
		break;
	case PAYLOAD_UNIT_KEY:
		ketnap__op__unit_key__init(body->unit_key = &room->unit_key);
		PB_PUT_FIXED(&room->unit_key, key, op->unit_key.key);
		PB_PUT_FIXED(&room->unit_key, public_half, op->unit_key.public_half);
		PB_PUT(&room->unit_key, generation, op->unit_key.generation);
		PB_PUT_SPAN(&room->unit_key, code, op->unit_key.code);
		PB_PUT(&room->unit_key, direct, op->unit_key.direct);
		break;
	case PAYLOAD_RECOVER:
		ketnap__op__recover__init(body->recover = &room->recover);
		PB_PUT(&room->recover, device, op->recover.device);
		PB_PUT(&room->recover, confirms, op->recover.confirms);
		break;
	case PAYLOAD_CORRECT:
		put_correct(room, body, &op->correct);
		break;
	default:
		break;
	}
}

void register_take(struct pb_in *in, struct op *out, enum payload payload,
		   const Ketnap__Op__Body *m)
{
	switch (payload) {
	case PAYLOAD_NAMES:
		out->names.how = (enum names_how)pb_num(in, m->names->how, NAMES_PRINTED);
		out->names.count = m->names->count;
		break;
	case PAYLOAD_CASE:
		take_case(in, &out->open, m->open);
		break;
	case PAYLOAD_CASE_STEP:
		take_case_step(in, &out->step, m->case_step);
		break;
	case PAYLOAD_MEMBER:
		take_member(in, &out->member, m->member);
		break;
	case PAYLOAD_MEMBER_END:
		pb_fixed(in, out->member_end.person, sizeof(out->member_end.person),
			 m->member_end->has_person, m->member_end->person);
		out->member_end.how = (enum member_end)pb_num(in, m->member_end->how,
							      MEMBER_ENDS - 1);
		out->member_end.day = m->member_end->day;
		out->member_end.sealed = pb_span(m->member_end->sealed);
		break;
	case PAYLOAD_MOVE:
		take_move(in, &out->move, m->move);
		break;
	case PAYLOAD_FORGET:
		pb_fixed(in, out->forget.person, sizeof(out->forget.person), m->forget->has_person,
			 m->forget->person);
		out->forget.why = (enum forget_why)pb_num(in, m->forget->why, FORGET_OWN_RIGHT);
		out->forget.confirms = m->forget->confirms;
		break;
	case PAYLOAD_UNIT_KEY:
		pb_fixed(in, out->unit_key.key, sizeof(out->unit_key.key), m->unit_key->has_key,
			 m->unit_key->key);
		pb_fixed(in, out->unit_key.public_half, sizeof(out->unit_key.public_half),
			 m->unit_key->has_public_half, m->unit_key->public_half);
		out->unit_key.generation = m->unit_key->generation;
		out->unit_key.code = pb_span(m->unit_key->code);
		out->unit_key.direct = m->unit_key->direct;
		break;
	case PAYLOAD_RECOVER:
		out->recover.device = m->recover->device;
		out->recover.confirms = m->recover->confirms;
		break;
	case PAYLOAD_CORRECT:
		take_correct(in, &out->correct, m->correct);
		break;
	default:
		break;
	}
}
