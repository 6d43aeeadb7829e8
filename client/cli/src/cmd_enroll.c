/* enroll: a code becomes a device; over the network, or by stick with --request and `import`. */
#include "again.h"
#include "enrol_file.h"
#include "online.h"
#include "show.h"

#include "client/stick.h"
#include "net/addr.h"
#include "proto/file.h"

#include <stdlib.h>

static int read_code(struct cli *c, int argc, char **argv, struct code_key *out)
{
	char text[256] = "";
	struct code code;
	size_t at = 0;
	int rc;

	for (int i = 0; i < argc; i++) { /* typed with blanks between the groups */
		int n = snprintf(text + at, sizeof(text) - at, "%s%s", i ? " " : "", argv[i]);

		if (n < 0 || (size_t)n >= sizeof(text) - at)
			return err_set(&c->err, ERR_INVALID, "the code is too long");
		at += (size_t)n;
	}
	rc = code_parse(&code, NULL, span_str(text), &c->err);
	if (!rc)
		*out = code_key_of(&code);
	bytes_wipe(&code, sizeof(code));
	bytes_wipe(text, sizeof(text));
	return rc;
}

static int show_enrolled(struct cli *c, bool synced)
{
	const struct identity *id = client_identity(c->client);
	char device[20], store[2 * sizeof(id->store) + 1], person[NAME_MAX_BYTES + 1] = "";
	static const char *const roles[] = { "",         "clerk",   "approver",
					     "operator", "auditor", "console" };
	int rc = client_person_name(c->client, person, &c->err);

	if (rc)
		return rc;
	snprintf(device, sizeof(device), "%016llx", (unsigned long long)id->device);
	hex_encode(store, id->store, sizeof(id->store));
	if (c->json)
		return show_json(c, json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:b}", "device",
					      device, "unit", unit_code(c, id->unit), "person",
					      person, "role", roles[id->role], "server",
					      id->address, "store", store, "synced", synced));
	if (synced)
		fprintf(c->out, _("device %s of %s (%s) is enrolled: %s\n"), device,
			unit_name(c, id->unit, day_of_instant(cli_now(c))), unit_code(c, id->unit),
			person);
	else
		fprintf(c->out,
			_("device %s is enrolled; `ketnap sync`, or the answer to `ketnap export`, brings forms and targets\n"),
			device);
	return 0;
}

/* Forms and tree come with the first contact; a line that breaks here spoils nothing. */
static int first_sync(struct cli *c)
{
	struct online o = { .patient = false };
	int rc = online_run(c, &o);

	online_fini(&o);
	if (rc) {
		char text[1024];

		fprintf(stderr, "ketnap: %s\n", lang_err(&c->err, text, sizeof(text)));
		err_clear(&c->err);
	}
	return show_enrolled(c, !rc);
}

static int keep(struct cli *c, struct enrolled *what, const char *address, bool again)
{
	uint64_t aside = 0;
	int rc;

	if (address) /* it has led there; the server's own word may name all its addresses */
		snprintf(what->id.address, sizeof(what->id.address), "%s", address);
	if (again) {
		rc = again_keep(&c->dir, what, &aside, &c->err);
		c->client = c->dir.client;
		if (!rc && aside && !c->json)
			lang_print(
				c->out,
				_("%llu sheets of the device before are not confirmed and wait for a decision: `ketnap aside`\n"),
				(unsigned long long)aside);
		return rc;
	}
	rc = device_dir_keep(&c->dir, what, &c->err);
	if (!rc)
		rc = device_dir_finish(&c->dir, &c->err);
	c->client = c->dir.client;
	return rc;
}

