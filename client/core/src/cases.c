#include "client/cases.h"

#include "cases_internal.h"
#include "client/corrections.h"
#include "ledger/register.h"

#include <stdlib.h>

struct seen_case {
	struct case_record r;
	bool unsent, corrected;
};

struct cases {
	struct seen_case **at;
	size_t count, room;
	struct case_who *
		only; /* nobody but these, ascending, and whose number begins with `hex`; NULL: all */
	size_t only_count, only_room;
	const char *hex; /* while it is loaded */
};

void cases_free(struct cases *cs)
{
	if (!cs)
		return;
	for (size_t i = 0; i < cs->count; i++)
		free(cs->at[i]);
	free(cs->at);
	free(cs->only);
	free(cs);
}

size_t cases_count(const struct cases *cs)
{
	return cs->count;
}

const struct case_record *cases_at(const struct cases *cs, size_t i)
{
	return &cs->at[i]->r;
}

static int add(struct cases *cs, const struct case_record *r, struct err *e)
{
	struct seen_case *one = calloc(1, sizeof(*one));

	if (one && cs->count == cs->room) {
		size_t room = cs->room ? cs->room * 2 : 64;
		struct seen_case **grown = realloc(cs->at, room * sizeof(*grown));

		if (grown) {
			cs->at = grown;
			cs->room = room;
		}
	}
	if (!one || cs->count == cs->room) {
		free(one);
		return err_set(e, ERR_NOMEM, "no memory for %zu cases", cs->count);
	}
	one->r = *r;
	cs->at[cs->count++] = one;
	return 0;
}

static int each_of_base(void *ctx, const struct case_record *r, struct err *e)
{
	return add(ctx, r, e);
}

static struct seen_case *find(struct cases *cs, uint32_t unit, const uint8_t *person)
{
	for (size_t i = 0; i < cs->count; i++)
		if (cs->at[i]->r.unit == unit && !memcmp(cs->at[i]->r.person, person, PERSON_ID))
			return cs->at[i];
	return NULL;
}

static int by_who(const void *x, const void *y)
{
	const struct case_who *a = x, *b = y;

	if (a->unit != b->unit)
		return a->unit < b->unit ? -1 : 1;
	return memcmp(a->person, b->person, PERSON_ID);
}

static bool begins_with(const struct cases *cs, const uint8_t person[PERSON_ID])
{
	char hex[2 * PERSON_ID + 1];

	hex_encode(hex, person, PERSON_ID);
	return cs->hex && !strncmp(hex, cs->hex, strlen(cs->hex));
}

static bool is_wanted(const struct cases *cs, uint32_t unit, const uint8_t person[PERSON_ID])
{
	struct case_who who = { .unit = unit };

	memcpy(who.person, person, PERSON_ID);
	return !cs->only || begins_with(cs, person) ||
	       bsearch(&who, cs->only, cs->only_count, sizeof(who), by_who);
}

/* An own move, on the record of the end that is here. The other end's comes with the entry. */
static void fold_move(struct cases *cs, struct client *c, const struct op *op, struct op_id id,
		      uint64_t lsn)
{
	bool sends = op->move.what == MOVE_SEND || op->move.what == MOVE_RECALL;
	struct seen_case *one = find(cs, op->unit, sends ? op->move.person : op->move.as);

	if (!one)
		return;
	if (sends)
		(void)case_record_leave(&one->r, op, id, lsn, c->id.unit);
	else
		(void)case_record_arrive(&one->r, op, id, lsn);
	one->unsent = true;
}

static int fold_own(struct cases *cs, struct client *c, const struct op *op, struct op_id id,
		    uint64_t lsn, struct err *e)
{
	const uint8_t *person = op->kind == OP_CASE        ? op->open.person
				: op->kind == OP_CASE_STEP ? op->step.person
				: op->kind == OP_CORRECT   ? op->correct.person
							   : op->forget.person;
	struct seen_case *one = find(cs, op->unit, person);
	struct case_record fresh;
	int rc = 0;

	if (!one && op->kind == OP_CASE && op->open.step.kind != STEP_NONE) {
		if (!is_wanted(cs, op->unit, op->open.person))
			return 0;
		if (case_record_open(&fresh, op, id, lsn, c->id.unit))
			return 0;
		rc = add(cs, &fresh, e);
		one = rc ? NULL : cs->at[cs->count - 1];
	} else if (one && op->kind == OP_CASE && op->open.step.kind == STEP_NONE) {
		(void)case_record_over(&one->r, op, id, lsn);
	} else if (one && op->kind == OP_CORRECT) {
		one->corrected = true;
	} else if (one && op->kind == OP_CASE_STEP) {
		(void)case_record_step(&one->r, op, id, lsn, c->id.unit);
	}
	if (one)
		one->unsent = true;
	return rc;
}

