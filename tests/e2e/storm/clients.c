/* The clients: each is a clerk who signs sheets and syncs, over and over, and writes down what the
 * program says: which ops were made, and which verdict came for each. */
#include "storm.h"

#include <jansson.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

enum { MONTHS = 33, FIRST_YEAR = 2020, SETTLE_TRIES = 20 };
/* More clients than that take turns, as people do: each rests between its contacts, so that about so many are busy. */
enum { BUSY_CLIENTS = 24, BUSY_MAX_MS = 4000, REST_STEP_MS = 100 };

struct client {
	struct storm *storm;
	unsigned no;
	pthread_t thread;
	bool running;
	uint64_t dice;
	FILE *notes;
	unsigned months, serial;
	char last_op[128];       /* as the program named it; empty: none yet */
	unsigned figure[MONTHS]; /* class_sent of each month, as last signed */
	char unit[16], folder[16], errors[32];
	int64_t submit_ms; /* what the last submit took that nothing happened to */
	unsigned long syncs, failed, resumed, told, killed, stopped, undone, done;
};

static struct client clients[CLIENTS_MAX];
static unsigned client_count;

/* ---- running ketnap ---- */

/* What else may happen to a program while it runs. */
enum harm { HARM_NONE, HARM_KILL, HARM_STOP };
enum { HARM_WITHIN_MS = 120 };

/* One in `one_in`, of those half each. */
static enum harm draw_harm(struct client *c, uint64_t one_in)
{
	if (c->storm->stopping || storm_dice(&c->dice, one_in))
		return HARM_NONE;
	return storm_dice(&c->dice, 2) ? HARM_KILL : HARM_STOP;
}

static void do_harm(struct client *c, const struct program *p, enum harm harm, int64_t within_ms)
{
	if (harm == HARM_NONE)
		return;
	storm_sleep((int64_t)storm_dice(&c->dice, (uint64_t)within_ms));
	if (harm == HARM_KILL) {
		kill((pid_t)p->pid, SIGKILL);
		return;
	}
	kill((pid_t)p->pid, SIGSTOP);
	storm_sleep((int64_t)storm_dice(&c->dice, 600));
	kill((pid_t)p->pid, SIGCONT);
	c->stopped++;
}

/* -1: it did not end by itself. NULL in *json: nothing that could be read. */
static int run(struct client *c, json_t **json, enum harm harm, int64_t within_ms,
	       const char *const *words)
{
	const char *args[ARGS_MAX] = { c->storm->ketnap };
	size_t count = 1;
	struct program p;
	char *text;
	int status = 0;

	for (; *words; words++)
		args[count++] = *words;
	args[count++] = "--data";
	args[count++] = c->folder;
	args[count++] = "--json";
	args[count] = NULL;
	*json = NULL;
	if (!program_start(&p, args, NULL, c->errors))
		return -1;
	do_harm(c, &p, harm, within_ms);
	text = program_finish(&p, &status);
	if (text)
		*json = json_loads(text, 0, NULL);
	free(text);
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	c->killed += harm == HARM_KILL;
	return -1;
}

#define RUN(c, json, ...) run((c), (json), HARM_NONE, 0, (const char *const[]){ __VA_ARGS__, NULL })

static const char *text_of(const json_t *j, const char *key)
{
	const char *text = json_string_value(json_object_get(j, key));

	return text ? text : "";
}

static long number_of(const json_t *j, const char *key)
{
	const json_t *n = json_object_get(j, key);

	return json_is_integer(n) ? (long)json_integer_value(n) : -1;
}

/* ---- signing ---- */

static void note_made(struct client *c, const char *op, const char *reason)
{
	snprintf(c->last_op, sizeof(c->last_op), "%s", op);
	fprintf(c->notes, "{\"made\": \"%s\", \"reason\": \"%s\"}\n", op, reason);
	fflush(c->notes);
}

/* 1 when the program that was killed had made the op, 0 when not; -1: something is wrong. The op is the one behind
 * the last, DEVICE-EPOCH-NUMBER. */
