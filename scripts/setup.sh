#!/usr/bin/env bash
# Installs what the tests need and this machine lacks: system packages (as root,
# or through sudo when it asks for no password), the linter into .cache/bin,
# slixmpp into .venv, the packages of the web parts. What is there is left alone.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/versions.sh

packages=()
need() { packages+=("$1"); }

have_postgres() {
	local dir
	command -v initdb >/dev/null && return
	for dir in /usr/lib/postgresql/*/bin /usr/pgsql-*/bin; do
		[ -x "$dir/initdb" ] && return
	done
	return 1
}

command -v go >/dev/null || { echo "Go is needed: https://go.dev/dl/" >&2; exit 1; }
command -v npm >/dev/null || { echo "Node.js is needed: https://nodejs.org/" >&2; exit 1; }
command -v gcc >/dev/null || command -v clang >/dev/null || need gcc libc6-dev # for the race detector
[ -n "${SWITCHBOARD_TEST_POSTGRES:-}" ] || have_postgres || need postgresql
scripts/chromium.sh >/dev/null || need chromium
python3 -c 'import venv, ensurepip' 2>/dev/null || need python3-venv

if [ "${#packages[@]}" -gt 0 ]; then
	sudo=()
	[ "$(id -u)" = 0 ] || sudo=(sudo -n)
	if ! command -v apt-get >/dev/null || { [ "${#sudo[@]}" -gt 0 ] && ! sudo -n true 2>/dev/null; }; then
		echo "Please install these packages (their Debian names), then run this again: ${packages[*]}" >&2
		exit 1
	fi
	echo "installing ${packages[*]}"
	"${sudo[@]}" apt-get update -qq
	"${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${packages[@]}" >/dev/null
fi

mkdir -p .cache/bin
if [ "$(cat .cache/bin/golangci-lint.version 2>/dev/null)" != "$GOLANGCI_LINT" ]; then
	echo "building golangci-lint $GOLANGCI_LINT"
	GOBIN="$PWD/.cache/bin" go install "github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$GOLANGCI_LINT"
	echo "$GOLANGCI_LINT" >.cache/bin/golangci-lint.version
fi

if ! cmp -s interop/requirements.txt .venv/installed.txt; then
	echo "installing the Python clients"
	rm -rf .venv
	python3 -m venv .venv
	.venv/bin/pip install --quiet --disable-pip-version-check -r interop/requirements.txt
	cp interop/requirements.txt .venv/installed.txt
fi

if [ -f interop/package-lock.json ] && [ interop/package-lock.json -nt interop/node_modules/.package-lock.json ]; then
	echo "installing the Node.js clients"
	npm ci --prefer-offline --prefix interop
	touch interop/node_modules/.package-lock.json
fi
