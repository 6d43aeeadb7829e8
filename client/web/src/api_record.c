/* A person's record field by field: what stands, by whom and when it was corrected, where two values of one field stand
 * beside each other; and a correction, which settles that too. */
#include "api_sheet.h"
#include "persons.h"

#include "client/corrections.h"

#include <stdlib.h>

/* A record as it is told. */
struct telling {
	struct persons *d;
	const struct correct_whom *whom;
	const struct person_fields *opened; /* NULL: sealed here */
	uint8_t key[BOX_KEY_BYTES];
	struct person_fixes *stands;
	json_t *list;
};

/* ---- whose ---- */

struct whom {
	struct correct_whom of;
	struct roll *roll; /* what `of.m` lends from */
};

/* A case; else a member. Of one whose case is here the record is one, and the case's. */
static int find_whom(struct whom *out, struct persons *d, const char *hex)
{
	struct call *k = d->k;
	uint8_t person[1][PERSON_ID];
	int rc;

	*out = (struct whom){ .of.unit = 0 };
	if (strlen(hex) != 2 * PERSON_ID || !hex_decode(person[0], PERSON_ID, span_str(hex)))
		return err_set(k->e, ERR_NOTFOUND, "no member here goes by %s", hex);
	memcpy(out->of.person, person[0], PERSON_ID);
	for (size_t i = 0; i < cases_count(d->cases) && !out->of.r; i++) {
		const struct case_record *r = cases_at(d->cases, i);

		if (!memcmp(r->person, person[0], PERSON_ID) && case_is_open_here(k->c, r)) {
			out->of.r = r;
			out->of.unit = r->unit;
		}
	}
	if (out->of.r)
		return 0;
	rc = roll_load_some(&out->roll, k->c, (const uint8_t(*)[PERSON_ID])person, 1, k->e);
	if (!rc && !roll_count(out->roll))
		rc = err_set(k->e, ERR_NOTFOUND, "no member here goes by %s", hex);
	if (!rc) {
		out->of.m = roll_at(out->roll, 0);
		out->of.unit = out->of.m->unit;
	}
	return rc;
}

static void whom_close(struct whom *w)
{
	roll_free(w->roll);
}

static bool whom_open(struct person_fields *f, struct persons *d, const struct whom *w)
{
	struct err ignored = { 0 };

	if (w->of.r)
		return !case_open_record(f, d->k->c, d->keys, w->of.r, d->k->a, &ignored);
	return !roll_open(f, d->k->c, d->keys, w->of.m, d->k->a, &ignored);
}

/* ---- fields as they stand ---- */

static bool is_field(const struct telling *t, unsigned field)
{
	return fix_code(field) && (field < FIX_ADMITTED || t->whom->m);
}

/* Categories and days as they stand, or stood; days are a member's. */
struct clear {
	struct person_codes codes;
	day_t admitted, recognised;
};

static struct clear clear_now(const struct correct_whom *who)
{
	const struct register_member *m = who->m;
	struct clear c = { .admitted = 0 };

	if (m)
		c = (struct clear){ m->codes, m->admitted, m->recognised };
	if (who->r)
		c.codes = who->r->codes;
	return c;
}

/* `sealed` NULL: it is sealed here. */
static json_t *json_value(unsigned field, const struct person_fields *sealed,
			  const struct clear *clear)
{
	struct person_codes codes = clear->codes;
	char text[FIX_TEXT_MAX];
	int64_t value;

	if (fix_is_sealed(field))
		return sealed ? json_span(sealed->at[field]) : json_null();
	if (field >= FIX_FACT && field <= FIX_FACT_LAST)
		value = codes.facts >> (field - FIX_FACT) & 1;
	else if (fix_category(&codes, field))
		value = *fix_category(&codes, field);
	else
		value = field == FIX_AGE        ? (int64_t)codes.age
			: field == FIX_ADMITTED ? clear->admitted
						: clear->recognised;
	return json_string(fix_text(text, field, value));
}

static const char *field_kind(unsigned field)
{
	if (field == PF_BIRTH || field == PF_LEFT || field >= FIX_ADMITTED)
		return "day";
	if (field == PF_SEX)
		return "one";
	return fix_is_sealed(field) ? "text" : fix_many(field) ? "many" : "one";
}

