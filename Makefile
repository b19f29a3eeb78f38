# Switchboard. `make help` lists what can be done. Go and Node.js are all that
# `make build` and `make run` need; `make test` installs the rest by itself.

BIN    := bin/switchboard
DATA   ?= ./data
DEMO   ?=
ARGS   ?=
VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)

# What the web parts are made of, and one file that each build leaves.
UI_SOURCES := $(shell find ui -type f -not -name '*.go' -not -path '*/node_modules/*' -not -path '*/dist/*')
UI_DEPS    := ui/node_modules/.package-lock.json
UI_BUILT   := .cache/ui-built
ifeq ($(wildcard ui/dist/console/index.html),)
$(shell rm -f $(UI_BUILT))
endif

.DEFAULT_GOAL := build
.PHONY: help build ui run test lint fmt bench clean

help:           ## this list
	@sed -n 's/^\([a-z]*\): *[^#]*## /  make \1: /p' $(MAKEFILE_LIST)

build: ui       ## bin/switchboard, with the web parts inside
	CGO_ENABLED=0 go build -trimpath -ldflags '-s -w -X main.version=$(VERSION)' -o $(BIN) ./cmd/switchboard

ui: $(UI_BUILT) ## the web parts alone, into ui/dist

$(UI_DEPS): ui/package-lock.json
	cd ui && npm ci --prefer-offline
	@touch $@

$(UI_BUILT): $(UI_DEPS) $(UI_SOURCES)
	cd ui && npm run build
	@mkdir -p $(@D) && touch $@

run: build      ## start the server on 127.0.0.1, data in ./data; DEMO=1 seeds something to look at, ARGS=… are flags of serve
	$(BIN) serve --data $(DATA) $(if $(filter-out 0 no false,$(DEMO)),--demo) $(ARGS)

test:           ## install what is missing, then run all that CI runs
	@scripts/test.sh

lint:           ## gofmt, go vet, golangci-lint
	@scripts/lint.sh

fmt:            ## format the Go code
	gofmt -w $$(scripts/gofiles.sh)

bench:          ## benchmarks of every package
	go test -run '^$$' -bench . -benchmem ./...

clean:          ## remove what was built; data and downloads stay
	rm -rf bin $(UI_BUILT) artifacts ui/*/dist
	find ui/dist -mindepth 1 -not -name .keep -delete
