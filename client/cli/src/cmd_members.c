/* members: the register of the unit's members, listed, searched, shown. */
#include "members_cmd.h"
#include "correct_cmd.h"

#include "client/names.h"
#include "domain/members.h"
#include "report/grid.h"

#include <stdlib.h>

enum { NAME_COLUMNS = 30, CARD_COLUMNS = 12 };

/* The records of those on the roll, as far as they open here. */
static int book_read(struct book *r)
{
	struct cli *c = r->desk.c;

	r->count = roll_count(r->roll);
	return roll_read(&r->at, r->roll, true, c->client, r->desk.keys, c->arena, &c->err);
}

static int book_open(struct book *r, struct cli *c)
{
	int rc = desk_open(&r->desk, c);

	if (!rc)
		rc = roll_load(&r->roll, c->client, &c->err);
	return rc ? rc : book_read(r);
}

/* Only those whose name has `folded` in it. Where the index cannot be made, all are opened and looked at. */
static int book_open_found(struct book *r, struct cli *c, const char *folded)
{
	struct names_asked asked = { .folded = folded, .tell = tell_index, .ctx = c };
	struct names_found found;
	int rc = desk_open_none(&r->desk, c);

	if (!rc)
		rc = names_search(&found, c->client, r->desk.keys, &asked, c->arena, &c->err);
	if (rc == -ERR_CORRUPT)
		rc = roll_load(&r->roll, c->client, &c->err);
	else if (!rc)
		rc = roll_load_some(&r->roll, c->client, (const uint8_t(*)[PERSON_ID])found.at,
				    found.count, &c->err);
	return rc ? rc : book_read(r);
}

/* Who may be meant by the beginning of a number: no record is opened for that. */
static int add_numbered(struct names_found *found, struct cli *c, const char *who)
{
	uint8_t(*grown)[PERSON_ID];
	char hex[2 * PERSON_ID + 1];
	size_t len = strlen(who);
	struct roll *roll = NULL;
	int rc = 0;

	if (len < 4 || strspn(who, "0123456789abcdef") != len)
		return 0;
	rc = roll_load(&roll, c->client, &c->err);
	if (rc)
		return rc;
	grown = arena_array(c->arena, found->count + roll_count(roll) + 1, sizeof(*grown));
	if (!grown)
		rc = err_set(&c->err, ERR_NOMEM, "no memory for %zu members", roll_count(roll));
	else if (found->count)
		memcpy(grown, found->at, found->count * sizeof(*grown));
	for (size_t i = 0; !rc && i < roll_count(roll); i++) {
		hex_encode(hex, roll_at(roll, i)->person, PERSON_ID);
		if (!strncmp(hex, who, len))
			memcpy(grown[found->count++], roll_at(roll, i)->person, PERSON_ID);
	}
	found->at = grown;
	roll_free(roll);
	return rc;
}

/* Only those whom book_find() may mean. Where the index cannot be made, all are opened and looked at. */
static int book_open_who(struct book *r, struct cli *c, const char *who)
{
	char folded[2 * NAME_MAX_BYTES];
	struct names_asked asked = { .folded = folded, .card = who, .tell = tell_index, .ctx = c };
	struct names_found found;
	int rc = text_fold(folded, sizeof(folded), NULL, span_str(who), &c->err);

	if (rc || !*folded)
		return rc ? rc : book_open(r, c);
	rc = desk_open_none(&r->desk, c);
	if (!rc)
		rc = names_search(&found, c->client, r->desk.keys, &asked, c->arena, &c->err);
	if (rc == -ERR_CORRUPT) {
		rc = roll_load(&r->roll, c->client, &c->err);
		return rc ? rc : book_read(r);
	}
	if (!rc)
		rc = add_numbered(&found, c, who);
	if (!rc)
		rc = roll_load_some(&r->roll, c->client, (const uint8_t(*)[PERSON_ID])found.at,
				    found.count, &c->err);
	return rc ? rc : book_read(r);
}

static void book_close(struct book *r)
{
	roll_free(r->roll);
	desk_close(&r->desk);
}

/* ---- list, search ---- */

static int by_name(const void *a, const void *b)
{
	const struct roll_known *x = *(const struct roll_known *const *)a,
				*y = *(const struct roll_known *const *)b;

	if (x->opened != y->opened)
		return x->opened ? -1 : 1;
	return x->opened ? member_name_cmp(x->fields.at[PF_NAME], y->fields.at[PF_NAME]) : 0;
}

static json_t *field_json(const struct roll_known *k, enum person_field f)
{
	return k->opened && k->fields.at[f].len ? json_span(k->fields.at[f]) : json_null();
}

/* How it stands: `offered` by another unit, `stays`, or how it ended here. */
static const char *member_word(const struct register_member *m)
{
	return m->came.state == HANDOVER_OPEN ? "offered" : member_end_code(m->how);
}

