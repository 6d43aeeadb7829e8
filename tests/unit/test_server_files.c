/* What a server keeps beside its store: enrolment codes, the op in hand, its keys. */
#include <criterion/criterion.h>

#include "codes_dir.h"
#include "hands_file.h"
#include "server/enrol.h"
#include "server_keys.h"
#include "spool.h"
#include "standby_dir.h"
#include "store_dir.h"

#include "build.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char dir[] = "/tmp/ketnap-files.XXXXXX";
static struct err e;

static void make_dir(void)
{
	cr_assert_not_null(mkdtemp(dir));
}

static void drop_dir(void)
{
	char command[64];

	snprintf(command, sizeof(command), "rm -rf %s", dir);
	cr_assert_eq(system(command), 0);
}

/* ---- codes ---- */

static struct code_row row_of(uint8_t n)
{
	struct code_row row = { .expires_ms = 1000000, .unit = n, .person = 7 };

	memset(row.key.id, n, sizeof(row.key.id));
	memset(row.key.key.b, n + 1, sizeof(row.key.key.b));
	return row;
}

static size_t files_in(const char *name)
{
	char path[128];
	size_t count = 0;
	DIR *d;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	d = opendir(path);
	cr_assert_not_null(d);
	for (struct dirent *at; (at = readdir(d));)
		count += at->d_name[0] != '.';
	closedir(d);
	return count;
}

TestSuite(codes_dir, .init = make_dir, .fini = drop_dir);

Test(codes_dir, kept_changed_and_deleted)
{
	struct code_row row = row_of(3), got;
	struct codes_dir *d;
	struct code_store s;
	struct stat st;
	char path[256];

	cr_assert_eq(codes_dir_open(&d, dir, &e), 0);
	s = codes_dir_store(d);
	cr_assert_eq(s.get(s.ctx, row.key.id, &got, &e), -ERR_NOTFOUND);
	cr_assert_eq(s.put(s.ctx, &row, &e), 0, "%s", e.msg);
	row.device = 99;
	row.used_ms = 5;
	memset(row.request.b, 9, HASH_BYTES);
	cr_assert_eq(s.put(s.ctx, &row, &e), 0, "in its place");
	codes_dir_close(d);
	cr_assert_eq(codes_dir_open(&d, dir, &e), 0, "again");
	s = codes_dir_store(d);
	cr_assert_eq(s.get(s.ctx, row.key.id, &got, &e), 0);
	cr_assert(!memcmp(got.key.id, row.key.id, CODE_ID_BYTES) &&
		  hash_eq(&got.key.key, &row.key.key));
	cr_assert(got.expires_ms == 1000000 && got.unit == 3 && got.person == 7);
	cr_assert(got.device == 99 && got.used_ms == 5 && hash_eq(&got.request, &row.request));
	cr_assert_eq(files_in("codes"), 1, "nothing half written stays");
	snprintf(path, sizeof(path), "%s/codes/%s", dir, "03030303030303030303030303030303");
	cr_assert_eq(stat(path, &st), 0);
	cr_assert_eq(st.st_mode & 0777, 0600);
	cr_assert_eq(s.del(s.ctx, row.key.id, &e), 0);
	cr_assert_eq(s.del(s.ctx, row.key.id, &e), 0, "absent is fine");
	cr_assert_eq(files_in("codes"), 0);
	codes_dir_close(d);
}

Test(codes_dir, a_changed_byte_is_noticed)
{
	struct code_row row = row_of(3), got;
	struct codes_dir *d;
	struct code_store s;
	char path[256];
	FILE *f;

	cr_assert_eq(codes_dir_open(&d, dir, &e), 0);
	s = codes_dir_store(d);
	cr_assert_eq(s.put(s.ctx, &row, &e), 0);
	snprintf(path, sizeof(path), "%s/codes/%s", dir, "03030303030303030303030303030303");
	for (long at = 0; at < 140; at += 7) {
		int was;

		f = fopen(path, "r+");
		fseek(f, at, SEEK_SET);
		was = fgetc(f);
		if (was == EOF) {
			fclose(f);
			break;
		}
		fseek(f, at, SEEK_SET);
		fputc(was ^ 1, f);
		fclose(f);
		cr_assert_eq(s.get(s.ctx, row.key.id, &got, &e), -ERR_CORRUPT, "byte %ld", at);
		f = fopen(path, "r+");
		fseek(f, at, SEEK_SET);
		fputc(was, f);
		fclose(f);
	}
	cr_assert_eq(s.get(s.ctx, row.key.id, &got, &e), 0);
	cr_assert_eq(truncate(path, 40), 0);
	cr_assert_eq(s.get(s.ctx, row.key.id, &got, &e), -ERR_CORRUPT);
	codes_dir_close(d);
}

