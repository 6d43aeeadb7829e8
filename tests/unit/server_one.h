/* One server, one device of unit 4, one connection: what most cases need. */
#ifndef SERVER_ONE_H
#define SERVER_ONE_H

#include <criterion/criterion.h>

#include "server_rig.h"

static struct rig r;
static struct dev d;
static struct wired c;
static union wire_any m;

static inline void open_all(void)
{
	rig_open(&r);
	rig_device(&r, &d, 4, ROLE_CLERK);
	wire_up(&r, &c, &d);
}

static inline void close_all(void)
{
	wire_down(&c);
	rig_close(&r);
}

static inline void again(void)
{
	wire_down(&c);
	wire_up(&r, &c, &d);
}

static inline void make(size_t count)
{
	while (count--)
		dev_make(&r, &d);
}

static inline void submit(uint64_t first, uint64_t last)
{
	struct wire_submit s = dev_submit(&r, &d, first, last);

	say(&c, FRAME_SUBMIT, &s);
}

static inline void submit_done(uint64_t first, uint64_t last)
{
	submit(first, last);
	rig_run(&r, &c);
	hear(&c, FRAME_ACK, &m);
}

static inline void revoke(void)
{
	struct job *j = job_new(JOB_REVOKE, 0, r.now);

	j->device = d.d.device;
	j->about.reason = SPAN_LIT("stolen");
	j->by = SPAN_LIT("console:test");
	j = rig_job(&r, j);
	cr_assert_eq(j->code, WIRE_OK, "%s", j->err.msg);
	job_free(j);
}

static inline enum op_kind newest_kind(void)
{
	struct arena *a = arena_new(OP_DECODE_ARENA * 2);
	struct buf bytes;
	struct entry en;
	struct op op = { .kind = OP_NONE };

	buf_init(&bytes, ENTRY_MAX);
	must(ledger_entry(r.w.l, rig_lsn(&r), &bytes, &r.e), &r.e, "an entry");
	must(entry_decode(&en, buf_span(&bytes), a, &r.e), &r.e, "an entry");
	(void)op_decode(&op, en.body, a, &r.e);
	buf_fini(&bytes);
	arena_free(a);
	return op.kind;
}

/* After an earlier one: `parent` and `id` are what their incarnations are made of. */
static inline void declare_restore_for(struct span cause, uint8_t parent, uint8_t id,
				       uint64_t branch)
{
	struct op op = { .kind = OP_INCARNATION, .source = SPAN_LIT("console:test") };

	memset(op.incarnation.parent, parent, 16);
	if (!parent)
		memcpy(op.incarnation.parent, r.w.birth.incarnation, 16);
	memset(op.incarnation.id, id, 16);
	memcpy(op.incarnation.store, r.w.birth.store, 16);
	memcpy(op.incarnation.log_key, r.w.birth.log_key, 32);
	op.incarnation.branch_lsn = branch;
	op.incarnation.cause = cause;
	world_act_now(&r.w, &op);
}

static inline void declare_restore_of(uint8_t parent, uint8_t id, uint64_t branch)
{
	declare_restore_for(SPAN_LIT("disk"), parent, id, branch);
}

static inline void declare_restore(uint64_t branch)
{
	declare_restore_of(0, 0x2c, branch);
}
#endif