static json_t *member_json(const struct book *r, const struct roll_known *k)
{
	char hex[2 * PERSON_ID + 1];

	hex_encode(hex, k->m->person, PERSON_ID);
	return json_pack(
		"{s:s, s:o, s:o, s:o, s:o, s:o, s:s, s:o, s:b, s:s?, s:s?}", "member", hex, "name",
		field_json(k, PF_NAME), "birth", field_json(k, PF_BIRTH), "card",
		field_json(k, PF_CARD), "admitted", json_day(k->m->admitted), "recognised",
		k->m->recognised ? json_day(k->m->recognised) : json_null(), "state",
		member_word(k->m), "ended",
		k->m->how == MEMBER_STAYS ? json_null() : json_day(k->m->ended), "delivered",
		!roll_unsent(r->roll, k->index), "came_from",
		k->m->came.state != HANDOVER_NONE ? unit_word(r->desk.c, k->m->came.unit) : NULL,
		"sent_to",
		k->m->gone.state != HANDOVER_NONE ? unit_word(r->desk.c, k->m->gone.unit) : NULL);
}

static void show_member(const struct book *r, const struct roll_known *k)
{
	struct cli *c = r->desk.c;
	char hex[2 * PERSON_ID + 1];

	hex_encode(hex, k->m->person, PERSON_ID);
	fprintf(c->out, "%.*s  ", CASE_ID_SHOWN, hex);
	grid_padded(c->out, k->opened ? arena_str(c->arena, k->fields.at[PF_NAME]) : _("(sealed)"),
		    NAME_COLUMNS + 1);
	grid_padded(c->out, k->opened ? arena_str(c->arena, k->fields.at[PF_CARD]) : "",
		    CARD_COLUMNS + 1);
	fprintf(c->out, "%-10s%s%s", show_day(c->arena, k->m->admitted),
		k->m->how == MEMBER_STAYS || k->m->gone.state != HANDOVER_NONE
			? ""
			: _(" - no longer a member"),
		roll_unsent(r->roll, k->index) ? _(" - not sent yet") : "");
	if (k->m->came.state == HANDOVER_OPEN)
		fprintf(c->out, _(" - offered by %s: accept or refuse it"),
			unit_word(c, k->m->came.unit));
	if (k->m->gone.state == HANDOVER_OPEN)
		fprintf(c->out, _(" - on the way to %s"), unit_word(c, k->m->gone.unit));
	if (k->m->gone.state == HANDOVER_DONE)
		fprintf(c->out, _(" - gone over to %s"), unit_word(c, k->m->gone.unit));
	fputc('\n', c->out);
}

/* `folded` NULL: all. */
static int show_members(struct book *r, const char *folded, enum names_how how)
{
	struct cli *c = r->desk.c;
	struct roll_known **found = arena_array(c->arena, r->count + 1,
						sizeof(struct roll_known *));
	json_t *list = c->json ? json_array() : NULL;
	uint32_t opened = 0;
	size_t count = 0, no_longer = 0;
	int rc;

	if (!found)
		return err_set(&c->err, ERR_NOMEM, "no memory for %zu members", r->count);
	for (size_t i = 0; i < r->count; i++)
		if (r->at[i].m->came.state != HANDOVER_BACK &&
		    (!folded || (r->at[i].folded && strstr(r->at[i].folded, folded))))
			found[count++] = &r->at[i];
	qsort(found, count, sizeof(*found), by_name);
	for (size_t i = 0; i < count; i++) {
		opened += found[i]->opened;
		no_longer += found[i]->m->how != MEMBER_STAYS ||
			     found[i]->m->gone.state == HANDOVER_DONE;
		if (list)
			json_array_append_new(list, member_json(r, found[i]));
		else
			show_member(r, found[i]);
	}
	rc = tell_names(c, client_identity(c->client)->unit, how, opened);
	if (rc) {
		json_decref(list);
		return rc;
	}
	if (list)
		return show_json(c, list);
	if (no_longer)
		lang_print(c->out, _("%zu members, and %zu who are no longer\n"), count - no_longer,
			   no_longer);
	else
		lang_print(c->out, _("%zu members\n"), count);
	return 0;
}

int members_role(struct cli *c)
{
	enum person_role role = client_role(c->client);

	if (role == ROLE_CLERK || role == ROLE_APPROVER)
		return 0;
	return err_set(&c->err, ERR_DENIED, "the role of this person does not allow it");
}

/* ---- who is meant ---- */

int book_find(struct book *r, const char *who, struct roll_known **out)
{
	char folded[2 * NAME_MAX_BYTES], hex[2 * PERSON_ID + 1];
	struct cli *c = r->desk.c;
	size_t found = 0, len = strlen(who);
	int rc = text_fold(folded, sizeof(folded), NULL, span_str(who), &c->err);

	for (size_t i = 0; i < r->count && !rc; i++) {
		struct roll_known *k = &r->at[i];

		if (k->m->came.state == HANDOVER_BACK)
			continue;
		hex_encode(hex, k->m->person, PERSON_ID);
		if (!(len >= 4 && !strncmp(hex, who, len)) &&
		    !(k->folded && strstr(k->folded, folded)) &&
		    !(k->opened && span_eq(k->fields.at[PF_CARD], span_str(who))))
			continue;
		*out = k;
		found++;
	}
	if (rc || found == 1)
		return rc;
	return found ? err_set(&c->err, ERR_INVALID, "%zu members go by %s; name one by the number",
			       found, who)
		     : err_set(&c->err, ERR_NOTFOUND, "no member here goes by %s", who);
}

