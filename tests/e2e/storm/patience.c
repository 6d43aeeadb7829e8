/* How much of the clock a program had for itself. On a machine with more work than processors it may get next to
 * nothing of a minute, and is not hung for that. */
#include "storm.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_BYTES = 512 };

/* The first line of /proc/PID/task/THREAD/`what`; empty when it is gone. */
static const char *line_of(char text[LINE_BYTES], const char *folder, const char *thread,
			   const char *what)
{
	char name[PATH_BYTES];
	FILE *f;

	snprintf(name, sizeof(name), "%.40s/%.20s/%s", folder, thread, what);
	text[0] = '\0';
	f = fopen(name, "r");
	if (!f)
		return text;
	if (!fgets(text, LINE_BYTES, f))
		text[0] = '\0';
	fclose(f);
	return text;
}

/* Of one thread: nanoseconds it was ready to run and did not, and whether the disk keeps it. */
static uint64_t kept_waiting(const char *folder, const char *thread, bool *disk)
{
	char text[LINE_BYTES];
	const char *state = strrchr(line_of(text, folder, thread, "stat"), ')');
	const char *second;

	*disk = *disk || (state && !strncmp(state, ") D", 3));
	second = strchr(line_of(text, folder, thread, "schedstat"), ' ');
	return second ? strtoull(second, NULL, 10) : 0;
}

static uint64_t look(const struct patience *p, bool *disk)
{
	char folder[40];
	const struct dirent *each;
	uint64_t all = 0;
	DIR *threads;

	snprintf(folder, sizeof(folder), "/proc/%ld/task", p->pid);
	threads = opendir(folder);
	if (!threads)
		return p->waited_ns;
	while ((each = readdir(threads)))
		if (each->d_name[0] != '.')
			all += kept_waiting(folder, each->d_name, disk);
	closedir(threads);
	return all;
}

void patience_begin(struct patience *p, const struct program *of)
{
	bool disk = false;

	*p = (struct patience){ .pid = of->pid, .begun_ms = storm_now_ms() };
	p->seen_ms = p->begun_ms;
	p->waited_ns = look(p, &disk);
}

int64_t patience_own_ms(struct patience *p)
{
	int64_t now = storm_now_ms(), passed = now - p->seen_ms, waited;
	bool disk = false;
	uint64_t all;

	if (passed < PATIENCE_STEP_MS)
		return p->own_ms;
	all = look(p, &disk);
	waited = all > p->waited_ns ? (int64_t)((all - p->waited_ns) / 1000000) : 0;
	p->waited_ns = all;
	p->seen_ms = now;
	if (!disk && waited < passed)
		p->own_ms += passed - waited;
	return p->own_ms;
}

bool patience_is_over(struct patience *p, int64_t own_ms)
{
	return patience_own_ms(p) >= own_ms || storm_now_ms() - p->begun_ms >= PATIENCE_MAX_MS;
}
