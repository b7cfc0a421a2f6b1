// SPDX-License-Identifier: BSD-2-Clause
/*
 * The table of allocators: what their functions are called, what they do, where their arguments
 * are. docs/HOWTO-add-allocator.md tells how to add one.
 */
#include "probe/allocator_rows.h"

#include "leaktrace/abi.h"

/* Arguments count from 1. */
#define ACQUIRE(size)		      (LT_CALL_ACQUIRE | (size) << 4)
#define ACQUIRE_N(count, size)	      (ACQUIRE(size) | (count) << 8)
#define REALLOC(block, size)	      (LT_CALL_REALLOC | (size) << 4 | (block) << 12)
#define REALLOC_N(block, count, size) (REALLOC(block, size) | (count) << 8)
#define RESIZE(block, size)	      (LT_CALL_RESIZE | (size) << 4 | (block) << 12)
#define RELEASE(block)		      (LT_CALL_RELEASE | (block) << 12)
#define STORES_AT(result)	      ((result) << 16)
/* What throws bad_alloc; and what does the same without. */
#define NEW(size)	   (ACQUIRE(size) | LT_CALL_AT_RET | LT_CALL_THROWS)
#define NEW_N(count, size) (NEW(size) | (count) << 8)
/* Copies a string, of N bytes at most. */
#define STRING(string)	    (ACQUIRE(string) | LT_CALL_STRING)
#define STRING_N(string, n) (STRING(string) | (n) << 8)

/* The C library's functions and jemalloc's own, also behind each prefix below. */
const struct allocator_row allocator_c_rows[] = {
	{ "malloc", ACQUIRE(1) },
	{ "calloc", ACQUIRE_N(1, 2) },
	{ "realloc", REALLOC(1, 2) },
	{ "reallocarray", REALLOC_N(1, 2, 3) },
	{ "memalign", ACQUIRE(2) },
	{ "aligned_alloc", ACQUIRE(2) },
	{ "posix_memalign", ACQUIRE(3) | STORES_AT(1) },
	{ "valloc", ACQUIRE(1) },
	{ "pvalloc", ACQUIRE(1) },
	{ "free", RELEASE(1) },
	{ "cfree", RELEASE(1) },
	{ "free_sized", RELEASE(1) },
	{ "free_aligned_sized", RELEASE(1) },
	{ "reallocf", REALLOC(1, 2) | LT_CALL_CONSUMES },
	{ "mallocx", ACQUIRE(1) },
	{ "rallocx", REALLOC(1, 2) },
	{ "xallocx", RESIZE(1, 2) },
	{ "sdallocx", RELEASE(1) },
	{ "dallocx", RELEASE(1) },
};

/* jemalloc's and Rust's usual ones, gperftools, mimalloc, sanitizers before and since LLVM 17. */
const char *const allocator_prefixes[] = {
	"", "je_", "_rjem_", "tc_", "mi_", "__interceptor_", "___interceptor_",
};

/* What a sanitizer does itself, where other allocators leave it to the C library. */
const struct allocator_row allocator_sanitizer_rows[] = {
	{ "strdup", STRING(1) },
	{ "__strdup", STRING(1) },
	{ "strndup", STRING_N(1, 2) },
	{ "__strndup", STRING_N(1, 2) },
	{ "__interceptor_strdup", STRING(1) },
	{ "__interceptor___strdup", STRING(1) },
	{ "__interceptor_strndup", STRING_N(1, 2) },
	{ "___interceptor_strdup", STRING(1) },
	{ "___interceptor_strndup", STRING_N(1, 2) },
};

