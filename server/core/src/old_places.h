/* What waits of what a connection has brought back, and what has to wait behind it: PROTOCOL.md, section 12. */
#ifndef OLD_PLACES_H
#define OLD_PLACES_H

#include "server/job.h"

#include "domain/op.h"
#include "domain/unit.h"
#include "proto/codec.h"

/* Is it a closing in front of which something waits, a sheet in front of which a closing does, an epoch that would end the one
 * in which something waits, or what holds as the last one that was told of its unit, of which something waits? */
bool places_wait(const struct old_places *p, const struct tree *t, const struct op *op);
/* An entry of a lost log, as it was read in that incarnation, is brought, behind what this one shares with it: which units did
 * it make? */
void places_made(struct old_places *p, const struct tree *t, const struct op *op,
		 const uint8_t incarnation[16]);
/* Does it name one of those whose number is another's here? `incarnation`: that its author had read. */
bool places_taken(const struct old_places *p, const struct op *op, const uint8_t incarnation[16]);
/* The number of a person is somebody else's here, or, `same`, who they were there. */
void places_note_person(struct old_places *p, uint32_t person, bool same,
			const uint8_t incarnation[16]);
bool places_person_taken(const struct old_places *p, uint32_t person,
			 const uint8_t incarnation[16]);
/* An entry waits too. `op`: only of an accepted closing, else NULL. */
void places_note(struct old_places *p, const struct entry *en, const struct op *op);
#endif