static int made_before_it_died(struct client *c, const char *reason)
{
	char op[sizeof(c->last_op)];
	const char *number = strrchr(c->last_op, '-');
	json_t *j;
	int code = RUN(c, &j, "status");
	long there = number_of(j, "queued") + number_of(j, "acked");

	json_decref(j);
	if (code || !number || there < (long)c->serial - 1 || there > (long)c->serial) {
		storm_wrong(c->storm,
			    "client %u: %ld ops after a submit that was killed, %u or %u wanted",
			    c->no, there, c->serial - 1, c->serial);
		return -1;
	}
	if (there == (long)c->serial - 1)
		return 0;
	snprintf(op, sizeof(op), "%.*s-%lu", (int)(number - c->last_op), c->last_op,
		 strtoul(number + 1, NULL, 10) + 1);
	note_made(c, op, reason);
	return 1;
}

static int submit(struct client *c, json_t **j, enum harm harm, const char *month, bool nil,
		  const char *reason)
{
	const char *const words[] = { "submit", "monthly",  month,  nil ? "--nil" : "--blanks-nil",
				      "--old",  "--reason", reason, NULL };

	return run(c, j, harm, 20 + 3 * c->submit_ms / 2, words);
}

static bool sign(struct client *c, const char *month, bool nil)
{
	enum harm harm = *c->last_op ? draw_harm(c, 10) : HARM_NONE;
	int64_t begun = storm_now_ms();
	char reason[32];
	json_t *j;
	int code, made;

	snprintf(reason, sizeof(reason), "storm %02u-%05u", c->no, ++c->serial);
	code = submit(c, &j, harm, month, nil, reason);
	if (harm == HARM_NONE)
		c->submit_ms = storm_now_ms() - begun;
	if (code < 0 && harm == HARM_KILL) {
		json_decref(j);
		made = made_before_it_died(c, reason);
		c->done += made > 0;
		c->undone += !made;
		if (made)
			return made > 0;
		code = submit(c, &j, HARM_NONE, month, nil, reason);
	}
	if (code || !*text_of(j, "op")) {
		storm_wrong(c->storm, "client %u: submit %s ended with %d", c->no, month, code);
		json_decref(j);
		return false;
	}
	note_made(c, text_of(j, "op"), reason);
	json_decref(j);
	return true;
}

/* Who was cut off types it again. */
static bool enter(struct client *c, const char *month, const char *figure)
{
	const char *const words[] = { "enter", "monthly", month, figure, "--old", NULL };
	enum harm harm = draw_harm(c, 10);
	json_t *j;
	int code = run(c, &j, harm, HARM_WITHIN_MS, words);

	if (code < 0 && harm == HARM_KILL) {
		json_decref(j);
		code = run(c, &j, HARM_NONE, 0, words);
	}
	json_decref(j);
	if (code)
		storm_wrong(c->storm, "client %u: enter %s %s ended with %d", c->no, month, figure,
			    code);
	return !code;
}

static const char *month_name(char out[32], unsigned index)
{
	snprintf(out, 32, "%04u-%02u", FIRST_YEAR + index / 12, index % 12 + 1);
	return out;
}

/* The next month without events, or a figure of an older one changed. */
static bool make_op(struct client *c)
{
	char month[32], figure[32];
	unsigned at, value;

	if (!c->months || (c->months < MONTHS && storm_dice(&c->dice, 2))) {
		month_name(month, c->months);
		if (!c->months && !enter(c, month, "members_end=500"))
			return false;
		c->months++;
		return sign(c, month, true);
	}
	at = (unsigned)storm_dice(&c->dice, c->months);
	value = c->figure[at] + 1 + (unsigned)storm_dice(&c->dice, 9);
	snprintf(figure, sizeof(figure), "class_sent=%u", value);
	if (!enter(c, month_name(month, at), figure))
		return false;
	c->figure[at] = value;
	return sign(c, month, false);
}

