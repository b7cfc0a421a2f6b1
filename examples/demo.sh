#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Builds the leaky ctest project next to this script and runs its tests under leaktrace:
# demo.sh LEAKTRACE_BINARY. Fails unless leaktrace found the leak.
set -eu

[ $# -eq 1 ] || { echo "usage: demo.sh LEAKTRACE_BINARY" >&2; exit 2; }
leaktrace=$(realpath -- "$1")
cd "$(dirname "$0")/.."
build=build/demo

if [ "$(id -u)" != 0 ]; then
	echo "demo: tracing needs root; type: sudo make demo" >&2
	exit 1
fi

mkdir -p "$build"
log=$build/build.log
if ! { cmake -S examples/leaky-cmake -B "$build" -DCMAKE_BUILD_TYPE=RelWithDebInfo &&
	cmake --build "$build"; } >"$log" 2>&1; then
	cat "$log" >&2
	echo "demo: the example project does not build" >&2
	exit 1
fi
# Under sudo the tests run as the user who called it, and ctest writes a log file.
if [ -n "${SUDO_UID-}" ]; then
	chown -R "$SUDO_UID:${SUDO_GID-$SUDO_UID}" "$build"
fi

json=$build/leaks.json
rm -f "$json"
echo "\$ leaktrace --json $json -- ctest --test-dir $build"
status=0
"$leaktrace" --json "$json" -- ctest --test-dir "$build" || status=$?

if [ "$status" != 23 ]; then
	echo "demo: leaktrace ended with status $status; 23 was expected" >&2
	exit 1
fi
# Other memory gives status 23 too: what cache_insert() lost in test_replace has to be there.
if ! grep -Eq '"blocks": ?3, ?"bytes": ?12288,.*"cache_insert"' "$json"; then
	echo "demo: the leak of cache_insert is not in $json" >&2
	exit 1
fi
echo "demo: status 23, as it should be: the tests passed and memory was left behind"