/* Only what nobody can use goes: a code whose device never came to be is free still. */
Test(codes_dir, tidied)
{
	struct code_row open = row_of(1), expired = row_of(2), used = row_of(3), again = row_of(4),
			lost = row_of(5), got;
	struct codes_dir *d;
	struct code_store s;
	struct device dev;
	struct world w;

	world_open(&w, false, false);
	build_small_tree(&w);
	world_begin(&w);
	dev = world_device(&w, 4, ROLE_CLERK);
	world_commit(&w);
	cr_assert_eq(codes_dir_open(&d, dir, &e), 0);
	s = codes_dir_store(d);
	open.expires_ms = used.expires_ms = again.expires_ms = lost.expires_ms = INT64_C(100) *
										 ENROL_AGAIN_MS;
	expired.expires_ms = ENROL_AGAIN_MS;
	used.device = again.device = dev.device;
	used.used_ms = 0;
	again.used_ms = 2 * ENROL_AGAIN_MS - 1;
	lost.device = 12345;
	s.put(s.ctx, &open, &e);
	s.put(s.ctx, &expired, &e);
	s.put(s.ctx, &used, &e);
	s.put(s.ctx, &again, &e);
	s.put(s.ctx, &lost, &e);
	cr_assert_eq(codes_dir_tidy(d, w.l, 2 * ENROL_AGAIN_MS, &e), 0);
	cr_assert_eq(s.get(s.ctx, open.key.id, &got, &e), 0);
	cr_assert_eq(s.get(s.ctx, expired.key.id, &got, &e), -ERR_NOTFOUND);
	cr_assert_eq(s.get(s.ctx, used.key.id, &got, &e), -ERR_NOTFOUND);
	cr_assert_eq(s.get(s.ctx, again.key.id, &got, &e), 0, "may come once more within the hour");
	cr_assert_eq(s.get(s.ctx, lost.key.id, &got, &e), 0);
	codes_dir_close(d);
	world_close(&w);
}

/* ---- hands ---- */

static const struct op_id bad = { 7, 1, 3 }, good = { 7, 1, 2 };

/* A process that handles `good`, then dies with `bad` in hand. Was `bad` let through? */
static bool life(void)
{
	struct hands_file *h;
	struct writer_hands hands;
	pid_t pid = fork();
	int status;

	if (!pid) {
		if (hands_file_open(&h, dir, NULL))
			_exit(9);
		hands = hands_file_hands(h);
		if (!hands.hold(hands.ctx, good))
			_exit(8);
		hands.release(hands.ctx);
		if (!hands.hold(hands.ctx, bad))
			_exit(0);
		abort();
	}
	waitpid(pid, &status, 0);
	cr_assert(WIFSIGNALED(status) || WEXITSTATUS(status) == 0, "status %x", status);
	return WIFSIGNALED(status);
}

Test(hands_file, an_op_that_kills_twice_is_parked, .init = make_dir, .fini = drop_dir)
{
	cr_assert(life());
	cr_assert(life());
	cr_assert(!life(), "the third time it is known");
	cr_assert(!life(), "and stays so");
}

Test(hands_file, another_files_bytes_are_no_suspects, .init = make_dir, .fini = drop_dir)
{
	struct hands_file *h;
	struct writer_hands hands;
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "%s/hands", dir);
	f = fopen(path, "w");
	for (int i = 0; i < 2000; i++)
		fputc(0xff, f);
	fclose(f);
	cr_assert_eq(hands_file_open(&h, dir, &e), 0);
	hands = hands_file_hands(h);
	cr_assert(hands.hold(hands.ctx, bad));
	hands.release(hands.ctx);
	hands_file_close(h);
}

/* ---- keys ---- */

static const uint8_t store_id[16] = "a store";

static int64_t made_ms(void)
{
	day_t d;

	day_from_ymd(&d, 2022, 9, 22);
	return instant_of_day_start(d);
}

