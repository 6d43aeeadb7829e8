#include "line.h"
#include "words.h"

#include "net/enrol.h"

#include <stdlib.h>

struct enrolling {
	struct line line;
	struct enrol_conn enrol;
	struct enrolled *out;
};

static int answer(void *owner, const struct wire_proved *p, const struct enrol_asked *asked)
{
	struct enrolling *n = owner;

	return enrol_check(n->out, p->message, &p->proof, asked, n->enrol.e);
}

static int refused(void *owner, uint32_t code, uint64_t wait)
{
	struct enrolling *n = owner;

	return words_enrol(code, wait, n->enrol.e);
}

static void up(struct line *l, const struct tls_peer *peer)
{
	struct enrolling *n = l->owner;

	n->enrol.loop = l->loop;
	enrol_conn_up(&n->enrol, l->conn, peer);
}

static size_t bytes(struct line *l, struct span in)
{
	struct enrolling *n = l->owner;

	return enrol_conn_bytes(&n->enrol, in);
}

static void deadline(struct line *l)
{
	struct enrolling *n = l->owner;

	enrol_conn_deadline(&n->enrol);
}

int contact_enrol(struct enrolled *out, const struct contact *how, struct span request,
		  const struct code_key *code, const struct p256_public *mine, struct err *e)
{
	struct enrolling *n = calloc(1, sizeof(*n));
	int rc;

	if (!n)
		return err_set(e, ERR_NOMEM, "no memory to enrol");
	n->out = out;
	n->enrol = (struct enrol_conn){ .address = how->address,
					.request = request,
					.code = code,
					.mine = mine,
					.real = how->real,
					.a = arena_new(2 * WIRE_ARENA),
					.e = e,
					.answer = answer,
					.refused = refused,
					.owner = n };
	n->line.owner = n;
	n->line.up = up;
	n->line.bytes = bytes;
	n->line.deadline = deadline;
	rc = n->enrol.a ? line_run(&n->line, how, (struct span){ NULL, 0 }, 0, e)
			: err_set(e, ERR_NOMEM, "no memory to enrol");
	if (!rc && n->enrol.over)
		rc = n->enrol.rc;
	else if (!rc)
		rc = words_line(&n->line.end, how->address, NULL,
				(struct words_clock){ clock_now_ms(&how->real), 0 }, e);
	arena_free(n->enrol.a);
	free(n);
	return rc;
}
