#!/usr/bin/env bash
# Lists the Go files of the project.
cd "$(dirname "$0")/.."
exec find . \( -name node_modules -o -name '.?*' -o -name testdata \) -prune -o -name '*.go' -print
