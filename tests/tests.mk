# The tests' part of the Makefile.

# tests/unit/FOLDER/test_*.c mirrors lib/FOLDER (and rpc, daemon, cli):
# one program a folder.
UNIT_DIRS := $(sort $(patsubst tests/unit/%/,%,$(dir $(wildcard tests/unit/*/test_*.c))))
UNIT_PROGS := $(UNIT_DIRS:%=$(B)/tests/unit/%/run)
UNIT_COMMON := $(patsubst %.c,$(B)/%.o,$(wildcard tests/unit/*.c))

define unit_prog
$(B)/tests/unit/$(1)/run: $(patsubst %.c,$(B)/%.o,$(wildcard tests/unit/$(1)/*.c)) $(UNIT_COMMON) $(B)/librpc.a $(B)/libpars.a
	$$(CC) $$(ALL_LDFLAGS) $$^ -lcheck -lsubunit -lm -lrt -lpthread $$(RPC_LIBS) $$(LIB_LIBS) -o $$@
endef
$(foreach dir,$(UNIT_DIRS),$(eval $(call unit_prog,$(dir))))

unit: $(UNIT_PROGS)
.PHONY: unit
