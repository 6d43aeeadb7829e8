#include "report/json.h"

#include "base/num.h"
#include "crypto/hash.h"
#include "ledger/query.h"

const char illustrative_mark[] = "Số liệu minh họa: chỉ số toàn tỉnh là số đã công bố";

enum mark mark_of(const struct ledger *l)
{
	return !l ? MARK_UNKNOWN : ledger_info(l).illustrative ? MARK_YES : MARK_NO;
}

json_t *mark_json(enum mark m)
{
	switch (m) {
	case MARK_YES:
		return json_string(illustrative_mark);
	case MARK_NO:
		return json_false();
	case MARK_UNKNOWN:
		break;
	}
	return json_null();
}

void mark_print(FILE *to, enum mark m)
{
	if (m == MARK_YES)
		fprintf(to, "%s\n", illustrative_mark);
}

static void put_mark(json_t *j, enum mark m)
{
	json_t *each;
	size_t i;

	if (json_is_object(j) && (m == MARK_YES || !json_object_get(j, "illustrative")))
		json_object_set_new(j, "illustrative", mark_json(m));
	json_array_foreach(j, i, each) put_mark(each, m);
}

void mark_print_empty(FILE *say, const json_t *j, enum mark m)
{
	if (json_is_array(j) && !json_array_size(j))
		mark_print(say, m);
}

int json_print(FILE *to, json_t *j, enum mark m, struct err *e)
{
	int bad;

	put_mark(j, m);
	bad = !j || json_dumpf(j, to, JSON_INDENT(1) | JSON_PRESERVE_ORDER);
	json_decref(j);
	fputc('\n', to);
	return bad ? err_set(e, ERR_NOMEM, "no memory to print") : 0;
}

json_t *json_span(struct span s)
{
	return json_stringn(s.data ? (const char *)s.data : "", s.len);
}

json_t *json_day(day_t d)
{
	char text[DAY_TEXT_MAX];

	return json_string(day_iso(text, d));
}

json_t *json_instant(int64_t ms)
{
	char text[INSTANT_TEXT_MAX];

	return ms ? json_string(instant_iso(text, ms)) : json_null();
}

json_t *json_percent(int64_t num, int64_t den)
{
	char text[NUM_PERCENT_MAX];

	if (den <= 0 || num_percent(text, sizeof(text), num, den, 2, NUM_HALF_UP))
		return json_null();
	return json_string(text);
}

json_t *json_known(const struct ledger *l, uint64_t lsn, int64_t ms)
{
	struct ledger_info info = ledger_info(l);
	char hex[HASH_HEX_MAX];

	return json_pack("{s:s, s:I, s:o}", "incarnation", hex_encode(hex, info.incarnation, 16),
			 "lsn", (json_int_t)lsn, "time", json_instant(ms));
}

int json_seen(json_t **out, struct ledger *l, uint64_t known_at, struct arena *a, struct err *e)
{
	uint64_t lsn;
	int64_t ms;
	int rc = query_seen(&lsn, &ms, l, known_at, a, e);

	*out = rc ? NULL : json_known(l, lsn, ms);
	return rc || *out ? rc : err_set(e, ERR_NOMEM, "no memory for an answer");
}

static int take(const char *bytes, size_t len, void *to)
{
	buf_bytes(to, span_of(bytes, len));
	return 0;
}

char *json_whole(const json_t *j, size_t flags)
{
	struct buf b;

	buf_init(&b, SIZE_MAX);
	if (!j || json_dump_callback(j, take, &b, flags))
		b.failed = true;
	buf_u8(&b, 0);
	if (!b.failed)
		return (char *)b.data;
	buf_fini(&b);
	return NULL;
}

const char *text_at(const json_t *j, const char *key)
{
	const char *text = json_string_value(json_object_get(j, key));

	return text ? text : "";
}

int64_t number_at(const json_t *j, const char *key)
{
	return json_integer_value(json_object_get(j, key));
}
