#include "ctl_path.h"

#include "net/ctl.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

/* A socket's path holds 107 bytes, a data directory's may hold more. So the socket is reached through
 * the open directory, by a name that is always short. Not by changing the working directory: that is
 * the whole process's, and other threads open relative paths. */
int ctl_path(struct sockaddr_un *out, int *dir_fd, const char *dir, const char *name, struct err *e)
{
	int len;

	assert(name[0] && strlen(name) <= CTL_NAME_MAX && !strchr(name, '/'));
	*out = (struct sockaddr_un){ .sun_family = AF_UNIX };
	*dir_fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (*dir_fd < 0)
		return err_set(e, errno == EACCES ? ERR_DENIED : ERR_NOTFOUND, "%s: %s", dir,
			       strerror(errno));
	len = snprintf(out->sun_path, sizeof(out->sun_path), "/proc/self/fd/%d/%s", *dir_fd, name);
	assert(len > 0 && (size_t)len < sizeof(out->sun_path));
	return 0;
}
