#include "keys.h"

#include <stdio.h>

static void put(struct key *k, uint64_t v, size_t bytes)
{
	for (size_t i = bytes; i-- > 0;)
		k->b[k->len++] = (uint8_t)(v >> (8 * i));
}

static void put_day(struct key *k, day_t d)
{
	put(k, (uint32_t)d ^ 0x80000000u, 4); /* days before 1970 sort before those after */
}

struct key key_u64(uint64_t v)
{
	struct key k = { .len = 0 };

	put(&k, v, 8);
	return k;
}

struct key key_u32(uint32_t v)
{
	struct key k = { .len = 0 };

	put(&k, v, 4);
	return k;
}

struct key key_u8(uint8_t v)
{
	struct key k = { .len = 0 };

	put(&k, v, 1);
	return k;
}

struct key key_text(struct span text)
{
	struct key k = { .len = text.len < KEY_BYTES_MAX ? text.len : KEY_BYTES_MAX };

	if (k.len)
		memcpy(k.b, text.data, k.len);
	return k;
}

struct key key_setting(uint32_t unit, struct span key)
{
	struct key k = key_text(key);
	char at[16];
	int len = unit ? snprintf(at, sizeof(at), "@%lu", (unsigned long)unit) : 0;

	for (int i = 0; i < len && k.len < KEY_BYTES_MAX; i++)
		k.b[k.len++] = (uint8_t)at[i];
	return k;
}

struct key key_node(uint8_t level, uint64_t index)
{
	struct key k = { .len = 0 };

	put(&k, level, 1);
	put(&k, index, 8);
	return k;
}

struct key key_form(uint8_t form, uint16_t version)
{
	struct key k = { .len = 0 };

	put(&k, form, 1);
	put(&k, version, 2);
	return k;
}

struct key key_sheet(struct period p, uint8_t form, uint32_t unit)
{
	struct key k = { .len = 0 };

	put_day(&k, p.to);
	put_day(&k, p.from);
	put(&k, form, 1);
	put(&k, unit, 4);
	return k;
}

struct key key_members(uint32_t unit, day_t day)
{
	struct key k = { .len = 0 };

	put(&k, unit, 4);
	put_day(&k, day);
	return k;
}

struct key key_target(uint32_t unit, uint64_t lsn)
{
	struct key k = { .len = 0 };

	put(&k, unit, 4);
	put(&k, lsn, 8);
	return k;
}

struct key key_closing(uint8_t form, uint32_t unit)
{
	struct key k = { .len = 0 };

	put(&k, form, 1);
	put(&k, unit, 4);
	return k;
}

struct key key_pinned(uint64_t lsn, struct period p, uint8_t form, uint32_t node)
{
	struct key k = key_u64(lsn);

	put_day(&k, p.to);
	put_day(&k, p.from);
	put(&k, form, 1);
	put(&k, node, 4);
	return k;
}

struct key key_person(uint32_t unit, const uint8_t id[16])
{
	struct key k = { .len = 0 };

	put(&k, unit, 4);
	memcpy(k.b + k.len, id, 16);
	k.len += 16;
	return k;
}

struct key key_asked(uint8_t kind, uint32_t unit, const uint8_t id[16])
{
	struct key k = { .len = 0 };

	put(&k, kind, 1);
	put(&k, unit, 4);
	memcpy(k.b + k.len, id, 16);
	k.len += 16;
	return k;
}

struct key key_day(day_t last)
{
	struct key k = { .len = 0 };

	put_day(&k, last);
	return k;
}

static uint64_t take(struct span key, size_t at, size_t bytes)
{
	uint64_t v = 0;

	if (at > key.len || bytes > key.len - at)
		return 0;
	for (size_t i = 0; i < bytes; i++)
		v = v << 8 | key.data[at + i];
	return v;
}

uint64_t key_read_u64(struct span key, size_t at)
{
	return take(key, at, 8);
}

uint32_t key_read_u32(struct span key, size_t at)
{
	return (uint32_t)take(key, at, 4);
}

day_t key_read_day(struct span key, size_t at)
{
	return (day_t)((uint32_t)take(key, at, 4) ^ 0x80000000u);
}

/* Walks read thousands of these. */
static uint32_t four(const uint8_t *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

bool sheet_key_read(struct sheet_key *out, struct span key)
{
	if (key.len != 13)
		return false;
	out->period.to = (day_t)(four(key.data) ^ 0x80000000u);
	out->period.from = (day_t)(four(key.data + 4) ^ 0x80000000u);
	out->form = key.data[8];
	out->unit = four(key.data + 9);
	return true;
}
