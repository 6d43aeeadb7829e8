/* What the log's and the ledger's own short names are called on the screen. JSON keeps the names. */
#ifndef SERVER_WORDS_H
#define SERVER_WORDS_H

#include "domain/op.h"

const char *kind_words(enum op_kind k);
const char *verdict_words(enum op_verdict v);
const char *role_words(const char *name); /* of "clerk" and the like */
/* Who or what wrote an entry; what it does not know it leaves. */
struct span source_words(struct span source);
#endif