static bool is_of_case(enum op_kind k)
{
	return k == OP_CASE || k == OP_CASE_STEP || k == OP_FORGET || k == OP_CASE_MOVE ||
	       k == OP_CORRECT;
}

static int fold_all(struct cases *cs, struct client *c, struct err *e)
{
	struct arena *a = arena_new(DECODE_BUDGET);
	int rc = a ? 0 : err_set(e, ERR_NOMEM, "no memory for own entries");

	for (size_t i = 0; i < c->own.count && !rc; i++) {
		const struct own_op *own = &c->own.ops[i];
		struct op op;

		if (!is_of_case(own->kind) || own->pulled || own->aside || own->dropped ||
		    own->verdict == VERDICT_REFUSED)
			continue;
		arena_reset(a);
		rc = outbox_decode(c, own->id, &op, a, e);
		if (!rc && op.kind == OP_CASE_MOVE)
			fold_move(cs, c, &op, own->id, UNSENT_LSN + i);
		else if (!rc)
			rc = fold_own(cs, c, &op, own->id, UNSENT_LSN + i, e);
	}
	for (size_t i = 0; i < cs->count && !rc; i++) {
		struct case_record *r = &cs->at[i]->r;
		day_t none = 0;

		if (cs->at[i]->corrected)
			rc = fixes_known(&r->codes, &none, &none, &r->corrected, c, r->unit,
					 r->person, e);
	}
	arena_free(a);
	return rc;
}

/* Own ops on top of what was read with `rc`. */
static int load(struct cases **out, struct cases *cs, struct client *c, int rc, struct err *e)
{
	if (!rc)
		rc = fold_all(cs, c, e);
	cs->hex = NULL;
	if (rc)
		cases_free(cs);
	else
		*out = cs;
	return rc;
}

static int want(struct cases *cs, uint32_t unit, const uint8_t person[PERSON_ID], struct err *e)
{
	if (cs->only_count == cs->only_room) {
		size_t room = 2 * cs->only_room + 16;
		struct case_who *grown = realloc(cs->only, room * sizeof(*grown));

		if (!grown)
			return err_set(e, ERR_NOMEM, "no memory for %zu cases", room);
		cs->only = grown;
		cs->only_room = room;
	}
	cs->only[cs->only_count].unit = unit;
	memcpy(cs->only[cs->only_count++].person, person, PERSON_ID);
	return 0;
}

static int want_number(void *ctx, uint32_t unit, const uint8_t person[PERSON_ID], struct err *e)
{
	struct cases *cs = ctx;

	return begins_with(cs, person) ? want(cs, unit, person, e) : 0;
}

static int base_some(struct cases *cs, struct client *c, struct err *e)
{
	struct case_record *r = malloc(sizeof(*r));
	int rc = r ? 0 : err_set(e, ERR_NOMEM, "no memory for a case");

	if (!rc && cs->hex)
		rc = register_case_numbers(c->base, want_number, cs, e);
	qsort(cs->only, cs->only_count, sizeof(*cs->only), by_who);
	for (size_t i = 0; i < cs->only_count && !rc; i++) {
		struct err none = { 0 };

		if (i && !by_who(&cs->only[i], &cs->only[i - 1]))
			continue;
		rc = register_case(c->base, cs->only[i].unit, cs->only[i].person, r, &none);
		if (!rc)
			rc = add(cs, r, e);
		else if (rc == -ERR_NOTFOUND)
			rc = 0;
		else
			*e = none;
	}
	free(r);
	return rc;
}

int cases_load_some(struct cases **out, struct client *c, const struct cases_wanted *wanted,
		    struct err *e)
{
	struct cases *cs = calloc(1, sizeof(*cs));
	int rc = 0;

	*out = NULL;
	if (cs)
		cs->only = calloc(wanted->count + 1, sizeof(*cs->only));
	if (!cs || !cs->only) {
		cases_free(cs);
		return err_set(e, ERR_NOMEM, "no memory for cases");
	}
	cs->only_room = wanted->count + 1;
	cs->hex = wanted->hex;
	for (size_t i = 0; i < wanted->count; i++)
		cs->only[cs->only_count++] = wanted->at[i];
	rc = base_some(cs, c, e);
	return load(out, cs, c, rc, e);
}