static void put_ca(void)
{
	const uint8_t serial[CERT_SERIAL_BYTES] = { 1 };
	struct p256_key *key;
	struct buf der, pem;

	buf_init(&der, 4096);
	buf_init(&pem, 4096);
	cr_assert_eq(p256_generate(&key, &e), 0);
	cr_assert_eq(p256_save_pem(key, &pem, &e), 0);
	cr_assert_eq(store_dir_put(dir, "ca.key", buf_span(&pem), 0600, &e), 0);
	cr_assert_eq(cert_make_ca(&der, key, store_id, serial, made_ms(), &e), 0);
	buf_reset(&pem);
	cr_assert_eq(cert_pem_save(&pem, CERT_PEM_CERTIFICATE, buf_span(&der), &e), 0);
	cr_assert_eq(store_dir_put(dir, "ca.pem", buf_span(&pem), 0644, &e), 0);
	p256_free(key);
	buf_fini(&der);
	buf_fini(&pem);
}

Test(server_keys, renewed_from_half_life_on_with_the_same_key, .init = make_dir, .fini = drop_dir)
{
	const int64_t day_ms = 86400000;
	struct server_cert first, same, later;
	struct cert_info a, b;

	put_ca();
	cr_assert_eq(server_cert_load(&first, dir, store_id, made_ms(), 0, &e), 0, "%s", e.msg);
	cr_assert_eq(server_cert_load(&same, dir, store_id, made_ms() + 300 * day_ms, 0, &e), 0);
	cr_assert(span_eq(buf_span(&first.cert), buf_span(&same.cert)), "not yet");
	cr_assert(same.renew_ms > made_ms() + 300 * day_ms &&
		  same.renew_ms < made_ms() + 370 * day_ms);
	cr_assert_eq(server_cert_load(&later, dir, store_id, same.renew_ms, 0, &e), 0);
	cr_assert(!span_eq(buf_span(&first.cert), buf_span(&later.cert)));
	cr_assert_eq(cert_verify(&a, NULL, buf_span(&first.cert), buf_span(&first.ca), CERT_SERVER,
				 made_ms(), &e),
		     0);
	cr_assert_eq(cert_verify(&b, NULL, buf_span(&later.cert), buf_span(&later.ca), CERT_SERVER,
				 same.renew_ms, &e),
		     0);
	cr_assert(p256_public_eq(&a.key, &b.key));
	cr_assert(!memcmp(a.subject.server, store_id, sizeof(store_id)));
	cr_assert_gt(b.not_after_ms, a.not_after_ms);
	server_cert_fini(&first);
	server_cert_fini(&same);
	server_cert_fini(&later);
}

static struct cert_info loaded(int64_t real_ms, int64_t known_ms)
{
	struct server_cert c;
	struct cert_info info;

	cr_assert_eq(server_cert_load(&c, dir, store_id, real_ms, known_ms, &e), 0, "%s", e.msg);
	cr_assert_eq(cert_verify(&info, NULL, buf_span(&c.cert), buf_span(&c.ca), CERT_SERVER,
				 real_ms, &e),
		     0, "by its own clock");
	server_cert_fini(&c);
	return info;
}

/* Devices judge by the newest head: it must be good to them too, and to one that heard it before an older copy of
 * the store was put back. */
Test(server_keys, outlives_a_log_that_ran_ahead, .init = make_dir, .fini = drop_dir)
{
	const int64_t year_ms = 365 * INT64_C(86400000), now = made_ms();
	struct cert_info ahead, right, after;

	put_ca();
	(void)loaded(now, now);
	ahead = loaded(now + 3 * year_ms, now);
	cr_assert_gt(ahead.not_before_ms, now, "made by the wrong clock");
	right = loaded(now, now + 3 * year_ms);
	cr_assert_lt(right.not_before_ms, now);
	cr_assert_geq(right.not_after_ms, now + 4 * year_ms);
	after = loaded(now, now);
	cr_assert_geq(after.not_after_ms, right.not_after_ms, "no shorter than before");
	after = loaded(now, INT64_MAX);
	cr_assert_geq(after.not_after_ms, now + 4 * year_ms);
}

