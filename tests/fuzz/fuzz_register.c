/* Bodies of the register one after the other, as a device might send them: decoded, checked, folded into a case. What
 * is refused changes nothing; what is taken stays within its bounds. And what a sealed record held, once opened: its
 * author is a device, so it is bytes of a stranger too.
 *
 * Input: flags u8 | length u16, big-endian | body, again and again. Flag 1: the step comes after the last one. */
#include "fuzz.h"

#include "base/err.h"
#include "domain/case_record.h"
#include "domain/person_fields.h"
#include "proto/codec.h"

#include <stdlib.h>
#include <string.h>

static bool has(const struct case_record *r, struct op_id id)
{
	for (size_t i = 0; i < r->count; i++)
		if (!op_id_cmp(r->steps[i].id, id))
			return true;
	return false;
}

static void check(const struct case_record *r)
{
	static struct case_step steps[CASE_STEPS_MAX];
	struct case_entry entry;
	struct case_state st;

	assert(r->count && r->count <= CASE_STEPS_MAX && r->rival_count <= CASE_RIVALS_MAX);
	assert(has(r, case_record_last(r)));
	assert(!case_record_entry(&entry, steps, r) || entry.count == r->count);
	case_record_state(&st, r);
	assert(st.stage < CASE_STAGES);
}

static void fold(struct case_record *r, struct op *op, uint64_t n, bool after_last)
{
	static struct case_record before;
	struct op_id id = { 7 + n % 3, 1, n };
	enum op_code code;

	before = *r;
	if (op->kind == OP_CASE && op->open.step.kind != STEP_NONE) {
		if (r->count)
			return; /* a case is opened once: the ledger sees to it */
		code = case_record_open(r, op, id, n, op->unit);
	} else if (!r->count) {
		return;
	} else if (op->kind == OP_CASE) {
		code = case_record_over(r, op, id, n);
	} else if (op->kind == OP_CASE_STEP) {
		if (after_last)
			op->step.after = case_record_last(r);
		code = case_record_step(r, op, id, n, op->unit);
	} else {
		return;
	}
	assert(code == CODE_OK || before.count == 0 || !memcmp(&before, r, sizeof(before)));
	if (code != CODE_OK)
		*r = before;
	if (r->count)
		check(r);
}

static bool of_register(enum op_kind k)
{
	return k == OP_NAMES_READ || (k >= OP_CASE && k <= OP_KIND_MAX);
}

static void bodies(struct span in, struct arena *a)
{
	static struct case_record r;
	uint64_t n = 1;

	memset(&r, 0, sizeof(r));
	for (size_t at = 0; in.len - at >= 3 && n < 4096; n++) {
		size_t len = (size_t)in.data[at + 1] << 8 | in.data[at + 2];
		bool after_last = in.data[at] & 1;
		struct err e = { 0 };
		struct op op, again;
		struct buf b;

		at += 3;
		len = len > in.len - at ? in.len - at : len;
		arena_reset(a);
		if (op_decode(&op, span_of(in.data + at, len), a, &e) == CODE_OK &&
		    of_register(op.kind)) {
			buf_init(&b, OP_FORM_BODY_MAX + 1024);
			assert(!op_encode(&b, &op, &e));
			assert(op_decode(&again, buf_span(&b), a, &e) == CODE_OK);
			assert(again.kind == op.kind && again.unit == op.unit);
			buf_fini(&b);
			fold(&r, &op, n, after_last);
		}
		at += len;
	}
}

static void record(struct span in)
{
	struct person_fields f, again;
	struct err e = { 0 };
	struct buf b;
	day_t birth;

	if (person_fields_read(&f, in, &e))
		return;
	(void)person_fields_birth(&f, &birth);
	buf_init(&b, 1 << 20);
	person_fields_write(&b, &f);
	assert(!b.failed && !person_fields_read(&again, buf_span(&b), &e));
	assert(!person_fields_check(&f, &e) == !person_fields_check(&again, &e));
	buf_fini(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new(4 << 20);

	assert(a);
	bodies(span_of(data, size), a);
	record(span_of(data, size));
	arena_free(a);
	return 0;
}
