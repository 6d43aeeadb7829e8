/* Power cuts. What LMDB writes to one file, and when it waits for the disk, is written down while a program goes on as
 * ever. Then the power goes at a random place, many times: what a disk must have kept is kept (everything before the last
 * finished fdatasync, and synchronous writes), of the rest a random part of the sectors; a child process opens what is
 * left and says what it found. For plain programs that export their symbols: pwrite, writev, fdatasync and mdb_env_open
 * are taken over, and whether this machine's disk really syncs makes no difference. Any failure of its own ends the
 * program with 99. */
#ifndef SUPPORT_POWER_H
#define SUPPORT_POWER_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define POWER_CHECK(cond)                                                          \
	do {                                                                       \
		if (!(cond)) {                                                     \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #cond); \
			exit(99); /* in a child: none of its verdicts */           \
		}                                                                  \
	} while (0)

/* Added to the flags of every store opened from now on: how a control differs. */
extern unsigned power_flags;

void power_seed(uint64_t seed);
unsigned power_below(unsigned n);

/* From now on, over the store in `dir` as it lies there; what was written down before is dropped. */
void power_record(const char *dir);
void power_ack(unsigned n); /* somebody was told that n is durable */
void power_stop(void);
void power_forget(void); /* all that was written down */

enum power_verdict { POWER_KEPT, POWER_LOST, POWER_UNOPENED, POWER_TORN, POWER_CRASHED };

/* In the child: what is in the store in `copy`, where `acked` was the last power_ack before the cut. */
typedef enum power_verdict power_look(void *ctx, const char *copy, unsigned acked);

/* So many cuts, 0: one at every point; prints a line that begins with `name`. The folder `copy` exists. Returns those not kept. */
unsigned power_cuts(const char *name, const char *copy, unsigned cuts, power_look *look, void *ctx,
		    unsigned tally[POWER_CRASHED + 1]);
/* The store's files in `dir`, and the folder. */
void power_remove(const char *dir);
#endif
