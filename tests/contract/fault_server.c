/* Every failing allocation and every failing store call of server/core: tests/support/faults.h. A session
 * and the writer are driven as their headers say, in one thread, over a copy of one small province.
 *
 * What a failure may look like from outside: the connection ends, or an Error, or "not now"; never an answer
 * that differs from the right one, and never silence. */
#include "faults.h"
#include "server_rig.h"

#include "server/import.h"

#include <inttypes.h>
#define ERR_STATE OPENSSL_ERR_STATE
#include <openssl/crypto.h>
#undef ERR_STATE
#include <stdio.h>
#include <stdlib.h>

enum { ANSWER_MAX = 1 << 20, HEARD_MAX = 4 << 20, ARENA_MAX = 64 << 20 };

static struct rig site;
static struct dev boss, other; /* of C1 and of C3 */
static struct code_key card_key;
static struct code_row card_row;
static struct p256_key *own_key;
static struct buf csr;
static struct wire_submit flight;

struct scene {
	struct fault_scene s;
	struct rig r;
	struct session *session;
	struct buf heard;
	struct arena *a;
};

static struct scene *scene_of(struct fault_scene *s)
{
	return (struct scene *)s;
}

static void put_card(struct rig *r)
{
	struct code_store codes = codes_mem_store(r->codes);

	if (card_row.expires_ms)
		must(codes.put(codes.ctx, &card_row, &r->e), &r->e, "a code");
}

static struct fault_scene *open_scene(void)
{
	struct scene *sc = calloc(1, sizeof(*sc));

	if (!sc)
		abort();
	rig_like(&sc->r, &site);
	put_card(&sc->r);
	sc->s.kv = sc->r.w.kv;
	buf_init(&sc->s.answer, ANSWER_MAX);
	buf_init(&sc->heard, HEARD_MAX);
	sc->a = arena_new(ARENA_MAX);
	return &sc->s;
}

static void close_scene(struct fault_scene *s)
{
	struct scene *sc = scene_of(s);

	session_free(sc->session);
	rig_like_close(&sc->r);
	buf_fini(&sc->heard);
	buf_fini(&s->answer);
	arena_free(sc->a);
	free(sc);
}

/* ---- driving ---- */

static bool calm; /* what leads up to the scene does not fail */

static void on(void)
{
	if (!calm)
		faults_on();
}

static void off(void)
{
	if (!calm)
		faults_off();
}

static bool collect(struct scene *sc)
{
	struct span out = session_output(sc->session);

	if (!out.len)
		return false;
	buf_bytes(&sc->heard, out);
	on();
	session_sent(sc->session, out.len, sc->r.now);
	off();
	return true;
}

/* One job to the writer and back; false when there was none. */
static bool work(struct scene *sc)
{
	struct job *j;
	bool any = false;

	on();
	while ((j = session_job(sc->session))) {
		writer_put(sc->r.writer, &j);
		any = true;
	}
	while (writer_due(sc->r.writer)) {
		must(writer_run(sc->r.writer, sc->r.now, &sc->r.e), &sc->r.e, "a batch");
		any = true;
	}
	sc->r.sv.mood = writer_mood(sc->r.writer);
	while ((j = writer_take(sc->r.writer))) {
		session_done(sc->session, &j, sc->r.now);
		any = true;
	}
	off();
	return any;
}

/* Say these bytes and hear all that comes of it. */
static void talk(struct scene *sc, struct span bytes)
{
	size_t at = 0;
	bool more = true;

	while (more) {
		size_t used;

		on();
		used = session_input(sc->session, span_of(bytes.data + at, bytes.len - at), NULL,
				     sc->r.now);
		off();
		at += used;
		more = used > 0;
		more |= work(sc);
		more |= collect(sc);
	}
}

static struct span frame_of(struct scene *sc, enum frame_type type, const void *m)
{
	struct buf b;
	struct span bytes;

	buf_init(&b, FRAME_HEADER + FRAME_MAX);
	must(wire_frame(&b, type, m, sc->a, &sc->r.e), &sc->r.e, "a frame");
	bytes = arena_copy(sc->a, buf_span(&b));
	buf_fini(&b);
	return bytes;
}

static long any_size(const void *arg, unsigned type, struct err *e)
{
	(void)arg;
	(void)e;
	return (long)frame_payload_max(type);
}

