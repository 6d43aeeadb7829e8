/* export and import: what goes and comes by stick. */
#include "carried_show.h"
#include "enrol_file.h"
#include "keys_dir.h"
#include "online.h"
#include "stick_desk.h"

#include "crypto/random.h"
#include "proto/file.h"

/* ---- export ---- */

static int certificate(struct cli *c, struct buf *der)
{
	struct buf pem;
	int rc;

	buf_init(&pem, CERT_PEM_MAX);
	rc = device_dir_read(&c->dir, "device.pem", &pem, &c->err);
	if (!rc)
		rc = cert_pem_load(der, CERT_PEM_CERTIFICATE, buf_span(&pem), &c->err);
	buf_fini(&pem);
	return rc;
}

int stick_make(struct cli *c, struct buf *file, struct bundle_made *made)
{
	struct bundle_how how = { .now_ms = cli_now(c) };
	struct keyring *keys = NULL;
	struct device_keys k;
	struct buf der;
	int rc = device_dir_keys(&c->dir, &k, &c->err);

	if (rc)
		return rc;
	buf_init(&der, CERT_BYTES_MAX);
	rc = certificate(c, &der);
	if (!rc)
		rc = crypto_random(how.random, sizeof(how.random), &c->err);
	how.key = k.key;
	how.certificate = buf_span(&der);
	memcpy(how.nonce, k.nonce, sizeof(how.nonce));
	if (!rc)
		rc = keys_dir_open_some(c, &keys);
	how.keys = keys;
	if (!rc)
		rc = stick_bundle(file, made, c->client, &how, &c->err);
	keyring_free(keys);
	bytes_wipe(how.random, sizeof(how.random));
	buf_fini(&der);
	device_keys_fini(&k);
	return rc;
}

static int show_bundle(struct cli *c, const char *path, const struct bundle_made *made)
{
	char id[HASH_HEX_MAX];

	if (c->json)
		return show_json(c, json_pack("{s:s, s:s, s:I, s:b}", "file", path, "bundle",
					      hex_encode(id, made->id.b, HASH_BYTES), "ops",
					      (json_int_t)made->count, "more", made->more));
	if (made->count)
		lang_print(
			c->out,
			_("%s: %zu signed sheets, sealed for the server; they stay queued here until its answer comes back\n"),
			path, made->count);
	else
		fprintf(c->out,
			_("%s: nothing is queued; the answer to it will bring what is new\n"),
			path);
	if (made->more)
		fprintf(c->out, _("not all went in: export the rest once this one is answered\n"));
	return 0;
}

static int export_own(struct cli *c, const char *path)
{
	struct bundle_made made;
	struct buf file;
	int rc;

	buf_init(&file, WIRE_FILE_MAX);
	rc = stick_make(c, &file, &made);
	if (!rc)
		rc = whole_write(path, buf_span(&file), false, &c->err);
	buf_fini(&file);
	return rc ? rc : show_bundle(c, path, &made);
}

static int export_answer(struct cli *c, const char *path)
{
	const char *device;
	struct carried k;
	struct buf file;
	int rc = carried_pick(c, options.answer_for, &k);

	if (rc)
		return rc;
	buf_init(&file, WIRE_FILE_MAX);
	rc = carried_answer(c->client, &k, &file, &c->err);
	if (!rc)
		rc = whole_write(path, buf_span(&file), false, &c->err);
	buf_fini(&file);
	if (rc)
		return rc;
	device = device_text(c, k.device);
	if (c->json)
		return show_json(c, json_pack("{s:s, s:s, s:s}", "file", path, "device", device,
					      "unit", unit_of_device(c, k.device)));
	fprintf(c->out, _("%s: the answer for device %s of %s; `ketnap import` takes it there\n"),
		path, device, unit_of_device(c, k.device));
	return 0;
}

int cmd_export(struct cli *c, int argc, char **argv)
{
	(void)argc;
	return options.answer_for ? export_answer(c, argv[1]) : export_own(c, argv[1]);
}

/* ---- import ---- */

static int open_device(struct cli *c)
{
	int rc = device_dir_open(&c->dir, options.data, &c->err);

	c->client = c->dir.client;
	if (!rc && !c->json)
		mark_print(c->out, device_mark(c));
	return rc;
}

