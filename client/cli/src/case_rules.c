/* The rules of the field, read from beside the program, and what of a step does not keep them. */
#include "case_ask.h"

#include "domain/deadline.h"
#include "report/rule.h"

enum { RULE_FILE_MAX = 1 << 20 };

static int read_share(struct cli *c, struct span *out, const char *below)
{
	char path[PATH_BYTES];
	struct buf bytes;
	int rc;

	buf_init(&bytes, RULE_FILE_MAX);
	rc = whole_read(&bytes, share_folder(path, below), RULE_FILE_MAX, &c->err);
	if (!rc) {
		*out = arena_copy(c->arena, buf_span(&bytes));
		if (!out->data)
			rc = err_set(&c->err, ERR_NOMEM, "%s: no memory to read it", path);
	}
	buf_fini(&bytes);
	return rc;
}

int field_rules_read(struct cli *c, struct field_rules *r)
{
	struct span text;
	int rc = read_share(c, &text, "ketnap/holidays/vietnam.csv");

	r->holidays = NULL;
	if (!rc)
		rc = holidays_parse(&r->holidays, text, &c->err);
	if (!rc)
		rc = read_share(c, &text, "ketnap/rules/admission.csv");
	if (!rc)
		rc = case_rules_parse(&r->rules, text, c->arena, &c->err);
	return rc;
}

void field_rules_fini(struct field_rules *r)
{
	holidays_free(r->holidays);
}

static void tell_finding(struct arena *a, const struct case_finding *f, FILE *to)
{
	fprintf(to, _("  please check: %s%s; %s\n"), finding_words(a, f),
		f->doubtful ? _(", counted over days not verified") : "",
		rule_source_words(f->rule));
	if (f->ground != GROUND_NONE)
		fprintf(to, _("    recorded as an exception: %s\n"),
			_(case_ground_text(f->ground)));
}

void tell_findings(struct desk *d, const struct field_rules *rules, const struct case_record *r,
		   const struct case_step *step, FILE *to)
{
	const struct unit *u = tree_get(ledger_tree(client_base(d->c->client)), r->unit);
	struct case_person p = { .education = (enum case_education)r->codes.education,
				 .readmission = r->codes.facts & FACT_READMITTED };
	struct case_finding found[CASE_FINDINGS_MAX];
	struct person_fields f = { .at = { { NULL, 0 } } };
	struct err ignored = { 0 };
	struct case_state st;
	uint32_t missing;
	size_t count;

	case_record_state(&st, r);
	if (!case_open_record(&f, d->c->client, d->keys, r, d->c->arena, &ignored))
		p.birth_known = person_fields_birth(&f, &p.birth);
	p.left_known = person_fields_left(&f, &p.left);
	if (f.at[PF_READMITTED].len)
		p.readmitted = (uint8_t)(f.at[PF_READMITTED].data[0] - '0');
	p.readmission |= p.left_known || p.readmitted;
	count = case_judge(found, &rules->rules, rules->holidays, &st, step, &p);
	for (size_t i = 0; i < count; i++)
		tell_finding(d->c->arena, &found[i], to);
	missing = case_missing(&st, step->kind,
			       u && unit_kind_at(u, step->day, UINT64_MAX) == UNIT_BASE_CELL);
	for (int k = STEP_NONE + 1; k < STEP_KINDS; k++)
		if (missing & CASE_BIT(k))
			fprintf(to, _("  not written down yet: %s\n"),
				_(case_step_text((enum case_step_kind)k)));
}
