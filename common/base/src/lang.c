#include "base/lang.h"

#include <libintl.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

static const char domain[] = "ketnap";

static const struct {
	const char *name;
	enum text_lang lang;
} langs[] = { { "vi", TEXT_VI }, { "en", TEXT_EN } };

static enum text_lang lang; /* zero is Vietnamese */
static bool bound;
static _Thread_local struct {
	bool set;
	enum text_lang lang;
} own;

/* Of two languages one is that of the msgids: the catalogue is always the other one's, and a thread that
 * wants English does not ask it. */
static int choose_language(void)
{
#ifdef _WIN32
	return _putenv_s("LANGUAGE", "vi");
#else
	return setenv("LANGUAGE", "vi", 1);
#endif
}

/* In the plain C locale gettext ignores LANGUAGE: hence a locale that every system has, for messages alone (numbers,
 * dates and order are ours). Texts are UTF-8 whatever the terminal is said to be: catalogues name no charset. */
static bool bind_catalogue(const char *dir)
{
	if (choose_language() || !setlocale(LC_MESSAGES, "C.UTF-8"))
		return false;
	/* The C library's own messages stay English, so that logs do and `lang_err` knows them. */
	return bindtextdomain("libc", dir) && bindtextdomain(domain, dir);
}

static int find_lang(const char *name, struct err *e)
{
	for (size_t i = 0; i < ARRAY_LEN(langs); i++) {
		if (!strcmp(langs[i].name, name)) {
			lang = langs[i].lang;
			return 0;
		}
	}
	lang = TEXT_VI; /* in which the caller can say what is wrong */
	return err_set(e, ERR_INVALID, "'%s' is not a language of this program: vi or en", name);
}

int lang_init(const char *name, const char *dir, struct err *e)
{
	const char *from_env = getenv("KETNAP_LANG");
	int rc;

	if (!name)
		name = from_env && *from_env ? from_env : langs[0].name;
	rc = find_lang(name, e);
	bound = bind_catalogue(dir);
	return rc;
}

void lang_use(enum text_lang l)
{
	own.set = true;
	own.lang = l;
}

enum text_lang lang_now(void)
{
	return own.set ? own.lang : lang;
}

const char *lang_tr(const char *msgid)
{
	/* The empty text is where a catalogue keeps its header. */
	return bound && lang_now() != TEXT_EN && *msgid ? dgettext(domain, msgid) : msgid;
}

const char *lang_err(const struct err *e, char *out, size_t out_len)
{
	return err_text(e, lang_tr, out, out_len);
}
