#ifndef SERVER_DEVICES_SHOW_H
#define SERVER_DEVICES_SHOW_H

#include "show.h"

#include "server/devices.h"
#include "server/enrol.h"

/* What a running server knows of them; without one what the last one left. Lends from the arena. */
int cli_devices(struct cli *c, const struct device_shown **out, size_t *count);

/* The list that `status` and `devices` print. The caller owns *out. */
int devices_json(struct cli *c, json_t **out);

/* How far each standby has come, as `status` tells it: the list, and in words. */
int standbys_json(struct cli *c, json_t **out);
int standbys_print(struct cli *c);
/* The standbys that are not revoked: a list for JSON, which the caller owns, and their names, "" when there are none. */
int standbys_others(struct cli *c, json_t **ids, const char **names);

/* Random bytes for keys and codes; ends the program where it cannot. */
void cli_draw(void *ctx, void *out, size_t len);

/* Acts of the console in one batch, all or none; nothing stays of them when `dry`. */
int act_all(struct cli *c, struct op *ops, size_t count, bool dry);

/* One act of the console in a batch of its own. */
int act_alone(struct cli *c, const struct op *op, uint64_t *lsn);

/* The same, unless it stands already to the letter: *stands, and *lsn is the entry that says so. */
int act_once(struct cli *c, const struct op *op, uint64_t *lsn, bool *stands);
/* Says so to people. */
void show_stands(struct cli *c, uint64_t lsn);
#endif
