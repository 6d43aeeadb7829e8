/* An act of reorganisation between the form of a page and the client. */
#ifndef CLIENT_WEB_ACTS_H
#define CLIENT_WEB_ACTS_H

#include "web_internal.h"

/* The document and its changes, out of what the page has put together (`changes`) or of a proposal (`proposal`, an entry),
 * whose document the page may say otherwise. Lends from k->a. Failures name the change by its place, from 1. */
int acts_read(struct call *k, struct op_act *act);

/* Each unit that was there before the act and that it changes, ends or takes along, as `after` has it, with what stands
 * on it at this device: a list of {unit, name, changes, targets, unsent, waiting, devices, cases, people, officer}. */
int acts_touched(struct call *k, const struct tree *after, const struct op_act *act, uint64_t lsn,
		 json_t **out);
#endif
