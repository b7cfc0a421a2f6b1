// SPDX-License-Identifier: BSD-2-Clause
/* Databases by their usual addresses: see fd_service.h. */
#include "collect/fd_service.h"

#include <stddef.h>
#include <string.h>

#include "base/str.h"

static const struct {
	const char *name;
	uint16_t port;
	const char *socket; /* how the name of its socket begins; NULL: it has none */
} services[] = {
	{ "PostgreSQL", 5432, ".s.PGSQL." },
	{ "MySQL", 3306, "mysql" },
	{ "MariaDB", 0, "mariadb" },
	{ "Redis", 6379, "redis" },
	{ "MongoDB", 27017, "mongodb-" },
	{ "memcached", 11211, "memcached" },
	{ "SQL Server", 1433, NULL },
	{ "Oracle Database", 1521, NULL },
	{ "Cassandra", 9042, NULL },
	{ "Elasticsearch", 9200, NULL },
	{ "CouchDB", 5984, NULL },
	{ "etcd", 2379, NULL },
	{ "Neo4j", 7687, NULL },
};

enum { N_SERVICES = sizeof(services) / sizeof(services[0]) };

const char *fd_service_of_port(uint16_t port)
{
	for (size_t i = 0; port && i < N_SERVICES; i++) {
		if (services[i].port == port)
			return services[i].name;
	}
	return NULL;
}

const char *fd_service_of_path(const char *path)
{
	const char *name = str_basename(path);

	for (size_t i = 0; i < N_SERVICES; i++) {
		if (services[i].socket && str_starts_with(name, services[i].socket))
			return services[i].name;
	}
	return NULL;
}
