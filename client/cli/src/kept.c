#include "kept.h"

#include "report/json.h"
#include "report/names.h"

#include <stdlib.h>

enum { SLOTS = 64, FILE_BYTES_MAX = 4 << 20, QUESTION_MAX = 1024 };

/* One slot, by the question's hash; two questions may share it, and the later one has it. */
struct slot {
	char question[HASH_HEX_MAX], path[PATH_BYTES];
};

static bool find_slot(struct cli *c, const struct wire_query *w, struct slot *out)
{
	struct wire_query asked = *w;
	struct err ignored = { 0 };
	char folder[PATH_BYTES], name[8];
	struct hash h;
	struct buf b;
	bool ok;

	asked.tree_day = 0; /* "as it is" was asked, of whichever day */
	if (w->what == WIRE_DEVICES)
		asked.from_day = asked.to_day = 0; /* what they hold now */
	buf_init(&b, QUESTION_MAX);
	ok = !wire_encode(&b, FRAME_QUERY, &asked, c->arena, &ignored) && !b.failed;
	h = hash_bytes(buf_span(&b));
	buf_fini(&b);
	hex_encode(out->question, h.b, sizeof(h.b));
	snprintf(name, sizeof(name), "%02u", (unsigned)h.b[0] % SLOTS);
	return ok && !path_join(folder, c->dir.path, "answers", &ignored) &&
	       !folder_make(folder, &ignored) && !path_join(out->path, folder, name, &ignored);
}

void kept_put(struct cli *c, const struct wire_query *w, const json_t *answer)
{
	struct err ignored = { 0 };
	struct slot slot;
	json_t *file;
	char *text;

	if (!find_slot(c, w, &slot))
		return;
	file = json_pack("{s:s, s:I, s:O}", "question", slot.question, "at_ms",
			 (json_int_t)cli_now(c), "answer", answer);
	text = json_whole(file, JSON_COMPACT | JSON_PRESERVE_ORDER);
	if (text)
		(void)whole_write(slot.path, span_str(text), true, &ignored); /* asked again then */
	free(text);
	json_decref(file);
}

bool kept_get(struct cli *c, const struct wire_query *w, json_t **answer, int64_t *at_ms)
{
	struct err ignored = { 0 };
	struct slot slot;
	json_t *file = NULL;
	struct buf b;
	bool same;

	buf_init(&b, FILE_BYTES_MAX);
	if (find_slot(c, w, &slot) && !whole_read(&b, slot.path, FILE_BYTES_MAX, &ignored))
		file = json_loadb((const char *)b.data, b.len, 0, NULL);
	buf_fini(&b);
	same = !strcmp(text_at(file, "question"), slot.question) &&
	       json_is_object(json_object_get(file, "answer"));
	if (same) {
		*answer = json_incref(json_object_get(file, "answer"));
		*at_ms = number_at(file, "at_ms");
	}
	json_decref(file);
	return same;
}

/* The server does not give it any more. */
static void drop(struct cli *c, const struct wire_query *w)
{
	json_t *kept = NULL;
	struct slot slot;
	int64_t at_ms;

	if (!kept_get(c, w, &kept, &at_ms))
		return;
	json_decref(kept);
	if (find_slot(c, w, &slot))
		whole_remove(slot.path);
}

/* Why a contact that worked brought no answer. A server of before says of an entry that it does not have yet what it says
 * of too large an answer; how far its log goes has just been read. */
static int no_answer(struct cli *c, const struct wire_query *w, enum wire_code why)
{
	const char *name = wire_code_name(why),
		   *code = unit_code_of(client_base(c->client), w->unit);
	uint64_t newest = client_state(c->client)->cursor.lsn;

	if (why == WIRE_NOT_ALLOWED)
		return err_set(&c->err, ERR_DENIED, "the server does not show %s to this device",
			       code);
	if (w->known_lsn > newest)
		return err_set(&c->err, ERR_NOTFOUND,
			       "entry %llu is asked for, the log ends at %llu",
			       (unsigned long long)w->known_lsn, (unsigned long long)newest);
	if (why == WIRE_ANSWER_TOO_LARGE)
		return err_set(&c->err, ERR_RANGE,
			       "the answer about %s is too large: ask for fewer days", code);
	if (why == WIRE_NOT_FOUND)
		return err_set(&c->err, ERR_NOTFOUND,
			       "the server has nothing of what is asked about %s", code);
	return err_set(&c->err, ERR_NOTFOUND, "the server has no answer about %s (%s)", code,
		       name ? name : "?");
}

int kept_take(struct cli *c, const struct wire_query *w, const struct contact_result *came,
	      json_t **out)
{
	struct span got = buf_span(&came->answer);
	json_t *answer;
	int rc = 0;

	if (!got.len) {
		drop(c, w);
		return no_answer(c, w, came->sync.why);
	}
	answer = json_loadb((const char *)got.data, got.len, 0, NULL);
	if (json_is_object(answer))
		kept_put(c, w, answer);
	else
		rc = err_set(&c->err, ERR_PROTO, "the server's answer cannot be read");
	if (out)
		*out = json_incref(answer);
	json_decref(answer);
	return rc;
}
