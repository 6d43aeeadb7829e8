/* The op that the writer has in hand, in a small mapped file that outlives the process: one that took the
 * server down twice is known when it comes a third time. */
#ifndef SERVER_HANDS_FILE_H
#define SERVER_HANDS_FILE_H

#include "server/writer.h"

struct hands_file;

/* DIR/hands, made where it is missing. What was in hand when the last process died counts against it. */
int hands_file_open(struct hands_file **out, const char *dir, struct err *e);
void hands_file_close(struct hands_file *h); /* NULL is fine */
struct writer_hands hands_file_hands(struct hands_file *h);
#endif
