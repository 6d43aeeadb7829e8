/* status: what is here, and how much of it the server has confirmed. Green only when everything
 * that was entered here has a verdict under a signed head that was verified. */
#include "carried_show.h"
#include "counting.h"
#include "online.h"
#include "returned_show.h"
#include "stuck_show.h"

#include "client/entry.h"
#include "client/left.h"
#include "client/outbox.h"
#include "ledger/months.h"
#include "ledger/part.h"

/* What came late, as far as this device has read, and how many of its own nobody decided on. */
struct late_ops {
	const struct late_line *at;
	size_t count;
	uint64_t waiting;
};

/* NULL: it is not read yet, and so nobody has decided. */
static const struct late_line *late_find(const struct late_ops *late, const struct own_op *op)
{
	for (size_t i = 0; i < late->count; i++)
		if (late->at[i].lsn == op->lsn && late->at[i].decided_lsn)
			return &late->at[i];
	return NULL;
}

static int late_read(struct late_ops *late, struct cli *c)
{
	size_t count;
	const struct own_op *ops = outbox_ops(c->client, &count);
	int rc = query_late(&late->at, &late->count, client_base(c->client), 0, false, c->arena,
			    &c->err);

	late->waiting = 0;
	for (size_t i = 0; i < count && !rc; i++)
		late->waiting += ops[i].verdict == VERDICT_LATE && !late_find(late, &ops[i]);
	return rc;
}

/* Is there, for each own op, a verdict that a verified head covers (or its entry, pulled and
 * checked)? */
static bool all_proven(struct cli *c, const struct client_status *st)
{
	size_t count;
	const struct own_op *ops = outbox_ops(c->client, &count);
	bool any = false;

	for (size_t i = 0; i < count; i++) {
		if (ops[i].dropped || ops[i].remade_seq)
			continue;
		if (ops[i].verdict == VERDICT_NONE ||
		    (!ops[i].pulled && ops[i].lsn > st->last_ack_lsn))
			return false;
		any = true;
	}
	return any;
}

static bool is_delivered(struct cli *c, const struct client_status *st, const struct late_ops *late)
{
	return !st->drafts && !st->queued && !st->contested && !st->refused && !late->waiting &&
	       st->last_ack_lsn && st->halt == HALT_NONE && st->trouble == FEED_FINE &&
	       all_proven(c, st);
}

static const char *role_name(enum person_role role)
{
	static const char *const names[] = { "none",     "clerk",   "approver",
					     "operator", "auditor", "console" };

	return (unsigned)role < ARRAY_LEN(names) ? names[role] : "none";
}

static const char *verdict_name(enum op_verdict v)
{
	static const char *const names[] = { "none", "accepted", "late", "refused" };

	return (unsigned)v < ARRAY_LEN(names) ? names[v] : "?";
}

/* Refused and late ones: each with its reason, for ever visible. */
static json_t *json_problems(struct cli *c, const struct late_ops *late)
{
	char version[VERSION_TEXT_MAX];
	json_t *list = json_array();
	size_t count;
	const struct own_op *ops = outbox_ops(c->client, &count);

	for (size_t i = 0; i < count; i++) {
		const struct late_line *decided;

		if (ops[i].verdict != VERDICT_REFUSED && ops[i].verdict != VERDICT_LATE)
			continue;
		decided = ops[i].verdict == VERDICT_LATE ? late_find(late, &ops[i]) : NULL;
		json_array_append_new(
			list,
			json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:I, s:o, s:o}", "op",
				  version_text(version, ops[i].id), "unit",
				  unit_code(c, ops[i].unit), "form", form_code(c, ops[i].form),
				  "period", show_period(c->arena, ops[i].period), "verdict",
				  verdict_name(ops[i].verdict), "code", op_code_name(ops[i].code),
				  "lsn", (json_int_t)ops[i].lsn, "decided",
				  decided ? json_integer((json_int_t)decided->decided_lsn)
					  : json_null(),
				  "counts", decided ? json_boolean(decided->counts) : json_null()));
	}
	return list;
}

