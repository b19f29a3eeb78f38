#!/usr/bin/env bash
# Runs all that CI runs, stage by stage. A stage that fails does not keep the
# others from running; the summary names it and the exit code is 1.
#
#   scripts/test.sh            every stage
#   scripts/test.sh lint go    these stages; setup and build come first anyway
set -uo pipefail
cd "$(dirname "$0")/.."
summary=()
failed=0

stage() { # NAME COMMAND…
	local name=$1 began=$SECONDS result=ok
	shift
	printf '\n==> %s\n' "$name"
	"$@" || { result=FAILED; failed=1; }
	summary+=("$(printf '%-28s %4d s  %s' "$name" $((SECONDS - began)) "$result")")
	[ "$result" = ok ]
}

# Go's own tests, under the race detector and in random order. Seeds of fuzz
# targets run with them.
go_tests() {
	go test -race -shuffle=on -timeout 10m $(go list ./... | grep -v '^switchboard/interop')
}

# Does the npm package in DIR have a script?
has_script() { [ -f "$1/package.json" ] && (cd "$1" && npm pkg get "scripts.$2" | grep -q '"'); }

npm_stage() { # NAME DIR SCRIPT
	if has_script "$2" "$3"; then stage "$1" npm --prefix "$2" run "$3"; fi
}

wanted() { # does the caller want one of these stages?
	[ "${#only[@]}" = 0 ] && return
	local a
	for a in "${only[@]}"; do [ "$a" = "$1" ] && return; done
	return 1
}

only=("$@")
finish() {
	printf '\n'
	printf '%s\n' "${summary[@]}"
	printf '%-28s %4d s\n' total $SECONDS
	exit $failed
}

# Tests open hundreds of small databases; in memory their fsyncs cost nothing.
# Open to others, because PostgreSQL runs as another user than root.
if [ "$(df -k --output=avail /dev/shm 2>/dev/null | tail -n 1)" -gt 4000000 ] 2>/dev/null && [ -w /dev/shm ]; then
	TMPDIR=$(mktemp -d /dev/shm/switchboard.XXXXXX) && chmod 711 "$TMPDIR" && export TMPDIR
	trap 'rm -rf "$TMPDIR"' EXIT
fi

stage 'set-up' scripts/setup.sh || finish
stage 'build' make --no-print-directory build || finish

# What tests of the whole program need to know.
export SWITCHBOARD_TEST_BIN=$PWD/bin/switchboard
export SWITCHBOARD_TEST_PYTHON=$PWD/.venv/bin/python
SWITCHBOARD_TEST_CHROMIUM=$(scripts/chromium.sh)
export SWITCHBOARD_TEST_CHROMIUM

wanted lint && stage 'format, vet, linters' scripts/lint.sh
wanted go && stage 'Go tests, race detector' go_tests
if wanted ui; then
	npm_stage 'web: types' ui typecheck
	npm_stage 'web: unit tests' ui test
	npm_stage 'web: sizes' ui size
fi
wanted e2e && npm_stage 'web: browser' ui/e2e e2e
if wanted interop && ls interop/*_test.go >/dev/null 2>&1; then
	stage 'foreign clients' go test -count=1 -timeout 10m ./interop/...
fi
finish
