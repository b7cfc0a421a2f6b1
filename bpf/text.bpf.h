/* SPDX-License-Identifier: GPL-2.0 */
/* Comparing texts, without branches, which the verifier would follow at each byte. */
#ifndef LT_TEXT_BPF_H
#define LT_TEXT_BPF_H

#include "maps.bpf.h"

static __always_inline bool text_begins(const char *text, const char *prefix, __u32 n)
{
	__u8 differ = 0;

#pragma unroll
	for (__u32 i = 0; i < n; i++)
		differ |= text[i] ^ prefix[i];
	return differ == 0;
}

#define BEGINS(text, prefix) text_begins(text, prefix, sizeof(prefix) - 1)

#endif