/* Figures that are typed otherwise than the register counts them, in the month of today and the two before. */
static size_t register_differs(struct cli *c, struct period *first)
{
	const struct unit *u = tree_get(ledger_tree(client_base(c->client)),
					client_identity(c->client)->unit);
	day_t to = day_of_instant(cli_now(c));
	struct err kept = c->err;
	size_t found = 0;

	for (int i = 0; u && i < 3; i++) {
		const struct form *f = ledger_form_code(client_base(c->client), SPAN_LIT("monthly"),
							&c->err);
		struct case_difference diff[CASE_MEASURES];
		struct entry_sheet *s = NULL;
		struct calendar calendar;
		struct counting k;
		struct period p;
		size_t n = 0;

		if (!f || part_calendar(client_base(c->client), (uint8_t)f->no, &calendar, &c->err))
			break;
		p = calendar_month(&calendar, to);
		to = p.from - 1;
		if (entry_open(&s, c->client, u->unit, "monthly", p, cli_now(c), &c->err))
			continue;
		if (counting_beside(&k, c, u, s, p)) {
			n = counting_differs(&k, diff);
			counting_close(&k);
		}
		entry_close(s);
		if (n)
			*first = p;
		found += n;
	}
	c->err = kept;
	return found;
}

/* The server signed something later than this computer says it is: its clock is behind for certain. A device of an
 * illustrative store goes by that one's clock. */
static bool clock_is_behind(struct cli *c)
{
	return !ledger_info(client_base(c->client)).illustrative &&
	       day_of_instant(client_state(c->client)->server_ms) > day_of_instant(cli_now(c));
}

static json_t *json_left(struct cli *c, const struct left_behind *left)
{
	return !left->ended
		       ? json_null()
		       : json_pack("{s:I, s:I, s:s}", "members", (json_int_t)left->members, "cases",
				   (json_int_t)left->cases, "into", unit_code(c, left->into));
}

/* `lists`: what else is told, taken over. */
static int show_status_json(struct cli *c, const struct client_status *st, const char *person,
			    const char *installation, const struct late_ops *late, json_t *lists)
{
	const struct identity *id = client_identity(c->client);
	const struct client_state *state = client_state(c->client);
	struct ledger_info info = ledger_info(client_base(c->client));
	char device[20], incarnation[33], log_key[HASH_HEX_MAX];
	struct period differs_in;
	json_t *j;

	snprintf(device, sizeof(device), "%016llx", (unsigned long long)id->device);
	hex_encode(incarnation, info.incarnation, 16);
	j = json_pack(
		"{s:s, s:s, s:s, s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:o, s:{s:I, s:o}}",
		"device", device, "unit", unit_code(c, id->unit), "person", person, "role",
		role_name(client_role(c->client)), "server", online_address(c), "incarnation",
		incarnation, "draft", (json_int_t)st->drafts, "queued", (json_int_t)st->queued,
		"acked", (json_int_t)st->acked, "contested", (json_int_t)st->contested, "refused",
		(json_int_t)st->refused, "late", (json_int_t)st->late, "oldest_unsent",
		json_instant(st->oldest_unsent_ms), "last_contact",
		json_instant(st->last_contact_ms), "last_ack", "lsn", (json_int_t)st->last_ack_lsn,
		"time", json_instant(st->last_ack_ms));
	json_object_set_new(j, "delivered", json_boolean(is_delivered(c, st, late)));
	json_object_set_new(j, "aside", json_integer((json_int_t)st->aside));
	json_object_set_new(j, "halt", json_string(client_halt_name(st->halt)));
	json_object_set_new(j, "trouble", json_string(feed_trouble_name(st->trouble)));
	json_object_set_new(j, "clock_behind", json_boolean(clock_is_behind(c)));
	json_object_set_new(j, "read_to", json_integer((json_int_t)state->cursor.lsn));
	json_object_set_new(j, "epoch", json_integer(state->epoch));
	json_object_set_new(j, "installation", json_string(installation));
	json_object_set_new(j, "log_key",
			    json_string(hex_encode(log_key, id->log_key, sizeof(id->log_key))));
	json_object_set_new(j, "problems", json_problems(c, late));
	json_object_update_new(j, lists);
	json_object_set_new(j, "carried", json_carried(c));
	json_object_set_new(j, "register_differs",
			    json_integer((json_int_t)register_differs(c, &differs_in)));
	return show_json(c, j);
}

/* ---- words ---- */

