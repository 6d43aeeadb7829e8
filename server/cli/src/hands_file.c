#include "hands_file.h"

#include "store_dir.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SUSPECTS = 16, DEATHS_MAX = 2 };
static const char magic[8] = "hands 1";

struct mapped {
	char magic[8];
	uint32_t busy; /* `now` is in hand */
	uint32_t next; /* the suspect that gives way to a new one */
	struct op_id now;
	struct suspect {
		struct op_id id;
		uint32_t deaths;
	} suspects[SUSPECTS];
};

struct hands_file {
	struct mapped *map;
};

static bool same(struct op_id a, struct op_id b)
{
	return op_id_cmp(a, b) == 0;
}

static struct suspect *find(struct mapped *m, struct op_id id)
{
	for (size_t i = 0; i < SUSPECTS; i++)
		if (m->suspects[i].deaths && same(m->suspects[i].id, id))
			return &m->suspects[i];
	return NULL;
}

static void count_death(struct mapped *m)
{
	struct suspect *s = find(m, m->now);

	if (!s) {
		s = &m->suspects[m->next++ % SUSPECTS];
		*s = (struct suspect){ .id = m->now };
	}
	s->deaths++;
	m->busy = 0;
}

/* The compiler may not move what is written between the two: a process that dies leaves memory as its
 * instructions had made it. */
static bool hold(void *ctx, struct op_id id)
{
	struct mapped *m = ((struct hands_file *)ctx)->map;
	const struct suspect *s = find(m, id);

	m->now = id;
	atomic_signal_fence(memory_order_seq_cst);
	m->busy = 1;
	atomic_signal_fence(memory_order_seq_cst);
	return !s || s->deaths < DEATHS_MAX;
}

static void release(void *ctx)
{
	atomic_signal_fence(memory_order_seq_cst);
	((struct hands_file *)ctx)->map->busy = 0;
	atomic_signal_fence(memory_order_seq_cst);
}

struct writer_hands hands_file_hands(struct hands_file *h)
{
	return (struct writer_hands){ .ctx = h, .hold = hold, .release = release };
}

/* Room is reserved first: a mapped page without a block behind it is a SIGBUS, not an error. */
static int map(struct hands_file *h, const char *path, struct err *e)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	int problem = fd < 0 ? errno : posix_fallocate(fd, 0, sizeof(*h->map));
	void *at = MAP_FAILED;

	if (!problem) {
		at = mmap(NULL, sizeof(*h->map), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		problem = at == MAP_FAILED ? errno : 0;
	}
	if (fd >= 0)
		close(fd);
	if (problem)
		/* cppcheck-suppress memleak ; where there is a problem nothing is mapped */
		return err_set(e, problem == ENOSPC ? ERR_FULL : ERR_IO, "%s: %s", path,
			       strerror(problem));
	h->map = at;
	return 0;
}

int hands_file_open(struct hands_file **out, const char *dir, struct err *e)
{
	struct hands_file *h = calloc(1, sizeof(*h));
	char path[STORE_PATH_MAX];
	int rc = h ? store_dir_path(path, dir, "hands", e) : err_set(e, ERR_NOMEM, "out of memory");

	*out = NULL;
	if (!rc)
		rc = map(h, path, e);
	if (rc) {
		free(h);
		return rc;
	}
	if (memcmp(h->map->magic, magic, sizeof(magic))) { /* new, or another program's */
		memset(h->map, 0, sizeof(*h->map));
		memcpy(h->map->magic, magic, sizeof(magic));
	}
	if (h->map->busy)
		count_death(h->map);
	*out = h;
	return 0;
}

void hands_file_close(struct hands_file *h)
{
	if (!h)
		return;
	munmap(h->map, sizeof(*h->map));
	free(h);
}
