/* sync: send what is queued, bring what is new. */
#include "online.h"
#include "returned_show.h"
#include "show.h"

#include "client/entry.h"
#include "client/keyring.h"
#include "client/outbox.h"
#include "net/addr.h"

/* What had no verdict before the contact, to tell which ones it brought. */
struct waiting {
	struct op_id *ids;
	size_t count;
};

static int find_waiting(struct cli *c, struct waiting *w)
{
	size_t count;
	const struct own_op *ops = outbox_ops(c->client, &count);

	w->count = 0;
	w->ids = arena_alloc(c->arena, (count + 1) * sizeof(*w->ids));
	if (!w->ids)
		return err_set(&c->err, ERR_NOMEM, "no memory for %zu own ops", count);
	for (size_t i = 0; i < count; i++)
		if (ops[i].verdict == VERDICT_NONE)
			w->ids[w->count++] = ops[i].id;
	return 0;
}

static json_t *json_verdicts(struct cli *c, const struct waiting *w)
{
	static const char *const names[] = { "none", "accepted", "late", "refused" };
	char version[VERSION_TEXT_MAX];
	json_t *list = json_array();

	for (size_t i = 0; i < w->count; i++) {
		const struct own_op *op = outbox_find(c->client, w->ids[i]);

		if (op && op->verdict != VERDICT_NONE && (unsigned)op->verdict < ARRAY_LEN(names))
			json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:I}", "op",
							      version_text(version, op->id),
							      "verdict", names[op->verdict], "code",
							      op_code_name(op->code), "lsn",
							      (json_int_t)op->lsn));
	}
	return list;
}

static int show_sync_json(struct cli *c, const struct online *o, const struct waiting *w, bool ok)
{
	const struct sync_result *r = &o->sum;
	/* Still "going" is one that never began: TLS did not come up, or it is not time yet. */
	bool begun = r->end != SYNC_GOING;
	const char *why = r->why         ? wire_code_name(r->why)
			  : o->last.line ? o->last.line
			  : begun        ? NULL
					 : "told-to-wait";

	return show_json(
		c,
		json_pack("{s:b, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:s, s:s?, s:I, s:I, "
			  "s:I, s:b, s:b, s:b, s:b, s:s, s:s, s:{s:I, s:I, s:I}, s:o}",
			  "ok", ok, "sent", (json_int_t)r->sent, "acked", (json_int_t)r->acked,
			  "refused", (json_int_t)r->refused, "late", (json_int_t)r->late, "pulled",
			  (json_int_t)r->pulled, "rounds", (json_int_t)r->rounds, "bytes_in",
			  (json_int_t)o->wire_in, "bytes_out", (json_int_t)o->wire_out, "end",
			  begun ? sync_end_name(r->end) : "no-line", "why", why, "not_now",
			  (json_int_t)r->not_now, "set_aside", (json_int_t)r->set_aside,
			  "retry_after_ms", (json_int_t)r->retry_after_ms, "resumed", o->resumed,
			  "renewed", o->renewed, "new_epoch", r->new_epoch, "recovering",
			  r->recovering, "halt", client_halt_name(client_state(c->client)->halt),
			  "trouble", feed_trouble_name(client_state(c->client)->trouble), "carried",
			  "answered", (json_int_t)r->carry_answered, "refused",
			  (json_int_t)r->carry_refused, "left", (json_int_t)r->carry_left,
			  "verdicts", json_verdicts(c, w)));
}

/* The refused ones with their reasons: never only a count. */
static void show_refused(struct cli *c, size_t newest)
{
	size_t count;
	const struct own_op *ops = outbox_ops(c->client, &count);

	for (size_t i = count; i-- && newest;) {
		if (ops[i].verdict != VERDICT_REFUSED)
			continue;
		newest--;
		if (!ops[i].form) {
			fprintf(c->out, _("  refused: %s %s: %s\n"), unit_code(c, ops[i].unit),
				_(op_kind_text(ops[i].kind)), show_refusal(c, &ops[i]));
			continue;
		}
		fprintf(c->out, _("  refused: %s %s %s: %s\n"), unit_code(c, ops[i].unit),
			form_code(c, ops[i].form), show_period(c->arena, ops[i].period),
			show_refusal(c, &ops[i]));
	}
}

static void show_sync(struct cli *c, const struct online *o)
{
	const struct sync_result *r = &o->sum;
	const struct returned *returned;
	size_t count;

	lang_print(c->out, _("sent %llu: confirmed %llu, late %llu, refused %llu; brought %llu\n"),
		   (unsigned long long)r->sent, (unsigned long long)r->acked,
		   (unsigned long long)r->late, (unsigned long long)r->refused,
		   (unsigned long long)r->pulled);
	show_refused(c, (size_t)r->refused);
	if (!returned_list(c, &returned, &count))
		show_returned(c, returned, count);
	err_clear(&c->err);
	if (r->carry_answered)
		lang_print(
			c->out,
			_("carried for others: %llu bundles answered; `ketnap export FILE --answer-for DEVICE` writes an answer to the stick\n"),
			(unsigned long long)r->carry_answered);
	if (r->carry_refused)
		lang_print(
			c->out,
			_("carried for others: the server found %llu bundles no good; `ketnap status` says whose\n"),
			(unsigned long long)r->carry_refused);
	if (r->carry_left)
		lang_print(c->out,
			   _("carried for others: %llu bundles wait for the next contact\n"),
			   (unsigned long long)r->carry_left);
	if (o->renewed)
		fprintf(c->out, _("the certificate of this device was renewed\n"));
	if (r->set_aside)
		lang_print(c->out,
			   _("%llu entries of before the copy was restored wait for a decision: "
			     "`ketnap aside`\n"),
			   (unsigned long long)r->set_aside);
	if (r->recovering)
		fprintf(c->out, _("the server was restored and takes back what it lost\n"));
}

/* What came needs the unit's key, and there is none: it is made in a second contact, which tells of it. */
static int make_key(struct cli *c, struct online *o)
{
	enum keyring_need need, left;
	int rc = keyring_needed(c->client, &need, &c->err);

	if (rc || need == KEY_NOT_NEEDED)
		return rc;
	rc = online_run(c, o);
	if (!rc)
		rc = keyring_needed(c->client, &left, &c->err);
	if (rc || left != KEY_NOT_NEEDED || c->json)
		return rc;
	fprintf(c->out,
		need == KEY_FOR_DOSSIER
			? _("a dossier was submitted to this unit: its key was made and sent; "
			    "names can be read once the other unit has been to the server "
			    "again\n")
			: _("this unit's key was made and sent: persons can be sent here by other "
			    "units\n"));
	return 0;
}

int cmd_sync(struct cli *c, int argc, char **argv)
{
	struct online o = { .patient = options.unattended, .carry = true };
	const char *comfort;
	struct waiting waiting;
	struct err why;
	int rc = 0, shown = 0;

	(void)argc;
	(void)argv;
	if (options.server)
		rc = cli_misused(c, addr_check(span_str(options.server), false, &c->err));
	if (!rc)
		rc = find_waiting(c, &waiting);
	if (rc)
		return rc;
	rc = online_run(c, &o);
	if (!rc)
		rc = make_key(c, &o);
	why = c->err;
	if (c->json)
		shown = show_sync_json(c, &o, &waiting, !rc);
	else if (!rc || o.sum.sent || o.sum.pulled)
		show_sync(c, &o);
	online_fini(&o);
	if (!rc)
		return shown;
	c->err = why;
	comfort = online_comfort(c);
	return *comfort ? err_wrap(&c->err, rc, "%s", comfort) : rc;
}
