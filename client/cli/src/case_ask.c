#include "case_ask.h"

#include "client/names.h"
#include "client/outbox.h"
#include "crypto/random.h"
#include "ledger/register.h"

/* The same cases as they are now. */
static int some_again(struct desk *d)
{
	struct cases_wanted wanted = { .count = cases_count(d->cases) };
	struct case_who *who = arena_array(d->c->arena, wanted.count + 1, sizeof(*who));

	if (!who)
		return err_set(&d->c->err, ERR_NOMEM, "no memory for %zu cases", wanted.count);
	for (size_t i = 0; i < wanted.count; i++) {
		who[i].unit = cases_at(d->cases, i)->unit;
		memcpy(who[i].person, cases_at(d->cases, i)->person, PERSON_ID);
	}
	wanted.at = who;
	cases_free(d->cases);
	d->cases = NULL;
	return cases_load_some(&d->cases, d->c->client, &wanted, &d->c->err);
}

int desk_again(struct desk *d)
{
	if (d->some)
		return some_again(d);
	cases_free(d->cases);
	d->cases = NULL;
	return cases_load(&d->cases, d->c->client, &d->c->err);
}

int desk_open_none(struct desk *d, struct cli *c)
{
	bool on;
	int rc = register_on(client_base(c->client), &on, &c->err);

	*d = (struct desk){ .c = c, .today = day_of_instant(cli_now(c)) };
	if (rc)
		return rc;
	if (!on)
		return err_set(
			&c->err, ERR_STATE,
			"this province keeps no register of persons; figures are typed as before");
	return keys_dir_open(c, &d->keys);
}

int desk_open(struct desk *d, struct cli *c)
{
	int rc = desk_open_none(d, c);

	return rc ? rc : desk_again(d);
}

void tell_index(void *cli, size_t done, size_t of)
{
	struct cli *c = cli;

	if (!c->terminal)
		return;
	fputc('\r', stderr);
	lang_print(stderr, _("names made ready to be searched: %zu of %zu"), done, of);
	if (done == of)
		fputc('\n', stderr);
}

static bool may_be_number(const char *who)
{
	size_t len = strlen(who);

	return len >= 4 && len <= 2 * PERSON_ID && strspn(who, "0123456789abcdef") == len;
}

/* Where the index cannot be made, or the text is none to look for, all are. */
int desk_look_up(struct desk *d, const char *who)
{
	char folded[2 * NAME_MAX_BYTES];
	struct cli *c = d->c;
	struct names_asked asked = {
		.of = NAMES_OF_CASES, .folded = folded, .tell = tell_index, .ctx = c
	};
	struct err none = { 0 };
	int rc;

	cases_free(d->cases);
	d->cases = NULL;
	d->some = false;
	if (text_fold(folded, sizeof(folded), NULL, span_str(who), &none) || !*folded)
		return desk_again(d);
	rc = cases_search(&d->cases, c->client, d->keys, &asked, may_be_number(who) ? who : NULL,
			  c->arena, &c->err);
	if (rc == -ERR_CORRUPT) {
		err_clear(&c->err);
		return desk_again(d);
	}
	d->some = !rc;
	return rc;
}

int desk_open_who(struct desk *d, struct cli *c, const char *who)
{
	int rc = desk_open_none(d, c);

	return rc ? rc : desk_look_up(d, who);
}

void desk_close(struct desk *d)
{
	cases_free(d->cases);
	keyring_free(d->keys);
}

const char *case_id_text(struct cli *c, const struct case_record *r)
{
	char hex[2 * PERSON_ID + 1];

	hex_encode(hex, r->person, PERSON_ID);
	return arena_printf(c->arena, "%.*s", CASE_ID_SHOWN, hex);
}

const char *desk_name(struct desk *d, const struct case_record *r, struct person_fields *f)
{
	struct err ignored = { 0 };

	if (r->forgotten_lsn)
		return _("(forgotten)");
	if (case_open_record(f, d->c->client, d->keys, r, d->c->arena, &ignored))
		return _("(sealed)");
	return arena_str(d->c->arena, f->at[PF_NAME]);
}

