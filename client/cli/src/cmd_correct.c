/* case correct, members correct: a record corrected field by field; what was corrected before, and contests. */
#include "correct_cmd.h"

#include "client/outbox.h"

#include <stdlib.h>

/* ---- what is typed ---- */

static int take_clear(struct cli *c, unsigned field, const char *text, int64_t *out)
{
	char why[ERR_TEXT_MAX];
	int rc = fix_parse(out, field, span_str(text), &c->err);

	return rc && field < FIX_ADMITTED ? cli_usage(c, "%s", lang_err(&c->err, why, sizeof(why)))
					  : rc;
}

static int take_pair(struct desk *d, struct correct_ask *ask, const char *arg)
{
	const char *eq = strchr(arg, '=');
	unsigned field = 0;

	if (!eq)
		return cli_usage(d->c, _("correct: write FIELD=VALUE, not %s"), arg);
	while (field < FIX_END &&
	       (!fix_code(field) || strlen(fix_code(field)) != (size_t)(eq - arg) ||
		strncmp(fix_code(field), arg, (size_t)(eq - arg))))
		field++;
	if (field == FIX_END)
		return cli_usage(d->c, _("correct: there is no field %.*s"), (int)(eq - arg), arg);
	if (ask->given[field])
		return cli_usage(d->c, _("correct: %s is given twice"), fix_code(field));
	ask->given[field] = true;
	if (!fix_is_sealed(field))
		return take_clear(d->c, field, eq + 1, &ask->value[field]);
	ask->text[field] = span_str(eq + 1);
	return 0;
}

/* ---- what it says ---- */

static const char *words_of(struct cli *c, unsigned field, int64_t value)
{
	char text[FIX_TEXT_MAX];
	const char *words;

	if (field >= FIX_FACT && field <= FIX_FACT_LAST)
		return value ? _("yes") : _("no");
	if (field >= FIX_ADMITTED)
		return value ? show_day(c->arena, (day_t)value) : "-";
	words = fix_text(text, field, value);
	return *words || field == FIX_SOURCES ? arena_str(c->arena, span_str(words)) : "-";
}

static json_t *value_json(struct cli *c, unsigned field, int64_t value)
{
	if (field >= FIX_FACT && field <= FIX_FACT_LAST)
		return json_boolean(value);
	if (field >= FIX_ADMITTED)
		return value ? json_day((day_t)value) : json_null();
	return field == FIX_EDUCATION ? json_integer(value)
				      : json_string(words_of(c, field, value));
}

struct showing {
	struct desk *d;
	uint32_t unit;
	const uint8_t *person;
	bool opened;
	uint8_t key[BOX_KEY_BYTES];
	struct person_fixes stands;
	json_t *list;
	size_t count;
};

/* NULL: sealed, and not to be opened here. */
static const struct span *sealed_text(struct showing *s, unsigned field,
				      const struct fix_version *v)
{
	struct span *out = arena_alloc(s->d->c->arena, sizeof(*out));
	struct err ignored = { 0 };

	if (!s->opened || !out ||
	    fix_open(out, s->d->c->client, s->key, s->unit, s->person, (uint8_t)field, v,
		     s->d->c->arena, &ignored))
		return NULL;
	return out;
}

static const char *fix_words(struct showing *s, unsigned field, const struct fix_version *v)
{
	const struct span *text;

	if (!fix_is_sealed(field))
		return words_of(s->d->c, field, v->value);
	text = sealed_text(s, field, v);
	return !text ? _("(sealed)") : text->len ? arena_str(s->d->c->arena, *text) : "-";
}

static json_t *fix_json(struct showing *s, unsigned field, const struct fix_version *v)
{
	const struct span *text;

	if (!fix_is_sealed(field))
		return value_json(s->d->c, field, v->value);
	text = sealed_text(s, field, v);
	return text && text->len ? json_span(*text) : json_null();
}

static const char *author_words(struct cli *c, uint32_t author)
{
	char name[NAME_MAX_BYTES + 1] = "";

	(void)client_name_of(c->client, author, name, NULL);
	return *name ? arena_str(c->arena, span_str(name))
		     : arena_printf(c->arena, _("person %u"), author);
}

