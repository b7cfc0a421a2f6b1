# SPDX-License-Identifier: BSD-2-Clause
# leaktrace: "make help" lists the targets. Everything that is built goes under build/.

VERSION  := $(shell cat VERSION)
B        := build
CC       ?= cc
CLANG    ?= clang
BPFTOOL  ?= $(shell command -v bpftool || echo /usr/sbin/bpftool)
PREFIX   ?= /usr/local
Q        := $(if $(V),,@)
say       = $(if $(V),,@printf '  %-8s %s\n' $(1) $(2);)

ARCH     := $(shell uname -m | sed -e s/x86_64/x86/ -e s/aarch64/arm64/)
WARNINGS := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wformat=2 \
	-Wimplicit-fallthrough -Wundef -Wvla -Wwrite-strings -Wno-format-nonliteral
CFLAGS   ?= -O2 -g
CPPFLAGS += -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -Iinclude -Isrc -I$(B)
CFLAGS   += -std=gnu17 -fno-omit-frame-pointer $(WARNINGS) $(if $(DEVELOPER),-Werror)
LIBS     := -lbpf -lsqlite3 -ldw -lelf -llzma -ljansson -lZydis -liberty -lcap \
	-lncursesw -ltinfo -lprotobuf-c -lz -lm

# The libraries that the compiler must find before anything is built.
DEPS_OK  := $(B)/.deps-ok

# --- the binary: one archive per folder, linked in the order of the dependency rule -------------
STAGES   := probe unwind scan collect testrun store symbol oom report
FOLDERS  := cmd $(STAGES) model base
folder_sources = $(wildcard src/$(1)/*.c)
ARCHIVES := $(foreach f,$(FOLDERS),$(if $(call folder_sources,$(f)),$(B)/$(f).a))
OBJECTS  := $(patsubst src/%.c,$(B)/src/%.o,$(wildcard src/*.c src/*/*.c))

.DELETE_ON_ERROR:
.SECONDARY:
.PHONY: all help demo check check-unit check-e2e lint bench bench-quick soak soak-oom compdb \
	install deb clean fuzz golden picture

# Where the program looks for it, installed or not.
PLUGIN := $(B)/share/leaktrace/pytest/leaktrace_repeat.py

all: $(B)/leaktrace $(PLUGIN) ## build it (V=1 shows commands, DEVELOPER=1 makes warnings errors)

$(PLUGIN): contrib/pytest/leaktrace_repeat.py
	$(Q)install -Dm644 $< $@

$(DEPS_OK): tools/install-deps
	$(Q)mkdir -p $(B)
	$(Q)tools/install-deps build
	$(Q)touch $@

# What only some targets need: .deps-unit-ok, .deps-check-ok.
$(B)/.deps-%-ok: tools/install-deps
	$(Q)mkdir -p $(B)
	$(Q)tools/install-deps $*
	$(Q)touch $@

# What a folder has besides its sources.
PROFILE          := $(B)/report/profile.pb-c
generated_report := $(PROFILE).o

$(B)/leaktrace: $(B)/src/main.o $(ARCHIVES)
	$(call say,LINK,$@)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $(B)/src/main.o -Wl,--start-group $(ARCHIVES) \
		-Wl,--end-group $(LIBS)

define archive_rule
$(B)/$(1).a: $(patsubst src/%.c,$(B)/src/%.o,$(call folder_sources,$(1))) $(generated_$(1))
	$$(call say,AR,$$@)
	$$(Q)rm -f $$@ && $$(AR) crs $$@ $$^
endef
$(foreach f,$(FOLDERS),$(eval $(call archive_rule,$(f))))

$(B)/src/%.o: src/%.c | $(DEPS_OK)
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

$(patsubst src/%.c,$(B)/src/%.o,$(call folder_sources,probe)): | $(B)/leaktrace.skel.h \
	$(B)/recorder.skel.h

$(PROFILE).c $(PROFILE).h &: src/report/profile.proto | $(DEPS_OK)
	$(call say,PROTO,$<)
	$(Q)mkdir -p $(B)/report
	$(Q)protoc-c --c_out=$(B)/report --proto_path=src/report profile.proto
