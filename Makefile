# `make run` and `make test` are the two commands everyone needs; the rest stand in CONTRIBUTING.md.

# Arguments for `control-room run`, passed on as they are. A schedule among them replaces tonight.yaml.
ARGS ?=
SCHEDULE := $(if $(filter %.yaml %.yml,$(ARGS)),,Schedules/tonight.yaml)
SWIFT_BUILD := swift build -c release --product control-room

.PHONY: run build test bench bench-build setup

run: build
	@exec "$$($(SWIFT_BUILD) --show-bin-path)/control-room" run $(SCHEDULE) $(ARGS)

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

bench-build:
	@Scripts/setup.sh
	@swift build --package-path Benchmarks -c release --product Benchmarks --quiet

bench:
	@case "$(ARGS)" in edge*) Scripts/setup.sh ;; *) $(MAKE) --no-print-directory bench-build ;; esac
	@Benchmarks/run.sh $(ARGS)
