#include "show.h"

#include "domain/act_rule.h"

enum mark device_mark(const struct cli *c)
{
	return c->client ? mark_of(client_base(c->client)) : MARK_UNKNOWN;
}

int show_json(struct cli *c, json_t *j)
{
	mark_print_empty(stderr, j, device_mark(c));
	return json_print(c->out, j, device_mark(c), &c->err);
}

void show_not_queued(struct cli *c)
{
	char text[ERR_TEXT_MAX];

	fprintf(stderr, _("ketnap: not queued: %s\n"), lang_err(&c->err, text, sizeof(text)));
	c->err_printed = true;
}

const char *refusal_words(struct cli *c, enum op_code code, struct span detail)
{
	char text[ERR_TEXT_MAX];
	struct err e = { 0 };

	refusal_err(&e, ERR_INVALID, code, detail);
	return arena_printf(c->arena, "%s", lang_err(&e, text, sizeof(text)));
}

const char *show_refusal(struct cli *c, const struct own_op *op)
{
	struct own_bytes bytes;
	struct err e = { 0 };

	if (outbox_read(c->client, op->id, &bytes, c->arena, &e))
		bytes.detail = (struct span){ NULL, 0 }; /* the code is told without it */
	return refusal_words(c, op->code, bytes.detail);
}

const char *unit_code(struct cli *c, uint32_t unit)
{
	return unit_code_of(client_base(c->client), unit);
}

const char *unit_name(struct cli *c, uint32_t unit, day_t day)
{
	return unit_name_of(client_base(c->client), unit, day, UINT64_MAX);
}

const char *form_code(struct cli *c, uint8_t form)
{
	return form_code_of(client_base(c->client), form);
}

const char *measure_code(struct cli *c, uint16_t measure)
{
	return measure_code_of(client_base(c->client), measure);
}

const char *measure_name(struct cli *c, const char *code)
{
	return measure_name_of(client_base(c->client), code);
}

static const char *person_value(struct cli *c, const struct person_fields *f,
				enum person_field which)
{
	const char *text = arena_str(c->arena, f->at[which]);
	day_t day;

	if (which == PF_SEX)
		return *text == 'f' ? _("female") : *text == 'm' ? _("male") : text;
	if (which == PF_BIRTH && person_fields_birth(f, &day))
		return show_day(c->arena, day);
	if (which == PF_LEFT && person_fields_left(f, &day))
		return show_day(c->arena, day);
	return text;
}

void show_person_fields(struct cli *c, const struct person_fields *f)
{
	for (enum person_field i = PF_NAME; i < PF_PAPER_NO; i++)
		if (f->at[i].len && person_field_text(i))
			fprintf(c->out, "  %s: %s\n", _(person_field_text(i)),
				person_value(c, f, i));
}
