// SPDX-License-Identifier: GPL-2.0
/* The definitions behind maps.bpf.h, which explains them. */
#include "maps.bpf.h"

struct lt_procs_map lt_procs SEC(".maps");
struct lt_spaces_map lt_spaces SEC(".maps");
struct lt_free_spaces_map lt_free_spaces SEC(".maps");
struct lt_levels_map lt_levels SEC(".maps");
struct lt_overflow_map lt_overflow SEC(".maps");
struct lt_stacks_map lt_stacks SEC(".maps");
struct lt_rows_map lt_rows SEC(".maps");
struct lt_granules_map lt_granules SEC(".maps");
struct lt_rules_map lt_rules SEC(".maps");
struct lt_modules_map lt_modules SEC(".maps");
struct lt_spaces_code_map lt_spaces_code SEC(".maps");
struct lt_no_code_map lt_no_code SEC(".maps");
struct lt_known_map lt_known SEC(".maps");
struct lt_tasks_map lt_tasks SEC(".maps");
struct lt_fds_map lt_fds SEC(".maps");
struct lt_bad_closes_map lt_bad_closes SEC(".maps");
struct lt_releases_map lt_releases SEC(".maps");
struct lt_signals_map lt_signals SEC(".maps");
struct lt_events_map lt_events SEC(".maps");
struct lt_raws_map lt_raws SEC(".maps");
struct lt_loads_map lt_loads SEC(".maps");
struct lt_seen_map lt_seen SEC(".maps");
struct lt_starts_map lt_starts SEC(".maps");
struct lt_holds_map lt_holds SEC(".maps");

const volatile __u64 lt_start_ns = 0;
const volatile bool lt_follow = false;
const volatile bool lt_exact_stacks = false;
const volatile bool lt_use_tables = false;
const volatile bool lt_trace_fds = false;
const volatile struct lt_runner lt_runners[LT_MAX_RUNNERS] = {};
const volatile __u64 lt_sample_bytes = 0;
const volatile bool lt_releases_apart = false;
const volatile bool lt_skip_returns = false;
const volatile __u32 lt_owner = 0;
volatile __u32 lt_holds_answered = 0;
volatile __u32 lt_last_space = 0;
volatile __u32 lt_level_used = 0;
volatile __u32 lt_level_ready = 0;
volatile __u32 lt_level_wanted = 0;
volatile __u32 lt_overflow_used = 0;
volatile __u32 lt_last_epoch = 0;

char LICENSE[] SEC("license") = "GPL";
