#include "report/config.h"

#include "report/json.h"

#include <inttypes.h>

void config_note(struct config_check *check, int rc, const struct err *why)
{
	if (rc && check->problem_count < CONFIG_PROBLEMS_MAX)
		check->problems[check->problem_count++] = *why;
}

/* NULL where an option has no value. */
static json_t *value_of(const struct opt *o)
{
	switch (o->type) {
	case OPT_FLAG:
		return json_boolean(*(const bool *)o->value);
	case OPT_NUMBER:
		return json_integer(*(const int64_t *)o->value);
	case OPT_TEXT:
		break;
	}
	return *(const char *const *)o->value ? json_string(*(const char *const *)o->value) : NULL;
}

static json_t *json_check(const struct config_check *check, json_t *options)
{
	json_t *problems = json_array();

	for (size_t i = 0; i < check->problem_count; i++)
		json_array_append_new(problems, json_string(check->problems[i].msg));
	return json_pack("{s:b, s:s?, s:O, s:o}", "ok", check->problem_count == 0, "file",
			 check->file, "options", options, "problems", problems);
}

static void print_ini(FILE *to, json_t *options)
{
	const char *name;
	json_t *value;

	json_object_foreach(options, name, value)
	{
		if (json_is_string(value))
			fprintf(to, "%s = %s\n", name, json_string_value(value));
		else if (json_is_integer(value))
			fprintf(to, "%s = %" PRId64 "\n", name, (int64_t)json_integer_value(value));
		else
			fprintf(to, "%s = %s\n", name, json_is_true(value) ? "yes" : "no");
	}
}

int config_print(FILE *to, const struct config_check *check, const struct opt *rows, size_t count,
		 bool json, struct err *e)
{
	json_t *options = json_object();
	int rc = 0;

	for (size_t i = 0; i < count; i++) {
		json_t *value = rows[i].config ? value_of(&rows[i]) : NULL;

		if (value)
			json_object_set_new(options, rows[i].name, value);
	}
	if (json)
		rc = json_print(to, json_check(check, options), MARK_UNKNOWN, e);
	else
		print_ini(to, options);
	json_decref(options);
	return rc;
}
