#include "show.h"

int show_json(struct cli *c, json_t *j)
{
	mark_print_empty(c->say, j, mark_of(c->store.ledger));
	return json_print(c->out, j, mark_of(c->store.ledger), &c->err);
}

int parse_unit(struct cli *c, const char *code, const struct unit **out)
{
	*out = tree_by_code(ledger_tree(c->store.ledger), span_str(code));
	return *out ? 0 : err_set(&c->err, ERR_NOTFOUND, "there is no unit %s", code);
}
