/* The payloads of closing months and of reorganising the tree, both ways. Not seen outside proto/src. */
#ifndef PROTO_CODEC_MONTHS_H
#define PROTO_CODEC_MONTHS_H

#include "codec_kind.h"
#include "codec_register.h"
#include "op.pb-c.h"
#include "pb.h"

struct act_room {
	Ketnap__Op__Act act;
	Ketnap__Op__Change changes[ACT_CHANGES_MAX], *at[ACT_CHANGES_MAX];
};

struct summary_room {
	Ketnap__Op__Summary summary;
	uint32_t measures[MEASURES_MAX];
};

union month_room {
	struct summary_room summary;
	Ketnap__Op__Late late;
	Ketnap__Op__Close close;
	Ketnap__Op__Unlock unlock;
	Ketnap__Op__Calendar calendar;
	struct act_room act;
	union register_room person;
	Ketnap__Op__ActRefusal act_refusal;
};

/* `payload` PAYLOAD_SUMMARY to PAYLOAD_ACT, those of the register, and a refusal of a proposal; anything else does nothing.
 * The body lends from room and op. */
void month_put(union month_room *room, Ketnap__Op__Body *body, enum payload payload,
	       const struct op *op);
void month_take(struct pb_in *in, struct op *out, enum payload payload, const Ketnap__Op__Body *m);
#endif
