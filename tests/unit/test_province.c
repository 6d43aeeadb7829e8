/* The illustrative province is the ground of the main job: were it wrong, everything above it would be
 * wrong in the same way. So what is promised of it is counted again here, by other code. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/csv.h"
#include "base/text.h"
#include "province.h"

enum { SEEDS = 12, FILE_MAX = 32 << 20, MEASURES = 64, ROWS_MAX = 20000 };

static day_t day(int year, int month, int of_month)
{
	day_t d;

	cr_assert(day_from_ymd(&d, year, month, of_month));
	return d;
}

static struct province *make(uint64_t seed, int first, int last)
{
	struct province *p;
	struct err e = { 0 };

	cr_assert_eq(province_new(&p, seed, first, last, &e), 0, "%s", e.msg);
	return p;
}

static struct buf read_source(const char *path)
{
	struct buf b;
	uint8_t piece[4096];
	size_t got;
	FILE *f = fopen(path, "rb");

	cr_assert(f, "%s", path);
	buf_init(&b, 1 << 20);
	while ((got = fread(piece, 1, sizeof(piece), f)) > 0)
		buf_bytes(&b, span_of(piece, got));
	fclose(f);
	buf_u8(&b, 0);
	cr_assert(!b.failed);
	return b;
}

static bool same(const char *a, const char *b)
{
	return !strcmp(a, b);
}

static int64_t value_of(const struct province_figure *f, size_t count, const char *measure)
{
	for (size_t i = 0; i < count; i++)
		if (same(f[i].measure, measure))
			return f[i].value;
	return 0;
}

static bool has(const struct province_figure *f, size_t count, const char *measure)
{
	for (size_t i = 0; i < count; i++)
		if (same(f[i].measure, measure))
			return true;
	return false;
}

/* ---- the tree ---- */

Test(province, direct_units_are_those_of_the_file)
{
	static const struct csv_column columns[] = { { "code", true, false },
						     { "name", true, false },
						     { "kind_tag", true, false } };
	struct province *p = make(1, 2022, 2022);
	struct buf b = read_source(SOURCE_DIR "/scripts/demo/province/direct-units.csv");
	struct span fields[3];
	struct csv *c;
	size_t unit = 0, count = 0;

	cr_assert_eq(csv_open(&c, span_of(b.data, b.len - 1), columns, 3, NULL), 0);
	while (csv_next(c, fields, NULL) == 1) {
		const struct province_unit *u;

		do
			u = province_unit(p, ++unit);
		while (u && !same(u->kind, "direct"));
		cr_assert(u);
		cr_assert(span_eq(fields[0], span_str(u->code)), "%s", u->code);
		cr_assert(span_eq(fields[1], span_str(u->name)), "%s", u->name);
		cr_assert(span_eq(fields[2], span_str(u->tags)), "%s", u->tags);
		cr_assert_eq(u->order, ++count);
	}
	cr_assert_eq(count, PROVINCE_DIRECT);
	csv_close(c);
	buf_fini(&b);
	province_free(p);
}

static size_t count_kind(const struct province *p, const char *kind)
{
	size_t count = 0;

	for (size_t i = 0; i < province_unit_count(p); i++)
		count += same(province_unit(p, i)->kind, kind);
	return count;
}

Test(province, has_the_published_numbers_of_units)
{
	for (uint64_t seed = 0; seed < SEEDS; seed++) {
		struct province *p = make(seed, 2022, 2022);

		cr_assert_eq(count_kind(p, "province"), 1);
		cr_assert_eq(count_kind(p, "direct"), 22);
		cr_assert_eq(count_kind(p, "base_committee"), 388);
		cr_assert_eq(count_kind(p, "base_cell"), 765);
		cr_assert_eq(count_kind(p, "section"), 2);
		cr_assert_eq(count_kind(p, "sub_cell"), 3346);
		cr_assert_eq(province_unit_count(p), 1 + 22 + 388 + 765 + 2 + 3346);
		province_free(p);
	}
}

