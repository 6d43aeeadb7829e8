#include "field.h"

#include "bench.h"

#include <stdlib.h>

enum { HISTORY_BATCH = 4000 };

uint32_t field_unit(size_t index)
{
	return (uint32_t)index + 1;
}

void field_begin(struct field *f)
{
	struct err e = { 0 };

	bench_must(ledger_begin(f->ledger, &e), &e, "begin a batch");
}

void field_commit(struct field *f, struct kv_work *work)
{
	struct err e = { 0 };

	bench_must(ledger_commit(f->ledger, f->key, work, &e), &e, "commit a batch");
}

static void act(struct field *f, const struct op *op)
{
	struct err e = { 0 };

	bench_must(ledger_act(f->ledger, op, f->now_ms, NULL, &e), &e, op_kind_name(op->kind));
}

static void build_forms(struct field *f)
{
	static const char *const names[] = { "flash.ini", "monthly.ini", "yearly.ini" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		struct span text = bench_read(bench_path(KETNAP_FORMS, names[i]), OP_FORM_BODY_MAX);
		struct op op = { .kind = OP_FORM, .form.text = text };

		act(f, &op);
		free((void *)(uintptr_t)text.data);
	}
}

static void build_unit(struct field *f, size_t index)
{
	const struct province_unit *u = province_unit(f->sheets->province, index);
	struct op op = { .kind = OP_UNIT, .unit = field_unit(index) };

	op.create = (struct op_unit){
		.unit = op.unit,
		.parent = u->parent < 0 ? 0 : field_unit((size_t)u->parent),
		.kind = unit_kind_parse(span_str(u->kind)),
		.code = span_str(u->code),
		.name = span_str(u->name),
		.order = u->order,
		.tags = span_str(u->tags),
		.contact = span_str(u->contact),
		.phone = span_str(u->phone),
		.opened = province_opened(f->sheets->province),
		.reports = u->reports ? f->sheets->form->no : 0,
	};
	act(f, &op);
}

static void build_members(struct field *f, size_t reporter)
{
	const struct province *p = f->sheets->province;
	size_t index = province_reporters(p)[reporter];
	struct op op = { .kind = OP_MEMBERS, .unit = field_unit(index) };

	op.members.day = province_opened(p);
	op.members.members = province_members(p, index, op.members.day);
	act(f, &op);
}

static void build_targets(struct field *f)
{
	const struct province_target *list;
	size_t count = province_targets(f->sheets->province, &list);
	struct err e = { 0 };

	for (size_t i = 0; i < count; i++) {
		const struct province_target *t = &list[i];
		struct op op = { .kind = OP_TARGET,
				 .unit = field_unit(t->unit),
				 .reason = span_str(t->reason) };

		op.target = (struct op_target){
			.measure = SPAN_LIT("admitted"),
			.type = TARGET_EXACT,
			.value = t->value,
			.instrument = instrument_parse(span_str(t->instrument)),
			.doc_no = span_str(t->doc_no),
			.issuer = span_str(t->issuer),
		};
		bench_must(period_parse(&op.target.period, SPAN_LIT("2022"), &e), &e, "a year");
		if (*t->doc_date)
			bench_must(day_parse(&op.target.doc_date, NULL, span_str(t->doc_date), &e),
				   &e, "a document's date");
		act(f, &op);
	}
}

void field_build(struct field *f)
{
	const struct province *p = f->sheets->province;

	field_begin(f);
	build_forms(f);
	for (size_t i = 0; i < province_unit_count(p); i++)
		build_unit(f, i);
	for (size_t i = 0; i < PROVINCE_GRASSROOTS; i++)
		build_members(f, i);
	build_targets(f);
	field_commit(f, NULL);
}

void field_history(struct field *f, unsigned months)
{
	const size_t *reporters = province_reporters(f->sheets->province);
	struct typed_sheet *made = bench_have(malloc(sizeof(*made)));
	size_t in_batch = 0;

	for (size_t i = 0; i < (size_t)months * PROVINCE_GRASSROOTS; i++) {
		size_t reporter = i % PROVINCE_GRASSROOTS;

		if (!in_batch)
			field_begin(f);
		sheets_import(f->sheets, made, reporter, field_unit(reporters[reporter]),
			      (unsigned)(i / PROVINCE_GRASSROOTS));
		act(f, &made->op);
		if (++in_batch == HISTORY_BATCH) {
			field_commit(f, NULL);
			in_batch = 0;
		}
	}
	if (in_batch)
		field_commit(f, NULL);
	free(made);
}

void field_enrol_at(struct field *f, const struct field_device *d, uint32_t unit,
		    enum person_role role, struct author *out)
{
	struct op op = { .kind = OP_PERSON, .unit = unit };
	struct ledger_info info;

	op.person = (struct op_person){ .person = ++f->next_person,
					.role = role,
					.name = SPAN_LIT("Người ký"),
					.from = tree_get(ledger_tree(f->ledger), unit)->opened };
	act(f, &op);
	op = (struct op){ .kind = OP_DEVICE, .unit = unit };
	op.device = (struct op_device){ .device = d->device, .epoch = 1, .person = f->next_person };
	memcpy(op.device.spki_hash, d->spki_hash, sizeof(op.device.spki_hash));
	memcpy(op.device.nonce, d->nonce, sizeof(op.device.nonce));
	memset(op.device.seal_key, 9, sizeof(op.device.seal_key)); /* nothing is sealed here */
	act(f, &op);
	info = ledger_info(f->ledger);
	*out = (struct author){
		.device = d->device, .epoch = 1, .unit = unit, .person = f->next_person
	};
	out->base.lsn = info.lsn;
	memcpy(out->base.incarnation, info.incarnation, sizeof(out->base.incarnation));
}

void field_enrol(struct field *f, const struct field_device *d, size_t reporter, struct author *out)
{
	field_enrol_at(f, d, field_unit(province_reporters(f->sheets->province)[reporter]),
		       ROLE_APPROVER, out);
	out->reporter = reporter;
}
