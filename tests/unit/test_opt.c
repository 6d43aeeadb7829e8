#include "base/opt.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct settings {
	bool dry_run, quiet;
	const char *listen, *data;
	int64_t threads;
	struct opt opts[5];
};

static void settings_init(struct settings *s)
{
	memset(s, 0, sizeof(*s));
	s->listen = "127.0.0.1:0";
	s->threads = 2;
	s->opts[0] = (struct opt){ "dry-run", OPT_FLAG,    &s->dry_run, 0,    0,
				   NULL,      "show only", false,       false };
	s->opts[1] = (struct opt){ "listen",    OPT_TEXT,          &s->listen, 0,    0,
				   "HOST:PORT", "where to listen", true,       false };
	s->opts[2] =
		(struct opt){ "data", OPT_TEXT, &s->data, 0, 0, "DIR", "the store", true, false };
	s->opts[3] = (struct opt){ "threads", OPT_NUMBER, &s->threads, -4,   64,
				   "N",       "how many", true,        false };
	s->opts[4] =
		(struct opt){ "quiet", OPT_FLAG, &s->quiet, 0, 0, NULL, "say less", true, false };
}

enum { ARGS_MAX = 12 };

/* Splits at blanks; "_" stands for an empty argument. The arguments live until the next call. */
static int parse(struct settings *s, const char *line, int *argc, char **argv, struct err *e)
{
	static char program[] = "ketnap", text[200], empty[1];

	snprintf(text, sizeof(text), "%s", line);
	*argc = 0;
	argv[(*argc)++] = program;
	for (char *at = strtok(text, " "); at; at = strtok(NULL, " "))
		argv[(*argc)++] = strcmp(at, "_") ? at : empty;
	argv[*argc] = NULL;
	return opt_parse(s->opts, 5, argc, argv, e);
}

Test(opt, options_are_taken_out)
{
	struct settings s;
	struct err e = { 0 };
	char *argv[ARGS_MAX];
	int argc;

	settings_init(&s);
	cr_assert_eq(parse(&s, "import --data /x tree --threads=-3 --dry-run - -5 m=- _", &argc,
			   argv, &e),
		     0, "%s", e.msg);
	cr_assert_str_eq(s.data, "/x");
	cr_assert_str_eq(s.listen, "127.0.0.1:0", "the default stands");
	cr_assert_eq(s.threads, -3);
	cr_assert(s.dry_run && !s.quiet);
	cr_assert(s.opts[2].seen && !s.opts[1].seen);
	cr_assert_eq(argc, 7);
	cr_assert_str_eq(argv[0], "ketnap");
	cr_assert_str_eq(argv[1], "import");
	cr_assert_str_eq(argv[2], "tree");
	cr_assert_str_eq(argv[3], "-");
	cr_assert_str_eq(argv[4], "-5");
	cr_assert_str_eq(argv[5], "m=-");
	cr_assert_str_eq(argv[6], "");
	cr_assert_null(argv[7]);
}

Test(opt, two_dashes_end_them)
{
	struct settings s;
	char *argv[ARGS_MAX];
	int argc;

	settings_init(&s);
	cr_assert_eq(parse(&s, "--dry-run a -- --data -x --", &argc, argv, NULL), 0);
	cr_assert_eq(argc, 5);
	cr_assert_str_eq(argv[1], "a");
	cr_assert_str_eq(argv[2], "--data");
	cr_assert_str_eq(argv[3], "-x");
	cr_assert_str_eq(argv[4], "--");
	cr_assert_null(s.data);
}