static json_t *json_choices(unsigned field)
{
	const char *word;

	if (field == PF_SEX)
		return json_pack("[s, s, s]", "", "f", "m");
	if (!fix_choice(field, 0))
		return json_null();
	json_t *list = json_array();

	for (unsigned i = 0; (word = fix_choice(field, i)); i++)
		json_array_append_new(list, json_string(word));
	return list;
}

/* A name for what stands in a field: it goes back with what is written over it. */
static const char *field_seen(struct arena *a, const struct person_fixes *stands, unsigned field)
{
	const struct fix_state *s = fixes_of(stands, field);
	const char *name;
	struct buf b;

	buf_init(&b, SEEN_MAX);
	for (size_t i = 0; s && i < s->count; i++)
		seen_put(&b, (uint16_t)field, s->at[i].id);
	name = seen_name(a, &b);
	buf_fini(&b);
	return name;
}

/* The versions that say different things, by the names they have in `corrections`; the one that counts first. */
static json_t *json_contest(const struct fix_state *s)
{
	json_t *list = json_array();
	char version[VERSION_TEXT_MAX];

	if (!s || !fix_contested(s))
		return list;
	json_array_append_new(list, json_string(version_text(version, fix_counts(s)->id)));
	for (size_t i = 0; i < s->count; i++)
		if (&s->at[i] != fix_counts(s))
			json_array_append_new(list,
					      json_string(version_text(version, s->at[i].id)));
	return list;
}

static json_t *json_fields(const struct telling *t)
{
	const struct clear clear = clear_now(t->whom);
	json_t *list = json_array();

	for (unsigned field = 0; field < FIX_END; field++)
		if (is_field(t, field))
			json_array_append_new(
				list,
				json_pack("{s:s, s:s, s:o, s:o, s:s, s:o}", "field",
					  fix_code(field), "kind", field_kind(field), "value",
					  json_value(field, t->opened, &clear), "choices",
					  json_choices(field), "seen",
					  field_seen(t->d->k->a, t->stands, field), "contested",
					  json_contest(fixes_of(t->stands, field))));
	return list;
}

/* ---- what was corrected ---- */

static json_t *json_fix(const struct telling *t, const struct correction *k, const struct op_fix *x)
{
	struct fix_version v = { .id = k->id, .lsn = k->lsn ? k->lsn : UINT64_MAX };
	struct err ignored = { 0 };
	char text[FIX_TEXT_MAX];
	struct span opened;

	if (!fix_is_sealed(x->field))
		return json_string(fix_text(text, x->field, x->value));
	if (!t->opened || fix_open(&opened, t->d->k->c, t->key, t->whom->unit, t->whom->person,
				   x->field, &v, t->d->k->a, &ignored))
		return json_null();
	return json_span(opened);
}

static int tell_correction(void *ctx, const struct correction *k, struct err *e)
{
	struct telling *t = ctx;
	struct client *c = t->d->k->c;
	json_t *values = json_object(), *stands = json_array();
	char version[VERSION_TEXT_MAX], name[NAME_MAX_BYTES + 1] = "";

	(void)e;
	(void)client_name_of(c, k->author, name, NULL);
	for (size_t i = 0; i < k->what->count; i++) {
		const struct op_fix *x = &k->what->fixes[i];

		json_object_set_new(values, fix_code(x->field), json_fix(t, k, x));
		if (fixes_have(fixes_of(t->stands, x->field), k->id))
			json_array_append_new(stands, json_string(fix_code(x->field)));
	}
	json_array_append_new(
		t->list,
		json_pack("{s:s, s:o, s:s, s:b, s:o, s:o, s:o, s:o}", "version",
			  version_text(version, k->id), "time", json_instant(k->time_ms), "by",
			  name, "own_device", k->id.device == client_identity(c)->device, "lsn",
			  k->lsn ? json_integer((json_int_t)k->lsn) : json_null(), "reason",
			  json_span(k->reason), "values", values, "stands", stands));
	return 0;
}

/* ---- what stood before ---- */

