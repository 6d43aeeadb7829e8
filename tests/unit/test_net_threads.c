/* A server of two loops on one port, as the real one: contexts and sessions shared, answers made by a
 * third thread, certificates reloaded meanwhile, clients on loops of their own. */
#include "net_world.h"

enum { SERVERS = 2, CLIENTS = 2, VISITS = 60 };

static const char question[] = "what is the matter?";

/* --- the writer: answers come from its thread ------------------------------------------------------ */

struct job {
	struct loop_task task; /* first: it goes back to the loop as one */
	struct job *next;
	struct end *end;
};

static struct {
	pthread_mutex_t lock;
	pthread_cond_t some;
	struct job *first, **last;
	bool stop;
	unsigned done;
} writer = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, NULL, &writer.first, false, 0 };

/* On the loop's thread; the connection may have gone meanwhile. */
static void deliver(struct loop_task *t)
{
	struct job *job = (struct job *)t;

	if (job->end->conn)
		conn_write(job->end->conn, SPAN_LIT("!"), NULL);
	free(job);
}

static void *write_jobs(void *arg)
{
	(void)arg;
	pthread_mutex_lock(&writer.lock);
	for (;;) {
		struct job *job = writer.first;

		if (!job && writer.stop)
			break;
		if (!job) {
			pthread_cond_wait(&writer.some, &writer.lock);
			continue;
		}
		writer.first = job->next;
		if (!writer.first)
			writer.last = &writer.first;
		writer.done++;
		pthread_mutex_unlock(&writer.lock);
		if (!loop_post(job->end->rig->loop, &job->task))
			free(job);
		pthread_mutex_lock(&writer.lock);
	}
	pthread_mutex_unlock(&writer.lock);
	return NULL;
}

static size_t hand_to_writer(struct end *s, struct span bytes)
{
	struct job *job;

	if (bytes.len < sizeof(question))
		return 0;
	CHECK(!memcmp(bytes.data, question, sizeof(question)));
	job = calloc(1, sizeof(*job));
	CHECK(job);
	job->task.run = deliver;
	job->end = s;
	pthread_mutex_lock(&writer.lock);
	*writer.last = job;
	writer.last = &job->next;
	pthread_cond_signal(&writer.some);
	pthread_mutex_unlock(&writer.lock);
	return sizeof(question);
}

/* --- threads ------------------------------------------------------------------------------------- */

static void *serve(void *arg)
{
	OK(loop_run(((struct rig *)arg)->loop, E));
	return NULL;
}

struct visitor {
	struct rig rig; /* only its loop and its client's half */
	struct end end;
	struct tls_session *session;
	unsigned visits, resumed;
	bool cut;
};

static void ask(struct end *c)
{
	struct visitor *v = c->mine;

	OK(conn_write(c->conn, span_of(question, sizeof(question)), E));
	v->cut = v->visits % 10 == 9;
	if (v->cut)
		conn_abort(c->conn);
}

static size_t answered(struct end *c, struct span bytes)
{
	conn_close(c->conn);
	return bytes.len;
}

static void come_again(struct end *c)
{
	struct visitor *v = c->mine;

	CHECK(c->up && (v->cut || c->got == 1));
	v->resumed += c->resumed;
	tls_session_free(v->session);
	v->session = c->session;
	c->session = NULL;
	if (++v->visits == VISITS)
		loop_stop(v->rig.loop);
	else
		rig_connect(&v->rig, c, v->session);
}

static void *visit(void *arg)
{
	struct visitor *v = arg;

	OK(loop_new(&v->rig.loop, clock_steady, E));
	v->rig.client_up = ask;
	v->rig.client_bytes = answered;
	v->rig.client_down = come_again;
	v->rig.keep_running = true;
	v->end.mine = v;
	rig_connect(&v->rig, &v->end, NULL);
	OK(loop_run(v->rig.loop, E));
	loop_free(v->rig.loop);
	tls_session_free(v->session);
	return NULL;
}

static void share(struct rig *to, const struct rig *from)
{
	to->server_tls = from->server_tls;
	to->client_tls = from->client_tls;
	to->at = from->at;
}

/* --- one server of two loops --------------------------------------------------------------------- */

static void open_servers(struct rig servers[SERVERS])
{
	rig_init(&servers[0]);
	servers[0].share_port = true;
	servers[0].server_bytes = hand_to_writer;
	servers[0].keep_running = true;
	rig_open(&servers[0]);
	for (int i = 1; i < SERVERS; i++) {
		rig_init(&servers[i]);
		servers[i].share_port = true;
		servers[i].server_bytes = hand_to_writer;
		servers[i].keep_running = true;
		servers[i].at = servers[0].at;
		rig_open(&servers[i]);
		tls_free(servers[i].server_tls); /* one context, one cache for all */
		tls_free(servers[i].client_tls);
		share(&servers[i], &servers[0]);
	}
}

static void close_servers(struct rig servers[SERVERS])
{
	for (int i = SERVERS - 1; i >= 0; i--) {
		if (i)
			servers[i].server_tls = servers[i].client_tls = NULL;
		rig_fini(&servers[i]);
	}
}

int main(void)
{
	static struct rig servers[SERVERS];
	static struct visitor visitors[CLIENTS];
	pthread_t serving[SERVERS], visiting[CLIENTS], writing;
	unsigned resumed = 0, accepted = 0;

	open_servers(servers);
	CHECK(!pthread_create(&writing, NULL, write_jobs, NULL));
	for (int i = 0; i < SERVERS; i++)
		CHECK(!pthread_create(&serving[i], NULL, serve, &servers[i]));
	for (int i = 0; i < CLIENTS; i++) {
		share(&visitors[i].rig, &servers[0]);
		CHECK(!pthread_create(&visiting[i], NULL, visit, &visitors[i]));
	}
	for (int i = 0; i < 3; i++) {
		usleep(30000);
		OK(tls_reload(servers[0].server_tls, &servers[0].server_config, E));
	}
	for (int i = 0; i < CLIENTS; i++) {
		pthread_join(visiting[i], NULL);
		CHECK(visitors[i].visits == VISITS);
		resumed += visitors[i].resumed;
	}
	/* The loops go while answers may still be on their way to them. */
	for (int i = 0; i < SERVERS; i++) {
		loop_stop(servers[i].loop);
		pthread_join(serving[i], NULL);
		accepted += servers[i].accepted;
	}
	pthread_mutex_lock(&writer.lock);
	writer.stop = true;
	pthread_cond_signal(&writer.some);
	pthread_mutex_unlock(&writer.lock);
	pthread_join(writing, NULL);
	CHECK(writer.done >= CLIENTS * VISITS * 9 / 10);
	CHECK(accepted == CLIENTS * VISITS);
	CHECK(servers[0].accepted && servers[1].accepted); /* the system spreads them */
	/* Only the first, those after a cut before the session came, and those after a reload are full
	 * handshakes, whichever loop a client came to before. */
	fprintf(stderr, "%u of %u resumed\n", resumed, accepted);
	CHECK(resumed >= CLIENTS * VISITS * 6 / 10);
	close_servers(servers);
	return 0;
}
