/* Standard output of a command that reads the store. Whoever is behind it may look away (a pager that is left open),
 * and a store cannot use its pages again while a reader holds one moment of it: it would grow with every commit.
 * So nothing here waits: what the reader does not take at once is kept in memory, and handed over when
 * the store has been let go of. */
#ifndef SERVER_OUTLET_H
#define SERVER_OUTLET_H

#include "base/buf.h"

#include <stdio.h>

struct outlet {
	int fd;
	struct buf kept; /* what was not taken at once */
	size_t gone;     /* of that */
	bool failed;
	FILE *file;  /* NULL when there was no memory for it */
	FILE *plain; /* what it stands in for */
};

/* The stream to write to; `plain`, which stands for the same descriptor, when there is no memory. */
FILE *outlet_open(struct outlet *o, FILE *plain);
/* Hand over what is left, waiting for whoever reads it. -1 when not all of it could be written; errno
 * says why. */
int outlet_close(struct outlet *o);
#endif
