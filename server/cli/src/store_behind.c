/* What a device has shown that the log lacks: nothing is written until a person has looked. */
#include "store_dir.h"

#include <stdlib.h>
#include <unistd.h>

static const char behind_name[] = "behind";
static const char successor_name[] = "successor";

int store_dir_fell_behind(const struct store_dir *s, const uint8_t successor[16], struct err *e)
{
	struct ledger_info info = ledger_info(s->ledger);
	char hex[HASH_HEX_MAX];
	int rc = successor ? store_dir_put(s->path, successor_name,
					   span_str(hex_encode(hex, successor, 16)), 0600, e)
			   : 0;

	return rc ? rc
		  : store_dir_put(s->path, behind_name,
				  span_str(hex_encode(hex, info.incarnation, 16)), 0600, e);
}

/* It speaks of one incarnation: from the next one on it means nothing, even if it was left there. */
bool store_dir_is_behind(const struct store_dir *s)
{
	struct ledger_info info = ledger_info(s->ledger);
	char path[STORE_PATH_MAX], hex[HASH_HEX_MAX];
	uint8_t *text;
	size_t len;
	bool behind;

	if (store_dir_path(path, s->path, behind_name, NULL) || access(path, F_OK))
		return false;
	if (path_read(&text, &len, path, 4096, NULL))
		return true; /* it is there */
	hex_encode(hex, info.incarnation, 16);
	behind = span_eq(span_of(text, len), span_str(hex));
	free(text);
	return behind;
}

bool store_dir_is_succeeded(const struct store_dir *s)
{
	char path[STORE_PATH_MAX];

	return store_dir_is_behind(s) && !store_dir_path(path, s->path, successor_name, NULL) &&
	       !access(path, F_OK);
}

void store_dir_caught_up(const struct store_dir *s)
{
	char path[STORE_PATH_MAX];

	if (!store_dir_path(path, s->path, behind_name, NULL))
		unlink(path);
	if (!store_dir_path(path, s->path, successor_name, NULL))
		unlink(path);
}
