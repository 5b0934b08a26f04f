# make conformance ETHEREUM_DATA=DIR: the Ethereum Foundation's vectors, which are
# not part of this repository. A program each, tests/conformance/*.c.
CONFORMANCE_NAMES := $(patsubst tests/conformance/%.c,%,$(wildcard tests/conformance/*.c))
CONFORMANCE_PROGS := $(CONFORMANCE_NAMES:%=$(B)/tests/conformance/%)

$(CONFORMANCE_PROGS): %: %.o $(B)/librpc.a $(B)/libpars.a
	$(call say,LD)$(CC) $(ALL_LDFLAGS) $^ $(RPC_LIBS) $(LIB_LIBS) -o $@

conformance: $(CONFORMANCE_PROGS)
	@[ -n "$(ETHEREUM_DATA)" ] || { echo "make conformance needs ETHEREUM_DATA=DIR" >&2; exit 1; }
	@status=0; for prog in $^; do ETHEREUM_DATA="$(ETHEREUM_DATA)" $$prog || status=1; done; exit $$status
.PHONY: conformance
