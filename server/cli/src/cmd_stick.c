/* What comes by stick: bundles, and requests to enrol. */
#include "cmd_stick.h"

#include "show.h"
#include "stick_desk.h"

#include "proto/file.h"

#include <stdlib.h>
#include <unistd.h>

/* ---- files out ---- */

int cli_give(struct cli *c, const char *path, struct span file, bool secret)
{
	const char *slash = strrchr(path, '/');
	const char *dir = !slash ? "."
			  : slash == path
				  ? "/"
				  : arena_printf(c->arena, "%.*s", (int)(slash - path), path);

	if (c->made) {
		buf_bytes(c->made, file);
		return c->made->failed ? err_set(&c->err, ERR_NOMEM, "out of memory") : 0;
	}
	if (!dir)
		return err_set(&c->err, ERR_NOMEM, "out of memory");
	if (secret && !access(path, F_OK))
		return err_set(&c->err, ERR_EXISTS, "%s is there already; it is not written over",
			       path);
	return store_dir_put(dir, slash ? slash + 1 : path, file, secret ? 0600 : 0644, &c->err);
}

static int need_answer(struct cli *c, const char *command)
{
	return options.answer ? 0
			      : cli_misused(c, err_set(&c->err, ERR_INVALID,
						       "%s needs --answer FILE", command));
}

/* With what a server has that runs, or else what it would have. */
static int run_job(struct cli *c, struct job **j)
{
	struct stick_desk desk;
	int rc;

	if (c->sticks && c->enroller)
		return stick_run(c, NULL, j);
	rc = stick_desk_open(&desk, c);
	if (!rc)
		rc = stick_run(c, &desk, j);
	stick_desk_close(&desk);
	return rc;
}

/* ---- bundle ---- */

static const char *said_words(enum wire_code code)
{
	return code == WIRE_NEW_EPOCH
		       ? _("the device was restored from a copy: with this answer it begins anew, and a person there decides about what it held")
	       : code == WIRE_SUSPENDED
		       ? _("nothing was taken: two computers say they are this device; `ketnapd devices` shows it")
	       : code == WIRE_RECOVERING
		       ? _("what changes a month and what was told behind it waits at the device until `ketnapd restore --end`")
		       : NULL;
}

static int show_bundle(struct cli *c, const struct job_stick *s)
{
	const char *device = arena_printf(c->arena, "%016llx", (unsigned long long)s->device);
	const char *words = said_words(s->said);
	struct device_row row;
	const struct unit *u = NULL;

	if (!ledger_device(c->store.ledger, s->device, &row, NULL))
		u = tree_get(ledger_tree(c->store.ledger), row.unit);
	if (c->json)
		return show_json(c, json_pack("{s:s, s:s, s:I, s:I, s:I, s:I, s:s, s:s}", "device",
					      device, "unit", u ? u->code : "", "accepted",
					      (json_int_t)s->accepted, "late", (json_int_t)s->late,
					      "refused", (json_int_t)s->refused, "not_now",
					      (json_int_t)s->not_now, "said",
					      s->said ? wire_code_name(s->said) : "", "answer",
					      options.answer));
	lang_print(
		c->out,
		_("bundle of device %s of %s: accepted %zu, late %zu, refused %zu; the answer is in %s\n"),
		device, u ? u->code : "?", s->accepted, s->late, s->refused, options.answer);
	if (words)
		fprintf(c->out, "%s\n", words);
	return 0;
}

static int bundle_failed(struct cli *c, const struct job *j)
{
	if (j->code == WIRE_BUNDLE_INVALID) {
		c->err = j->err;
		return err_wrap(&c->err, -(int)j->err.code, "nothing of the bundle was taken");
	}
	return err_set(
		&c->err, ERR_BUSY,
		"nothing of the bundle was taken: the server cannot do it now (%s); try again later",
		wire_code_name(j->stick.said ? j->stick.said : j->code));
}

int cmd_bundle(struct cli *c, int argc, char **argv)
{
	struct job *j = job_new(JOB_BUNDLE, 0, (struct moment){ .wall_ms = 0 });
	uint8_t *file = NULL;
	size_t len = 0;
	int rc = j ? need_answer(c, "bundle") : err_set(&c->err, ERR_NOMEM, "out of memory");

	(void)argc;
	if (!rc)
		rc = cli_file(c, &file, &len, argv[1], WIRE_FILE_MAX);
	if (!rc) {
		j->stick.file = span_of(file, len);
		rc = run_job(c, &j);
	}
	if (!rc && j->code)
		rc = bundle_failed(c, j);
	if (!rc)
		rc = cli_give(c, options.answer, j->stick.answer, false);
	if (!rc)
		rc = show_bundle(c, &j->stick);
	job_free(j);
	free(file);
	return rc;
}