static int enrol_online(struct cli *c, const char *address, const struct code_key *code,
			const struct device_keys *k, bool again)
{
	struct contact how = { .steady = c->clocks.steady,
			       .real = c->clocks.real,
			       .address = address };
	struct p256_public mine = p256_public_of(k->key);
	struct enrolled *what = arena_alloc(c->arena, sizeof(*what));
	struct buf request;
	int rc = what ? 0 : err_set(&c->err, ERR_NOMEM, "no memory to enrol");

	buf_init(&request, ENROL_FILE_MAX);
	if (!rc)
		rc = enrol_request(&request, code, k->key, &k->seal.public, k->nonce, &c->err);
	if (!rc)
		rc = contact_enrol(what, &how, buf_span(&request), code, &mine, &c->err);
	if (!rc)
		rc = keep(c, what, address, again);
	buf_fini(&request);
	return rc;
}

/* By stick the answer is bound to the very bytes of the request: both wait in the folder. */
static int enrol_by_stick(struct cli *c, const struct code_key *code, const struct device_keys *k)
{
	struct buf request, file;
	int rc;

	buf_init(&request, ENROL_FILE_MAX);
	buf_init(&file, ENROL_FILE_MAX);
	rc = enrol_request(&request, code, k->key, &k->seal.public, k->nonce, &c->err);
	if (!rc)
		rc = enrol_file_write(&file, buf_span(&request), code, &c->err);
	if (!rc)
		rc = device_dir_write(&c->dir, "enrol.request", buf_span(&request), true, &c->err);
	if (!rc)
		rc = device_dir_write(&c->dir, "enrol.code", span_of(code, sizeof(*code)), true,
				      &c->err);
	if (!rc)
		rc = whole_write(options.request, buf_span(&file), false, &c->err);
	buf_fini(&request);
	buf_fini(&file);
	if (rc)
		return rc;
	if (c->json)
		return show_json(c, json_pack("{s:s}", "request", options.request));
	fprintf(c->out,
		_("%s: take it to the server; `ketnap import` takes the answer that comes back\n"),
		options.request);
	return 0;
}

/* The folder as it is to become a device. *again: it is one already, which is no more. */
static int open_for_enrolment(struct cli *c, bool *again)
{
	enum client_halt halt;
	int rc = device_dir_begin(&c->dir, options.data, &c->err);

	*again = rc == -ERR_EXISTS;
	if (!*again)
		return rc;
	err_clear(&c->err);
	rc = device_dir_open(&c->dir, options.data, &c->err);
	c->client = c->dir.client;
	if (rc)
		return rc;
	halt = client_state(c->client)->halt;
	if (halt == HALT_REVOKED || halt == HALT_UNKNOWN || options.again)
		return 0;
	return err_set(
		&c->err, ERR_EXISTS,
		"%s holds an enrolled device already; when its operator has revoked it, say --again",
		options.data);
}

static int enrol(struct cli *c, char **argv, const struct code_key *code)
{
	struct device_keys k;
	bool again;
	int rc = open_for_enrolment(c, &again);

	if (rc)
		return rc;
	if (!again && device_dir_is_whole(&c->dir)) { /* cut off at the very end, the last time */
		c->client = c->dir.client;
		rc = device_dir_finish(&c->dir, &c->err);
		return rc ? rc : first_sync(c);
	}
	rc = again ? again_keys(&c->dir, &k, &c->err) : device_dir_keys(&c->dir, &k, &c->err);
	if (rc)
		return rc;
	rc = options.request ? enrol_by_stick(c, code, &k)
			     : enrol_online(c, argv[1], code, &k, again);
	device_keys_fini(&k);
	return rc || options.request ? rc : first_sync(c);
}

int enroll_here(struct cli *c, const char *address, const char *text)
{
	char *words[] = { (char *)text };
	struct code_key code;
	struct device_keys k;
	bool again = false;
	int rc = read_code(c, 1, words, &code);

	if (!rc)
		rc = open_for_enrolment(c, &again);
	if (!rc && again)
		rc = err_set(&c->err, ERR_EXISTS, "%s holds an enrolled device already",
			     options.data);
	if (!rc && device_dir_is_whole(&c->dir)) {
		bytes_wipe(&code, sizeof(code));
		c->client = c->dir.client;
		return device_dir_finish(&c->dir, &c->err);
	}
	if (!rc)
		rc = device_dir_keys(&c->dir, &k, &c->err);
	if (!rc) {
		rc = enrol_online(c, address, &code, &k, false);
		device_keys_fini(&k);
	}
	bytes_wipe(&code, sizeof(code));
	if (rc) /* the next attempt begins anew, with the keys that are there */
		device_dir_close(&c->dir);
	return rc;
}

