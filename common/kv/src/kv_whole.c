/* Is the file of an LMDB store as long as it must be? LMDB maps it and does not ask: to read a page that a file cut
 * short has no longer is a SIGBUS, not an error. So the file is read here, before LMDB opens it, as mdb.c lays it out.
 *
 * A sound file may be shorter than its pages: what a transaction took at the end and gave back before it was committed
 * was never written. Such pages stand in the list of free ones; when all that are missing do, nothing is lost. */
#include <assert.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kv_impl.h"

/* ---- as in mdb.c: numbers in the machine's own order ---- */

enum { MAGIC = 0xbeefc0de, FORMAT = 1, PAGE_MIN = 256, PAGE_MAX = 0x10000 };
enum { PAGE_BRANCH = 1, PAGE_LEAF = 2, PAGE_META = 8 }; /* page_head.flags */
enum { NODE_ELSEWHERE = 1 };                            /* node.flags: in overflow pages */
enum { DEPTH_MAX = 32 };                                /* of pages below each other */
static_assert(sizeof(size_t) == 8, "page numbers are of 64 bits");

struct page_head {
	size_t number;
	uint16_t pad, flags;
	uint16_t lower, upper; /* offsets of the free space; nodes' own stand before it */
};

struct tree {
	uint32_t pad; /* of the free list: the size of a page */
	uint16_t flags, depth;
	size_t branches, leaves, overflows, entries, root;
};

struct meta {
	struct page_head head;
	uint32_t magic, format;
	void *address;
	size_t map_bytes;
	struct tree free, main;
	size_t last_page, txn;
};

struct node {
	uint16_t low, high, flags,
		key_len; /* low and high: bytes of data; of a branch the page below, with flags */
};

static const size_t no_page = SIZE_MAX;

/* ---- reading ---- */

struct file {
	int fd;
	size_t page, pages; /* bytes of one; how many are there whole */
	struct meta meta;   /* the newer one */
};

static bool read_at(const struct file *f, void *to, size_t len, size_t at)
{
	return pread(f->fd, to, len, (off_t)at) == (ssize_t)len;
}

/* false: not a store's file, or not one of this kind; LMDB says what is wrong with it. */
static bool read_meta(struct file *f, struct meta *m, size_t at)
{
	return read_at(f, m, sizeof(*m), at) && m->head.flags & PAGE_META && m->magic == MAGIC &&
	       m->format == FORMAT && m->free.pad >= PAGE_MIN && m->free.pad <= PAGE_MAX;
}

/* Without the second meta page there is nothing to choose from: what the first one says is missing all the same. */
static bool read_newer_meta(struct file *f)
{
	struct meta second;

	if (!read_meta(f, &f->meta, 0))
		return false;
	f->page = f->meta.free.pad;
	if (read_meta(f, &second, f->page) && second.txn > f->meta.txn)
		f->meta = second;
	return true;
}

/* ---- the list of free pages ---- */

static size_t page_below(const struct node *n)
{
	return (size_t)n->flags << 32 | (size_t)n->high << 16 | n->low;
}

static bool there(const struct file *f, size_t at, size_t len)
{
	size_t all = f->pages * f->page;

	return at <= all && len <= all - at;
}

struct count {
	size_t found;  /* pages that are missing and stand in the list */
	size_t looked; /* pages of the list looked at: more than there are is a circle */
	unsigned depth;
};

/* The list at `at`: how many it has, then their numbers. */
static bool count_list(const struct file *f, size_t at, size_t len, struct count *c)
{
	size_t numbers[512], count, n;

	if (!there(f, at, len) || len < sizeof(count) || !read_at(f, &count, sizeof(count), at))
		return false;
	if (count > len / sizeof(count) - 1)
		return false;
	for (at += sizeof(count); count; count -= n, at += n * sizeof(count)) {
		n = count < ARRAY_LEN(numbers) ? count : ARRAY_LEN(numbers);
		if (!read_at(f, numbers, n * sizeof(*numbers), at))
			return false;
		for (size_t i = 0; i < n; i++)
			c->found += numbers[i] >= f->pages && numbers[i] <= f->meta.last_page;
	}
	return true;
}

static bool count_node(const struct file *f, const struct node *n, size_t at, struct count *c)
{
	size_t len = (size_t)n->high << 16 | n->low, page;

	at += sizeof(*n) + n->key_len;
	if (!(n->flags & NODE_ELSEWHERE))
		return count_list(f, at, len, c);
	return there(f, at, sizeof(page)) && read_at(f, &page, sizeof(page), at) &&
	       page < f->pages && count_list(f, page * f->page + sizeof(struct page_head), len, c);
}

/* false: something of the list itself is missing, or is not what it should be. */
static bool count_page(const struct file *f, size_t number, struct count *c)
{
	size_t start = number * f->page;
	struct page_head head;
	struct node n;

	if (number >= f->pages || c->looked++ > f->pages || c->depth == DEPTH_MAX ||
	    !read_at(f, &head, sizeof(head), start) || head.lower > f->page ||
	    !(head.flags & (PAGE_BRANCH | PAGE_LEAF)))
		return false;
	c->depth++;
	for (size_t at = sizeof(head); at < head.lower; at += sizeof(uint16_t)) {
		uint16_t node;

		if (!read_at(f, &node, sizeof(node), start + at) ||
		    !there(f, start + node, sizeof(n)) || !read_at(f, &n, sizeof(n), start + node))
			return false;
		if (head.flags & PAGE_BRANCH ? !count_page(f, page_below(&n), c)
					     : !count_node(f, &n, start + node, c))
			return false;
	}
	c->depth--;
	return true;
}

static bool only_free_ones_are_missing(const struct file *f)
{
	struct count c = { .found = 0 };

	return f->meta.free.root != no_page && f->pages > 1 &&
	       count_page(f, f->meta.free.root, &c) && c.found == f->meta.last_page + 1 - f->pages;
}

/* ---- judging ---- */

/* Whoever writes beside this reader may take free pages of a moment that is past; then another moment is looked at. */
static bool is_cut(struct file *f, uint64_t *bytes)
{
	struct file again = *f;
	struct stat st;
	size_t txn;

	do {
		if (!read_newer_meta(f) ||
		    fstat(f->fd, &st)) /* in this order: the file only grows */
			return false;
		txn = f->meta.txn;
		*bytes = (uint64_t)st.st_size;
		f->pages = *bytes / f->page;
		if (f->pages > f->meta.last_page || only_free_ones_are_missing(f))
			return false;
	} while (read_newer_meta(&again) && again.meta.txn != txn);
	return true;
}

int kv_lmdb_whole(const char *file, struct err *e)
{
	struct file f = { .fd = open(file, O_RDONLY | O_CLOEXEC) };
	uint64_t bytes;
	int rc = 0;

	if (f.fd < 0)
		return 0; /* not made yet, or whoever reads it meets the same and says so */
	if (is_cut(&f, &bytes))
		rc = err_set(e, ERR_CORRUPT, "%s was cut short: it has %llu bytes of %llu", file,
			     (unsigned long long)bytes,
			     ((unsigned long long)f.meta.last_page + 1) * f.page);
	close(f.fd);
	return rc;
}
