/* A search of the index of names. */
#include "names_internal.h"

#include <stdlib.h>

struct hit {
	uint32_t piece, line;
};

struct scan {
	const struct names_key *key;
	const struct names_state *st;
	enum names_kind kind;
	const char *wanted;
	bool whole; /* lines that are just this */
	struct buf plain;
	uint32_t next; /* the piece that comes next */
	struct hit *hits;
	size_t count, room;
};

static int add_hit(struct scan *s, uint32_t line, struct err *e)
{
	if (s->count == s->room) {
		size_t room = s->room ? 2 * s->room : 64;
		struct hit *grown = realloc(s->hits, room * sizeof(*grown));

		if (!grown)
			return err_set(e, ERR_NOMEM, "no memory for what was found");
		s->hits = grown;
		s->room = room;
	}
	s->hits[s->count++] = (struct hit){ s->next, line };
	return 0;
}

static bool fits(const struct scan *s, const char *text, const char *at, size_t len)
{
	return !s->whole || ((at == text || at[-1] == '\n') && at[len] == '\n');
}

/* Lines are counted only up to where something was found. */
static int scan_text(struct scan *s, const char *text, struct err *e)
{
	size_t len = strlen(s->wanted);
	const char *counted = text, *at = text;
	uint32_t line = 0;
	int rc = 0;

	while (!rc && *at && (at = strstr(at, s->wanted)) && *at) {
		const char *end = strchr(at, '\n');

		if (!end)
			return err_set(e, ERR_CORRUPT, "a piece of the index of names is cut off");
		for (; counted < at; counted++)
			line += *counted == '\n';
		if (fits(s, text, at, len))
			rc = add_hit(s, line, e);
		at = end + 1;
	}
	return rc;
}

static int scan_piece(void *ctx, struct span key, struct span sealed, struct err *e)
{
	struct scan *s = ctx;
	struct ckey want = names_piece_key(s->kind, s->next);
	int rc;

	if (s->next >> s->st->bits || !span_eq(key, ckey_span(&want)))
		return err_set(e, ERR_CORRUPT, "a piece of the index of names is missing");
	rc = names_open(&s->plain, s->key, s->st, s->kind, s->next, sealed, e);
	if (!rc)
		rc = scan_text(s, (const char *)s->plain.data, e);
	s->next++;
	return rc;
}

static int scan(struct scan *s, struct client *c, enum names_kind kind, const char *wanted,
		bool whole, struct err *e)
{
	char first = (char)kind;
	int rc;

	s->kind = kind;
	s->wanted = wanted;
	s->whole = whole;
	s->next = 0;
	rc = part_walk(c->base, CT_NAMES, span_of(&first, 1), scan_piece, s, e);
	if (!rc && s->next != UINT32_C(1) << s->st->bits)
		rc = err_set(e, ERR_CORRUPT, "a piece of the index of names is missing");
	return rc;
}

/* ---- who they are ---- */

static int by_place(const void *x, const void *y)
{
	const struct hit *a = x, *b = y;

	if (a->piece != b->piece)
		return a->piece < b->piece ? -1 : 1;
	return a->line == b->line ? 0 : a->line < b->line ? -1 : 1;
}

static int persons_of(struct names_found *out, struct scan *s, struct client *c, uint8_t is,
		      struct arena *a, struct err *e)
{
	struct names_row row;
	struct buf sealed;
	int rc = 0;

