#include "remote.h"
#include "enroll.h"

#include "net/ctl.h"
#include "spool.h"

#include <assert.h>
#include <stdlib.h>
#include <unistd.h>

/* Request: version u8, language u8, who asks, the words typed, a file_how u8, and the file that the
 * command reads, or the name of its copy. Answer: version u8, exit code u8, what goes to stdout, what to
 * stderr, the file that --answer names. */
enum { VERSION = 3, WORDS_MAX = 64, WAIT_MS = 1800000, ARENA_BUDGET = 1 << 30 };
enum file_how { FILE_NONE, FILE_INSIDE, FILE_SPOOLED };
/* Larger files are not held in memory by both at once. */
enum { INSIDE_MAX = 1 << 20, SPOOLED_MAX = 256 << 20 };
static_assert((int)INSIDE_MAX < (int)CTL_REQUEST_MAX / 2, "a file inside a request leaves room");

/* The file that the command reads, NULL when it reads none. */
static const char *file_of(const char *const words[], int count)
{
	static const char weights[] = "weights:";

	if (count >= 3 && !strcmp(words[0], "import"))
		return words[2];
	if (count >= 2 && (!strcmp(words[0], "bundle") || !strcmp(words[0], "act")))
		return words[1];
	if (count && !strcmp(words[0], "allocate") && options.base &&
	    !strncmp(options.base, weights, sizeof(weights) - 1))
		return options.base + sizeof(weights) - 1;
	/* what stands in the way of the card: the server looks whether that counts */
	if (count && !strcmp(words[0], "keys") && options.new_card && options.card &&
	    !access(options.card, F_OK))
		return options.card;
	return count && !strcmp(words[0], "enroll") ? options.request : NULL;
}

int cli_file(struct cli *c, uint8_t **out, size_t *len, const char *path, size_t max)
{
	if (c->spooled) {
		char copy[STORE_PATH_MAX];
		int rc = store_dir_path(copy, c->store.path, c->spooled, &c->err);

		if (!rc)
			rc = path_read(out, len, copy, max, &c->err);
		spool_drop(c->store.path, c->spooled);
		return rc;
	}
	if (!c->given.data)
		return path_read(out, len, path, max, &c->err);
	*len = c->given.len;
	*out = malloc(*len + 1);
	if (!*out)
		return err_set(&c->err, ERR_NOMEM, "%s: no memory to read it", path);
	memcpy(*out, c->given.data, *len);
	return 0;
}

/* ---- asking ---- */

/* The words without options, in their order: command, arguments. */
static int plain_words(const struct typed *typed, const char *out[3])
{
	char **copy = calloc((size_t)typed->argc + 1, sizeof(*copy));
	struct cli_options mine = options;
	struct err ignored = { 0 };
	int argc = typed->argc, n = 0;

	if (!copy)
		return 0;
	memcpy(copy, typed->argv, (size_t)argc * sizeof(*copy));
	if (!cli_options_parse(&argc, copy, &ignored))
		for (n = 0; n < 3 && n + 1 < argc; n++)
			out[n] = copy[n + 1];
	options = mine;
	free(copy);
	return n;
}

/* *name is that of the copy, or empty. */
static int add_file(struct cli *c, struct buf *request, const struct typed *typed,
		    char name[SPOOL_NAME_MAX])
{
	const char *words[3], *file = file_of(words, plain_words(typed, words));
	uint8_t *text = NULL;
	size_t len = 0;
	int rc;

	if (!file) {
		buf_u8(request, FILE_NONE);
		return 0;
	}
	rc = path_read(&text, &len, file, INSIDE_MAX, &c->err);
	if (!rc) {
		buf_u8(request, FILE_INSIDE);
		buf_lenspan(request, span_of(text, len));
	}
	free(text);
	if (rc != -ERR_RANGE)
		return rc;
	err_clear(&c->err);
	rc = spool_put(name, options.data, file, SPOOLED_MAX, &c->err);
	if (rc) {
		*name = 0;
		return rc;
	}
	buf_u8(request, FILE_SPOOLED);
	buf_lenspan(request, span_str(name));
	return 0;
}

static int make_request(struct cli *c, struct buf *request, const struct typed *typed,
			char name[SPOOL_NAME_MAX])
{
	buf_u8(request, VERSION);
	buf_u8(request, lang_now() == TEXT_EN);
	buf_lenspan(request, span_str(c->by));
	buf_varint(request, (uint64_t)typed->argc);
	for (int i = 0; i < typed->argc; i++)
		buf_lenspan(request, span_str(typed->argv[i]));
	return add_file(c, request, typed, name);
}

static int show_answer(struct cli *c, struct span answer, int *code)
{
	struct rd r = rd_of(answer);
	uint8_t version = rd_u8(&r);
	struct span out, say, made;
	int rc;

	*code = rd_u8(&r);
	out = rd_lenspan(&r);
	say = rd_lenspan(&r);
	made = rd_lenspan(&r);
	if (!answer.len)
		return err_set(&c->err, ERR_BUSY, "the server is stopping; try again later");
	if (version != VERSION || !rd_done(&r))
		return err_set(&c->err, ERR_VERSION,
			       "the server that runs here is of another version");
	rc = !made.len         ? 0
	     : options.subtree ? enroll_cards(c, made)
	     : options.card    ? cli_give(c, options.card, made, true)
	     : options.answer  ? cli_give(c, options.answer, made, false)
			       : 0;
	if (rc)
		return rc;
	if (out.len)
		(void)fwrite(out.data, 1, out.len, c->out); /* both streams are asked at the end */
	if (say.len)
		(void)fwrite(say.data, 1, say.len, c->say);
	return 0;
}

