# Ethereum's own test data, which is not part of this repository, run by one
# program a suite, tests/conformance/*.c: `make conformance`, and `make check`
# where the data is. ETHEREUM_DATA names its folder; otherwise it is unpacked
# from ../shared/data/ethereum, if that is there (tests/conformance/run).
CONFORMANCE_NAMES := $(filter-out conformance,$(patsubst tests/conformance/%.c,%,$(wildcard tests/conformance/*.c)))
CONFORMANCE_PROGS := $(CONFORMANCE_NAMES:%=$(B)/tests/conformance/%)
CONFORMANCE_SUITES := $(foreach n,$(CONFORMANCE_NAMES),"conformance/$(n)=tests/conformance/run $(B)/tests/conformance/$(n)")

$(B)/tests/conformance/libconformance.a: $(B)/tests/conformance/conformance.o $(B)/tests/evm/json.o
	@rm -f $@
	$(call say,AR)ar rcs $@ $^

$(CONFORMANCE_PROGS): %: %.o $(B)/tests/conformance/libconformance.a $(B)/librpc.a $(B)/libpars.a
	$(call say,LD)$(CC) $(ALL_LDFLAGS) $^ $(RPC_LIBS) $(LIB_LIBS) -o $@

conformance: $(CONFORMANCE_PROGS)
	@tests/run $(CONFORMANCE_SUITES)
.PHONY: conformance
