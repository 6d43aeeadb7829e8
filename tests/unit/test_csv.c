#include "base/csv.h"

#include "base/buf.h"
#include "few_allocations.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

enum { COLUMNS = 4 };
static const struct csv_column columns[COLUMNS] = {
	{ "unit", true, false },
	{ "date", true, false },
	{ "members", true, true },
	{ "note", false, false },
};

/* The file as one text: fields between bars, rows between newlines, `!` before an error. */
static char read_out[4096];

static const char *read_span(struct span text, struct err *e)
{
	struct csv *c;
	struct span fields[COLUMNS];
	size_t used = 0;
	int rc;

	read_out[0] = '\0';
	if (csv_open(&c, text, columns, COLUMNS, e)) {
		cr_assert_null(c);
		snprintf(read_out, sizeof(read_out), "!%s", e->msg);
		return read_out;
	}
	while ((rc = csv_next(c, fields, e)) != 0) {
		if (rc < 0)
			used += (size_t)snprintf(read_out + used, sizeof(read_out) - used, "!%s\n",
						 e->msg);
		for (size_t i = 0; rc > 0 && i < COLUMNS; i++)
			used += (size_t)snprintf(read_out + used, sizeof(read_out) - used, "%.*s%s",
						 (int)fields[i].len,
						 fields[i].data ? (const char *)fields[i].data : "",
						 i + 1 < COLUMNS ? "|" : "\n");
	}
	cr_assert_eq(csv_next(c, fields, e), 0, "the end stays the end");
	csv_close(c);
	return read_out;
}

static const char *read_text(const char *text)
{
	struct err e = { 0 };
	size_t len = strlen(text);
	char *exact = malloc(len ? len : 1); /* no NUL behind, for the sanitizer */

	memcpy(exact, text, len);
	read_span(span_of(exact, len), &e);
	free(exact);
	return read_out;
}

static const struct {
	const char *label, *text, *want;
} good[] = {
	{ "plain", "unit,date,members\na,b,c\n", "a|b|c|\n" },
	{ "no end of line", "unit,date,members\na,b,c", "a|b|c|\n" },
	{ "any order", "members,note,unit,date\n1,2,3,4\n", "3|4|1|2\n" },
	{ "semicolons", "unit;date;members\na;b;1,5\n", "a|b|1,5|\n" },
	{ "bom and crlf", "\xEF\xBB\xBFunit,date,members\r\na,b,\r\n", "a|b||\n" },
	{ "quotes", "\"unit\",date,members\n\"a,\"\"x\"\"\",\"b\nb\r\nb\", \"c\" \n",
	  "a,\"x\"|b\nb\nb|c|\n" },
	{ "trimmed", " unit ,date,members\n  a\t,\xC2\xA0 b \xC2\xA0,\" c \"\n", "a|b|c|\n" },
	{ "empty rows", "\n\nunit,date,members\n\n,,\n \n;\na,b,c\n,,,,,\n\"\"\n",
	  "!line 7, column date: the row ends after 1 of 3 fields\na|b|c|\n" },
	{ "nfd", "unit,date,members\nke\xCC\x82\xCC\x81t,b,\"e\xCC\xA3\xCC\x82\"\n", "kết|b|ệ|\n" },
	{ "only a header", "unit,date,members", "" },
	{ "delimiter from outside quotes", "unit;date;\"members\";\"note\"\na;b;c;\"x,y;z\"\n",
	  "a|b|c|x,y;z\n" },
	{ "optional empty", "unit,date,members,note\na,b,,\n", "a|b||\n" },
};

Test(csv, good_files)
{
	for (size_t i = 0; i < ARRAY_LEN(good); i++)
		cr_assert_str_eq(read_text(good[i].text), good[i].want, "%s: %s", good[i].label,
				 read_out);
}

