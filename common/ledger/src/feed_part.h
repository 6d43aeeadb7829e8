/* The part of the tree that a device may read of: who is in it, and where to look for its entries without
 * looking at the whole tree. PROTOCOL.md, section 8. */
#ifndef LEDGER_FEED_PART_H
#define LEDGER_FEED_PART_H

#include "ledger/feed.h"

/* Is `unit` inside `top`, today or by an act whose day is still to come? */
bool part_within(const struct tree *t, uint32_t unit, uint32_t top, day_t today);
/* Did the unit go over, by whatever way, into one inside `top`? What acts made of such a one, its plan and
 * what stood below it, only comes out the same where the unit itself is known. */
bool part_came_over(const struct tree *t, uint32_t unit, uint32_t top, day_t today);
/* Was the unit inside `top`, or did it come over into one that was, and is it no more? */
bool part_left(const struct tree *t, uint32_t unit, uint32_t top, day_t today);
bool part_left_over(const struct tree *t, uint32_t unit, uint32_t top, day_t today);

/* Is something of the unit read in the part: of those inside, above, or come over; with `left` of those that were? */
bool part_read_by(const struct tree *t, uint32_t unit, uint32_t top, day_t today, bool left);

/* Of what is in the part for no other reason: can the entry tell of a unit that has left it (a cheap question), and does
 * it? `given`: those to whom it was handed over. left_tells(): 1, 0, or an error. */
struct handed;
bool left_concerns(const struct ledger *l, const struct feed_scope *s, const struct entry *en,
		   const struct handed *given, size_t count);
int left_tells(struct ledger *l, const struct feed_scope *s, const struct entry *en,
	       const struct op *op, const struct handed *given, size_t count, struct arena *scratch,
	       struct err *e);

/* Every unit that can be: what ever stood below the top or above it, and what went over into one of those below.
 * Ascending, each once, in `a`. Costs that much, whatever the tree has elsewhere. *out NULL without memory. */
void part_units(const uint32_t **out, size_t *count, const struct tree *t, uint32_t top,
		struct arena *a);
/* About as many as that, for a guess. */
size_t part_guess(const struct tree *t, uint32_t top);
#endif
