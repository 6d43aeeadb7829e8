/* A data directory: the store, its keys, and a lock that says who has it.
 *
 *	store/       the LMDB environment
 *	log.key      seed of the key that signs heads, 0600
 *	ca.key       the province's own CA, 0600; ca.pem its certificate
 *	lock         held by the process that has the directory open to write
 *	server.key   of TLS, 0600; server.pem its certificate; seal.key what is sealed to the server
 *	keys/        wraps of the register of persons, an LMDB environment of its own, 0700; never in a backup
 *	codes/       one file for each enrolment code, 0600
 *	hands        the ops in work, so that one that takes the server down is known when it comes again
 *	behind       there while nothing may be written: a device has shown a head that the log lacks
 *	successor    beside it when it was the head of a standby that was promoted: who goes on in its place
 *	standby/     of a standby alone: who it is, what it follows: standby_dir.h
 *	course       how far the log has come, and since when it is in doubt: store_course.h
 *	address      where devices reach the server, as it served last
 *	control      socket for local commands while a server runs
 *	given.*      a large file on its way to the server: spool.h
 *	VERSION      "ketnap data 1" */
#ifndef SERVER_STORE_DIR_H
#define SERVER_STORE_DIR_H

#include "ledger/ledger.h"

#include "store_files.h"

enum { STORE_VERSION = 1 };

struct store_dir {
	const char *path;
	int lock_fd; /* -1: none */
	struct kv *kv;
	struct ledger *ledger;
	struct ed25519_key log_key;
};

/* What a new data directory is told. */
struct store_birth {
	bool illustrative; /* as in ledger.h */
	const char *by;
	int64_t ledger_ms; /* receive time of the first entry */
	int64_t now_ms; /* from which the CA is valid: of the real world, in an illustrative store too */
};

/* Make an empty data directory and open it; store_dir_made() ends it. The folder is made, or may be there and empty. On
 * failure what was made is removed again. -ERR_EXISTS, -ERR_DENIED, -ERR_IO, -ERR_FULL. */
int store_dir_create(struct store_dir *s, const char *path, const struct store_birth *b,
		     struct err *e);

/* All that belongs in a new directory is there: until this is said nothing opens it, so that one whose making was cut
 * short, without a key or a unit, is used by nobody. */
int store_dir_made(const char *path, struct err *e);

/* -ERR_NOTFOUND (no data directory), -ERR_VERSION, -ERR_BUSY (another process has it), -ERR_DENIED,
 * -ERR_CORRUPT. */
int store_dir_open(struct store_dir *s, const char *path, struct err *e);
/* Only to read, whoever has it or comes to have it: the lock is left to them, the key where it is. What it shows is of
 * the moment; see ledger_hold(). */
int store_dir_open_beside(struct store_dir *s, const char *path, struct err *e);
/* A standby's: with the lock, without the key. s->ledger is NULL as long as it has no entry. */
int store_dir_open_standby(struct store_dir *s, const char *path, struct err *e);
/* Makes what is missing of an empty directory for a standby, or one that was being made. -ERR_EXISTS: it is another's. */
int store_dir_create_standby(struct store_dir *s, const char *path, struct err *e);
/* Makes a directory with a copy of a store in it, and opens it without the key; store_dir_made() ends it. On failure what
 * was made is removed. -ERR_EXISTS: there is one. */
int store_dir_rebuild(struct store_dir *s, const char *path, const char *copy, struct err *e);
bool store_dir_is_standby(const char *path);
/* Signs a log: no standby, also one that was only begun, and nothing rebuilt to be read only. */
bool store_dir_has_key(const char *dir);
/* A store whose keys are not there: rebuilt without them. */
bool store_dir_is_keyless(const char *path);
/* From now on an ordinary directory: remove what makes it a standby's. *left: what could not be removed behind that, or
 * not be made certain on the disk, if anything (code ERR_NONE); it is done all the same. */
int store_dir_stand_up(const char *path, struct err *left, struct err *e);
/* The seed of the key that signs heads, by which this store is the server's. -ERR_CORRUPT: another store's. */
int store_dir_take_log_key(struct store_dir *s, struct err *e);
/* Has a device shown a signed head that this log lacks? Then nothing is written until a person has looked. */
bool store_dir_is_behind(const struct store_dir *s);
/* Remembered on disk. `successor`: the incarnation of a standby that was promoted and goes on instead, or NULL. */
int store_dir_fell_behind(const struct store_dir *s, const uint8_t successor[16], struct err *e);
/* Was it such a one? Then this directory has been succeeded, for good. */
bool store_dir_is_succeeded(const struct store_dir *s);
void store_dir_caught_up(const struct store_dir *s); /* after another incarnation has begun */
/* The newest time that a device may judge certificates by besides its own clock: of the newest entry; none
 * is too late where the store's clock is set by people. */
int64_t store_dir_known_ms(const struct store_dir *s);
void store_dir_close(struct store_dir *s);
/* After a failed `init`: take away what store_dir_create() made. */
void store_dir_remove(const char *path);
#endif
