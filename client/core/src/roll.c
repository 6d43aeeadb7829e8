#include "client/roll.h"

#include "base/text.h"
#include "cases_internal.h"
#include "client/corrections.h"

#include <stdlib.h>

struct seen_member {
	struct register_member m;
	bool unsent, of_case;
};

struct roll {
	struct seen_member *at;
	size_t count, room, of_base; /* those of base are in order of their ids */
	uint8_t (*only)[PERSON_ID];  /* nobody but these, ascending; NULL: all */
	size_t only_count;
};

void roll_free(struct roll *ms)
{
	if (!ms)
		return;
	free(ms->at);
	free(ms->only);
	free(ms);
}

size_t roll_count(const struct roll *ms)
{
	return ms->count;
}

const struct register_member *roll_at(const struct roll *ms, size_t i)
{
	return &ms->at[i].m;
}

bool roll_unsent(const struct roll *ms, size_t i)
{
	return ms->at[i].unsent;
}

bool roll_of_case(const struct roll *ms, size_t i)
{
	return ms->at[i].of_case;
}

int roll_is_mistake(const struct roll *ms, struct client *c, const struct case_record *r, bool *yes,
		    struct err *e)
{
	if (r->unit != c->id.unit)
		return register_is_mistake(c->base, r, yes, e);
	*yes = false;
	for (size_t i = 0; i < ms->count && !*yes; i++)
		*yes = ms->at[i].m.how == MEMBER_MISTAKE &&
		       !memcmp(ms->at[i].m.person, r->person, PERSON_ID);
	return 0;
}

static int add(void *ctx, const struct register_member *m, struct err *e)
{
	struct roll *ms = ctx;

	if (ms->count == ms->room) {
		size_t room = ms->room ? ms->room * 2 : 256;
		struct seen_member *grown = realloc(ms->at, room * sizeof(*grown));

		if (!grown)
			return err_set(e, ERR_NOMEM, "no memory for %zu members", ms->count);
		ms->at = grown;
		ms->room = room;
	}
	ms->at[ms->count++] = (struct seen_member){ .m = *m };
	return 0;
}

static struct seen_member *find(struct roll *ms, const uint8_t person[PERSON_ID])
{
	size_t from = 0, to = ms->of_base;

	while (from < to) {
		size_t mid = from + (to - from) / 2;
		int cmp = memcmp(ms->at[mid].m.person, person, PERSON_ID);

		if (!cmp)
			return &ms->at[mid];
		if (cmp < 0)
			from = mid + 1;
		else
			to = mid;
	}
	for (size_t i = ms->count; i-- > ms->of_base;)
		if (!memcmp(ms->at[i].m.person, person, PERSON_ID))
			return &ms->at[i];
	return NULL;
}

static int by_person(const void *a, const void *b)
{
	return memcmp(a, b, PERSON_ID);
}

static bool is_wanted(const struct roll *ms, const uint8_t person[PERSON_ID])
{
	return !ms->only || bsearch(person, ms->only, ms->only_count, PERSON_ID, by_person);
}

static int fold_member(struct roll *ms, const struct op *op, struct op_id id, uint64_t lsn,
		       struct err *e)
{
	struct register_member m = { .unit = op->unit,
				     .codes = op->member.codes,
				     .admitted = op->member.admitted,
				     .recognised = op->member.recognised,
				     .gain = op->member.gain,
				     .gained = op->member.gained,
				     .record = id,
				     .record_lsn = lsn };
	/* a new one has an id that was drawn: nobody else has it */
	struct seen_member *one = op->member.over.seq ? find(ms, op->member.person) : NULL;
	int rc = 0;

	if (!is_wanted(ms, op->member.person))
		return 0;
	memcpy(m.person, op->member.person, PERSON_ID);
	if (one)
		one->m = m;
	else
		rc = add(ms, &m, e);
	if (!rc)
		(one ? one : &ms->at[ms->count - 1])->unsent = true;
	return rc;
}

static void fold_move(struct roll *ms, const struct op *op, struct op_id id, uint64_t lsn)
{
	bool sends = op->move.what == MOVE_SEND || op->move.what == MOVE_RECALL;
	struct seen_member *one = find(ms, sends ? op->move.person : op->move.as);

	if (!one)
		return;
	if (sends)
		(void)member_leave(&one->m, op);
	else
		(void)member_arrive(&one->m, op, id, lsn);
	one->unsent = true;
}

static void fold_end(struct roll *ms, const struct op *op, struct op_id id, uint64_t lsn)
{
	struct seen_member *one = find(ms, op->member_end.person);

	if (!one)
		return;
	one->m.how = op->member_end.how;
	one->m.ended = op->member_end.day;
	one->m.end = id;
	one->m.end_lsn = lsn;
	one->unsent = true;
}