/* What was written first, of the fields that were corrected since. */
static int tell_first(struct telling *t, json_t **out)
{
	struct call *k = t->d->k;
	struct correct_first *first = arena_alloc(k->a, sizeof(*first));
	char name[NAME_MAX_BYTES + 1] = "";
	struct clear clear;
	json_t *values;
	int rc = first ? corrections_first(first, k->c, t->whom, t->opened ? t->key : NULL, k->a,
					   k->e)
		       : err_set(k->e, ERR_NOMEM, "no memory for a record");

	if (rc)
		return rc;
	(void)client_name_of(k->c, first->author, name, NULL);
	clear = (struct clear){ first->codes, first->admitted, first->recognised };
	values = json_object();
	for (size_t i = 0; i < t->stands->count; i++) {
		unsigned field = t->stands->fields[i].field;

		if (is_field(t, field))
			json_object_set_new(
				values, fix_code(field),
				json_value(field, t->opened ? &first->sealed : NULL, &clear));
	}
	*out = json_pack("{s:o, s:s, s:o, s:b, s:o}", "time", json_instant(first->time_ms), "by",
			 name, "lsn",
			 first->lsn ? json_integer((json_int_t)first->lsn) : json_null(), "came",
			 first->came, "values", values);
	return 0;
}

static bool may_correct(const struct telling *t)
{
	enum person_role role = client_role(t->d->k->c);

	return t->opened && (role == ROLE_CLERK || role == ROLE_APPROVER) &&
	       t->whom->unit == client_identity(t->d->k->c)->unit;
}

int persons_record(struct persons *d, const struct correct_whom *whom,
		   const struct person_fields *opened, json_t *out)
{
	struct call *k = d->k;
	struct telling t = { .d = d, .whom = whom, .opened = opened, .list = json_array() };
	json_t *first = json_null();
	int rc = 0;

	t.stands = arena_alloc(k->a, sizeof(*t.stands));
	if (!t.stands)
		rc = err_set(k->e, ERR_NOMEM, "no memory for corrections");
	if (!rc && opened)
		rc = keyring_person(d->keys, whom->person, t.key, k->e);
	if (!rc)
		rc = fixes_seen(t.stands, k->c, whom->unit, whom->person, k->e);
	if (!rc && t.stands->corrected)
		rc = corrections_each(k->c, whom->unit, whom->person, tell_correction, &t, k->e);
	if (!rc && t.stands->corrected)
		rc = tell_first(&t, &first);
	if (!rc)
		json_object_set_new(out, "record",
				    json_pack("{s:b, s:o, s:O, s:o}", "may", may_correct(&t),
					      "fields", json_fields(&t), "corrections", t.list,
					      "first", first));
	json_decref(t.list);
	key_wipe(t.key, sizeof(t.key));
	return rc;
}

/* ---- one member ---- */

/* On the list of members: who came there by a case that is here has that for a record, and no end in it. */
static int tell_state(struct call *k, struct whom *w)
{
	const uint8_t(*one)[PERSON_ID] = (const uint8_t(*)[PERSON_ID])w->of.person;
	const struct register_member *m = NULL;
	int rc = w->of.r ? roll_load_some(&w->roll, k->c, one, 1, k->e) : 0;

	if (!rc && roll_count(w->roll))
		m = roll_at(w->roll, 0);
	json_object_set_new(k->out, "state",
			    json_string(member_end_code(m ? m->how : MEMBER_STAYS)));
	json_object_set_new(k->out, "ended",
			    m && m->how != MEMBER_STAYS ? json_day(m->ended) : json_null());
	return rc;
}

static int show_member(struct persons *d, const char *id)
{
	struct call *k = d->k;
	struct person_fields f = { .at = { { NULL, 0 } } };
	struct whom w;
	bool opened;
	int rc = find_whom(&w, d, id);

	if (rc) {
		whom_close(&w);
		return rc;
	}
	opened = whom_open(&f, d, &w);
	json_object_set_new(k->out, "member", json_string(id));
	json_object_set_new(k->out, "case", json_boolean(w.of.r != NULL));
	json_object_set_new(k->out, "name", opened ? json_span(f.at[PF_NAME]) : json_null());
	rc = tell_state(k, &w);
	if (!rc)
		rc = persons_record(d, &w.of, opened ? &f : NULL, k->out);
	if (!rc)
		rc = case_write_read(&d->writer, w.of.unit, NAMES_OPENED, opened, k->e);
	whom_close(&w);
	return rc;
}

int api_member(struct call *k)
{
	struct persons d;
	int rc = persons_open(&d, k);

	if (!rc)
		rc = show_member(&d, text_at(k->in, "member"));
	persons_close(&d);
	return rc;
}

/* ---- a correction ---- */

static bool field_of(unsigned *out, const char *code)
{
	for (unsigned field = 0; field < FIX_END; field++) {
		if (!fix_code(field) || strcmp(fix_code(field), code) != 0)
			continue;
		*out = field;
		return true;
	}
	return false;
}

