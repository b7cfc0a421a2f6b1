#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# What is installed and what is in the package: it runs from there, and the completions know the
# options.

load lib

BASH_COMPLETION=root/usr/share/bash-completion/completions/leaktrace
TOP=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)

setup() {
	common_setup
	need make jq scdoc
	unset MAKEFLAGS MFLAGS MAKELEVEL
}

teardown() {
	common_teardown
}

# The long options of --help, a line each.
help_options() {
	"$LT" --help | sed -n 's/^ \{2,6\}\(-[a-zA-Z], \)\{0,1\}--\([a-z-]*\).*/\2/p' |
		LC_ALL=C sort
}

# completes WANTED WORD...: what bash offers for the last word, in one line.
completes() {
	local wanted=$1

	shift
	equal "$(bash --norc -c '
		source "$0"
		COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
		_leaktrace 2>/dev/null
		echo "${COMPREPLY[@]}"' "$BASH_COMPLETION" "$@")" "$wanted" "completion of '$*'"
}

@test "install: all that belongs to it, and it runs" {
	make -s -C "$TOP" install DESTDIR="$WORK/root" PREFIX=/usr
	equal "$(root/usr/bin/leaktrace --version)" "leaktrace $(cat "$TOP/VERSION")" "version"
	grep -q '^\.TH "leaktrace" "1"' root/usr/share/man/man1/leaktrace.1 || fail "no man page"
	grep -q '^ExecStart=/usr/bin/leaktrace ' \
		root/usr/lib/systemd/system/leaktrace-oom.service || fail "no unit"
	[ -s root/usr/share/doc/leaktrace/docs/OUTPUT.md ] || fail "no documentation"

	cd root/usr/share
	for option in $(help_options); do
		grep -qE -- "--${option}( |=|')" bash-completion/completions/leaktrace ||
			fail "bash does not know --$option"
		grep -qE -- "--${option}(\\[|=|})" zsh/site-functions/_leaktrace ||
			fail "zsh does not know --$option"
		grep -q -- "-l $option " fish/vendor_completions.d/leaktrace.fish ||
			fail "fish does not know --$option"
	done
	at_least "$(help_options | wc -l)" 50 "options"
	equal "$(sed -n 's/^complete -c leaktrace -l \([a-z-]*\) .*/\1/p' \
		fish/vendor_completions.d/leaktrace.fish | LC_ALL=C sort)" "$(help_options)" \
		"options that fish knows"
}

@test "install: bash completes options, values and words" {
	make -s -C "$TOP" install DESTDIR="$WORK/root" PREFIX=/usr
	touch some.json
	completes "--junit=" leaktrace --ju
	completes "--scan --scan-timeout=" leaktrace --sca
	completes "memory mapping" leaktrace --kinds m
	completes "memory mapping" leaktrace --kinds = m
	completes "fd,memory fd,mapping" leaktrace -k fd,m
	completes "some.json" leaktrace -q --json some.
	completes "some.json" leaktrace --json = some.
	completes "some.json" leaktrace report some.
	completes "some.json" leaktrace --json x -- cat some.
	completes "some.json" leaktrace --json -- --junit some.
	completes "suppress" leaktrace --json x suppr
	completes "" leaktrace cat --ju
	# Each word that is offered is one that leaktrace takes.
	sed -n 's/^	\(--[a-z-]*\).*) _leaktrace_list "\(.*\)" ;;$/\1 \2/p' \
		"$BASH_COMPLETION" >words
	at_least "$(grep -c . words)" 8 "options with words"
	while read -r option list; do
		for word in $list; do
			"$LT" "$option=$word" --version >/dev/null || fail "$option=$word"
		done
	done < <(grep -v '"' words)
}

@test "install: the package has what it needs, and runs" {
	need dpkg-deb dpkg-shlibdeps
	make -s -C "$TOP" deb
	package=$(echo "$TOP"/build/leaktrace_*_"$(dpkg --print-architecture)".deb)
	dpkg-deb --field "$package" Depends >depends
	for library in libbpf1 libc6 libdw1 libelf1 libsqlite3-0; do
		grep -q "$library" depends || fail "it does not depend on $library"
	done
	dpkg-deb --extract "$package" unpacked
	[ -s unpacked/usr/share/doc/leaktrace/copyright ] || fail "no licence"
	LT=$WORK/unpacked/usr/bin/leaktrace
	trace --fail-on none -- "$LEAKERS/allocators" malloc
	check_truth json out
}
