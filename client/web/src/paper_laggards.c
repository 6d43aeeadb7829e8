/* The paper of who is behind: what the page of targets has, as the answer of `laggards` has it. */
#include "paper.h"

static json_t *copy(const json_t *from, const char *key)
{
	json_t *j = json_object_get(from, key);

	return j ? json_incref(j) : json_null();
}

/* Nothing is due of a number that is not to be exceeded. */
static json_t *due(const json_t *target, const char *key)
{
	const char *type = text_at(target, "type");
	bool limit = !strcmp(type, target_type_name(TARGET_MAXIMUM)) ||
		     !strcmp(type, target_type_name(TARGET_RATE_MAXIMUM));

	return limit ? json_null() : copy(target, key);
}

static json_t *laggard(const json_t *row)
{
	const json_t *target = json_array_get(json_object_get(row, "targets"), 0);

	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:{s:o}}",
			 "unit", copy(row, "unit"), "name", copy(row, "name"), "cause",
			 copy(row, "cause"), "value", copy(row, "value"), "sheets_missing",
			 copy(row, "sheets_missing"), "contact", copy(row, "contact"), "phone",
			 copy(row, "phone"), "notes", copy(row, "notes"), "goal",
			 copy(target, "goal"), "by_now", due(target, "by_now"), "attained_percent",
			 copy(target, "attained_percent"), "per_month", due(target, "per_month"),
			 "officer", "name", copy(row, "officer"));
}

static const json_t *row_of(const json_t *rows, const json_t *code)
{
	const json_t *row;
	size_t i;

	json_array_foreach(rows, i, row)
	{
		if (!strcmp(text_at(row, "unit"), json_string_value(code)))
			return row;
	}
	return NULL;
}

static json_t *answer_of(const struct paper_job *j, const json_t *board)
{
	const json_t *all = json_object_get(board, "rows"), *code;
	const json_t *head = json_array_get(json_object_get(board, "instruments"), 0);
	json_t *rows = json_array();
	size_t i;

	json_array_foreach(json_object_get(board, "lagging"), i, code)
	{
		const json_t *row = row_of(all, code);

		if (row)
			json_array_append_new(rows, laggard(row));
	}
	return json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:I, s:o}", "unit", j->unit->code,
			 "from", copy(board, "from"), "to", copy(board, "to"), "known_at",
			 copy(board, "known"), "measure", copy(board, "measure"), "instrument",
			 copy(head, "instrument"), "doc_no", copy(head, "doc_no"), "of",
			 (json_int_t)json_array_size(all), "rows", rows);
}

int paper_laggards(struct paper_job *j)
{
	struct call board = *j->k;
	int rc;

	board.out = json_object();
	rc = api_targets(&board);
	if (!rc)
		j->answer = answer_of(j, board.out);
	json_decref(board.out);
	return rc ? rc : paper_of_answer(j, PRINT_LAGGARDS);
}
