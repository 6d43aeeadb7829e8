/* The server and its deaths. Where it is to die is drawn from the seed; that it died there is told by the
 * page it shared, and for a death between commit and ack proven by the log it starts with the next time. */
#include "storm.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	/* Both without what it waited for a processor or the disk. */
	READY_MS = 20000,
	LIFE_MS = 15000, /* a point that is not met by then is aimed at again */
	ROUND = 10,
	TRIES_PER_KILL = 3,
	FREEZE_MS = 1200,
	BUSY_TRIES = 200,
	BUSY_MS = 100,
};

/* In each round of kills. */
static const enum watch_point aims[ROUND] = {
	WATCH_BEFORE_COMMIT, WATCH_COMMITTED, WATCH_HELLO, WATCH_RESUMED,
	WATCH_BEFORE_COMMIT, WATCH_ANY,       WATCH_HELLO, WATCH_RESUMED,
	WATCH_BEFORE_COMMIT, WATCH_COMMITTED,
};

struct deaths {
	unsigned count, unanswered; /* unanswered: deaths that left ops without an answer */
};

static struct watch_page *page;
static struct deaths deaths[WATCH_POINTS];
static unsigned
	missed; /* lives in which the point was not met; killed all the same, and counted as any */
static unsigned proved; /* deaths between commit and ack that the next life found an entry of */
static unsigned frozen; /* times it stood still for a while */
static unsigned untold; /* entries that the next life had and nobody had been told of */
static struct program server;
static uint64_t ready_lsn, told_before;
static bool proof_due;

static bool map_page(struct storm *s)
{
	int fd = open("page", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0 || ftruncate(fd, (off_t)sizeof(*page)))
		page = MAP_FAILED;
	else
		page = mmap(NULL, sizeof(*page), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (fd >= 0)
		close(fd);
	if (page == MAP_FAILED)
		storm_wrong(s, "no page to share: %s", strerror(errno));
	return page != MAP_FAILED;
}

/* ---- a life ---- */

static void end_now(int *status)
{
	kill((pid_t)server.pid, SIGKILL);
	waitpid((pid_t)server.pid, status, 0);
}

/* False: it ended or had its time; `own` says how much. */
static bool await_ready(struct patience *own)
{
	struct pollfd p = { .fd = server.out, .events = POLLIN };
	char line[256];
	const char *lsn;
	size_t len = 0;

	patience_begin(own, &server);
	while (!patience_is_over(own, READY_MS) && len < sizeof(line) - 1) {
		if (poll(&p, 1, 100) <= 0)
			continue;
		if (read(server.out, line + len, 1) != 1)
			break;
		if (line[len++] == '\n')
			break;
	}
	line[len] = '\0';
	lsn = strstr(line, " lsn=");
	if (strncmp(line, "ready ", 6) || !lsn)
		return false;
	ready_lsn = strtoull(lsn + 5, NULL, 10);
	return true;
}

/* A backup that began while it was dead holds the store for a moment: it says "again later", and is started
 * again. */
static bool start(struct storm *s, bool watched)
{
	char listen[32], preload[PATH_BYTES];
	const char *args[] = { s->ketnapd, "serve", "--data", "s", "--listen", listen, NULL };
	const char *env[] = { preload, "STORM_PAGE=page", NULL };
	struct patience own;
	int status = 0;

	snprintf(listen, sizeof(listen), "127.0.0.1:%u", s->port);
	snprintf(preload, sizeof(preload), "LD_PRELOAD=%s", s->watch);
	for (int tries = 0; tries < BUSY_TRIES; tries++) {
		if (!program_start(&server, args, watched ? env : NULL, "errors/server")) {
			storm_wrong(s, "%s cannot be started", s->ketnapd);
			return false;
		}
		if (await_ready(&own))
			return true;
		end_now(&status);
		close(server.out);
		if (!WIFEXITED(status) || WEXITSTATUS(status) != EXIT_AGAIN)
			break;
		storm_sleep(BUSY_MS);
	}
	storm_wrong(
		s,
		"the server does not start again (status %#x, %lld ms of its own in %lld of the clock), "
		"see errors/server",
		(unsigned)status, (long long)patience_own_ms(&own),
		(long long)(storm_now_ms() - own.begun_ms));
	return false;
}

/* Every start writes one entry. What else is new was committed by the life before; an entry beyond all
 * that was told shows that it died between commit and ack. Not every commit has entries: what was seen of devices is
 * kept every few seconds by itself. */
static bool look_back(struct storm *s)
{
	uint64_t found = ready_lsn - 1;

	if (!told_before) /* the first life */
		told_before = found;
	if (found < told_before) {
		storm_wrong(s, "entry %llu was acked, and the log ends at %llu",
			    (unsigned long long)told_before, (unsigned long long)found);
		return false;
	}
	untold += (unsigned)(found - told_before);
	proved += proof_due && found > told_before;
	proof_due = false;
	return true;
}

/* True once it is dead. Meanwhile it stands still once, from `freeze` on (0: never), for `ms`. */
static bool died(struct storm *s, int64_t life, int64_t freeze, int64_t ms, int *status)
{
	struct patience own;

	patience_begin(&own, &server);
	while (!patience_is_over(&own, life) && !s->stopping) {
		if (waitpid((pid_t)server.pid, status, WNOHANG) == server.pid)
			return true;
		if (freeze && storm_now_ms() >= freeze) {
			kill((pid_t)server.pid, SIGSTOP);
			storm_sleep(ms);
			kill((pid_t)server.pid, SIGCONT);
			freeze = 0;
			frozen++;
		}
		storm_sleep(2);
	}
	return false;
}

static void aim(enum watch_point p, uint64_t *dice)
{
	page->ready_lsn = ready_lsn;
	page->countdown = 1 + (uint32_t)storm_dice(dice, p == WATCH_RESUMED ? 2 : 5);
	page->way = (uint32_t)storm_dice(dice, 2);
	page->want = p;
}

/* One life and its death. False: something is wrong. */
static bool live_and_die(struct storm *s, enum watch_point p, uint64_t *dice)
{
	int64_t life = p == WATCH_ANY ? 50 + (int64_t)storm_dice(dice, 800) : LIFE_MS;
	int64_t freeze = 0;
	uint32_t unanswered;
	int status = 0;

	memset(page, 0, sizeof(*page));
	if (!start(s, true) || !look_back(s))
		return false;
	aim(p, dice);
	if (!storm_dice(dice, 4))
		freeze = storm_now_ms() + (int64_t)storm_dice(dice, 200);
	if (!died(s, life, freeze, 1 + (int64_t)storm_dice(dice, FREEZE_MS), &status)) {
		page->want = WATCH_ANY;
		end_now(&status);
	}
	close(server.out);
	if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL) {
		storm_wrong(s, "the server ended by itself (status %#x), see errors/server",
			    (unsigned)status);
		return false;
	}
	unanswered = page->unanswered;
	deaths[page->died_at].count++;
	deaths[page->died_at].unanswered += unanswered != 0;
	missed += page->died_at != p;
	proof_due = page->died_at == WATCH_COMMITTED;
	told_before = page->told_lsn > ready_lsn ? page->told_lsn : ready_lsn;
	return true;
}

