#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# What is installed and what is in the package: it runs from there, and the completions know the
# options.

load lib

BASH_COMPLETION=root/usr/share/bash-completion/completions/leaktrace
ZSH_FUNCTIONS=root/usr/share/zsh/site-functions
FISH_COMPLETION=root/usr/share/fish/vendor_completions.d/leaktrace.fish
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

# offers SHELL: what zsh or fish offers for each line of the file "lines", as "LINE|WORD WORD...":
# the ends of the words, behind what stands there already, sorted.
offers() {
	: >offered
	case $1 in
	zsh)
		LINES_FILE=$PWD/lines OFFERED=$PWD/offered ZDOTDIR=$PWD \
			COMPLETIONS=$PWD/$ZSH_FUNCTIONS timeout "$PATIENCE" \
			script -qec 'zsh -i' /dev/null </dev/null >terminal 2>&1
		;;
	fish)
		timeout "$PATIENCE" fish -c "source '$FISH_COMPLETION'
			while read -l line; echo \"=\$line\"; complete -C \"\$line\"; end" \
			<lines >offered 2>terminal
		;;
	esac || fail "$1: $(cat terminal)" || return
	awk '/^=/ { line = substr($0, 2); print ++n "|" line "|"; next }
		{ sub(/\t.*/, ""); sub(/.*[=,]/, ""); if ($0) print n "|" line "|" $0 }' offered |
		LC_ALL=C sort -u -t '|' -k 1,1n -k 3 |
		awk -F '|' '$3 { printf "%s%s", between, $3; between = " "; next }
			{ printf("%s%s|", (NR > 1 ? "\n" : ""), $2); between = "" }
			END { print "" }'
}

# The long options that have one or some of these words as their values, as "OPTION WORD...".
options_with_words() {
	sed -n 's/^	\(--[a-z-]*\).*) _leaktrace_list "\([a-z].*\)" ;;$/\1 \2/p' \
		"$BASH_COMPLETION"
}

# words_of OPTION: those that leaktrace names when it is given another one.
words_of() {
	sorted "$("$LT" "$1=nonsense" -- false 2>&1 | tr , ' ' |
		sed -n 's/.*\(write some of\|write\|one of\|there are:\) //p' |
		sed 's/ \(or\|and\) / /')"
}

# sorted "WORD...": the words in one line.
sorted() {
	tr -s ' ' '\n' <<<"$1" | LC_ALL=C sort | paste -s -d ' '
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
	equal "$(sed -n 's/^complete .* -l \([a-z-]*\) .*/\1/p' \
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
	completes "" leaktrace top some.
	# Each word that is offered is one that leaktrace takes, and it names no other.
	at_least "$(options_with_words | wc -l)" 8 "options with words"
	while read -r option list; do
		for word in $list; do
			"$LT" "$option=$word" --version >/dev/null || fail "$option=$word"
		done
		equal "$(words_of "$option")" "$(sorted "$list")" "words of $option"
	done < <(options_with_words)
}

@test "install: zsh and fish complete verbs, options, values and files" {
	need zsh fish script
	make -s -C "$TOP" install DESTDIR="$WORK/root" PREFIX=/usr
	cp "$E2E_DIR/completion.zsh" .zshrc
	touch some.json
	cat >wanted <<-'EOS'
		leaktrace --ju|--junit
		leaktrace --json x suppre|suppress
		leaktrace report --cl|--class
		leaktrace --json x diff --ju|--junit
		leaktrace oom --exp|--explain
		leaktrace --kinds m|mapping memory
		leaktrace --kinds=fd,m|mapping memory
		leaktrace -k fd,m|mapping memory
		leaktrace -q --json some.|some.json
		leaktrace report some.|some.json
		leaktrace top some.|
		leaktrace --json x cat some.|some.json
		leaktrace --json x -- cat some.|some.json
		leaktrace cat --ju|
	EOS
	echo "leaktrace --|$(help_options | sed 's/^/--/' | paste -s -d ' ')" >>wanted
	while read -r option list; do
		echo "leaktrace $option=|$(sorted "$list")" >>wanted
	done < <(options_with_words)
	at_least "$(wc -l <wanted)" 22 "lines"
	sed 's/|.*//' wanted >lines
	for shell in zsh fish; do
		offers $shell >got
		diff -u wanted got || fail "$shell completes something else"
	done
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
	grep -q '^Copyright (c)' unpacked/usr/share/doc/leaktrace/copyright || fail "no licence"
	# It has what "make install" installs, where Debian wants it, and nothing else.
	make -s -C "$TOP" install DESTDIR="$WORK/root" PREFIX=/usr
	(cd root && find . -type f) | sed -e 's|zsh/site-functions/|zsh/vendor-completions/|' \
		-e 's|doc/leaktrace/LICENSE$|doc/leaktrace/copyright|' \
		-e 's|doc/leaktrace/LICENSE.GPL-2.0$|doc/leaktrace/changelog.gz|' \
		-e 's|leaktrace\.1$|leaktrace.1.gz|' | LC_ALL=C sort >installed
	(cd unpacked && find . -type f) | LC_ALL=C sort | diff installed - ||
		fail "the package has other files than the installation"
	LT=$WORK/unpacked/usr/bin/leaktrace
	trace --fail-on none -- "$LEAKERS/allocators" malloc
	check_truth json out
}
