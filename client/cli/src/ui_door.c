#include "ui_door.h"

#include "crypto/password.h"
#include "crypto/random.h"
#include "report/names.h"

#include <stdlib.h>

struct ui_person {
	char path[PATH_BYTES];
	char name[NAME_MAX_BYTES + 1], unit[NAME_MAX_BYTES + 1];
	char hash[PASSWORD_TEXT_MAX]; /* "" without a password */
};

struct ui_door {
	struct cli *c;
	struct ui_person *people;
	size_t count, who; /* who: whose device is open, when one is */
	bool busy;
	struct web_door web;
};

static const char file[] = "sign-in";

/* ---- who there is ---- */

static int read_hash(struct ui_person *p, struct err *e)
{
	char path[PATH_BYTES];
	struct buf text;
	int rc = path_join(path, p->path, file, e);

	if (rc)
		return rc;
	buf_init(&text, PASSWORD_TEXT_MAX - 1);
	rc = whole_read(&text, path, PASSWORD_TEXT_MAX - 1, e);
	if (!rc)
		snprintf(p->hash, sizeof(p->hash), "%.*s", (int)text.len, (const char *)text.data);
	if (rc == -ERR_NOTFOUND) {
		err_clear(e);
		rc = 0;
	}
	buf_fini(&text);
	return rc;
}

/* By the device's own part of the log; before the first contact it knows no names yet. */
static void read_names(struct ui_person *p, struct client *c)
{
	const struct identity *id = client_identity(c);
	struct err ignored = { 0 };

	if (client_person_name(c, p->name, &ignored))
		p->name[0] = 0;
	snprintf(p->unit, sizeof(p->unit), "%s",
		 unit_name_of(client_base(c), id->unit,
			      ledger_info(client_base(c)).time_ms
				      ? day_of_instant(ledger_info(client_base(c)).time_ms)
				      : 0,
			      UINT64_MAX));
}

static int add(struct ui_door *d, const char *path, struct err *e)
{
	struct device_dir dir = { .path = NULL };
	struct ui_person *p = &d->people[d->count];
	struct err why = { 0 };
	const char *slash = strrchr(path, '/');
	int rc;

	snprintf(p->path, sizeof(p->path), "%s", path);
	rc = read_hash(p, e);
	if (rc)
		return rc;
	/* Somebody else may have it open now: then the folder's name has to do. */
	if (!device_dir_open(&dir, p->path, &why))
		read_names(p, dir.client);
	device_dir_close(&dir);
	if (!p->name[0])
		snprintf(p->name, sizeof(p->name), "%.*s", NAME_MAX_BYTES,
			 slash ? slash + 1 : path);
	d->count++;
	return 0;
}

struct looking {
	struct ui_door *d;
	struct err *e;
	size_t names; /* whatever they are */
};

static int each_folder(void *ctx, const char *name)
{
	struct looking *l = ctx;
	char path[PATH_BYTES], version[PATH_BYTES];
	int rc = path_join(path, options.data, name, l->e);

	l->names++;
	if (!rc)
		rc = path_join(version, path, "VERSION", l->e);
	if (rc || !path_there(version))
		return rc;
	if (l->d->count == WEB_PEOPLE_MAX)
		return err_set(l->e, ERR_RANGE, "%s: more than %d people at one computer",
			       options.data, WEB_PEOPLE_MAX);
	return add(l->d, path, l->e);
}

static int find_people(struct ui_door *d, struct err *e)
{
	struct looking l = { d, e, 0 };
	char version[PATH_BYTES], begun[PATH_BYTES];
	int rc = path_join(version, options.data, "VERSION", e);

	if (!rc)
		rc = path_join(begun, options.data, "device.key", e);

	if (rc)
		return rc;
	if (path_there(version)) {
		d->count = 1;
		snprintf(d->people[0].path, sizeof(d->people[0].path), "%s", options.data);
		return read_hash(&d->people[0], e);
	}
	if (path_there(options.data))
		rc = folder_each(options.data, each_folder, &l, e);
	/* A folder of something else is not for enrolling: opening it says what it is not. */
	if (!rc && !d->count && l.names && !path_there(begun))
		rc = device_dir_open(&d->c->dir, options.data, e);
	return rc;
}

