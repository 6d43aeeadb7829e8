/* The body of the tree, for the files that change it. */
#ifndef DOMAIN_TREE_IMPL_H
#define DOMAIN_TREE_IMPL_H

#include "domain/op.h"
#include "domain/unit.h"

#include <stdatomic.h>

/* The children that existed on some day, where not all of them did. */
struct view {
	struct view *next;
	size_t count;
	const struct unit *units[];
};

struct node {
	struct unit unit; /* first: tree_get hands out this part */
	const struct unit *
		*children; /* all that ever stood here, in official order, then by code */
	size_t child_count, child_cap;
	uint64_t batch; /* see struct tree */
	/* Made by readers, hence atomic: they may run side by side, and only ever put one in front. */
	_Atomic(struct view *) views;
};

struct slot {
	struct node *node;
};

/* A link from its other end. */
struct taker {
	uint32_t into, unit;
	day_t from;
};

struct tree {
	struct node **units; /* ascending by number */
	size_t count, cap;
	/* Two open-addressed tables of one size, a power of two at least twice `count`. */
	struct slot *by_number, *by_code;
	size_t slots;
	size_t moves;         /* edges beyond the first, of all units */
	struct taker *takers; /* ascending; a successor that a part does not hold has some too */
	size_t taker_count;   /* links of all units */
	uint32_t root;
	bool part;
	uint64_t
		batch; /* of tree_settle(): the `fresh` nodes that bear this number can be taken back */
	size_t fresh;
};

/* ---- tree.c ---- */
struct node *tree_node(const struct tree *t, uint32_t unit); /* NULL unknown */
/* Put a child where the order says; again after its order there has changed. -ERR_NOMEM, nothing changed. */
int tree_put_child(struct node *parent, const struct unit *child);
char *tree_copy_text(struct span text); /* NULL: no memory */
/* Copies of code, act, contact, phone and tags, all in the block that `code` begins. -ERR_NOMEM, and `code` is NULL. */
enum { TREE_TEXTS = 5 };
int tree_put_texts(struct unit *u, const struct span texts[TREE_TEXTS]);
/* A copy of a node's unit with a node of its own, standing nowhere yet. */
struct node *tree_copy_node(const struct unit *u);
/* Number and code from now on lead to it. -ERR_NOMEM, and the node is still the caller's. */
int tree_adopt(struct tree *t, struct node *n);
void tree_node_free(struct node *n);
/* The unit has one more link. -ERR_NOMEM, nothing changed. */
int tree_add_taker(struct tree *t, uint32_t unit, const struct tree_link *link);
/* Where the takers of `into` begin. */
size_t tree_first_taker(const struct tree *t, uint32_t into);
#endif