/* The next frame heard, from *at on; 0 none. */
static unsigned next_frame(struct scene *sc, size_t *at, union wire_any *m, struct span *bytes)
{
	struct span rest = span_of(sc->heard.data + *at, sc->heard.len - *at);
	struct frame f;
	size_t used;

	if (!rest.len || must(frame_decode(&f, &used, rest, any_size, NULL, &sc->r.e), &sc->r.e,
			      "a frame") != FRAME_READY)
		return 0;
	must(wire_decode(m, f.type, f.payload, sc->a, &sc->r.e), &sc->r.e, "a message");
	*bytes = span_of(rest.data, used);
	*at += used;
	return f.type;
}

static bool all_not_now(const struct wire_ack *m)
{
	for (size_t i = 0; i < m->verdict_count; i++)
		if (m->verdicts[i].verdict || m->verdicts[i].not_now != WIRE_BATCH_ABORTED)
			return false;
	return m->verdict_count > 0;
}

/* A buffer does not tell its limit from memory: an answer that found none may be called too large. */
static bool of_server(uint32_t code)
{
	return code == WIRE_INTERNAL || code == WIRE_BATCH_ABORTED || code == WIRE_ANSWER_TOO_LARGE;
}

/* Keep what was heard as the answer; or it is a failure that a device understands as one. */
static int judged(struct scene *sc, unsigned want,
		  void (*tell)(struct buf *, const union wire_any *))
{
	union wire_any m;
	struct span bytes;
	size_t at = 0;
	unsigned type;
	int rc = 0;

	while (!rc && (type = next_frame(sc, &at, &m, &bytes))) {
		if (type == FRAME_ERROR && of_server(m.error.code))
			rc = err_set(&sc->s.e, ERR_BUSY, "Error %s", wire_code_name(m.error.code));
		else if (type == FRAME_BUSY)
			rc = err_set(&sc->s.e, ERR_BUSY, "Busy %s", wire_code_name(m.busy.code));
		else if (type == FRAME_ACK && all_not_now(&m.ack))
			rc = err_set(&sc->s.e, ERR_BUSY, "not now");
		else if (tell && type == want)
			tell(&sc->s.answer, &m);
		else if (type != FRAME_CLOSE) /* a connection may also end without a word */
			buf_bytes(&sc->s.answer, bytes);
	}
	if (!rc && !sc->s.answer.len)
		rc = session_over(sc->session)
			     ? err_set(&sc->s.e, ERR_BUSY, "the connection ended")
			     : 0; /* silence: no answer at all, which nobody takes for the right one */
	return rc;
}

/* A new connection; false: not even that. */
static bool connect(struct scene *sc, const struct session_peer *peer)
{
	int rc;

	session_free(sc->session);
	sc->session = NULL;
	buf_reset(&sc->heard);
	arena_reset(sc->a);
	sc->r.draws = site.draws;
	faults_on();
	rc = session_new(&sc->session, &sc->r.sv, 7, peer, sc->r.now, &sc->s.e);
	faults_off();
	return !rc;
}

/* Say one frame behind a Hello that was heard; nothing fails before it. */
static void greeted(struct scene *sc, const struct dev *d)
{
	struct session_peer peer = peer_of_dev(&site, d);
	struct wire_hello h = dev_hello(&site, d);

	session_free(sc->session);
	arena_reset(sc->a);
	must(session_new(&sc->session, &sc->r.sv, 7, &peer, sc->r.now, &sc->r.e), &sc->r.e,
	     "a session");
	calm = true;
	talk(sc, frame_of(sc, FRAME_HELLO, &h));
	calm = false;
	buf_reset(&sc->heard);
}

/* ---- what is done ---- */

static int hello_with(struct scene *sc, const struct wire_hello *h, const struct dev *d)
{
	struct session_peer peer = peer_of_dev(&site, d);

	if (!connect(sc, &peer))
		return -ERR_NOMEM;
	talk(sc, frame_of(sc, FRAME_HELLO, h));
	return judged(sc, 0, NULL);
}

static int hello(struct fault_scene *s)
{
	struct wire_hello h = dev_hello(&site, &boss);

	return hello_with(scene_of(s), &h, &boss);
}

/* Of another installation of the device: an act of the writer's. */
static int hello_suspends(struct fault_scene *s)
{
	struct wire_hello h = dev_hello(&site, &boss);

	h.nonce[0] ^= 1;
	return hello_with(scene_of(s), &h, &boss);
}

/* Three ops and one that is refused, in one Submit. */
static int submit(struct fault_scene *s)
{
	struct scene *sc = scene_of(s);

	greeted(sc, &boss);
	talk(sc, frame_of(sc, FRAME_SUBMIT, &flight));
	return judged(sc, 0, NULL);
}

