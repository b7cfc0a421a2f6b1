# SPDX-License-Identifier: BSD-2-Clause
# The tests: unit tests per folder (which link only that folder and those it may use), and the
# end-to-end tests, which need root. Included by the Makefile.

SANITIZE   := -fsanitize=address,undefined -fno-sanitize-recover=all
UNIT_DIRS  := base model $(STAGES) cmd bpf
UNIT_TESTS := $(patsubst tests/unit/%.c,$(B)/tests/unit/%,$(wildcard tests/unit/*/test_*.c))
LEAKERS    := $(patsubst tests/leakers/%.c,$(B)/tests/leakers/%,$(wildcard tests/leakers/*.c)) \
	$(patsubst tests/leakers/%.cc,$(B)/tests/leakers/%,$(wildcard tests/leakers/*.cc)) \
	$(addprefix $(B)/tests/leakers/,plugin.so swallow.so holder.so)

# The sources that the unit tests of a folder may link: the folder, then model and base.
unit_folders = $(if $(filter base,$(1)),base,\
	$(if $(filter model bpf,$(1)),model base,$(1) model base))
# Of cmd only what reads options, with what one of them says, and what an exec is of: the rest needs
# every stage.
unit_sources = $(if $(filter cmd,$(1)),$(wildcard src/cmd/config*.c) src/probe/allocator_spec.c \
	src/cmd/start.c src/probe/elf_file.c,\
	$(call folder_sources,$(1)))
unit_objects = $(foreach f,$(call unit_folders,$(1)),\
	$(patsubst src/%.c,$(B)/san/%.o,$(call unit_sources,$(f))) $(generated_$(f)))

$(B)/san/%.o: src/%.c | $(DEPS_OK) $(B)/version.h
	$(call say,CC-SAN,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) -DUNIT_TEST $(CFLAGS) $(SANITIZE) -MMD -MP -c -o $@ $<
$(patsubst src/%.c,$(B)/san/%.o,$(call folder_sources,probe)): | $(B)/leaktrace.skel.h \
	$(B)/recorder.skel.h
$(patsubst src/%.c,$(B)/san/%.o,$(call folder_sources,report)): | $(PROFILE).h
-include $(wildcard $(B)/san/*/*.d)

define unit_rule
$(B)/tests/unit/$(1)/%: tests/unit/$(1)/%.c $(call unit_objects,$(1)) | $(B)/.deps-unit-ok
	$$(call say,TEST,$$@)
	$$(Q)mkdir -p $$(@D)
	$$(Q)$$(CC) $$(CPPFLAGS) -Itests/unit -Ibpf $$(CFLAGS) $$(SANITIZE) -MMD -MP -MF $$@.d \
		-o $$@ $$< $(call unit_objects,$(1)) -lcmocka $$(LIBS)
endef
$(foreach d,$(UNIT_DIRS),$(eval $(call unit_rule,$(d))))

# Fuzz harnesses: NAME:FOLDER. As tests they replay their corpus; "make fuzz" looks for more.
FUZZ         := eh_frame:unwind symbol:symbol demangle:symbol oom:oom suppressions:model \
	recording:store
FUZZ_SECONDS ?= 60
fuzz_name     = $(firstword $(subst :, ,$(1)))
fuzz_folder   = $(lastword $(subst :, ,$(1)))
FUZZ_TESTS   := $(foreach f,$(FUZZ),$(B)/tests/fuzz/fuzz_$(call fuzz_name,$(f)))
FUZZ_SOURCES  = $(foreach d,$(sort $(1) model base),$(wildcard src/$(d)/*.c))

define fuzz_rule
$(B)/tests/fuzz/fuzz_$(call fuzz_name,$(1)): tests/fuzz/fuzz_$(call fuzz_name,$(1)).c \
		tests/fuzz/replay.c tests/fuzz/fuzz.h $(call unit_objects,$(call fuzz_folder,$(1)))
	$$(call say,FUZZ,$$@)
	$$(Q)mkdir -p $$(@D)
	$$(Q)$$(CC) $$(CPPFLAGS) $$(CFLAGS) $$(SANITIZE) -o $$@ $$< \
		tests/fuzz/replay.c $(call unit_objects,$(call fuzz_folder,$(1))) $$(LIBS)
$(B)/fuzz/$(call fuzz_name,$(1)): tests/fuzz/fuzz_$(call fuzz_name,$(1)).c
	$$(call say,FUZZ,$$@)
	$$(Q)mkdir -p $$(@D)
	$$(Q)$$(CLANG) $$(CPPFLAGS) -std=gnu17 -g -O1 \
		-fsanitize=fuzzer,address,undefined -o $$@ $$< \
		$(call FUZZ_SOURCES,$(call fuzz_folder,$(1))) $$(LIBS)
endef
$(foreach f,$(FUZZ),$(eval $(call fuzz_rule,$(f))))

FUZZ_ENGINES := $(foreach f,$(FUZZ),$(B)/fuzz/$(call fuzz_name,$(f)))
fuzz: $(FUZZ_ENGINES) ## search for crashes (FUZZ_SECONDS=60 each)
	$(Q)tools/install-deps fuzz
	$(Q)for f in $(foreach f,$(FUZZ),$(call fuzz_name,$(f))); do \
		mkdir -p $(B)/fuzz/$$f.found && \
		$(B)/fuzz/$$f -max_total_time=$(FUZZ_SECONDS) -artifact_prefix=$(B)/fuzz/ \
			$(B)/fuzz/$$f.found tests/fuzz/corpus/$$f || exit 1; \
	done

# Leakers are built as distributions build programs: optimised, with debug information.
LEAKER_FLAGS := -g -O2 -Wall -Wextra -Wno-unused-result -Wno-alloc-size-larger-than
$(B)/tests/leakers/%: tests/leakers/%.c tests/leakers/truth.h | $(B)/.deps-check-ok
	$(call say,LEAKER,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(LEAKER_FLAGS) -D_GNU_SOURCE -o $@ $< -pthread $(LEAKER_LINK)
$(B)/tests/leakers/static_linked: LEAKER_LINK := -static
$(B)/tests/leakers/scan_main_slow: LEAKER_LINK := -O0
$(B)/tests/leakers/clean: LEAKER_LINK := -fopenmp
$(B)/tests/leakers/%.so: tests/leakers/plugin/%.c tests/leakers/truth.h | $(B)/.deps-check-ok
	$(call say,LEAKER,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(LEAKER_FLAGS) -D_GNU_SOURCE -shared -fPIC -o $@ $<
$(B)/tests/leakers/%: tests/leakers/%.cc tests/leakers/truth.h tests/leakers/failed_new.h \
		| $(B)/.deps-check-ok
	$(call say,LEAKER,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CXX) $(LEAKER_FLAGS) -o $@ $< -pthread

# Makes a recording of any size: make build/tests/recordings/make && it FILE [CALL SITES].
$(B)/tests/recordings/make: tests/recordings/make.c tests/unit/store/sample.h $(B)/store.a \
		$(B)/model.a $(B)/base.a
	$(call say,TOOL,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -o $@ $< $(B)/store.a $(B)/model.a $(B)/base.a $(LIBS)

# Programs of the benchmark: optimised, with and without frame pointers (NAME-fp has them).
BENCH_PROGRAMS := $(patsubst tests/bench/%.c,$(B)/tests/bench/%,$(filter-out %.bpf.c,\
	$(wildcard tests/bench/*.c))) $(addprefix $(B)/tests/bench/,pairs-fp pairs-lsan live-lsan \
	memleak.bpf.o)
BENCH_FLAGS := -g -O2 -Wall -Wextra -D_GNU_SOURCE -pthread
$(B)/tests/bench/%-fp: tests/bench/%.c tests/bench/bench.h | $(B)/.deps-bench-ok
	$(call say,BENCH,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(BENCH_FLAGS) -fno-omit-frame-pointer -o $@ $<
# LeakSanitizer is a part of the program: its loops are built with it.
$(B)/tests/bench/%-lsan: tests/bench/%.c tests/bench/bench.h | $(B)/.deps-bench-ok
	$(call say,BENCH,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CLANG) $(BENCH_FLAGS) -fsanitize=leak -o $@ $<
$(B)/tests/bench/%.bpf.o: tests/bench/%.bpf.c | $(B)/.deps-bench-ok
	$(call say,BENCH,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CLANG) $(BPF_FLAGS) -Ibpf -c -o $@ $<
$(B)/tests/bench/memleak: BENCH_LIBS := -lbpf
$(B)/tests/bench/%: tests/bench/%.c tests/bench/bench.h | $(B)/.deps-bench-ok
	$(call say,BENCH,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(BENCH_FLAGS) -fomit-frame-pointer -o $@ $< $(BENCH_LIBS)
$(B)/tests/bench/floor: tests/bench/floor.c $(B)/probe.a $(B)/base.a | $(B)/.deps-bench-ok
	$(call say,BENCH,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -o $@ $< $(B)/probe.a $(B)/base.a $(LIBS)
bench bench-quick: $(BENCH_PROGRAMS)
soak-oom: $(B)/tests/bench/faults $(B)/tests/leakers/eater

check: all $(UNIT_TESTS) $(FUZZ_TESTS) $(LEAKERS) ## every test (as root; installs what is missing)
	$(Q)tools/install-deps check
	$(Q)tests/run $(B)

check-unit: $(UNIT_TESTS) $(FUZZ_TESTS) ## the unit tests only (no root needed)
	$(Q)tests/run $(B) unit

check-e2e: all $(LEAKERS) ## the end-to-end tests only (as root)
	$(Q)tools/install-deps check
	$(Q)tests/run $(B) e2e

.PHONY: check-harm
check-harm: all ## 50,000 runs of programs beside a leaktrace that comes and goes (an hour)
	$(Q)tools/install-deps check
	$(Q)LEAKTRACE_TEST_SCALE=50 bats tests/e2e/programs.bats

.PHONY: check-vm
check-vm: all $(LEAKERS) ## the core of the e2e tests on Debian's 6.1 and 6.12 kernels (QEMU)
	$(Q)tools/install-deps check vm
	$(Q)tests/vm/run $(B)

golden: ## rewrite the expected reports in tests/golden after a wanted change
	$(Q)tests/run $(B) golden
