/* A computer that is no device yet, and somebody with a card in the hand. */
#include "web_internal.h"

int api_enrol(struct call *k)
{
	const struct web_newcomer *n = k->w->config.newcomer;
	const char *address = text_at(k->in, "address"), *code = text_at(k->in, "code");
	struct client *c = NULL;
	int rc;

	if (!n || k->w->config.client)
		return err_set(k->e, ERR_STATE, "this computer is a device already");
	if (!*address || !*code)
		return err_set(k->e, ERR_INVALID,
			       "both stand on the card: the server and the code");
	rc = n->enrol(n->ctx, address, code, &c, k->e);
	if (rc)
		return rc;
	k->w->config.client = c;
	k->w->seat = (struct web_seat){ .taken = true };
	seat_used(k->w);
	k->w->line.wanted = true; /* forms and units come with the first contact */
	return 0;
}
