/* Questions that only the server can answer: the program asks in a contact of its own, between two requests, and keeps
 * what came; pages show what was kept, with its time and number. */
#include "web_internal.h"

const struct wire_query *web_sync_query(struct web *w)
{
	bool asks = w->asks;

	w->asks = false;
	return asks ? &w->query : NULL;
}

static int begin(struct call *k, const struct wire_query *q)
{
	struct web *w = k->w;

	if (w->line.running || w->line.wanted)
		return err_set(k->e, ERR_BUSY,
			       "sending and receiving goes on; wait until it is over");
	w->query = *q;
	w->asks = w->line.wanted = true;
	json_object_set_new(k->out, "asked", json_true());
	return 0;
}

int call_server(struct call *k, const struct wire_query *q)
{
	const struct web_asked *asked = k->w->config.asked;
	json_t *answer = NULL;
	int64_t at_ms = 0;
	bool has;

	if (!asked)
		return err_set(k->e, ERR_STATE, "the server cannot be asked here");
	if (call_said_yes(k, "ask"))
		return begin(k, q);
	has = asked->kept(asked->ctx, q, &answer, &at_ms);
	if (has)
		json_object_update_new(k->out, answer);
	json_object_set_new(k->out, "kept", has ? json_instant(at_ms) : json_null());
	return 0;
}
