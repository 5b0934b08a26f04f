# Ethereum's own test data, which is not part of this repository, run by one
# program a suite, tests/conformance/*.c: `make conformance`, and `make check`
# where the data is. ETHEREUM_DATA names its folder; otherwise it is unpacked
# from ../shared/data/ethereum, if that is there (tests/conformance/run).
CONFORMANCE_NAMES := $(filter-out conformance,$(patsubst tests/conformance/%.c,%,$(wildcard tests/conformance/*.c)))
CONFORMANCE_PROGS := $(CONFORMANCE_NAMES:%=$(B)/tests/conformance/%)
CONFORMANCE_SUITES := $(foreach n,$(CONFORMANCE_NAMES),"conformance/$(n)=tests/conformance/run $(B)/tests/conformance/$(n)")

# What the EVM does, by parsd-evm as users get it; some of it with sanitizers,
# which take ten times as long.
EVM_RELEASE := build/release/parsd-evm
evm_suite = "conformance/$(1)=tests/conformance/run sh -c 'exec $(2) $(3) $(foreach d,$(4),\$$ETHEREUM_DATA/dev/$(d))'"
CONFORMANCE_EVM := \
	$(call evm_suite,state,$(EVM_RELEASE),state,state-eest state-eest-osaka state-ethtests) \
	$(call evm_suite,state-static,$(EVM_RELEASE),state,state-eest-static) \
	$(call evm_suite,chain,$(EVM_RELEASE),chain,chain-eest chain-eest-osaka chain-ethtests) \
	$(call evm_suite,opcode,$(EVM_RELEASE),opcode,opcode) \
	"conformance/import=tests/conformance/run tests/conformance/import $(EVM_RELEASE)"
CONFORMANCE_EVM_SANITIZED := \
	$(call evm_suite,state-sanitized,$(B)/parsd-evm,state,state-eest/prague/eip7702_set_code_tx state-eest/cancun/eip1153_tstore state-ethtests/stCreate2 state-ethtests/stCallCodes state-ethtests/stMemoryTest state-ethtests/stRandom) \
	$(call evm_suite,chain-sanitized,$(B)/parsd-evm,chain,chain-ethtests/InvalidBlocks chain-eest/prague/eip6110_deposits chain-eest/prague/eip7002_el_triggerable_withdrawals)

$(B)/tests/conformance/libconformance.a: $(B)/tests/conformance/conformance.o $(B)/tests/evm/json.o
	@rm -f $@
	$(call say,AR)ar rcs $@ $^

$(CONFORMANCE_PROGS): %: %.o $(B)/tests/conformance/libconformance.a $(B)/librpc.a $(B)/libpars.a
	$(call say,LD)$(CC) $(ALL_LDFLAGS) $^ $(RPC_LIBS) $(LIB_LIBS) -o $@

conformance: $(CONFORMANCE_PROGS)
	@$(MAKE) --no-print-directory -s $(EVM_RELEASE)
	@SUITE_SECONDS=1800 tests/run $(CONFORMANCE_SUITES) $(CONFORMANCE_EVM)
.PHONY: conformance
