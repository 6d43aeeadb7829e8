#include "ledger/follow.h"

#include "internal.h"

#include <stdlib.h>

struct following {
	struct unit_follow *out;
	day_t since, day;
	uint64_t known_at;
	struct arena *keep;
	bool officer_known; /* the newest entry for the day was seen, even if it names nobody */
	bool nomem;
};

static struct span keep(struct following *f, struct span text)
{
	struct span copy = text.len ? arena_copy(f->keep, text) : (struct span){ NULL, 0 };

	f->nomem |= text.len && !copy.data;
	return copy;
}

static void take_note(struct following *f, const struct entry *en, const struct op *op)
{
	struct follow_note *n;

	if (op->note.day < f->since || op->note.day > f->day)
		return;
	if (op->note.step && f->out->step_count < FOLLOW_NOTES_MAX)
		f->out->steps[f->out->step_count++] =
			(struct urge_taken){ (enum urge_step)op->note.step, op->note.day, en->lsn };
	if (f->out->notes_all++ >= FOLLOW_NOTES_MAX)
		return;
	n = &f->out->notes[f->out->note_count++];
	*n = (struct follow_note){ .lsn = en->lsn, .time_ms = en->time_ms, .author = en->author };
	n->note.day = op->note.day;
	n->note.step = op->note.step;
	n->note.who = keep(f, op->note.who);
	n->note.text = keep(f, op->note.text);
	n->source = keep(f, op->source);
}

static void take_officer(struct following *f, const struct op_officer *o)
{
	if (f->officer_known || f->day < o->from || (o->to && f->day > o->to))
		return;
	f->officer_known = true;
	f->out->has_officer = o->name.len > 0;
	f->out->officer = (struct op_officer){ .name = keep(f, o->name),
					       .title = keep(f, o->title),
					       .phone = keep(f, o->phone),
					       .doc_no = keep(f, o->doc_no),
					       .from = o->from,
					       .to = o->to };
}

/* The chain is walked back from its end, so the newest comes first. */
static int each(void *ctx, const struct entry *en, const struct envelope *env, const struct op *op,
		struct err *e)
{
	struct following *f = ctx;

	(void)env;
	if (!op || en->verdict != VERDICT_ACCEPTED || en->lsn > f->known_at)
		return 0;
	if (op->kind == OP_NOTE)
		take_note(f, en, op);
	else if (op->kind == OP_OFFICER)
		take_officer(f, &op->officer);
	return f->nomem ? err_set(e, ERR_NOMEM, "no memory for notes") : 0;
}

/* A note may tell of an earlier day than one before it. */
static int by_day(const void *a, const void *b)
{
	const struct urge_taken *x = a, *y = b;

	return x->day != y->day ? (x->day > y->day) - (x->day < y->day)
				: (x->lsn > y->lsn) - (x->lsn < y->lsn);
}

int query_follow(struct unit_follow *out, struct ledger *l, uint32_t unit, day_t since, day_t day,
		 uint64_t known_at, struct arena *a, struct err *e)
{
	struct following f = {
		.out = out, .since = since, .day = day, .known_at = known_at, .keep = a
	};
	struct arena *scratch = arena_new(SCRATCH_BUDGET);
	uint64_t head = 0;
	int rc;

	*out = (struct unit_follow){
		.notes = arena_array(a, FOLLOW_NOTES_MAX, sizeof(*out->notes)),
		.steps = arena_array(a, FOLLOW_NOTES_MAX, sizeof(*out->steps)),
	};
	rc = scratch && out->notes && out->steps ? read_enter(l, e)
						 : err_set(e, ERR_NOMEM, "no memory for notes");
	if (!rc) {
		rc = unit_head_get(l, unit, &head, e);
		if (!rc)
			rc = walk_unit(l, head, scratch, each, &f, e);
		read_leave(l);
	}
	arena_free(scratch);
	if (!rc && out->step_count)
		qsort(out->steps, out->step_count, sizeof(*out->steps), by_day);
	return rc;
}
