/* serve: the data directory on the wire, until told to stop. */
#include "cli.h"
#include "hands_file.h"
#include "keys_dir.h"
#include "remote.h"
#include "spool.h"
#include "store_course.h"
#include "stick_desk.h"

#include "base/log.h"
#include "base/version.h"
#include "crypto/random.h"
#include "ledger/acts.h"
#include "ledger/register.h"
#include "report/report.h"
#include "server/own_clock.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

enum {
	FDS_KEPT = 64, /* of the process besides connections */
	SESSIONS_MAX = 8192,
};
static const int64_t grace_ms = INT64_C(5) * 366 *
				86400000; /* what a device that was away may be late */

struct serving {
	struct cli *c;
	struct cli asked; /* what local commands begin with */
	struct server_cert cert;
	struct p256_key *ca_key;
	struct seal_key seal;
	struct codes_dir *codes;
	struct hands_file *hands;
	struct devices *devices;
	struct enroller *enroller;
	struct answers_dir *answers;
	struct sticks *sticks;
	struct keys_dir *keys;
	int64_t known_ms; /* the newest time that devices may have heard of when it started */
	uint8_t mark_key[32];
	char address[ADDR_NAME_MAX + 8];
};

static int64_t real_ms(void *arg)
{
	return ((struct cli *)arg)->now_ms();
}

static struct tls_config tls_of(const struct serving *s)
{
	return (struct tls_config){ .side = TLS_SERVER,
				    .ca = buf_span(&s->cert.ca),
				    .cert = buf_span(&s->cert.cert),
				    .key = buf_span(&s->cert.key),
				    .real = { real_ms, s->c },
				    .grace_ms = grace_ms,
				    .sessions_max = SESSIONS_MAX };
}

/* ---- while it runs ---- */

/* On any I/O thread, each with a ledger of its own. What may be asked is judged before. */
static int on_query(void *ctx, struct ledger *l, const struct wire_query *q, bool above,
		    uint32_t scope, struct buf *json, struct err *e)
{
	struct cli asked = ((const struct serving *)ctx)->asked;

	(void)above;
	asked.store.ledger = l;
	return report_answer(json, l, q, scope, day_of_instant(cli_now(&asked)), e);
}

static int on_command(void *ctx, const struct serve_desk *desk, struct span request,
		      struct buf *answer, struct err *e)
{
	struct serving *s = ctx;

	return remote_answer(&s->asked, desk, request, answer, e);
}

static void on_behind(void *ctx, const uint8_t successor[16])
{
	struct serving *s = ctx;
	struct err e = { 0 };

	if (store_dir_fell_behind(&s->c->store, successor, &e))
		log_error("event=behind error=\"%s\"", e.msg);
}

/* The CA's is never another one, and it stays where it is: who enrols and what comes by stick lend from it. */
static void take_cert(struct serving *s, struct server_cert *fresh)
{
	struct buf ca = fresh->ca;

	fresh->ca = s->cert.ca;
	s->cert.ca = ca;
	server_cert_fini(&s->cert);
	s->cert = *fresh;
}

static void renew(struct serving *s, struct serve *serve)
{
	struct server_cert fresh;
	struct tls_config tls;
	struct err e = { 0 };
	int rc = server_cert_load(&fresh, s->c->store.path, ledger_info(s->c->store.ledger).store,
				  s->c->now_ms(), s->known_ms, &e);

	if (!rc) {
		take_cert(s, &fresh);
		tls = tls_of(s);
		rc = serve_reload(serve, &tls, &e);
	}
	if (rc)
		log_error("event=certificate error=\"%s\"", e.msg);
	else
		log_info("event=certificate loaded=1");
}

static void on_minute(void *ctx, struct serve *serve)
{
	struct serving *s = ctx;

	if (s->c->now_ms() >= s->cert.renew_ms)
		renew(s, serve);
}