static const struct {
	const char *label, *text, *want;
} wrong[] = {
	{ "nothing", "", "!line 1, column 1: there is no header row" },
	{ "only lines", "\n\r\n", "!line 3, column 1: there is no header row" },
	{ "missing column", "unit,date\n", "!line 1, column members: the column is missing" },
	{ "unknown column", "unit,date,members,colour\n",
	  "!line 1, column 4: unknown column 'colour': take it out, or give it the name of a column of this "
	  "file" },
	{ "misspelt column", "unit,date,memebrs\n",
	  "!line 1, column 3: unknown column 'memebrs', perhaps 'members'" },
	{ "commas in quotes", "unit;date;\"a,b,c,d\"\n",
	  "!line 1, column 3: unknown column 'a,b,c,d': take it out, or give it the name of a column of this "
	  "file" },
	{ "no name", "unit,date,members,\n", "!line 1, column 4: the column has no name" },
	{ "twice", "unit,date,members,unit\n", "!line 1, column 4: column 'unit' stands twice" },
	{ "few", "unit,date,members\na,b\nc,d,e\n",
	  "!line 2, column members: the row ends after 2 of 3 fields\nc|d|e|\n" },
	{ "many", "unit,date,members\na,b,c,d\ne,f,g\n",
	  "!line 2, column 4: the row has 4 fields, the header 3\ne|f|g|\n" },
	{ "empty field", "unit,date,members\n\n\"x\ny\",b,c\n,b,c\na,\"  \",c\n",
	  "x\ny|b|c|\n!line 5, column unit: the field is empty\n"
	  "!line 6, column date: the field is empty\n" },
	{ "open quote", "unit,date,members\na,\"b,c\nd,e,f\n",
	  "!line 2, column date: the quote is never closed\nd|e|f|\n" },
	{ "quote closed far below", "unit,date,members\na,\"b,c\nd,e,f\ng,\"h\",i\n",
	  "!line 2, column date: text behind the closing quote\nd|e|f|\ng|h|i|\n" },
	{ "behind the quote", "unit,date,members\na,\"b\"x,c\nd,e,f\n",
	  "!line 2, column date: text behind the closing quote\nd|e|f|\n" },
	{ "quote inside", "unit,date,members\na,b\"x\",c\nd,e,f\n",
	  "!line 2, column date: a quote inside a field that does not begin with one\nd|e|f|\n" },
	{ "quote in header", "unit,\"date,members\n",
	  "!line 1, column 2: the quote is never closed" },
	{ "bad byte", "unit,date,members\na,b,c\nd,\"e\n\xFF\",f\n",
	  "!line 4, column date: byte 0xff is not UTF-8: save the file as UTF-8" },
	{ "bad byte in header", "unit,d\xFFte,members\n",
	  "!line 1, column 2: byte 0xff is not UTF-8: save the file as UTF-8" },
	{ "control", "unit,date,members\na,b,c\x1b\n",
	  "!line 2, column members: control character 0x1b" },
	{ "lone cr", "unit,date,members\na,\rb,c\n",
	  "!line 2, column date: control character 0x0d" },
	{ "tcvn3", "unit,date,members\na,2022-01-01,3\n\xA7\xB6ng b\xE9 x\xB7 H\xB5 N\xE9i,b,c\n",
	  "!line 3, column unit: not UTF-8 but probably TCVN3: save the file as UTF-8" },
	{ "vni", "unit,date,members\na,Ha\xF8 No\xE4i Ke\xE1t na\xEFp,c\n",
	  "!line 2, column date: not UTF-8 but probably VNI: save the file as UTF-8" },
};

Test(csv, wrong_files)
{
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
		cr_assert_str_eq(read_text(wrong[i].text), wrong[i].want, "%s: %s", wrong[i].label,
				 read_out);
}

Test(csv, utf16_is_recognised)
{
	static const char text[] = "u\0n\0i\0t\0,\0d\0a\0t\0e\0\n\0";
	struct err e = { 0 };

	read_span(span_of(text, sizeof(text) - 1), &e);
	cr_assert_str_eq(
		read_out,
		"!line 1, column 1: not UTF-8 but probably UTF-16: save the file as UTF-8");
}

Test(csv, no_bytes_at_all)
{
	struct err e = { 0 };

	cr_assert_str_eq(read_span(span_of(NULL, 0), &e),
			 "!line 1, column 1: there is no header row");
}

Test(csv, absent_and_empty_differ)
{
	struct csv *c;
	struct span f[COLUMNS];

	cr_assert_eq(csv_open(&c, SPAN_LIT("unit,date,members\na,b,\n"), columns, COLUMNS, NULL),
		     0);
	cr_assert_eq(csv_next(c, f, NULL), 1);
	cr_assert_not_null(f[2].data);
	cr_assert_eq(f[2].len, 0u);
	cr_assert_null(f[3].data);
	cr_assert_eq(csv_line(c), 2u);
	csv_close(c);
	csv_close(NULL);
}

Test(csv, rows_know_their_line)
{
	struct csv *c;
	struct span f[COLUMNS];

	cr_assert_eq(csv_open(&c, SPAN_LIT("unit,date,members\n\"a\n\n\",b,c\n\nd,e,f\n"), columns,
			      COLUMNS, NULL),
		     0);
	cr_assert_eq(csv_next(c, f, NULL), 1);
	cr_assert_eq(csv_line(c), 2u);
	cr_assert_eq(csv_next(c, f, NULL), 1);
	cr_assert_eq(csv_line(c), 6u);
	csv_close(c);
}