/* ---- enroll --request ---- */

/* The request's own bytes bind the proofs, in the place of a connection. */
static int read_request(struct cli *c, struct job *j, struct span file)
{
	struct wire_proved p;
	struct file_head h;
	struct span content;
	int rc = file_read(&h, &content, NULL, file, &c->err);

	if (!rc && h.kind != FILE_ENROL)
		rc = err_set(&c->err, ERR_INVALID, "this file is no request to enrol");
	if (!rc)
		rc = wire_decode(&p, FRAME_ENROL, content, j->a, &c->err);
	if (rc)
		return rc;
	j->enrol.request = p.message;
	j->enrol.proof = p.proof;
	j->enrol.binding = hash_bytes(p.message);
	j->enrol.by_stick = true;
	return 0;
}

static int enrol_failed(struct cli *c, const struct job *j)
{
	switch (j->code) {
	case WIRE_ENROL_REFUSED:
		return err_set(
			&c->err, ERR_DENIED,
			"the code is not known, was used, has expired, or was mistyped; nothing was enrolled");
	case WIRE_ENROL_LATER:
		return err_set(&c->err, ERR_BUSY, "too many wrong codes; try again in %u seconds",
			       (j->enrol.wait_ms + 999) / 1000);
	case WIRE_CSR_INVALID:
	case WIRE_MALFORMED:
		return err_set(&c->err, ERR_PROTO, "the request does not hold what it should");
	case WIRE_VERSION_NONE:
		return err_set(&c->err, ERR_VERSION,
			       "the request speaks another version of the protocol");
	default:
		return err_set(&c->err, ERR_BUSY, "the server could not do it now (%s)",
			       wire_code_name(j->code));
	}
}

static int write_enrolled(struct cli *c, const struct job *j)
{
	struct file_head h = { .kind = FILE_ENROL_ACK, .about = j->enrol.binding };
	struct wire_proved p = { .message = j->enrol.answer, .proof = j->enrol.answer_proof };
	struct buf content, file;
	int rc;

	buf_init(&content, FRAME_MEDIUM_MAX);
	buf_init(&file, WIRE_FILE_MAX);
	rc = wire_encode(&content, FRAME_ENROL_ACK, &p, j->a, &c->err);
	if (!rc)
		rc = file_write(&file, &h, buf_span(&content), &c->err);
	buf_bytes(&file, buf_span(&j->enrol.log));
	if (!rc && file.failed)
		rc = err_set(&c->err, ERR_NOMEM, "out of memory");
	if (!rc)
		rc = cli_give(c, options.answer, buf_span(&file), false);
	buf_fini(&content);
	buf_fini(&file);
	return rc;
}

static int show_enrolled(struct cli *c, const struct job *j)
{
	struct wire_enrol_answer t;
	const struct unit *u;
	const char *device;
	int rc = wire_decode(&t, WIRE_ENROL_ANSWER, j->enrol.answer, j->a, &c->err);

	if (rc)
		return rc;
	u = tree_get(ledger_tree(c->store.ledger), t.unit);
	device = arena_printf(c->arena, "%016llx", (unsigned long long)t.device);
	if (c->json)
		return show_json(c,
				 json_pack("{s:s, s:s, s:I, s:s, s:b}", "device", device, "unit",
					   u ? u->code : "", "person", (json_int_t)t.person,
					   "answer", options.answer, "log", j->enrol.log.len > 0));
	fprintf(c->out, _("device %s of %s is enrolled; the answer is in %s\n"), device,
		u ? u->code : "?", options.answer);
	if (!j->enrol.log.len)
		fprintf(c->out,
			_("forms and targets could not be put with it: they come with the answer to its first bundle\n"));
	return 0;
}

int enroll_by_stick(struct cli *c)
{
	struct job *j = job_new(JOB_ENROL, 0, (struct moment){ .wall_ms = 0 });
	uint8_t *file = NULL;
	size_t len = 0;
	int rc = j ? need_answer(c, "enroll --request")
		   : err_set(&c->err, ERR_NOMEM, "out of memory");

	if (!rc)
		rc = cli_file(c, &file, &len, options.request, 1 << 16);
	if (!rc)
		rc = read_request(c, j, span_of(file, len));
	if (!rc)
		rc = run_job(c, &j);
	if (!rc && j->code)
		rc = enrol_failed(c, j);
	if (!rc)
		rc = write_enrolled(c, j);
	if (!rc)
		rc = show_enrolled(c, j);
	job_free(j);
	free(file);
	return rc;
}