static void on_tidy(void *ctx, struct moment now)
{
	struct serving *s = ctx;
	struct err e = { 0 };

	if (codes_dir_tidy(s->codes, s->c->store.ledger, now.wall_ms, &e))
		log_warn("event=codes error=\"%s\"", e.msg);
	if (course_note(&s->c->store, &e))
		log_warn("event=course error=\"%s\"", e.msg);
	if (sticks_tidy(s->sticks, now.wall_ms, &e))
		log_warn("event=answers error=\"%s\"", e.msg);
}

static int set_log_level(struct err *e)
{
	enum log_level level = LOG_INFO;
	int rc = options.log_level ? log_level_parse(&level, options.log_level, e) : 0;

	if (!rc)
		log_set_level(level);
	return rc;
}

static void on_hangup(void *ctx, struct serve *serve)
{
	struct err e = { 0 };
	int rc = options.config ? cli_options_again(options.config, &e) : 0;

	if (!rc)
		rc = set_log_level(&e);
	if (rc)
		log_error("event=reload error=\"%s\"", e.msg);
	renew(ctx, serve);
}

/* ---- before it runs ---- */

static void draw(void *ctx, void *out, size_t len)
{
	struct err e = { 0 };

	(void)ctx;
	if (!crypto_random(out, len, &e))
		return;
	log_error("event=fatal error=\"%s\"", e.msg);
	_exit(1);
}

static bool is_wildcard(const char *text)
{
	return !strncmp(text, "0.0.0.0:", 8) || !strncmp(text, "[::]:", 5);
}

/* Where devices reach us: as the operator says, else where we listen; all addresses of a machine are
 * best named by its name. */
static int find_address(struct serving *s, const struct addr *at, struct err *e)
{
	char bound[ADDR_TEXT_MAX], host[ADDR_NAME_MAX + 1] = "localhost";
	int n;

	addr_text(bound, at);
	if (options.address)
		n = snprintf(s->address, sizeof(s->address), "%s", options.address);
	else if (is_wildcard(bound) && !gethostname(host, sizeof(host) - 1))
		n = snprintf(s->address, sizeof(s->address), "%s%s", host, strrchr(bound, ':'));
	else
		n = snprintf(s->address, sizeof(s->address), "%s", bound);
	if (n < 0 || (size_t)n >= sizeof(s->address))
		return err_set(e, ERR_INVALID, "--address is too long");
	return store_dir_put(s->c->store.path, "address", span_str(s->address), 0644, e);
}

static int on_listening(void *ctx, const struct addr *at, struct enroller **enroller, struct err *e)
{
	struct serving *s = ctx;
	struct enrol_setup setup = { .ca = buf_span(&s->cert.ca),
				     .ca_key = s->ca_key,
				     .codes = codes_dir_store(s->codes),
				     .random = { NULL, draw } };
	int rc = find_address(s, at, e);

	memcpy(setup.seal_key, s->seal.public.b, sizeof(setup.seal_key));
	setup.address = span_str(s->address);
	if (!rc)
		rc = enroller_new(&s->enroller, &setup, e);
	*enroller = s->asked.enroller = s->enroller;
	return rc;
}

/* That it started is known for ever, and that the store can be written is known before anybody relies
 * on it. */
static int write_start(struct cli *c)
{
	struct op op = { .kind = OP_START, .source = span_str(c->by) };
	size_t made;
	int rc = ledger_begin(c->store.ledger, &c->err);

	if (rc)
		return rc;
	rc = ledger_act(c->store.ledger, &op, cli_now(c), NULL, &c->err);
	if (rc) {
		ledger_abort(c->store.ledger);
		return rc;
	}
	rc = ledger_commit(c->store.ledger, &c->store.log_key, NULL, &c->err);
	/* what an end in the middle left out */
	return rc ? rc
		  : ledger_follow(c->store.ledger, true, &c->store.log_key, cli_now(c), &made,
				  &c->err);
}

