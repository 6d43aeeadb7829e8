#include "base/lang.h"
#include "base/opt.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char said[4096];

/* What say_lang prints when it is started with nothing but `env` around it. */
static const char *say(const char *env, const char *dir, const char *lang)
{
	char command[1024];
	FILE *from;
	size_t len;

	snprintf(command, sizeof(command), "env -i %s '%s' '%s' %s", env, SAY_LANG, dir, lang);
	from = popen(command, "r");
	cr_assert_not_null(from);
	len = fread(said, 1, sizeof(said) - 1, from);
	said[len] = '\0';
	cr_assert_eq(pclose(from), 0, "%s", command);
	return said;
}

static const char vietnamese[] =
	"0 0\n"
	"máy không đủ bộ nhớ\n"
	"ketnapd.ini, dòng 3: tùy chọn “port”: “eighty four” không phải là số từ 1 đến "
	"9.223.372.036.854.775.807\n"
	"form: không có tệp hoặc thư mục này\n"
	"form: No such file or directory\n"
	"|no such text|0.5\n";

static const char english[] =
	"out of memory\n"
	"ketnapd.ini, line 3: option 'port': 'eighty four' is not a number from 1 to "
	"9,223,372,036,854,775,807\n"
	"form: No such file or directory\n"
	"form: No such file or directory\n"
	"|no such text|0.5\n";

/* A bare machine has no Vietnamese locale, and services are started with none at all. */
static const char *const environments[] = {
	"",
	"LC_ALL=C",
	"LC_ALL=POSIX LANGUAGE=en",
	"LANG=vi_VN.UTF-8",
	"LC_ALL=de_DE.ISO-8859-1 LANGUAGE=fr",
	"LC_ALL=C.UTF-8 LC_NUMERIC=vi_VN.UTF-8",
	"KETNAP_LANG=",
	"KETNAP_LANG=vi LC_ALL=C",
};

Test(lang, vietnamese_whatever_the_environment)
{
	for (size_t i = 0; i < ARRAY_LEN(environments); i++)
		cr_assert_str_eq(say(environments[i], LOCALE_DIR, ""), vietnamese, "%s: %s",
				 environments[i], said);
	cr_assert_str_eq(say("LC_ALL=C KETNAP_LANG=en", LOCALE_DIR, "vi"), vietnamese, "%s", said);
}

Test(lang, english_when_asked_for)
{
	cr_assert_eq(strncmp(say("KETNAP_LANG=en", LOCALE_DIR, ""), "0 1\n", 4), 0, "%s", said);
	cr_assert_str_eq(said + 4, english);
	say("LANG=vi_VN.UTF-8 LANGUAGE=vi KETNAP_LANG=vi", LOCALE_DIR, "en");
	cr_assert_eq(strncmp(said, "0 1\n", 4), 0, "%s", said);
	cr_assert_str_eq(said + 4, english);
}

/* Numbers and dates stay Vietnamese. */
Test(lang, english_texts_without_catalogue)
{
	say("LC_ALL=C", "/nowhere", "vi");
	cr_assert_eq(strncmp(said, "0 0\nout of memory\n", 18), 0, "%s", said);
	cr_assert_not_null(strstr(said, "from 1 to 9.223.372.036.854.775.807\n"), "%s", said);
	cr_assert_not_null(strstr(said, "|no such text|0.5\n"), "%s", said);
}

Test(lang, a_language_that_we_do_not_have)
{
	static const char *const refused[] = { "fr", "VI", "vi_VN.UTF-8", "''", "e" };
	char first[128];

	for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
		snprintf(first, sizeof(first),
			 "chương trình không có ngôn ngữ “%s”: chỉ có vi hoặc en\n%d",
			 refused[i][0] == '\'' ? "" : refused[i], ERR_INVALID);
		say("", LOCALE_DIR, refused[i]);
		cr_assert_eq(strncmp(said, first, strlen(first)), 0, "%s", said);
		cr_assert_not_null(strstr(said, vietnamese + 1), "%s", said);
	}
	say("KETNAP_LANG=fr", LOCALE_DIR, "");
	cr_assert_not_null(strstr(said, "“fr”"), "%s", said);
}

Test(lang, before_lang_init_texts_are_english)
{
	cr_assert_eq(lang_now(), TEXT_VI);
	cr_assert_str_eq(lang_tr("out of memory"), "out of memory");
}