static const struct {
	const char *line, *msg;
} wrong_lines[] = {
	{ "--dta /x", "unknown option 'dta', perhaps 'data'" },
	{ "--thread 3", "unknown option 'thread', perhaps 'threads'" },
	{ "--elephant", "unknown option 'elephant'" },
	{ "-x", "unknown option '-x'" },
	{ "--data", "option 'data' needs a value" },
	{ "--data --dry-run", "option 'data' needs a value" },
	{ "--data=", "option 'data' needs a value" },
	{ "--data _", "option 'data' needs a value" },
	{ "--data a --data b", "option 'data' is given twice" },
	{ "--dry-run --dry-run", "option 'dry-run' is given twice" },
	{ "--dry-run=yes", "option 'dry-run' takes no value" },
	{ "--threads 65", "option 'threads': '65' is not a number from -4 to 64" },
	{ "--threads -5", "option 'threads': '-5' is not a number from -4 to 64" },
	{ "--threads 3x", "option 'threads': '3x' is not a number from -4 to 64" },
	{ "--threads +3", "option 'threads': '+3' is not a number from -4 to 64" },
	{ "--threads 99999999999999999999",
	  "option 'threads': '99999999999999999999' is not a number from -4 to 64" },
};

Test(opt, what_is_wrong_is_named)
{
	for (size_t i = 0; i < ARRAY_LEN(wrong_lines); i++) {
		struct settings s;
		struct err e = { 0 };
		char *argv[ARGS_MAX];
		int argc;

		settings_init(&s);
		cr_assert_eq(parse(&s, wrong_lines[i].line, &argc, argv, &e), -ERR_INVALID, "%s",
			     wrong_lines[i].line);
		cr_assert_str_eq(e.msg, wrong_lines[i].msg, "%s", e.msg);
	}
}

static char path[64];

static int file(struct settings *s, const char *text, size_t len, struct err *e)
{
	int fd, rc;

	strcpy(path, "/tmp/test_opt_XXXXXX");
	fd = mkstemp(path);
	cr_assert_geq(fd, 0);
	cr_assert_eq(write(fd, text, len), (ssize_t)len);
	close(fd);
	rc = opt_file(s->opts, 5, path, e);
	unlink(path);
	return rc;
}

Test(opt, a_file_is_read)
{
	static const char text[] =
		"\xEF\xBB\xBF; ketnapd\n[server]\r\n  listen = 0.0.0.0:7 ; outside\r\n"
		"threads=9\nquiet = yes\n\n# end\ndata = /có dấu";
	struct settings s;
	struct err e = { 0 };

	settings_init(&s);
	cr_assert_eq(file(&s, text, strlen(text), &e), 0, "%s", e.msg);
	cr_assert_str_eq(s.listen, "0.0.0.0:7");
	cr_assert_str_eq(s.data, "/có dấu");
	cr_assert_eq(s.threads, 9);
	cr_assert(s.quiet);
	cr_assert_not(s.opts[1].seen);
	cr_assert_eq(file(&s, "threads = 3\nquiet = off\n", 24, &e), 0, "read again: %s", e.msg);
	cr_assert_eq(s.threads, 3);
	cr_assert_not(s.quiet);
}

Test(opt, the_command_line_wins)
{
	struct settings s;
	struct err e = { 0 };
	char *argv[ARGS_MAX];
	int argc;
	static const char text[] = "data=/file\nthreads=9\nquiet=no\nlisten=h:1\n";

	settings_init(&s);
	cr_assert_eq(parse(&s, "--data /line --threads 4 --quiet", &argc, argv, &e), 0);
	cr_assert_eq(file(&s, text, strlen(text), &e), 0, "%s", e.msg);
	cr_assert_str_eq(s.data, "/line");
	cr_assert_eq(s.threads, 4);
	cr_assert(s.quiet);
	cr_assert_str_eq(s.listen, "h:1");
	cr_assert_eq(file(&s, "threads=900\n", 12, &e), -ERR_INVALID, "checked though not used");
}

