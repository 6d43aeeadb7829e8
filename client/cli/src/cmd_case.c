/* case open, step, settle, key: what is written about one person. */
#include "case_cmd.h"
#include "correct_cmd.h"

#include "client/alike.h"
#include "ledger/register.h"

#include <stdlib.h>

/* ---- case key ---- */

int case_key(struct desk *d, int argc, char **argv)
{
	struct unit_key u;
	int rc = desk_unit_key(d, &u);

	(void)argc;
	(void)argv;
	if (rc)
		return rc;
	key_wipe(u.secret, sizeof(u.secret));
	if (d->c->json)
		return show_json(d->c, json_pack("{s:b}", "key", true));
	fprintf(d->c->out,
		_("this device holds the unit's key; dossiers can be submitted to the unit "
		  "once it is sent (`ketnap sync`)\n"));
	return 0;
}

/* ---- case open ---- */

struct opening {
	struct person_fields fields;
	struct person_codes codes;
	struct case_step step;
};

static const struct {
	const char *code;
	uint8_t fact;
} facts[] = { { "minority", FACT_MINORITY },
	      { "religious", FACT_RELIGIOUS },
	      { "union", FACT_YOUTH_UNION },
	      { "owner", FACT_OWNER },
	      { "fdi", FACT_FDI },
	      { "weak-hamlet", FACT_WEAK_HAMLET },
	      { "readmitted", FACT_READMITTED } };

static const char *const sources[CASE_SOURCES] = {
	[SOURCE_VETERAN] = "veteran", [SOURCE_STUDENT] = "student", [SOURCE_ARMED] = "armed",
	[SOURCE_PRIVATE] = "private", [SOURCE_AGENCY] = "agency",   [SOURCE_RURAL] = "rural",
	[SOURCE_OTHER] = "other",
};

/* Words of a list by commas; each must be one of those that are known. */
static int take_words(struct cli *c, const char *text, const char *const *words, size_t count,
		      uint32_t *bits)
{
	while (*text) {
		size_t len = strcspn(text, ","), i = 0;

		while (i < count && (strlen(words[i]) != len || strncmp(words[i], text, len)))
			i++;
		if (i == count)
			return cli_usage(c, _("there is no word %.*s for this"), (int)len, text);
		*bits |= UINT32_C(1) << i;
		text += len + (text[len] == ',');
	}
	return 0;
}

static int take_facts(struct cli *c, struct opening *o, const char *text)
{
	const char *words[ARRAY_LEN(facts)];
	uint32_t bits = 0;
	int rc;

	for (size_t i = 0; i < ARRAY_LEN(facts); i++)
		words[i] = facts[i].code;
	rc = take_words(c, text, words, ARRAY_LEN(facts), &bits);
	for (size_t i = 0; i < ARRAY_LEN(facts); i++)
		if (bits & UINT32_C(1) << i)
			o->codes.facts |= facts[i].fact;
	return rc;
}

static int take_education(struct cli *c, struct opening *o, const char *text)
{
	if (*text && person_codes_word(&o->codes, LIST_EDUCATION, span_str(text)))
		return 0;
	if (strlen(text) != 1 || *text < '0' || *text > '4')
		return cli_usage(c, _("education: write 0 to 4"));
	o->codes.education = (uint8_t)(*text - '0');
	return 0;
}

/* What form 2 asks for. Marks are several, by commas. */
static int take_form2(struct cli *c, struct opening *o, enum person_list list, const char *text)
{
	while (*text) {
		size_t len = list == LIST_MARKS ? strcspn(text, ",") : strlen(text);

		if (!len || !person_codes_word(&o->codes, list, span_of(text, len)))
			return cli_usage(c, _("there is no word %.*s for this"), (int)len, text);
		text += len + (text[len] == ',');
	}
	return 0;
}

