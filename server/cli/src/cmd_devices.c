/* enroll, devices, revoke, lift. */
#include "codes_dir.h"
#include "enroll.h"
#include "devices_show.h"
#include "show.h"
#include "words.h"
#include "cmd_stick.h"

#include "crypto/random.h"

#include <assert.h>
#include <stdlib.h>

static const char *const role_names[] = { [ROLE_NONE] = "",
					  [ROLE_CLERK] = "clerk",
					  [ROLE_APPROVER] = "approver",
					  [ROLE_OPERATOR] = "operator",
					  [ROLE_AUDITOR] = "auditor",
					  [ROLE_CONSOLE] = "console",
					  [ROLE_STANDBY] = "standby" };

/* ---- enroll ---- */

void cli_draw(void *ctx, void *out, size_t len)
{
	struct err e = { 0 };

	(void)ctx;
	if (crypto_random(out, len, &e)) { /* a code that can be guessed is worse than none */
		fprintf(stderr, "ketnapd: %s\n", e.msg);
		abort();
	}
}

int enroll_role(struct cli *c, enum person_role *role)
{
	for (unsigned i = ROLE_CLERK; i <= ROLE_STANDBY; i++) {
		if (i != ROLE_CONSOLE &&
		    !strcmp(options.role ? options.role : "clerk", role_names[i])) {
			*role = (enum person_role)i;
			return 0;
		}
	}
	return cli_misused(c,
			   err_set(&c->err, ERR_INVALID,
				   "--role clerk, approver, operator, auditor or standby, not %s",
				   options.role));
}

const char *enroll_role_name(int64_t role)
{
	return role > ROLE_NONE && role <= ROLE_STANDBY ? role_names[role] : "";
}

/* A number is somebody who is known; a name is somebody new, and so is nobody named: then whoever works
 * at that unit. */
static int fill_job(struct cli *c, struct job *j, const struct unit *u)
{
	const char *name = options.person ? options.person : u->code;
	int rc = enroll_role(c, &j->make.role);

	if (rc)
		return rc;
	j->by = span_str(c->by);
	j->make.unit = u->unit;
	if (options.person && strspn(name, "0123456789") == strlen(name) && strlen(name) < 10)
		j->make.person = (uint32_t)strtoul(name, NULL, 10);
	else
		j->make.name = span_str(name);
	return 0;
}

static int make_code(struct cli *c, struct enroller *en, struct job *j)
{
	struct ledger *l = c->store.ledger;
	int rc = ledger_begin(l, &c->err);

	if (rc)
		return rc;
	rc = enrol_make_code(en, l, j, cli_now(c), &c->err);
	if (!rc && j->code) {
		c->err = j->err;
		rc = -(int)j->err.code;
	}
	if (rc) {
		ledger_abort(l);
		return rc;
	}
	return ledger_commit(l, &c->store.log_key, NULL, &c->err);
}

/* As its card says: where it last served. */
const char *enroll_address(struct cli *c)
{
	char path[STORE_PATH_MAX];
	const char *address = "";
	uint8_t *text;
	size_t len;

	if (options.address)
		return options.address;
	if (store_dir_path(path, c->store.path, "address", NULL) ||
	    path_read(&text, &len, path, 512, NULL))
		return address;
	address = arena_str(c->arena, span_of(text, len));
	free(text);
	return address ? address : "";
}

