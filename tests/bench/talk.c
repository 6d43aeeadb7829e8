#include "talk.h"

#include "bench.h"
#include "ledger/ledger.h"

#include <stdio.h>

void talk_begin(struct talk *t, struct client *who)
{
	*t = (struct talk){ .who = who };
}

static size_t wrong(struct talk *t, const char *what)
{
	if (!t->wrong)
		t->wrong = what;
	return 0;
}

static void see_head(struct talk *t, const struct wire_head *h)
{
	struct head head;

	if (h->signed_bytes.len && !head_decode(&head, h->signed_bytes, NULL))
		t->head_size = head.size;
}

static size_t hear_hello_ack(struct talk *t, const struct wire_hello_ack *m)
{
	static char text[64];

	if (m->code != WIRE_OK) {
		snprintf(text, sizeof(text), "HelloAck with code %u", m->code);
		return wrong(t, text);
	}
	t->greeted = true;
	t->requests_max = m->credit_requests;
	see_head(t, &m->head);
	return 0;
}

static size_t hear_ack(struct talk *t, const struct wire_ack *m)
{
	static char text[128];

	see_head(t, &m->head);
	for (size_t i = 0; i < m->verdict_count; i++) {
		const struct wire_verdict *v = &m->verdicts[i];

		if (v->verdict != VERDICT_ACCEPTED || !v->lsn) {
			snprintf(text, sizeof(text),
				 "op %llu: verdict %u, code %u, not now %u: %.*s",
				 (unsigned long long)v->seq, v->verdict, v->code, v->not_now,
				 (int)v->detail.len,
				 v->detail.data ? (const char *)v->detail.data : "");
			return wrong(t, text);
		}
		if (v->seq != t->acked_seq + 1)
			return wrong(t, "an op was passed over");
		t->acked_seq = v->seq;
		t->last_lsn = v->lsn;
	}
	if (m->acked_seq == t->who->author.seq && !hash_eq(&m->chain, &t->who->author.chain))
		return wrong(t, "the server's chain is another");
	return m->verdict_count;
}

size_t talk_hear(struct talk *t, const struct frame *f, struct arena *a)
{
	static char text[64];
	union wire_any m;
	struct err e = { 0 };

	arena_reset(a);
	if (wire_decode(&m, f->type, f->payload, a, &e))
		return wrong(t, "a frame that cannot be read");
	switch (f->type) {
	case FRAME_HELLO_ACK:
		return hear_hello_ack(t, &m.hello_ack);
	case FRAME_ACK:
		return hear_ack(t, &m.ack);
	case FRAME_PAGE:
		t->paged = true;
		return 0;
	case FRAME_ANSWER:
		t->answers++;
		t->answer_bytes += m.answer.json.len;
		if (t->kept) {
			buf_bytes(t->kept, m.answer.json);
			buf_u8(t->kept, '\n');
		}
		return 0;
	case FRAME_PROOF:
		t->answers++;
		t->answer_bytes += m.proof.nodes.len;
		return 0;
	default:
		snprintf(text, sizeof(text), "%s with code %u",
			 frame_type_name(f->type) ? frame_type_name(f->type) : "a frame",
			 f->type == FRAME_BUSY    ? m.busy.code
			 : f->type == FRAME_ERROR ? m.error.code
			 : f->type == FRAME_CLOSE ? m.close.code
						  : 0);
		return wrong(t, text);
	}
}

bool talk_done(const struct talk *t)
{
	return t->greeted && t->acked_seq == t->who->author.seq && (t->paged || !t->who->pulls);
}

struct costs costs_now(pid_t server)
{
	return (struct costs){ bench_now_s(), bench_cpu_s(), bench_pid_cpu_s(server),
			       bench_machine_s() };
}

struct costs costs_since(const struct costs *then, pid_t server)
{
	struct costs now = costs_now(server);

	now.now_s -= then->now_s;
	now.cpu_s -= then->cpu_s;
	now.server_s -= then->server_s;
	now.machine_s -= then->machine_s;
	return now;
}

double costs_foreign_percent(const struct costs *s)
{
	double others = s->machine_s - s->cpu_s - s->server_s;

	return others > 0 && s->now_s > 0 ? others / s->now_s * 100 : 0;
}
