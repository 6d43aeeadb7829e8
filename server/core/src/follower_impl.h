#ifndef FOLLOWER_IMPL_H
#define FOLLOWER_IMPL_H

#include "proto/link.h"
#include "server/follower.h"

struct follower {
	struct follower_setup setup;
	struct follower_state st;
	struct link link;
	struct buf in, out;
	size_t out_at;
	struct arena *a;
	struct moment now;
	struct wire_cursor cursor; /* what the last page said */
	uint64_t head_size;        /* of the head that is kept */
	uint64_t asked_lsn;        /* entries there were when the last Pull was sent */
	uint64_t poll_ms;          /* when it asks again, 0: an answer is awaited */
	bool renew, closing;
};

/* The first end that is told counts. Both return false. */
bool follower_ends(struct follower *f, enum follower_end end);
/* `rc` of the own store, with f->st.err set. */
bool follower_failed(struct follower *f, int rc);

/* Check and keep a page; false: the contact is over. */
bool follower_page(struct follower *f, const struct wire_page *p);
bool follower_keys(struct follower *f, const struct wire_key_page *p);
#endif