static int fold_correction(struct roll *ms, struct client *c, const struct op *op, struct err *e)
{
	struct seen_member *one = find(ms, op->correct.person);
	struct register_member *m = one ? &one->m : NULL;
	day_t admitted, recognised;
	bool of_case;
	int rc;

	if (!one)
		return 0;
	one->unsent = true;
	admitted = m->admitted;
	recognised = m->recognised;
	rc = register_has_case(c->base, m->unit, m->person, &of_case, e);
	if (!rc)
		rc = fixes_known(&m->codes, &m->admitted, &m->recognised, &m->corrected, c, m->unit,
				 m->person, e);
	if (of_case || one->of_case) { /* those of its steps */
		m->admitted = admitted;
		m->recognised = recognised;
	}
	return rc;
}

/* As the cases stand here, own steps that are not in base yet included: who is recognised is one, and nobody else. */
static int fold_case(struct roll *ms, const struct case_record *r, struct err *e)
{
	struct seen_member *one = find(ms, r->person);
	struct register_member m;
	struct case_state st;
	int rc;

	if (one) {
		one->unsent |= register_member_follow(&one->m, r);
		return 0;
	}
	case_record_state(&st, r);
	if (st.stage != CASE_RECOGNISED)
		return 0;
	register_member_of_case(&m, r);
	rc = add(ms, &m, e);
	if (!rc)
		ms->at[ms->count - 1].unsent = ms->at[ms->count - 1].of_case = true;
	return rc;
}

static int load_cases(struct cases **out, const struct roll *ms, struct client *c, struct err *e)
{
	struct cases_wanted wanted = { .count = ms->only_count };
	struct case_who *who;
	int rc;

	if (!ms->only)
		return cases_load(out, c, e);
	who = calloc(ms->only_count + 1, sizeof(*who));
	if (!who)
		return err_set(e, ERR_NOMEM, "no memory for members");
	for (size_t i = 0; i < ms->only_count; i++) {
		who[i].unit = c->id.unit;
		memcpy(who[i].person, ms->only[i], PERSON_ID);
	}
	wanted.at = who;
	rc = cases_load_some(out, c, &wanted, e);
	free(who);
	return rc;
}

static int fold_recognised(struct roll *ms, struct client *c, struct err *e)
{
	struct cases *cs = NULL;
	int rc = load_cases(&cs, ms, c, e);

	for (size_t i = 0; !rc && i < cases_count(cs); i++) {
		const struct case_record *r = cases_at(cs, i);

		if (r->unit == c->id.unit && case_record_here(r) && !r->forgotten_lsn &&
		    is_wanted(ms, r->person))
			rc = fold_case(ms, r, e);
	}
	cases_free(cs);
	return rc;
}

/* Those whom no case makes any more are on no list. */
static void drop_undone(struct roll *ms)
{
	size_t kept = 0;

	for (size_t i = 0; i < ms->count; i++)
		if (!ms->at[i].m.undone)
			ms->at[kept++] = ms->at[i];
	ms->count = kept;
}

static int fold_all(struct roll *ms, struct client *c, struct err *e)
{
	struct arena *a = arena_new(DECODE_BUDGET);
	int rc = a ? 0 : err_set(e, ERR_NOMEM, "no memory for own entries");

	for (size_t i = 0; i < c->own.count && !rc; i++) {
		const struct own_op *own = &c->own.ops[i];
		struct op op;

		if ((own->kind != OP_MEMBER && own->kind != OP_MEMBER_END &&
		     own->kind != OP_MEMBER_MOVE && own->kind != OP_CORRECT) ||
		    own->pulled || own->aside || own->dropped || own->verdict == VERDICT_REFUSED)
			continue;
		arena_reset(a);
		rc = outbox_decode(c, own->id, &op, a, e);
		if (!rc && op.kind == OP_MEMBER) {
			rc = fold_member(ms, &op, own->id, UNSENT_LSN + i, e);
		} else if (!rc && op.kind == OP_MEMBER_MOVE) {
			fold_move(ms, &op, own->id, UNSENT_LSN + i);
		} else if (!rc && op.kind == OP_CORRECT) {
			rc = fold_correction(ms, c, &op, e);
		} else if (!rc) {
			fold_end(ms, &op, own->id, UNSENT_LSN + i);
		}
	}
	arena_free(a);
	return rc;
}

static int base_some(struct roll *ms, struct client *c, struct err *e)
{
	int rc = 0;

	for (size_t i = 0; i < ms->only_count && !rc; i++) {
		struct register_member m;

		if (i && !memcmp(ms->only[i], ms->only[i - 1], PERSON_ID))
			continue;
		rc = register_member(c->base, c->id.unit, ms->only[i], &m, e);
		if (!rc)
			rc = add(ms, &m, e);
		rc = rc == -ERR_NOTFOUND ? 0 : rc;
	}
	return rc;
}

static int load(struct roll **out, struct client *c, struct roll *ms, struct err *e)
{
	int rc = ms->only ? base_some(ms, c, e) : register_members(c->base, c->id.unit, add, ms, e);

	ms->of_base = ms->count;
	if (!rc)
		rc = fold_recognised(ms, c, e);
	if (!rc)
		rc = fold_all(ms, c, e);
	drop_undone(ms);
	if (rc)
		roll_free(ms);
	else
		*out = ms;
	return rc;
}

