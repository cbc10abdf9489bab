# Weir: see README.md. `make help` lists the targets.
GO          ?= go
FUZZTIME    ?= 5000x
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2
BIN         := bin/weir

.PHONY: help run build test race lint fmt fuzz clients client-deps cross micro clean \
	bench-tool bench bench-full bench-million bench-scale bench-compare bench-idle bench-feed bench-day bench-conflate

help: ## show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sort | sed -E 's/:.*## /\t/' | expand -t 14

run: ## serve the synthetic market on 127.0.0.1:8080
	$(GO) run ./cmd/weir serve

build: ## build bin/weir
	$(GO) build -trimpath -o $(BIN) ./cmd/weir

test: ## every test, as in the README
	$(GO) test ./...

race: ## every test with the race detector and the ownership assertions
	$(GO) test -race ./...

lint: ## gofmt, go vet and staticcheck, in both modules
	@out=$$(gofmt -l $$(git ls-files '*.go')); if [ -n "$$out" ]; then echo "not gofmt'ed:"; echo "$$out"; exit 1; fi
	$(GO) vet ./... && $(GO) vet -tags invariants ./...
	$(GO) run $(STATICCHECK) ./...
	cd bench && $(GO) vet ./... && $(GO) run $(STATICCHECK) ./...

fmt: ## format the code
	gofmt -w $$(git ls-files '*.go')

fuzz: ## run every fuzz target for FUZZTIME (an iteration count or a time)
	@set -e; for pkg in $$($(GO) list ./...); do \
	  for f in $$($(GO) test -list '^Fuzz' $$pkg | grep '^Fuzz' || true); do \
	    echo "fuzz $$pkg $$f"; $(GO) test -run '^$$' -fuzz "^$$f$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 100x $$pkg; \
	  done; done

client-deps: ## install what the real-client checks need from npm (node must be there)
	cd cmd/weir/clients && npm ci --no-audit --no-fund

clients: ## Node ws, Go, Chromium, curl, and nginx in front, against the binary; nothing is skipped
	REQUIRE_CLIENTS=required $(GO) test -count=1 ./cmd/weir/clients/...

cross: ## build and vet for the kqueue systems; Windows must refuse with a clear message
	@set -e; for t in darwin/arm64 freebsd/amd64 linux/arm64; do echo "cross $$t"; \
	  GOOS=$${t%/*} GOARCH=$${t#*/} CGO_ENABLED=0 $(GO) build ./... ; \
	  GOOS=$${t%/*} GOARCH=$${t#*/} CGO_ENABLED=0 $(GO) vet ./... ; done
	@if GOOS=windows GOARCH=amd64 $(GO) build ./engine 2>&1 | grep -q does_not_support_Windows; \
	  then echo "cross windows/amd64 refuses, as it should"; \
	  else echo "the build for Windows should say that it is not supported"; exit 1; fi

micro: ## the benchmarks of frame, hub and engine, with allocations
	$(GO) test -run '^$$' -bench . -benchmem ./frame ./hub ./engine ./hub/feed/...

# BENCHFLAGS reaches the command: make bench-full BENCHFLAGS='--cells fan/*'; bench/README.md has them all.
bench-tool:
	@cd bench && $(GO) build -o ../bin/bench ./cmd/bench

bench: bench-tool ## weir beside four rivals in the cells that matter most, about 5 minutes
	bin/bench run --headline $(BENCHFLAGS)

bench-full: bench-tool ## every cell, every server, 3 rounds, about 40 minutes
	bin/bench run $(BENCHFLAGS)

bench-million: bench-tool ## a million sockets over many processes
	bin/bench million $(BENCHFLAGS)

bench-scale: bench-tool ## a million connections in one process, in memory
	bin/bench scale $(BENCHFLAGS)

bench-compare: ## the working tree against BASE=revision, in pairs, about 10 minutes
	@[ -n "$(BASE)" ] || { echo "say against what: make bench-compare BASE=HEAD~1"; exit 2; }
	@$(MAKE) -s bench-tool
	bin/bench compare $(BASE) $(BENCHFLAGS)

bench-idle: ## bytes per idle connection of weir serve at 18,000 connections
	bench/idle.sh

bench-feed: ## replay the recording to 1,000 subscribers at full speed, every delivery checked
	bench/feedcheck.sh

bench-day: ## replay it at 10x, some subscribers stalled and some cut off; every account and order book checked
	bench/marketday.sh

bench-conflate: ## fast readers of a conflating channel beside 500 that are slow, about 80 s
	bench/conflate.sh

clean: ## remove what was built
	rm -rf bin