bool is_pair(const char *arg, const char *key, const char **value)
{
	size_t len = strlen(key);

	if (strncmp(arg, key, len) || arg[len] != '=')
		return false;
	*value = arg + len + 1;
	return true;
}

/* ---- who is meant ---- */

static bool by_id(const struct case_record *r, const char *who)
{
	char hex[2 * PERSON_ID + 1];
	size_t len = strlen(who);

	hex_encode(hex, r->person, PERSON_ID);
	return len >= 4 && len <= 2 * PERSON_ID && !strncmp(hex, who, len);
}

static bool by_name(struct desk *d, const struct case_record *r, const char *folded)
{
	struct person_fields f;
	char text[2 * NAME_MAX_BYTES];
	struct err ignored = { 0 };

	return case_is_open_here(d->c->client, r) &&
	       !case_open_record(&f, d->c->client, d->keys, r, d->c->arena, &ignored) &&
	       !text_fold(text, sizeof(text), NULL, f.at[PF_NAME], &ignored) &&
	       strstr(text, folded);
}

int desk_find(struct desk *d, const char *who, size_t *index)
{
	char folded[2 * NAME_MAX_BYTES];
	size_t found = 0, count = cases_count(d->cases);

	for (size_t i = 0; i < count; i++) {
		if (!by_id(cases_at(d->cases, i), who))
			continue;
		*index = i;
		found++;
	}
	if (!found && text_fold(folded, sizeof(folded), NULL, span_str(who), &d->c->err))
		return -(int)d->c->err.code;
	for (size_t i = 0; i < count && !found; i++) {
		if (!by_name(d, cases_at(d->cases, i), folded))
			continue;
		*index = i;
		found++;
		for (size_t k = i + 1; k < count; k++)
			found += by_name(d, cases_at(d->cases, k), folded);
	}
	if (found == 1)
		return 0;
	return found ? err_set(&d->c->err, ERR_INVALID,
			       "%zu cases go by %s; name one by its number from `ketnap case list`",
			       found, who)
		     : err_set(&d->c->err, ERR_NOTFOUND,
			       "no case that this device may open goes by %s", who);
}

/* ---- the other end of a move ---- */

const char *unit_word(struct cli *c, uint32_t unit)
{
	struct register_key k;
	struct err ignored = { 0 };

	if (tree_get(ledger_tree(client_base(c->client)), unit))
		return unit_code(c, unit);
	if (!register_unit_key(client_base(c->client), unit, &k, &ignored) && k.code[0])
		return arena_str(c->arena, span_str(k.code));
	return "?";
}

int ask_receiver(struct cli *c, const char *code, struct register_key *out)
{
	struct ledger *l = client_base(c->client);
	const struct unit *u = tree_by_code(ledger_tree(l), span_str(code));
	int rc;

	if (u && !unit_alive(u, day_of_instant(cli_now(c))))
		return err_set(&c->err, ERR_STATE,
			       "the unit %s is closed: nobody can be sent there", code);
	rc = register_key_by_code(l, span_str(code), out, &c->err);
	if (rc == -ERR_NOTFOUND)
		return err_set(
			&c->err, ERR_NOTFOUND,
			"nothing has come here of a unit %s that keeps a register: let it send and "
			"receive, which makes its key, then send and receive here",
			code);
	return rc;
}

/* ---- writing ---- */

int desk_unit_key(struct desk *d, struct unit_key *out)
{
	int rc = keyring_unit_key(d->keys, d->c->client, out, &d->c->err);

	if (rc != -ERR_NOTFOUND)
		return rc;
	return keyring_make(d->keys, d->c->client, cli_now(d->c), out, &d->c->err);
}

