/* Targets out of drafts. */
#include "ledger/drafts.h"

#include "internal.h"

static const struct publish_change *change_of(const struct publish_ask *ask, uint32_t unit)
{
	for (size_t i = 0; i < ask->change_count; i++)
		if (ask->changes[i].unit == unit)
			return &ask->changes[i];
	return NULL;
}

static const char *code_of(const struct publish_ask *ask, uint32_t unit)
{
	const struct unit *u = tree_get(ask->tree, unit);

	return u ? u->code : "?";
}

static int check_changes(const struct publish_ask *ask, struct err *e)
{
	for (size_t i = 0; i < ask->change_count; i++) {
		const struct draft_line *row = NULL;

		for (size_t k = 0; k < ask->table->count && !row; k++)
			if (ask->table->rows[k].unit == ask->changes[i].unit)
				row = &ask->table->rows[k];
		if (!row)
			return err_set(e, ERR_NOTFOUND, "%s is not directly below",
				       code_of(ask, ask->changes[i].unit));
		if (row->state == DRAFT_PUBLISHED)
			return err_set(e, ERR_EXISTS, "%s: its target is published; amend that",
				       code_of(ask, row->unit));
	}
	return 0;
}

/* What the unit is given: false for nothing. */
static bool number_of(struct op_target *out, const struct publish_ask *ask,
		      const struct draft_line *row, const struct publish_change *change)
{
	bool drafted = row->state == DRAFT_WAITS || row->state == DRAFT_ANSWERED;

	*out = (struct op_target){ .period = ask->period,
				   .measure = ask->measure,
				   .group = ask->group,
				   .type = TARGET_EXACT };
	if (drafted)
		*out = row->draft.target;
	if (change) {
		/* one that nobody drafted anything for is given what the others are */
		out->type = ask->table->limits ? TARGET_MAXIMUM : TARGET_EXACT;
		out->value = change->value;
	} else if (drafted && ask->take == TAKE_REGISTERED && row->answered) {
		out->type = row->answer.target.type;
		out->value = row->answer.target.value;
	} else {
		return drafted;
	}
	out->value_max = 0;
	out->rate_digits = 0;
	out->rate_decimals = 0;
	return true;
}

static bool make(struct op *op, const struct publish_ask *ask, const struct draft_line *row)
{
	const struct publish_change *change = change_of(ask, row->unit);
	bool drafted = row->state == DRAFT_WAITS || row->state == DRAFT_ANSWERED;

	*op = (struct op){ .kind = OP_TARGET, .unit = row->unit };
	if (row->state == DRAFT_PUBLISHED)
		return false;
	if (change && change->leave_out) {
		op->kind = OP_TARGET_DRAFT;
		draft_take_back(&op->target, row);
	} else if (!number_of(&op->target, ask, row, change)) {
		return false;
	}
	op->target.instrument = ask->instrument;
	op->target.doc_no = ask->doc_no;
	op->target.doc_date = ask->doc_date;
	op->target.issuer = ask->issuer;
	op->target.answer_by = 0;
	if (op->kind == OP_TARGET)
		op->target.draft = row->draft.lsn;
	return op->kind == OP_TARGET || drafted;
}

int drafts_publish(struct op **ops, size_t *count, const struct publish_ask *ask, struct arena *a,
		   struct err *e)
{
	int rc = check_changes(ask, e);

	*count = 0;
	*ops = arena_array(a, ask->table->count + 1, sizeof(**ops));
	if (!*ops)
		return err_set(e, ERR_NOMEM, "no memory for targets");
	for (size_t i = 0; i < ask->table->count && !rc; i++)
		*count += make(&(*ops)[*count], ask, &ask->table->rows[i]);
	if (!rc && !*count)
		rc = err_set(e, ERR_STATE, "there is no draft to publish");
	return rc;
}