$(PROFILE).o: $(PROFILE).c $(PROFILE).h
	$(call say,CC,$<)
	$(Q)$(CC) $(CPPFLAGS) -O2 -g -I$(B)/report -c -o $@ $<
$(patsubst src/%.c,$(B)/src/%.o,$(call folder_sources,report)): | $(PROFILE).h

$(B)/version.h: VERSION
	$(Q)mkdir -p $(B)
	$(Q)printf '#define LEAKTRACE_VERSION "%s"\n' "$(VERSION)" > $@
$(OBJECTS): | $(B)/version.h

# The page of the HTML report is a part of its object, as the description of the JSON report is.
$(B)/page.html: $(wildcard src/report/html/*)
	$(call say,PAGE,$@)
	$(Q)mkdir -p $(B)
	$(Q)src/report/html/assemble > $@
$(B)/src/report/html.o $(B)/san/report/html.o: $(B)/page.html
$(B)/src/report/schema.o $(B)/san/report/schema.o: docs/OUTPUT.md

# --- the BPF half: several objects linked into one skeleton ------------------------------------
# The maps come first: bpftool's linker resolves references to what it has seen already.
BPF_SOURCES := bpf/maps.bpf.c $(filter-out bpf/maps.bpf.c,$(wildcard bpf/*.bpf.c))
BPF_OBJECTS := $(patsubst bpf/%.bpf.c,$(B)/bpf/%.bpf.o,$(BPF_SOURCES))
BPF_FLAGS   := -g -O2 -target bpf -mcpu=v3 -D__TARGET_ARCH_$(ARCH) -Iinclude -Ibpf \
	-idirafter /usr/include/$(shell uname -m)-linux-gnu $(filter-out -Wmissing-prototypes, \
	$(WARNINGS)) -Wno-unused-parameter $(if $(DEVELOPER),-Werror)

$(B)/bpf/%.bpf.o: bpf/%.bpf.c | $(DEPS_OK)
	$(call say,BPF,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CLANG) $(BPF_FLAGS) -MMD -MP -c -o $@ $<

$(B)/leaktrace.bpf.o: $(BPF_OBJECTS)
	$(call say,BPFLINK,$@)
	$(Q)$(BPFTOOL) gen object $@ $^

$(B)/leaktrace.skel.h: $(B)/leaktrace.bpf.o
	$(call say,SKEL,$@)
	$(Q)$(BPFTOOL) gen skeleton $< name leaktrace_bpf > $@

# The flight recorder is an object of its own.
$(B)/recorder.skel.h: $(B)/bpf/recorder/recorder.bpf.o
	$(call say,SKEL,$@)
	$(Q)$(BPFTOOL) gen skeleton $< name recorder_bpf > $@

-include $(wildcard $(B)/bpf/recorder/*.d)
-include $(wildcard $(B)/src/*.d $(B)/src/*/*.d $(B)/bpf/*.d $(B)/tests/*/*.d $(B)/tests/*/*/*.d)

# --- tests --------------------------------------------------------------------------------------
include tests/tests.mk

demo: all ## build and run leaktrace on a small leaky ctest project (installs what is missing)
	$(Q)tools/install-deps demo
	$(Q)examples/demo.sh $(B)/leaktrace

picture: demo ## docs/images/report.png: the HTML report of the demo (as root)
	$(Q)tools/install-deps check
	$(Q)mkdir -p docs/images
	$(Q)cd examples/leaky-cmake && $(CURDIR)/$(B)/leaktrace -q --error-exitcode=0 \
		--html=$(CURDIR)/$(B)/demo/page.html -- ctest --test-dir ../../$(B)/demo
	$(Q)/usr/bin/python3 -B tests/e2e/html_page.py picture $(CURDIR)/$(B)/demo/page.html \
		docs/images/report.png

lint: ## layers, style, shellcheck, spelling (installs what is missing)
	$(Q)tools/install-deps lint
	$(Q)tools/lint

bench: all ## cost of tracing, as ratios to the untraced run
	$(Q)tools/install-deps bench
	$(Q)tests/bench/run $(B)/leaktrace

