#include "base/log.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char seen[8192];

/* What `act` writes to stderr. */
static const char *caught(void (*act)(void))
{
	FILE *real = stderr, *to = tmpfile();
	size_t len;

	stderr = to;
	act();
	stderr = real;
	rewind(to);
	len = fread(seen, 1, sizeof(seen) - 1, to);
	seen[len] = '\0';
	fclose(to);
	return seen;
}

static void say_all(void)
{
	log_error("a=%d", 1);
	log_warn("a=2");
	log_info("a=%s", "3");
	log_debug("a=4");
}

Test(log, levels)
{
	cr_assert_str_eq(caught(say_all), "level=error a=1\nlevel=warn a=2\nlevel=info a=3\n");
	log_set_level(LOG_ERROR);
	cr_assert_str_eq(caught(say_all), "level=error a=1\n");
	log_set_level(LOG_DEBUG);
	cr_assert_not_null(strstr(caught(say_all), "level=debug a=4\n"));
}

static void say_lines(void)
{
	char text[6001];

	log_info("x=%s", "one\ntwo\r\x1b[0m");
	for (size_t i = 0; i < 6000; i += 3)
		memcpy(text + i, "ệ", 3);
	text[6000] = '\0';
	log_info("%s", text);
}

Test(log, an_event_is_one_line)
{
	const char *text = caught(say_lines), *end = strchr(text, '\n');

	cr_assert_not_null(end);
	cr_assert_eq(strncmp(text, "level=info x=one two  [0m\n", 26), 0, "%s", text);
	cr_assert_str_eq(strchr(end + 1, '\n'), "\n");
	cr_assert_eq((strlen(end + 1) - strlen("level=info \n")) % 3, 0u, "cut between characters");
}

Test(log, level_names)
{
	enum log_level level = LOG_ERROR;
	struct err e = { 0 };

	cr_assert_eq(log_level_parse(&level, "debug", &e), 0);
	cr_assert_eq(level, LOG_DEBUG);
	cr_assert_eq(log_level_parse(&level, "loud", &e), -ERR_INVALID);
	cr_assert_not_null(strstr(e.msg, "loud"));
	cr_assert_eq(level, LOG_DEBUG);
}

Test(log, escape)
{
	char out[64];

	cr_assert_str_eq(log_escape(out, sizeof(out), "a b\n\"\\\x7f\xff", 8),
			 "\"a b\\x0A\\\"\\\\\\x7F\\xFF\"");
	cr_assert_str_eq(log_escape(out, sizeof(out), "đ\xc2\x9b\0", 5), "\"đ\\xC2\\x9B\\x00\"");
	cr_assert_str_eq(log_escape(out, sizeof(out), NULL, 0), "\"\"");
	for (size_t room = 0; room < 40; room++) {
		memset(out, 'Z', sizeof(out));
		log_escape(out, room, "aệ\n\n\"ệ\xff\xff", 12);
		cr_assert_eq(out[room], 'Z', "%zu", room);
		cr_assert(!room || strlen(out) < room);
		cr_assert(room < 3 || out[strlen(out) - 1] == '"');
	}
}