static int read_ask(struct call *k, struct correct_ask *ask, const struct person_fixes *stands)
{
	const json_t *fields = json_object_get(k->in, "fields"), *one;
	const char *code;
	int rc = 0;

	ask->reason = span_str(text_at(k->in, "reason"));
	json_object_foreach((json_t *)fields, code, one)
	{
		const char *text = json_string_value(json_object_get(one, "value"));
		unsigned field;

		if (!field_of(&field, code))
			return err_set(k->e, ERR_INVALID, "correct: there is no field %s", code);
		if (!text) /* sealed here, say: nothing is emptied that nobody could read */
			return err_set(k->e, ERR_INVALID, "correct: no value of %s is given", code);
		if (strcmp(text_at(one, "seen"), field_seen(k->a, stands, field)) != 0)
			return call_changed(k);
		ask->given[field] = true;
		if (fix_is_sealed(field))
			ask->text[field] = span_str(text);
		else
			rc = fix_parse(&ask->value[field], field, span_str(text), k->e);
		if (rc)
			return err_wrap(k->e, rc, "%s", code);
	}
	return rc;
}

static int correct(struct persons *d, const char *id)
{
	struct call *k = d->k;
	struct correct_ask *ask = arena_alloc(k->a, sizeof(*ask));
	struct person_fixes *stands = arena_alloc(k->a, sizeof(*stands));
	char version[VERSION_TEXT_MAX];
	struct op_id op;
	struct whom w;
	int rc = find_whom(&w, d, id);

	if (!rc && (!ask || !stands))
		rc = err_set(k->e, ERR_NOMEM, "no memory for a correction");
	if (!rc)
		rc = fixes_seen(stands, k->c, w.of.unit, w.of.person, k->e);
	if (!rc) {
		memset(ask, 0, sizeof(*ask));
		rc = read_ask(k, ask, stands);
	}
	if (!rc)
		rc = correct_write(&d->writer, &w.of, ask, &op, k->e);
	if (!rc)
		json_object_set_new(k->out, "op", json_string(version_text(version, op)));
	whom_close(&w);
	return rc;
}

int api_correct(struct call *k)
{
	struct persons d;
	int rc = persons_open(&d, k);

	if (!rc)
		rc = correct(&d, text_at(k->in, "person"));
	persons_close(&d);
	return rc;
}

/* ---- where two values stand ---- */

int persons_contested(struct persons *d)
{
	size_t fields = 0;
	int rc = corrections_contests(d->k->c, &fields, d->k->e);

	json_object_set_new(d->k->out, "contested", json_integer((json_int_t)fields));
	return rc;
}

struct contests {
	struct persons *d;
	json_t *list;
	uint32_t opened;
};

static int add_contest(void *ctx, uint32_t unit, const uint8_t person[PERSON_ID],
		       const struct person_fixes *f, struct err *e)
{
	struct contests *c = ctx;
	struct person_fields fields = { .at = { { NULL, 0 } } };
	json_t *codes = json_array();
	char hex[2 * PERSON_ID + 1];
	bool opened = false;
	struct whom w;

	(void)unit;
	hex_encode(hex, person, PERSON_ID);
	if (!find_whom(&w, c->d, hex))
		opened = whom_open(&fields, c->d, &w);
	else
		err_clear(e);
	c->opened += opened;
	for (size_t i = 0; i < f->count; i++)
		if (fix_contested(&f->fields[i]))
			json_array_append_new(codes, json_string(fix_code(f->fields[i].field)));
	json_array_append_new(
		c->list,
		json_pack("{s:s, s:b, s:o, s:o}", "person", hex, "case", w.of.r != NULL, "name",
			  opened ? json_span(fields.at[PF_NAME]) : json_null(), "fields", codes));
	whom_close(&w);
	return 0;
}

int api_record_contests(struct call *k)
{
	struct contests c = { .list = json_array() };
	struct persons d;
	size_t fields = 0;
	int rc = corrections_contests(k->c, &fields, k->e);

	json_object_set_new(k->out, "records", c.list);
	if (rc || !fields) /* no keys are opened for nothing, nor where there is no register */
		return rc;
	rc = persons_open(&d, k);
	c.d = &d;
	if (!rc)
		rc = corrections_contested(k->c, add_contest, &c, k->e);
	if (!rc)
		rc = persons_listed(&d, PERSONS_CONTESTS, client_identity(k->c)->unit, c.opened);
	persons_close(&d);
	return rc;
}
