/* act, target, request, revoke: acts of approvers and operators, queued like a sheet. */
#include "act_fields.h"
#include "files.h"

#include "client/act.h"
#include "domain/urge.h"
#include "report/requests.h"

static void tell_sent(struct cli *c, const struct acted *done)
{
	if (done->state == ACT_STANDS)
		lang_print(c->out, _("it stands already, entry %llu; nothing was queued\n"),
			   (unsigned long long)done->lsn);
	else if (done->state == ACT_WAITS)
		fprintf(c->out,
			_("it was queued here before; it counts once the server has confirmed it "
			  "(`ketnap sync`)\n"));
	else
		fprintf(c->out, _("it is queued here; it counts once the server has confirmed it "
				  "(`ketnap sync`)\n"));
}

int act_send(struct cli *c, struct op *op)
{
	char version[VERSION_TEXT_MAX];
	struct acted done;
	enum op_code code;
	int rc;

	if (options.reason)
		op->reason = span_str(options.reason);
	rc = act_once(c->client, op, cli_now(c), &done, &code, &c->err);
	if (rc && code != CODE_OK)
		show_not_queued(c);
	if (rc)
		return rc;
	version_text(version, done.id);
	if (c->json)
		return show_json(
			c, json_pack("{s:s, s:s, s:s, s:s, s:o}", "op", version, "kind",
				     op_kind_name(op->kind), "unit", unit_code(c, op->unit),
				     "state", done.state == ACT_STANDS ? "stands" : "queued", "lsn",
				     done.lsn ? json_integer((json_int_t)done.lsn) : json_null()));
	fprintf(c->out, "%s: %s\n", version, _(op_kind_text(op->kind)));
	tell_sent(c, &done);
	return 0;
}

/* ---- act ---- */

static int act_form(struct cli *c, const char *path)
{
	struct op op = { .kind = OP_FORM };
	struct buf text;
	int rc;

	buf_init(&text, OP_FORM_BODY_MAX);
	rc = whole_read(&text, path, OP_FORM_BODY_MAX, &c->err);
	op.form.text = buf_span(&text);
	if (!rc)
		rc = act_send(c, &op);
	buf_fini(&text);
	return rc;
}

int cmd_act(struct cli *c, int argc, char **argv)
{
	struct op op;
	int rc;

	if (!strcmp(argv[1], "form") && argc == 3)
		return act_form(c, argv[2]);
	rc = act_read(c, argv[1], argc - 2, argv + 2, &op);
	return rc ? rc : act_send(c, &op);
}

int cmd_target(struct cli *c, int argc, char **argv)
{
	struct op op;
	int rc = act_read(c, "target", argc - 1, argv + 1, &op);

	return rc ? rc : act_send(c, &op);
}

/* ---- request ---- */

int cmd_request(struct cli *c, int argc, char **argv)
{
	struct op op = { .kind = OP_REQUEST };
	const struct unit *scope;
	int rc = request_form(&op.request.form, client_base(c->client), argv[1], &c->err);

	(void)argc;
	if (rc)
		return rc;
	if (!options.day || !options.due || !options.scope)
		return cli_usage(c, _("request needs --day DAY, --due TIME and --scope UNIT"));
	rc = ask_day(c, options.day, &op.request.day);
	if (!rc)
		rc = ask_time(c, options.due, &op.request.due_ms);
	if (!rc)
		rc = ask_unit(c, options.scope, &scope);
	if (rc)
		return rc;
	op.unit = scope->unit;
	return act_send(c, &op);
}

/* Of the units of this device's part. */
int cmd_requests(struct cli *c, int argc, char **argv)
{
	json_t *list;
	int rc = report_requests(&list, client_base(c->client), client_identity(c->client)->unit,
				 cli_now(c), c->arena, &c->err);

	(void)argc;
	(void)argv;
	if (rc)
		return rc;
	if (c->json)
		return show_json(c, list);
	rc = requests_words(c->out, list, c->arena, &c->err);
	json_decref(list);
	return rc;
}

/* ---- revoke ---- */

int cmd_revoke(struct cli *c, int argc, char **argv)
{
	struct op op = { .kind = OP_REVOKE };
	int rc;

	(void)argc;
	if (!options.reason)
		return cli_usage(c, _("revoke needs --reason TEXT"));
	rc = ask_device(c, argv[1], &op.device.device, &op.unit);
	return rc ? rc : act_send(c, &op);
}

/* ---- note, officer ---- */

int cmd_note(struct cli *c, int argc, char **argv)
{
	struct op op = { .kind = OP_NOTE };
	char own[NAME_MAX_BYTES + 1] = "";
	const struct unit *u;
	int rc = ask_unit(c, argv[1], &u);

	(void)argc;
	op.note.day = day_of_instant(cli_now(c));
	if (!rc && options.day)
		rc = ask_day(c, options.day, &op.note.day);
	if (!rc && !options.who)
		rc = client_person_name(c->client, own, &c->err);
	if (rc)
		return rc;
	op.unit = u->unit;
	op.note.who = span_str(options.who ? options.who : own);
	op.note.text = span_str(argv[2]);
	op.note.step = (uint8_t)(options.step ? urge_step_parse(span_str(options.step))
					      : URGE_NONE);
	if (options.step && !op.note.step)
		return cli_usage(c, _("--step letter, telephone or report, not %s"), options.step);
	return act_send(c, &op);
}

/* "-" instead of a name: nobody follows the unit in these days. */
int cmd_officer(struct cli *c, int argc, char **argv)
{
	struct op op = { .kind = OP_OFFICER };
	struct op_officer *o = &op.officer;
	const struct unit *u;
	int rc = ask_unit(c, argv[1], &u);

	(void)argc;
	o->from = day_of_instant(cli_now(c));
	if (!rc && options.from)
		rc = ask_day(c, options.from, &o->from);
	if (!rc && options.to)
		rc = ask_day(c, options.to, &o->to);
	if (rc)
		return rc;
	op.unit = u->unit;
	o->name = span_str(strcmp(argv[2], "-") ? argv[2] : "");
	o->title = span_str(options.title ? options.title : "");
	o->phone = span_str(options.phone ? options.phone : "");
	o->doc_no = span_str(options.doc_no ? options.doc_no : "");
	return act_send(c, &op);
}
