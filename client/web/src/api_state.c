/* What every page shows above its own: who sits here, what waits, how the last contact went. */
#include "web_internal.h"

#include "client/left.h"
#include "client/lost.h"
#include "report/words.h"

static const char *role_word(enum person_role role)
{
	static const char *const names[] = { "none",     "clerk",   "approver",
					     "operator", "auditor", "console" };

	return (unsigned)role < ARRAY_LEN(names) ? names[role] : "none";
}

static const char *state_word(const struct own_op *op)
{
	return op->verdict == VERDICT_REFUSED ? "refused"
	       : op->verdict == VERDICT_LATE  ? "late"
					      : "queued";
}

/* Of one that waits for a person: the unit that it was of, where its number is another one's now. */
static json_t *json_own_op(struct call *k, const struct own_op *op)
{
	const struct form *f = op->form ? ledger_form_newest(k->base, op->form, k->e) : NULL;
	const char *unit = unit_code_of(k->base, op->unit),
		   *name = unit_name_of(k->base, op->unit, op->period.to, UINT64_MAX);
	struct lost_unit lost = { .is = false };

	if (op->aside && !lost_unit_of(&lost, k->c, op, k->e) && lost.is) {
		name = lost_unit_words(k->a, lost.code, op->unit, unit);
		unit = lost.code;
	}
	return json_pack("{s:s, s:s, s:b, s:s, s:s, s:o, s:s, s:s, s:s, s:o}", "unit", unit,
			 "unit_name", name, "lost", lost.is, "what", _(op_kind_text(op->kind)),
			 "form", f ? f->code : "", "period", json_period(op->period), "state",
			 state_word(op), "code", op_code_name(op->code), "text",
			 op->verdict == VERDICT_NONE ? "" : own_refusal(k, op), "made",
			 json_instant(op->made_ms));
}

/* What waits and what came back: each by its name, never only a count. Newest first. */
static json_t *json_own_ops(struct call *k)
{
	enum { SHOWN = 200 };
	size_t count;
	const struct own_op *ops = outbox_ops(k->c, &count);
	json_t *list = json_array();

	for (size_t i = count; i-- > 0 && json_array_size(list) < SHOWN;)
		if (ops[i].verdict != VERDICT_ACCEPTED && !ops[i].dropped && !ops[i].remade_seq)
			json_array_append_new(list, json_own_op(k, &ops[i]));
	err_clear(k->e);
	return list;
}

static json_t *json_line(const struct web_line *l)
{
	const struct sync_result *r = &l->so_far;
	char text[ERR_TEXT_MAX];

	return json_pack("{s:b, s:b, s:b, s:b, s:I, s:I, s:I, s:I, s:I, s:s}", "running",
			 l->running || l->wanted, "done", l->done, "ok", l->done && !l->rc,
			 "halted", l->rc && r->end == SYNC_HALTED, "sent", (json_int_t)r->sent,
			 "acked", (json_int_t)r->acked, "refused", (json_int_t)r->refused, "late",
			 (json_int_t)r->late, "pulled", (json_int_t)r->pulled, "why",
			 l->rc ? lang_err(&l->why, text, sizeof(text)) : "");
}

static json_t *json_counts(const struct client_status *st)
{
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:o, s:s, s:s, s:{s:I, s:o}}",
			 "draft", (json_int_t)st->drafts, "queued", (json_int_t)st->queued, "acked",
			 (json_int_t)st->acked, "contested", (json_int_t)st->contested, "refused",
			 (json_int_t)st->refused, "late", (json_int_t)st->late, "aside",
			 (json_int_t)st->aside, "oldest_unsent", json_instant(st->oldest_unsent_ms),
			 "last_contact", json_instant(st->last_contact_ms), "halt",
			 client_halt_name(st->halt), "trouble", feed_trouble_name(st->trouble),
			 "last_ack", "lsn", (json_int_t)st->last_ack_lsn, "time",
			 json_instant(st->last_ack_ms));
}

