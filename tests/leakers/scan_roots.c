// SPDX-License-Identifier: BSD-2-Clause
/*
 * scan_roots HOLDER_LIBRARY: blocks that are held from one place each, and from nowhere else: data,
 * thread data, stacks and registers of threads, mappings, a library that dlopen() loaded.
 */
#include <dlfcn.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/mman.h>

#include "truth.h"

enum {
	BYTES = 80,
	N_KEYS = 48, /* the C library keeps the first 32 in the thread, and allocates for others */
};

#define MAKER(name)                                                                                \
	LEAKER void *name(void)                                                                    \
	{                                                                                          \
		return hold(malloc(BYTES));                                                        \
	}

MAKER(in_data)
MAKER(in_bss)
MAKER(in_thread_local)
MAKER(in_other_thread_local)
MAKER(in_key)
MAKER(in_other_key)
MAKER(in_other_stack)
MAKER(in_register)
MAKER(in_mapping)
MAKER(in_shared_mapping)
MAKER(in_library)
MAKER(in_library_thread)
MAKER(in_ended_thread)
MAKER(in_unmapped)
MAKER(in_file_mapping)

/* Not "static": the compiler would drop variables that nobody reads. */
void *data_root = &data_root;
void *bss_root;
_Thread_local void *thread_root;
static pthread_key_t keys[N_KEYS];
static atomic_int n_ready;

static void set_keys(void *(*make)(void))
{
	pthread_setspecific(keys[0], make());
	pthread_setspecific(keys[N_KEYS - 1], make());
}

/* Pauses for ever with the only pointer in a local variable. */
LEAKER void wait_with_local(void)
{
	void *volatile local = in_other_stack();

	atomic_fetch_add(&n_ready, 1);
	while (local)
		pause();
}

static void *stack_thread(void *unused)
{
	thread_root = in_other_thread_local();
	set_keys(in_other_key);
	wait_with_local();
	return unused;
}

/* Spins with the only pointer in a register: below the stack pointer it is overwritten. */
static void *register_thread(void *unused)
{
#if defined(__x86_64__)
	register void *pointer __asm__("r13") = in_register();

	__asm__ volatile("lea -2048(%%rsp), %%rdi\n\t"
			 "mov $256, %%ecx\n\t"
			 "xor %%eax, %%eax\n\t"
			 "rep stosq\n\t"
			 "lock incl %1\n"
			 "1:\tpause\n\t"
			 "jmp 1b"
			 : "+r"(pointer), "+m"(n_ready)
			 :
			 : "rax", "rcx", "rdi", "memory", "cc");
#else
	atomic_fetch_add(&n_ready, 1);
	while (unused == NULL)
		pause();
#endif
	return unused;
}

/* What an ended thread had on its stack and in its own data is held no more. */
static void *ended_thread(void *unused)
{
	void *volatile local = in_ended_thread();

	thread_root = in_ended_thread();
	(void)local;
	return unused;
}

static void start_thread(void *(*run)(void *))
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, run, NULL) != 0 || pthread_detach(thread) != 0)
		_exit(97);
}

static void leave_in_threads(void)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, ended_thread, NULL) != 0)
		_exit(97);
	pthread_join(thread, NULL);
	start_thread(stack_thread);
	start_thread(register_thread);
	while (atomic_load(&n_ready) < 2)
		usleep(1000);
	truth_class("in_ended_thread", "lost", 2, 2 * BYTES);
	truth_class("in_other_stack", "reachable", 1, BYTES);
	truth_class("in_other_thread_local", "reachable", 1, BYTES);
	truth_class("in_other_key", "reachable", 2, 2 * BYTES);
#if defined(__x86_64__)
	truth_class("in_register", "reachable", 1, BYTES);
#endif
}

static void **map(int flags, int fd)
{
	void **at = mmap(NULL, 1 << 16, PROT_READ | PROT_WRITE, flags, fd, 0);

	if (at == MAP_FAILED)
		_exit(97);
	return at;
}

static void leave_in_mappings(void)
{
	int fd = memfd_create("scan", 0);
	void **gone = map(MAP_PRIVATE | MAP_ANONYMOUS, -1);

	if (fd < 0 || ftruncate(fd, 1 << 16) != 0)
		_exit(97);
	map(MAP_PRIVATE | MAP_ANONYMOUS, -1)[8191] = in_mapping();
	map(MAP_SHARED | MAP_ANONYMOUS, -1)[0] = in_shared_mapping();
	map(MAP_SHARED, fd)[100] = in_file_mapping();
	gone[0] = in_unmapped();
	munmap(gone, 1 << 16);
	truth_class("in_mapping", "reachable", 1, BYTES);
	truth_class("in_shared_mapping", "reachable", 1, BYTES);
	truth_class("in_file_mapping", "reachable", 1, BYTES);
	truth_class("in_unmapped", "lost", 1, BYTES);
}

static void leave_in_library(const char *path)
{
	void *library = dlopen(path, RTLD_NOW);
	void **zeroed = library ? dlsym(library, "holder_zeroed") : NULL;
	void **data = library ? dlsym(library, "holder_data") : NULL;
	void *keep = library ? dlsym(library, "holder_keep") : NULL;

	if (!zeroed || !data || !keep)
		_exit(96);
	*zeroed = in_library();
	*data = in_library();
	((void (*)(void *))keep)(in_library_thread());
	truth_class("in_library", "reachable", 2, 2 * BYTES);
	truth_class("in_library_thread", "reachable", 1, BYTES);
}

static void leave_in_data(void)
{
	for (int i = 0; i < N_KEYS; i++) {
		if (pthread_key_create(&keys[i], NULL) != 0)
			_exit(97);
	}
	set_keys(in_key);
	data_root = in_data();
	bss_root = in_bss();
	thread_root = in_thread_local();
	truth_class("in_key", "reachable", 2, 2 * BYTES);
	truth_class("in_data", "reachable", 1, BYTES);
	truth_class("in_bss", "reachable", 1, BYTES);
	truth_class("in_thread_local", "reachable", 1, BYTES);
}

int main(int argc, char **argv)
{
	if (argc != 2)
		return 2;
	truth_begin();
	leave_in_data();
	leave_in_library(argv[1]);
	leave_in_mappings();
	leave_in_threads();
	truth_end();
	return 0;
}