/* ---- what the pages ask ---- */

static void who(void *ctx, size_t i, const char **name, const char **unit, bool *password)
{
	struct ui_door *d = ctx;
	const struct ui_person *p = &d->people[i];

	*name = p->name;
	*unit = p->unit;
	*password = p->hash[0] != 0;
}

static int open_device(struct ui_door *d, size_t i, struct err *e)
{
	struct cli *c = d->c;
	int rc = device_dir_open(&c->dir, d->people[i].path, e);

	c->client = rc ? NULL : c->dir.client;
	if (rc) {
		device_dir_close(&c->dir);
		return rc;
	}
	cli_holidays(c);
	d->who = i;
	read_names(&d->people[i], c->client);
	return 0;
}

static int enter(void *ctx, size_t i, const char *password, struct client **out, struct err *e)
{
	struct ui_door *d = ctx;
	struct cli *c = d->c;
	const struct ui_person *p = &d->people[i];
	int rc = p->hash[0] ? password_check(p->hash, span_str(password), e) : 0;

	if (rc == -ERR_DENIED)
		return err_set(e, ERR_DENIED, "this is not the password");
	if (!rc && c->client && d->who == i) { /* the same person comes back */
		*out = c->client;
		return 0;
	}
	if (!rc && d->busy)
		rc = err_set(e, ERR_BUSY, "sending and receiving goes on; wait until it is over");
	if (rc)
		return rc;
	if (c->client) {
		device_dir_close(&c->dir);
		c->dir = (struct device_dir){ .path = NULL };
		*out = c->client = NULL;
	}
	rc = open_device(d, i, e);
	*out = c->client;
	return rc;
}

static int change(void *ctx, const char *old, const char *new, struct err *e)
{
	struct ui_door *d = ctx;
	struct ui_person *p = &d->people[d->who];
	uint8_t salt[PASSWORD_SALT_BYTES];
	char hash[PASSWORD_TEXT_MAX];
	int rc = p->hash[0] ? password_check(p->hash, span_str(old), e) : 0;

	if (rc == -ERR_DENIED)
		return err_set(e, ERR_DENIED, "this is not the password");
	if (!rc)
		rc = crypto_random(salt, sizeof(salt), e);
	if (!rc)
		rc = password_hash(hash, span_str(new), salt, password_cost_default, e);
	if (!rc)
		rc = device_dir_write(&d->c->dir, file, span_str(hash), true, e);
	if (!rc)
		memcpy(p->hash, hash, sizeof(p->hash));
	return rc;
}

/* ---- its life ---- */

int ui_door_new(struct ui_door **out, struct cli *c, struct err *e)
{
	struct ui_door *d = calloc(1, sizeof(*d));
	int rc = 0;

	*out = d;
	if (d)
		d->people = calloc(WEB_PEOPLE_MAX, sizeof(*d->people));
	if (!d || !d->people)
		return err_set(e, ERR_NOMEM, "no memory for the pages");
	d->c = c;
	d->web = (struct web_door){ .ctx = d, .who = who, .enter = enter, .change = change };
	rc = find_people(d, e);
	if (!rc && d->count == 1)
		rc = open_device(d, 0, e);
	d->web.count = d->count;
	return rc;
}

int ui_door_enrolled(struct ui_door *d, struct err *e)
{
	struct cli *c = d->c;
	int rc;

	device_dir_close(&c->dir);
	c->dir = (struct device_dir){ .path = NULL };
	c->client = NULL;
	rc = find_people(d, e);
	if (!rc)
		rc = open_device(d, 0, e);
	d->web.count = d->count;
	return rc;
}

void ui_door_free(struct ui_door *d)
{
	if (!d)
		return;
	free(d->people);
	free(d);
}

const struct web_door *ui_door_web(const struct ui_door *d)
{
	return &d->web;
}

void ui_door_busy(struct ui_door *d, bool busy)
{
	d->busy = busy;
}
