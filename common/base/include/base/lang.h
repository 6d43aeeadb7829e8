/* Vietnamese first, English beside it. Message ids are the English texts; catalogues are in po/. Works
 * without generated system locales: the messages' locale is C.UTF-8, and LANGUAGE chooses. */
#ifndef BASE_LANG_H
#define BASE_LANG_H

#include "base/err.h"
#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>

/* Once in main, before threads: `lang` from --lang, else NULL for $KETNAP_LANG, else "vi". `dir` holds
 * the catalogues (DIR/vi/LC_MESSAGES/ketnap.mo). -ERR_INVALID for a language we do not have, after
 * which Vietnamese holds, so that the refusal can be told. A missing catalogue is no error: the texts
 * are then English, numbers and dates still the chosen language's (lang_now). */
int lang_init(const char *lang, const char *dir, struct err *e);
/* What this thread says from now on, whatever the process was told: a server answers those who ask it. */
void lang_use(enum text_lang l);
enum text_lang lang_now(void);

/* The text in the reader's language; the msgid itself where there is no translation. */
const char *lang_tr(const char *msgid) __attribute__((format_arg(1)));
#define _(msgid) lang_tr(msgid)
#define N_(msgid) msgid /* marks a text that is translated where it is printed */

/* An error's text in the reader's language. Returns `out`. */
const char *lang_err(const struct err *e, char *out, size_t out_len);

/* fprintf() of a text for people: a whole number, %zu or %lld, stands in the groups of the reader's language,
 * and with a width as fprintf() writes it. Conversions as for err_set(). */
void lang_print(FILE *to, const char *format, ...) BASE_PRINTF(2, 3);
void lang_vprint(FILE *to, const char *format, va_list args) BASE_PRINTF(2, 0);
#endif
