/* The data directory of a device.
 *
 *	VERSION      "ketnap device 1"; written last, so a folder without it is not enrolled yet
 *	store/       the LMDB environment: what was pulled, the own ops, drafts
 *	install      16 random bytes as hex and the number of this folder, drawn when first needed. It
 *	             stands outside store/, and is drawn anew when the folder is another one, so that a
 *	             copy put elsewhere shows as another installation
 *	device.key   P-256, 0600; device.pem its certificate
 *	seal.key     seed of the X25519 key, 0600
 *	session      of the last contact, to come back cheaply, 0600
 *	server       HOST:PORT, when it is not the one told at enrolment
 *	answers/     of the server, about what this device does not hold: kept.h; may be removed
 *	later        when the server wants to be asked again
 *	enrol.*      a request that waits for its answer, 0600
 *	again.*      keys and certificate of the device it becomes, after its own was revoked
 *	sign-in      the hash of a password for the pages of `ui`, 0600
 *	lock         held by the process that has the directory open */
#ifndef CLIENT_CLI_DEVICE_DIR_H
#define CLIENT_CLI_DEVICE_DIR_H

#include "client/enrolment.h"
#include "files.h"
#include "kv/kv.h"

struct device_keys {
	struct p256_key *key;
	struct seal_key seal;
	uint8_t nonce[16];
};
void device_keys_fini(struct device_keys *k); /* wipes */

struct device_dir {
	const char *path;
	struct file_lock *lock;
	struct kv *kv;
	struct client *client; /* NULL while enrolling */
};

/* -ERR_NOTFOUND (not enrolled), -ERR_VERSION, -ERR_BUSY (another process has it), -ERR_DENIED,
 * -ERR_CORRUPT. */
int device_dir_open(struct device_dir *d, const char *path, struct err *e);
void device_dir_close(struct device_dir *d);

/* For enrolling: make the folder, or take up what an attempt before left. -ERR_EXISTS: it is
 * enrolled. */
int device_dir_begin(struct device_dir *d, const char *path, struct err *e);
/* Did an attempt before get as far as the store? Then only the end is missing: device_dir_finish().
 */
bool device_dir_is_whole(struct device_dir *d);
/* Keep what the server answered. Durable when it returns. */
int device_dir_keep(struct device_dir *d, const struct enrolled *what, struct err *e);
int device_dir_finish(struct device_dir *d, struct err *e);

/* Which installation this is, as people read it out: the beginning of the nonce. */
enum { INSTALLATION_TEXT = 9 };
int device_dir_installation(struct device_dir *d, char out[INSTALLATION_TEXT], struct err *e);

/* Keys and nonce. While enrolling, what is missing is drawn and kept first; afterwards only the
 * nonce is, so that the server notices that the store came from elsewhere. */
int device_dir_keys(struct device_dir *d, struct device_keys *k, struct err *e);

/* Small files by name. `max` 64 KiB. */
int device_dir_read(struct device_dir *d, const char *name, struct buf *out, struct err *e);
int device_dir_write(struct device_dir *d, const char *name, struct span bytes, bool secret,
		     struct err *e);
void device_dir_remove(struct device_dir *d, const char *name);
int device_dir_keep_certificate(struct device_dir *d, struct span der, struct err *e);
#endif