/* Whatever a file is cut to, every call returns and the lines stay inside the file. */
Test(csv, every_prefix_ends)
{
	static const char text[] =
		"unit;date;\"members\";note\r\n\"a\"\"\";\"b\r\n\";kế;\r\n\"\"\"\n;;\"\n";

	for (size_t len = 0; len < sizeof(text); len++) {
		struct err e = { 0 };
		char *exact = malloc(len ? len : 1);

		memcpy(exact, text, len);
		read_span(span_of(exact, len), &e);
		free(exact);
	}
}

Test(csv, a_row_has_a_limit)
{
	size_t len = (size_t)3 << 20;
	char *text = malloc(len);
	struct csv *c;
	struct span f[COLUMNS];
	struct err e = { 0 };

	memset(text, 'x', len);
	memcpy(text, "unit,date,members\na,b,\xC3\xA0", 24);
	memcpy(text + len - 7, "\nd,e,f\n", 7);
	cr_assert_eq(csv_open(&c, span_of(text, len), columns, COLUMNS, &e), 0);
	cr_assert_eq(csv_next(c, f, &e), -ERR_NOMEM);
	cr_assert_str_eq(e.msg, "line 2, column members: the row is too long");
	cr_assert_eq(csv_next(c, f, &e), 1);
	csv_close(c);
	free(text);
}

Test(csv, too_many_columns)
{
	char text[400] = "unit";
	struct err e = { 0 };

	for (int i = 0; i < 70; i++)
		strcat(text, ",x");
	cr_assert_str_eq(read_span(span_str(text), &e), "!line 1, column 65: more than 64 columns");
}

Test(csv, memory_runs_out)
{
	for (int calls = 0; calls < 2; calls++) {
		struct csv *c;
		struct err e = { 0 };
		int rc;

		allocations_left = calls;
		allocations_end = true;
		rc = csv_open(&c, SPAN_LIT("unit,date,members\n"), columns, COLUMNS, &e);
		allocations_left = -1;
		cr_assert_eq(rc, -ERR_NOMEM);
		cr_assert_null(c);
	}
}

static const struct {
	const char *field, *want;
} written[] = {
	{ "plain", "plain" },
	{ "", "" },
	{ "a,b", "\"a,b\"" },
	{ "a;b", "\"a;b\"" },
	{ "a\"b", "\"a\"\"b\"" },
	{ "\"", "\"\"\"\"" },
	{ "a\nb", "\"a\nb\"" },
	{ " a", "\" a\"" },
	{ "=1+1", "'=1+1" },
	{ "+cmd", "'+cmd" },
	{ "-x", "'-x" },
	{ "-", "'-" },
	{ "@sum", "'@sum" },
	{ "\t=1", "'\t=1" },
	{ "-5", "-5" },
	{ "+84912345678", "+84912345678" },
	{ "-1.336", "-1.336" },
	{ "-81,46", "\"-81,46\"" },
	{ "=\"a\"", "\"'=\"\"a\"\"\"" },
	{ "-5-3", "'-5-3" },
	{ "1=1", "1=1" },
	{ "Đảng bộ", "Đảng bộ" },
};

Test(csv, fields_written)
{
	for (size_t i = 0; i < ARRAY_LEN(written); i++) {
		struct buf b;

		buf_init(&b, 100);
		csv_field(&b, span_str(written[i].field), true);
		cr_assert(span_eq(buf_span(&b), span_str(written[i].want)), "%s: %.*s",
			  written[i].field, (int)b.len, (const char *)b.data);
		buf_reset(&b);
		csv_field(&b, span_str("x"), true);
		csv_field(&b, span_str(written[i].field), false);
		cr_assert_eq(b.len, 2 + strlen(written[i].want));
		cr_assert_eq(b.data[1], ',');
		buf_fini(&b);
	}
}

Test(csv, what_is_written_is_read)
{
	static const char *const fields[] = { "a \"b\", c;\nd", "2022-09-22", "-1.336" };
	struct buf b;
	struct csv *c;
	struct span f[COLUMNS];

	buf_init(&b, 1000);
	buf_printf(&b, "unit,date,members\n");
	for (size_t i = 0; i < 3; i++)
		csv_field(&b, span_str(fields[i]), i == 0);
	cr_assert_eq(csv_open(&c, buf_span(&b), columns, COLUMNS, NULL), 0);
	cr_assert_eq(csv_next(c, f, NULL), 1);
	for (size_t i = 0; i < 3; i++)
		cr_assert(span_eq(f[i], span_str(fields[i])));
	csv_close(c);
	buf_fini(&b);
}
