/* note UNIT TEXT, officer UNIT NAME, group UNIT NAME: what was done about a unit that is behind, who is to follow
 * it, and with whom it is compared. */
#include "devices_show.h"
#include "show.h"

#include "domain/urge.h"

static int read_day(struct cli *c, const char *text, day_t otherwise, day_t *out)
{
	*out = otherwise;
	return text ? cli_misused(c, day_parse(out, NULL, span_str(text), &c->err)) : 0;
}

static int write_op(struct cli *c, struct op *op, const struct unit *u)
{
	uint64_t lsn;
	bool stands;
	int rc = act_once(c, op, &lsn, &stands);

	if (rc)
		return rc;
	if (c->json)
		return show_json(c, json_pack("{s:I, s:s, s:s, s:b}", "lsn", (json_int_t)lsn,
					      "kind", op_kind_name(op->kind), "unit", u->code,
					      "stands", stands));
	lang_print(c->out, _("entry %llu: %s, %s\n"), (unsigned long long)lsn,
		   _(op_kind_text(op->kind)), u->code);
	if (stands)
		show_stands(c, lsn);
	return 0;
}

int cmd_note(struct cli *c, int argc, char **argv)
{
	struct op op = { .kind = OP_NOTE, .source = span_str(c->by) };
	const struct unit *u = NULL;
	int rc = parse_unit(c, argv[1], &u);

	(void)argc;
	if (!rc)
		rc = read_day(c, options.day, day_of_instant(cli_now(c)), &op.note.day);
	if (rc)
		return rc;
	op.unit = u->unit;
	op.note.who = span_str(options.who ? options.who : c->by);
	op.note.text = span_str(argv[2]);
	op.note.step = (uint8_t)(options.step ? urge_step_parse(span_str(options.step))
					      : URGE_NONE);
	if (options.step && !op.note.step)
		return cli_misused(c, err_set(&c->err, ERR_INVALID,
					      "--step letter, telephone or report, not %s",
					      options.step));
	return write_op(c, &op, u);
}

/* "-" instead of a name: nobody follows the unit in these days. */
int cmd_officer(struct cli *c, int argc, char **argv)
{
	struct op op = { .kind = OP_OFFICER, .source = span_str(c->by) };
	struct op_officer *o = &op.officer;
	const struct unit *u = NULL;
	int rc = parse_unit(c, argv[1], &u);

	(void)argc;
	if (!rc)
		rc = read_day(c, options.from, day_of_instant(cli_now(c)), &o->from);
	if (!rc)
		rc = read_day(c, options.to, 0, &o->to);
	if (rc)
		return rc;
	op.unit = u->unit;
	o->name = span_str(strcmp(argv[2], "-") ? argv[2] : "");
	o->title = span_str(options.title ? options.title : "");
	o->phone = span_str(options.phone ? options.phone : "");
	o->doc_no = span_str(options.doc_no ? options.doc_no : "");
	return write_op(c, &op, u);
}

/* "-" instead of a name: in these days the unit's tags say again. */
int cmd_group(struct cli *c, int argc, char **argv)
{
	struct op op = { .kind = OP_GROUP, .source = span_str(c->by) };
	struct op_group *g = &op.group;
	const struct unit *u = NULL;
	int rc = parse_unit(c, argv[1], &u);

	(void)argc;
	if (!rc)
		rc = read_day(c, options.from, day_of_instant(cli_now(c)), &g->from);
	if (!rc)
		rc = read_day(c, options.to, 0, &g->to);
	if (rc)
		return rc;
	op.unit = u->unit;
	g->name = span_str(strcmp(argv[2], "-") ? argv[2] : "");
	g->doc_no = span_str(options.doc_no ? options.doc_no : "");
	return write_op(c, &op, u);
}