static int take_field(struct cli *c, struct opening *o, const char *arg)
{
	const char *value, *eq = strchr(arg, '=');
	enum person_field f;
	uint32_t bits = 0;
	int rc;

	if (!eq)
		return cli_usage(c, _("case open: write FIELD=VALUE, not %s"), arg);
	if (is_pair(arg, "step", &value))
		return step_parse(c, value, &o->step.kind);
	if (is_pair(arg, "day", &value))
		return ask_day(c, value, &o->step.day);
	if (is_pair(arg, "facts", &value))
		return take_facts(c, o, value);
	if (is_pair(arg, "education", &value))
		return take_education(c, o, value);
	if (is_pair(arg, "occupation", &value))
		return take_form2(c, o, LIST_OCCUPATION, value);
	if (is_pair(arg, "degree", &value))
		return take_form2(c, o, LIST_DEGREE, value);
	if (is_pair(arg, "title", &value))
		return take_form2(c, o, LIST_TITLE, value);
	if (is_pair(arg, "marks", &value))
		return take_form2(c, o, LIST_MARKS, value);
	if (is_pair(arg, "source", &value)) {
		rc = take_words(c, value, sources, CASE_SOURCES, &bits);
		o->codes.sources = (uint8_t)bits;
		return rc;
	}
	if (!person_field_parse(&f, span_of(arg, (size_t)(eq - arg))) || f >= PF_PAPER_NO)
		return cli_usage(c, _("case open: there is no field %.*s"), (int)(eq - arg), arg);
	o->fields.at[f] = span_str(eq + 1);
	return 0;
}

/* Somebody of the same name and birth date is here already: said, for a person to decide. */
static int tell_alike(struct desk *d, const struct opening *o)
{
	char mine[2 * NAME_MAX_BYTES], theirs[2 * NAME_MAX_BYTES];
	struct err ignored = { 0 };
	int rc;

	if (text_fold(mine, sizeof(mine), NULL, o->fields.at[PF_NAME], &ignored))
		return 0;
	rc = desk_look_up(d, mine);
	if (rc)
		return rc;
	for (size_t i = 0; i < cases_count(d->cases); i++) {
		const struct case_record *r = cases_at(d->cases, i);
		struct person_fields f;
		struct case_state st;

		if (!case_is_open_here(d->c->client, r) ||
		    case_open_record(&f, d->c->client, d->keys, r, d->c->arena, &ignored) ||
		    text_fold(theirs, sizeof(theirs), NULL, f.at[PF_NAME], &ignored) ||
		    strcmp(mine, theirs) || !span_eq(f.at[PF_BIRTH], o->fields.at[PF_BIRTH]))
			continue;
		case_record_state(&st, r);
		fprintf(stderr,
			_("ketnap: please check: case %s of %s has the same name and birth date; it "
			  "stands at: %s\n"),
			case_id_text(d->c, r), unit_code(d->c, r->unit),
			_(case_stage_text(st.stage)));
	}
	return 0;
}

/* The card number of another person is refused; a member of the same name and birth date is said. */
static int check_others(struct desk *d, const struct opening *o)
{
	struct case_writer w = desk_writer(d);
	char hex[2 * PERSON_ID + 1];
	struct alike like;
	int rc = alike_refuse_card(&w, &o->fields, NULL, &d->c->err);

	if (!rc)
		rc = alike_find(&like, &w, &o->fields, NULL, &d->c->err);
	if (rc || like.how != ALIKE_PERSON || like.is_case)
		return rc;
	hex_encode(hex, like.person, PERSON_ID);
	hex[CASE_ID_SHOWN] = '\0';
	fprintf(stderr, _("ketnap: please check: member %s has the same name and birth date\n"),
		hex);
	return 0;
}

static int check_opening(struct desk *d, struct opening *o)
{
	enum person_role role = client_role(d->c->client);
	struct case_state st = { .stage = CASE_NONE };
	struct case_step first = o->step;
	day_t birth;
	int rc = person_fields_days(&o->fields, d->c->arena, &d->c->err);

	if (!rc)
		rc = person_fields_check(&o->fields, &d->c->err);
	if (!rc && role != ROLE_CLERK && role != ROLE_APPROVER)
		rc = err_set(&d->c->err, ERR_DENIED, "the role of this person does not allow it");
	if (!rc && (o->step.day > d->today))
		rc = err_set(&d->c->err, ERR_RANGE, "that day is still to come");
	if (!rc && person_fields_birth(&o->fields, &birth) && birth >= o->step.day)
		rc = err_set(&d->c->err, ERR_RANGE, "the birth date is not before the first step");
	return rc ? rc : case_apply(&st, &first, &d->c->err);
}