static void show_halt(struct cli *c, const struct client_status *st, const char *installation)
{
	static const char *const halts[HALTS] = {
		[HALT_SUSPENDED] =
			N_("suspended: this device lives on two computers; the operator decides"),
		[HALT_REVOKED] = N_("revoked: ask the operator for a new code"),
		[HALT_UNKNOWN] = N_(
			"unknown to the server: ask the operator for a new code and enrol with it in this folder; nothing typed is lost"),
		[HALT_WRONG_STORE] = N_("what answered was the server of another store"),
		[HALT_FORKED] =
			N_("the server has another history of this device; the operator must look"),
		[HALT_BEHIND] = N_(
			"the server lacks what it confirmed; its operator must declare a restore, or, when another server goes on in its place, say that one's address"),
		[HALT_VERSION] = N_("this program or the server is too old for the other"),
		[HALT_SUCCEEDED] = N_(
			"another server goes on in the place of the one that answered, which confirms nothing any more; ask the operator for the new one's address, then once `ketnap sync --server HOST:PORT`"),
	};
	static const char *const troubles[FEED_TROUBLES] = {
		[FEED_GAP] = N_(
			"something was left out or changed in what the server sent; tell the operator"),
		[FEED_HISTORIES] = N_(
			"the server signed two histories that cannot both be true; tell the operator"),
		[FEED_NEWER] = N_("an entry needs a newer program"),
		[FEED_UNREADABLE] = N_("an entry cannot be read; tell the operator"),
		[FEED_NOT_AS_ACKED] = N_(
			"the server confirmed what its log does not have so; tell the operator what stands below"),
	};

	if (st->halt > HALT_NONE && st->halt < HALTS)
		fprintf(c->out, _("nothing is sent: %s\n"), _(halts[st->halt]));
	if (st->halt == HALT_SUSPENDED)
		fprintf(c->out, _("this computer is installation %s; tell the operator\n"),
			installation);
	if (st->trouble > FEED_FINE && st->trouble < FEED_TROUBLES)
		fprintf(c->out, _("nothing more is read: %s\n"), _(troubles[st->trouble]));
}

static void show_verdict(struct cli *c, const struct client_status *st, const struct late_ops *late,
			 bool returned)
{
	bool color = stream_is_terminal(1);
	const char *green = color ? "\033[32m" : "", *end = color ? "\033[0m" : "";

	if (is_delivered(c, st, late) && !returned)
		lang_print(
			c->out,
			_("%sall that was entered here is confirmed by the server, to entry %llu%s\n"),
			green, (unsigned long long)st->last_ack_lsn, end);
	else if (st->queued || st->drafts)
		lang_print(
			c->out,
			_("NOT all delivered: %llu sheets signed and not confirmed, %llu drafts\n"),
			(unsigned long long)st->queued, (unsigned long long)st->drafts);
	else if (st->refused || late->waiting || st->contested || returned)
		fprintf(c->out, _("delivered, and something needs a person: see below\n"));
	else
		fprintf(c->out, _("nothing was entered here yet\n"));
}

static void show_counts(struct cli *c, const struct client_status *st)
{
	lang_print(c->out,
		   _("drafts %llu, queued %llu, confirmed %llu, refused %llu, late %llu, "
		     "figures with two values %llu\n"),
		   (unsigned long long)st->drafts, (unsigned long long)st->queued,
		   (unsigned long long)st->acked, (unsigned long long)st->refused,
		   (unsigned long long)st->late, (unsigned long long)st->contested);
	if (st->aside)
		lang_print(c->out,
			   _("of the queued, %llu wait for your decision: `ketnap aside`\n"),
			   (unsigned long long)st->aside);
	if (st->oldest_unsent_ms)
		fprintf(c->out, _("the oldest not delivered is of %s\n"),
			show_minute(c->arena, st->oldest_unsent_ms));
	if (st->last_contact_ms)
		fprintf(c->out, _("last contact: %s\n"),
			show_minute(c->arena, st->last_contact_ms));
	else
		fprintf(c->out, _("last contact: never\n"));
}

/* What the server said to have, and its log as it sends it does not show. */
static bool is_missing(struct cli *c, const struct own_op *op)
{
	const struct client_state *st = client_state(c->client);

	return st->trouble == FEED_NOT_AS_ACKED && op->verdict != VERDICT_NONE &&
	       op->lsn == st->trouble_lsn;
}

static void show_late(struct cli *c, const struct own_op *op, const char *sheet,
		      const struct late_ops *late)
{
	const struct late_line *decided = late_find(late, op);

	if (decided)
		fprintf(c->out,
			decided->counts
				? _("  late: %s: it counts, as was decided since\n")
				: _("  late: %s: it does not count, as was decided since\n"),
			sheet);
	else if (op->code == CODE_CLOSED)
		fprintf(c->out, _("  late: %s: it came after the closing, a superior decides\n"),
			sheet);
	else
		fprintf(c->out, _("  late: %s: %s\n"), sheet, show_refusal(c, op));
}

