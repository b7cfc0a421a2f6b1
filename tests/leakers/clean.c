// SPDX-License-Identifier: BSD-2-Clause
/*
 * clean LIBRARY: uses what the C library keeps memory for until the end: streams in all modes,
 * locales, the resolver, libraries, threads and their data, OpenMP. Loses nothing.
 */
#include <dlfcn.h>
#include <locale.h>
#include <netdb.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static _Thread_local char thread_data[5000];
static pthread_key_t key;

static void use_streams(void)
{
	static char buffer[BUFSIZ];
	static const int modes[] = { _IOFBF, _IOLBF, _IONBF };
	char line[64];

	for (int i = 0; i < 3; i++) {
		FILE *file = tmpfile();

		if (!file)
			exit(97);
		setvbuf(file, i ? NULL : buffer, modes[i], BUFSIZ);
		fprintf(file, "line\n");
		rewind(file);
		if (!fgets(line, sizeof(line), file))
			exit(96);
		/* One is left open, as many programs do. */
		if (i)
			fclose(file);
	}
	printf("to standard output\n");
}

static void use_libc(void)
{
	struct addrinfo *found = NULL;
	time_t now = time(NULL);
	char text[64];

	setlocale(LC_ALL, "C.UTF-8");
	strftime(text, sizeof(text), "%c %Z", localtime(&now));
	if (getaddrinfo("localhost", "80", NULL, &found) == 0)
		freeaddrinfo(found);
	setenv("CLEAN_PROGRAM", "1", 1);
	atexit(use_streams);
}

static void use_library(const char *path)
{
	void *library = dlopen(path, RTLD_NOW);

	if (!library || !dlsym(library, "holder_keep") || dlclose(library) != 0)
		exit(95);
	if (!dlopen(path, RTLD_NOW) || dlopen("/no/such/library", RTLD_NOW) || !dlerror())
		exit(94);
}

static void *thread_main(void *unused)
{
	thread_data[0] = 1;
	pthread_setspecific(key, malloc(100));
	return unused;
}

static void use_threads(void)
{
	pthread_t threads[8];

	pthread_key_create(&key, free);
	for (int i = 0; i < 8; i++) {
		if (pthread_create(&threads[i], NULL, thread_main, NULL) != 0)
			exit(93);
	}
	for (int i = 0; i < 8; i++)
		pthread_join(threads[i], NULL);
}

static long use_openmp(void)
{
	long sum = 0;

#pragma omp parallel for reduction(+ : sum) num_threads(4)
	for (int i = 0; i < 100000; i++)
		sum += i;
	return sum;
}

int main(int argc, char **argv)
{
	if (argc != 2)
		return 2;
	use_streams();
	use_libc();
	use_library(argv[1]);
	use_threads();
	return use_openmp() != 4999950000;
}