int case_open(struct desk *d, int argc, char **argv)
{
	struct opening o = { .step = { .kind = STEP_INTRODUCE, .day = d->today } };
	struct case_writer w = desk_writer(d);
	uint8_t person[PERSON_ID];
	char hex[2 * PERSON_ID + 1];
	int rc = 0;

	for (int i = 0; i < argc && !rc; i++)
		rc = take_field(d->c, &o, argv[i]);
	if (!rc)
		rc = check_opening(d, &o);
	if (rc)
		return rc;
	rc = check_others(d, &o);
	if (rc)
		return rc;
	rc = tell_alike(d, &o);
	if (!rc)
		rc = case_write_open(&w, &o.fields, &o.codes, &o.step, person, &d->c->err);
	if (rc)
		return rc;
	hex_encode(hex, person, PERSON_ID);
	if (d->c->json)
		return show_json(d->c, json_pack("{s:s, s:s, s:s}", "case", hex, "step",
						 case_step_code(o.step.kind), "state", "queued"));
	fprintf(d->c->out, _("case %.*s is open: %s; it is queued here\n"), CASE_ID_SHOWN, hex,
		_(case_step_text(o.step.kind)));
	return 0;
}

/* ---- case step ---- */

static int take_votes(struct cli *c, struct case_step *s, const char *text)
{
	char *end;
	unsigned long of, all;

	of = strtoul(text, &end, 10);
	all = *end == '/' ? strtoul(end + 1, &end, 10) : 0;
	if (*end || !all || of > all || all > UINT16_MAX)
		return cli_usage(c, _("votes: write 19/21, those for it of all full members"));
	s->votes_for = (uint16_t)of;
	s->votes_of = (uint16_t)all;
	return 0;
}

static int take_why(struct cli *c, struct case_step *s, const char *code)
{
	for (int r = REASON_NONE + 1; r < CASE_REASONS; r++) {
		if (strcmp(case_reason_code((enum case_reason)r), code))
			continue;
		s->reason = (enum case_reason)r;
		return 0;
	}
	return cli_usage(c, _("why: there is no reason %s"), code);
}

static int take_exception(struct cli *c, struct case_step *s, const char *text)
{
	const char *colon = strchr(text, ':');
	struct case_exception x = { 0, 0 };

	for (int r = CASE_RULE_NONE + 1; colon && r < CASE_RULES_EXCEPTED; r++) {
		const char *name = case_rule_code_name((enum case_rule_code)r);

		if (strlen(name) == (size_t)(colon - text) && !strncmp(name, text, strlen(name)))
			x.rule = (uint8_t)r;
	}
	for (int g = GROUND_NONE + 1; colon && g < CASE_GROUNDS; g++)
		if (!strcmp(case_ground_code((enum case_ground)g), colon + 1))
			x.ground = (uint8_t)g;
	if (!x.rule || !x.ground || s->exception_count == CASE_EXCEPTIONS_MAX)
		return cli_usage(c, _("except: write RULE:GROUND, for example age-max:consent"));
	s->exceptions[s->exception_count++] = x;
	return 0;
}

int step_detail(struct desk *d, struct op *op, struct person_fields *paper, const char *arg)
{
	const struct unit *u;
	const char *value;
	int rc;

	if (is_pair(arg, "no", &value)) {
		paper->at[PF_PAPER_NO] = span_str(value);
		return 0;
	}
	if (is_pair(arg, "signer", &value)) {
		paper->at[PF_PAPER_SIGNER] = span_str(value);
		return 0;
	}
	if (is_pair(arg, "votes", &value))
		return take_votes(d->c, &op->step.step, value);
	if (is_pair(arg, "why", &value))
		return take_why(d->c, &op->step.step, value);
	if (is_pair(arg, "except", &value))
		return take_exception(d->c, &op->step.step, value);
	if (is_pair(arg, "to", &value)) {
		rc = ask_unit(d->c, value, &u);
		if (!rc)
			op->step.to = u->unit;
		return rc;
	}
	return cli_usage(d->c, _("case step: %s is not known here"), arg);
}