static int show_answer(struct cli *c, const struct sync_result *r, bool ok)
{
	const struct client_state *st = client_state(c->client);

	if (c->json)
		return show_json(
			c,
			json_pack(
				"{s:s, s:b, s:I, s:I, s:I, s:I, s:I, s:I, s:s, s:s?, s:b, s:s, s:s}",
				"kind", "answer", "ok", ok, "acked", (json_int_t)r->acked,
				"refused", (json_int_t)r->refused, "late", (json_int_t)r->late,
				"pulled", (json_int_t)r->pulled, "not_now", (json_int_t)r->not_now,
				"set_aside", (json_int_t)r->set_aside, "end", sync_end_name(r->end),
				"why", r->why ? wire_code_name(r->why) : NULL, "new_epoch",
				r->new_epoch, "halt", client_halt_name(st->halt), "trouble",
				feed_trouble_name(st->trouble)));
	lang_print(
		c->out,
		_("the answer is taken in: confirmed %llu, late %llu, refused %llu; brought %llu\n"),
		(unsigned long long)r->acked, (unsigned long long)r->late,
		(unsigned long long)r->refused, (unsigned long long)r->pulled);
	if (r->refused)
		fprintf(c->out, _("`ketnap status` says what was refused, and why\n"));
	if (r->set_aside)
		lang_print(c->out,
			   _("%llu entries of before the copy was restored wait for a decision: "
			     "`ketnap aside`\n"),
			   (unsigned long long)r->set_aside);
	return 0;
}

int stick_take(struct cli *c, struct span file, struct sync_result *out)
{
	struct sync_now now = { .mono_ms = (uint64_t)clock_now_ms(&c->clocks.steady),
				.wall_ms = cli_now(c) };
	struct keyring *keys = NULL;
	struct device_keys k;
	int rc = device_dir_keys(&c->dir, &k, &c->err);

	if (rc)
		return rc;
	rc = keys_dir_open_some(c, &keys);
	if (!rc)
		rc = stick_answered_keys(out, c->client, keys, file, &k.seal, now, &c->err);
	keyring_free(keys);
	device_keys_fini(&k);
	return rc;
}

static int import_answer(struct cli *c, struct span file)
{
	struct sync_result r;
	struct err why = { 0 };
	int rc = open_device(c), shown;

	if (!rc)
		rc = stick_take(c, file, &r);
	if (rc)
		return rc;
	rc = contact_words(&r, client_state(c->client), &why);
	shown = show_answer(c, &r, !rc);
	if (rc)
		c->err = why;
	return rc ? rc : shown;
}

static int import_bundle(struct cli *c, struct span file)
{
	struct carried k;
	char id[HASH_HEX_MAX];
	int rc = open_device(c);

	if (!rc)
		rc = carried_take(c->client, file, cli_now(c), &k, &c->err);
	if (rc)
		return rc;
	if (c->json)
		return show_json(c, json_pack("{s:s, s:s, s:s, s:s, s:s}", "kind", "bundle",
					      "bundle", hex_encode(id, k.id.b, HASH_BYTES),
					      "device", device_text(c, k.device), "unit",
					      unit_of_device(c, k.device), "state",
					      carried_state_name(k.state)));
	if (k.state == CARRIED_WAITING && device_is_unknown(c, k.device))
		fprintf(c->out,
			_("the bundle of device %s is kept, but that device is not known here: the server takes it from a unit above its own only. When `ketnap status` does not name its unit after a sync, hand the bundle to the unit above it\n"),
			device_text(c, k.device));
	else if (k.state == CARRIED_WAITING)
		fprintf(c->out,
			_("the bundle of device %s of %s is kept; the next `ketnap sync` carries it to the server\n"),
			device_text(c, k.device), unit_of_device(c, k.device));
	else
		show_carried_line(c, &k);
	return 0;
}

static int import_kind(struct cli *c, enum file_kind kind, struct span file)
{
	switch (kind) {
	case FILE_ANSWER:
		return import_answer(c, file);
	case FILE_BUNDLE:
		return import_bundle(c, file);
	case FILE_ENROL:
		return err_set(
			&c->err, ERR_INVALID,
			"this is a request to enrol: the server takes it, by `ketnapd enroll --request`");
	default:
		return err_set(&c->err, ERR_INVALID,
			       "this is a receipt: `ketnap receipt --check` reads it");
	}
}

static int import_file(struct cli *c, const char *path, struct span file)
{
	struct file_head h, behind;
	struct span content, rest, first = file_first(file, &rest);
	int rc = file_read(&h, &content, NULL, first, &c->err);

	if (!rc && rest.len && h.kind == FILE_ENROL_ACK)
		rc = file_read(&behind, &content, NULL, rest, &c->err);
	else if (!rc && rest.len)
		rc = file_read(&h, &content, NULL, file, &c->err); /* nothing stands behind these */
	if (rc)
		return err_wrap(&c->err, rc, "%s", path);
	return h.kind == FILE_ENROL_ACK ? import_enrolment(c, &h.about, first, rest)
					: import_kind(c, h.kind, file);
}

int cmd_import(struct cli *c, int argc, char **argv)
{
	struct buf file;
	int rc;

	(void)argc;
	if (!options.data)
		return cli_usage(c, _("%s needs --data DIR"), argv[0]);
	buf_init(&file, WIRE_FILE_MAX);
	rc = whole_read(&file, argv[1], WIRE_FILE_MAX, &c->err);
	if (!rc)
		rc = import_file(c, argv[1], buf_span(&file));
	buf_fini(&file);
	return rc;
}
