#include "report/words.h"

#include "base/lang.h"
#include "ledger/acts.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *lend(struct arena *a, const char *text)
{
	const char *copy = arena_printf(a, "%s", text);

	return copy ? copy : "";
}

const char *show_number(struct arena *a, int64_t v)
{
	char text[TEXT_NUMBER_MAX];

	return lend(a, text_number(text, v, lang_now()));
}

const char *show_text(struct arena *a, const char *format, ...)
{
	const char *shown = "";
	char *text = NULL;
	size_t len = 0;
	FILE *to = open_memstream(&text, &len);
	va_list args;

	if (!to)
		return "";
	va_start(args, format);
	lang_vprint(to, format, args);
	va_end(args);
	if (!fclose(to))
		shown = lend(a, text);
	free(text);
	return shown;
}

static const char *day_words(char out[DAY_TEXT_MAX], day_t d)
{
	return lang_now() == TEXT_VI ? day_slash(out, d) : day_iso(out, d);
}

const char *show_day(struct arena *a, day_t d)
{
	char text[DAY_TEXT_MAX];

	return lend(a, day_words(text, d));
}

const char *show_iso_day(struct arena *a, const char *iso)
{
	day_t d;

	return iso && !day_parse(&d, NULL, span_str(iso), NULL) ? show_day(a, d) : "";
}

const char *show_period(struct arena *a, struct period p)
{
	char text[PERIOD_TEXT_MAX];

	return lend(a, period_text(text, p));
}

static const char *with_comma(char *text)
{
	char *point = text ? strchr(text, '.') : NULL;

	if (point && lang_now() == TEXT_VI)
		*point = ',';
	return text ? text : "";
}

const char *show_percent(struct arena *a, const char *decimal)
{
	return with_comma(decimal ? arena_printf(a, "%s%%", decimal) : NULL);
}

const char *show_decimal(struct arena *a, const char *decimal)
{
	return with_comma(decimal ? arena_printf(a, "%s", decimal) : NULL);
}

const char *instant_words(char out[INSTANT_TEXT_MAX], int64_t ms)
{
	char day[DAY_TEXT_MAX], iso[INSTANT_TEXT_MAX];

	instant_iso(iso, ms); /* 2022-09-22T16:05:09.000+07:00 */
	if (lang_now() == TEXT_VI)
		snprintf(out, INSTANT_TEXT_MAX, "%s %.8s", day_slash(day, day_of_instant(ms)),
			 iso + 11);
	else
		memcpy(out, iso, sizeof(iso));
	return out;
}

const char *show_instant(struct arena *a, int64_t ms)
{
	char text[INSTANT_TEXT_MAX];

	return lend(a, instant_words(text, ms));
}

const char *show_minute(struct arena *a, int64_t ms)
{
	char day[DAY_TEXT_MAX], iso[INSTANT_TEXT_MAX];
	const char *text;

	instant_iso(iso, ms);
	text = arena_printf(a, "%s %.5s", day_words(day, day_of_instant(ms)), iso + 11);
	return text ? text : "";
}

const char promoted_reason[] = N_("promoted");

struct span entry_reason(uint64_t device, const struct op *op)
{
	static const char *const own[] = { opening_reason, late_reason, promoted_reason };

	for (size_t i = 0; !device && i < ARRAY_LEN(own); i++)
		if (span_eq(op->reason, span_str(own[i])))
			return span_str(_(own[i]));
	return op->reason;
}

void aside_words(FILE *to, uint64_t device, const struct op *op)
{
	if (op && op->on_behalf.len)
		fprintf(to, _("  on behalf: %.*s"), (int)op->on_behalf.len,
			(const char *)op->on_behalf.data);
	if (op && op->reason.len) {
		struct span why = entry_reason(device, op);

		fprintf(to, _("  reason: %.*s"), (int)why.len, (const char *)why.data);
	}
	if (device)
		fprintf(to, _("  device %016llx"), (unsigned long long)device);
}

const char *lost_unit_words(struct arena *a, const char *code, uint32_t number, const char *now)
{
	const char *text;

	if (!*code)
		text = arena_printf(
			a, _("a unit of the log that was lost, number %u, which is %s now"), number,
			now);
	else if (*now)
		text = arena_printf(a, _("%s of the log that was lost (its number is %s now)"),
				    code, now);
	else
		text = arena_printf(a, _("%s of the log that was lost"), code);
	return text ? text : "";
}
