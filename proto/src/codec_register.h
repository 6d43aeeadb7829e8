/* The payloads of the register, both ways. Not seen outside proto/src. */
#ifndef PROTO_CODEC_REGISTER_H
#define PROTO_CODEC_REGISTER_H

#include "codec_kind.h"
#include "op.pb-c.h"
#include "pb.h"

struct step_room {
	Ketnap__Op__Step step;
	uint32_t rules[CASE_EXCEPTIONS_MAX], grounds[CASE_EXCEPTIONS_MAX];
};

union register_room {
	Ketnap__Op__Names names;
	struct {
		Ketnap__Op__Case open;
		Ketnap__Op__Codes codes;
		struct step_room step;
		Ketnap__Op__OpId over;
	} open;
	struct {
		Ketnap__Op__CaseStep step;
		struct step_room of;
		Ketnap__Op__OpId after, keep, settles[CASE_SETTLES_MAX],
			*settles_at[CASE_SETTLES_MAX];
	} step;
	struct {
		Ketnap__Op__Member member;
		Ketnap__Op__Codes codes;
		Ketnap__Op__OpId over;
	} member;
	Ketnap__Op__MemberEnd member_end;
	struct {
		Ketnap__Op__Move move;
		Ketnap__Op__Codes codes;
		Ketnap__Op__OpId after;
		Ketnap__Op__MovedStep steps[CASE_STEPS_MAX], *steps_at[CASE_STEPS_MAX];
		struct step_room of[CASE_STEPS_MAX];
	} move;
	Ketnap__Op__Forget forget;
	Ketnap__Op__UnitKey unit_key;
	Ketnap__Op__Recover recover;
	struct {
		Ketnap__Op__Correct correct;
		Ketnap__Op__Fix fixes[FIXES_MAX], *fixes_at[FIXES_MAX];
		Ketnap__Op__OpId over[FIXES_MAX][FIX_OVER_MAX], *over_at[FIXES_MAX][FIX_OVER_MAX];
	} correct;
};

/* `payload` PAYLOAD_NAMES to PAYLOAD_MEMBER_END, PAYLOAD_MOVE; anything else does nothing. */
void register_put(union register_room *room, Ketnap__Op__Body *body, enum payload payload,
		  const struct op *op);
void register_take(struct pb_in *in, struct op *out, enum payload payload,
		   const Ketnap__Op__Body *m);
#endif