static int show_correction(void *ctx, const struct correction *k, struct err *e)
{
	struct showing *s = ctx;
	struct cli *c = s->d->c;
	json_t *values = json_object();
	json_t *stands = json_array();

	(void)e;
	s->count++;
	if (!s->list)
		fprintf(c->out, _("  corrected on %s by %s%s: %s\n"),
			show_minute(c->arena, k->time_ms), author_words(c, k->author),
			k->lsn ? "" : _(" - not sent yet"), arena_str(c->arena, k->reason));
	for (size_t i = 0; i < k->what->count; i++) {
		const struct op_fix *x = &k->what->fixes[i];
		struct fix_version v = { .id = k->id, .lsn = k->lsn, .value = x->value };
		bool now = fixes_have(fixes_of(&s->stands, x->field), k->id);

		if (!k->lsn)
			v.lsn = UINT64_MAX; /* an own one: read from the outbox */
		if (now)
			json_array_append_new(stands, json_string(fix_code(x->field)));
		if (s->list)
			json_object_set_new(values, fix_code(x->field), fix_json(s, x->field, &v));
		else
			fprintf(c->out, "    %s: %s%s\n", fix_code(x->field),
				fix_words(s, x->field, &v),
				now ? "" : _(" - corrected again since"));
	}
	if (s->list)
		json_array_append_new(s->list,
				      json_pack("{s:o, s:s, s:I, s:o, s:O, s:O, s:I}", "time",
						json_instant(k->time_ms), "by",
						author_words(c, k->author), "by_person",
						(json_int_t)k->author, "reason",
						json_span(k->reason), "values", values, "stands",
						stands, "lsn", (json_int_t)k->lsn));
	json_decref(values);
	json_decref(stands);
	return 0;
}

/* ---- contests ---- */

static json_t *version_json(struct showing *s, unsigned field, const struct fix_version *v,
			    const struct correction *by, bool counts)
{
	char version[VERSION_TEXT_MAX];

	return json_pack("{s:s, s:o, s:s, s:I, s:b, s:b, s:o, s:I}", "version",
			 version_text(version, v->id), "value", fix_json(s, field, v), "by_unit",
			 unit_code(s->d->c, s->unit), "by_person", (json_int_t)by->author,
			 "on_behalf", false, "counts", counts, "time", json_instant(by->time_ms),
			 "lsn", (json_int_t)by->lsn);
}

struct finding {
	struct op_id id;
	struct correction *out;
};

static int find_correction(void *ctx, const struct correction *k, struct err *e)
{
	struct finding *f = ctx;

	(void)e;
	if (op_id_cmp(k->id, f->id))
		return 0;
	*f->out = *k;
	f->out->what = NULL; /* lent during the call */
	f->out->reason = (struct span){ NULL, 0 };
	return 1;
}

static int show_contest(struct showing *s, const struct fix_state *f, json_t *list, bool words)
{
	struct cli *c = s->d->c;
	json_t *versions = json_array();
	char hex[2 * PERSON_ID + 1];
	int rc = 0;

	hex_encode(hex, s->person, PERSON_ID);
	if (words)
		fprintf(c->out, _("%s, record %.*s: two values of %s\n"), unit_code(c, s->unit),
			CASE_ID_SHOWN, hex, fix_code(f->field));
	for (size_t i = 0; i < f->count && rc >= 0; i++) {
		struct correction by = { .lsn = 0 };
		struct finding find = { f->at[i].id, &by };
		bool counts = &f->at[i] == fix_counts(f);

		rc = corrections_each(c->client, s->unit, s->person, find_correction, &find,
				      &c->err);
		json_array_append_new(versions, version_json(s, f->field, &f->at[i], &by, counts));
		if (words)
			fprintf(c->out, _("  %s by %s, %s%s\n"), fix_words(s, f->field, &f->at[i]),
				author_words(c, by.author), show_minute(c->arena, by.time_ms),
				counts ? _(" (counts meanwhile)") : "");
	}
	if (words)
		fprintf(c->out,
			_("  to settle it: `ketnap case correct` or `ketnap members correct` %.*s "
			  "%s=VALUE --reason TEXT\n"),
			CASE_ID_SHOWN, hex, fix_code(f->field));
	json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:o}", "unit", unit_code(c, s->unit),
					      "person", hex, "field", fix_code(f->field),
					      "versions", versions));
	return rc < 0 ? rc : 0;
}