int cases_load(struct cases **out, struct client *c, struct err *e)
{
	struct cases *cs = calloc(1, sizeof(*cs));
	int rc;

	*out = NULL;
	if (!cs)
		return err_set(e, ERR_NOMEM, "no memory for cases");
	rc = register_cases(c->base, 0, each_of_base, cs, e);
	return load(out, cs, c, rc, e);
}
bool cases_waiting(const struct cases *cs, size_t i, struct keyring *k)
{
	size_t keys = 0;

	const struct case_record *r = &cs->at[i]->r;

	if (cs->at[i]->unsent || keyring_waiting(k, r->person, &keys, NULL) || keys)
		return true;
	return r->gone.state == HANDOVER_OPEN &&
	       (keyring_waiting(k, r->gone.person, &keys, NULL) || keys);
}

bool case_is_open_here(struct client *c, const struct case_record *r)
{
	return !r->forgotten_lsn && r->gone.state != HANDOVER_DONE &&
	       r->came.state != HANDOVER_BACK &&
	       (r->unit == c->id.unit || (r->body && r->body == c->id.unit));
}

/* ---- opening ---- */

static int key_of(struct client *c, struct keyring *k, const struct case_record *r,
		  uint8_t key[BOX_KEY_BYTES], struct err *e)
{
	int rc;

	if (r->forgotten_lsn)
		return err_set(e, ERR_STATE, "this person was forgotten");
	if (r->gone.state == HANDOVER_DONE)
		return err_set(e, ERR_STATE, "the other unit has taken this case over");
	if (!case_is_open_here(c, r))
		return err_set(e, ERR_DENIED, "this case is not for this unit to open");
	rc = keyring_person(k, r->person, key, e);
	return rc == -ERR_NOTFOUND
		       ? err_set(e, ERR_NOTFOUND,
				 "the key to this case has not come yet: send and receive first")
		       : rc;
}

int sealed_entry(struct entry *en, struct op *op, struct client *c, uint64_t lsn, struct op_id id,
		 struct arena *a, struct err *e)
{
	struct buf bytes;
	struct span kept;
	int rc;

	memset(en, 0, sizeof(*en));
	if (lsn >= UNSENT_LSN)
		return outbox_decode(c, id, op, a, e);
	buf_init(&bytes, ENTRY_MAX);
	rc = ledger_entry(c->base, lsn, &bytes, e);
	kept = arena_copy(a, buf_span(&bytes));
	buf_fini(&bytes);
	if (!rc && !kept.data)
		rc = err_set(e, ERR_NOMEM, "no memory for an entry");
	if (!rc)
		rc = entry_decode(en, kept, a, e);
	if (!rc && op_decode(op, en->body, a, e))
		rc = err_set(e, ERR_CORRUPT, "entry %llu cannot be read", (unsigned long long)lsn);
	return rc;
}

int sealed_op(struct op *op, struct client *c, uint64_t lsn, struct op_id id, struct arena *a,
	      struct err *e)
{
	struct entry en;

	return sealed_entry(&en, op, c, lsn, id, a, e);
}

int sealed_fields(struct person_fields *out, const uint8_t *key, const struct person_place *at,
		  struct span sealed, struct arena *a, struct err *e)
{
	uint8_t *plain = arena_alloc(a, sealed.len + 1);
	size_t len;
	int rc = plain ? person_open(plain, &len, key, at, sealed, e)
		       : err_set(e, ERR_NOMEM, "no memory for a record");

	if (!rc)
		rc = person_fields_read(out, span_of(plain, len), e);
	return rc ? rc : person_fields_days(out, a, e);
}

static struct person_place place_of(const struct case_record *r, enum person_set set)
{
	struct person_place at = { .unit = r->unit, .set = set };

	memcpy(at.id, r->person, PERSON_KEY_ID);
	return at;
}

int case_open_record(struct person_fields *out, struct client *c, struct keyring *k,
		     const struct case_record *r, struct arena *a, struct err *e)
{
	struct person_place at = place_of(r, PERSON_SET_RECORD);
	uint8_t key[BOX_KEY_BYTES];
	struct op op;
	int rc = key_of(c, k, r, key, e);

	if (!rc)
		rc = sealed_op(&op, c, r->record_lsn, r->record, a, e);
	if (!rc)
		rc = sealed_fields(out, key, &at, sealed_record(&op), a, e);
	if (!rc && r->corrected)
		rc = fixes_open(out, c, key, r->unit, r->person, a, e);
	key_wipe(key, sizeof(key));
	return rc;
}