static int told(struct desk *d, size_t index, const struct op *op)
{
	const struct case_record *r = cases_at(d->cases, index);
	struct case_state st;
	struct register_key k;

	case_record_state(&st, r);
	if (d->c->json)
		return show_json(d->c, json_pack("{s:s, s:s, s:s, s:I, s:s}", "case",
						 case_id_text(d->c, r), "step",
						 case_step_code(op->step.step.kind), "stage",
						 case_stage_code(st.stage), "rivals",
						 (json_int_t)r->rival_count, "state", "queued"));
	fprintf(d->c->out, _("case %s: %s; now: %s; it is queued here\n"), case_id_text(d->c, r),
		_(case_step_text(op->step.step.kind)), _(case_stage_text(st.stage)));
	if (op->step.to && op->step.to != op->unit &&
	    register_unit_key(client_base(d->c->client), op->step.to, &k, &d->c->err))
		fprintf(d->c->out,
			_("  %s has made no key yet: it sees the stage, and no name until it sends "
			  "and receives, which makes one\n"),
			unit_code(d->c, op->step.to));
	return 0;
}

int case_step(struct desk *d, int argc, char **argv)
{
	struct field_rules rules = { .holidays = NULL };
	struct person_fields paper = { .at = { { NULL, 0 } } };
	enum case_step_kind kind;
	size_t index = 0;
	day_t day = d->today;
	struct op op;
	int rc;

	if (argc < 3)
		return cli_usage(d->c, _("case step: write CASE STEP DAY"));
	rc = desk_find(d, argv[0], &index);
	if (!rc)
		rc = step_parse(d->c, argv[1], &kind);
	if (!rc)
		rc = ask_day(d->c, argv[2], &day);
	if (rc)
		return rc;
	op = case_write_step_of(cases_at(d->cases, index), kind, day);
	for (int i = 3; i < argc && !rc; i++)
		rc = step_detail(d, &op, &paper, argv[i]);
	if (!rc)
		rc = field_rules_read(d->c, &rules);
	if (!rc)
		tell_findings(d, &rules, cases_at(d->cases, index), &op.step.step, stderr);
	if (!rc)
		rc = desk_step(d, index, &op, &paper);
	if (!rc)
		rc = desk_again(d);
	field_rules_fini(&rules);
	return rc ? rc : told(d, index, &op);
}

/* ---- case correct ---- */

int case_correct(struct desk *d, int argc, char **argv)
{
	struct correct_whom whom = { .r = NULL };
	size_t index = 0;
	int rc;

	if (argc < 2)
		return cli_usage(d->c, _("case correct: write CASE FIELD=VALUE ... --reason TEXT"));
	rc = desk_find(d, argv[0], &index);
	if (rc)
		return rc;
	whom.r = cases_at(d->cases, index);
	whom.unit = whom.r->unit;
	memcpy(whom.person, whom.r->person, PERSON_ID);
	return correct_person(d, &whom, argc - 1, argv + 1);
}

/* ---- case settle ---- */

int case_settle(struct desk *d, int argc, char **argv)
{
	struct case_writer w = desk_writer(d);
	const struct case_record *r;
	const char *value = NULL;
	size_t index = 0, keep = 0;
	struct op op = { .kind = OP_CASE_STEP };
	int rc;

	if (argc != 2 || !is_pair(argv[1], "keep", &value) || !options.reason)
		return cli_usage(d->c,
				 _("case settle: write CASE keep=N --reason TEXT; `ketnap case "
				   "show` numbers them"));
	rc = desk_find(d, argv[0], &index);
	if (rc)
		return rc;
	r = cases_at(d->cases, index);
	if (!r->rival_count)
		return err_set(&d->c->err, ERR_STATE, "there is nothing to settle in this case");
	keep = strtoul(value, NULL, 10);
	if (keep > r->rival_count)
		return cli_usage(d->c, _("keep: there is no number %s"), value);
	rc = case_write_settle(&w, r, keep, span_str(options.reason), &d->c->err);
	if (!rc)
		rc = desk_again(d);
	return rc ? rc : told(d, index, &op);
}
