/* One line per event on stderr, key=value, for the people who run the server. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/err.h"

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };

/* Process-wide, like stderr itself; set once at start and again on SIGHUP. Default LOG_INFO. */
void log_set_level(enum log_level level);
int log_level_parse(enum log_level *out, const char *name, struct err *e);

/* `fmt` gives `key=value ...`; values with blanks or from strangers go through log_escape(). */
void log_at(enum log_level level, const char *fmt, ...) BASE_PRINTF(2, 3);
#define log_error(...) log_at(LOG_ERROR, __VA_ARGS__)
#define log_warn(...) log_at(LOG_WARN, __VA_ARGS__)
#define log_info(...) log_at(LOG_INFO, __VA_ARGS__)
#define log_debug(...) log_at(LOG_DEBUG, __VA_ARGS__)

/* Printable, quoted, control characters as \xNN, cut at out_len. Returns out. */
const char *log_escape(char *out, size_t out_len, const void *bytes, size_t len);
#endif
