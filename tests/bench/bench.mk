# The benchmarks' part of the Makefile: one program for each bench_*.c here,
# always with optimisation. BENCH=full adds the long rows, BENCH_ONLY="rpc sim"
# runs just those.
BENCH_NAMES := ingest post rpc daemon sync ranges net gossip fifty sim dht precompile evm trie
BENCH_HAVE := $(filter $(patsubst tests/bench/bench_%.c,%,$(wildcard tests/bench/bench_*.c)),$(BENCH_NAMES))
BENCH_PROGS := $(BENCH_HAVE:%=$(B)/tests/bench/bench_%)
BENCH_COMMON := $(patsubst %.c,$(B)/%.o,$(filter-out $(wildcard tests/bench/bench_*.c),$(wildcard tests/bench/*.c)))
BENCH_EXTRA_net := $(TEST_DAEMON_OBJS)
BENCH_EXTRA_daemon := $(TEST_DAEMON_OBJS)
BENCH_EXTRA_sim := $(patsubst %.c,$(B)/%.o,$(shell grep -L '^int main' tests/sim/*.c))
BENCH_EXTRA_dht := $(patsubst %.c,$(B)/%.o,$(shell grep -L '^int main' tests/sim/dht/*.c))
BENCH_EXTRA_evm = $(filter-out %/main.o,$(EVM_OBJS))
BENCH_LIBS := -lm -ldl $(DAEMON_LIBS) $(RPC_LIBS) $(LIB_LIBS)

$(B)/tests/bench/libbench.a: $(BENCH_COMMON)
	@rm -f $@
	$(call say,AR)ar rcs $@ $^

define bench_prog
$(B)/tests/bench/bench_$(1): $(B)/tests/bench/bench_$(1).o $(B)/tests/bench/libbench.a $(BENCH_EXTRA_$(1)) $(B)/librpc.a $(B)/libpars.a
	$$(call say,LD)$$(CC) $$(ALL_LDFLAGS) $$^ $(BENCH_LIBS) -o $$@
endef
$(foreach name,$(BENCH_HAVE),$(eval $(call bench_prog,$(name))))

# What is built goes to standard error, so that standard output is rows only.
bench:
	@$(MAKE) --no-print-directory DEV= bench-build >&2
	@$(MAKE) --no-print-directory -s DEV= bench-run
bench-build: $(B)/parsd $(BENCH_PROGS)
bench-run:
	@PARSD=$(abspath $(B)/parsd) BENCH_DIR=$(abspath $(B)) BENCH=$(BENCH) tests/bench/run \
		$(foreach n,$(or $(BENCH_ONLY),$(BENCH_HAVE)),$(B)/tests/bench/bench_$(n))
.PHONY: bench bench-build bench-run
