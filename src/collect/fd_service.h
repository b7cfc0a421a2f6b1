/* SPDX-License-Identifier: BSD-2-Clause */
/* Which database a socket is connected to, as far as its address tells. */
#ifndef LT_COLLECT_FD_SERVICE_H
#define LT_COLLECT_FD_SERVICE_H

#include <stdint.h>

/* "PostgreSQL", by the port that it listens on by default; NULL: none that is known. */
const char *fd_service_of_port(uint16_t port);

/* The same by the path of its socket. */
const char *fd_service_of_path(const char *path);

#endif
