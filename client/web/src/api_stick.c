/* What goes and comes by stick: the own bundle and the answer to it; bundles of devices below, carried with the next
 * contact, and the answers for them. A file leaves through the browser, and comes in parts that fit a question. */
#include "web_internal.h"

#include "client/carried.h"
#include "proto/file.h"
#include "proto/wire.h"

#include <stdlib.h>

static const char *device_word(struct call *k, uint64_t device)
{
	const char *text = arena_printf(k->a, "%016llx", (unsigned long long)device);

	return text ? text : "";
}

/* 0: this device does not know it. */
static uint32_t unit_of(struct call *k, uint64_t device)
{
	struct device_row row;
	int rc = ledger_device(k->base, device, &row, k->e);

	err_clear(k->e);
	return rc ? 0 : row.unit;
}

static json_t *json_carried_one(struct call *k, const struct carried *c)
{
	uint32_t unit = unit_of(k, c->device);

	return json_pack("{s:s, s:s, s:s, s:b, s:s, s:o, s:o}", "device", device_word(k, c->device),
			 "unit", unit ? unit_code_of(k->base, unit) : "", "unit_name",
			 unit ? unit_name_of(k->base, unit, day_of_instant(k->now_ms), UINT64_MAX)
			      : "",
			 "known", unit > 0, "state", carried_state_name(c->state), "taken",
			 json_instant(c->taken_ms), "answered", json_instant(c->answered_ms));
}

int api_stick(struct call *k)
{
	const struct carried *rows;
	json_t *list = json_array();
	size_t count;
	int rc = carried_list(k->c, &rows, &count, k->a, k->e);

	json_object_set_new(k->out, "carried", list);
	for (size_t i = 0; !rc && i < count; i++)
		json_array_append_new(list, json_carried_one(k, &rows[i]));
	return rc;
}

/* ---- out ---- */

static int not_now(struct call *k)
{
	return k->w->line.running || k->w->line.wanted
		       ? err_set(k->e, ERR_BUSY,
				 "sending and receiving goes on; wait until it is over")
		       : 0;
}

/* Named so that nobody takes one stick's file for another's. */
static void name_file(struct call *k, const char *what, const char *unit)
{
	struct ymd d = day_to_ymd(day_of_instant(k->now_ms));

	snprintf(k->w->stick_name, sizeof(k->w->stick_name), "%s-%.30s-%04d%02d%02d.ketnap", what,
		 unit, d.year % 10000, d.month, d.day);
	for (char *p = k->w->stick_name; *p; p++)
		if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-", *p))
			*p = '_';
	json_object_set_new(k->out, "name", json_string(k->w->stick_name));
	json_object_set_new(k->out, "bytes", json_integer((json_int_t)k->w->stick_out.len));
}

int api_stick_make(struct call *k)
{
	const struct web_stick *s = k->w->config.stick;
	struct bundle_made made = { .count = 0 };
	int rc = s ? not_now(k) : err_set(k->e, ERR_NOTFOUND, "nothing goes by stick here");

	buf_reset(&k->w->stick_out);
	if (!rc)
		rc = s->make(s->ctx, &k->w->stick_out, &made, k->e);
	if (rc)
		return rc;
	json_object_set_new(k->out, "ops", json_integer((json_int_t)made.count));
	json_object_set_new(k->out, "more", json_boolean(made.more));
	name_file(k, "gui", unit_code_of(k->base, client_identity(k->c)->unit));
	return 0;
}

/* The newest answer that is here for that device. */
int api_stick_answer(struct call *k)
{
	const struct carried *rows, *best = NULL;
	size_t count;
	int rc = carried_list(k->c, &rows, &count, k->a, k->e);

	for (size_t i = 0; !rc && i < count; i++)
		if (rows[i].state == CARRIED_ANSWERED &&
		    !strcmp(device_word(k, rows[i].device), text_at(k->in, "device")))
			best = &rows[i];
	if (!rc && !best)
		rc = err_set(k->e, ERR_NOTFOUND, "there is no answer for that device here yet");
	buf_reset(&k->w->stick_out);
	if (!rc)
		rc = carried_answer(k->c, best, &k->w->stick_out, k->e);
	if (!rc)
		name_file(k, "tra-loi", unit_code_of(k->base, unit_of(k, best->device)));
	return rc;
}

bool stick_file(struct web *w, const char *name, struct web_response *out)
{
	if (!w->stick_out.len || strcmp(name, w->stick_name) != 0)
		return false;
	out->status = 200;
	out->type = "application/octet-stream";
	out->file = w->stick_name;
	out->body = buf_span(&w->stick_out);
	return true;
}

/* ---- in ---- */

/* Parts come one behind the other; the first one begins anew. */
int api_stick_part(struct call *k)
{
	struct buf *in = &k->w->stick_in;
	const char *hex = text_at(k->in, "hex");
	size_t len = strlen(hex) / 2;
	uint8_t *bytes = arena_alloc(k->a, len + 1);
	int64_t offset = number_at(k->in, "offset");

	if (!offset)
		buf_reset(in);
	if (!bytes)
		return err_set(k->e, ERR_NOMEM, "no memory for a file");
	if (offset < 0 || (size_t)offset != in->len)
		return err_set(k->e, ERR_STATE, "the file came in another order; choose it again");
	if (strlen(hex) % 2 || !hex_decode(bytes, len, span_str(hex)))
		return err_set(k->e, ERR_INVALID, "this is no part of a file");
	buf_bytes(in, span_of(bytes, len));
	return in->failed ? err_set(k->e, ERR_RANGE, "no file of ours is that large") : 0;
}

static int take_answer(struct call *k, struct span file)
{
	const struct web_stick *s = k->w->config.stick;
	struct sync_result r;
	struct err why = { 0 };
	char text[ERR_TEXT_MAX];
	int rc = s ? s->take(s->ctx, file, &r, &why, k->e)
		   : err_set(k->e, ERR_NOTFOUND, "nothing goes by stick here");

	if (rc)
		return rc;
	json_object_update_new(
		k->out, json_pack("{s:s, s:I, s:I, s:I, s:I, s:s}", "kind", "answer", "acked",
				  (json_int_t)r.acked, "refused", (json_int_t)r.refused, "late",
				  (json_int_t)r.late, "pulled", (json_int_t)r.pulled, "why",
				  why.code ? lang_err(&why, text, sizeof(text)) : ""));
	return 0;
}

static int take_bundle(struct call *k, struct span file)
{
	struct carried c;
	int rc = carried_take(k->c, file, k->now_ms, &c, k->e);

	if (!rc)
		json_object_update_new(k->out, json_pack("{s:s, s:o}", "kind", "bundle", "carried",
							 json_carried_one(k, &c)));
	return rc;
}

int api_stick_take(struct call *k)
{
	struct span file = buf_span(&k->w->stick_in), content;
	struct file_head h;
	int rc = not_now(k);

	if (!rc && !file.len)
		rc = err_set(k->e, ERR_INVALID, "the file is empty");
	if (!rc)
		rc = file_read(&h, &content, NULL, file, k->e);
	if (rc)
		return rc;
	if (h.kind == FILE_ANSWER)
		rc = take_answer(k, file);
	else if (h.kind == FILE_BUNDLE)
		rc = take_bundle(k, file);
	else if (h.kind == FILE_ENROL)
		rc = err_set(
			k->e, ERR_INVALID,
			"this is a request for a new device: it goes to whoever keeps the server");
	else
		rc = err_set(k->e, ERR_INVALID,
			     "this file is for something else, and nothing was changed");
	buf_reset(&k->w->stick_in);
	return rc;
}