#define LONG_40 "0123456789012345678901234567890123456789"
static const struct {
	const char *text;
	size_t len; /* 0: strlen */
	int line;
	const char *msg;
} wrong_files[] = {
	{ "\nlisten=a:1\nlsten = x\n", 0, 3, "unknown option 'lsten', perhaps 'listen'" },
	{ "dry-run = yes\n", 0, 1, "option 'dry-run' is for the command line only" },
	{ "threads=1\nthreads=2\n", 0, 2, "option 'threads' is given twice" },
	{ "threads = many\n", 0, 1, "option 'threads': 'many' is not a number from -4 to 64" },
	{ "quiet = perhaps\n", 0, 1, "option 'quiet': 'perhaps' is neither yes nor no" },
	{ "data =\n", 0, 1, "option 'data' needs a value" },
	{ "[a]\n\njust words\n", 0, 3, "neither [section] nor name = value" },
	{ "just words\nthreads = many\n", 0, 1, "neither [section] nor name = value" },
	{ "threads = many\njust words\n", 0, 1,
	  "option 'threads': 'many' is not a number from -4 to 64" },
	{ "[a\n", 0, 1, "neither [section] nor name = value" },
	{ "data = /a\0b\n", 12, 1, "the line is too long or not text" },
	{ "\ndata = " LONG_40 LONG_40 LONG_40 LONG_40 LONG_40 LONG_40 "\nquiet=yes\n", 0, 2,
	  "the line is too long or not text" },
	{ "data = /a\n  /b = c\n", 0, 2, "unknown option '/b'" },
};

Test(opt, errors_name_file_and_line)
{
	for (size_t i = 0; i < ARRAY_LEN(wrong_files); i++) {
		struct settings s;
		struct err e = { 0 };
		char want[300];
		size_t len = wrong_files[i].len ? wrong_files[i].len : strlen(wrong_files[i].text);

		settings_init(&s);
		cr_assert_eq(file(&s, wrong_files[i].text, len, &e), -ERR_INVALID, "case %zu", i);
		snprintf(want, sizeof(want), "%s, line %d: %s", path, wrong_files[i].line,
			 wrong_files[i].msg);
		cr_assert_str_eq(e.msg, want, "%s", e.msg);
	}
}

Test(opt, no_file)
{
	struct settings s;
	struct err e = { 0 };

	settings_init(&s);
	cr_assert_eq(opt_file(s.opts, 5, "/nonexistent/ketnapd.ini", &e), -ERR_NOTFOUND);
	cr_assert_not_null(strstr(e.msg, "/nonexistent/ketnapd.ini"));
	cr_assert_lt(opt_file(s.opts, 5, "/tmp", &e), 0, "a directory is no file");
}

Test(opt, help_is_aligned)
{
	struct settings s;
	char *text = NULL;
	size_t len = 0;
	FILE *to = open_memstream(&text, &len);

	settings_init(&s);
	opt_help(s.opts, 3, to);
	fclose(to);
	cr_assert_str_eq(text, "  --dry-run           show only\n"
			       "  --listen HOST:PORT  where to listen\n"
			       "  --data DIR          the store\n");
	free(text);
}

Test(opt, help_wraps_at_a_hundred_columns)
{
	static const struct help_row rows[] = {
		{ "short", "A", "what it does", 7 },
		{ "long",
		  "MÁY:CỔNG MÃ [--and SOMETHING] [--that TAKES] [--more THAN] [--one LINE] [--of A] [--screen]",
		  "chữ có dấu không tốn thêm cột nào, và phần còn lại của câu này xuống dòng dưới",
		  7 },
		{ "none", "", "", 7 },
	};
	char *text = NULL;
	size_t len = 0;
	FILE *to = open_memstream(&text, &len);

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		help_row(to, &rows[i], HELP_TEXT);
	fclose(to);
	cr_assert_str_eq(
		text,
		"  short   A                         what it does\n"
		"  long    MÁY:CỔNG MÃ [--and SOMETHING] [--that TAKES] [--more THAN] [--one LINE] [--of A]\n"
		"          [--screen]\n"
		"                                    chữ có dấu không tốn thêm cột nào, và phần còn lại của câu này\n"
		"                                    xuống dòng dưới\n"
		"  none                              \n",
		"%s", text);
	free(text);
}
