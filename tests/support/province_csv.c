/* The province as files that anybody could have written. */
#include <stdio.h>

#include "base/csv.h"
#include "province_internal.h"

static void text(struct buf *out, const char *field)
{
	csv_field(out, span_str(field), false);
}

void province_tree_csv(const struct province *p, struct buf *out)
{
	char opened[DAY_TEXT_MAX];

	day_iso(opened, province_opened(p));
	buf_printf(out, "code,parent,kind,name,reports,opened,closed,order,tags,contact,phone\n");
	for (size_t i = 0; i < p->unit_count; i++) {
		const struct province_unit *u = &p->units[i];

		csv_field(out, span_str(u->code), true);
		text(out, u->parent < 0 ? "" : p->units[u->parent].code);
		text(out, u->kind);
		text(out, u->name);
		buf_printf(out, ",%s,%s,,%u", u->reports ? "yes" : "no", opened, u->order);
		text(out, u->tags);
		text(out, u->contact);
		text(out, u->phone);
		buf_u8(out, '\n');
	}
}

void province_members_csv(const struct province *p, struct buf *out)
{
	char day[DAY_TEXT_MAX];

	day_iso(day, province_opened(p));
	buf_printf(out, "unit,date,members\n");
	for (size_t i = 0; i < p->unit_count; i++) {
		int64_t members = province_members(p, i, province_opened(p));

		if (members >= 0)
			buf_printf(out, "%s,%s,%lld\n", p->units[i].code, day, (long long)members);
	}
}

void province_targets_csv(const struct province *p, struct buf *out)
{
	buf_printf(out,
		   "unit,period,measure,group,instrument,doc_no,doc_date,type,value,value_max,rate,"
		   "base_date,base_value,issuer,per,reason\n");
	for (size_t i = 0; i < p->target_count; i++) {
		const struct province_target *t = &p->targets[i];

		buf_printf(out, "%s,2022,admitted,", p->units[t->unit].code);
		text(out, t->instrument);
		text(out, t->doc_no);
		text(out, t->doc_date);
		buf_printf(out, ",exact,%lld,,,,", (long long)t->value);
		text(out, t->issuer);
		text(out, "period");
		text(out, t->reason);
		buf_u8(out, '\n');
	}
}

/* One sheet; its rows begin alike. */
static void sheet_csv(struct buf *out, const char *start, const struct province_figure *figures,
		      size_t count)
{
	struct span head = span_str(start);

	for (size_t i = 0; i < count; i++) {
		char digits[24], *at = digits + sizeof(digits);
		int64_t left = figures[i].value;

		buf_bytes(out, head);
		buf_bytes(out, span_str(figures[i].measure));
		buf_u8(out, ',');
		do
			*--at = (char)('0' + left % 10);
		while (left /= 10);
		buf_bytes(out, span_of(at, (size_t)(digits + sizeof(digits) - at)));
		buf_bytes(out, SPAN_LIT(",\n"));
	}
}

static size_t figures_csv(const struct province *p, struct period days, bool flash, size_t rows_max,
			  size_t *next, struct buf *out)
{
	struct province_figure figures[PROVINCE_FIGURES_MAX];
	char from[DAY_TEXT_MAX], to[DAY_TEXT_MAX], start[96];
	struct ymd month = day_to_ymd(days.from);
	size_t rows = 0;

	day_iso(from, days.from);
	day_iso(to, days.to);
	buf_printf(out, "unit,form,from,to,measure,value,approx\n");
	for (; *next < PROVINCE_GRASSROOTS; ++*next) {
		size_t unit = p->reporters[*next];
		size_t count = flash ? province_flash(p, unit, days.to, figures)
				     : province_month(p, unit, month.year, month.month, figures);

		if (rows + count > rows_max)
			break;
		snprintf(start, sizeof(start), "%s,%s,%s,%s,", p->units[unit].code,
			 flash ? "flash" : "monthly", from, to);
		sheet_csv(out, start, figures, count);
		rows += count;
	}
	return rows;
}

size_t province_month_csv(const struct province *p, int year, int month, size_t rows_max,
			  size_t *next, struct buf *out)
{
	struct period days = { 0 };

	day_from_ymd(&days.from, year, month, 1);
	days.to = day_month_last(days.from);
	return figures_csv(p, days, false, rows_max, next, out);
}

size_t province_flash_csv(const struct province *p, day_t day, size_t rows_max, size_t *next,
			  struct buf *out)
{
	struct period days = { day - day_to_ymd(day).day + 1, day };

	return figures_csv(p, days, true, rows_max, next, out);
}