const struct allocator_row allocator_other_rows[] = {
	/* C++: operators new, new[], and delete, delete[], with nothrow, alignment and size. */
	{ "_Znwm", NEW(1) },
	{ "_Znam", NEW(1) },
	{ "_ZnwmSt11align_val_t", NEW(1) },
	{ "_ZnamSt11align_val_t", NEW(1) },
	{ "_ZnwmRKSt9nothrow_t", ACQUIRE(1) },
	{ "_ZnamRKSt9nothrow_t", ACQUIRE(1) },
	{ "_ZnwmSt11align_val_tRKSt9nothrow_t", ACQUIRE(1) },
	{ "_ZnamSt11align_val_tRKSt9nothrow_t", ACQUIRE(1) },
	{ "_ZdlPv", RELEASE(1) },
	{ "_ZdaPv", RELEASE(1) },
	{ "_ZdlPvm", RELEASE(1) },
	{ "_ZdaPvm", RELEASE(1) },
	{ "_ZdlPvRKSt9nothrow_t", RELEASE(1) },
	{ "_ZdaPvRKSt9nothrow_t", RELEASE(1) },
	{ "_ZdlPvSt11align_val_t", RELEASE(1) },
	{ "_ZdaPvSt11align_val_t", RELEASE(1) },
	{ "_ZdlPvmSt11align_val_t", RELEASE(1) },
	{ "_ZdaPvmSt11align_val_t", RELEASE(1) },
	{ "_ZdlPvSt11align_val_tRKSt9nothrow_t", RELEASE(1) },
	{ "_ZdaPvSt11align_val_tRKSt9nothrow_t", RELEASE(1) },
	/* tcmalloc: the newer one's operators that tell how long an object will live. */
	{ "_Znwm12__hot_cold_t", NEW(1) },
	{ "_Znam12__hot_cold_t", NEW(1) },
	{ "_ZnwmSt11align_val_t12__hot_cold_t", NEW(1) },
	{ "_ZnamSt11align_val_t12__hot_cold_t", NEW(1) },
	{ "_ZnwmRKSt9nothrow_t12__hot_cold_t", ACQUIRE(1) },
	{ "_ZnamRKSt9nothrow_t12__hot_cold_t", ACQUIRE(1) },
	{ "__size_returning_new", NEW(1) },
	{ "__size_returning_new_aligned", NEW(1) },
	{ "__size_returning_new_hot_cold", NEW(1) },
	{ "__size_returning_new_aligned_hot_cold", NEW(1) },
	/* And the older one's names for its operators. */
	{ "tc_malloc_skip_new_handler", ACQUIRE(1) },
	{ "tc_new", NEW(1) },
	{ "tc_newarray", NEW(1) },
	{ "tc_new_aligned", NEW(1) },
	{ "tc_newarray_aligned", NEW(1) },
	{ "tc_new_nothrow", ACQUIRE(1) },
	{ "tc_newarray_nothrow", ACQUIRE(1) },
	{ "tc_new_aligned_nothrow", ACQUIRE(1) },
	{ "tc_newarray_aligned_nothrow", ACQUIRE(1) },
	{ "tc_delete", RELEASE(1) },
	{ "tc_deletearray", RELEASE(1) },
	{ "tc_delete_sized", RELEASE(1) },
	{ "tc_deletearray_sized", RELEASE(1) },
	{ "tc_delete_nothrow", RELEASE(1) },
	{ "tc_deletearray_nothrow", RELEASE(1) },
	{ "tc_delete_aligned", RELEASE(1) },
	{ "tc_deletearray_aligned", RELEASE(1) },
	{ "tc_delete_sized_aligned", RELEASE(1) },
	{ "tc_deletearray_sized_aligned", RELEASE(1) },
	/* mimalloc, apart from its C names. */
	{ "mi_malloc_small", ACQUIRE(1) },
	{ "mi_zalloc", ACQUIRE(1) },
	{ "mi_zalloc_small", ACQUIRE(1) },
	{ "mi_mallocn", ACQUIRE_N(1, 2) },
	{ "mi_malloc_aligned", ACQUIRE(1) },
	{ "mi_malloc_aligned_at", ACQUIRE(1) },
	{ "mi_zalloc_aligned", ACQUIRE(1) },
	{ "mi_zalloc_aligned_at", ACQUIRE(1) },
	{ "mi_calloc_aligned", ACQUIRE_N(1, 2) },
	{ "mi_calloc_aligned_at", ACQUIRE_N(1, 2) },
	{ "mi_reallocn", REALLOC_N(1, 2, 3) },
	{ "mi_rezalloc", REALLOC(1, 2) },
	{ "mi_recalloc", REALLOC_N(1, 2, 3) },
	{ "mi_realloc_aligned", REALLOC(1, 2) },
	{ "mi_realloc_aligned_at", REALLOC(1, 2) },
	{ "mi_rezalloc_aligned", REALLOC(1, 2) },
	{ "mi_rezalloc_aligned_at", REALLOC(1, 2) },
	{ "mi_recalloc_aligned", REALLOC_N(1, 2, 3) },
	{ "mi_recalloc_aligned_at", REALLOC_N(1, 2, 3) },
	{ "mi_expand", RESIZE(1, 2) },
	{ "mi_strdup", STRING(1) },
	{ "mi_strndup", STRING_N(1, 2) },
	{ "mi_new", NEW(1) },
	{ "mi_new_aligned", NEW(1) },
	{ "mi_new_n", NEW_N(1, 2) },
	{ "mi_new_nothrow", ACQUIRE(1) },
	{ "mi_new_aligned_nothrow", ACQUIRE(1) },
	{ "mi_free_size", RELEASE(1) },
	{ "mi_free_aligned", RELEASE(1) },
	{ "mi_free_size_aligned", RELEASE(1) },
	{ "mi_heap_malloc", ACQUIRE(2) },
	{ "mi_heap_malloc_small", ACQUIRE(2) },
	{ "mi_heap_zalloc", ACQUIRE(2) },
	{ "mi_heap_calloc", ACQUIRE_N(2, 3) },
	{ "mi_heap_mallocn", ACQUIRE_N(2, 3) },
	{ "mi_heap_malloc_aligned", ACQUIRE(2) },
	{ "mi_heap_malloc_aligned_at", ACQUIRE(2) },
	{ "mi_heap_zalloc_aligned", ACQUIRE(2) },
	{ "mi_heap_zalloc_aligned_at", ACQUIRE(2) },
	{ "mi_heap_calloc_aligned", ACQUIRE_N(2, 3) },
	{ "mi_heap_calloc_aligned_at", ACQUIRE_N(2, 3) },
	{ "mi_heap_realloc", REALLOC(2, 3) },
	{ "mi_heap_reallocn", REALLOC_N(2, 3, 4) },
	{ "mi_heap_reallocf", REALLOC(2, 3) | LT_CALL_CONSUMES },
	{ "mi_heap_rezalloc", REALLOC(2, 3) },
	{ "mi_heap_recalloc", REALLOC_N(2, 3, 4) },
	{ "mi_heap_realloc_aligned", REALLOC(2, 3) },
	{ "mi_heap_rezalloc_aligned", REALLOC(2, 3) },
	{ "mi_heap_strdup", STRING(2) },
	{ "mi_heap_strndup", STRING_N(2, 3) },
	{ "mi_heap_alloc_new", NEW(2) },
	{ "mi_heap_alloc_new_n", NEW_N(2, 3) },
	/* Rust until 1.86: what its allocator is made of where it is not the C library. */
	{ "__rg_alloc", ACQUIRE(1) },
	{ "__rg_alloc_zeroed", ACQUIRE(1) },
	{ "__rg_realloc", REALLOC(1, 4) },
	{ "__rg_dealloc", RELEASE(1) },
};

