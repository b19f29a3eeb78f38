#!/usr/bin/env bash
# gofmt, go vet and golangci-lint (its list: .golangci.yml).
set -euo pipefail
cd "$(dirname "$0")/.."
unformatted=$(gofmt -l $(scripts/gofiles.sh))
if [ -n "$unformatted" ]; then
	echo "gofmt would change (make fmt does it):" "$unformatted" >&2
	exit 1
fi
go vet ./...
[ -x .cache/bin/golangci-lint ] || scripts/setup.sh
.cache/bin/golangci-lint run ./...
