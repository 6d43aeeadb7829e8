/* Persons who are still with the device's own unit after that has ended. Each is to be sent on to another unit (moves.h) from
 * here: nobody else can open what goes along. */
#ifndef CLIENT_LEFT_H
#define CLIENT_LEFT_H

#include "client/client.h"

/* As own ops have it too, those that wait; without who is on the way to another unit. */
struct left_behind {
	bool ended;            /* the unit, by that day; else nobody is counted */
	size_t members, cases; /* who stay; that go on */
	uint32_t into;         /* the unit that stands for it by then; 0: none that is known here */
};

int left_behind(struct left_behind *out, struct client *c, day_t today, struct err *e);
#endif
