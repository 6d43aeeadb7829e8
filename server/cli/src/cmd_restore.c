/* restore: an older copy of the store was put in its place. PROTOCOL.md, section 12. */
#include "devices_show.h"
#include "store_course.h"

#include "crypto/random.h"
#include "ledger/feed.h"
#include "ledger/recovery.h"

#include <stdlib.h>

static int newest_branch(struct cli *c, struct feed_branch *out)
{
	const struct feed_branch *line;
	size_t count;
	int rc = feed_line(&line, &count, c->store.ledger, c->arena, &c->err);

	*out = !rc && count ? line[count - 1] : (struct feed_branch){ .branch_lsn = 0 };
	return rc;
}

/* Declared already, and a device has shown all the same that the log lacks something: that was too late. */
static int branch_before(struct cli *c, uint64_t *branch)
{
	struct feed_branch newest;
	int rc = newest_branch(c, &newest);

	return rc ? rc : ledger_before_start(c->store.ledger, newest.branch_lsn, branch, &c->err);
}

/* Up to where is the log for certain what it was? To where it was when this folder first saw it; where that is
 * not known, whoever wrote before anybody noticed did so since the server was last started; and where that did not
 * do, since an earlier start. */
static int find_branch(struct cli *c, bool recovering, uint64_t *branch)
{
	struct ledger_info info = ledger_info(c->store.ledger);
	char *end;

	if (!options.at) {
		if (recovering && !store_dir_is_behind(&c->store))
			return err_set(
				&c->err, ERR_STATE,
				"a restore is declared already; `ketnapd restore --end` ends "
				"it, --at LSN declares another one");
		*branch = course_sure(&c->store);
		if (*branch && *branch <= info.lsn)
			return 0;
		return recovering ? branch_before(c, branch)
				  : ledger_before_start(c->store.ledger, 0, branch, &c->err);
	}
	*branch = strtoull(options.at, &end, 10);
	if (*end || end == options.at || strspn(options.at, "0123456789") != strlen(options.at))
		return cli_misused(c, err_set(&c->err, ERR_INVALID,
					      "--at %s is not the number of an entry", options.at));
	if (!*branch || *branch > info.lsn)
		return err_set(&c->err, ERR_RANGE, "the log has entries 1 to %llu, not %s",
			       (unsigned long long)info.lsn, options.at);
	return 0;
}

/* It is declared: noted in the folder, which takes itself for an older copy until then, and said. */
static int note_declared(struct cli *c, uint64_t lsn, const struct feed_branch *b)
{
	char is_hex[HASH_HEX_MAX], was_hex[HASH_HEX_MAX];
	int rc;

	hex_encode(is_hex, b->id, 16);
	hex_encode(was_hex, b->parent, 16);
	store_dir_caught_up(&c->store);
	rc = course_declared(&c->store, &c->err);
	if (rc)
		return err_wrap(
			&c->err, rc,
			"the restore itself is declared (incarnation %s, from entry %llu); the same "
			"command once more only notes that in %s, and until then nothing is written "
			"there",
			is_hex, (unsigned long long)b->branch_lsn, c->store.path);
	if (c->json)
		return show_json(c, json_pack("{s:I, s:s, s:s, s:I, s:b}", "lsn", (json_int_t)lsn,
					      "incarnation", is_hex, "parent", was_hex, "branch",
					      (json_int_t)b->branch_lsn, "recovering", 1));
	lang_print(
		c->out,
		_("declared: the log goes on from entry %llu as incarnation %s. Devices bring back "
		  "what the copy lacked; when all have been here, `ketnapd restore --end`\n"),
		(unsigned long long)b->branch_lsn, is_hex);
	return 0;
}

/* Was it declared where this folder first saw the older copy, and could not be noted there? A copy that was put back
 * since is never so short: it has the declaration. */
static bool only_to_note(struct cli *c, bool recovering, const struct feed_branch *newest)
{
	return recovering && !options.at && newest->branch_lsn &&
	       course_sure(&c->store) == newest->branch_lsn;
}

static int declare(struct cli *c, bool recovering)
{
	struct op op = { .kind = OP_INCARNATION, .source = span_str(c->by) };
	struct ledger_info was = ledger_info(c->store.ledger);
	struct feed_branch branch;
	uint64_t lsn;
	int rc = newest_branch(c, &branch);

	if (!rc && only_to_note(c, recovering, &branch))
		return note_declared(c, was.lsn, &branch);
	if (!rc)
		rc = find_branch(c, recovering, &op.incarnation.branch_lsn);
	if (!rc)
		rc = crypto_random(op.incarnation.id, sizeof(op.incarnation.id), &c->err);
	if (rc)
		return rc;
	memcpy(op.incarnation.parent, was.incarnation, 16);
	memcpy(op.incarnation.store, was.store, 16);
	memcpy(op.incarnation.log_key, was.log_key, 32);
	op.incarnation.illustrative = was.illustrative;
	op.incarnation.cause = span_str(options.cause ? options.cause : "restored from a copy");
	rc = act_alone(c, &op, &lsn);
	if (rc)
		return rc;
	memcpy(branch.id, op.incarnation.id, 16);
	memcpy(branch.parent, was.incarnation, 16);
	branch.branch_lsn = op.incarnation.branch_lsn;
	return note_declared(c, lsn, &branch);
}

static int end(struct cli *c, bool recovering)
{
	struct op op = { .kind = OP_SETTING, .source = span_str(c->by) };
	struct ledger_info info = ledger_info(c->store.ledger);
	char hex[HASH_HEX_MAX];
	uint64_t lsn;
	int rc;

	if (!recovering)
		return err_set(&c->err, ERR_STATE, "no recovery is going on");
	op.setting.key = SPAN_LIT(RECOVERED_KEY);
	op.setting.value = span_str(hex_encode(hex, info.incarnation, 16));
	rc = act_alone(c, &op, &lsn);
	if (rc)
		return rc;
	if (c->json)
		return show_json(c, json_pack("{s:I, s:s, s:b}", "lsn", (json_int_t)lsn,
					      "incarnation", hex, "recovering", 0));
	fprintf(c->out,
		_("the recovery is ended: what names something that never came back is refused "
		  "from now on\n"));
	return 0;
}

int cmd_restore(struct cli *c, int argc, char **argv)
{
	bool recovering;
	int rc = ledger_recovering(c->store.ledger, &recovering, &c->err);

	(void)argc;
	(void)argv;
	if (!rc && options.end && (options.at || options.cause))
		rc = cli_misused(
			c, err_set(&c->err, ERR_INVALID, "--end goes without --at and --cause"));
	if (!rc && options.end && store_dir_is_behind(&c->store))
		rc = err_set(
			&c->err, ERR_STATE,
			"a device has shown that this log lacks something: declare that first");
	if (!rc && store_dir_is_succeeded(&c->store) && !options.at)
		rc = err_set(
			&c->err, ERR_STATE,
			"a standby of this store was promoted and goes on in its place: two must "
			"not write. `ketnapd follow` makes a standby of it, in a new directory; "
			"only when the other is lost for good, --at LSN declares this one anew");
	if (rc)
		return rc;
	return options.end ? end(c, recovering) : declare(c, recovering);
}
