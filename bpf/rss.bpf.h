/* SPDX-License-Identifier: GPL-2.0 */
/* How much memory a process has in RAM, as the kernel counts it. */
#ifndef LT_RSS_BPF_H
#define LT_RSS_BPF_H

#include "maps.bpf.h"

static __always_inline __u64 counter_pages(struct percpu_counter *counter)
{
	__s64 n = counter->count;

	return n > 0 ? n : 0;
}

/* Pages in RAM now; 0 where the kernel keeps that number in another form (before Linux 6.2). */
static __always_inline __u64 rss_pages(struct mm_struct *mm)
{
	if (!bpf_core_field_exists(mm->rss_stat[0].count))
		return 0;
	return counter_pages(&mm->rss_stat[LT_MM_FILEPAGES]) +
	       counter_pages(&mm->rss_stat[LT_MM_ANONPAGES]) +
	       counter_pages(&mm->rss_stat[LT_MM_SHMEMPAGES]);
}

/* The most that it ever had, as VmHWM counts it; to be asked only where rss_pages() is known. */
static __always_inline __u64 rss_peak_pages(struct mm_struct *mm)
{
	__u64 now = rss_pages(mm), pages = mm->hiwater_rss;

	return pages > now ? pages : now;
}

#endif