static int show_code(struct cli *c, const struct job *j, const struct unit *u)
{
	char code[CODE_TEXT_MAX], until[INSTANT_TEXT_MAX];
	const char *address = enroll_address(c);
	int rc = 0;

	code_text(code, &j->make.secret);
	instant_iso(until, j->make.expires_ms);
	if (c->json) {
		rc = show_json(c, json_pack("{s:s, s:s, s:s, s:I, s:s, s:s}", "code", code,
					    "address", address, "unit", u->code, "person",
					    (json_int_t)j->make.person, "role",
					    role_names[j->make.role], "expires", until));
	} else {
		fprintf(c->out, _("code:    %s\n"), code);
		fprintf(c->out, _("server:  %s\n"),
			*address ? address : _("(not known: it has not served yet)"));
		fprintf(c->out, _("unit:    %s, %s\n"), u->code,
			unit_name_at(u, day_of_instant(cli_now(c)), UINT64_MAX));
		fprintf(c->out, _("expires: %s; good for one device\n"),
			show_instant(c->arena, j->make.expires_ms));
	}
	bytes_wipe(code, sizeof(code));
	return rc;
}

static int enroll_with(struct cli *c, struct enroller *en, const struct unit *u)
{
	struct job *j = job_new(JOB_CODE, 0, (struct moment){ .wall_ms = cli_now(c) });
	int rc = j ? fill_job(c, j, u) : err_set(&c->err, ERR_NOMEM, "out of memory");

	if (!rc) {
		j->make.expires_ms = cli_now(c) + ENROL_CODE_DAYS * INT64_C(86400000);
		rc = make_code(c, en, j);
	}
	if (!rc)
		rc = show_code(c, j, u);
	job_free(j);
	return rc;
}

int cmd_enroll(struct cli *c, int argc, char **argv)
{
	int (*run)(struct cli *, struct enroller *,
		   const struct unit *) = options.subtree ? enroll_subtree : enroll_with;
	struct enrol_setup setup = { .random = { NULL, cli_draw } };
	struct enroller *en = NULL;
	struct codes_dir *codes = NULL;
	const struct unit *u;
	int rc;

	if (options.request)
		return enroll_by_stick(c);
	if (options.subtree ? argc > 1 || !options.out || options.person : argc < 2)
		return cli_misused(c, err_set(&c->err, ERR_INVALID,
					      "say the UNIT, --subtree UNIT and --out FOLDER, or "
					      "--request FILE and --answer FILE"));
	rc = parse_unit(c, options.subtree ? options.subtree : argv[1], &u);
	if (rc)
		return rc;
	if (c->enroller)
		return run(c, c->enroller, u);
	rc = codes_dir_open(&codes, c->store.path, &c->err);
	if (!rc) {
		setup.codes = codes_dir_store(codes);
		rc = enroller_new(&en, &setup, &c->err);
	}
	if (!rc)
		rc = run(c, en, u);
	enroller_free(en);
	codes_dir_close(codes);
	return rc;
}

/* ---- devices ---- */

int cli_devices(struct cli *c, const struct device_shown **out, size_t *count)
{
	struct devices *none;
	int rc;

	if (c->desk)
		return devices_show(out, count, c->desk->devices, c->store.ledger, c->arena,
				    &c->err);
	rc = devices_new(&none, &c->err);
	if (!rc)
		rc = devices_load(none, c->store.ledger, &c->err);
	if (!rc)
		rc = devices_show(out, count, none, c->store.ledger, c->arena, &c->err);
	devices_free(none);
	return rc;
}

static const char *device_id(struct cli *c, uint64_t device)
{
	return arena_printf(c->arena, "%016llx", (unsigned long long)device);
}

static const char *role_of(struct cli *c, uint32_t person)
{
	struct person_row row;

	return ledger_person(c->store.ledger, person, &row, NULL) ||
			       (size_t)row.role >= ARRAY_LEN(role_names)
		       ? ""
		       : role_names[row.role];
}