Test(server_keys, grows_with_the_log_and_ends_with_the_ca, .init = make_dir, .fini = drop_dir)
{
	const int64_t year_ms = 365 * INT64_C(86400000), now = made_ms();
	struct cert_info first, second;

	put_ca();
	first = loaded(now, now);
	cr_assert_lt(first.not_after_ms, now + 2 * year_ms + 1);
	second = loaded(now, now + 3 * year_ms);
	cr_assert_gt(second.not_after_ms, now + 3 * year_ms, "the log has run past it");
	first = loaded(now, INT64_MAX);
	cr_assert_lt(first.not_after_ms, now + 21 * year_ms);
	second = loaded(now, INT64_MAX);
	cr_assert(!memcmp(first.serial, second.serial, sizeof(first.serial)),
		  "there is no longer one: not made anew each time");
}

Test(server_keys, the_sealing_key_stays, .init = make_dir, .fini = drop_dir)
{
	struct seal_key a, b;

	cr_assert_eq(server_seal_key(&a, dir, &e), 0);
	cr_assert_eq(server_seal_key(&b, dir, &e), 0);
	cr_assert(!memcmp(&a.public, &b.public, sizeof(a.public)));
	cr_assert_eq(store_dir_put(dir, "seal.key", SPAN_LIT("short"), 0600, &e), 0);
	cr_assert_eq(server_seal_key(&b, dir, &e), -ERR_CORRUPT);
}

/* ---- files on their way to a server ---- */

static const char *in_dir(const char *name)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static void file_of(const char *name, size_t bytes)
{
	FILE *f = fopen(in_dir(name), "wb");

	cr_assert_not_null(f);
	for (size_t i = 0; i < bytes; i++)
		fputc((int)(i * 7 % 251), f);
	cr_assert_eq(fclose(f), 0);
}

Test(server_files, a_large_file_lies_in_the_directory_on_its_way, .init = make_dir,
     .fini = drop_dir)
{
	enum { BYTES = 3000001 };
	char name[SPOOL_NAME_MAX], from[128];
	uint8_t *text;
	struct stat st;
	size_t len;

	file_of("table.csv", BYTES);
	snprintf(from, sizeof(from), "%s", in_dir("table.csv"));
	cr_assert_eq(spool_put(name, dir, from, BYTES, &e), 0, "%s", e.msg);
	cr_assert(spool_is_name(span_str(name)), "%s", name);
	cr_assert_eq(stat(in_dir(name), &st), 0);
	cr_assert_eq(st.st_mode & 0777, 0600);
	cr_assert_eq(path_read(&text, &len, in_dir(name), BYTES, &e), 0);
	cr_assert_eq(len, BYTES);
	for (size_t i = 0; i < len; i++)
		cr_assert_eq(text[i], i * 7 % 251);
	free(text);
	spool_drop(dir, name);
	cr_assert_eq(files_in("."), 1);
	/* too large, or not there: nothing is left */
	cr_assert_eq(spool_put(name, dir, from, BYTES - 1, &e), -ERR_RANGE);
	cr_assert_eq(spool_put(name, dir, "/nowhere/table.csv", BYTES, &e), -ERR_NOTFOUND);
	cr_assert_eq(files_in("."), 1);
	/* somebody was killed */
	cr_assert_eq(spool_put(name, dir, from, BYTES, &e), 0);
	spool_tidy(dir);
	cr_assert_eq(files_in("."), 1, "only what is no copy stays");
	cr_assert_eq(access(from, R_OK), 0);
}

Test(server_files, only_a_name_of_a_copy_is_one)
{
	static const char *const wrong[] = { "",
					     "given.",
					     "given.0123456789abcde",
					     "given.0123456789abcdef0",
					     "given.0123456789ABCDEF",
					     "given.../../log.key/00",
					     "Given.0123456789abcdef",
					     "given./23456789abcdef/",
					     "log.key" };

	cr_assert(spool_is_name(SPAN_LIT("given.0123456789abcdef")));
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
		cr_assert_not(spool_is_name(span_str(wrong[i])), "%s", wrong[i]);
}

/* ---- the data directory ---- */

/* A store whose last pages were taken and given back before they were written: its length, which is less than that of
 * its pages. */
