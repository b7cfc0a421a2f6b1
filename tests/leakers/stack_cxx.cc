// SPDX-License-Identifier: BSD-2-Clause
/*
 * stack_cxx [MILLISECONDS], for which it waits first: leaks from C++ code at -O2 while exceptions
 * are thrown, in flight, caught and kept, and in calls out of the standard library and the
 * unwinder.
 */
#include <algorithm>
#include <exception>
#include <functional>
#include <stdexcept>
#include <thread>
#include <unwind.h>

#include "truth.h"

namespace leaky
{
/* Nothing is inlined or turned into a jump: both names must be in the stack. */
LEAKER int *inner(int number)
{
	return (int *)hold(new int(number));
}

LEAKER int *outer(int number)
{
	return (int *)hold(inner(number + 1));
}

/* Its destructor runs while the stack is being unwound. */
struct guard {
	LEAKER ~guard()
	{
		hold(malloc(101));
	}
};

/* Its constructor runs before it is thrown. */
struct problem : std::runtime_error {
	LEAKER explicit problem(const char *what) : std::runtime_error(what)
	{
		hold(malloc(102));
	}
};

LEAKER void throw_problem()
{
	guard on_stack;

	hold(&on_stack);
	throw problem("a problem");
}

LEAKER void pass_on(int depth)
{
	guard on_stack;

	hold(&on_stack);
	if (depth == 0)
		throw_problem();
	else
		pass_on(depth - 1);
	hold(&on_stack);
}

LEAKER void leak_in_catch()
{
	try {
		pass_on(3);
	} catch (const problem &) {
		hold(malloc(103));
		/* The exception object itself is never released. */
		hold(new std::exception_ptr(std::current_exception()));
	}
}

LEAKER void leak_in_second_catch()
{
	try {
		try {
			throw std::logic_error("first");
		} catch (const std::logic_error &) {
			throw 7;
		}
	} catch (int) {
		hold(malloc(104));
	}
}

LEAKER bool leak_in_compare(int a, int b)
{
	hold(malloc(105));
	return a < b;
}

LEAKER void call_sort()
{
	int numbers[] = { 2, 1 };

	std::sort(numbers, numbers + 2, leak_in_compare);
	hold(numbers);
}

LEAKER _Unwind_Reason_Code leak_in_backtrace(struct _Unwind_Context *, void *data)
{
	hold(malloc(106));
	hold(data);
	return _URC_NO_REASON;
}

LEAKER void call_backtrace()
{
	int data;

	_Unwind_Backtrace(leak_in_backtrace, &data);
	hold(&data);
}

LEAKER void leak_in_thread()
{
	hold(malloc(107));
}

LEAKER void leak_in_lambda()
{
	std::function<void(int)> call = [](int n) { hold(malloc(opaque(100) + n)); };

	hold(&call);
	call(8);
}
} // namespace leaky

int main(int argc, char **argv)
{
	if (argc > 1)
		usleep((useconds_t)strtoul(argv[1], NULL, 10) * 1000);
	leaky::outer(1);
	leaky::leak_in_catch();
	leaky::leak_in_second_catch();
	leaky::call_sort();
	leaky::call_backtrace();
	std::thread(leaky::leak_in_thread).join();
	leaky::leak_in_lambda();
	return 0;
}