int case_open_paper(struct person_fields *out, struct client *c, struct keyring *k,
		    const struct case_record *r, size_t step, struct arena *a, struct err *e)
{
	struct person_place at = place_of(r, PERSON_SET_PAPER);
	struct span sealed = { NULL, 0 };
	uint8_t key[BOX_KEY_BYTES];
	struct op op;
	int rc;

	memset(out, 0, sizeof(*out));
	rc = sealed_op(&op, c, r->steps[step].lsn, r->steps[step].id, a, e);
	if (rc)
		return rc;
	if (op.kind == OP_CASE_STEP)
		sealed = op.step.sealed;
	else if (op.kind == OP_CASE_MOVE && op.move.other == r->unit && step < op.move.step_count)
		sealed =
			op.move.steps[step].sealed; /* what came along stands first, in its order */
	if (!sealed.len)
		return 0;
	rc = key_of(c, k, r, key, e);
	if (!rc)
		rc = sealed_fields(out, key, &at, sealed, a, e);
	key_wipe(key, sizeof(key));
	return rc;
}

int case_open_letter(struct person_fields *out, struct client *c, struct keyring *k,
		     const struct case_record *r, struct arena *a, struct err *e)
{
	struct person_place at = place_of(r, PERSON_SET_PAPER);
	uint8_t key[BOX_KEY_BYTES];
	struct op op;
	int rc;

	memset(out, 0, sizeof(*out));
	if (r->came.state == HANDOVER_NONE)
		return 0;
	rc = sealed_op(&op, c, r->opened_lsn, r->steps[0].id, a, e);
	if (rc || op.kind != OP_CASE_MOVE || !op.move.letter.len)
		return rc;
	rc = key_of(c, k, r, key, e);
	if (!rc)
		rc = sealed_fields(out, key, &at, op.move.letter, a, e);
	key_wipe(key, sizeof(key));
	return rc;
}

int case_seal(struct buf *out, const uint8_t key[BOX_KEY_BYTES], const struct person_place *at,
	      const struct person_fields *f, int (*random)(void *out, size_t len, struct err *e),
	      struct err *e)
{
	uint8_t nonce[BOX_NONCE_BYTES], *room;
	struct buf plain;
	int rc = random(nonce, sizeof(nonce), e);

	buf_init(&plain, CASE_SEALED_MAX);
	person_fields_write(&plain, f);
	buf_reset(out);
	room = malloc(person_sealed_len(plain.len));
	if (!rc && (plain.failed || !room))
		rc = err_set(e, ERR_NOMEM, "no memory for a record");
	if (!rc)
		rc = person_lock(room, key, at, buf_span(&plain), nonce, e);
	if (!rc)
		buf_bytes(out, span_of(room, person_sealed_len(plain.len)));
	if (!rc && out->failed)
		rc = err_set(e, ERR_RANGE, "the record of a person is too long");
	if (plain.len)
		key_wipe(plain.data, plain.len);
	buf_fini(&plain);
	free(room);
	return rc;
}

bool case_gone_as_member(struct client *c, const struct case_record *after)
{
	struct err ignored = { 0 };
	struct register_member m;

	return !register_member(c->base, after->unit, after->person, &m, &ignored) &&
	       m.gone.state != HANDOVER_NONE && register_member_follow(&m, after);
}

enum op_code case_try(struct client *c, const struct case_record *r, const struct op *op,
		      struct case_record *after)
{
	struct op_id id = { c->id.device, c->st.epoch, c->st.next_seq };
	enum person_role role = client_role(c);
	bool own = op->unit == c->id.unit;
	enum op_code code;

	if (role != ROLE_CLERK && role != ROLE_APPROVER && (own || role != ROLE_OPERATOR))
		return CODE_NOT_ALLOWED;
	if (r->forgotten_lsn)
		return CODE_FORGOTTEN;
	if (!own && (r->body != c->id.unit ||
		     !(case_step_is_of_body(op->step.step.kind) || op->step.settle_count)))
		return CODE_NOT_ALLOWED;
	*after = *r;
	code = case_record_step(after, op, id, UNSENT_LSN, c->id.unit);
	return code || !case_gone_as_member(c, after) ? code : CODE_STEP_INVALID;
}
