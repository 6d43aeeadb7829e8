/* Keys of every table, built and read here alone. See KEYS.md. */
#ifndef LEDGER_KEYS_H
#define LEDGER_KEYS_H

#include "base/dates.h"
#include "base/span.h"

enum table {
	T_META,
	T_LOG,
	T_NODE,
	T_DEVICE,
	T_CHAIN,
	T_PERSON,
	T_UNIT,
	T_UNIT_HEAD,
	T_PLAN,
	T_FORM,
	T_SHEET,
	T_AGGREGATE,
	T_MEMBERS,
	T_TARGET,
	T_CLAIM,
	T_REQUEST,
	T_SETTING,
	T_ENROL_CODE,
	T_CALENDAR,
	T_CLOSING,
	T_PINNED,
	T_CASE,
	T_MEMBER,
	T_UNIT_KEY,
	T_CORRECTED,
	T_LATE,
	T_SUMMARY,
	T_FUNNEL,
	T_FORGOTTEN,
	T_ADDRESSED,
	T_ASKED,
	T_LEDGER_END,
	T_SEEN = 31, /* a server's observations: neither log nor derived from it */
	T_NAMED_END,
};

enum { KEY_BYTES_MAX = 96 };

struct key {
	uint8_t b[KEY_BYTES_MAX];
	size_t len;
};

static inline struct span key_span(const struct key *k)
{
	return (struct span){ k->b, k->len };
}

struct key key_u64(uint64_t v); /* log, device, chain, request */
struct key key_u32(uint32_t v); /* person, unit, unit head, plan */
struct key key_u8(uint8_t v);
struct key key_text(struct span text); /* meta, claim; cut at KEY_BYTES_MAX */
/* Of a unit: "KEY@7", which no key of the whole store is. unit 0: the key itself. */
struct key key_setting(uint32_t unit, struct span key);
struct key key_node(uint8_t level, uint64_t index);
struct key key_form(uint8_t form, uint16_t version);
struct key key_sheet(struct period p, uint8_t form, uint32_t unit); /* also aggregates */
struct key key_members(uint32_t unit, day_t day);
struct key key_target(uint32_t unit, uint64_t lsn);
struct key key_closing(uint8_t form, uint32_t unit);
struct key key_pinned(uint64_t lsn, struct period p, uint8_t form, uint32_t node);
struct key key_person(uint32_t unit, const uint8_t id[16]); /* case, unit key */
/* What two persons do: the kind of op, of which unit, about whom or what. */
struct key key_asked(uint8_t kind, uint32_t unit, const uint8_t id[16]);
struct key key_day(day_t last); /* where the sheets whose last day is `last` begin */

uint64_t key_read_u64(struct span key, size_t at);
uint32_t key_read_u32(struct span key, size_t at);
day_t key_read_day(struct span key, size_t at);

struct sheet_key {
	struct period period;
	uint8_t form;
	uint32_t unit;
};
bool sheet_key_read(struct sheet_key *out, struct span key);
#endif
