/* What waits of what a connection has brought back, and what has to wait behind it: PROTOCOL.md, section 12. */
#ifndef OLD_PLACES_H
#define OLD_PLACES_H

#include "server/job.h"

#include "domain/op.h"
#include "domain/unit.h"
#include "proto/codec.h"

/* Is it a closing in front of which something waits, a sheet in front of which a closing does, or an epoch that would
 * end the one in which something waits? */
bool places_wait(const struct old_places *p, const struct tree *t, const struct op *op);
/* An entry of the lost log is brought, behind what this one shares with it: which units did it make? */
void places_made(struct old_places *p, const struct tree *t, const struct op *op);
/* Does it name one of those whose number is another's here? */
bool places_taken(const struct old_places *p, const struct op *op);
/* The number of a person is somebody else's here. */
void places_note_person(struct old_places *p, uint32_t person);
bool places_person_taken(const struct old_places *p, uint32_t person);
/* An entry waits too. `op`: only of an accepted closing, else NULL. */
void places_note(struct old_places *p, const struct entry *en, const struct op *op);
#endif
