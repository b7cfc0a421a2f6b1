# SPDX-License-Identifier: BSD-2-Clause
# Makes the completion of a shell from the man page, which has every option (a test sees to that),
# and a template: awk -f make.awk docs/leaktrace.1.scd leaktrace.bash.in
#
# In a template, @options@, @valued@, @verbs@ and @file@, @folder@, @pid@, @user@ (the options with
# such a value, as a pattern of the shell) stand for words, @fish_valued@ is @valued@ as a list; a
# line @bash_words@, @zsh_options@ or @fish_options@ stands for lines.

BEGIN {
	# Options whose values are some of these words, with commas between them.
	words["kinds"] = "memory mapping fd thread"
	words["fail-on"] = "lost indirect reachable outstanding retained growth at-exit mapping" \
		" fd thread none"
	words["show"] = "reachable indirect outstanding retained peak"
	words["class"] = "lost indirect reachable outstanding retained leaked at-exit" \
		" before-attach bad-close growth peak"
	words["log"] = "libbpf features attach events unwind symbols all"
	# And one of these.
	word["color"] = "auto always never"
	word["unwind"] = "auto dwarf fp"
	word["tests"] = "auto none ctest meson automake prove bats node nextest pytest unittest" \
		" gtest catch2 doctest boost qt check criterion cunit unity cmocka libtest usdt"
}

# What a shell shows beside an option: the beginning of TEXT, without what a shell would take for
# its own.
function summary(text) {
	gsub(/[ \t]+/, " ", text)
	sub(/^ /, "", text)
	sub(/[.] .*/, "", text)
	sub(/[.]$/, "", text)
	gsub(/["'`\\[\]$_]/, "", text)
	if (length(text) > 76) {
		text = substr(text, 1, 76)
		sub(/ [^ ]*$/, "", text)
		text = text " ..."
	}
	return text
}

function option_end() {
	if (text)
		help[n] = summary(text)
	text = ""
}

NR == FNR && /^# / {
	option_end()
	section = $2
}

NR == FNR && section == "SYNOPSIS" && /^\*leaktrace\*/ {
	line = $0
	gsub(/[*]/, "", line)
	sub(/^leaktrace (\[_OPTION_\.\.\.\] )?/, "", line)
	if (match(line, /^[a-z]+/) && !seen[verb = substr(line, 1, RLENGTH)]++)
		verbs = verbs (verbs ? " " : "") verb
}

NR == FNR && section == "OPTIONS" && /^\*-/ {
	option_end()
	line = $0
	gsub(/[*_]/, "", line)
	names[++n] = line
	sub(/^.*--/, "", names[n])
	args[n] = names[n]
	if (!sub(/.*=/, "", args[n]))
		args[n] = ""
	sub(/=.*/, "", names[n])
	letters[n] = line ~ /^-[A-Za-z],/ ? substr(line, 2, 1) : ""
	inside = 1
	next
}

NR == FNR && /^$/ {
	option_end()
	inside = 0
}

NR == FNR && inside {
	line = $0
	gsub(/[*]/, "", line)
	text = text " " line
}

# What kind of value an option has.
function kind(i) {
	if (names[i] in words)
		return "words"
	if (names[i] in word)
		return "word"
	if (args[i] == "FILE")
		return "file"
	if (args[i] ~ /^(DIR|PATH)$/)
		return "folder"
	if (args[i] ~ /PID/)
		return "pid"
	if (args[i] == "USER" || names[i] == "user")
		return "user"
	return args[i] ? "any" : "none"
}

# "--json | -o | ...": the options of a kind, or of any kind that has a value.
function pattern(of, between, i, list) {
	for (i = 1; i <= n; i++) {
		if (of == "valued" ? kind(i) == "none" : kind(i) != of)
			continue
		list = list (list ? between : "") "--" names[i] \
			(letters[i] ? between "-" letters[i] : "")
	}
	return list
}

function all_options(i, list) {
	for (i = 1; i <= n; i++)
		list = list (i > 1 ? " " : "") "--" names[i] (args[i] ? "=" : "") \
			(letters[i] ? " -" letters[i] : "")
	return list
}

function bash_words(i) {
	for (i = 1; i <= n; i++) {
		if (kind(i) == "words" || kind(i) == "word")
			printf "\t--%s%s) _leaktrace_list \"%s\" ;;\n", names[i],
				letters[i] ? " | -" letters[i] : "",
				kind(i) == "words" ? words[names[i]] : word[names[i]]
	}
}

function zsh_action(i, of) {
	of = kind(i)
	if (of == "words")
		return ":" args[i] ":_sequence compadd - " words[names[i]]
	if (of == "word")
		return ":" args[i] ":(" word[names[i]] ")"
	if (of == "file")
		return ":" args[i] ":_files"
	if (of == "folder")
		return ":" args[i] ":_files -/"
	if (of == "pid")
		return ":process:_sequence _pids"
	if (of == "user")
		return ":user:_users"
	return of == "none" ? "" : ":value:"
}

function zsh_options(i, more, both) {
	for (i = 1; i <= n; i++) {
		more = names[i] ~ /^(pid|suppressions|verbose)$/
		both = "{-" letters[i] (args[i] ? "+" : "") ",--" names[i] (args[i] ? "=" : "") "}"
		if (!letters[i])
			printf "\t'%s--%s%s", more ? "*" : "", names[i], args[i] ? "=" : ""
		else if (more)
			printf "\t'*'%s'", both
		else
			printf "\t'(-%s --%s)'%s'", letters[i], names[i], both
		printf "[%s]%s'\n", help[i], zsh_action(i)
	}
}

function fish_value(i, of) {
	of = kind(i)
	if (of == "words")
		return " -x -a '(__fish_append , " words[names[i]] ")'"
	if (of == "word")
		return " -x -a '" word[names[i]] "'"
	if (of == "file")
		return " -r -F"
	if (of == "folder")
		return " -x -a '(__fish_complete_directories)'"
	if (of == "pid")
		return " -x -a '(__fish_complete_pids)'"
	if (of == "user")
		return " -x -a '(__fish_complete_users)'"
	return of == "none" ? "" : " -x"
}

function fish_options(i) {
	for (i = 1; i <= n; i++)
		printf "complete -c leaktrace -n __leaktrace_is_own -l %s%s%s -d '%s'\n", names[i],
			letters[i] ? " -s " letters[i] : "", fish_value(i), help[i]
}

NR == FNR { next }

/^@bash_words@$/ {
	bash_words()
	next
}

/^@zsh_options@$/ {
	zsh_options()
	next
}

/^@fish_options@$/ {
	fish_options()
	next
}

{
	gsub(/@fish_valued@/, pattern("valued", " "))
	while (match($0, /@[a-z]+@/)) {
		token = substr($0, RSTART + 1, RLENGTH - 2)
		if (token == "options")
			value = all_options()
		else
			value = token == "verbs" ? verbs : pattern(token, " | ")
		$0 = substr($0, 1, RSTART - 1) value substr($0, RSTART + RLENGTH)
	}
	print
}
