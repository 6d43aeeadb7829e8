#include "words.h"

#include "client/contact.h"

static int words_early(struct words_clock clock, struct err *e)
{
	char here[DAY_TEXT_MAX], store[DAY_TEXT_MAX];

	day_slash(here, day_of_instant(clock.here_ms));
	day_slash(store, day_of_instant(clock.store_ms));
	if (!clock.store_ms)
		return err_set(
			e, ERR_STATE,
			"the clock of this computer shows %s, a day before the server's "
			"certificate was made: set the right date; if that is the right one, the "
			"server's clock is wrong, tell its operator",
			here);
	return err_set(
		e, ERR_STATE,
		"the clock of this computer shows %s, and the newest that came from the server is "
		"of %s, both before the server's certificate was made: set the right date; if it "
		"is right, the server's clock is wrong, tell its operator",
		here, store);
}

/* Its own clock would let it pass, the newest that the server signed does not. */
static int words_outlived(struct words_clock clock, struct err *e)
{
	char here[DAY_TEXT_MAX], store[DAY_TEXT_MAX];

	day_slash(here, day_of_instant(clock.here_ms));
	day_slash(store, day_of_instant(clock.store_ms));
	return err_set(e, ERR_STATE,
		       "the server's certificate ends before %s, the day of the newest that came "
		       "from it; the clock of this computer shows %s: if that is wrong, set the "
		       "right date; if it is right, the operator of the server has to set its "
		       "clock right and start it anew",
		       store, here);
}

/* Where the server is nobody is told by what is none: by this device, which was there. */
static int words_standby(const char *address, const char *before, struct err *e)
{
	if (before && strcmp(before, address))
		return err_set(e, ERR_DENIED,
			       "what answers at %s is not the server but a standby, or another "
			       "device: it takes nothing before it is promoted; nothing was sent; "
			       "this device was last served at %s",
			       address, before);
	return err_set(e, ERR_DENIED,
		       "what answers at %s is not the server but a standby, or another device: it "
		       "takes nothing before it is promoted; nothing was sent; ask the operator "
		       "where the server is",
		       address);
}

static int words_peer(enum tls_verdict verdict, const char *address, const char *before,
		      struct words_clock clock, struct err *e)
{
	char day[DAY_TEXT_MAX];

	day_slash(day, day_of_instant(clock.here_ms));
	switch (verdict) {
	case TLS_PEER_EARLY:
		return words_early(clock, e);
	case TLS_PEER_EXPIRED:
		if (clock.store_ms > clock.here_ms)
			return words_outlived(clock, e);
		return err_set(
			e, ERR_STATE,
			"the clock of this computer shows %s, a day on which the server's "
			"certificate has expired: set the right date; if that is the right one, "
			"ask the operator of the server",
			day);
	case TLS_PEER_ROLE:
		return words_standby(address, before, e);
	case TLS_PEER_FOREIGN:
	case TLS_PEER_NONE:
	case TLS_PEER_GOOD:
	case TLS_PEER_UNCHECKED:
		break;
	}
	return err_set(
		e, ERR_DENIED,
		"%s is not the server this device was enrolled with: its certificate "
		"is another one's; nothing was sent; ask the operator before trying elsewhere",
		address);
}

/* 45 is "certificate expired": five years and more, since less may still renew. */
static int words_alert(int alert, struct err *e)
{
	if (alert == 45)
		return err_set(e, ERR_STATE,
			       "the certificate of this device expired too long ago: the "
			       "operator must enrol it anew");
	return err_set(e, ERR_DENIED,
		       "the server does not take the certificate of this device (alert %d): "
		       "ask the operator",
		       alert);
}

