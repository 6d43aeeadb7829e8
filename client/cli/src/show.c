#include "show.h"

enum mark device_mark(const struct cli *c)
{
	return c->client ? mark_of(client_base(c->client)) : MARK_UNKNOWN;
}

int show_json(struct cli *c, json_t *j)
{
	mark_print_empty(stderr, j, device_mark(c));
	return json_print(c->out, j, device_mark(c), &c->err);
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