/* ---- syncing ---- */

static void write_verdicts(struct client *c, const json_t *list)
{
	size_t i;
	const json_t *v;

	json_array_foreach(list, i, v)
	{
		fprintf(c->notes,
			"{\"told\": \"%s\", \"verdict\": \"%s\", \"code\": \"%s\", \"lsn\": %ld}\n",
			text_of(v, "op"), text_of(v, "verdict"), text_of(v, "code"),
			number_of(v, "lsn"));
		c->told++;
	}
	fflush(c->notes);
}

/* 0 all is there, 75 again later, else something is wrong. */
static int sync_once(struct client *c)
{
	static const char *const words[] = { "sync", NULL };
	enum harm harm = draw_harm(c, 10);
	json_t *j;
	int code = run(c, &j, harm, HARM_WITHIN_MS, words);

	if (code < 0 && harm == HARM_KILL) { /* what it was told by then, nobody wrote down */
		fprintf(c->notes, "{\"killed\": \"storm %02u\"}\n", c->no);
		fflush(c->notes);
		json_decref(j);
		return EXIT_AGAIN;
	}
	c->syncs++;
	c->failed += code != 0;
	if (j) {
		c->resumed += json_is_true(json_object_get(j, "resumed"));
		write_verdicts(c, json_object_get(j, "verdicts"));
	}
	if (code && code != EXIT_AGAIN)
		storm_wrong(c->storm, "client %u: sync ended with %d (%s, %s %s), see %s", c->no,
			    code, text_of(j, "end"), text_of(j, "halt"), text_of(j, "trouble"),
			    c->errors);
	else if (!j)
		storm_wrong(c->storm, "client %u: sync printed no JSON, see %s", c->no, c->errors);
	json_decref(j);
	return code;
}

/* `busy_ms`: what its last contact took, which tells what the machine and the line give just now. */
static void rest(struct client *c, int64_t busy_ms)
{
	int64_t others = (int64_t)c->storm->clients - BUSY_CLIENTS, ms = 60;

	if (others > 0 && storm_dice(&c->dice, 4)) /* now and then somebody is back at once */
		ms += 2 * (busy_ms < BUSY_MAX_MS ? busy_ms : BUSY_MAX_MS) * others / BUSY_CLIENTS;
	ms = (int64_t)storm_dice(&c->dice, (uint64_t)ms);
	for (; ms > 0 && !c->storm->stopping; ms -= REST_STEP_MS)
		storm_sleep(ms < REST_STEP_MS ? ms : REST_STEP_MS);
}

static void *live(void *arg)
{
	struct client *c = arg;

	rest(c, BUSY_MAX_MS / 4);
	while (!c->storm->stopping) {
		uint64_t ops = 1 + storm_dice(&c->dice, 2);
		int64_t begun = storm_now_ms();

		for (uint64_t i = 0; i < ops && !c->storm->stopping; i++)
			if (!make_op(c))
				return NULL;
		for (int i = 0; i < 3 && !c->storm->stopping && sync_once(c) == EXIT_AGAIN; i++)
			storm_sleep(50 + (int64_t)storm_dice(&c->dice, 200));
		rest(c, storm_now_ms() - begun);
	}
	return NULL;
}

bool clients_start(struct storm *s)
{
	client_count = s->clients;
	for (unsigned i = 0; i < s->clients; i++) {
		struct client *c = &clients[i];
		char name[32];

		*c = (struct client){ .storm = s, .no = i + 1, .dice = s->seed * 1000 + i };
		snprintf(c->unit, sizeof(c->unit), "U.%02u", c->no);
		snprintf(c->folder, sizeof(c->folder), "c%02u", c->no);
		snprintf(c->errors, sizeof(c->errors), "errors/c%02u", c->no);
		snprintf(name, sizeof(name), "notes/%02u.jsonl", c->no);
		c->notes = fopen(name, "w");
		if (!c->notes || pthread_create(&c->thread, NULL, live, c)) {
			storm_wrong(s, "client %u cannot begin", c->no);
			return false;
		}
		c->running = true;
	}
	return true;
}