bench-quick: all ## the same in two minutes, to standard output only
	$(Q)tools/install-deps bench
	$(Q)BENCH_QUICK=1 tests/bench/run $(B)/leaktrace

SOAK_MINUTES ?= 10
soak: all ## leaktrace beside a redis-server under load for SOAK_MINUTES=10
	$(Q)tools/install-deps bench
	$(Q)tests/bench/soak $(B)/leaktrace $(SOAK_MINUTES)

.PHONY: soak-all
soak-all: all $(LEAKERS) ## leaktrace -a beside builds and tests for SOAK_MINUTES=10
	$(Q)tests/bench/soak_all $(B)/leaktrace $(B)/tests/leakers $(SOAK_MINUTES)

soak-oom: all ## the flight recorder on a machine that does much, for SOAK_MINUTES=10
	$(Q)tools/install-deps bench
	$(Q)tests/bench/soak-oom $(B)/leaktrace $(SOAK_MINUTES)

compdb: ## compile_commands.json for editors, the BPF files included
	$(Q)tools/compdb "$(CPPFLAGS) $(CFLAGS)" "$(BPF_FLAGS)" > compile_commands.json

# --- what is installed --------------------------------------------------------------------------
COMPLETIONS := $(addprefix $(B)/completions/leaktrace.,bash zsh fish)
SHARE        = $(DESTDIR)$(PREFIX)/share
UNIT         = $(DESTDIR)$(PREFIX)/lib/systemd/system/leaktrace-oom.service
PAGES       := README.md LICENSE LICENSE.GPL-2.0 $(wildcard docs/*.md)

$(B)/completions/leaktrace.%: docs/leaktrace.1.scd tools/completions/leaktrace.%.in \
		tools/completions/make.awk
	$(call say,GEN,$@)
	$(Q)mkdir -p $(@D)
	$(Q)awk -f tools/completions/make.awk docs/leaktrace.1.scd $(word 2,$^) > $@

$(B)/leaktrace.1: docs/leaktrace.1.scd | $(DEPS_OK)
	$(call say,MAN,$@)
	$(Q)scdoc < $< > $@

install: all $(COMPLETIONS) $(B)/leaktrace.1 ## install into PREFIX (DESTDIR is honoured)
	$(Q)install -Dm755 $(B)/leaktrace $(DESTDIR)$(PREFIX)/bin/leaktrace
	$(Q)install -Dm644 contrib/cmake/Leaktrace.cmake $(SHARE)/leaktrace/cmake/Leaktrace.cmake
	$(Q)install -Dm644 contrib/pytest/leaktrace_repeat.py \
		$(SHARE)/leaktrace/pytest/leaktrace_repeat.py
	$(Q)install -Dm644 $(B)/leaktrace.1 $(SHARE)/man/man1/leaktrace.1
	$(Q)install -Dm644 $(B)/completions/leaktrace.bash \
		$(SHARE)/bash-completion/completions/leaktrace
	$(Q)install -Dm644 $(B)/completions/leaktrace.zsh $(SHARE)/zsh/site-functions/_leaktrace
	$(Q)install -Dm644 $(B)/completions/leaktrace.fish \
		$(SHARE)/fish/vendor_completions.d/leaktrace.fish
	$(Q)install -d $(dir $(UNIT))
	$(Q)sed 's|/usr/local/bin|$(PREFIX)/bin|' contrib/leaktrace-oom.service > $(UNIT)
	$(Q)install -d $(SHARE)/doc/leaktrace/docs
	$(Q)install -m644 $(filter-out docs/%,$(PAGES)) $(SHARE)/doc/leaktrace
	$(Q)install -m644 $(filter docs/%,$(PAGES)) $(SHARE)/doc/leaktrace/docs

deb: all ## a Debian package of this machine's kind in build/
	$(Q)tools/install-deps deb
	$(Q)tools/deb $(B)

clean: ## remove build/
	$(Q)rm -rf $(B)

help: ## this list
	@awk -F':.*## ' '/^[a-z][a-z0-9-]*:.*## /{printf "  %-12s %s\n", $$1, $$2}' \
		Makefile tests/tests.mk
