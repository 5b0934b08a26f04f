# parsd-evm: the EVM at work outside of a node, for test data, traces and
# benchmark inputs. EVMC=DIR, a folder with evmc/evmc.h, lets `parsd-evm bench`
# run evmone beside it, if $EVMONE names its library then.
EVM_OBJS := $(patsubst %.c,$(B)/%.o,$(wildcard tests/evm/*.c))
ifdef EVMC
$(B)/tests/evm/evmone.o: ALL_CFLAGS += -DHAVE_EVMC -I$(EVMC)
endif

$(B)/parsd-evm: $(EVM_OBJS) $(B)/librpc.a $(B)/libpars.a
	$(call say,LD)$(CC) $(ALL_LDFLAGS) $^ -lm -ldl $(RPC_LIBS) $(LIB_LIBS) -o $@

# Random cases to this EVM and to revm, which cargo builds: tests/evm/README.md.
REVM := build/revm
$(REVM)/release/revm-peer: tests/evm/revm/src/main.rs tests/evm/revm/Cargo.lock
	@command -v cargo > /dev/null || { echo "make differ needs cargo" >&2; exit 1; }
	cd tests/evm/revm && cargo build --release --locked --target-dir $(abspath $(REVM))

differ: $(B)/parsd-evm $(REVM)/release/revm-peer
	$(B)/parsd-evm differ --peer $(REVM)/release/revm-peer --corpus tests/evm/corpus \
		--seconds $(or $(SECONDS),60) --seed $(or $(SEED),1)
.PHONY: differ

# What was agreed upon stays so.
EVM_SUITES := "evm/corpus=$(B)/parsd-evm replay tests/evm/corpus"