static int ask(struct scene *sc, enum frame_type type, const void *m)
{
	greeted(sc, &other);
	talk(sc, frame_of(sc, type, m));
	return judged(sc, 0, NULL);
}

static int pull(struct fault_scene *s)
{
	struct wire_pull m = { .prove_from = rig_lsn(&site) - 2 };

	return ask(scene_of(s), FRAME_PULL, &m);
}

static int receipt(struct fault_scene *s)
{
	struct wire_receipt_get m = { .lsn = 1 };

	return ask(scene_of(s), FRAME_RECEIPT_GET, &m);
}

static int prove(struct fault_scene *s)
{
	struct wire_prove m = { .old_size = 3, .size = rig_lsn(&site) };

	return ask(scene_of(s), FRAME_PROVE, &m);
}

static int query(struct fault_scene *s)
{
	struct wire_query m = { .unit = 6, .what = WIRE_TOTALS };

	return ask(scene_of(s), FRAME_QUERY, &m);
}

/* A certificate is signed anew each time: only that there is one is compared. */
static void tell_renewed(struct buf *b, const union wire_any *m)
{
	buf_printf(b, "renewed %d", m->renew_ack.certificate.len > 100);
}

static int renew(struct fault_scene *s)
{
	struct scene *sc = scene_of(s);
	struct wire_renew m = { .csr = buf_span(&csr) };

	greeted(sc, &other);
	sc->r.draws = site.draws;
	talk(sc, frame_of(sc, FRAME_RENEW, &m));
	return judged(sc, FRAME_RENEW_ACK, tell_renewed);
}

static void tell_enrolled(struct buf *b, const union wire_any *m)
{
	struct arena *a = arena_new(WIRE_ARENA);
	struct wire_enrol_answer t;
	struct err e = { 0 };

	must(wire_decode(&t, WIRE_ENROL_ANSWER, m->proved.message, a, &e), &e, "an answer");
	buf_printf(b, "device %" PRIx64 " person %u unit %u epoch %u %d", t.device, t.person,
		   t.unit, t.epoch, t.certificate.len > 100);
	arena_free(a);
}

static int enrol(struct fault_scene *s)
{
	struct scene *sc = scene_of(s);
	struct session_peer peer = { .verdict = CERT_UNREADABLE };
	struct wire_enrol_request q = { .version_min = 1, .version_max = 1, .csr = buf_span(&csr) };
	struct wire_proved p;
	struct buf b;

	if (!connect(sc, &peer))
		return -ERR_NOMEM;
	memcpy(q.code_id, card_key.id, sizeof(q.code_id));
	memset(q.seal_key, 0x41, sizeof(q.seal_key));
	memset(q.nonce, 0x42, sizeof(q.nonce));
	buf_init(&b, FRAME_SMALL_MAX);
	must(wire_encode(&b, WIRE_ENROL_REQUEST, &q, sc->a, &sc->r.e), &sc->r.e, "a request");
	p.message = buf_span(&b);
	p.proof = code_proof(&card_key, CODE_CLIENT, &peer.binding, p.message);
	talk(sc, frame_of(sc, FRAME_ENROL, &p));
	buf_fini(&b);
	return judged(sc, FRAME_ENROL_ACK, tell_enrolled);
}

/* ---- jobs of the console ---- */

static int job(struct scene *sc, struct job *j)
{
	int rc;

	sc->r.draws = site.draws;
	faults_on();
	writer_put(sc->r.writer, &j);
	must(writer_run(sc->r.writer, sc->r.now, &sc->r.e), &sc->r.e, "a batch");
	j = writer_take(sc->r.writer);
	faults_off();
	buf_printf(&sc->s.answer, "lsn %" PRIu64 " holder %u", j->lsn,
		   j->kind == JOB_CODE ? j->make.holder : 0);
	rc = !j->code ? 0
	     : j->code == WIRE_BATCH_ABORTED
		     ? err_set(&sc->s.e, ERR_BUSY, "not now")
		     : err_set(&sc->s.e, ERR_INVALID, "%s", wire_code_name(j->code));
	if (rc == -ERR_INVALID) /* a failure of the server's is nobody's mistake */
		rc = 0;
	if (rc)
		buf_reset(&sc->s.answer);
	job_free(j);
	return rc;
}

static struct job *console(struct scene *sc, enum job_kind kind)
{
	struct job *j = job_new(kind, 0, sc->r.now);

	j->by = SPAN_LIT("console:test");
	return j;
}

