/* Bodies and envelopes of those who do not behave. */
#include "story_internal.h"

void story_odd(struct story *s, struct story_device *v)
{
	static uint8_t zeros[OP_BODY_MAX + 1];
	struct op setting = { .kind = OP_SETTING,
			      .author = v->d.person,
			      .setting = { SPAN_LIT("rounding"), SPAN_LIT("half-up") } };
	struct step *did;

	switch (rng_below(&s->r, 6)) {
	case 0:
		s->tally.oversized +=
			story_send(s, v, span_of(zeros, sizeof(zeros)), v->base)->j.code ==
			CODE_OVERSIZED;
		break;
	case 1:
		s->tally.unreadable +=
			story_send(s, v, SPAN_LIT("\x08\x01garbage"), v->base)->j.code ==
			CODE_UNREADABLE;
		break;
	case 2:
		did = story_send(s, v, span_of("", 0), v->base);
		s->tally.empty += did->j.verdict == VERDICT_REFUSED;
		break;
	case 3:
	case 4: {
		struct op_id id = device_id(&v->d);
		struct step step = { .device = v->d.device, .parked = rng_chance(&s->r, 50) };

		id.seq++;
		step.envelope = pack_body(&s->w, id, SPAN_LIT("never seen"), v->base).envelope;
		did = story_run(s, step);
		v->d.seq++;
		s->tally.withdrawn += !did->rc && did->j.code == CODE_WITHDRAWN;
		s->tally.parked += !did->rc && did->j.code == CODE_PARKED;
		break;
	}
	default:
		if (story_send(s, v, story_encode(s, &setting), v->base)->j.code !=
		    (v->role == ROLE_OPERATOR ? CODE_OK : CODE_NOT_ALLOWED))
			story_wrong("a setting by anybody but an operator", s->step_count);
	}
}

void story_resend(struct story *s)
{
	for (unsigned tries = 0; tries < 20; tries++) {
		const struct step *old = &s->steps[rng_below(&s->r, (uint32_t)s->step_count)];
		struct judgement was = old->j;
		struct step *did;

		if (old->act || !old->stored)
			continue;
		did = story_run(s, (struct step){ .device = old->device,
						  .envelope = old->envelope,
						  .body = old->body });
		if (did->rc == -ERR_DENIED) { /* revoked since */
			s->tally.denied++;
			return;
		}
		if (did->rc || !did->j.repeated || did->stored || did->j.lsn != was.lsn ||
		    did->j.verdict != was.verdict || did->j.code != was.code)
			story_wrong("a resend got another verdict", s->step_count);
		s->tally.repeated++;
		return;
	}
}

void story_misbehave(struct story *s, struct story_device *v)
{
	struct op_id id = device_id(&v->d);
	struct step step = { .device = v->d.device }, *did;
	uint64_t base = v->base;
	struct span body = SPAN_LIT("\x08\x01garbage");
	int want = -ERR_STATE;
	unsigned what = rng_below(&s->r, 7);

	id.seq++;
	switch (what) {
	case 0:
		id.seq++;
		s->tally.gaps++;
		break;
	case 1:
		id.epoch += 1 + rng_below(&s->r, 3);
		s->tally.wrong_epoch++;
		break;
	case 2:
		if (!v->d.seq)
			return;
		id.seq = 1 + rng_below(&s->r, (uint32_t)v->d.seq);
		body = SPAN_LIT("another body");
		want = 0;
		break;
	case 3:
		base = ledger_info(s->w.l).lsn + 1;
		break;
	case 4:
		step.device ^= 2;
		want = -ERR_DENIED;
		s->tally.denied++;
		break;
	default:
		break;
	}
	step.envelope = pack_body(&s->w, id, body, base).envelope;
	step.body = body;
	if (what == 5) {
		step.envelope.len -= 1 + rng_below(&s->r, (uint32_t)step.envelope.len - 1);
		want = -ERR_PROTO;
		s->tally.malformed++;
	} else if (what == 6) {
		step.body = SPAN_LIT("not what was hashed");
		want = -ERR_PROTO;
		s->tally.malformed++;
	}
	did = story_run(s, step);
	if (did->stored || did->rc != want)
		story_wrong("misbehaviour was taken otherwise", what);
	if (want)
		return;
	if (did->j.code != CODE_FORK || did->j.verdict != VERDICT_REFUSED || did->j.lsn)
		story_wrong("a fork was not refused as one", s->step_count);
	s->tally.forks++;
}
