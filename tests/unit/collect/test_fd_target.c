// SPDX-License-Identifier: BSD-2-Clause
/* Descriptors in words. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <netinet/tcp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "collect/fd_target.h"

static void expect(const struct lt_file *file, const char *name, size_t n, const char *peer,
		   const char *wanted)
{
	char *text = fd_target_text(file, name, n, peer);

	assert_non_null(text);
	assert_string_equal(text, wanted);
	free(text);
}

static void expect_flags(uint32_t open_flags, uint32_t flags, const char *wanted)
{
	struct lt_file file = { .open_flags = open_flags, .flags = flags };
	char *text = fd_target_flags(&file);

	assert_non_null(text);
	assert_string_equal(text, wanted);
	free(text);
}

static void test_paths(void **state)
{
	struct lt_file file = { .mode = S_IFREG };

	(void)state;
	expect(&file, "passwd\0etc", 11, NULL, "/etc/passwd");
	expect(&file, "x", 2, NULL, "/x");
	expect(&file, "", 0, NULL, "/");
	file.flags = LT_FILE_DELETED;
	expect(&file, "gone\0tmp", 9, NULL, "/tmp/gone (deleted)");
	file.flags = LT_FILE_CUT;
	expect(&file, "leaf\0deep", 10, NULL, ".../deep/leaf");
	/* A name that does not end is none. */
	file.flags = 0;
	expect(&file, "etc", 3, NULL, "/");
}

static void test_pseudo(void **state)
{
	struct lt_file file = { .mode = S_IFREG, .flags = LT_FILE_PSEUDO, .ino = 42 };

	(void)state;
	expect(&file, "memfd:leak", 11, NULL, "memfd:leak");
	expect(&file, "mnt", 4, NULL, "mnt:[42]");
	expect(&file, "", 0, NULL, "file:[42]");
	file.magic = ANON_INODE_FS_MAGIC;
	expect(&file, "[eventfd]", 10, NULL, "anon_inode:[eventfd]");
	file.magic = 0x50494446;
	expect(&file, "", 0, NULL, "anon_inode:[pidfd]");
}

static void test_pipes(void **state)
{
	struct lt_file reader = {
		.mode = S_IFIFO, .flags = LT_FILE_PSEUDO, .ino = 9, .identity = 1
	};
	struct lt_file writer = reader, other = reader;

	(void)state;
	writer.open_flags = O_WRONLY;
	writer.identity = 2;
	expect(&reader, "", 1, NULL, "pipe:[9] read end, nobody holds the other");
	expect(&writer, "", 1, "cat, pid 7", "pipe:[9] write end, the other is held by cat, pid 7");
	assert_true(fd_target_has_peer(&reader));
	assert_true(fd_target_is_peer(&reader, &writer));
	/* A copy of the same end is no other end, nor is one of another pipe. */
	other.identity = 3;
	assert_false(fd_target_is_peer(&reader, &other));
	writer.ino = 10;
	assert_false(fd_target_is_peer(&reader, &writer));
	/* One that has a name in a directory. */
	writer.flags = 0;
	expect(&writer, "queue\0run", 10, NULL, "/run/queue write end, nobody holds the other");
}

static struct lt_file inet_file(int family, int type, int protocol, const char *local,
				uint16_t local_port, const char *remote, uint16_t remote_port)
{
	struct lt_file file = { .mode = S_IFSOCK,
				.sock = (uint64_t)local_port << 16 | remote_port | 1ull << 40,
				.family = (uint16_t)family,
				.type = (uint16_t)type,
				.protocol = (uint16_t)protocol,
				.local_port = local_port,
				.remote_port = remote_port,
				.state = TCP_ESTABLISHED };

	assert_int_equal(inet_pton(family, local, file.local), 1);
	assert_int_equal(inet_pton(family, remote, file.remote), 1);
	return file;
}