int devices_json(struct cli *c, json_t **out)
{
	const struct device_shown *d;
	size_t count;
	int rc = cli_devices(c, &d, &count);

	*out = NULL;
	if (rc)
		return rc;
	*out = json_array();
	for (size_t i = 0; i < count; i++)
		json_array_append_new(
			*out,
			json_pack("{s:s, s:s, s:I, s:s, s:o, s:I, s:I, s:o, s:b, s:b, s:I}", "id",
				  device_id(c, d[i].device), "unit",
				  unit_code_of(c->store.ledger, d[i].unit), "person",
				  (json_int_t)d[i].person, "role", role_of(c, d[i].person),
				  "last_seen", json_instant(d[i].last_seen_ms), "drafts",
				  (json_int_t)d[i].drafts, "held", (json_int_t)d[i].held, "oldest",
				  json_instant(d[i].oldest_ms), "revoked", d[i].revoked,
				  "suspended", d[i].suspended, "forks", (json_int_t)d[i].forks));
	return 0;
}

static const char *state_words(const struct device_shown *d)
{
	return d->revoked     ? _("revoked")
	       : d->suspended ? _("suspended")
	       : d->forks     ? _("two histories")
			      : "";
}

int cmd_devices(struct cli *c, int argc, char **argv)
{
	const struct device_shown *d;
	struct grid *g;
	size_t count;
	json_t *list;
	int rc;

	(void)argc;
	(void)argv;
	if (c->json) {
		rc = devices_json(c, &list);
		return rc ? rc : show_json(c, list);
	}
	rc = cli_devices(c, &d, &count);
	if (rc)
		return rc;
	g = grid_new(c->arena, 7);
	grid_cell(g, _("device"), false);
	grid_cell(g, _("unit"), false);
	grid_cell(g, _("role"), false);
	grid_cell(g, _("last seen"), false);
	grid_cell(g, _("drafts"), true);
	grid_cell(g, _("held"), true);
	grid_cell(g, "", false);
	for (size_t i = 0; i < count; i++) {
		grid_cell(g, device_id(c, d[i].device), false);
		grid_cell(g, unit_code_of(c->store.ledger, d[i].unit), false);
		grid_cell(g, role_words(role_of(c, d[i].person)), false);
		grid_cell(g, d[i].last_seen_ms ? show_instant(c->arena, d[i].last_seen_ms) : "-",
			  false);
		grid_cell(g, show_number(c->arena, d[i].drafts), true);
		grid_cell(g, show_number(c->arena, d[i].held), true);
		grid_cell(g, state_words(&d[i]), false);
	}
	return grid_print(g, c->out, &c->err);
}

/* ---- revoke ---- */

static int parse_device(struct cli *c, const char *text, struct device_row *row)
{
	char *end;
	uint64_t device = strtoull(text, &end, 16);
	int rc;

	if (strlen(text) != 16 || *end)
		return cli_misused(
			c, err_set(&c->err, ERR_INVALID,
				   "%s is no device: 16 digits and letters, as `devices` prints",
				   text));
	rc = ledger_device(c->store.ledger, device, row, &c->err);
	return rc == -ERR_NOTFOUND ? err_set(&c->err, ERR_NOTFOUND, "there is no device %s", text)
				   : rc;
}

int cmd_revoke(struct cli *c, int argc, char **argv)
{
	struct op op = { .kind = OP_REVOKE, .source = span_str(c->by) };
	struct device_row row = { .device = 0 };
	uint64_t lsn;
	int rc = options.reason ? 0
				: cli_misused(c, err_set(&c->err, ERR_INVALID,
							 "revoke needs --reason TEXT"));

	(void)argc;
	if (!rc)
		rc = parse_device(c, argv[1], &row);
	if (!rc && row.revoked_lsn)
		rc = err_set(&c->err, ERR_STATE, "device %s is revoked already", argv[1]);
	if (rc)
		return rc;
	op.unit = row.unit;
	op.reason = span_str(options.reason);
	op.device.device = row.device;
	rc = act_alone(c, &op, &lsn);
	if (rc)
		return rc;
	if (c->json)
		return show_json(
			c, json_pack("{s:s, s:I}", "device", argv[1], "lsn", (json_int_t)lsn));
	fprintf(c->out, _("device %s of %s is revoked\n"), argv[1],
		unit_code_of(c->store.ledger, row.unit));
	return 0;
}

/* ---- lift ---- */