	out->count = 0;
	out->at = arena_array(a, s->count + 1, sizeof(*out->at));
	out->units = arena_array(a, s->count + 1, sizeof(*out->units));
	if (!out->at || !out->units)
		return err_set(e, ERR_NOMEM, "no memory for what was found");
	if (s->count)
		qsort(s->hits, s->count, sizeof(*s->hits), by_place);
	buf_init(&sealed, NAMES_PIECE_MAX + 1024);
	for (size_t i = 0; i < s->count && !rc; i++) {
		const struct hit *h = &s->hits[i];
		struct ckey k = names_piece_key(NAMES_ID, h->piece);

		if (i && !by_place(h, h - 1)) /* by name and by number */
			continue;
		if (!i || h->piece != h[-1].piece) {
			rc = part_get(c->base, CT_NAMES, ckey_span(&k), &sealed, e);
			if (!rc)
				rc = names_open(&s->plain, s->key, s->st, NAMES_ID, h->piece,
						buf_span(&sealed), e);
		}
		if (!rc && ((size_t)h->line + 1) * NAMES_ID_BYTES > s->plain.len)
			rc = err_set(e, ERR_CORRUPT, "a piece of the index of names is cut off");
		if (rc)
			break;
		names_id_read(&row, s->plain.data + (size_t)h->line * NAMES_ID_BYTES);
		if (!(row.is & is))
			continue;
		memcpy(out->at[out->count], row.person, PERSON_ID);
		out->units[out->count++] = row.unit;
	}
	buf_fini(&sealed);
	return rc;
}

static int look(struct names_found *out, struct client *c, struct keyring *k,
		const struct names_key *key, const struct names_asked *asked, struct arena *a,
		struct err *e)
{
	struct names_state st;
	struct scan s = { .key = key, .st = &st };
	int rc = names_state_get(&st, c, e);

	if (!rc)
		rc = names_settle(c, k, key, &st, e);
	buf_init(&s.plain, NAMES_PIECE_MAX);
	if (!rc && asked->folded)
		rc = scan(&s, c, NAMES_NAME, asked->folded, false, e);
	if (!rc && asked->card && *asked->card)
		rc = scan(&s, c, NAMES_CARD, asked->card, true, e);
	if (!rc)
		rc = persons_of(out, &s, c,
				asked->of == NAMES_OF_CASES ? NAMES_IS_CASE : NAMES_IS_MEMBER, a,
				e);
	if (s.plain.data)
		key_wipe(s.plain.data, s.plain.cap);
	buf_fini(&s.plain);
	free(s.hits);
	return rc;
}

/* What making it anew puts right. */
static bool is_stale(int rc)
{
	return rc == -ERR_NOTFOUND || rc == -ERR_CORRUPT || rc == -ERR_DENIED ||
	       rc == -ERR_INVALID || rc == -ERR_STATE;
}

int names_search(struct names_found *out, struct client *c, struct keyring *k,
		 const struct names_asked *asked, struct arena *a, struct err *e)
{
	struct err why = { 0 };
	struct names_key key;
	bool fresh;
	int rc = keyring_names_key(k, c, key.b, &fresh, &why);

	*out = (struct names_found){ .count = 0 };
	if (rc == -ERR_NOTFOUND || rc == -ERR_STATE) /* nothing opens here yet */
		return 0;
	if (rc) {
		*e = why;
		return rc;
	}
	rc = fresh ? -ERR_NOTFOUND : look(out, c, k, &key, asked, a, &why);
	if (is_stale(rc)) {
		rc = names_build(c, k, &key, asked, e);
		if (!rc)
			rc = look(out, c, k, &key, asked, a, e);
	} else if (rc) {
		*e = why;
	}
	key_wipe(&key, sizeof(key));
	return rc;
}

int cases_search(struct cases **out, struct client *c, struct keyring *k,
		 const struct names_asked *asked, const char *hex, struct arena *a, struct err *e)
{
	struct cases_wanted wanted = { .hex = hex };
	struct names_found found;
	struct case_who *who;
	int rc = names_search(&found, c, k, asked, a, e);

	*out = NULL;
	if (rc)
		return rc;
	who = arena_array(a, found.count + 1, sizeof(*who));
	if (!who)
		return err_set(e, ERR_NOMEM, "no memory for what was found");
	for (size_t i = 0; i < found.count; i++) {
		who[i].unit = found.units[i];
		memcpy(who[i].person, found.at[i], PERSON_ID);
	}
	wanted.at = who;
	wanted.count = found.count;
	return cases_load_some(out, c, &wanted, e);
}