/* Rust since then, behind a prefix. */
const struct allocator_row allocator_rust_rows[] = {
	{ "_7___rustc12___rust_alloc", ACQUIRE(1) },
	{ "_7___rustc19___rust_alloc_zeroed", ACQUIRE(1) },
	{ "_7___rustc14___rust_realloc", REALLOC(1, 4) },
	{ "_7___rustc14___rust_dealloc", RELEASE(1) },
};

const struct allocator_identity allocator_identities[] = {
	{ "libasan", "__asan_init", "AddressSanitizer", true },
	{ "liblsan", "__lsan_init", "LeakSanitizer", true },
	{ "liblsan", "__lsan_do_leak_check", "LeakSanitizer", true },
	{ "libtsan", "__tsan_init", "ThreadSanitizer", true },
	{ "libhwasan", "__hwasan_init", "HWAddressSanitizer", true },
	{ "libmsan", "__msan_init", "MemorySanitizer", true },
	{ "libjemalloc", "mallctl", "jemalloc", false },
	{ "libjemalloc", "je_mallctl", "jemalloc", false },
	{ "libjemalloc", "_rjem_mallctl", "jemalloc", false },
	{ "libtcmalloc", "tc_version", "tcmalloc", false },
	{ "libtcmalloc", "TCMallocInternalMalloc", "tcmalloc", false },
	{ "libmimalloc", "mi_version", "mimalloc", false },
	{ "libc.musl", "__malloc_donate", "musl", false },
	{ "ld-musl", "__libc_malloc_impl", "musl", false },
	{ "libc-2.", "__libc_malloc", "glibc", false },
	{ "libc.so.", "__libc_malloc", "glibc", false },
};

#define N_ROWS(rows) (sizeof(rows) / sizeof(rows[0]))

const size_t allocator_n_c_rows = N_ROWS(allocator_c_rows);
const size_t allocator_n_prefixes = N_ROWS(allocator_prefixes);
const size_t allocator_n_sanitizer_rows = N_ROWS(allocator_sanitizer_rows);
const size_t allocator_n_other_rows = N_ROWS(allocator_other_rows);
const size_t allocator_n_rust_rows = N_ROWS(allocator_rust_rows);
const size_t allocator_n_identities = N_ROWS(allocator_identities);
