// SPDX-License-Identifier: BSD-2-Clause
/* A library of which the data holds pointers: zeroed data, data with a value, and thread data. */
void *holder_zeroed;
void *holder_data = &holder_zeroed;
_Thread_local void *holder_thread;

void holder_keep(void *pointer);

void holder_keep(void *pointer)
{
	holder_thread = pointer;
}
