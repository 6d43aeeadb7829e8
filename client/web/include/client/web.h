/* The face for people, as it decides: a request in, a response out. No sockets, no clock, no randomness.
 * Whoever asks must come from the page itself: the address bar's own host, no other site's origin, and
 * the cookie that the printed address was exchanged for. Pages are assets built into the program; what
 * they show comes from a small JSON interface (CONTRACT.md does not promise it to others). */
#ifndef CLIENT_WEB_H
#define CLIENT_WEB_H

#include "client/keyring.h"
#include "client/stick.h"
#include "client/sync.h"
#include "domain/calendar.h"
#include "domain/case_rule.h"
#include "net/clock.h"
#include "proto/wire.h"

#include <jansson.h>

enum { WEB_SECRET_BYTES = 32, WEB_BODY_MAX = 1 << 20, WEB_TARGET_MAX = 512 };

enum { WEB_IDLE_MS = 10 * 60 * 1000, WEB_PASSWORD_MIN = 8, WEB_PEOPLE_MAX = 64 };

struct web;

/* Who may sit at this computer: a person has a device, which is a folder, and a password of that folder. The
 * program opens and closes them; the pages only ask. */
struct web_door {
	void *ctx;
	size_t count;
	/* Name of the person, unit's name, and whether there is a password; texts lend until the next call. */
	void (*who)(void *ctx, size_t i, const char **name, const char **unit, bool *password);
	/* Open the device of person `i`, whose password this is ("" where there is none); the one who sat here
	 * is let go. -ERR_DENIED: another password; -ERR_BUSY: a contact is under way, or another program has
	 * that device. With an error *out is NULL when the one who sat here was let go all the same, else as it
	 * was. */
	int (*enter)(void *ctx, size_t i, const char *password, struct client **out, struct err *e);
	/* Of the one who sits here. `old` "" where there is none. */
	int (*change)(void *ctx, const char *old, const char *new, struct err *e);
};

/* What goes and comes by stick, with the keys of whoever sits here. */
struct web_stick {
	void *ctx;
	int (*make)(void *ctx, struct buf *file, struct bundle_made *made, struct err *e);
	/* 0: taken in, and `out` says what came of it; `why` has words when something is left to do. */
	int (*take)(void *ctx, struct span file, struct sync_result *out, struct err *why,
		    struct err *e);
};

/* A computer that is no device yet becomes one with the words of a card. Blocks while the server is asked. */
struct web_newcomer {
	void *ctx;
	int (*enrol)(void *ctx, const char *address, const char *code, struct client **out,
		     struct err *e);
};

/* The server's answers to questions about what this device does not hold, as they were kept. */
struct web_asked {
	void *ctx;
	/* The newest one to this question, a new reference, and when it came. False: there is none. */
	bool (*kept)(void *ctx, const struct wire_query *q, json_t **answer, int64_t *at_ms);
};

/* What the pages about persons need. */
struct web_register {
	void *ctx;
	/* The keyring of whoever sits here; the pages free it. */
	int (*keys)(void *ctx, struct keyring **out, struct err *e);
	int (*random)(void *out, size_t len, struct err *e);
	const struct case_rules *rules; /* NULL: terms are not known */
};

struct web_config {
	struct client *client;               /* NULL: nobody sits here yet */
	const struct web_door *door;         /* NULL: one person, no password, never locked */
	struct clock steady;                 /* idle times; with a door */
	struct clock now;                    /* of the device, or of an illustrative store */
	const struct web_register *reg;      /* NULL: no pages about persons */
	const struct web_stick *stick;       /* NULL: nothing goes by stick */
	const struct web_asked *asked;       /* NULL: the server is asked nothing */
	const struct web_newcomer *newcomer; /* NULL: this computer is a device */
	const struct holidays *holidays;     /* NULL: deadlines in working days are not known */
	/* The templates of letters (report/letter.h) about a number to reach, and about one not to be exceeded; empty:
	 * none. Lent */
	struct span letter, letter_limit;
	uint16_t port;                   /* of 127.0.0.1, where it is served */
	uint8_t token[WEB_SECRET_BYTES]; /* random, of this run: in the printed address */
	uint8_t pass[WEB_SECRET_BYTES];  /* random, of this run: the cookie's value */
};

/* `config` is copied; its client must outlive it. */
int web_new(struct web **out, const struct web_config *config, struct err *e);
void web_free(struct web *w);

/* "http://127.0.0.1:8080/?t=..."; lent until web_free(). */
const char *web_address(const struct web *w);

enum web_method { WEB_OTHER, WEB_GET, WEB_POST };

/* Headers are NULL where the request has none. */
struct web_request {
	enum web_method method;
	const char *target; /* path and query, as sent */
	const char *host, *origin, *cookie, *content_type, *fetch_site;
	const char *lang; /* of Ketnap-Lang: "vi", "en" */
	struct span body;
};

struct web_response {
	int status;
	const char *type;     /* of the body */
	const char *cookie;   /* Set-Cookie, NULL none */
	const char *location; /* NULL none */
	const char *policy;   /* Content-Security-Policy of a paper; NULL: that of the pages */
	const char *file;     /* to be kept under this name; NULL: to be shown */
	const char *link;     /* what the page will want next; NULL: nothing */
	struct span body;
};

/* The headers that every response bears, by name and value; ends with { NULL, NULL }. */
struct web_header {
	const char *name, *value;
};
extern const struct web_header web_headers[];

/* Everything in *out lends from `w` until the next call. Never fails: what goes wrong is a status. */
void web_answer(struct web *w, const struct web_request *q, struct web_response *out);

/* Work out what the first page says, while the browser starts. It is asked for in any case; then it is there. */
void web_warm(struct web *w);

/* ---- sending and receiving: the pages ask for it, the program does it between two requests ---- */

bool web_sync_wanted(const struct web *w);
/* The question that the contact about to begin is to bring an answer to, which the program keeps; NULL: none. Given once,
 * and lent until the contact ends. */
const struct wire_query *web_sync_query(struct web *w);
/* Where that contact is to go, as somebody typed it whose server has moved; NULL: where the device was served last. Given
 * once, and lent until the contact ends. */
const char *web_sync_server(struct web *w);
void web_sync_began(struct web *w);
/* Somebody wants no more of the contact that goes on. */
bool web_sync_stopped(const struct web *w);
void web_sync_progress(struct web *w, const struct sync_result *so_far);
/* `sum` is of all contacts it took. rc 0: all is sent and read; else `why` says what happened. */
void web_sync_ended(struct web *w, const struct sync_result *sum, int rc, const struct err *why);
#endif
