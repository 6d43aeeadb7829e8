#include "crypto/cert.h"

#include "ossl.h"

static const char *const labels[] = {
	[CERT_PEM_CERTIFICATE] = PEM_STRING_X509,
	[CERT_PEM_REQUEST] = PEM_STRING_X509_REQ,
};

int cert_pem_save(struct buf *out, enum cert_pem kind, struct span der, struct err *e)
{
	BIO *bio = NULL;
	char *text = NULL;
	long len = 0;
	int rc = ossl_ready(e);

	if (rc)
		return rc;
	bio = BIO_new(BIO_s_mem());
	if (bio && der.len && der.len <= CERT_BYTES_MAX &&
	    PEM_write_bio(bio, labels[kind], "", der.data, (long)der.len) > 0)
		len = BIO_get_mem_data(bio, &text);
	buf_bytes(out, span_of(text, (size_t)len));
	if (len <= 0 || out->failed)
		rc = err_set(e, ERR_NOMEM, "no room for a certificate (%s)", ossl_reason());
	BIO_free(bio);
	return rc;
}

static bool read_block(BIO *bio, char **name, char **header, uint8_t **data, long *len)
{
	*name = *header = NULL;
	*data = NULL;
	return PEM_read_bio(bio, name, header, data, len) > 0;
}

static void free_block(char *name, char *header, uint8_t *data)
{
	OPENSSL_free(name);
	OPENSSL_free(header);
	OPENSSL_free(data);
}

static int no_block(enum cert_pem kind, struct err *e)
{
	if (kind == CERT_PEM_REQUEST)
		return err_set(e, ERR_INVALID, "this text holds no request for a certificate");
	return err_set(e, ERR_INVALID, "this text holds no certificate");
}

int cert_pem_load(struct buf *out, enum cert_pem kind, struct span pem, struct err *e)
{
	unsigned long before = provider_refused();
	BIO *bio = NULL;
	char *name = NULL, *header = NULL, *name2, *header2;
	uint8_t *data = NULL, *data2;
	long len = 0, len2;
	int rc = ossl_ready(e);

	if (rc)
		return rc;
	if (pem.len && pem.len <= CERT_PEM_MAX)
		bio = BIO_new_mem_buf(pem.data, (int)pem.len);
	if (!bio || !read_block(bio, &name, &header, &data, &len) || strcmp(name, labels[kind]) ||
	    *header || len > CERT_BYTES_MAX) {
		rc = no_block(kind, e);
		goto out;
	}
	if (read_block(bio, &name2, &header2, &data2, &len2)) {
		free_block(name2, header2, data2);
		rc = err_set(e, ERR_INVALID, "this text holds more than one block");
		goto out;
	}
	if (provider_refused() != before) { /* a second block is then not seen */
		rc = err_set(e, ERR_NOMEM, "out of memory");
		goto out;
	}
	buf_bytes(out, span_of(data, (size_t)len));
	if (out->failed)
		rc = err_set(e, ERR_NOMEM, "no room for a certificate");
out:
	free_block(name, header, data);
	BIO_free(bio);
	ERR_clear_error(); /* that there is no second block counts as a failure there */
	return provider_lacked(before, rc, e);
}
