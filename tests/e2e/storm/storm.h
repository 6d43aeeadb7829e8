/* The parts of the storm: what it was told to do, programs it starts, clients, the server. */
#ifndef STORM_H
#define STORM_H

#include "watch.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum { CLIENTS_MAX = 256, PATH_BYTES = 512, ARGS_MAX = 24, EXIT_AGAIN = 75 };
enum { PATIENCE_STEP_MS = 50, PATIENCE_MAX_MS = 900000 };

struct storm {
	const char *ketnapd, *ketnap, *watch, *dir;
	unsigned port, clients, kills, seconds;
	long proxy, drop; /* drop 0: nobody drops packets */
	uint64_t seed;
	_Atomic bool stopping, broken;
};

/* Says what is wrong, and makes the storm fail. */
__attribute__((format(printf, 2, 3))) void storm_wrong(struct storm *s, const char *what, ...);
uint64_t storm_dice(uint64_t *state, uint64_t below);
int64_t storm_now_ms(void);
void storm_sleep(int64_t ms);

/* ---- programs ---- */

struct program {
	long pid;
	int out; /* its stdout; -1 closed */
};

/* `args` ends with NULL, args[0] is the path. stderr is appended to the file `errors`. `env`: additions,
 * ends with NULL; may be NULL. */
bool program_start(struct program *p, const char *const *args, const char *const *env,
		   const char *errors);
/* All of stdout and the exit status (as of waitpid). The caller frees the text. */
char *program_finish(struct program *p, int *status);

/* ---- patience with one ---- */

struct patience {
	long pid;
	int64_t begun_ms, seen_ms, own_ms;
	uint64_t waited_ns; /* for a processor, by all its threads */
};

void patience_begin(struct patience *p, const struct program *of);
/* The time since then, without that in which it waited for a processor or the disk: a hung program's goes
 * on like the clock, a spinning one's too, one's that gets no processor hardly. To be asked often. */
int64_t patience_own_ms(struct patience *p);
/* It had so much for itself; or the clock says that the machine does nothing else for a quarter of an hour. */
bool patience_is_over(struct patience *p, int64_t own_ms);

/* ---- clients ---- */

/* Each has the folder cNN, enrolled already, of unit U.NN, and writes notes/NN.jsonl. */
bool clients_start(struct storm *s);
/* Wait until they have stopped. */
void clients_join(void);
/* Sync all until nothing is queued, and write final/NN.json: what each says at the end. */
bool clients_settle(struct storm *s);
void clients_report(FILE *out);
/* `name=number` lines, for one who adds up. */
void clients_count(FILE *out);

/* ---- the server ---- */

/* Kill it again and again; it is dead afterwards. */
bool server_storm(struct storm *s);
bool server_start_calm(struct storm *s);
bool server_stop_calm(struct storm *s);
void server_report(FILE *out);
void server_count(FILE *out);
bool server_enough(const struct storm *s);

#endif
