# SPDX-License-Identifier: BSD-2-Clause
# The .zshrc of a zsh that writes to the file OFFERED what it offers for each line of LINES_FILE: the
# line behind a "=", and a line for each word. Its completions are in COMPLETIONS. See install.bats.

fpath=("$COMPLETIONS" $fpath)
autoload -U compinit
compinit -u -D

# What is only tried out (-O, -A, -D) is no offer.
compadd() {
	local -a offered

	if [[ ${@[1,(i)(-|--)]} == *-[a-zA-Z]#[OAD]\ * ]]; then
		builtin compadd "$@"
		return
	fi
	builtin compadd -O offered "$@"
	print -rl -- $offered >>$OFFERED
	builtin compadd "$@"
}

zle -C offer list-choices _main_complete
zle-line-init() {
	local line

	for line in ${(f)"$(<$LINES_FILE)"}; do
		print -r -- "=$line" >>$OFFERED
		BUFFER=$line CURSOR=$#line
		zle offer
	done
	exit 0
}
zle -N zle-line-init
