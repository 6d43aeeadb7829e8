/* Steps: of one person, or of many on one screen, as a class or a meeting has them. All or none, one commit; what does
 * not keep a rule is told before, never refused. */
#include "persons.h"

#include "ledger/register.h"
#include "report/rule.h"

#include <stdlib.h>

enum { MANY_MAX = 500 };

struct many {
	struct persons *d;
	struct op like; /* kind, day, reason, votes, body */
	struct person_fields paper;
	json_t *findings;
};

static int find(struct persons *d, const json_t *id, const struct case_record **out)
{
	char hex[2 * PERSON_ID + 1];
	const char *want = json_string_value(id);

	for (size_t i = 0; i < cases_count(d->cases); i++) {
		*out = cases_at(d->cases, i);
		hex_encode(hex, (*out)->person, PERSON_ID);
		if (want && !strcmp(hex, want) && case_is_open_here(d->k->c, *out))
			return 0;
	}
	return err_set(d->k->e, ERR_NOTFOUND, "no case that this device may open goes by %s",
		       want ? want : "?");
}

/* ---- what is asked ---- */

static int read_votes(struct persons *d, struct case_step *s)
{
	const char *text = text_at(d->k->in, "votes");
	unsigned long of, all;
	char *end;

	if (!*text)
		return 0;
	of = strtoul(text, &end, 10);
	all = *end == '/' ? strtoul(end + 1, &end, 10) : 0;
	if (*end || !all || of > all || all > UINT16_MAX)
		return err_set(d->k->e, ERR_INVALID,
			       "votes: write 19/21, those for it of all full members");
	s->votes_for = (uint16_t)of;
	s->votes_of = (uint16_t)all;
	return 0;
}

static int read_step(struct many *m)
{
	struct persons *d = m->d;
	struct case_step *s = &m->like.step.step;
	const char *step = text_at(d->k->in, "step"), *why = text_at(d->k->in, "why");
	uint32_t to = 0;
	int rc = persons_day(d, "day", &s->day);

	for (int k = STEP_NONE + 1; k < STEP_KINDS; k++)
		if (!strcmp(case_step_code((enum case_step_kind)k), step))
			s->kind = (enum case_step_kind)k;
	for (int r = REASON_NONE + 1; r < CASE_REASONS; r++)
		if (!strcmp(case_reason_code((enum case_reason)r), why))
			s->reason = (enum case_reason)r;
	if (!rc && s->kind == STEP_NONE)
		rc = err_set(d->k->e, ERR_INVALID, "there is no step %s", step);
	if (!rc)
		rc = read_votes(d, s);
	if (!rc && *text_at(d->k->in, "unit"))
		rc = call_unit(d->k, &to);
	m->like.step.to = to;
	m->paper.at[PF_PAPER_NO] = persons_text(d, "no");
	m->paper.at[PF_PAPER_SIGNER] = persons_text(d, "signer");
	return rc;
}

/* ---- what does not keep a rule ---- */

static void say(struct many *m, const struct case_record *r, const char *text)
{
	char hex[2 * PERSON_ID + 1];

	hex_encode(hex, r->person, PERSON_ID);
	json_array_append_new(m->findings, json_pack("{s:s, s:s}", "case", hex, "text", text));
}

