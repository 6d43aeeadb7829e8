#include "store_course.h"

#include "ledger/feed.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

enum { COURSE_TEXT_MAX = 160 };
static const char course_name[] = "course";

struct course {
	uint64_t size; /* of the log that was had */
	struct hash root;
	uint64_t sure; /* 0: all of it */
};

/* A number and what ends it; false where there is none, or more than 64 bits of it. */
static bool take_number(const char **at, uint64_t *out, char end)
{
	char *behind;

	if (**at < '0' || **at > '9')
		return false;
	errno = 0;
	*out = strtoull(*at, &behind, 10);
	*at = behind + 1;
	return !errno && *behind == end;
}

static bool course_parse(struct course *c, const char *text)
{
	const char *at = text;
	struct course got;

	if (!take_number(&at, &got.size, ' ') || strlen(at) <= (size_t)2 * HASH_BYTES ||
	    !hex_decode(got.root.b, HASH_BYTES, span_of(at, (size_t)2 * HASH_BYTES)) ||
	    at[2 * HASH_BYTES] != ' ')
		return false;
	at += 2 * HASH_BYTES + 1;
	if (!take_number(&at, &got.sure, '\n'))
		return false;
	*c = got; /* nothing of one that is cut or changed */
	return true;
}

/* False where there is none, or none that can be read. */
static bool course_read(struct course *c, const struct store_dir *s)
{
	char path[STORE_PATH_MAX], text[COURSE_TEXT_MAX + 1];
	uint8_t *bytes = NULL;
	size_t len;

	if (store_dir_path(path, s->path, course_name, NULL) ||
	    path_read(&bytes, &len, path, COURSE_TEXT_MAX, NULL))
		return false;
	memcpy(text, bytes, len);
	text[len] = 0;
	free(bytes);
	return course_parse(c, text);
}

static int course_write(const struct course *c, const struct store_dir *s, struct err *e)
{
	char text[COURSE_TEXT_MAX], hex[HASH_HEX_MAX];

	snprintf(text, sizeof(text), "%llu %s %llu\n", (unsigned long long)c->size,
		 hex_encode(hex, c->root.b, HASH_BYTES), (unsigned long long)c->sure);
	return store_dir_put(s->path, course_name, span_str(text), 0600, e);
}

static int course_of_log(struct course *c, const struct store_dir *s, struct err *e)
{
	c->size = ledger_info(s->ledger).lsn;
	return ledger_root_at(s->ledger, c->size, &c->root, e);
}

static int is_older(bool *older, const struct course *c, const struct store_dir *s, struct err *e)
{
	struct hash root;
	int rc = 0;

	*older = c->size > ledger_info(s->ledger).lsn;
	if (!*older) {
		rc = ledger_root_at(s->ledger, c->size, &root, e);
		*older = !rc && !hash_eq(&root, &c->root);
	}
	return rc;
}

int course_check(const struct store_dir *s, bool *older, struct err *e)
{
	uint64_t lsn = ledger_info(s->ledger).lsn;
	struct course c;
	int rc;

	*older = false;
	if (!course_read(&c, s)) {
		rc = course_of_log(&c, s, e);
		c.sure = lsn;
		return rc ? rc : course_write(&c, s, e);
	}
	rc = is_older(older, &c, s, e);
	if (rc || !*older || (c.sure && c.sure <= lsn))
		return rc;
	c.sure = lsn; /* what was had is kept: until somebody declares, it is older */
	return course_write(&c, s, e);
}

int course_note(const struct store_dir *s, struct err *e)
{
	struct course c = { .sure = 0 }, now;
	bool older = false;
	int rc = course_read(&c, s) ? is_older(&older, &c, s, e) : 0;

	if (!rc && !older)
		rc = course_of_log(&now, s, e);
	if (rc || older || (now.size == c.size && hash_eq(&now.root, &c.root)))
		return rc;
	now.sure = c.sure;
	return course_write(&now, s, e);
}

uint64_t course_sure(const struct store_dir *s)
{
	struct course c;

	return course_read(&c, s) ? c.sure : 0;
}

int course_declared(const struct store_dir *s, struct err *e)
{
	struct course c = { .sure = 0 };
	int rc = course_of_log(&c, s, e);

	return rc ? rc : course_write(&c, s, e);
}
