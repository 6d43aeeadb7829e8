#include "stick_desk.h"

#include "keys_dir.h"

#include "devices_show.h"

#include "base/version.h"
#include "server/writer.h"

#include <stdlib.h>

void stick_mark_key(uint8_t out[32], const struct store_dir *s)
{
	struct hash marks = hmac_sha256(span_of(s->log_key.secret, 32),
					SPAN_LIT("ketnap marks v1"));

	memcpy(out, marks.b, 32);
}

static void find_address(struct stick_desk *d, struct cli *c)
{
	char path[STORE_PATH_MAX];
	uint8_t *text = NULL;
	size_t len = 0;

	if (options.address)
		snprintf(d->address, sizeof(d->address), "%s", options.address);
	else if (!store_dir_path(path, c->store.path, "address", NULL) &&
		 !path_read(&text, &len, path, sizeof(d->address) - 1, NULL))
		snprintf(d->address, sizeof(d->address), "%.*s", (int)len, (const char *)text);
	free(text);
}

static int open_keys(struct stick_desk *d, struct cli *c)
{
	const char *dir = c->store.path;
	int rc = server_cert_load(&d->cert, dir, ledger_info(c->store.ledger).store, c->now_ms(),
				  store_dir_known_ms(&c->store), &c->err);

	if (!rc)
		rc = server_ca_key(&d->ca_key, dir, &c->err);
	if (!rc)
		rc = server_seal_key(&d->seal, dir, &c->err);
	if (!rc)
		rc = codes_dir_open(&d->codes, dir, &c->err);
	if (!rc)
		rc = answers_dir_open(&d->answers, dir, &c->err);
	if (!rc)
		rc = devices_new(&d->devices, &c->err);
	return rc;
}

int stick_desk_open(struct stick_desk *d, struct cli *c)
{
	struct enrol_setup enrol = { .random = { NULL, cli_draw } };
	struct sticks_setup sticks = { .random = { NULL, cli_draw },
				       .program = SPAN_LIT("ketnapd " KETNAP_VERSION) };
	int rc;

	memset(d, 0, sizeof(*d));
	rc = open_keys(d, c);
	if (rc)
		return rc;
	find_address(d, c);
	stick_mark_key(d->mark_key, &c->store);
	enrol.ca = sticks.ca = buf_span(&d->cert.ca);
	enrol.ca_key = d->ca_key;
	memcpy(enrol.seal_key, d->seal.public.b, sizeof(enrol.seal_key));
	enrol.address = span_str(d->address);
	enrol.codes = codes_dir_store(d->codes);
	sticks.seal = &d->seal;
	sticks.mark_key = d->mark_key;
	sticks.answers = answers_dir_store(d->answers);
	rc = enroller_new(&d->enroller, &enrol, &c->err);
	if (!rc)
		rc = keys_dir_open(&d->keys, c->store.path, &c->err);
	return rc ? rc : sticks_new(&d->sticks, &sticks, &c->err);
}

void stick_desk_close(struct stick_desk *d)
{
	sticks_free(d->sticks);
	keys_dir_close(d->keys);
	enroller_free(d->enroller);
	devices_free(d->devices);
	answers_dir_close(d->answers);
	codes_dir_close(d->codes);
	seal_key_fini(&d->seal);
	p256_free(d->ca_key);
	server_cert_fini(&d->cert);
	memset(d, 0, sizeof(*d));
}

static struct moment now_of(struct cli *c)
{
	if (c->desk)
		return c->desk->now;
	return (struct moment){ .wall_ms = cli_now(c), .real_ms = c->now_ms() };
}

int stick_run(struct cli *c, const struct stick_desk *d, struct job **j)
{
	struct writer_setup setup = {
		.ledger = c->store.ledger,
		.log_key = &c->store.log_key,
		.enroller = c->enroller ? c->enroller : d->enroller,
		.devices = c->desk ? c->desk->devices : d->devices,
		.sticks = c->sticks ? c->sticks : d->sticks,
		.keys = keys_dir_store(d ? d->keys : c->keys),
	};
	struct moment now = now_of(c);
	size_t forgotten;
	struct writer *w;
	int rc = writer_new(&w, &setup, &c->err);

	if (rc)
		return rc;
	(*j)->at = now;
	writer_put(w, j);
	if (writer_due(w))
		rc = writer_run(w, now, &c->err);
	*j = writer_take(w);
	if (!rc)
		rc = writer_forget(w, &forgotten, &c->err);
	if (!rc && writer_mood(w).behind && c->desk) {
		*c->desk->behind = true; /* the server that runs keeps it, and stops writing */
		if (writer_successor(w))
			memcpy(c->desk->successor, writer_successor(w), 16);
	} else if (!rc && writer_mood(w).behind) {
		rc = store_dir_fell_behind(&c->store, writer_successor(w), &c->err);
	}
	writer_free(w);
	return rc;
}