static off_t make_short(const char *path, const char *file)
{
	static uint8_t large[KV_VALUE_MAX];
	struct store_birth birth = { .by = "console:test", .ledger_ms = 1, .now_ms = made_ms() };
	struct kv_health h;
	struct store_dir s;
	struct kv_txn *t;
	struct stat st;

	cr_assert_eq(store_dir_create(&s, path, &birth, &e), 0, "%s", e.msg);
	cr_assert_eq(store_dir_made(path, &e), 0);
	for (int i = 0; i < 3;
	     i++) { /* they go back to a list of free pages that is read already */
		bool last = i == 2;

		cr_assert_eq(kv_begin(&t, s.kv, KV_WRITE, &e), 0);
		cr_assert_eq(kv_put(t, LEDGER_TABLES - 1, SPAN_LIT("k"),
				    span_of(large, last ? sizeof(large) : 1), &e),
			     0);
		cr_assert_eq(last ? kv_del(t, LEDGER_TABLES - 1, SPAN_LIT("k"), &e) : 0, 0);
		cr_assert_eq(kv_commit(&t, &e), 0, "%s", e.msg);
	}
	cr_assert_eq(kv_health(s.kv, &h, &e), 0);
	store_dir_close(&s);
	cr_assert_eq(stat(file, &st), 0);
	cr_assert_lt(st.st_size + (off_t)sizeof(large) / 2, (off_t)h.used_bytes);
	return st.st_size;
}

static off_t bytes_after(int open_it(struct store_dir *, const char *, struct err *),
			 const char *path, const char *file)
{
	struct store_dir s;
	struct stat st;

	cr_assert_eq(open_it(&s, path, &e), 0, "%s", e.msg);
	store_dir_close(&s);
	cr_assert_eq(stat(file, &st), 0);
	return st.st_size;
}

Test(store_dir, a_file_that_lacks_free_pages_alone_is_left_as_long_as_it_is, .init = make_dir,
     .fini = drop_dir)
{
	char path[64], file[128];
	struct store_dir s;
	off_t sound;

	snprintf(path, sizeof(path), "%s/s", dir);
	snprintf(file, sizeof(file), "%s/store/data.mdb", path);
	sound = make_short(path, file);
	cr_assert_eq(bytes_after(store_dir_open_beside, path, file), sound);
	cr_assert_eq(bytes_after(store_dir_open, path, file), sound);
	cr_assert_eq(truncate(file, sound / 2), 0);
	cr_assert_eq(store_dir_open(&s, path, &e), -ERR_CORRUPT);
	cr_assert_eq(store_dir_open_beside(&s, path, &e), -ERR_CORRUPT);
	cr_assert(strstr(e.msg, "was cut short"), "%s", e.msg);
}

/* ---- a standby's ---- */

static struct buf key_on_disk(void)
{
	struct buf b;

	buf_init(&b, 8192);
	cr_assert_eq(store_dir_get(&b, dir, "standby/key.pem", &e), 0, "%s", e.msg);
	return b;
}

/* The key that an answer was lost of is what its certificate will be of: another one only where there is none yet. */
Test(standby_dir, a_key_stays_while_what_is_beside_it_cannot_be_read, .init = make_dir,
     .fini = drop_dir)
{
	char nonce[64], aside[64];
	struct p256_key *key = NULL;
	struct buf made, now;
	struct standby s;

	snprintf(nonce, sizeof(nonce), "%s/standby", dir);
	cr_assert_eq(mkdir(nonce, 0700), 0);
	standby_init(&s);
	cr_assert_eq(standby_prepare(&s, &key, dir, &e), 0, "%s", e.msg);
	p256_free(key);
	standby_fini(&s);
	made = key_on_disk();

	snprintf(nonce, sizeof(nonce), "%s/standby/nonce", dir);
	snprintf(aside, sizeof(aside), "%s/standby/aside", dir);
	cr_assert_eq(rename(nonce, aside), 0);
	cr_assert_eq(mkdir(nonce, 0700), 0); /* opens, and every read fails */
	standby_init(&s);
	cr_assert_eq(standby_prepare(&s, &key, dir, &e), -ERR_IO);
	p256_free(key);
	standby_fini(&s);
	now = key_on_disk();
	cr_assert(span_eq(buf_span(&now), buf_span(&made)));
	buf_fini(&now);

	cr_assert_eq(rmdir(nonce), 0);
	cr_assert_eq(rename(aside, nonce), 0);
	standby_init(&s);
	cr_assert_eq(standby_prepare(&s, &key, dir, &e), 0, "%s", e.msg);
	p256_free(key);
	cr_assert(span_eq(buf_span(&s.key), buf_span(&made)));
	standby_fini(&s);
	buf_fini(&made);
}
