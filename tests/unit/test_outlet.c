#include "outlet.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LINES = 40000 };

/* What a reader who comes late is given: 0 when it is all there, in order. */
static int read_all(int fd)
{
	FILE *from = fdopen(fd, "r");
	char line[64], want[64];
	int n = 0;

	if (!fgets(line, sizeof(line), from) || strcmp(line, "first\n"))
		return 1;
	for (; fgets(line, sizeof(line), from); n++) {
		snprintf(want, sizeof(want), "line %08d of the output\n", n);
		if (strcmp(line, want))
			return 2;
	}
	return n == LINES ? 0 : 3;
}

/* Nobody reads, and a pipe takes 64 KiB: a command that waited for its reader would never come to its end. `never`: nor
 * does the pipe wait for anybody. */
ParameterizedTestParameters(outlet, a_command_ends_whether_its_reader_looks_or_not)
{
	static bool never[] = { false, true };

	return cr_make_param_array(bool, never, ARRAY_LEN(never));
}

ParameterizedTest(bool *never, outlet, a_command_ends_whether_its_reader_looks_or_not,
		  .timeout = 30)
{
	struct outlet o;
	int ends[2], status;
	FILE *plain, *to;
	pid_t child;

	cr_assert_eq(pipe(ends), 0);
	plain = fdopen(ends[1], "w");
	if (*never)
		cr_assert_eq(fcntl(ends[1], F_SETFL, O_NONBLOCK), 0);
	fprintf(plain, "first\n");
	to = outlet_open(&o, plain);
	for (int i = 0; i < LINES; i++)
		cr_assert_gt(fprintf(to, "line %08d of the output\n", i), 0);
	child = fork();
	if (!child) {
		close(ends[1]);
		usleep(100000);
		_exit(read_all(ends[0]));
	}
	close(ends[0]);
	cr_assert_eq(outlet_close(&o), 0);
	fclose(plain);
	cr_assert_eq(waitpid(child, &status, 0), child);
	cr_assert_eq(status, 0);
}

/* A reader who is a little slower all along: what it has taken is not kept. */
Test(outlet, what_was_taken_is_let_go_of, .timeout = 30)
{
	static char piece[8192], got[7168];
	struct outlet o;
	int ends[2];
	FILE *to;

	cr_assert_eq(pipe(ends), 0);
	to = outlet_open(&o, fdopen(ends[1], "w"));
	memset(piece, 'x', sizeof(piece));
	for (int i = 0; i < 1024; i++) {
		cr_assert_eq(fwrite(piece, 1, sizeof(piece), to), sizeof(piece));
		fflush(to);
		for (size_t left = sizeof(got); left;) {
			ssize_t n = read(ends[0], got, left);

			cr_assert_gt(n, 0);
			left -= (size_t)n;
		}
	}
	cr_assert_leq(o.kept.len, 2 * 1024 * (sizeof(piece) - sizeof(got)), "%zu", o.kept.len);
	close(ends[0]);
	signal(SIGPIPE, SIG_IGN);
	cr_assert_eq(outlet_close(&o), -1);
}

Test(outlet, what_could_not_be_written_is_told)
{
	struct outlet o;
	int ends[2];
	FILE *to;

	signal(SIGPIPE, SIG_IGN);
	cr_assert_eq(pipe(ends), 0);
	to = outlet_open(&o, fdopen(ends[1], "w"));
	fprintf(to, "for nobody\n");
	close(ends[0]);
	cr_assert_eq(outlet_close(&o), -1);
}

/* As where there was no memory: what was written went to the plain stream. */
Test(outlet, without_memory_the_plain_stream_tells_it)
{
	FILE *full = fopen("/dev/full", "w");
	struct outlet o;

	cr_assert(full);
	fclose(outlet_open(&o, full));
	o.file = NULL;
	fprintf(full, "no room\n");
	cr_assert_eq(outlet_close(&o), -1);
}