static void show_clock(struct cli *c)
{
	if (clock_is_behind(c))
		fprintf(c->out,
			_("the clock of this computer says %s, and is wrong: the server signed something "
			  "on %s; put the day right\n"),
			show_day(c->arena, day_of_instant(cli_now(c))),
			show_day(c->arena, day_of_instant(client_state(c->client)->server_ms)));
}

static void show_problems(struct cli *c, const struct late_ops *late)
{
	size_t count;
	const struct own_op *ops = outbox_ops(c->client, &count);

	for (size_t i = 0; i < count; i++) {
		const char *sheet =
			ops[i].form ? arena_printf(c->arena, "%s %s %s", unit_code(c, ops[i].unit),
						   form_code(c, ops[i].form),
						   show_period(c->arena, ops[i].period))
				    : arena_printf(c->arena, "%s %s", unit_code(c, ops[i].unit),
						   _(op_kind_text(ops[i].kind)));

		if (is_missing(c, &ops[i]))
			fprintf(c->out,
				_("  confirmed as entry %llu, and not in the log: %s; it is kept here\n"),
				(unsigned long long)ops[i].lsn, sheet);
		else if (ops[i].verdict == VERDICT_REFUSED)
			fprintf(c->out, _("  refused: %s: %s\n"), sheet, show_refusal(c, &ops[i]));
		else if (ops[i].verdict == VERDICT_LATE)
			show_late(c, &ops[i], sheet, late);
	}
}

static void show_left(struct cli *c, const struct left_behind *left)
{
	const char *own = unit_code(c, client_identity(c->client)->unit),
		   *into = left->into ? unit_code(c, left->into) : _("UNIT");

	if (left->members)
		lang_print(
			c->out,
			_("%s has ended, and %zu members are still with it: `ketnap members move "
			  "MEMBER %s DAY` sends each on\n"),
			own, left->members, into);
	if (left->cases)
		lang_print(
			c->out,
			_("%s has ended, and %zu cases are still with it: `ketnap case move CASE "
			  "%s DAY` sends each on\n"),
			own, left->cases, into);
}

int cmd_status(struct cli *c, int argc, char **argv)
{
	const struct identity *id = client_identity(c->client);
	char person[NAME_MAX_BYTES + 1] = "", installation[INSTALLATION_TEXT];
	struct client_status st;
	const struct returned *returned;
	const struct stuck *stuck;
	struct left_behind left;
	struct late_ops late;
	struct period differs_in = { 0, 0 };
	size_t differs, returned_count, stuck_count;
	int rc = client_status(c->client, &st, &c->err);

	(void)argc;
	(void)argv;
	if (!rc)
		rc = client_person_name(c->client, person, &c->err);
	if (!rc)
		rc = late_read(&late, c);
	if (!rc)
		rc = returned_list(c, &returned, &returned_count);
	if (!rc)
		rc = stuck_list(&stuck, &stuck_count, c->client, c->arena, &c->err);
	if (!rc)
		rc = left_behind(&left, c->client, day_of_instant(cli_now(c)), &c->err);
	if (!rc)
		rc = device_dir_installation(&c->dir, installation, &c->err);
	if (rc)
		return rc;
	if (c->json)
		return show_status_json(c, &st, person, installation, &late,
					json_pack("{s:o, s:o, s:o}", "returned",
						  json_returned(c, returned, returned_count),
						  "stuck", json_stuck(c, stuck, stuck_count),
						  "left_behind", json_left(c, &left)));
	fprintf(c->out, _("%s (%s), %s; server %s\n"),
		unit_name(c, id->unit, day_of_instant(cli_now(c))), unit_code(c, id->unit), person,
		online_address(c));
	show_verdict(c, &st, &late, returned_count);
	show_counts(c, &st);
	show_halt(c, &st, installation);
	show_clock(c);
	show_problems(c, &late);
	show_returned(c, returned, returned_count);
	show_stuck(c, stuck, stuck_count);
	show_left(c, &left);
	show_carried(c);
	differs = register_differs(c, &differs_in);
	if (differs)
		fprintf(c->out,
			_("%zu figures differ from what the register counts: `ketnap case count %s`\n"),
			differs, show_period(c->arena, differs_in));
	return 0;
}
