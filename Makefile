# `make run` and `make test` are the two commands everyone needs; the rest stand in CONTRIBUTING.md.

# Arguments for `control-room run`, passed on as they are. A schedule among them replaces tonight.yaml.
ARGS ?=
SCHEDULE := $(if $(filter %.yaml %.yml,$(ARGS)),,Schedules/tonight.yaml)
SWIFT_BUILD := swift build -c release --product control-room

.PHONY: run build test rehearse abuse autobahn bench bench-build setup

run: build
	@exec "$$($(SWIFT_BUILD) --show-bin-path)/control-room" run $(SCHEDULE) $(ARGS)

# Tonight in virtual time, with a hundred million devices; the report is rehearsal.html.
rehearse: SCHEDULE := Schedules/christmas-doubleheader.yaml
rehearse: build
	@"$$($(SWIFT_BUILD) --show-bin-path)/control-room" rehearse $(SCHEDULE) --audience 100M --seed 7 --report rehearsal.html $(ARGS)

# Everything but the show goes to stderr, so that `make run | cat` is the show alone.
build: setup
	@$(SWIFT_BUILD) --quiet >&2

setup:
	@Scripts/setup.sh

# Three rounds: what only computes, all at once; what waits on sockets and its deadlines, one after the other; and
# the simulation, which would starve both.
SOCKETS := OperatorSocketTests|HTTPServerTests|AttachedEngineTests|EndToEndTests
test:
	@Scripts/setup.sh python3 strace
	@swift build --build-tests --quiet
	@swift test --skip-build --parallel --skip "$(SOCKETS)|SimulationTests"
	@swift test --skip-build --no-parallel --filter "$(SOCKETS)"
	@swift test --skip-build --filter SimulationTests

# Attacks and faults against the executable, about four minutes; ARGS names parts: make abuse ARGS="frames kill".
abuse:
	@Scripts/setup.sh python3 strace faketime
	@$(SWIFT_BUILD) --quiet
	@Scripts/abuse.py "$$($(SWIFT_BUILD) --show-bin-path)/control-room" $(ARGS)

# The public WebSocket conformance suite against the devices' own pipeline: 301 cases, none may fail.
autobahn:
	@Scripts/setup.sh python3 curl
	@swift build --build-tests --quiet
	@AUTOBAHN_SUITE=1 swift test --skip-build --filter ConformanceTests

bench-build:
	@Scripts/setup.sh
	@swift build --package-path Benchmarks -c release --product Benchmarks --quiet

bench:
	@case "$(ARGS)" in edge*) Scripts/setup.sh ;; *) $(MAKE) --no-print-directory bench-build ;; esac
	@Benchmarks/run.sh $(ARGS)
