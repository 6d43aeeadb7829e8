/* Write the files of an illustrative country: provinces over communes over grassroots organisations over cells, in
 * the numbers published for the whole country (34, 3,321, 52,000, 280,000, 5.6 million members), or the first so many
 * of its provinces.
 *
 * usage: make_country DIR [--provinces N] [--years A[-B]]
 *
 * tree.csv, members.csv, targets-YEAR.csv, act-YEAR.csv (from 1/7 one commune of each province goes into the next,
 * where there is a year before it) and figures-YEAR-MM.csv. An organisation's sheets are those of one of the larger
 * organisations of the illustrative province, so that they balance and the mean of members is the country's. A
 * province's files do not depend on how many were asked for. The model has six years: of more, the seventh is drawn as
 * the first again, where one year's end and the next one's beginning do not fit. */
#include "province.h"

#include "bench.h"
#include "rows.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

enum {
	PROVINCES = 34,
	COMMUNES = 3321,
	ORGS = 52000,
	CELLS = 280000,
	MEMBERS = 5600000,
	CELLS_EACH = 16, /* of a base committee */
	PATH_BYTES = 1024,
};

struct country {
	const char *dir;
	struct province *model;
	size_t *like; /* reporters of the model, largest first */
	size_t like_count;
	size_t org; /* of the country, while it is walked */
	FILE *f;
};

static int64_t provinces = PROVINCES;
static const char *years = "2022";

static struct opt options[] = {
	ROW_NUMBER("provinces", provinces, 1, PROVINCES, "N", "the first so many (34)"),
	ROW_TEXT("years", years, "A[-B]", "up to six of 2020 to 2025, or more, whichever (2022)"),
};

static int first_year, last_year, year; /* the first and the last; whose files are written */

static int model_year(int y)
{
	enum { SHAPES = PROVINCE_YEAR_MAX - PROVINCE_YEAR_MIN + 1 };

	return last_year - first_year < SHAPES ? y : PROVINCE_YEAR_MIN + (y - first_year) % SHAPES;
}

/* All units, on the last day before the first year. */
static day_t opened_on(void)
{
	day_t first = 0;

	if (!day_from_ymd(&first, first_year, 1, 1))
		bench_fail("there is no year %d", first_year);
	return first - 1;
}

static void open_file(struct country *c, const char *name, const char *header)
{
	c->f = fopen(bench_path(c->dir, name), "wb");
	if (!c->f)
		bench_fail("%s/%s: %s", c->dir, name, strerror(errno));
	fprintf(c->f, "%s\n", header);
}

static void close_file(struct country *c)
{
	bool failed = ferror(c->f) != 0;

	failed |= fclose(c->f) != 0;
	if (failed)
		bench_fail("%s: no room for the files", c->dir);
}

/* How many of `all` come before the part `at` of `parts`. */
static unsigned before(unsigned all, unsigned at, unsigned parts)
{
	return (unsigned)((uint64_t)all * at / parts);
}

struct place {
	char code[32];
	unsigned province, commune, org; /* from 1; 0: it is the one above */
	bool committee;
};

/* The country, its provinces, communes and organisations, each before those below it. */
static void walk(struct country *c, void (*visit)(struct country *c, const struct place *p))
{
	struct place at = { .code = "VN" };
	unsigned commune = 0;

	c->org = 0;
	visit(c, &at);
	for (at.province = 1; at.province <= provinces; at.province++) {
		unsigned end = before(COMMUNES, at.province, PROVINCES);

		at.commune = at.org = 0;
		snprintf(at.code, sizeof(at.code), "P%02u", at.province);
		visit(c, &at);
		for (at.commune = 1; commune < end; at.commune++, commune++) {
			unsigned orgs = before(ORGS, commune + 1, COMMUNES);

			at.org = 0;
			snprintf(at.code, sizeof(at.code), "P%02u.%03u", at.province, at.commune);
			visit(c, &at);
			for (at.org = 1; c->org < orgs; at.org++, c->org++) {
				unsigned n = (unsigned)c->org, all = CELLS / CELLS_EACH;

				at.committee = before(all, n + 1, ORGS) > before(all, n, ORGS);
				snprintf(at.code, sizeof(at.code), "P%02u.%03u.%02u", at.province,
					 at.commune, at.org);
				visit(c, &at);
			}
		}
	}
}

