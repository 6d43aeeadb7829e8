#include "case_ask.h"

#include "client/names.h"
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

struct case_writer desk_writer(const struct desk *d)
{
	return (struct case_writer){ .c = d->c->client,
				     .keys = d->keys,
				     .a = d->c->arena,
				     .now_ms = cli_now(d->c),
				     .random = crypto_random };
}

int desk_unit_key(struct desk *d, struct unit_key *out)
{
	struct case_writer w = desk_writer(d);

	return case_write_unit_key(&w, out, &d->c->err);
}

int tell_names(struct cli *c, uint32_t unit, enum names_how how, uint32_t count)
{
	struct case_writer w = { .c = c->client, .now_ms = cli_now(c) };

	return case_write_read(&w, unit, how, count, &c->err);
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

int desk_step(struct desk *d, size_t index, struct op *op, const struct person_fields *paper)
{
	struct case_writer w = desk_writer(d);

	return case_write_step(&w, cases_at(d->cases, index), op, paper, &d->c->err);
}