/* As many descriptors as the system lets us have; connections beyond them would only stall. */
static int64_t connections_max(void)
{
	struct rlimit fds;
	int64_t most = options.connections;

	if (getrlimit(RLIMIT_NOFILE, &fds))
		return most;
	fds.rlim_cur = fds.rlim_max;
	setrlimit(RLIMIT_NOFILE, &fds);
	if (getrlimit(RLIMIT_NOFILE, &fds) || fds.rlim_cur == RLIM_INFINITY)
		return most;
	if (most > (int64_t)fds.rlim_cur - FDS_KEPT)
		most = (int64_t)fds.rlim_cur - FDS_KEPT;
	return most > 8 ? most : 8;
}

static int open_sticks(struct serving *s)
{
	struct sticks_setup setup = { .ca = buf_span(&s->cert.ca),
				      .seal = &s->seal,
				      .mark_key = s->mark_key,
				      .program = SPAN_LIT("ketnapd " KETNAP_VERSION),
				      .random = { NULL, draw } };
	int rc = answers_dir_open(&s->answers, s->c->store.path, &s->c->err);

	if (rc)
		return rc;
	stick_mark_key(s->mark_key, &s->c->store);
	setup.answers = answers_dir_store(s->answers);
	rc = sticks_new(&s->sticks, &setup, &s->c->err);
	s->asked.sticks = s->sticks;
	return rc;
}

static int prepare(struct serving *s)
{
	struct cli *c = s->c;
	const char *dir = c->store.path;
	struct err ignored = { 0 };
	int rc = set_log_level(&c->err);

	if (rc)
		return cli_misused(c, rc);
	spool_tidy(dir);
	s->known_ms = store_dir_known_ms(&c->store);
	rc = server_cert_load(&s->cert, dir, ledger_info(c->store.ledger).store, c->now_ms(),
			      s->known_ms, &c->err);
	if (!rc)
		rc = server_ca_key(&s->ca_key, dir, &c->err);
	if (!rc)
		rc = server_seal_key(&s->seal, dir, &c->err);
	if (!rc)
		rc = codes_dir_open(&s->codes, dir, &c->err);
	if (!rc)
		rc = hands_file_open(&s->hands, dir, &c->err);
	if (!rc)
		rc = devices_new(&s->devices, &c->err);
	if (!rc)
		rc = devices_load(s->devices, c->store.ledger, &c->err);
	if (!rc)
		rc = open_sticks(s);
	if (!rc)
		rc = keys_dir_open(&s->keys, dir, &c->err);
	s->asked.keys = s->keys;
	if (!rc && !store_dir_is_behind(&c->store))
		rc = write_start(c);
	if (!rc &&
	    course_note(&c->store, &ignored)) /* the next one finds less, which is right too */
		log_warn("event=course error=\"%s\"", ignored.msg);
	return rc;
}

/* A key store that holds nothing while units have keys was lost: nobody new would be handed any. */
static void tell_keys(const struct serving *s)
{
	struct cli *c = s->c;
	struct err e = { 0 };
	bool any = false;

	if (!keystore_newest(keys_dir_store(s->keys)) &&
	    !register_key_elsewhere(c->store.ledger, 0, &any, &e) && any)
		log_error(
			"event=keys error=\"the key store of the register is empty, and units have "
			"keys: ketnapd keys --restore FILE, or without a copy ketnapd keys --lost\"");
}

static int find_listen(struct cli *c, struct addr *at)
{
	const char *text = options.listen ? options.listen : ":7441";
	struct addr found[ADDR_FOUND_MAX];
	size_t count;
	int rc = addr_parse(found, &count, span_str(text), true, &c->err);

	if (rc)
		return rc == -ERR_INVALID ? cli_misused(c, rc) : rc;
	*at = found[0];
	return 0;
}

