/* propose, proposals, reorganise, refuse-act, tree: reorganisation at a device. A unit proposes; an operator carries
 * out, here or at the server, or refuses. */
#include "act_fields.h"
#include "files.h"
#include "show.h"

#include "base/text.h"
#include "client/act.h"
#include "report/act_file.h"
#include "report/acts.h"

static int fill_document(struct cli *c, struct op_act *act)
{
	int rc = 0;

	if (!act->no.len &&
	    (!options.no || !options.signed_day || !options.signer || !options.effective))
		return cli_usage(
			c, _("needed: --no NUMBER, --signed DAY, --signer NAME, --effective DAY"));
	if (options.no)
		act->no = span_str(options.no);
	if (options.signer)
		act->signer = span_str(options.signer);
	if (options.signed_day)
		rc = ask_day(c, options.signed_day, &act->signed_day);
	if (!rc && options.effective)
		rc = ask_day(c, options.effective, &act->effective);
	return rc;
}

static int read_file(struct cli *c, const char *path, struct op_act *act)
{
	struct act_file f;
	struct buf text;
	int rc;

	buf_init(&text, ACT_FILE_BYTES_MAX);
	rc = whole_read(&text, path, ACT_FILE_BYTES_MAX, &c->err);
	if (!rc)
		rc = act_file_read(&f, buf_span(&text), path, client_base(c->client),
				   act_unit_number(c->client), c->arena, &c->err);
	buf_fini(&text);
	if (rc)
		return rc;
	if (f.count > ACT_CHANGES_MAX)
		return err_set(&c->err, ERR_RANGE,
			       "%s: more than %d changes are for the console of the server", path,
			       ACT_CHANGES_MAX);
	act->changes = f.changes;
	act->count = f.count;
	return 0;
}

static int find_proposal(struct cli *c, const char *text, const struct proposal_line **out)
{
	int64_t lsn = 0;
	enum text_grouping grouping;
	size_t count;
	int rc = text_count(&lsn, &grouping, span_str(text), &c->err);

	if (!rc)
		rc = query_proposals(out, &count, client_base(c->client), (uint64_t)lsn, c->arena,
				     &c->err);
	if (!rc && (!lsn || !count))
		rc = err_set(&c->err, ERR_NOTFOUND, "entry %s is no proposal", text);
	return rc;
}

static int read_proposal(struct cli *c, struct op_act *act)
{
	const struct proposal_line *line;
	struct act_file f;
	int rc = find_proposal(c, options.proposal, &line);

	if (!rc)
		rc = act_renumber(&f, &line->op.act, act_unit_number(c->client), c->arena, &c->err);
	if (rc)
		return rc;
	*act = line->op.act;
	act->proposal = line->lsn;
	act->changes = f.changes;
	act->count = f.count;
	return 0;
}

int cmd_propose(struct cli *c, int argc, char **argv)
{
	struct op op = { .kind = OP_ACT_PROPOSAL, .unit = client_identity(c->client)->unit };
	int rc = fill_document(c, &op.act);

	(void)argc;
	if (!rc)
		rc = read_file(c, argv[1], &op.act);
	return rc ? rc : act_send(c, &op);
}

int cmd_reorganise(struct cli *c, int argc, char **argv)
{
	struct op op = { .kind = OP_ACT };
	int rc;

	if ((argc > 1) == (options.proposal != NULL))
		return cli_usage(c, _("reorganise needs a FILE, or --proposal ENTRY"));
	rc = options.proposal ? read_proposal(c, &op.act) : 0;
	if (!rc)
		rc = fill_document(c, &op.act);
	if (!rc && argc > 1)
		rc = read_file(c, argv[1], &op.act);
	return rc ? rc : act_send(c, &op);
}

int cmd_refuse_act(struct cli *c, int argc, char **argv)
{
	struct op op = { .kind = OP_ACT_REFUSAL };
	const struct proposal_line *line;
	int rc;

	(void)argc;
	if (!options.reason)
		return cli_usage(c, _("refuse-act needs --reason TEXT"));
	rc = find_proposal(c, argv[1], &line);
	if (rc)
		return rc;
	op.unit = line->op.unit;
	op.act_refusal.lsn = line->lsn;
	return act_send(c, &op);
}

int cmd_proposals(struct cli *c, int argc, char **argv)
{
	json_t *list;
	int rc = report_proposals(&list, client_base(c->client), c->arena, &c->err);

	(void)argc;
	(void)argv;
	if (rc)
		return rc;
	if (c->json)
		return show_json(c, list);
	rc = proposals_words(c->out, list, c->arena, &c->err);
	json_decref(list);
	return rc;
}

/* What this device holds: from the topmost unit above the own one down. */
int cmd_tree(struct cli *c, int argc, char **argv)
{
	struct ledger *base = client_base(c->client);
	uint32_t path[UNIT_DEPTH_MAX], top = client_identity(c->client)->unit;
	day_t on = day_of_instant(cli_now(c));
	const struct unit *u;
	size_t depth;
	json_t *j;
	int rc = options.on ? ask_day(c, options.on, &on) : 0;

	if (!rc && argc > 1) {
		rc = ask_unit(c, argv[1], &u);
		top = rc ? 0 : u->unit;
	} else if (!rc) {
		depth = tree_path(ledger_tree(base), top, on, UINT64_MAX, path);
		top = depth ? path[depth - 1] : top;
	}
	if (!rc)
		rc = report_tree(&j, base, top, on, UINT64_MAX, &c->err);
	if (rc)
		return rc;
	if (c->json)
		return show_json(c, j);
	rc = tree_words(c->out, j, c->arena, &c->err);
	json_decref(j);
	return rc;
}
