/* JSON written straight as text: what is asked often needs no tree of values that is built, walked and freed again.
 * Commas come by themselves. */
#ifndef REPORT_JSON_TEXT_H
#define REPORT_JSON_TEXT_H

#include "base/buf.h"
#include "base/dates.h"

#include <jansson.h>
#include <stdbool.h>

void json_text_open(struct buf *b, char bracket); /* '{' or '[' */
void json_text_close(struct buf *b, char bracket);
void json_text_key(struct buf *b, const char *key); /* needs no escapes */
void json_text_int(struct buf *b, int64_t n);
/* A list of them; `known` (NULL: all) says which are not null. */
void json_text_ints(struct buf *b, const int64_t *n, const bool *known, size_t count);
void json_text_int_or_null(struct buf *b, bool known, int64_t n);
void json_text_bool(struct buf *b, bool yes);
void json_text_null(struct buf *b);
void json_text_string(struct buf *b, const char *text); /* UTF-8; NULL: null */
void json_text_day(struct buf *b, day_t day);
/* A value that was built all the same; NULL sets `failed`. Takes over the reference. */
void json_text_value(struct buf *b, json_t *value);
#endif