int cmd_enroll(struct cli *c, int argc, char **argv)
{
	int first = options.request ? 1 : 2;
	struct code_key code;
	int rc = 0;

	if (!options.data)
		return cli_usage(c, _("%s needs --data DIR"), argv[0]);
	if (argc <= first)
		return cli_usage(c,
				 _("say HOST:PORT and the CODE, or the CODE and --request FILE"));
	if (!options.request)
		rc = cli_misused(c, addr_check(span_str(argv[1]), false, &c->err));
	if (rc)
		return rc;
	rc = read_code(c, argc - first, argv + first, &code);
	if (!rc)
		rc = enrol(c, argv, &code);
	bytes_wipe(&code, sizeof(code));
	return rc;
}

/* ---- the answer by stick ---- */

static int check_answer(struct cli *c, struct enrolled *what, struct span file,
			const struct device_keys *k)
{
	struct p256_public mine = p256_public_of(k->key);
	struct buf request, secret;
	struct code_key code;
	int rc;

	buf_init(&request, ENROL_FILE_MAX);
	buf_init(&secret, 256);
	rc = device_dir_read(&c->dir, "enrol.request", &request, &c->err);
	if (!rc)
		rc = device_dir_read(&c->dir, "enrol.code", &secret, &c->err);
	if (!rc && secret.len != sizeof(code))
		rc = err_set(&c->err, ERR_CORRUPT, "enrol.code does not hold a code");
	if (!rc) {
		memcpy(&code, secret.data, sizeof(code));
		rc = enrol_file_check(what, file, buf_span(&request), &code, &mine,
				      clock_now_ms(&c->clocks.real), &c->err);
		bytes_wipe(&code, sizeof(code));
	}
	if (secret.len)
		bytes_wipe(secret.data, secret.len);
	buf_fini(&request);
	buf_fini(&secret);
	return rc;
}

/* What came with the answer: the log as far as this device may read it. Without it the device is enrolled all
 * the same, and its first bundle asks for it. */
static bool take_log(struct cli *c, struct span log, const struct hash *request,
		     const struct seal_key *seal)
{
	struct sync_now now = { .mono_ms = (uint64_t)clock_now_ms(&c->clocks.steady),
				.wall_ms = cli_now(c) };
	struct sync_result r;
	struct err e = { 0 };
	char text[1024];
	int rc = stick_enrolled(c->client, request, &e);

	if (!rc)
		rc = stick_answered(&r, c->client, log, seal, now, &e);
	if (!rc)
		rc = contact_words(&r, client_state(c->client), &e);
	if (rc)
		fprintf(stderr, "ketnap: %s\n", lang_err(&e, text, sizeof(text)));
	return !rc;
}

int import_enrolment(struct cli *c, const struct hash *request, struct span file, struct span log)
{
	struct enrolled *what = arena_alloc(c->arena, sizeof(*what));
	struct device_keys k = { .key = NULL };
	char path[PATH_BYTES];
	bool again = false, synced;
	int rc = what ? path_join(path, options.data, "enrol.request", &c->err)
		      : err_set(&c->err, ERR_NOMEM, "no memory to enrol");

	if (!rc && !path_there(path))
		rc = err_set(&c->err, ERR_STATE, "no request to enrol waits in %s for an answer",
			     options.data);
	if (!rc)
		rc = open_for_enrolment(c, &again);
	if (!rc)
		rc = again ? again_keys(&c->dir, &k, &c->err)
			   : device_dir_keys(&c->dir, &k, &c->err);
	if (!rc)
		rc = check_answer(c, what, file, &k);
	if (!rc)
		rc = keep(c, what, NULL, again);
	synced = !rc && log.len && take_log(c, log, request, &k.seal);
	device_keys_fini(&k);
	return rc ? rc : show_enrolled(c, synced);
}
