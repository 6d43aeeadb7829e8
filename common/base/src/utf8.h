/* UTF-8 one character at a time, shared by err, text, csv and log. */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include "base/span.h"

/* Bytes of the well-formed character at `at`, 0 when there is none; *cp is its code point. */
size_t utf8_step(int32_t *cp, const uint8_t *at, size_t left);

/* `len`, or a little less so that text[0..len) does not end inside a character. */
size_t utf8_cut(const char *text, size_t len);

/* C0 and C1 control characters and DEL: never text, and a danger to terminals. */
bool utf8_is_control(int32_t cp);

/* text_valid(), with CR allowed before LF where `crlf`. */
bool utf8_check(struct span text, bool crlf, size_t *bad_at);
#endif
