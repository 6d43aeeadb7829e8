/* Many clients behind a bad line, while the server is killed again and again. Writes down what each
 * client was told; whether that is true is judged by another program. Needs a store, a proxy and enrolled
 * clients: see storm.sh. */
#include "storm.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { OUTPUT_MAX = 8 << 20, ENV_MAX = 256 };

extern char **environ;

void storm_wrong(struct storm *s, const char *what, ...)
{
	char line[1024];
	va_list ap;

	va_start(ap, what);
	vsnprintf(line, sizeof(line), what, ap);
	va_end(ap);
	fprintf(stderr, "storm: WRONG: %s\n", line);
	s->broken = true;
	s->stopping = true;
}

uint64_t storm_dice(uint64_t *state, uint64_t below)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return (z ^ z >> 31) % below;
}

int64_t storm_now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void storm_sleep(int64_t ms)
{
	struct timespec t = { ms / 1000, ms % 1000 * 1000000 };

	nanosleep(&t, NULL);
}

/* ---- programs ---- */

static bool spawn(struct program *p, const char *const *args, char **env, const char *errors,
		  int out)
{
	posix_spawn_file_actions_t how;
	pid_t pid;
	int rc;

	posix_spawn_file_actions_init(&how);
	posix_spawn_file_actions_addopen(&how, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&how, out, 1);
	posix_spawn_file_actions_addopen(&how, 2, errors, O_WRONLY | O_CREAT | O_APPEND, 0644);
	rc = posix_spawn(&pid, args[0], &how, NULL, (char *const *)(uintptr_t)args, env);
	posix_spawn_file_actions_destroy(&how);
	p->pid = pid;
	return !rc;
}

bool program_start(struct program *p, const char *const *args, const char *const *env,
		   const char *errors)
{
	char *all[ENV_MAX];
	size_t count = 0;
	int ends[2];
	bool ok;

	for (size_t i = 0; environ[i] && count < ENV_MAX - 8; i++)
		all[count++] = environ[i];
	for (size_t i = 0; env && env[i] && count < ENV_MAX - 1; i++)
		all[count++] = (char *)(uintptr_t)env[i];
	all[count] = NULL;
	if (pipe2(ends, O_CLOEXEC))
		return false;
	ok = spawn(p, args, all, errors, ends[1]);
	close(ends[1]);
	p->out = ends[0];
	if (!ok)
		close(ends[0]);
	return ok;
}

char *program_finish(struct program *p, int *status)
{
	size_t len = 0, room = 4096;
	char *text = malloc(room);

	while (text) {
		ssize_t n = read(p->out, text + len, room - len - 1);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		len += (size_t)n;
		if (room - len < 2 && room < OUTPUT_MAX) {
			char *grown = realloc(text, room *= 2);

			if (!grown)
				break;
			text = grown;
		}
	}
	if (text)
		text[len] = '\0';
	close(p->out);
	p->out = -1;
	while (waitpid((pid_t)p->pid, status, 0) < 0 && errno == EINTR)
		continue;
	return text;
}

/* ---- the whole ---- */

static bool read_options(struct storm *s, int argc, char **argv)
{
	static const struct option rows[] = {
		{ "ketnapd", 1, NULL, 'd' }, { "ketnap", 1, NULL, 'c' },
		{ "watch", 1, NULL, 'w' },   { "dir", 1, NULL, 'D' },
		{ "port", 1, NULL, 'p' },    { "proxy", 1, NULL, 'P' },
		{ "clients", 1, NULL, 'n' }, { "kills", 1, NULL, 'k' },
		{ "seconds", 1, NULL, 's' }, { "seed", 1, NULL, 'S' },
		{ "drop", 1, NULL, 'r' },    { NULL, 0, NULL, 0 },
	};
	int which;

	while ((which = getopt_long(argc, argv, "", rows, NULL)) != -1) {
		unsigned long number = optarg ? strtoul(optarg, NULL, 10) : 0;

		switch (which) {
		case 'd':
			s->ketnapd = optarg;
			break;
		case 'c':
			s->ketnap = optarg;
			break;
		case 'w':
			s->watch = optarg;
			break;
		case 'D':
			s->dir = optarg;
			break;
		case 'p':
			s->port = (unsigned)number;
			break;
		case 'P':
			s->proxy = (long)number;
			break;
		case 'r':
			s->drop = (long)number;
			break;
		case 'n':
			s->clients = (unsigned)number;
			break;
		case 'k':
			s->kills = (unsigned)number;
			break;
		case 's':
			s->seconds = (unsigned)number;
			break;
		case 'S':
			s->seed = number;
			break;
		default:
			return false;
		}
	}
	return s->ketnapd && s->ketnap && s->watch && s->dir && s->port && s->proxy && s->clients &&
	       s->clients <= CLIENTS_MAX;
}

/* The line is rough from SIGUSR1 on, good again after SIGUSR2. */
static void tell(long pid, int signal)
{
	if (pid)
		kill((pid_t)pid, signal);
}

static void write_counts(struct storm *s)
{
	FILE *f = fopen("counts", "w");

	if (f) {
		clients_count(f);
		server_count(f);
	}
	if (!f || fclose(f))
		storm_wrong(s, "no counts: %s", strerror(errno));
}

int main(int argc, char **argv)
{
	struct storm s = { .kills = 30, .clients = 24, .seed = 1 };
	bool ok;

	if (!read_options(&s, argc, argv)) {
		fprintf(stderr,
			"usage: storm --ketnapd FILE --ketnap FILE --watch FILE --dir DIR --port PORT "
			"--proxy PID [--drop PID] [--clients N] [--kills N] [--seconds S] [--seed N]\n");
		return 2;
	}
	if (chdir(s.dir)) {
		perror(s.dir);
		return 1;
	}
	tell(s.proxy, SIGUSR1);
	tell(s.drop, SIGUSR1);
	ok = clients_start(&s) && server_storm(&s);
	s.stopping = true;
	tell(s.drop, SIGUSR2); /* first: who hangs on a dead line would wait there for minutes */
	clients_join();
	tell(s.proxy, SIGUSR2);
	ok = ok && !s.broken && server_start_calm(&s);
	if (ok) {
		ok = clients_settle(&s);
		ok = server_stop_calm(&s) && ok;
	}
	clients_report(stdout);
	server_report(stdout);
	write_counts(&s);
	return ok && !s.broken && server_enough(&s) ? 0 : 1;
}
