#!/usr/bin/env bash
# Prints the path of a Chromium for Playwright's executablePath.
for name in ${CHROMIUM:-} chromium chromium-browser google-chrome; do
	command -v "$name" && exit
done
echo "no Chromium found" >&2
exit 1
