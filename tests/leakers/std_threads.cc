// SPDX-License-Identifier: BSD-2-Clause
/*
 * Threads of C++: joined, detached, and dropped with the object that nobody can join any more. How
 * many are left, the test knows.
 */
#include <filesystem>
#include <iterator>
#include <thread>
#include <unistd.h>
#include <vector>

namespace
{
enum { N_JOINED = 40, N_DETACHED = 10, N_DROPPED = 7, N_RUNNING = 3 };

void brief()
{
}

void endless()
{
	for (;;)
		pause();
}

[[gnu::noipa]] void drops(void (*routine)())
{
	/* Its destructor would end the process. */
	auto *thread = new std::thread(routine);

	__asm__ volatile("" : : "r"(thread) : "memory");
}
/* The kernel's word: they have really ended, not only run to their last line. */
int n_threads()
{
	auto each = std::filesystem::directory_iterator("/proc/self/task");

	return (int)std::distance(begin(each), end(each));
}
} // namespace

int main()
{
	std::vector<std::thread> threads;

	for (int i = 0; i < N_JOINED; i++)
		threads.emplace_back(brief);
	for (auto &thread : threads)
		thread.join();
	for (int i = 0; i < N_DETACHED; i++)
		std::thread(brief).detach();
	for (int i = 0; i < N_DROPPED; i++)
		drops(brief);
#pragma GCC unroll 1
	for (int i = 0; i < N_RUNNING; i++)
		drops(endless);
	for (int i = 0; i < 10000; i++) {
		if (n_threads() == 1 + N_RUNNING)
			return 0;
		usleep(1000);
	}
	return 96;
}