/* ---- show, correct ---- */

static int show_one(struct book *r, const char *who, enum names_how how)
{
	struct cli *c = r->desk.c;
	struct roll_known *k = NULL;
	json_t *j = NULL, *fields;
	int rc = book_find(r, who, &k);

	if (!rc)
		rc = tell_names(c, k->m->unit, how, k->opened);
	if (rc)
		return rc;
	if (c->json || how == NAMES_EXPORTED) {
		j = member_json(r, k);
		fields = json_object();
		for (unsigned i = 1; i < PF_PAPER_NO; i++)
			if (k->opened && k->fields.at[i].len)
				json_object_set_new(fields, person_field_code((enum person_field)i),
						    json_span(k->fields.at[i]));
		json_object_set_new(j, "fields", fields);
		gain_show(r, k, j);
		end_show(r, k, j);
	} else {
		show_member(r, k);
		gain_show(r, k, NULL);
		end_show(r, k, NULL);
		if (k->opened)
			show_person_fields(c, &k->fields);
	}
	rc = corrections_show(&r->desk, k->m->unit, k->m->person, k->opened, j);
	if (!j)
		return rc;
	if (!rc)
		return show_json(c, j);
	json_decref(j);
	return rc;
}

int members_export(struct cli *c, const char *who)
{
	struct book r = { .count = 0 };
	int rc = book_open_who(&r, c, who);

	if (!rc)
		rc = show_one(&r, who, NAMES_EXPORTED);
	book_close(&r);
	return rc;
}

/* Of one whose case is here the record is one, and the case's. */
static int correct_one(struct book *r, int argc, char **argv)
{
	struct correct_whom whom = { .m = NULL };
	struct case_who who = { .unit = 0 };
	struct cases_wanted wanted = { .at = &who, .count = 1 };
	struct roll_known *k = NULL;
	int rc;

	if (argc < 4)
		return cli_usage(r->desk.c,
				 _("members correct: write MEMBER FIELD=VALUE ... --reason TEXT"));
	rc = book_find(r, argv[2], &k);
	if (rc)
		return rc;
	whom.unit = k->m->unit;
	memcpy(whom.person, k->m->person, PERSON_ID);
	who.unit = whom.unit;
	memcpy(who.person, whom.person, PERSON_ID);
	cases_free(r->desk.cases);
	rc = cases_load_some(&r->desk.cases, r->desk.c->client, &wanted, &r->desk.c->err);
	if (rc)
		return rc;
	if (cases_count(r->desk.cases))
		whom.r = cases_at(r->desk.cases, 0);
	if (!whom.r)
		whom.m = k->m;
	return correct_person(&r->desk, &whom, argc - 3, argv + 3);
}

/* Of one member: the others need not be opened. */
static bool is_of_one(const char *word)
{
	static const char *const words[] = { "end",    "show",   "correct", "move",
					     "accept", "refuse", "recall" };

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (!strcmp(word, words[i]))
			return true;
	return false;
}

int cmd_members(struct cli *c, int argc, char **argv)
{
	bool search = !strcmp(argv[1], "search") && argc == 3;
	struct book r = { .count = 0 };
	char folded[2 * NAME_MAX_BYTES];
	int rc = 0;

	if (search && text_fold(folded, sizeof(folded), NULL, span_str(argv[2]), &c->err))
		return -ERR_INVALID;
	rc = search                            ? book_open_found(&r, c, folded)
	     : argc >= 3 && is_of_one(argv[1]) ? book_open_who(&r, c, argv[2])
					       : book_open(&r, c);
	if (rc) {
		book_close(&r);
		return rc;
	}
	if (!strcmp(argv[1], "import") && argc >= 3)
		rc = members_import(&r, argc, argv);
	else if (!strcmp(argv[1], "list") && argc == 2)
		rc = show_members(&r, NULL, NAMES_OPENED);
	else if (search)
		rc = show_members(&r, folded, NAMES_SEARCHED);
	else if (!strcmp(argv[1], "end"))
		rc = members_end(&r, argc, argv);
	else if (!strcmp(argv[1], "show") && argc == 3)
		rc = show_one(&r, argv[2], NAMES_OPENED);
	else if (!strcmp(argv[1], "correct"))
		rc = correct_one(&r, argc, argv);
	else if (members_gain(&r, argc, argv, &rc))
		;
	else if (members_move(&r, argc, argv, &rc))
		;
	else
		rc = cli_usage(
			c,
			_("members: write import FILE, list, search TEXT, show MEMBER, "
			  "correct MEMBER FIELD=VALUE ..., arrive or restore FIELD=VALUE "
			  "..., end MEMBER HOW DAY [no=N] [dated=DAY] [signer=N], move MEMBER UNIT DAY, or accept, "
			  "refuse or recall MEMBER DAY"));
	book_close(&r);
	return rc;
}
