# The simulator's part of the Makefile.
SIM_PROGS := $(B)/tests/sim/sessions
SIM_SEEDS ?= 100
SIM_SUITES := "sim/sessions=$(B)/tests/sim/sessions 1 $(SIM_SEEDS)"

$(B)/tests/sim/sessions: $(patsubst %.c,$(B)/%.o,$(wildcard tests/sim/*.c)) $(B)/libpars.a
	$(call say,LD)$(CC) $(ALL_LDFLAGS) $^ $(LIB_LIBS) -o $@

sim-check: $(SIM_PROGS)
	$(B)/tests/sim/sessions 1 $(SIM_SEEDS)

# One seed, told in full: make sim SEED=7
sim: $(SIM_PROGS)
	SEED=$(or $(SEED),1) $(B)/tests/sim/sessions
.PHONY: sim sim-check