Test(lang, may_be_chosen_again)
{
	struct err e = { 0 };

	unsetenv("KETNAP_LANG");
	cr_assert_eq(lang_init(NULL, LOCALE_DIR, &e), 0);
	cr_assert_str_eq(lang_tr("out of memory"), "máy không đủ bộ nhớ");
	cr_assert_eq(lang_init("en", LOCALE_DIR, &e), 0);
	cr_assert_eq(lang_now(), TEXT_EN);
	cr_assert_str_eq(lang_tr("out of memory"), "out of memory");
	cr_assert_eq(lang_init("xx", LOCALE_DIR, NULL), -ERR_INVALID);
	cr_assert_str_eq(lang_tr("out of memory"), "máy không đủ bộ nhớ");
}

/* Arguments that are texts of the C library reach people translated, as long as it says what
 * reasons.in believes it says. */
Test(lang, reasons_of_the_system)
{
	static const int numbers[] = {
		ENOENT,       EACCES,        EPERM,        EEXIST,     ENOTDIR,   EISDIR,
		ENOTEMPTY,    ENAMETOOLONG,  ELOOP,        EROFS,      ENOSPC,    EDQUOT,
		EFBIG,        EIO,           ENOMEM,       EMFILE,     ENFILE,    EAGAIN,
		EBUSY,        EINVAL,        EXDEV,        ENXIO,      ESTALE,    ENOLCK,
		EADDRINUSE,   EADDRNOTAVAIL, ECONNREFUSED, ECONNRESET, ETIMEDOUT, ENETUNREACH,
		EHOSTUNREACH,
	};
	struct err e = { 0 };

	cr_assert_eq(lang_init("vi", LOCALE_DIR, &e), 0);
	for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
		cr_assert_neq(lang_tr(strerror(numbers[i])), strerror(numbers[i]), "%s",
			      strerror(numbers[i]));
}

/* Help is read in columns, whatever bytes the letters take. */
Test(lang, help_lines_up)
{
	static const struct opt rows[] = {
		{ "x", OPT_TEXT, NULL, 0, 0, N_("FILE"), N_("out of memory"), false, false },
		{ "y", OPT_TEXT, NULL, 0, 0, "abcdef", N_("out of memory"), false, false },
		{ "z", OPT_FLAG, NULL, 0, 0, NULL, NULL, false, false },
	};
	char text[512] = "";
	FILE *to = fmemopen(text, sizeof(text), "w");
	struct err e = { 0 };

	cr_assert_eq(lang_init("vi", LOCALE_DIR, &e), 0);
	opt_help(rows, ARRAY_LEN(rows), to);
	fclose(to);
	cr_assert_str_eq(text, "  --x TỆP     máy không đủ bộ nhớ\n"
			       "  --y abcdef  máy không đủ bộ nhớ\n"
			       "  --z         \n");
}

static const char *printed(enum text_lang lang)
{
	static char long_text[3000];
	FILE *to = fmemopen(said, sizeof(said), "w");

	memset(long_text, 'a', sizeof(long_text) - 1);
	lang_use(lang);
	lang_print(to, "%zu sheets, %lld and %d, %s%%, %3d|%08llx|%-4s|%.*s|%s", (size_t)10377,
		   1336LL, -1000, "81,46", 7, 255ULL, "x", 2, "xyz", long_text);
	fclose(to);
	return said;
}

Test(lang, numbers_of_texts_are_grouped_in_the_readers_way)
{
	static const char
		vi[] = "10.377 sheets, 1.336 and -1.000, 81,46%,   7|000000ff|x   |xy|aaa",
		en[] = "10,377 sheets, 1,336 and -1,000, 81,46%,   7|000000ff|x   |xy|aaa";

	cr_assert_eq(strncmp(printed(TEXT_VI), vi, strlen(vi)), 0, "%.99s", said);
	cr_assert_eq(strncmp(printed(TEXT_EN), en, strlen(en)), 0, "%.99s", said);
	cr_assert_eq(strlen(said), strlen(en) - 3 + 2999, "a long argument stays whole");
}

/* The catalogue itself is well-formed text with precomposed letters, as everything that is compared. */
Test(lang, catalogue_is_nfc)
{
	static char text[1 << 20], nfc[1 << 20];
	FILE *f = fopen(CATALOGUE, "rb");
	size_t len, nfc_len = 0;
	struct err e = { 0 };

	cr_assert_not_null(f);
	len = fread(text, 1, sizeof(text), f);
	fclose(f);
	cr_assert(len > 20000 && len < sizeof(text));
	cr_assert(text_valid(span_of(text, len), NULL));
	cr_assert_eq(text_nfc(nfc, sizeof(nfc), &nfc_len, span_of(text, len), &e), 0, "%s", e.msg);
	cr_assert(span_eq(span_of(text, len), span_of(nfc, nfc_len)));
}