static void judge(struct many *m, const struct case_record *r)
{
	struct persons *d = m->d;
	const struct case_step *step = &m->like.step.step;
	const struct web_register *reg = d->k->w->config.reg;
	const struct unit *u = tree_get(ledger_tree(d->k->base), r->unit);
	struct case_person p = { .education = (enum case_education)r->codes.education,
				 .readmission = r->codes.facts & FACT_READMITTED };
	struct case_finding found[CASE_FINDINGS_MAX];
	struct person_fields f;
	struct err ignored = { 0 };
	struct case_state st;
	uint32_t missing;
	size_t count = 0;

	case_record_state(&st, r);
	if (!case_open_record(&f, d->k->c, d->keys, r, d->k->a, &ignored))
		p.birth_known = person_fields_birth(&f, &p.birth);
	if (reg->rules)
		count = case_judge(found, reg->rules, d->k->w->config.holidays, &st, step, &p);
	for (size_t i = 0; i < count; i++)
		say(m, r,
		    arena_printf(d->k->a, "%s; %s", finding_words(d->k->a, &found[i]),
				 rule_source_words(found[i].rule)));
	missing = case_missing(&st, step->kind,
			       u && unit_kind_at(u, step->day, UINT64_MAX) == UNIT_BASE_CELL);
	for (int k = STEP_NONE + 1; k < STEP_KINDS; k++)
		if (missing & CASE_BIT(k))
			say(m, r,
			    arena_printf(d->k->a, _("not written down yet: %s"),
					 _(case_step_text((enum case_step_kind)k))));
}

/* ---- all or none ---- */

static int take_one(struct many *m, const json_t *id)
{
	const struct case_record *r;
	struct op op;
	int rc = find(m->d, id, &r);

	if (rc)
		return rc;
	op = case_write_step_of(r, m->like.step.step.kind, m->like.step.step.day);
	op.step.step = m->like.step.step;
	op.step.to = m->like.step.to;
	judge(m, r);
	rc = case_write_step(&m->d->writer, r, &op, &m->paper, m->d->k->e);
	if (rc)
		json_object_set(m->d->k->out, "problem", (json_t *)id);
	return rc;
}

static bool twice(const json_t *ids)
{
	for (size_t i = 0; i < json_array_size(ids); i++)
		for (size_t k = 0; k < i; k++)
			if (json_equal(json_array_get(ids, i), json_array_get(ids, k)))
				return true;
	return false;
}

static int take_all(struct many *m)
{
	struct call *k = m->d->k;
	const json_t *ids = json_object_get(k->in, "cases"), *id;
	size_t i, count = json_array_size(ids);
	int rc = read_step(m);

	if (!rc && (!count || count > MANY_MAX || twice(ids)))
		rc = err_set(k->e, ERR_INVALID, "name 1 to %d cases, each once", MANY_MAX);
	if (!rc)
		rc = client_begin(k->c, k->e);
	if (rc)
		return rc;
	json_array_foreach(ids, i, id)
	{
		rc = take_one(m, id);
		if (rc)
			break;
	}
	if (rc || call_said_yes(k, "dry_run")) {
		client_abort(k->c);
		return rc;
	}
	rc = client_commit(k->c, k->e);
	json_object_set_new(k->out, "steps", json_integer(rc ? 0 : (json_int_t)count));
	return rc;
}

int api_case_step(struct call *k)
{
	struct many m = { .like = { .kind = OP_CASE_STEP }, .findings = json_array() };
	struct persons d;
	int rc = persons_open(&d, k);

	m.d = &d;
	json_object_set_new(k->out, "findings", m.findings);
	if (!rc)
		rc = take_all(&m);
	persons_close(&d);
	return rc;
}

/* ---- two outcomes ---- */

static int settle(struct persons *d)
{
	struct call *k = d->k;
	const struct case_record *r;
	size_t keep = (size_t)number_at(k->in, "keep");
	int rc = find(d, json_object_get(k->in, "case"), &r);

	if (!rc && !r->rival_count)
		rc = err_set(k->e, ERR_STATE, "there is nothing to settle in this case");
	if (!rc && (keep > r->rival_count || !*text_at(k->in, "reason")))
		rc = err_set(k->e, ERR_INVALID, "say which figure is right");
	return rc ? rc
		  : case_write_settle(&d->writer, r, keep, span_str(text_at(k->in, "reason")),
				      k->e);
}

int api_case_settle(struct call *k)
{
	struct persons d;
	int rc = persons_open(&d, k);

	if (!rc)
		rc = settle(&d);
	persons_close(&d);
	return rc;
}