/* ---- the tree ---- */

static void tree_row(struct country *c, const struct place *p)
{
	char opened[DAY_TEXT_MAX];
	int parent = p->org ? 7 : p->commune ? 3 : 0; /* so much of the code */

	day_iso(opened, opened_on());
	if (!p->province)
		fprintf(c->f, "VN,,country,Đảng bộ toàn quốc,no,%s,,1,\n", opened);
	else if (!p->commune)
		fprintf(c->f, "%s,VN,province,Đảng bộ tỉnh số %u,no,%s,,%u,locality\n", p->code,
			p->province, opened, p->province);
	else if (!p->org)
		fprintf(c->f, "%s,%.*s,commune,Đảng bộ xã số %u.%u,no,%s,,%u,locality\n", p->code,
			parent, p->code, p->province, p->commune, opened, p->commune);
	else
		fprintf(c->f, "%s,%.*s,%s,%s số %u,yes,%s,,%u,\n", p->code, parent, p->code,
			p->committee ? "base_committee" : "base_cell",
			p->committee ? "Đảng bộ cơ sở" : "Chi bộ cơ sở", p->org, opened, p->org);
	for (unsigned i = 1; p->org && p->committee && i <= CELLS_EACH; i++)
		fprintf(c->f, "%s.%02u,%s,sub_cell,Chi bộ số %u,no,%s,,%u,\n", p->code, i, p->code,
			i, opened, i);
}

/* ---- members, targets, acts ---- */

static size_t model_of(const struct country *c)
{
	return c->like[c->org % c->like_count];
}

static void members_row(struct country *c, const struct place *p)
{
	day_t opened = province_opened(c->model);
	char day[DAY_TEXT_MAX];

	if (p->org)
		fprintf(c->f, "%s,%s,%" PRId64 "\n", p->code, day_iso(day, opened_on()),
			province_members(c->model, model_of(c), opened));
}

static unsigned communes_of(unsigned province)
{
	return before(COMMUNES, province, PROVINCES) - before(COMMUNES, province - 1, PROVINCES);
}

/* So many communes of each province have gone into others before this year: one each year since the first. */
static unsigned gone(void)
{
	return year > first_year ? (unsigned)(year - first_year - 1) : 0;
}

static void target_row(struct country *c, const struct place *p)
{
	unsigned value = !p->province ? 190000u : !p->commune ? 5600u : !p->org ? 57u : 4u;

	if (p->commune && !p->org && p->commune > communes_of(p->province) - gone())
		return;
	fprintf(c->f, "%s,%d,admitted,,decision,%d-QĐ,%d-01-10,exact,%u,,,,,Số liệu minh họa\n",
		p->code, year, year % 1000, year, value);
}

/* The last commune of each province that is still there goes into the one before it. */
static void act_row(struct country *c, const struct place *p)
{
	unsigned last;

	if (!p->province || p->commune)
		return;
	last = communes_of(p->province) - gone();
	fprintf(c->f, "merge,%s.%03u,%s.%03u\n", p->code, last, p->code, last - 1);
}

/* ---- figures ---- */

static struct period month; /* whose sheets are written */