const char *words_line_name(const struct conn_end *end)
{
	switch (end->why) {
	case CONN_UNREACHED:
		return "no-line";
	case CONN_LATE:
		return "no-answer";
	case CONN_TLS:
		return "no-server";
	case CONN_PEER:
		return end->verdict == TLS_PEER_EARLY     ? "clock"
		       : end->verdict == TLS_PEER_ROLE    ? "standby"
		       : end->verdict == TLS_PEER_EXPIRED ? "server-expired"
							  : "other-server";
	case CONN_REFUSED:
		return "certificate-refused";
	case CONN_FLOOD:
		return "flood";
	case CONN_NOMEM:
		return "memory";
	case CONN_UP:
	case CONN_GONE:
	case CONN_CLOSED:
		break;
	}
	return "line-broke";
}

int words_line(const struct conn_end *end, const char *address, const char *before,
	       struct words_clock clock, struct err *e)
{
	switch (end->why) {
	case CONN_UNREACHED:
		return err_set(e, ERR_BUSY, "no line to %s", address);
	case CONN_LATE:
		return err_set(e, ERR_BUSY, "%s did not answer in time", address);
	case CONN_TLS:
		return err_set(e, ERR_BUSY,
			       "what answers at %s is no server of ours: the address may be wrong, "
			       "or the network asks for a login first",
			       address);
	case CONN_PEER:
		return words_peer(end->verdict, address, before, clock, e);
	case CONN_REFUSED:
		return words_alert(end->alert, e);
	case CONN_FLOOD:
		return err_set(e, ERR_PROTO, "the server sends more than it may");
	case CONN_NOMEM:
		return err_set(e, ERR_NOMEM, "no memory for a connection");
	case CONN_UP:
	case CONN_GONE:
	case CONN_CLOSED:
		break;
	}
	return err_set(e, ERR_BUSY, "the line to %s broke", address);
}

static int words_halt(enum client_halt halt, struct err *e)
{
	switch (halt) {
	case HALT_SUSPENDED:
		return err_set(e, ERR_DENIED,
			       "this device is suspended: it lives on two computers; nothing is "
			       "sent until the operator decides which one goes on");
	case HALT_REVOKED:
		return err_set(e, ERR_DENIED,
			       "this device was revoked; ask the operator for a new code");
	case HALT_UNKNOWN:
		return err_set(e, ERR_DENIED,
			       "the server does not know this device, or not with its key any "
			       "more: ask the operator for a new code and enrol with it in this "
			       "folder; nothing typed is lost");
	case HALT_WRONG_STORE:
		return err_set(e, ERR_DENIED,
			       "this is the server of another store; check the address");
	case HALT_FORKED:
		return err_set(
			e, ERR_STATE,
			"the server has another history of this device than this "
			"computer: nothing more is sent until the operator has looked at both");
	case HALT_BEHIND:
		return err_set(e, ERR_STATE,
			       "the server lacks what it once confirmed: its operator must "
			       "declare that it was restored, or, when another server goes on in "
			       "its place, say that one's address (`ketnap sync --server "
			       "HOST:PORT`); nothing is lost here");
	case HALT_VERSION:
		return err_set(e, ERR_VERSION,
			       "program and server have no version of the protocol in common: "
			       "one of them needs a newer program");
	case HALT_SUCCEEDED:
		return err_set(
			e, ERR_STATE,
			"another server goes on in the place of this one, which confirms "
			"nothing any more; what it has not confirmed is kept on this device: "
			"ask the operator for the address of the new server, then once "
			"`ketnap sync --server HOST:PORT`");
	case HALT_NONE:
	case HALTS:
		break;
	}
	return err_set(e, ERR_STATE, "the server does not let this device in");
}

