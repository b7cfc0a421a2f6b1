# SPDX-License-Identifier: BSD-2-Clause
# Leakers that work in rounds: after each they print a line and wait for one.
# shellcheck shell=bash

# To be called by setup(): the program ./rounds, "rounds N COMMAND...", lets $LEAKER make N rounds
# and runs COMMAND after each.
rounds_write() {
	cat >rounds <<-'EOS'
		#!/bin/bash
		coproc R { exec "$LEAKER"; }
		exec 5<&"${R[0]}" 6>&"${R[1]}" {R[0]}<&- {R[1]}>&-
		pid=$R_PID
		for ((i = 0; i < $1; i++)); do
			read -r line <&5
			"${@:2}" || exit 9
			echo >&6
		done
		exec 6>&-
		wait "$pid"
	EOS
	chmod 755 rounds
	export LT LEAKER=$LEAKERS/$1
}
