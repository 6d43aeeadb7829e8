/* What the story's steps are made of, for its own files. */
#ifndef SUPPORT_STORY_INTERNAL_H
#define SUPPORT_STORY_INTERNAL_H

#include "story.h"

/* Ends the program: the story itself went wrong. */
_Noreturn void story_wrong(const char *what, uint64_t where);

/* Run it in the open batch, note what came of it, tell the naive model. */
struct step *story_run(struct story *s, struct step step);
struct step *story_run_act(struct story *s, const struct op *op);
void story_must_act(struct story *s, const struct op *op);

/* An op of the device in its turn, which gets a verdict whatever it is. */
struct span story_encode(struct story *s, const struct op *op);
struct step *story_send(struct story *s, struct story_device *v, struct span body, uint64_t base);

struct period story_quarter(int year, int quarter);

/* Each one step, or more. */
void story_sheet(struct story *s, struct story_device *v);
void story_import(struct story *s);
void story_mark(struct story *s, struct story_device *v);
void story_odd(struct story *s, struct story_device *v);
void story_resend(struct story *s);
void story_misbehave(struct story *s, struct story_device *v);
void story_any_act(struct story *s);
#endif
