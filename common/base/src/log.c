#include "base/log.h"

#include "utf8.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>

enum { LINE_BYTES_MAX = 2048 };

static const char *const level_names[] = {
	[LOG_ERROR] = "error",
	[LOG_WARN] = "warn",
	[LOG_INFO] = "info",
	[LOG_DEBUG] = "debug",
};

static atomic_int level_now = LOG_INFO; /* threads read it while SIGHUP's re-reading writes it */

void log_set_level(enum log_level level)
{
	atomic_store(&level_now, (int)level);
}

int log_level_parse(enum log_level *out, const char *name, struct err *e)
{
	for (size_t i = 0; i < ARRAY_LEN(level_names); i++) {
		if (!strcmp(name, level_names[i])) {
			*out = (enum log_level)i;
			return 0;
		}
	}
	return err_set(e, ERR_INVALID, "'%s' is not a log level (error, warn, info, debug)", name);
}

void log_at(enum log_level level, const char *fmt, ...)
{
	char line[LINE_BYTES_MAX];
	size_t used;
	va_list ap;
	int len;

	if ((int)level > atomic_load(&level_now))
		return;
	used = (size_t)snprintf(line, sizeof(line), "level=%s ", level_names[level]);
	va_start(ap, fmt);
	len = vsnprintf(line + used, sizeof(line) - used, fmt, ap);
	va_end(ap);
	if (len < 0)
		return;
	used = (size_t)len < sizeof(line) - used ? used + (size_t)len
						 : utf8_cut(line, sizeof(line) - 1);
	for (size_t i = 0; i < used; i++)
		if ((uint8_t)line[i] < 0x20 || line[i] == 0x7F)
			line[i] = ' '; /* one event, one line */
	line[used++] = '\n';
	(void)fwrite(line, 1, used, stderr); /* in one piece, so that threads do not mix */
}

const char *log_escape(char *out, size_t out_len, const void *bytes, size_t len)
{
	const uint8_t *at = bytes;
	size_t used = 0;

	if (out_len < 3) {
		if (out_len)
			out[0] = '\0';
		return out;
	}
	out[used++] = '"';
	while (len) {
		char piece[4 * 4 + 1];
		int32_t cp = 0;
		size_t step = utf8_step(&cp, at, len), take = step ? step : 1;
		size_t piece_len = 0;

		if (!step || utf8_is_control(cp)) {
			for (size_t i = 0; i < take; i++)
				piece_len += (size_t)snprintf(piece + piece_len, 5, "\\x%02X",
							      at[i]);
		} else {
			if (cp == '"' || cp == '\\')
				piece[piece_len++] = '\\';
			memcpy(piece + piece_len, at, take);
			piece_len += take;
		}
		if (piece_len > out_len - used - 2) /* the closing quote and the NUL */
			break;
		memcpy(out + used, piece, piece_len);
		used += piece_len;
		at += take;
		len -= take;
	}
	out[used++] = '"';
	out[used] = '\0';
	return out;
}