int roll_load(struct roll **out, struct client *c, struct err *e)
{
	struct roll *ms = calloc(1, sizeof(*ms));

	*out = NULL;
	return ms ? load(out, c, ms, e) : err_set(e, ERR_NOMEM, "no memory for members");
}

int roll_load_some(struct roll **out, struct client *c, const uint8_t (*persons)[PERSON_ID],
		   size_t count, struct err *e)
{
	struct roll *ms = calloc(1, sizeof(*ms));

	*out = NULL;
	if (ms)
		ms->only = calloc(count + 1, sizeof(*ms->only));
	if (!ms || !ms->only) {
		roll_free(ms);
		return err_set(e, ERR_NOMEM, "no memory for members");
	}
	if (count)
		memcpy(ms->only, persons, count * sizeof(*ms->only));
	qsort(ms->only, count, sizeof(*ms->only), by_person);
	ms->only_count = count;
	return load(out, c, ms, e);
}

struct span sealed_record(const struct op *op)
{
	return op->kind == OP_MEMBER_MOVE || op->kind == OP_CASE_MOVE ? op->move.sealed
	       : op->kind == OP_CASE                                  ? op->open.sealed
								      : op->member.sealed;
}

int roll_open(struct person_fields *out, struct client *c, struct keyring *k,
	      const struct register_member *m, struct arena *a, struct err *e)
{
	struct person_place at = { .unit = m->unit, .set = PERSON_SET_RECORD };
	uint8_t key[BOX_KEY_BYTES];
	struct op op;
	int rc = m->how == MEMBER_MOVED || m->came.state == HANDOVER_BACK
			 ? err_set(e, ERR_STATE, "this member is with another unit now")
			 : keyring_person(k, m->person, key, e);

	if (rc == -ERR_NOTFOUND)
		return err_set(e, ERR_NOTFOUND,
			       "the key to this member has not come yet: send and receive first");
	memcpy(at.id, m->person, PERSON_KEY_ID);
	if (!rc)
		rc = sealed_op(&op, c, m->record_lsn, m->record, a, e);
	if (!rc)
		rc = sealed_fields(out, key, &at, sealed_record(&op), a, e);
	if (!rc && m->corrected)
		rc = fixes_open(out, c, key, m->unit, m->person, a, e);
	key_wipe(key, sizeof(key));
	return rc;
}

int roll_read(struct roll_known **out, const struct roll *ms, bool open, struct client *c,
	      struct keyring *k, struct arena *a, struct err *e)
{
	size_t count = roll_count(ms);
	char folded[2 * NAME_MAX_BYTES];
	struct err ignored = { 0 };

	*out = arena_array(a, count + 1, sizeof(**out));
	if (!*out)
		return err_set(e, ERR_NOMEM, "no memory for %zu members", count);
	for (size_t i = 0; i < count; i++) {
		struct roll_known *n = &(*out)[i];

		*n = (struct roll_known){ .m = roll_at(ms, i), .index = i };
		n->opened = open && !roll_open(&n->fields, c, k, n->m, a, &ignored);
		if (n->opened &&
		    !text_fold(folded, sizeof(folded), NULL, n->fields.at[PF_NAME], &ignored))
			n->folded = arena_str(a, span_str(folded));
	}
	return 0;
}

/* A paper of theirs that is sealed in the op of that lsn; no fields where there is none. */
static int open_paper(struct person_fields *out, struct client *c, struct keyring *k,
		      const struct register_member *m, uint64_t lsn, struct op_id id,
		      struct arena *a, struct err *e)
{
	struct person_place at = { .unit = m->unit, .set = PERSON_SET_PAPER };
	uint8_t key[BOX_KEY_BYTES];
	struct span sealed = { NULL, 0 };
	struct op op;
	int rc = sealed_op(&op, c, lsn, id, a, e);

	if (rc)
		return rc;
	if (op.kind == OP_MEMBER)
		sealed = op.member.letter;
	else if (op.kind == OP_MEMBER_END)
		sealed = op.member_end.sealed;
	if (!sealed.len)
		return 0;
	memcpy(at.id, m->person, PERSON_KEY_ID);
	rc = keyring_person(k, m->person, key, e);
	if (!rc)
		rc = sealed_fields(out, key, &at, sealed, a, e);
	key_wipe(key, sizeof(key));
	return rc;
}

int roll_open_letter(struct person_fields *out, struct client *c, struct keyring *k,
		     const struct register_member *m, struct arena *a, struct err *e)
{
	memset(out, 0, sizeof(*out));
	if (m->gain == GAIN_NONE || m->how == MEMBER_MOVED)
		return 0;
	return open_paper(out, c, k, m, m->record_lsn, m->record, a, e);
}

int roll_open_end(struct person_fields *out, struct client *c, struct keyring *k,
		  const struct register_member *m, struct arena *a, struct err *e)
{
	memset(out, 0, sizeof(*out));
	return m->end_lsn ? open_paper(out, c, k, m, m->end_lsn, m->end, a, e) : 0;
}