static void check_place(const struct province *p, size_t i)
{
	static const struct {
		const char *kind, *above, *or_above;
	} places[] = {
		{ "direct", "province", "province" },
		{ "base_committee", "direct", "direct" },
		{ "base_cell", "direct", "direct" },
		{ "section", "base_committee", "base_committee" },
		{ "sub_cell", "base_committee", "section" },
	};
	const struct province_unit *u = province_unit(p, i), *above;
	uint32_t order = 0;

	cr_assert(u->parent >= 0 && (size_t)u->parent < i, "%s before its parent", u->code);
	above = province_unit(p, (size_t)u->parent);
	for (size_t k = 0; k < ARRAY_LEN(places); k++)
		if (same(u->kind, places[k].kind))
			cr_assert(same(above->kind, places[k].above) ||
					  same(above->kind, places[k].or_above),
				  "%s under %s", u->code, above->kind);
	for (size_t k = 0; k <= i; k++)
		order += province_unit(p, k)->parent == u->parent;
	cr_assert_eq(u->order, order, "%s: %u", u->code, u->order);
	/* The grassroots organisations report, and so each path has one reporter. */
	cr_assert_eq(u->reports, same(u->kind, "base_committee") || same(u->kind, "base_cell"));
}

static void check_text(const struct province_unit *u)
{
	char nfc[512];
	struct err e = { 0 };

	cr_assert_lt(strlen(u->code), 25);
	for (const char *c = u->code; *c; c++)
		cr_assert((*c >= 'A' && *c <= 'Z') || (*c >= '0' && *c <= '9') || *c == '.');
	cr_assert_leq(strlen(u->name), 240);
	cr_assert_eq(text_nfc(nfc, sizeof(nfc), NULL, span_str(u->name), &e), 0, "%s", e.msg);
	cr_assert_str_eq(nfc, u->name);
	cr_assert(!strchr(u->name, '%') && !strchr(u->name, '@') && !strchr(u->name, '|'), "%s",
		  u->name);
	if (*u->phone)
		cr_assert(strlen(u->phone) == 12 && !strncmp(u->phone, "0235.0", 6), "%s",
			  u->phone);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void check_distinct(const struct province *p, bool phones)
{
	static const char *texts[PROVINCE_UNITS];
	size_t count = 0;

	for (size_t i = 0; i < province_unit_count(p); i++) {
		const struct province_unit *u = province_unit(p, i);

		if (!phones || *u->phone)
			texts[count++] = phones ? u->phone : u->code;
	}
	qsort(texts, count, sizeof(*texts), by_text);
	for (size_t i = 1; i < count; i++)
		cr_assert_str_neq(texts[i - 1], texts[i]);
}

Test(province, tree_is_sound)
{
	struct province *p = make(3, 2022, 2022);

	cr_assert_eq(province_unit(p, 0)->parent, -1);
	check_text(province_unit(p, 0));
	for (size_t i = 1; i < province_unit_count(p); i++) {
		check_place(p, i);
		check_text(province_unit(p, i));
	}
	check_distinct(p, false);
	check_distinct(p, true);
	cr_assert_null(province_unit(p, province_unit_count(p)));
	province_free(p);
}

Test(province, siblings_have_names_of_their_own)
{
	for (uint64_t seed = 1; seed < 4; seed++) {
		struct province *p = make(seed, 2022, 2022);

		for (size_t i = 1; i < province_unit_count(p); i++) {
			const struct province_unit *u = province_unit(p, i);

			for (size_t k = i + 1; k < province_unit_count(p); k++)
				cr_assert(province_unit(p, k)->parent != u->parent ||
						  !same(province_unit(p, k)->name, u->name),
					  "%s twice under one unit", u->name);
		}
		province_free(p);
	}
}

/* ---- the published sums ---- */

static int64_t sum_months(const struct province *p, int year, int from, int to, const char *measure)
{
	struct province_figure f[PROVINCE_FIGURES_MAX];
	int64_t sum = 0;

	for (size_t i = 0; i < PROVINCE_GRASSROOTS; i++)
		for (int month = from; month <= to; month++) {
			size_t n = province_month(p, province_reporters(p)[i], year, month, f);

			sum += value_of(f, n, measure);
		}
	return sum;
}

static int64_t sum_flash(const struct province *p, day_t d, const char *measure)
{
	struct province_figure f[PROVINCE_FIGURES_MAX];
	int64_t sum = 0;

	for (size_t i = 0; i < PROVINCE_GRASSROOTS; i++) {
		size_t n = province_flash(p, province_reporters(p)[i], d, f);

		sum += value_of(f, n, measure);
	}
	return sum;
}

Test(province, meets_what_was_published)
{
	for (uint64_t seed = 0; seed < SEEDS; seed++) {
		struct province *p = make(seed, 2022, 2022);
		day_t d = day(2022, 9, 22);

		cr_assert_eq(sum_months(p, 2022, 1, 8, "admitted") + sum_flash(p, d, "admitted"),
			     1336);
		cr_assert_eq(sum_flash(p, d, "members_end"), 71087);
		cr_assert_eq(province_members(p, 0, d), 71087);
		cr_assert_eq(sum_months(p, 2022, 8, 8, "members_end"),
			     province_members(p, 0, day(2022, 8, 31)));
		province_free(p);
	}
}

Test(province, targets_add_up)
{
	for (uint64_t seed = 0; seed < SEEDS; seed++) {
		struct province *p = make(seed, 2021, 2023);
		const struct province_target *t;
		size_t count = province_targets(p, &t);
		int64_t decision = 0, resolution = 0;

		cr_assert_eq(count, 2 * 23);
		for (size_t i = 0; i < count; i++) {
			bool decided = same(t[i].instrument, "decision");

			cr_assert(decided || same(t[i].instrument, "resolution"));
			cr_assert_str_eq(t[i].doc_no, decided ? "426-QĐ/TU" : "");
			cr_assert_gt(t[i].value, 0);
			if (!t[i].unit)
				cr_assert_eq(t[i].value, decided ? 1640 : 1500);
			else if (decided)
				decision += t[i].value;
			else
				resolution += t[i].value;
		}
		cr_assert_eq(decision, 1640);
		cr_assert_eq(resolution, 1500);
		province_free(p);
		p = make(seed, 2023, 2024);
		cr_assert_eq(province_targets(p, &t), 0);
		province_free(p);
	}
}

Test(province, members_add_up)
{
	struct province *p = make(5, 2020, 2025);
	day_t days[] = { province_opened(p), day(2022, 9, 22), province_last(p) };

	for (size_t d = 0; d < ARRAY_LEN(days); d++) {
		int64_t directs = 0, reporters = 0;

		for (size_t i = 1; i < province_unit_count(p); i++) {
			const struct province_unit *u = province_unit(p, i);
			int64_t members = province_members(p, i, days[d]);

			if (same(u->kind, "direct"))
				directs += members;
			else if (u->reports)
				reporters += members;
			else
				cr_assert_eq(members, -1);
		}
		cr_assert_eq(directs, province_members(p, 0, days[d]));
		cr_assert_eq(reporters, directs);
	}
	cr_assert_eq(province_members(p, 0, province_opened(p) - 1), -1);
	cr_assert_eq(province_members(p, 0, province_last(p) + 1), -1);
	province_free(p);
}

/* ---- the form's rules ---- */

/* What the form's file says of a measure, read without the product's parser. */
struct said {
	char code[40], need[16], parent[40], group[40];
};

static size_t read_form(const char *path, struct said said[MEASURES])
{
	struct buf b = read_source(path);
	size_t count = 0;
	char *rest = NULL;

	for (char *line = strtok_r((char *)b.data, "\n", &rest); line;
	     line = strtok_r(NULL, "\n", &rest)) {
		struct said *s = &said[count ? count - 1 : 0];

		cr_assert_lt(count, MEASURES);
		if (sscanf(line, "[measure %39[^]]", said[count].code) == 1)
			count++;
		else if (*line == '[')
			continue;
		else if (count)
			(void)(sscanf(line, "need = %15s", s->need) ||
			       sscanf(line, "parent = %39s", s->parent) ||
			       sscanf(line, "exclusive = %39s", s->group));
	}
	buf_fini(&b);
	cr_assert_gt(count, 3);
	return count;
}

static void check_against_form(const struct said *said, size_t count,
			       const struct province_figure *f, size_t n)
{
	size_t at = 0;

	/* Every figure is a measure of the form, in its order, each once. */
	for (size_t i = 0; i < count; i++)
		at += at < n && same(f[at].measure, said[i].code);
	cr_assert_eq(at, n, "%s is out of place", at < n ? f[at].measure : "");
	for (size_t i = 0; i < count; i++) {
		const struct said *s = &said[i];
		bool here = has(f, n, s->code);
		int64_t parent = value_of(f, n, s->parent);

		cr_assert(!here || !same(s->need, "computed"), "%s", s->code);
		cr_assert(here || !same(s->need, "required"), "%s is missing", s->code);
		cr_assert(here || !same(s->need, "parent") || !parent, "%s is missing", s->code);
		cr_assert_geq(value_of(f, n, s->code), 0);
		if (here && *s->parent)
			cr_assert_leq(value_of(f, n, s->code), parent, "%s", s->code);
	}
}

static void check_balance(const struct province_figure *f, size_t n, int64_t begin)
{
	static const char *const in[] = { "admitted", "restored", "moved_in_same_direct",
					  "moved_in_other_direct", "moved_in_outside" };
	static const char *const out[] = { "died",
					   "expelled",
					   "struck_off",
					   "left",
					   "moved_out_same_direct",
					   "moved_out_other_direct",
					   "moved_out_outside" };
	static const char *const sources[] = { "src_veteran", "src_student", "src_armed",
					       "src_private", "src_agency",  "src_rural",
					       "src_other" };
	int64_t end = begin, by_source = 0;

	for (size_t i = 0; i < ARRAY_LEN(in); i++)
		end += value_of(f, n, in[i]);
	for (size_t i = 0; i < ARRAY_LEN(out); i++)
		end -= value_of(f, n, out[i]);
	for (size_t i = 0; i < ARRAY_LEN(sources); i++)
		by_source += value_of(f, n, sources[i]);
	cr_assert_eq(value_of(f, n, "members_end"), end);
	cr_assert_eq(value_of(f, n, "admitted"), by_source);
	/* With fewer than three a party cell cannot be. */
	cr_assert_geq(end, 3);
}

struct moves {
	int64_t in_same[PROVINCE_DIRECT], out_same[PROVINCE_DIRECT], in_other, out_other;
};

static void note_moves(struct moves *m, size_t direct, const struct province_figure *f, size_t n)
{
	m->in_same[direct] += value_of(f, n, "moved_in_same_direct");
	m->out_same[direct] += value_of(f, n, "moved_out_same_direct");
	m->in_other += value_of(f, n, "moved_in_other_direct");
	m->out_other += value_of(f, n, "moved_out_other_direct");
}

static void check_moves(const struct moves *m)
{
	for (size_t i = 0; i < PROVINCE_DIRECT; i++)
		cr_assert_eq(m->in_same[i], m->out_same[i]);
	cr_assert_eq(m->in_other, m->out_other);
	cr_assert_gt(m->in_other, 0);
}

static void check_years(uint64_t seed, int first, int last)
{
	static int64_t members[PROVINCE_GRASSROOTS];
	struct province *p = make(seed, first, last);
	const size_t *units = province_reporters(p);
	struct province_figure f[PROVINCE_FIGURES_MAX];
	struct said said[MEASURES] = { 0 };
	size_t count = read_form(SOURCE_DIR "/common/domain/forms/monthly.ini", said);

	for (size_t i = 0; i < PROVINCE_GRASSROOTS; i++)
		members[i] = province_members(p, units[i], province_opened(p));
	for (int month = 0; month < 12 * (last - first + 1); month++) {
		struct moves moves = { 0 };

		for (size_t i = 0; i < PROVINCE_GRASSROOTS; i++) {
			size_t n = province_month(p, units[i], first + month / 12, month % 12 + 1,
						  f);
			size_t direct = (size_t)province_unit(p, units[i])->parent;

			check_against_form(said, count, f, n);
			check_balance(f, n, members[i]);
			members[i] = value_of(f, n, "members_end");
			note_moves(&moves, province_unit(p, direct)->order - 1, f, n);
		}
		check_moves(&moves);
	}
	province_free(p);
}

Test(province, every_sheet_obeys_the_form)
{
	check_years(1, 2020, 2025);
}

Test(province, every_sheet_obeys_the_form_whatever_the_seed)
{
	for (uint64_t seed = 2; seed < 5; seed++)
		check_years(seed * 1000003, 2022, 2022);
}

Test(province, flash_obeys_its_form_and_agrees_with_the_month)
{
	struct province *p = make(1, 2022, 2022);
	struct province_figure f[PROVINCE_FIGURES_MAX], m[PROVINCE_FIGURES_MAX];
	struct said said[MEASURES] = { 0 };
	size_t count = read_form(SOURCE_DIR "/common/domain/forms/flash.ini", said);

	for (size_t i = 0; i < PROVINCE_GRASSROOTS; i++) {
		size_t unit = province_reporters(p)[i];
		size_t whole = province_month(p, unit, 2022, 9, m);
		size_t n = province_flash(p, unit, day(2022, 9, 22), f);

		check_against_form(said, count, f, n);
		cr_assert_leq(value_of(f, n, "admitted"), value_of(m, whole, "admitted"));
		cr_assert_eq(value_of(f, n, "members_end"),
			     province_members(p, unit, day(2022, 9, 22)));
		n = province_flash(p, unit, day(2022, 9, 30), f);
		check_against_form(said, count, f, n);
		for (size_t k = 0; k < n; k++)
			cr_assert_eq(f[k].value, value_of(m, whole, f[k].measure));
	}
	province_free(p);
}

/* ---- how it looks ---- */

static void check_seasons(const struct province *p, int year)
{
	int64_t month[13] = { 0 }, quarter[4] = { 0 }, total = 0;

	for (int i = 1; i <= 12; i++) {
		month[i] = sum_months(p, year, i, i, "admitted");
		quarter[(i - 1) / 3] += month[i];
		total += month[i];
	}
	cr_log_info("%d: %lld admitted, by quarter %lld %lld %lld %lld", year, (long long)total,
		    (long long)quarter[0], (long long)quarter[1], (long long)quarter[2],
		    (long long)quarter[3]);
	cr_assert(total >= 1700 && total <= 1900, "%d: %lld", year, (long long)total);
	for (int i = 0; i < 3; i++)
		cr_assert_gt(quarter[3], quarter[i], "%d", year);
	/* 26/3, 19/5 and 2/9 against the months without a feast; 22/12 after 7/11. */
	cr_assert(month[3] > month[4] && month[5] > month[4] && month[5] > month[6]);
	cr_assert(month[8] + month[9] > month[6] + month[7]);
	cr_assert(month[11] > month[10] && month[12] > month[10]);
}

Test(province, follows_the_seasons)
{
	for (uint64_t seed = 0; seed < 4; seed++) {
		struct province *p = make(seed, 2020, 2025);

		for (int year = 2020; year <= 2025; year++)
			check_seasons(p, year);
		province_free(p);
	}
}

static int64_t admitted_between(const struct province *p, day_t from, day_t to)
{
	/* Two flashes of one month. */
	return sum_flash(p, to, "admitted") - sum_flash(p, from - 1, "admitted");
}

Test(province, admits_before_the_days_that_are_kept)
{
	static const struct {
		int month, day;
	} feasts[] = { { 3, 26 }, { 5, 19 }, { 11, 7 }, { 12, 22 } };
	struct province *p = make(1, 2020, 2025);

	for (size_t i = 0; i < ARRAY_LEN(feasts); i++) {
		int64_t near = 0, whole = 0;

		for (int year = 2020; year <= 2025; year++) {
			day_t d = day(year, feasts[i].month, feasts[i].day);

			near += admitted_between(p, d - 4, d + 2);
			whole += sum_months(p, year, feasts[i].month, feasts[i].month, "admitted");
		}
		/* A week is 23 % of a month. */
		cr_assert_gt(near * 100, whole * 38, "%d/%d", feasts[i].day, feasts[i].month);
	}
	province_free(p);
}

static bool is_nil(const struct province_figure *f, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (f[i].value && !same(f[i].measure, "members_end"))
			return false;
	return n > 0;
}

Test(province, most_months_are_nil)
{
	struct province *p = make(1, 2022, 2022);
	struct province_figure f[PROVINCE_FIGURES_MAX];
	size_t sheets = 0, nil = 0, none = 0;

	for (int month = 1; month <= 8; month++)
		for (size_t i = 0; i < PROVINCE_GRASSROOTS; i++) {
			size_t unit = province_reporters(p)[i];
			size_t n = province_month(p, unit, 2022, month, f);

			sheets++;
			nil += is_nil(f, n);
			none += !value_of(f, n, "admitted");
			cr_assert_eq(is_nil(f, n), province_nil(p, unit, 2022, month));
		}
	printf("January to August 2022: %zu sheets, %zu nil (%zu%%), %zu without admissions (%zu%%)\n",
	       sheets, nil, nil * 100 / sheets, none, none * 100 / sheets);
	cr_assert_eq(sheets, 9224);
	cr_assert_gt(nil * 100, sheets * 60);
	cr_assert_gt(none * 100, sheets * 88);
	cr_assert_lt(none * 100, sheets * 95);
	province_free(p);
}

/* ---- the same everywhere ---- */

static uint64_t fnv(uint64_t h, struct span bytes)
{
	for (size_t i = 0; i < bytes.len; i++)
		h = (h ^ bytes.data[i]) * UINT64_C(0x100000001b3);
	return h;
}

/* Everything of some years that may be asked: the files, each month, the flash of 22/9/2022. */
static uint64_t hash_of(uint64_t seed, int first, int last, int from, int to, bool with_tree)
{
	struct province *p = make(seed, first, last);
	uint64_t h = UINT64_C(0xcbf29ce484222325);
	struct buf b;
	size_t next = 0;

	buf_init(&b, FILE_MAX);
	if (with_tree) {
		province_tree_csv(p, &b);
		province_members_csv(p, &b);
	}
	province_targets_csv(p, &b);
	province_flash_csv(p, day(2022, 9, 22), ROWS_MAX, &next, &b);
	for (int month = 0; month < 12 * (to - from + 1); month++) {
		h = fnv(h, buf_span(&b));
		buf_reset(&b);
		next = 0;
		province_month_csv(p, from + month / 12, month % 12 + 1, ROWS_MAX, &next, &b);
		cr_assert_eq(next, PROVINCE_GRASSROOTS);
	}
	cr_assert(!b.failed);
	h = fnv(h, buf_span(&b));
	buf_fini(&b);
	province_free(p);
	return h;
}

Test(province, same_seed_same_bytes)
{
	/* A change here is a change of every printed figure below the province: make it on purpose. */
	uint64_t h = hash_of(1, 2020, 2025, 2020, 2025, true);

	cr_assert_eq(h, UINT64_C(0x81ef680c5233a04f), "0x%016llx", (unsigned long long)h);
	cr_assert_neq(h, hash_of(2, 2020, 2025, 2020, 2025, true));
}

Test(province, figures_do_not_depend_on_the_years_asked)
{
	cr_assert_eq(hash_of(7, 2020, 2025, 2022, 2022, false),
		     hash_of(7, 2022, 2022, 2022, 2022, false));
}

Test(province, only_years_there_are)
{
	static const int years[][2] = { { 2019, 2022 }, { 2022, 2026 }, { 2023, 2022 } };
	struct province_figure f[PROVINCE_FIGURES_MAX];
	struct province *p;

	for (size_t i = 0; i < ARRAY_LEN(years); i++) {
		struct err e = { 0 };

		cr_assert_eq(province_new(&p, 1, years[i][0], years[i][1], &e), -ERR_RANGE);
		cr_assert_null(p);
		cr_assert(*e.msg);
	}
	p = make(1, 2022, 2022);
	cr_assert_eq(province_opened(p), day(2021, 12, 31));
	cr_assert_eq(province_month(p, province_reporters(p)[0], 2021, 12, f), 0);
	cr_assert_eq(province_month(p, province_reporters(p)[0], 2023, 1, f), 0);
	cr_assert_eq(province_month(p, province_reporters(p)[0], 2022, 13, f), 0);
	cr_assert_eq(province_month(p, 0, 2022, 1, f), 0);
	cr_assert_eq(province_flash(p, province_reporters(p)[0], day(2023, 1, 1), f), 0);
	cr_assert(!province_nil(p, 0, 2022, 1));
	province_free(p);
}

/* ---- the files ---- */

static struct csv *open_csv(const struct buf *b, const struct csv_column *columns, size_t count)
{
	struct csv *c;
	struct err e = { 0 };

	cr_assert(!b->failed);
	cr_assert_eq(csv_open(&c, buf_span(b), columns, count, &e), 0, "%s", e.msg);
	return c;
}

Test(province, tree_and_members_read_back)
{
	static const struct csv_column tree[] = {
		{ "code", true, false },   { "parent", true, true },   { "kind", true, false },
		{ "name", true, false },   { "reports", true, false }, { "opened", true, false },
		{ "closed", true, true },  { "order", true, false },   { "tags", true, true },
		{ "contact", true, true }, { "phone", true, true },
	};
	static const struct csv_column members[] = { { "unit", true, false },
						     { "date", true, false },
						     { "members", true, false } };
	struct province *p = make(1, 2022, 2022);
	struct span f[ARRAY_LEN(tree)];
	struct csv *c;
	struct buf b;
	size_t count = 0;
	int64_t sum = 0, value;
	enum text_grouping grouping;

	buf_init(&b, FILE_MAX);
	province_tree_csv(p, &b);
	c = open_csv(&b, tree, ARRAY_LEN(tree));
	for (; csv_next(c, f, NULL) == 1; count++) {
		const struct province_unit *u = province_unit(p, count);

		cr_assert(span_eq(f[0], span_str(u->code)));
		cr_assert(span_eq(
			f[1],
			span_str(u->parent < 0 ? "" : province_unit(p, (size_t)u->parent)->code)));
		cr_assert(span_eq(f[3], span_str(u->name)), "%s", u->name);
		cr_assert(span_eq(f[4], span_str(u->reports ? "yes" : "no")));
		cr_assert(span_eq(f[5], span_str("2021-12-31")));
		cr_assert(span_eq(f[10], span_str(u->phone)));
	}
	cr_assert_eq(count, PROVINCE_UNITS);
	csv_close(c);
	buf_reset(&b);
	province_members_csv(p, &b);
	c = open_csv(&b, members, ARRAY_LEN(members));
	for (count = 0; csv_next(c, f, NULL) == 1; count++) {
		cr_assert_eq(text_count(&value, &grouping, f[2], NULL), 0);
		sum += value;
	}
	/* The province, its direct units and the reporters: the same members three times. */
	cr_assert_eq(count, 1 + 22 + 1153);
	cr_assert_eq(sum, 3 * province_members(p, 0, day(2021, 12, 31)));
	csv_close(c);
	buf_fini(&b);
	province_free(p);
}

Test(province, targets_read_back)
{
	static const struct csv_column columns[] = {
		{ "unit", true, false },       { "period", true, false },
		{ "measure", true, false },    { "group", true, true },
		{ "instrument", true, false }, { "doc_no", true, true },
		{ "doc_date", true, true },    { "type", true, false },
		{ "value", true, false },      { "value_max", true, true },
		{ "rate", true, true },        { "base_date", true, true },
		{ "base_value", true, true },  { "issuer", false, true },
		{ "per", false, true },        { "reason", false, true },
	};
	struct province *p = make(1, 2022, 2022);
	struct span f[ARRAY_LEN(columns)];
	enum text_grouping grouping;
	int64_t sum = 0, value;
	struct csv *c;
	struct buf b;

	buf_init(&b, FILE_MAX);
	province_targets_csv(p, &b);
	c = open_csv(&b, columns, ARRAY_LEN(columns));
	while (csv_next(c, f, NULL) == 1) {
		cr_assert(span_eq(f[7], span_str("exact")) && span_eq(f[14], span_str("period")));
		cr_assert_eq(text_count(&value, &grouping, f[8], NULL), 0);
		sum += value;
	}
	cr_assert_eq(sum, 2 * (1640 + 1500));
	csv_close(c);
	buf_fini(&b);
	province_free(p);
}

static const struct csv_column figure_columns[] = {
	{ "unit", true, false },  { "form", true, false },    { "from", true, false },
	{ "to", true, false },    { "measure", true, false }, { "value", true, false },
	{ "approx", true, true },
};

/* Rows, admissions among them, and sheets, counted from the text alone. */
struct counted {
	size_t rows, sheets;
	int64_t admitted;
};

static struct counted count_figures(const struct buf *b, const char *form, const char *to)
{
	struct csv *c = open_csv(b, figure_columns, ARRAY_LEN(figure_columns));
	struct counted n = { 0 };
	struct span f[ARRAY_LEN(figure_columns)];
	enum text_grouping grouping;
	char last[32] = "";
	int64_t value;

	for (; csv_next(c, f, NULL) == 1; n.rows++) {
		cr_assert(span_eq(f[1], span_str(form)));
		cr_assert(span_eq(f[3], span_str(to)));
		cr_assert_eq(text_count(&value, &grouping, f[5], NULL), 0);
		if (span_eq(f[4], span_str("admitted")))
			n.admitted += value;
		if (!span_eq(f[0], span_str(last)))
			n.sheets++;
		snprintf(last, sizeof(last), "%.*s", (int)f[0].len, (const char *)f[0].data);
	}
	csv_close(c);
	return n;
}

Test(province, figures_read_back_and_fit_one_import)
{
	struct province *p = make(1, 2020, 2025);
	struct buf b;
	int64_t admitted = 0;

	buf_init(&b, FILE_MAX);
	for (int month = 0; month < 12 * 6; month++) {
		struct ymd last =
			day_to_ymd(day_month_last(day(2020 + month / 12, month % 12 + 1, 1)));
		char to[32];
		struct counted n;
		size_t next = 0, rows;

		snprintf(to, sizeof(to), "%04d-%02d-%02d", last.year, last.month, last.day);
		buf_reset(&b);
		rows = province_month_csv(p, last.year, last.month, ROWS_MAX, &next, &b);
		cr_assert_eq(next, PROVINCE_GRASSROOTS, "%s does not fit", to);
		n = count_figures(&b, "monthly", to);
		cr_assert_eq(n.rows, rows);
		cr_assert_eq(n.sheets, PROVINCE_GRASSROOTS);
		if (last.year == 2022 && last.month <= 8)
			admitted += n.admitted;
	}
	buf_reset(&b);
	(void)province_flash_csv(p, day(2022, 9, 22), ROWS_MAX, &(size_t){ 0 }, &b);
	admitted += count_figures(&b, "flash", "2022-09-22").admitted;
	cr_assert_eq(admitted, 1336);
	buf_fini(&b);
	province_free(p);
}

Test(province, files_end_between_sheets)
{
	struct province *p = make(1, 2022, 2022);
	size_t next = 0, rows = 0, sheets = 0, whole_rows, at = 0;
	struct buf b;

	buf_init(&b, FILE_MAX);
	whole_rows = province_month_csv(p, 2022, 5, ROWS_MAX, &at, &b);
	while (next < PROVINCE_GRASSROOTS) {
		size_t before = next, got;
		struct counted n;

		buf_reset(&b);
		got = province_month_csv(p, 2022, 5, 100, &next, &b);
		n = count_figures(&b, "monthly", "2022-05-31");
		cr_assert_leq(got, 100);
		cr_assert_eq(n.rows, got);
		cr_assert_eq(n.sheets, next - before);
		cr_assert_gt(n.sheets, 0);
		rows += got;
		sheets += n.sheets;
	}
	cr_assert_eq(rows, whole_rows);
	cr_assert_eq(sheets, PROVINCE_GRASSROOTS);
	buf_fini(&b);
	province_free(p);
}