void clients_join(void)
{
	for (unsigned i = 0; i < client_count; i++)
		if (clients[i].running)
			pthread_join(clients[i].thread, NULL);
}

/* ---- the end ---- */

static bool write_final(struct client *c, const json_t *status)
{
	char name[32];
	unsigned sum = 0;
	json_t *all;
	int rc;

	for (unsigned i = 0; i < c->months; i++)
		sum += c->figure[i];
	snprintf(name, sizeof(name), "final/%02u.json", c->no);
	all = json_pack("{s:s, s:i, s:i, s:O}", "unit", c->unit, "made", (int)c->serial,
			"class_sent", (int)sum, "status", status);
	rc = all ? json_dump_file(all, name, 0) : -1;
	json_decref(all);
	return !rc;
}

/* One sync has delivered; the second brings what came meanwhile. */
static bool settle(struct client *c)
{
	json_t *status;
	int code = EXIT_AGAIN;
	bool ok;

	for (int good = 0, i = 0; good < 2 && i < SETTLE_TRIES; i++) {
		code = sync_once(c);
		if (code && code != EXIT_AGAIN)
			return false;
		good += !code;
	}
	if (code) {
		storm_wrong(c->storm, "client %u cannot sync on a good line, see %s", c->no,
			    c->errors);
		return false;
	}
	code = RUN(c, &status, "status");
	ok = !code && status && write_final(c, status);
	json_decref(status);
	if (!ok)
		storm_wrong(c->storm, "client %u: status ended with %d", c->no, code);
	return ok;
}

/* This one, and every BUSY_CLIENTS-th after it. */
static void *settle_thread(void *arg)
{
	struct client *c = arg;

	for (; c < clients + client_count; c += BUSY_CLIENTS)
		if (!settle(c))
			return NULL;
	return arg;
}

bool clients_settle(struct storm *s)
{
	unsigned threads = s->clients < BUSY_CLIENTS ? s->clients : BUSY_CLIENTS;
	bool ok = true;

	for (unsigned i = 0; i < threads; i++)
		clients[i].running = !pthread_create(&clients[i].thread, NULL, settle_thread,
						     &clients[i]);
	for (unsigned i = 0; i < threads; i++) {
		void *good = NULL;

		if (clients[i].running)
			pthread_join(clients[i].thread, &good);
		ok = ok && good;
	}
	return ok;
}

struct sums {
	unsigned long made, syncs, failed, resumed, told, killed, stopped, undone, done;
};

static struct sums add_up(void)
{
	struct sums all = { 0 };

	for (unsigned i = 0; i < client_count; i++) {
		all.made += clients[i].serial;
		all.syncs += clients[i].syncs;
		all.failed += clients[i].failed;
		all.resumed += clients[i].resumed;
		all.told += clients[i].told;
		all.killed += clients[i].killed;
		all.stopped += clients[i].stopped;
		all.undone += clients[i].undone;
		all.done += clients[i].done;
	}
	return all;
}

void clients_report(FILE *out)
{
	struct sums all = add_up();

	for (unsigned i = 0; i < client_count; i++)
		if (clients[i].notes)
			fclose(clients[i].notes);
	fprintf(out,
		"%u clients: %lu sheets signed, %lu verdicts told in %lu syncs, %lu of them broken off, %lu "
		"resumed; %lu programs were killed, %lu of them before and %lu after they had signed; %lu "
		"stood still for a while\n",
		client_count, all.made, all.told, all.syncs, all.failed, all.resumed, all.killed,
		all.undone, all.done, all.stopped);
}

void clients_count(FILE *out)
{
	struct sums all = add_up();

	fprintf(out, "clients=%u\nsheets=%lu\nacks=%lu\nclient_kills=%lu\nclient_stops=%lu\n",
		client_count, all.made, all.told, all.killed, all.stopped);
}
