/* drafts UNIT, publish UNIT: targets that were sent down as drafts, what units registered, and targets made of them. */
#include "allocate.h"
#include "devices_show.h"

#include "report/drafts.h"
#include "report/question.h"

/* ---- what `allocate --draft` writes ---- */

static const struct draft_line *drafted_before(const struct allocation *al,
					       const struct drafts_table *t, size_t i)
{
	for (size_t k = 0; k < t->count; k++)
		if (t->rows[k].unit == al->units[i]->unit &&
		    (t->rows[k].state == DRAFT_WAITS || t->rows[k].state == DRAFT_ANSWERED))
			return &t->rows[k];
	return NULL;
}

int allocation_drafts(const struct allocation *al, struct op **ops, size_t *count)
{
	struct cli *c = al->c;
	struct drafts_ask ask = { .unit = al->top->unit,
				  .period = al->period,
				  .measure = span_str(al->measure),
				  .known_at = UINT64_MAX,
				  .sort = al->limit ? DRAFTS_LIMITS : DRAFTS_NUMBERS };
	struct drafts_table before;
	int rc = query_drafts_table(&before, c->store.ledger, &ask, c->arena, &c->err);

	*count = 0;
	*ops = arena_array(c->arena, al->count + 1, sizeof(**ops));
	if (!*ops)
		return err_set(&c->err, ERR_NOMEM, "no memory for drafts");
	for (size_t i = 0; i < al->count && !rc; i++) {
		struct op *op = &(*ops)[*count];
		const struct draft_line *was = drafted_before(al, &before, i);
		bool given = al->shares[i].given;

		*op = (struct op){ .kind = OP_TARGET_DRAFT, .unit = al->units[i]->unit };
		op->target = (struct op_target){
			.period = al->period,
			.measure = span_str(al->measure),
			.instrument = al->instrument,
			.doc_no = al->doc_no,
			.doc_date = al->doc_date,
			.issuer = span_str(unit_name_at(al->top, al->period.from, UINT64_MAX)),
			.type = !given      ? TARGET_NONE
				: al->limit ? TARGET_MAXIMUM
					    : TARGET_EXACT,
			.value = given ? al->shares[i].share : 0,
			.answer_by = given ? al->answer_by : 0,
			.draft = !given && was && was->beside ? was->draft.lsn : 0
		};
		*count += given || was;
	}
	return rc;
}

/* ---- drafts ---- */

static int read_ask(struct cli *c, const char *unit, struct drafts_ask *ask)
{
	struct question_words words = { .known_at = options.known_at, .period = "2000" };
	struct question known;
	const struct unit *u = NULL;
	int rc = parse_unit(c, unit, &u);

	*ask = (struct drafts_ask){ .measure = span_str(options.measure ? options.measure
									: "admitted") };
	if (!rc && !options.period)
		rc = cli_misused(c, err_set(&c->err, ERR_INVALID, "--period PERIOD"));
	if (!rc)
		rc = cli_misused(c, period_parse(&ask->period, span_str(options.period), &c->err));
	if (!rc && !ledger_measure(c->store.ledger, ask->measure))
		rc = err_set(&c->err, ERR_NOTFOUND, "no form has a measure %s", options.measure);
	if (!rc)
		rc = cli_misused(c, question_read(&known, &words, 0, &c->err));
	if (!rc)
		rc = question_known(&known, c->store.ledger, &c->err);
	if (rc)
		return rc;
	ask->unit = u->unit;
	ask->known_at = known.q.known_at;
	ask->sort = options.limit ? DRAFTS_LIMITS : DRAFTS_ANY;
	return 0;
}

int cmd_drafts(struct cli *c, int argc, char **argv)
{
	struct drafts_ask ask;
	json_t *j;
	int rc = read_ask(c, argv[1], &ask);

	(void)argc;
	if (!rc)
		rc = report_drafts_table(&j, c->store.ledger, &ask, c->arena, &c->err);
	if (rc)
		return rc;
	if (c->json)
		return show_json(c, j);
	rc = c->csv ? drafts_csv(c->out, j, mark_of(c->store.ledger), &c->err)
		    : drafts_words(c->out, j, c->arena, &c->err);
	json_decref(j);
	return rc;
}

/* ---- publish ---- */

static int read_document(struct cli *c, struct publish_ask *p)
{
	size_t len;
	int rc = 0;

	if (!options.instrument || !options.day)
		return cli_misused(c, err_set(&c->err, ERR_INVALID,
					      "publish needs --instrument INSTRUMENT:DOC_NO and "
					      "--day DAY: a target has a document"));
	len = strcspn(options.instrument, ":");
	p->instrument = instrument_parse(span_of(options.instrument, len));
	p->doc_no = span_str(options.instrument[len] ? options.instrument + len + 1 : "");
	if (p->instrument == INSTR_NONE)
		rc = err_set(&c->err, ERR_INVALID, "--instrument %s: there is no such instrument",
			     options.instrument);
	if (!rc && options.take && strcmp(options.take, "draft") &&
	    strcmp(options.take, "registered"))
		rc = err_set(&c->err, ERR_INVALID, "--take draft or registered, not %s",
			     options.take);
	p->take = options.take && !strcmp(options.take, "registered") ? TAKE_REGISTERED
								      : TAKE_DRAFT;
	if (!rc)
		rc = day_parse(&p->doc_date, NULL, span_str(options.day), &c->err);
	return cli_misused(c, rc);
}

int cmd_publish(struct cli *c, int argc, char **argv)
{
	struct ledger *l = c->store.ledger;
	struct publish_change *changes;
	struct publish_ask p = { .change_count = 0 };
	struct drafts_ask ask;
	struct drafts_table t;
	struct op *ops;
	size_t count;
	int rc = read_ask(c, argv[1], &ask);

	(void)argc;
	if (!rc)
		rc = read_document(c, &p);
	if (!rc)
		rc = drafts_changes(&changes, &p.change_count, l, options.set, options.leave_out,
				    c->arena, &c->err);
	if (!rc)
		rc = query_drafts_table(&t, l, &ask, c->arena, &c->err);
	if (rc)
		return rc;
	p.tree = ledger_tree(l);
	p.table = &t;
	p.period = ask.period;
	p.measure = ask.measure;
	p.changes = changes;
	p.issuer = span_str(unit_name_of(l, ask.unit, ask.period.from, UINT64_MAX));
	rc = drafts_publish(&ops, &count, &p, c->arena, &c->err);
	if (!rc)
		rc = act_all(c, ops, count, options.dry_run);
	if (rc)
		return rc;
	if (c->json)
		return show_json(c, json_pack("{s:s, s:I, s:b}", "unit", argv[1], "entries",
					      (json_int_t)count, "dry_run", options.dry_run));
	lang_print(c->out,
		   options.dry_run ? _("%zu targets would be written\n")
				   : _("%zu targets written\n"),
		   count);
	return 0;
}