static void sheet_rows(struct country *c, const struct place *p)
{
	struct province_figure figures[PROVINCE_FIGURES_MAX];
	char from[DAY_TEXT_MAX], to[DAY_TEXT_MAX];
	struct ymd d = day_to_ymd(month.from);
	size_t count = p->org ? province_month(c->model, model_of(c), model_year(d.year), d.month,
					       figures)
			      : 0;

	day_iso(from, month.from);
	day_iso(to, month.to);
	for (size_t i = 0; i < count; i++)
		fprintf(c->f, "%s,monthly,%s,%s,%s,%" PRId64 "\n", p->code, from, to,
			figures[i].measure, figures[i].value);
}

static void write_year(struct country *c)
{
	char name[32];

	snprintf(name, sizeof(name), "targets-%d.csv", year);
	open_file(c, name,
		  "unit,period,measure,group,instrument,doc_no,doc_date,type,value,value_max,rate,"
		  "base_date,base_value,issuer");
	walk(c, target_row);
	close_file(c);
	if (year > first_year) {
		snprintf(name, sizeof(name), "act-%d.csv", year);
		open_file(c, name, "change,unit,into");
		walk(c, act_row);
		close_file(c);
	}
	for (int m = 1; m <= 12; m++) {
		if (!day_from_ymd(&month.from, year, m, 1))
			bench_fail("there is no month %d", m);
		month.to = day_month_last(month.from);
		snprintf(name, sizeof(name), "figures-%d-%02d.csv", year, m);
		open_file(c, name, "unit,form,from,to,measure,value");
		walk(c, sheet_rows);
		close_file(c);
	}
}

/* ---- the model ---- */

static const struct country *sorting;

static int larger_first(const void *a, const void *b)
{
	day_t day = province_opened(sorting->model);
	size_t x = *(const size_t *)a, y = *(const size_t *)b;
	int64_t mx = province_members(sorting->model, x, day),
		my = province_members(sorting->model, y, day);

	return mx != my ? (mx < my) - (mx > my) : (x > y) - (x < y);
}

/* As many of the largest organisations as have the country's mean of members. */
static void choose_models(struct country *c)
{
	day_t day = province_opened(c->model);
	int64_t sum = 0;

	c->like = bench_have(malloc(PROVINCE_GRASSROOTS * sizeof(*c->like)));
	memcpy(c->like, province_reporters(c->model), PROVINCE_GRASSROOTS * sizeof(*c->like));
	sorting = c;
	qsort(c->like, PROVINCE_GRASSROOTS, sizeof(*c->like), larger_first);
	while (c->like_count < PROVINCE_GRASSROOTS) {
		sum += province_members(c->model, c->like[c->like_count], day);
		c->like_count++;
		if (sum * ORGS <= (int64_t)MEMBERS * (int64_t)c->like_count)
			break;
	}
}

int main(int argc, char **argv)
{
	struct country c = { 0 };
	struct err e = { 0 };
	char end;

	bench_must(opt_parse(options, ARRAY_LEN(options), &argc, argv, &e), &e, "make_country");
	if (argc != 2)
		bench_fail("usage: make_country DIR [--provinces N] [--years A[-B]]");
	if (sscanf(years, "%d-%d%c", &first_year, &last_year, &end) != 2) {
		if (sscanf(years, "%d%c", &first_year, &end) != 1)
			bench_fail("--years A or A-B, not %s", years);
		last_year = first_year;
	}
	c.dir = argv[1];
	bench_must(province_new(&c.model, 1, model_year(first_year),
				last_year - first_year > PROVINCE_YEAR_MAX - PROVINCE_YEAR_MIN
					? PROVINCE_YEAR_MAX
					: last_year,
				&e),
		   &e, "years");
	choose_models(&c);
	bench_folder(c.dir);
	open_file(&c, "tree.csv", "code,parent,kind,name,reports,opened,closed,order,tags");
	walk(&c, tree_row);
	close_file(&c);
	open_file(&c, "members.csv", "unit,date,members");
	walk(&c, members_row);
	close_file(&c);
	for (year = first_year; year <= last_year; year++)
		write_year(&c);
	free(c.like);
	province_free(c.model);
	return 0;
}