/* Does a unit below report? A grassroots organisation with cells is nobody's superior here. */
static bool has_below(struct call *k, uint32_t unit, day_t today, const struct form *f)
{
	const struct unit **children;
	size_t count = 0;
	bool any = false;

	if (tree_children(ledger_tree(k->base), unit, today, UINT64_MAX, &children, &count, k->e))
		return false;
	for (size_t i = 0; i < count && !any; i++) {
		struct period p;

		if (period_at(k, children[i]->unit, f, today, &p, &any))
			return false;
		any = any || has_below(k, children[i]->unit, today, f);
	}
	return any;
}

static json_t *json_left(struct call *k, const struct left_behind *left)
{
	return !left->ended ? json_null()
			    : json_pack("{s:I, s:I, s:s}", "members", (json_int_t)left->members,
					"cases", (json_int_t)left->cases, "into",
					unit_code_of(k->base, left->into));
}

int api_state(struct call *k)
{
	const struct identity *id = client_identity(k->c);
	day_t today = day_of_instant(k->now_ms);
	char person[NAME_MAX_BYTES + 1] = "";
	struct left_behind left;
	struct client_status st;
	const struct form *monthly = ledger_form_code(k->base, SPAN_LIT("monthly"), k->e);
	bool superior = monthly && has_below(k, id->unit, today, monthly);
	int rc = client_status(k->c, &st, k->e);

	if (!rc)
		rc = client_person_name(k->c, person, k->e);
	if (!rc)
		rc = left_behind(&left, k->c, today, k->e);
	if (rc)
		return rc;
	json_object_update_new(
		k->out,
		json_pack("{s:s, s:s, s:s, s:s, s:o, s:b, s:b, s:o, s:o, s:o, s:o}", "unit",
			  unit_code_of(k->base, id->unit), "unit_name",
			  unit_name_of(k->base, id->unit, today, UINT64_MAX), "person", person,
			  "role", role_word(client_role(k->c)), "today", json_day(today), "known",
			  tree_count(ledger_tree(k->base)) > 0, "superior", superior, "counts",
			  json_counts(&st), "line", json_line(&k->w->line), "waiting",
			  json_own_ops(k), "left_behind", json_left(k, &left)));
	err_clear(k->e);
	return 0;
}

/* ---- sending and receiving ---- */

int api_sync(struct call *k)
{
	const char *server = text_at(k->in, "server");
	struct web *w = k->w;

	if (strlen(server) >= sizeof(w->server))
		return err_set(k->e, ERR_INVALID, "that is no address of a server: HOST:PORT");
	if (!w->line.running && *server) {
		memcpy(w->server, server, strlen(server) + 1);
		w->moved = true;
	}
	if (!w->line.running)
		w->line.wanted = true;
	return api_state(k);
}

const char *web_sync_server(struct web *w)
{
	bool moved = w->moved;

	w->moved = false;
	return moved ? w->server : NULL;
}

/* Nothing is lost: the contact is cut where it is, and begun again when somebody wants it. */
int api_sync_stop(struct call *k)
{
	k->w->line.stopped = k->w->line.running;
	k->w->line.wanted = k->w->moved = false;
	return api_state(k);
}

bool web_sync_stopped(const struct web *w)
{
	return w->line.stopped;
}

bool web_sync_wanted(const struct web *w)
{
	return w->line.wanted && !w->line.running;
}

void web_sync_began(struct web *w)
{
	w->line = (struct web_line){ .running = true };
}

void web_sync_progress(struct web *w, const struct sync_result *so_far)
{
	w->line.so_far = *so_far;
}

void web_sync_ended(struct web *w, const struct sync_result *sum, int rc, const struct err *why)
{
	w->line = (struct web_line){ .done = true, .so_far = *sum, .rc = rc };
	if (rc)
		w->line.why = *why;
}