static int words_trouble(const struct client_state *st, struct err *e)
{
	unsigned long long lsn = st->trouble_lsn;

	switch (st->trouble) {
	case FEED_GAP:
		return err_set(e, ERR_CORRUPT,
			       "something was left out or changed in what the server sends, at "
			       "entry %llu: tell the operator",
			       lsn);
	case FEED_HISTORIES:
		return err_set(e, ERR_CORRUPT,
			       "the server has signed two histories that cannot both be true: "
			       "tell the operator; both are kept here");
	case FEED_NOT_AS_ACKED:
		return err_set(e, ERR_CORRUPT,
			       "the server confirmed what was entered here as entry %llu, and its "
			       "log does not have it so: it is kept here; tell the operator the "
			       "number (`ketnap status` says what it is)",
			       lsn);
	case FEED_NEWER:
		return err_set(e, ERR_VERSION, "entry %llu needs a newer program than this one",
			       lsn);
	case FEED_UNREADABLE:
	case FEED_FINE:
	case FEED_TROUBLES:
		break;
	}
	return err_set(e, ERR_CORRUPT, "entry %llu of the server cannot be read: tell the operator",
		       lsn);
}

static int words_later(const struct sync_result *r, struct err *e)
{
	switch (r->why) {
	case WIRE_STORE_FULL:
		return err_set(e, ERR_BUSY,
			       "the server has no room left; its operator has to see to it");
	case WIRE_STOPPING:
		return err_set(e, ERR_BUSY, "the server is stopping or starting");
	case WIRE_RECOVERING:
	case WIRE_BASE:
		return err_set(e, ERR_BUSY,
			       "the server was restored and still takes back what it lost");
	case WIRE_CERTIFICATE_NEEDED:
		return err_set(e, ERR_BUSY,
			       "this device's certificate did not reach the server: try again");
	default:
		return err_set(e, ERR_BUSY, "the server is busy");
	}
}

int words_sync(const struct sync_result *r, const struct client_state *st, const struct err *own,
	       struct err *e)
{
	const char *name = wire_code_name(r->why);

	switch (r->end) {
	case SYNC_DONE:
		return 0;
	case SYNC_LATER:
		return words_later(r, e);
	case SYNC_HALTED:
		return words_halt(st->halt, e);
	case SYNC_TROUBLE:
		return words_trouble(st, e);
	case SYNC_RENEW:
		return err_set(e, ERR_STATE,
			       "the certificate of this device has expired and was not renewed");
	case SYNC_BREACH:
		return err_set(e, ERR_PROTO,
			       "server and program do not understand each other (%s): one of "
			       "them may need a newer program",
			       name ? name : "?");
	case SYNC_FAILED:
		if (e)
			*e = *own;
		return own->code ? -(int)own->code
				 : err_set(e, ERR_IO, "the device's store failed");
	case SYNC_GOING:
	case SYNC_CUT:
	case SYNC_ENDS:
		break;
	}
	return err_set(e, ERR_BUSY, "the line broke");
}

int contact_words(const struct sync_result *r, const struct client_state *st, struct err *e)
{
	struct err none = { 0 };

	return words_sync(r, st, &none, e);
}

int words_enrol(uint32_t code, uint64_t wait_ms, struct err *e)
{
	if (code == WIRE_STANDBY)
		return err_set(e, ERR_DENIED,
			       "this is the address of a standby, which enrols nobody before it is "
			       "promoted: ask the operator where the server is");
	switch (code) {
	case WIRE_ENROL_REFUSED:
		return err_set(
			e, ERR_DENIED,
			"the server does not take this code: it was mistyped, used "
			"before, or is out of date; compare it with the card, else ask for a new one");
	case WIRE_ENROL_LATER:
		return err_set(e, ERR_BUSY, "too many attempts; wait %llu minutes, then try again",
			       (unsigned long long)(wait_ms + 59999) / 60000);
	case WIRE_SERVER_BEHIND:
		return err_set(e, ERR_STATE,
			       "this server enrols nobody: it was set back, or another goes on in "
			       "its place; ask the operator for the server's address");
	case WIRE_VERSION_NONE:
		return words_halt(HALT_VERSION, e);
	case WIRE_BUSY:
	case WIRE_STOPPING:
	case WIRE_STORE_FULL:
		return err_set(e, ERR_BUSY, "the server is busy");
	default:
		return err_set(e, ERR_PROTO, "the server refuses to enrol this device: %s",
			       wire_code_name(code) ? wire_code_name(code) : "?");
	}
}