static unsigned all_deaths(void)
{
	unsigned all = 0;

	for (size_t i = 0; i < WATCH_POINTS; i++)
		all += deaths[i].count;
	return all;
}

bool server_storm(struct storm *s)
{
	uint64_t dice = s->seed;
	int64_t until = storm_now_ms() + (int64_t)s->seconds * 1000;
	unsigned next = 0;

	if (!map_page(s))
		return false;
	while (!s->stopping && (all_deaths() < s->kills || storm_now_ms() < until)) {
		unsigned before = missed;

		if (!live_and_die(s, aims[next % ROUND], &dice))
			return false;
		next += missed == before;
		if (missed > TRIES_PER_KILL + all_deaths() / 4) {
			storm_wrong(s, "the wanted points are not met");
			return false;
		}
	}
	return !s->broken;
}

/* ---- after the storm ---- */

bool server_start_calm(struct storm *s)
{
	return start(s, false) && look_back(s);
}

bool server_stop_calm(struct storm *s)
{
	int status = 0;

	kill((pid_t)server.pid, SIGTERM);
	free(program_finish(&server, &status));
	if (WIFEXITED(status) && !WEXITSTATUS(status))
		return true;
	storm_wrong(s, "the server did not stop in order (status %#x)", (unsigned)status);
	return false;
}

static unsigned left_unanswered(void)
{
	unsigned all = 0;

	for (size_t i = 0; i < WATCH_POINTS; i++)
		all += deaths[i].unanswered;
	return all;
}

void server_report(FILE *out)
{
	static const char *const names[WATCH_POINTS] = {
		[WATCH_ANY] = "at any moment",
		[WATCH_BEFORE_COMMIT] = "before commit",
		[WATCH_COMMITTED] = "between commit and ack",
		[WATCH_HELLO] = "during Hello",
		[WATCH_RESUMED] = "during a resumed session",
	};

	fprintf(out,
		"killed %u times, %u of them with unanswered ops; %u entries were committed and never acked by "
		"the life that wrote them; it stood still %u times\n",
		all_deaths(), left_unanswered(), untold, frozen);
	for (size_t i = 0; i < WATCH_POINTS; i++)
		fprintf(out, "  %-26s %3u, with unanswered ops %3u\n", names[i], deaths[i].count,
			deaths[i].unanswered);
}

void server_count(FILE *out)
{
	fprintf(out, "server_kills=%u\nserver_unanswered=%u\nserver_stops=%u\n", all_deaths(),
		left_unanswered(), frozen);
}

bool server_enough(const struct storm *s)
{
	for (size_t i = WATCH_BEFORE_COMMIT; i < WATCH_POINTS; i++)
		if (!deaths[i].count) {
			fprintf(stderr, "storm: WRONG: one point of death was never met\n");
			return false;
		}
	if (2 * proved <
	    deaths[WATCH_COMMITTED].count) { /* the last one's life is looked back at too */
		fprintf(stderr,
			"storm: WRONG: died %u times between commit and ack, and only %u times something had been committed\n",
			deaths[WATCH_COMMITTED].count, proved);
		return false;
	}
	if (all_deaths() >= s->kills && 2 * left_unanswered() >= all_deaths())
		return true;
	fprintf(stderr, "storm: WRONG: too few kills, or too few that hit unanswered ops\n");
	return false;
}