static void test_inet(void **state)
{
	struct lt_file client =
		inet_file(AF_INET, SOCK_STREAM, IPPROTO_TCP, "127.0.0.1", 41234, "127.0.0.1", 5432);
	struct lt_file server =
		inet_file(AF_INET, SOCK_STREAM, IPPROTO_TCP, "127.0.0.1", 5432, "127.0.0.1", 41234);
	struct lt_file listener =
		inet_file(AF_INET6, SOCK_STREAM, IPPROTO_TCP, "::", 8080, "::", 0);
	struct lt_file datagrams =
		inet_file(AF_INET, SOCK_DGRAM, IPPROTO_UDP, "0.0.0.0", 53, "0.0.0.0", 0);

	(void)state;
	expect(&client, NULL, 0, NULL,
	       "tcp 127.0.0.1:41234 -> 127.0.0.1:5432 ESTABLISHED, database connection: "
	       "PostgreSQL");
	expect(&client, NULL, 0, "postgres, pid 5",
	       "tcp 127.0.0.1:41234 -> 127.0.0.1:5432 ESTABLISHED (postgres, pid 5), "
	       "database connection: PostgreSQL");
	assert_true(fd_target_has_peer(&client));
	assert_true(fd_target_is_peer(&client, &server));
	assert_false(fd_target_is_peer(&client, &client));
	server.state = TCP_CLOSE_WAIT;
	expect(&server, NULL, 0, NULL, "tcp 127.0.0.1:5432 -> 127.0.0.1:41234 CLOSE_WAIT");
	listener.state = TCP_LISTEN;
	expect(&listener, NULL, 0, NULL, "tcp [::]:8080 LISTEN");
	assert_false(fd_target_has_peer(&listener));
	expect(&datagrams, NULL, 0, NULL, "udp 0.0.0.0:53");
	/* What is not a state of any kernel that we know. */
	listener.state = 200;
	expect(&listener, NULL, 0, NULL, "tcp [::]:8080 in an unknown state");
}

static void test_unix(void **state)
{
	struct lt_file server = { .mode = S_IFSOCK,
				  .family = AF_UNIX,
				  .type = SOCK_STREAM,
				  .sock = 1,
				  .state = TCP_LISTEN };
	struct lt_file client = server, accepted = server;

	(void)state;
	expect(&server, "/run/x.sock", 12, NULL, "unix stream /run/x.sock LISTEN");
	client.state = accepted.state = TCP_ESTABLISHED;
	client.sock = 2;
	client.peer = accepted.sock = 3;
	accepted.peer = 2;
	client.flags = LT_FILE_PEER;
	expect(&client, "/run/x.sock", 12, "x, pid 3",
	       "unix stream -> /run/x.sock (other end: x, pid 3)");
	expect(&client, "/run/postgresql/.s.PGSQL.5432", 29, NULL,
	       "unix stream -> /run/postgresql/.s.PGSQL.5432, database connection: PostgreSQL");
	expect(&accepted, "/run/postgresql/.s.PGSQL.5432", 29, NULL,
	       "unix stream /run/postgresql/.s.PGSQL.5432");
	assert_true(fd_target_is_peer(&client, &accepted));
	assert_true(fd_target_is_peer(&accepted, &client));
	assert_false(fd_target_is_peer(&client, &server));
	expect(&accepted, "\0abc", 4, NULL, "unix stream @abc");
	accepted.type = 77;
	expect(&accepted, "", 0, NULL, "unix socket");
}

static void test_other_sockets(void **state)
{
	struct lt_file file = { .mode = S_IFSOCK, .sock = 1, .family = AF_NETLINK };

	(void)state;
	expect(&file, NULL, 0, NULL, "netlink socket, protocol 0");
	file.family = AF_PACKET;
	expect(&file, NULL, 0, NULL, "packet socket");
	file.family = 999;
	expect(&file, NULL, 0, NULL, "socket of family 999");
}

static void test_flags(void **state)
{
	(void)state;
	expect_flags(O_RDONLY, 0, "O_RDONLY");
	expect_flags(O_RDWR | O_NONBLOCK, LT_FILE_CLOEXEC, "O_RDWR|O_NONBLOCK|O_CLOEXEC");
	expect_flags(O_WRONLY | O_APPEND, 0, "O_WRONLY|O_APPEND");
	expect_flags(O_RDONLY | O_DIRECTORY, 0, "O_RDONLY|O_DIRECTORY");
	expect_flags(O_RDWR | O_TMPFILE, 0, "O_RDWR|O_TMPFILE");
	expect_flags(O_PATH, 0, "O_PATH");
	expect_flags(~0u, ~0u,
		     "O_PATH|O_APPEND|O_NONBLOCK|O_SYNC|O_DIRECT|O_NOATIME|O_TMPFILE"
		     "|O_CLOEXEC");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_paths), cmocka_unit_test(test_pseudo),
		cmocka_unit_test(test_pipes), cmocka_unit_test(test_inet),
		cmocka_unit_test(test_unix),  cmocka_unit_test(test_other_sockets),
		cmocka_unit_test(test_flags),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