/* `info` and `behind` as they were before there were threads: the ledger is the writer's by now. */
static void say_ready(struct cli *c, const struct serve *serve, struct ledger_info info,
		      bool behind)
{
	struct addr at = serve_addr(serve);
	int64_t days = info.illustrative ? 0 : own_clock_leap_days(info.time_ms, c->now_ms());
	char text[ADDR_TEXT_MAX], hex[HASH_HEX_MAX];

	addr_text(text, &at);
	hex_encode(hex, info.store, 16);
	if (days)
		log_warn("event=clock log_ahead_days=%lld error=\"entries are received at the time "
			 "of the newest one until the computer's clock has reached it\"",
			 (long long)days);
	log_info("event=serving listen=%s store=%s lsn=%llu behind=%d", text, hex,
		 (unsigned long long)info.lsn, behind);
	fprintf(c->out, "ready %s store=%s lsn=%llu\n", text, hex, (unsigned long long)info.lsn);
	fflush(c->out);
}

/* Threads of TLS take each other's time with OpenSSL's locks, and the writer, the system's network and whatever
 * else runs here want a processor too. */
static unsigned io_threads(void)
{
	int64_t count = options.threads;
	cpu_set_t ours;

	if (!count && !sched_getaffinity(0, sizeof(ours), &ours))
		count = CPU_COUNT(&ours) / 2;
	return count < 1 ? 1 : count > SERVE_THREADS_MAX ? SERVE_THREADS_MAX : (unsigned)count;
}

static int serve_until_stopped(struct serving *s, const struct addr *at)
{
	struct cli *c = s->c;
	struct serve_setup setup = {
		.kv = c->store.kv,
		.ledger = c->store.ledger,
		.log_key = &c->store.log_key,
		.devices = s->devices,
		.sticks = s->sticks,
		.keys = keys_dir_store(s->keys),
		.hands = hands_file_hands(s->hands),
		.behind = store_dir_is_behind(&c->store),
		.succeeded = store_dir_is_succeeded(&c->store),
		.tls = tls_of(s),
		.at = *at,
		.threads = io_threads(),
		.connections_max = (unsigned)connections_max(),
		.per_host_max = (unsigned)options.per_host,
		.jitter_max_ms = (uint32_t)options.jitter * 1000,
		.program = SPAN_LIT("ketnapd " KETNAP_VERSION),
		.real = { real_ms, c },
		.query = on_query,
		.query_ctx = s,
		.dir = c->store.path,
		.ctx = s,
		.listening = on_listening,
		.command = on_command,
		.fell_behind = on_behind,
		.tidy = on_tidy,
		.minute = on_minute,
		.hangup = on_hangup,
	};
	struct ledger_info info = ledger_info(c->store.ledger);
	struct serve *serve;
	int rc;

	memcpy(setup.mark_key, s->mark_key, sizeof(setup.mark_key));
	tell_keys(s);
	rc = serve_open(&serve, &setup, &c->err);
	if (rc)
		return rc;
	say_ready(c, serve, info, setup.behind);
	rc = serve_run(serve, &c->err);
	serve_close(serve);
	log_info("event=stopped lsn=%llu", (unsigned long long)ledger_info(c->store.ledger).lsn);
	return rc;
}

int cmd_serve(struct cli *c, int argc, char **argv)
{
	struct serving s = { .c = c, .asked = *c };
	struct addr at;
	int rc = find_listen(c, &at);

	(void)argc;
	(void)argv;
	if (!rc)
		rc = prepare(&s);
	if (!rc)
		rc = serve_until_stopped(&s, &at);
	enroller_free(s.enroller);
	sticks_free(s.sticks);
	keys_dir_close(s.keys);
	answers_dir_close(s.answers);
	devices_free(s.devices);
	hands_file_close(s.hands);
	codes_dir_close(s.codes);
	seal_key_fini(&s.seal);
	p256_free(s.ca_key);
	server_cert_fini(&s.cert);
	return rc;
}
