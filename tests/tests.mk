# The tests' part of the Makefile.

# tests/unit/FOLDER/test_*.c mirrors lib/FOLDER (and rpc, daemon, cli):
# one program a folder.
UNIT_DIRS := $(sort $(patsubst tests/unit/%/,%,$(dir $(wildcard tests/unit/*/test_*.c))))
UNIT_PROGS := $(UNIT_DIRS:%=$(B)/tests/unit/%/run)
UNIT_COMMON := $(patsubst %.c,$(B)/%.o,$(wildcard tests/unit/*.c))

# What is in no library, for the tests of daemon and cli.
TEST_DAEMON_OBJS := $(filter-out %/main.o,$(DAEMON_OBJS))
TEST_CLI_OBJS := $(filter-out %/main.o,$(CLI_OBJS))
UNIT_EXTRA_rpc := $(B)/tests/unit/node/bed.o
UNIT_EXTRA_daemon := $(TEST_DAEMON_OBJS)
UNIT_EXTRA_cli := $(TEST_CLI_OBJS)
UNIT_LIBS_daemon := $(DAEMON_LIBS)

define unit_prog
$(B)/tests/unit/$(1)/run: $(patsubst %.c,$(B)/%.o,$(wildcard tests/unit/$(1)/*.c)) $(UNIT_COMMON) $(UNIT_EXTRA_$(1)) $(B)/librpc.a $(B)/libpars.a
	$$(call say,LD)$$(CC) $$(ALL_LDFLAGS) $$^ -lcheck -lsubunit -lm -lrt -lpthread $(UNIT_LIBS_$(1)) $$(RPC_LIBS) $$(LIB_LIBS) -o $$@
endef
$(foreach dir,$(UNIT_DIRS),$(eval $(call unit_prog,$(dir))))

# What the system tests need beside the two programs.
SYSTEM_TOOL := $(B)/tests/system/tool
$(SYSTEM_TOOL): $(B)/tests/system/tool.o
	$(call say,LD)$(CC) $(ALL_LDFLAGS) $^ -o $@

unit: $(UNIT_PROGS) $(SYSTEM_TOOL)
.PHONY: unit

# tests/fuzz/fuzz_X.c with replay.c: a program that runs every file of
# tests/fuzz/corpus/X once.
FUZZ_NAMES := $(if $(wildcard tests/fuzz/replay.c),$(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c)))
FUZZ_PROGS := $(FUZZ_NAMES:%=$(B)/tests/fuzz/replay_%)
FUZZ_EXTRA_config := $(TEST_DAEMON_OBJS)
FUZZ_LIBS_config := $(DAEMON_LIBS)
FUZZ_EXTRA_bootstrap := $(TEST_DAEMON_OBJS)
FUZZ_LIBS_bootstrap := $(DAEMON_LIBS)
FUZZ_EXTRA_cli_args := $(TEST_CLI_OBJS) $(TEST_DAEMON_OBJS)
FUZZ_LIBS_cli_args := $(DAEMON_LIBS)
FUZZ_EXTRA_http := $(B)/daemon/http.o

define fuzz_prog
$(B)/tests/fuzz/replay_$(1): $(B)/tests/fuzz/fuzz_$(1).o $(B)/tests/fuzz/replay.o $(FUZZ_EXTRA_$(1)) $(B)/librpc.a $(B)/libpars.a
	$$(call say,LD)$$(CC) $$(ALL_LDFLAGS) $$^ $(FUZZ_LIBS_$(1)) $$(RPC_LIBS) $$(LIB_LIBS) -o $$@
endef
$(foreach name,$(FUZZ_NAMES),$(eval $(call fuzz_prog,$(name))))

fuzz-replay: $(FUZZ_PROGS)
.PHONY: fuzz-replay

include tests/fuzz/fuzz.mk
include tests/evm/evm.mk
include tests/conformance/conformance.mk

check-layers: $(B)/libpars.a
	@contrib/check-layers . $(B)/libpars.a
.PHONY: check-layers

# Every suite is NAME=COMMAND; tests/run collects their counts.
SYSTEM_TESTS := $(sort $(filter-out %/lib.sh %/install.sh,$(wildcard tests/system/*.sh)))
SUITES = "layers=contrib/check-layers . $(B)/libpars.a" \
	"layers-self-test=tests/check_layers.sh" \
	$(foreach d,$(UNIT_DIRS),"unit/$(d)=$(B)/tests/unit/$(d)/run") \
	$(foreach n,$(FUZZ_NAMES),"fuzz/$(n)=$(B)/tests/fuzz/replay_$(n) tests/fuzz/corpus/$(n)") \
	$(CONFORMANCE_SUITES) $(CONFORMANCE_EVM) $(CONFORMANCE_EVM_SANITIZED) $(EVM_SUITES) \
	$(SIM_SUITES) \
	$(foreach t,$(SYSTEM_TESTS),"$(t:tests/%.sh=%)=B=$(B) bash $(t)")

# The simulator's own part sets SIM_PROGS and SIM_SUITES and has sim-check.
-include tests/sim/sim.mk

check: deps
	@$(MAKE) --no-print-directory -s -j$$(nproc) DEV=1 check-build
	@$(MAKE) --no-print-directory -s -j$$(nproc) $(SIM_RELEASE) $(EVM_RELEASE)
	@$(MAKE) --no-print-directory DEV=1 check-run
check-build: all unit fuzz-replay $(CONFORMANCE_PROGS) $(B)/parsd-evm $(SIM_PROGS)
check-run:
	@tests/run $(SUITES)
.PHONY: check check-build check-run

# What `make install` leaves, under a systemd of its own.
check-install: all
	@B=$(B) bash tests/system/install.sh
.PHONY: check-install

# The same host against js-libp2p, both ways.
$(B)/tests/interop/echo_host: $(B)/tests/interop/echo_host.o $(B)/libpars.a
	$(call say,LD)$(CC) $(ALL_LDFLAGS) $^ -lpthread $(LIB_LIBS) -o $@

# Precompiles and signatures for another implementation of their curves.
$(B)/tests/interop/%_pipe: $(B)/tests/interop/%_pipe.o $(B)/libpars.a
	$(call say,LD)$(CC) $(ALL_LDFLAGS) $^ $(LIB_LIBS) -o $@

# Nodes of other implementations, made if their toolchain is here; if not,
# NAME-peer.why says so and the suite that wants them skips.
OTHERS := $(abspath $(B))/tests/interop
interop-others:
	@mkdir -p $(OTHERS)
	@cd tests/interop/go && rm -f $(OTHERS)/go-peer && if command -v go; then \
		go build -mod=readonly -o $(OTHERS)/go-peer .; else echo "no go command"; fi > $(OTHERS)/go-peer.why 2>&1 || true
	@cd tests/interop/rust && if command -v cargo; then \
		cargo build --locked --target-dir $(OTHERS)/rust || rm -f $(OTHERS)/rust/debug/kad-peer; \
		else echo "no cargo command"; fi > $(OTHERS)/rust-peer.why 2>&1

INTEROP_PIPES := $(B)/tests/interop/precompile_pipe $(B)/tests/interop/ed25519_pipe

interop: all $(B)/tests/interop/echo_host $(INTEROP_PIPES) interop-others
	@command -v npm > /dev/null || { echo "make interop needs node and npm" >&2; exit 1; }
	cd tests/interop && npm ci --no-audit --no-fund
	ECHO_HOST=$(abspath $(B))/tests/interop/echo_host \
		PRECOMPILE_PIPE=$(abspath $(B))/tests/interop/precompile_pipe \
		ED25519_PIPE=$(abspath $(B))/tests/interop/ed25519_pipe PARSD=$(abspath $(B))/parsd \
		PARSCTL=$(abspath $(B))/parsctl OTHERS=$(OTHERS) tests/run \
		$(foreach t,$(filter-out peer_% check.mjs,$(notdir $(wildcard tests/interop/*.mjs))),"interop/$(t:.mjs=)=node tests/interop/$(t)")
.PHONY: interop interop-others

# make bench: what things cost beside the bare libraries.
-include tests/bench/bench.mk