static int make_code(struct fault_scene *s)
{
	struct job *j = console(scene_of(s), JOB_CODE);

	j->make.unit = 5;
	j->make.role = ROLE_CLERK;
	j->make.name = SPAN_LIT("Lê Thị C");
	return job(scene_of(s), j);
}

static int revoke(struct fault_scene *s)
{
	struct job *j = console(scene_of(s), JOB_REVOKE);

	j->device = other.d.device;
	j->about.reason = SPAN_LIT("lost");
	return job(scene_of(s), j);
}

static int act(struct fault_scene *s)
{
	struct job *j = console(scene_of(s), JOB_ACT);

	j->act = build_unit(20, 3, UNIT_BASE_CELL, "C20", FORM_SHORT);
	return job(scene_of(s), j);
}

/* ---- what a thread begins with, and what the console shows ---- */

static int start(struct fault_scene *s)
{
	struct scene *sc = scene_of(s);
	struct codes_mem *codes = NULL;
	struct writer *w = NULL;
	struct writer_setup setup = { .ledger = sc->r.w.l, .log_key = &sc->r.w.key };
	struct server sv;
	int rc;

	faults_on();
	rc = server_init(&sv, sc->r.reader, &s->e);
	if (!rc)
		rc = codes_mem_new(&codes, 8, &s->e);
	if (!rc)
		rc = writer_new(&w, &setup, &s->e);
	if (!rc)
		rc = server_refresh(&sv, &s->e);
	writer_free(w);
	codes_mem_free(codes);
	server_fini(&sv);
	faults_off();
	return rc;
}

static int show(struct fault_scene *s)
{
	struct scene *sc = scene_of(s);
	const struct device_shown *d = NULL;
	size_t count = 0;
	int rc;

	arena_reset(sc->a);
	faults_on();
	rc = devices_show(&d, &count, sc->r.devices, sc->r.w.l, sc->a, &s->e);
	faults_off();
	for (size_t i = 0; i < count && !rc; i++)
		buf_printf(&s->answer, "%" PRIx64 " %u\n", d[i].device, d[i].unit);
	return rc;
}

/* ---- imports ---- */

static const char tree_csv[] = "code,parent,kind,name,reports,opened,closed,act\n"
			       "D3,P,direct,Đảng bộ huyện Núi Thành,no,2020-01-01,,12-QĐ/TU\n"
			       "D3.1,D3,base_committee,Đảng bộ xã Tam Hải,yes,2020-01-01,,\n"
			       "D3.2,D3,base_cell,Chi bộ Tam Quang,yes,2020-01-01,,\n";
static const char members_csv[] = "unit,date,members\nP,2021-12-31,71087\nD1,2021-12-31,3.100\n";
static const char bad_csv[] = "unit,date,members\nP,2021-12-31,71087\nD9,2021-12-31,3\n";
static const char targets_csv[] =
	"unit,period,measure,group,instrument,doc_no,doc_date,type,value,value_max,rate,base_date,"
	"base_value\n"
	"P,2022,admitted,,decision,426-QĐ/TU,2022-01-20,exact,1640,,,,\n"
	"D1,2022,admitted,,decision,12-QĐ/HU,2022-02-01,range,40,50,,,\n";
static const char figures_csv[] = "unit,form,from,to,measure,value\n"
				  "D1,yearly,2020-01-01,2020-12-31,admitted,31\n"
				  "D1,yearly,2020-01-01,2020-12-31,members_end,900\n"
				  "D9,yearly,2020-01-01,2020-12-31,admitted,3\n";
static const char claims_csv[] =
	"id,unit,from,to,measure,value,percent,of,instrument,source\n"
	"S4-1,P,2022-01-01,2022-09-22,admitted,1336,\"81,46\",target,decision,Báo cáo 9 tháng\n"
	"S4-2,P,2022-01-01,2022-12-31,admitted,1500,,,,Báo cáo năm\n";

static int import(struct fault_scene *s, enum import_kind kind, const char *text, int want)
{
	struct scene *sc = scene_of(s);
	struct import_how how = {
		.by = "console:test", .file = "a.csv", .now_ms = sc->r.w.now_ms, .key = &sc->r.w.key
	};
	struct import_result *out = calloc(1, sizeof(*out));
	int rc;

	arena_reset(sc->a);
	faults_on();
	rc = import_csv(out, sc->r.w.l, kind, span_str(text), &how, sc->a, &s->e);
	faults_off();
	if (rc == want) {
		rc = 0;
		buf_printf(&s->answer, "%zu rows %zu entries %zu notes %zu problems %s", out->rows,
			   out->entries, out->note_count, out->problem_count,
			   out->preview_count ? out->preview[0] : "");
	}
	free(out);
	return rc;
}