enum { INSTALLATION_BYTES = 4 }; /* of a nonce, as people read it out over the telephone */

struct installations {
	uint8_t nonce[2][16]; /* of the newest epoch; the one that was met beside it */
	char id[2][2 * INSTALLATION_BYTES + 1];
};

static int find_installations(struct cli *c, const struct device_row *row,
			      struct installations *out)
{
	struct arena *a = arena_new(OP_DECODE_ARENA * 2);
	struct buf bytes;
	struct entry en;
	struct op op;
	int rc;

	buf_init(&bytes, ENTRY_MAX);
	memcpy(out->nonce[0], row->nonce, 16);
	rc = a ? ledger_entry(c->store.ledger, row->suspended_lsn, &bytes, &c->err)
	       : err_set(&c->err, ERR_NOMEM, "out of memory");
	if (!rc)
		rc = entry_decode(&en, buf_span(&bytes), a, &c->err);
	if (!rc && op_decode(&op, en.body, a, &c->err) != CODE_OK)
		rc = err_set(&c->err, ERR_CORRUPT, "the suspension cannot be read");
	if (!rc)
		memcpy(out->nonce[1], op.device.nonce, 16);
	for (size_t i = 0; i < 2 && !rc; i++)
		hex_encode(out->id[i], out->nonce[i], INSTALLATION_BYTES);
	buf_fini(&bytes);
	arena_free(a);
	return rc;
}

/* Which of the two goes on is for a person to say: nothing here knows who sits where. */
static int pick_installation(struct cli *c, const struct installations *in, const uint8_t **nonce)
{
	for (size_t i = 0; i < 2 && options.installation; i++) {
		if (!strcmp(options.installation, in->id[i])) {
			*nonce = in->nonce[i];
			return 0;
		}
	}
	return cli_misused(
		c,
		err_set(&c->err, ERR_INVALID,
			"lift needs --installation: %s, which was let in last, or %s, which came "
			"beside it; `ketnap status` shows on each computer which it is",
			in->id[0], in->id[1]));
}

static int lift(struct cli *c, const struct device_row *row, const char *device)
{
	struct op op = { .kind = OP_EPOCH,
			 .unit = row->unit,
			 .source = span_str(c->by),
			 .reason = span_str(options.reason) };
	struct installations in;
	const uint8_t *nonce = NULL;
	uint64_t lsn;
	int rc = find_installations(c, row, &in);

	if (!rc)
		rc = pick_installation(c, &in, &nonce);
	if (rc)
		return rc;
	op.device.device = row->device;
	op.device.epoch = row->epoch + 1;
	assert(nonce);
	memcpy(op.device.nonce, nonce, 16);
	rc = act_alone(c, &op, &lsn);
	if (rc)
		return rc;
	if (c->json)
		return show_json(c, json_pack("{s:s, s:I, s:I, s:s}", "device", device, "lsn",
					      (json_int_t)lsn, "epoch", (json_int_t)op.device.epoch,
					      "installation", options.installation));
	fprintf(c->out, _("device %s of %s goes on as installation %s; the other one stays out\n"),
		device, unit_code_of(c->store.ledger, row->unit), options.installation);
	return 0;
}

int cmd_lift(struct cli *c, int argc, char **argv)
{
	struct device_row row = { .device = 0 };
	int rc = options.reason ? 0
				: cli_misused(c, err_set(&c->err, ERR_INVALID,
							 "lift needs --reason TEXT"));

	(void)argc;
	if (!rc)
		rc = parse_device(c, argv[1], &row);
	if (rc)
		return rc;
	if (row.revoked_lsn)
		return err_set(&c->err, ERR_STATE,
			       "device %s is revoked, which is final; enrol it anew", argv[1]);
	if (!row.suspended_lsn)
		return err_set(&c->err, ERR_STATE, "device %s is not suspended", argv[1]);
	return lift(c, &row, argv[1]);
}
