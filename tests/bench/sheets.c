#include "sheets.h"

#include "bench.h"
#include "ledger/ledger.h"

#include <stdlib.h>

enum { FORM_ARENA = 4 << 20, SEED = 1 };

void sheets_open(struct sheets *s, int first_year, int last_year)
{
	struct err e = { 0 };

	memset(s, 0, sizeof(*s));
	bench_must(province_new(&s->province, SEED, first_year, last_year, &e), &e,
		   "make a province");
	s->arena = bench_have(arena_new(FORM_ARENA));
	s->text = bench_read(bench_path(KETNAP_FORMS, "monthly.ini"), OP_FORM_BODY_MAX);
	bench_must(form_parse(&s->form, s->text, s->arena, &e), &e, "monthly.ini");
	s->first_year = first_year;
	s->months = 12u * (unsigned)(last_year - first_year + 1);
}

void sheets_close(struct sheets *s)
{
	province_free(s->province);
	arena_free(s->arena);
	free((void *)(uintptr_t)s->text.data);
}

struct period sheets_month(const struct sheets *s, unsigned month)
{
	struct period p = { 0, 0 };

	if (!day_from_ymd(&p.from, s->first_year + (int)(month / 12), 1 + (int)(month % 12), 1))
		bench_fail("there is no month %u", month);
	p.to = day_month_last(p.from);
	return p;
}

static void put_figures(const struct sheets *s, struct typed_sheet *out, size_t reporter,
			unsigned month, uint64_t over)
{
	struct province_figure figures[PROVINCE_FIGURES_MAX];
	size_t unit = province_reporters(s->province)[reporter];
	size_t count = province_month(s->province, unit, s->first_year + (int)(month / 12),
				      1 + (int)(month % 12), figures);

	for (size_t i = 0; i < count; i++) {
		const struct measure *m = form_measure_code(s->form, span_str(figures[i].measure));
		size_t at = i;

		if (!m)
			bench_fail("the form has no measure %s", figures[i].measure);
		for (; at && out->figures[at - 1].measure > m->no;
		     at--) /* an op's figures ascend */
			out->figures[at] = out->figures[at - 1];
		out->figures[at] = (struct op_figure){
			.measure = m->no,
			.over = over,
			.value = figures[i].value,
			.state = figures[i].value ? FIGURE_VALUE : FIGURE_NIL,
		};
	}
	out->op.sheet.figures = out->figures;
	out->op.sheet.figure_count = count;
}

static void begin_sheet(const struct sheets *s, struct typed_sheet *out, uint32_t unit,
			unsigned month)
{
	out->op = (struct op){ .kind = OP_SHEET, .unit = unit };
	out->op.sheet = (struct op_sheet){ .form = s->form->no,
					   .form_version = s->form->version,
					   .period = sheets_month(s, month) };
}

void sheets_make(const struct sheets *s, struct typed_sheet *out, const struct author *by,
		 unsigned month, const struct op_id *before)
{
	begin_sheet(s, out, by->unit, month);
	out->op.author = by->person;
	out->op.device_time_ms = instant_of_day_end(out->op.sheet.period.to);
	put_figures(s, out, by->reporter, month, before != NULL);
	out->op.sheet.sign = (struct op_sign){
		.how = SIGN_OWN,
		.covers = before != NULL,
		.title = SPAN_LIT("Bí thư"),
		.preparer = SPAN_LIT("Người lập biểu"),
		.signer = SPAN_LIT("Người ký"),
	};
	if (!before)
		return;
	out->seen[0] = *before;
	out->op.sheet.seen = out->seen;
	out->op.sheet.seen_count = 1;
	out->op.reason = SPAN_LIT("rà soát lại");
}

void sheets_import(const struct sheets *s, struct typed_sheet *out, size_t reporter, uint32_t unit,
		   unsigned month)
{
	begin_sheet(s, out, unit, month);
	put_figures(s, out, reporter, month, 0);
	out->op.source = SPAN_LIT("import figures.csv");
	out->op.sheet.sign.how = SIGN_IMPORT;
}

void author_pack(struct author *by, const struct op *op, struct buf *envelope, struct buf *body)
{
	struct envelope v = { .epoch = by->epoch, .seq = by->seq + 1, .base = by->base };
	struct hash before = by->chain, h;
	struct err e = { 0 };

	bench_must(op_encode(body, op, &e), &e, "encode an op");
	h = hash_bytes(buf_span(body));
	memcpy(v.body_hash, h.b, sizeof(v.body_hash));
	envelope_encode(envelope, &v);
	if (body->failed || envelope->failed)
		bench_fail("no memory for an op");
	by->seq++;
	by->chain = chain_next(&before, by->seq, v.body_hash);
}