int tell_names(struct cli *c, uint32_t unit, enum names_how how, uint32_t count)
{
	struct op op = { .kind = OP_NAMES_READ, .unit = unit, .names = { how, count } };
	struct op_id id;

	return count ? outbox_append(c->client, &op, cli_now(c), &id, &c->err) : 0;
}

struct op step_of(const struct case_record *r, enum case_step_kind kind, day_t day)
{
	struct op op = { .kind = OP_CASE_STEP,
			 .unit = r->unit,
			 .step = { .step = { .kind = kind, .day = day },
				   .after = case_record_last(r) } };

	memcpy(op.step.person, r->person, PERSON_ID);
	return op;
}

int step_parse(struct cli *c, const char *code, enum case_step_kind *out)
{
	for (int k = STEP_NONE + 1; k < STEP_KINDS; k++) {
		if (strcmp(case_step_code((enum case_step_kind)k), code))
			continue;
		*out = (enum case_step_kind)k;
		return 0;
	}
	return err_set(&c->err, ERR_INVALID, "there is no step %s; man ketnap, case step, has them",
		       code);
}

static int seal_paper(struct desk *d, const struct case_record *r, struct op *op,
		      struct buf *sealed, const struct person_fields *paper)
{
	struct person_place at = { .unit = r->unit, .set = PERSON_SET_PAPER };
	uint8_t key[BOX_KEY_BYTES];
	int rc = keyring_person(d->keys, r->person, key, &d->c->err);

	if (rc == -ERR_NOTFOUND)
		return err_set(&d->c->err, ERR_NOTFOUND,
			       "the key to this case has not come yet: send and receive first");
	memcpy(at.id, r->person, PERSON_KEY_ID);
	if (!rc)
		rc = case_seal(sealed, key, &at, paper, crypto_random, &d->c->err);
	key_wipe(key, sizeof(key));
	op->step.sealed = buf_span(sealed);
	return rc;
}

/* To whom a dossier goes when nobody says: the next unit above. */
static void default_body(struct desk *d, struct op *op)
{
	uint32_t path[UNIT_DEPTH_MAX];

	if (op->step.step.kind == STEP_SUBMIT && !op->step.to &&
	    tree_path(ledger_tree(client_base(d->c->client)), op->unit, d->today, UINT64_MAX,
		      path) > 1)
		op->step.to = path[1];
}

int desk_step(struct desk *d, size_t index, struct op *op, const struct person_fields *paper)
{
	const struct case_record *r = cases_at(d->cases, index);
	struct case_record *after = arena_alloc(d->c->arena, sizeof(*after));
	bool has_paper = paper && (paper->at[PF_PAPER_NO].len || paper->at[PF_PAPER_SIGNER].len);
	struct case_state st;
	struct buf sealed;
	struct op_id id;
	enum op_code code;
	int rc = 0;

	if (!after)
		return err_set(&d->c->err, ERR_NOMEM, "no memory for a case");
	default_body(d, op);
	if (op->step.step.day > d->today)
		return err_set(&d->c->err, ERR_RANGE, "that day is still to come");
	code = case_try(d->c->client, r, op, after);
	if (code == CODE_STEP_INVALID && op->step.step.kind != STEP_NONE) {
		case_record_state(&st, r);
		rc = case_apply(&st, &op->step.step, &d->c->err); /* in its own words */
		return rc ? rc : -ERR_STATE;
	}
	if (code == CODE_STEP_INVALID && case_gone_as_member(d->c->client, after))
		return err_set(
			&d->c->err, ERR_STATE,
			"they were sent to another unit as a member: `ketnap members recall` "
			"first; whom the other unit has taken over is settled no more");
	if (code)
		return err_set(&d->c->err, ERR_STATE, "the server would refuse this: %s",
			       op_code_name(code));
	buf_init(&sealed, PAPER_SEALED_MAX);
	if (has_paper)
		rc = seal_paper(d, r, op, &sealed, paper);
	if (!rc)
		rc = outbox_append(d->c->client, op, cli_now(d->c), &id, &d->c->err);
	buf_fini(&sealed);
	return rc;
}