static int ask(struct cli *c, struct span request, struct buf *answer, const struct err *busy)
{
	int rc = ctl_ask(options.data, SERVE_SOCKET, request, answer, WAIT_MS, &c->err);

	if (rc != -ERR_NOTFOUND)
		return rc;
	c->err = *busy; /* it is not a server that has the directory */
	return -ERR_BUSY;
}

int remote_ask(struct cli *c, const struct typed *typed, bool *asked, int *code)
{
	struct err busy = c->err;
	char name[SPOOL_NAME_MAX] = "";
	struct buf request, answer;
	int rc;

	buf_init(&request, CTL_REQUEST_MAX);
	buf_init(&answer, CTL_ANSWER_MAX);
	err_clear(&c->err);
	rc = make_request(c, &request, typed, name);
	if (!rc && request.failed)
		rc = err_set(&c->err, ERR_NOMEM, "out of memory");
	if (!rc)
		rc = ask(c, buf_span(&request), &answer, &busy);
	if (!rc)
		rc = show_answer(c, buf_span(&answer), code);
	if (*name) /* whether or not the server came to it */
		spool_drop(options.data, name);
	*asked = !rc;
	buf_fini(&request);
	buf_fini(&answer);
	return rc;
}

/* ---- answering ---- */

struct asked {
	bool english;
	struct span by;
	int argc;
	char *argv[WORDS_MAX + 1];
	struct span given;
	const char *spooled;
};

static bool read_file(struct asked *k, struct rd *r, struct arena *a)
{
	enum file_how how = rd_u8(r);
	struct span file = how == FILE_NONE ? (struct span){ NULL, 0 } : rd_lenspan(r);

	if (how == FILE_INSIDE)
		k->given = file.data ? file : SPAN_LIT("");
	if (how == FILE_SPOOLED)
		k->spooled = spool_is_name(file) ? arena_str(a, file) : NULL;
	return how == FILE_NONE || how == FILE_INSIDE || k->spooled;
}

static bool read_request(struct asked *k, struct span request, struct arena *a)
{
	struct rd r = rd_of(request);
	bool ok = rd_u8(&r) == VERSION;
	uint64_t argc;

	k->english = rd_u8(&r);
	k->by = rd_lenspan(&r);
	argc = rd_varint(&r);
	if (!ok || argc < 2 || argc > WORDS_MAX)
		return false;
	for (k->argc = 0; k->argc < (int)argc; k->argc++) {
		k->argv[k->argc] = arena_str(a, rd_lenspan(&r));
		if (!k->argv[k->argc])
			return false;
	}
	return read_file(k, &r, a) && rd_done(&r);
}

/* Everything that the command looks at is either the server's or came with the request. */
static int execute(struct cli *c, struct asked *k, const struct serve_desk *desk, int *code)
{
	const struct command *cmd;
	int rc = cli_options_parse(&k->argc, k->argv, &c->err);

	cmd = !rc && k->argc > 1 ? cli_find(k->argv[1]) : NULL;
	*code = EXIT_USAGE;
	if (!cmd || (cli_store(cmd) != STORE_LIVE && cli_store(cmd) != STORE_WRITE)) {
		fprintf(c->say, _("ketnapd: the running server cannot do this\n"));
		return 0;
	}
	c->by = arena_str(c->arena, k->by);
	c->json = options.json;
	c->csv = options.csv;
	c->given = k->given;
	c->spooled = k->spooled;
	c->desk = desk;
	lang_use(k->english ? TEXT_EN : TEXT_VI);
	*code = cli_execute(c, cmd, k->argc - 1, k->argv + 1, &rc);
	return rc;
}

static void put_answer(struct buf *answer, int code, const char *out, size_t out_len,
		       const char *say, size_t say_len, struct span made)
{
	buf_u8(answer, VERSION);
	buf_u8(answer, (uint8_t)code);
	buf_lenspan(answer, span_of(out, out_len));
	buf_lenspan(answer, span_of(say, say_len));
	buf_lenspan(answer, made);
	if (!answer->failed)
		return;
	buf_reset(answer);
	buf_u8(answer, VERSION);
	buf_u8(answer, EXIT_FAILED);
	buf_lenspan(answer, span_str(""));
	buf_lenspan(answer, SPAN_LIT("ketnapd: the answer is too long\n"));
	buf_lenspan(answer, span_str(""));
}

static int answer_in(struct cli *c, const struct serve_desk *desk, struct span request,
		     struct buf *answer)
{
	char *out = NULL, *say = NULL;
	size_t out_len = 0, say_len = 0;
	struct asked k = { .argc = 0 };
	int code = EXIT_FAILED, rc = 0;
	struct buf made;

	buf_init(&made, WIRE_FILE_MAX);
	c->made = &made;
	c->out = open_memstream(&out, &out_len);
	c->say = open_memstream(&say, &say_len);
	if (c->out && c->say && read_request(&k, request, c->arena))
		rc = execute(c, &k, desk, &code);
	if (c->out)
		fclose(c->out);
	if (c->say)
		fclose(c->say);
	if (rc != -ERR_FATAL && out && say)
		put_answer(answer, code, out, out_len, say, say_len, buf_span(&made));
	if (out)
		bytes_wipe(out, out_len); /* codes are secret */
	free(out);
	free(say);
	c->made = NULL;
	buf_fini(&made);
	return rc == -ERR_FATAL ? rc : 0;
}

int remote_answer(const struct cli *server, const struct serve_desk *desk, struct span request,
		  struct buf *answer, struct err *e)
{
	struct cli c = *server;
	int rc;

	err_clear(&c.err);
	c.err_printed = c.misused = false;
	c.arena = arena_new(ARENA_BUDGET);
	rc = c.arena ? answer_in(&c, desk, request, answer) : 0;
	if (rc)
		*e = c.err;
	arena_free(c.arena);
	return rc;
}