static int import_tree(struct fault_scene *s)
{
	return import(s, IMPORT_TREE, tree_csv, 0);
}

static int import_members(struct fault_scene *s)
{
	return import(s, IMPORT_MEMBERS, members_csv, 0);
}

static int import_targets(struct fault_scene *s)
{
	return import(s, IMPORT_TARGETS, targets_csv, 0);
}

static int import_figures(struct fault_scene *s)
{
	return import(s, IMPORT_FIGURES, figures_csv, 0);
}

static int import_claims(struct fault_scene *s)
{
	return import(s, IMPORT_CLAIMS, claims_csv, 0);
}

/* A bad row is blamed on the row also when memory is short, or on the memory: never both, never neither. */
static int import_bad(struct fault_scene *s)
{
	return import(s, IMPORT_MEMBERS, bad_csv, -ERR_INVALID);
}

/* ---- the site ---- */

static void site_open(void)
{
	struct scene sc = { .s = { .kv = NULL } };
	struct code typed;
	struct job *j;
	char text[CODE_TEXT_MAX];
	struct code_store codes;
	struct op op;

	rig_open(&site);
	op = build_form_text(form_small_monthly_text);
	world_act_now(&site.w, &op);
	op = build_form(&site.w, "yearly");
	world_act_now(&site.w, &op);
	op = build_unit(19, 1, UNIT_DIRECT, "D9", 0); /* where nobody reports yet */
	world_act_now(&site.w, &op);
	rig_device(&site, &boss, 4, ROLE_APPROVER);
	rig_device(&site, &other, 6, ROLE_CLERK);
	sc.r = site;
	j = console(&sc, JOB_CODE);
	j->make.unit = 5;
	j->make.role = ROLE_CLERK;
	j->make.name = SPAN_LIT("Lê Thị B");
	j = rig_job(&site, j);
	code_text(text, &j->make.secret);
	must(code_parse(&typed, NULL, span_str(text), &site.e), &site.e, "a code");
	card_key = code_key_of(&typed);
	job_free(j);
	codes = codes_mem_store(site.codes);
	must(codes.get(codes.ctx, card_key.id, &card_row, &site.e), &site.e, "its row");
	must(p256_generate(&own_key, &site.e), &site.e, "a key");
	buf_init(&csr, CERT_BYTES_MAX);
	must(cert_make_request(&csr, own_key, &site.e), &site.e, "a request");
	dev_make(&site, &boss);
	dev_make(&site, &boss);
	dev_make_body(&site, &boss, SPAN_LIT("\xff"));
	dev_make(&site, &boss);
	flight = dev_submit(&site, &boss, 1, 4);
}

static void site_close(void)
{
	p256_free(own_key);
	buf_fini(&csr);
	rig_close(&site);
}

#define SESSION(label, what, fewest)                                                  \
	{                                                                             \
		.name = label, .open = open_scene, .close = close_scene, .act = what, \
		.any_error = true, .either = true, .least = fewest                    \
	}
#define PLAIN(label, what, fewest)                                                    \
	{                                                                             \
		.name = label, .open = open_scene, .close = close_scene, .act = what, \
		.least = fewest                                                       \
	}

static const struct fault_case cases[] = {
	SESSION("hello", hello, 20),
	SESSION("hello: suspends", hello_suspends, 40),
	SESSION("submit", submit, 80),
	SESSION("pull", pull, 40),
	SESSION("receipt", receipt, 20),
	SESSION("prove", prove, 20),
	SESSION("query", query, 10),
	SESSION("renew", renew, 20),
	SESSION("enrol", enrol, 40),
	SESSION("make a code", make_code, 20),
	SESSION("revoke", revoke, 20),
	SESSION("act", act, 20),
	PLAIN("start", start, 10),
	PLAIN("show devices", show, 10),
	PLAIN("import tree", import_tree, 40),
	PLAIN("import members", import_members, 40),
	PLAIN("import targets", import_targets, 40),
	PLAIN("import figures", import_figures, 40),
	PLAIN("import claims", import_claims, 40),
	PLAIN("import a bad file", import_bad, 20),
};

int main(int argc, char **argv)
{
	/* OpenSSL keeps its own memory: what it holds for the life of the process is not lost here, and how often it asks
	 * hangs on chance. test_crypto_memory and test_net_memory have it fail. */
	OPENSSL_free(OPENSSL_malloc(1));
	site_open();
	faults_run(cases, ARRAY_LEN(cases), 500, argc, argv);
	site_close();
	return 0;
}