static int show_contests(struct showing *s, json_t *list, bool words)
{
	int rc = 0;

	for (size_t i = 0; i < s->stands.count && !rc; i++)
		if (fix_contested(&s->stands.fields[i]))
			rc = show_contest(s, &s->stands.fields[i], list, words);
	return rc;
}

int corrections_show(struct desk *d, uint32_t unit, const uint8_t person[PERSON_ID], bool opened,
		     json_t *j)
{
	struct showing *s = arena_alloc(d->c->arena, sizeof(*s));
	json_t *contests = json_array();
	int rc;

	if (!s)
		return err_set(&d->c->err, ERR_NOMEM, "no memory for corrections");
	*s = (struct showing){ .d = d, .unit = unit, .person = person, .opened = opened };
	if (j)
		s->list = json_array();
	s->opened = opened && !keyring_person(d->keys, person, s->key, &d->c->err);
	rc = fixes_seen(&s->stands, d->c->client, unit, person, &d->c->err);
	if (!rc && s->stands.corrected)
		rc = corrections_each(d->c->client, unit, person, show_correction, s, &d->c->err);
	if (!rc)
		rc = show_contests(s, contests, !j);
	key_wipe(s->key, sizeof(s->key));
	if (j) {
		json_object_set_new(j, "corrections", s->list);
		json_object_set(j, "contested", contests);
	}
	json_decref(contests);
	return rc;
}

struct all_contests {
	struct desk *d;
	json_t *list;
	size_t persons;
};

/* Noted, and looked at afterwards: what shows one reads the store itself. */
static int each_contested(void *ctx, uint32_t unit, const uint8_t person[PERSON_ID],
			  const struct person_fixes *f, struct err *e)
{
	struct all_contests *a = ctx;
	struct cli *c = a->d->c;
	struct showing *s = arena_alloc(c->arena, sizeof(*s));
	int rc;

	if (!s)
		return err_set(e, ERR_NOMEM, "no memory for corrections");
	*s = (struct showing){ .d = a->d, .unit = unit, .person = person, .stands = *f };
	s->opened = !keyring_person(a->d->keys, person, s->key, e);
	a->persons += s->opened;
	rc = show_contests(s, a->list, !c->json);
	key_wipe(s->key, sizeof(s->key));
	return rc;
}

int corrections_conflicts(struct cli *c, json_t *list, size_t *count)
{
	struct all_contests a = { .list = list };
	struct desk d;
	int rc = corrections_contests(c->client, count, &c->err);

	if (rc || !*count)
		return rc;
	rc = desk_open(&d, c);
	a.d = &d;
	if (!rc)
		rc = corrections_contested(c->client, each_contested, &a, &c->err);
	if (!rc)
		rc = tell_names(c, client_identity(c->client)->unit, NAMES_OPENED,
				(uint32_t)a.persons);
	desk_close(&d);
	return rc;
}

/* ---- writing ---- */

int correct_person(struct desk *d, const struct correct_whom *whom, int argc, char **argv)
{
	struct case_writer w = desk_writer(d);
	struct correct_ask *ask = arena_alloc(d->c->arena, sizeof(*ask));
	char hex[2 * PERSON_ID + 1];
	struct op_id id;
	int rc = 0;

	if (!ask)
		return err_set(&d->c->err, ERR_NOMEM, "no memory for a correction");
	memset(ask, 0, sizeof(*ask));
	if (argc < 1 || !options.reason)
		return cli_usage(d->c, _("correct: write WHOM FIELD=VALUE ... --reason TEXT"));
	for (int i = 0; i < argc && !rc; i++)
		rc = take_pair(d, ask, argv[i]);
	if (rc)
		return rc;
	ask->reason = span_str(options.reason);
	rc = correct_write(&w, whom, ask, &id, &d->c->err);
	if (rc)
		return rc;
	hex_encode(hex, whom->person, PERSON_ID);
	if (d->c->json)
		return show_json(d->c, json_pack("{s:s, s:i, s:s}", "person", hex, "fields", argc,
						 "state", "queued"));
	fprintf(d->c->out, _("the correction is queued here\n"));
	return 0;
}
