# parsd-evm: the EVM at work outside of a node, for test data, traces and
# benchmark inputs. EVMC=DIR, a folder with evmc/evmc.h, lets `parsd-evm bench`
# run evmone beside it, if $EVMONE names its library then.
EVM_OBJS := $(patsubst %.c,$(B)/%.o,$(wildcard tests/evm/*.c))
ifdef EVMC
$(B)/tests/evm/evmone.o: ALL_CFLAGS += -DHAVE_EVMC -I$(EVMC)
endif

$(B)/parsd-evm: $(EVM_OBJS) $(B)/librpc.a $(B)/libpars.a
	$(call say,LD)$(CC) $(ALL_LDFLAGS) $^ -lm -ldl $(RPC_LIBS) $(LIB_LIBS) -o $@
