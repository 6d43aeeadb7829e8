/* How a unit's papers are headed and signed. */
#include "report/print.h"

#include "base/lang.h"
#include "domain/op.h"
#include "report/names.h"

#include <stddef.h>

enum { SETTING_BYTES_MAX = 4096 };

#define AT(field) offsetof(struct print_head, field)
static const struct {
	const char *key;
	size_t at;
} fields[] = {
	{ "print.superior", AT(superior) },   { "print.issuer", AT(issuer) },
	{ "print.symbol", AT(symbol) },       { "print.place", AT(place) },
	{ "print.secrecy", AT(secrecy) },     { "print.recipients", AT(recipients) },
	{ "print.authority", AT(authority) }, { "print.title", AT(title) },
	{ "print.signer", AT(signer) },       { "print.preparer", AT(preparer) },
	{ "print.phone", AT(phone) },         { "print.chief-title", AT(chief_title) },
	{ "print.chief", AT(chief) },
};
enum { PREFIX = sizeof("print.") - 1 };

int print_head_typed(struct op *out, uint32_t unit, const char *typed, struct err *e)
{
	size_t len = strcspn(typed, "=");
	char list[256] = "";

	for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
		const char *name = fields[i].key + PREFIX;

		if (typed[len] && strlen(name) == len && !memcmp(name, typed, len)) {
			*out = (struct op){ .kind = OP_SETTING, .unit = unit };
			out->setting.key = span_str(fields[i].key);
			out->setting.value = span_str(typed + len + 1);
			return 0;
		}
		snprintf(list + strlen(list), sizeof(list) - strlen(list), "%s%s", i ? ", " : "",
			 name);
	}
	return err_set(e, ERR_INVALID, "field=value, not %s; there are %s", typed, list);
}

static const char **field_at(struct print_head *h, size_t i)
{
	return (const char **)((char *)h + fields[i].at);
}

/* Some are said by most papers without anybody having set them. */
static void fill_in(struct print_head *h, struct ledger *l, uint32_t unit, day_t day)
{
	const struct unit *u = tree_get(ledger_tree(l), unit);

	for (size_t i = 0; i < ARRAY_LEN(fields); i++)
		if (!*field_at(h, i))
			*field_at(h, i) = "";
	h->doc_no = "";
	if (!*h->issuer)
		h->issuer = unit_name_of(l, unit, day, UINT64_MAX);
	if (!*h->superior && u)
		h->superior = unit_name_of(l, unit_parent(u, day, UINT64_MAX), day, UINT64_MAX);
	if (!*h->symbol)
		h->symbol = _("BC");
	if (!*h->chief_title)
		h->chief_title = _("Head of the Commission");
}

int print_head_read(struct print_head *out, struct ledger *l, uint32_t unit, day_t day,
		    struct arena *a, struct err *e)
{
	struct buf value;
	int rc = 0;

	*out = (struct print_head){ .date = day };
	buf_init(&value, SETTING_BYTES_MAX);
	for (size_t i = 0; i < ARRAY_LEN(fields) && !rc; i++) {
		buf_reset(&value);
		rc = ledger_setting_of(l, unit, span_str(fields[i].key), &value, e);
		if (!rc)
			*field_at(out, i) = arena_str(a, buf_span(&value));
		else if (rc == -ERR_NOTFOUND)
			rc = 0;
	}
	buf_fini(&value);
	if (rc)
		return rc;
	err_clear(e);
	fill_in(out, l, unit, day);
	return 0;
}

bool print_head_set(struct print_head *h, struct span key, const char *value)
{
	for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
		if (!span_eq(key, span_str(fields[i].key)))
			continue;
		*field_at(h, i) = value ? value : "";
		return true;
	}
	return false;
}

/* Numbers that a pen could lengthen have a zero in front: days under 10, months 1 and 2. */
const char *print_date_line(struct arena *a, const char *place, day_t date)
{
	struct ymd d = day_to_ymd(date);
	const char *day = arena_printf(a, "%02d", d.day);
	const char *month = arena_printf(a, d.month < 3 ? "%02d" : "%d", d.month);
	const char *year = arena_printf(a, "%d", d.year), *words;

	if (!day || !month || !year)
		return "";
	if (!date) /* for a pen */
		day = month = year = "……";
	words = arena_printf(a, _("%s, day %s month %s year %s"), *place ? place : "……………", day,
			     month, year);
	return words ? words : "";
}

json_t *print_head_json(const struct print_head *h)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s}",
			 "superior", h->superior, "issuer", h->issuer, "symbol", h->symbol, "place",
			 h->place, "secrecy", h->secrecy, "recipients", h->recipients, "authority",
			 h->authority, "title", h->title, "signer", h->signer, "preparer",
			 h->preparer, "phone", h->phone, "chief_title", h->chief_title, "chief",
			 h->chief);
}
