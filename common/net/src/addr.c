#include "addr_impl.h"

#include <arpa/inet.h>
#include <assert.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>

static_assert(sizeof(struct sockaddr_in6) <= sizeof(((struct addr *)0)->bytes),
	      "an address holds either kind");

const struct sockaddr *addr_native(const struct addr *a)
{
	return (const struct sockaddr *)(const void *)a->bytes;
}

struct addr addr_of(const struct sockaddr *sa, socklen_t len)
{
	struct addr a = { 0 };

	if (sa && (sa->sa_family == AF_INET || sa->sa_family == AF_INET6) &&
	    len <= sizeof(a.bytes)) {
		memcpy(a.bytes, sa, len);
		a.len = len;
	}
	return a;
}

struct addr addr_bound(int fd)
{
	struct sockaddr_storage sa = { 0 };
	socklen_t len = sizeof(sa);

	if (getsockname(fd, (struct sockaddr *)&sa, &len))
		return (struct addr){ 0 };
	return addr_of((struct sockaddr *)&sa, len);
}

static bool port_ok(struct span port, bool to_listen)
{
	unsigned long n = 0;

	if (!port.len || port.len > 5)
		return false;
	for (size_t i = 0; i < port.len; i++) {
		if (port.data[i] < '0' || port.data[i] > '9')
			return false;
		n = 10 * n + (unsigned long)(port.data[i] - '0');
	}
	return n <= 65535 && (n > 0 || to_listen);
}

/* The last colon parts host and port; an IPv6 address has colons of its own, hence the brackets. */
static bool split(struct span *host, struct span *port, bool *bracketed, struct span text)
{
	size_t colon = text.len;

	while (colon > 0 && text.data[colon - 1] != ':')
		colon--;
	if (!colon)
		return false;
	*port = span_of(text.data + colon, text.len - colon);
	*host = span_of(text.data, colon - 1);
	*bracketed = host->len >= 2 && host->data[0] == '[' && host->data[host->len - 1] == ']';
	if (*bracketed)
		*host = span_of(host->data + 1, host->len - 2);
	else if (host->len && memchr(host->data, ':', host->len))
		return false;
	return host->len <= ADDR_NAME_MAX && (!host->len || !memchr(host->data, 0, host->len));
}

static struct addr any_host(const char *port)
{
	struct sockaddr_in6 any = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_ANY_INIT };
	unsigned n = 0;
	struct addr a;

	for (; *port; port++)
		n = 10 * n + (unsigned)(*port - '0');
	any.sin6_port = htons((uint16_t)n);
	a = addr_of((struct sockaddr *)&any, sizeof(any));
	a.both = true;
	return a;
}

static int look_up(struct addr *out, size_t *count, const char *host, const char *port,
		   const struct addrinfo *hints, struct err *e)
{
	struct addrinfo *found = NULL;
	int rc = getaddrinfo(host, port, hints, &found);

	if (rc == EAI_NONAME || rc == EAI_FAIL)
		return err_set(e, ERR_NOTFOUND, "there is no address for '%s'", host);
	if (rc)
		return err_set(e, ERR_BUSY, "the address of '%s' could not be found out now", host);
	for (struct addrinfo *i = found; i && *count < ADDR_FOUND_MAX; i = i->ai_next) {
		out[*count] = addr_of(i->ai_addr, i->ai_addrlen);
		*count += out[*count].len != 0;
	}
	freeaddrinfo(found);
	return *count ? 0 : err_set(e, ERR_NOTFOUND, "there is no address for '%s'", host);
}

int addr_check(struct span text, bool to_listen, struct err *e)
{
	struct span host, port;
	bool bracketed;

	if (split(&host, &port, &bracketed, text) && port_ok(port, to_listen))
		return 0;
	return err_set(e, ERR_INVALID, "'%.*s' is not HOST:PORT or [IPv6]:PORT",
		       text.len < 80 ? (int)text.len : 80, (const char *)text.data);
}

int addr_parse(struct addr out[ADDR_FOUND_MAX], size_t *count, struct span text, bool to_listen,
	       struct err *e)
{
	char host_text[ADDR_NAME_MAX + 1], port_text[8];
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV };
	struct span host, port;
	bool bracketed;
	int rc = addr_check(text, to_listen, e);

	*count = 0;
	if (rc)
		return rc;
	(void)split(&host, &port, &bracketed, text);
	snprintf(host_text, sizeof(host_text), "%.*s", (int)host.len, (const char *)host.data);
	snprintf(port_text, sizeof(port_text), "%.*s", (int)port.len, (const char *)port.data);
	if (!host.len || !strcmp(host_text, "*")) {
		if (!to_listen || bracketed)
			return err_set(e, ERR_INVALID, "'%s' names no host", host_text);
		out[(*count)++] = any_host(port_text);
		return 0;
	}
	if (bracketed) {
		hints.ai_family = AF_INET6;
		hints.ai_flags |= AI_NUMERICHOST;
	}
	return look_up(out, count, host_text, port_text, &hints, e);
}

char *addr_text(char out[ADDR_TEXT_MAX], const struct addr *a)
{
	char host[INET6_ADDRSTRLEN];
	struct sockaddr_in6 six;
	struct sockaddr_in four;

	if (a->len && addr_native(a)->sa_family == AF_INET6) {
		memcpy(&six, a->bytes, sizeof(six));
		inet_ntop(AF_INET6, &six.sin6_addr, host, sizeof(host));
		snprintf(out, ADDR_TEXT_MAX, "[%s]:%u", host, (unsigned)ntohs(six.sin6_port));
	} else if (a->len) {
		memcpy(&four, a->bytes, sizeof(four));
		inet_ntop(AF_INET, &four.sin_addr, host, sizeof(host));
		snprintf(out, ADDR_TEXT_MAX, "%s:%u", host, (unsigned)ntohs(four.sin_port));
	} else {
		snprintf(out, ADDR_TEXT_MAX, "-");
	}
	return out;
}

void addr_host(uint8_t out[ADDR_HOST_BYTES], const struct addr *a)
{
	struct sockaddr_in6 six;
	struct sockaddr_in four;

	memset(out, 0, ADDR_HOST_BYTES);
	if (a->len && addr_native(a)->sa_family == AF_INET6) {
		memcpy(&six, a->bytes, sizeof(six));
		/* IPv4 that came through a socket of both kinds keeps its last four bytes. */
		memcpy(out, &six.sin6_addr, IN6_IS_ADDR_V4MAPPED(&six.sin6_addr) ? 16 : 8);
	} else if (a->len) {
		memcpy(&four, a->bytes, sizeof(four));
		out[10] = out[11] = 0xff;
		memcpy(out + 12, &four.sin_addr, 4);
	}
}
