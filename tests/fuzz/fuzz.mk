# Fuzzing with libFuzzer (clang, libclang-rt-14-dev): all targets in turn, or
# FUZZ="sync vertex". What is found is a file in the folder the run was
# started in; what is new in coverage stays in build/fuzz/corpus.
FUZZ ?= $(FUZZ_NAMES)
FUZZ_SECONDS ?= 60

define fuzzer
$(B)/tests/fuzz/run_$(1): $(B)/tests/fuzz/fuzz_$(1).o $(FUZZ_EXTRA_$(1)) $(B)/librpc.a $(B)/libpars.a
	$$(call say,LD)$$(CC) -fsanitize=fuzzer,address,undefined $$^ $(FUZZ_LIBS_$(1)) $$(RPC_LIBS) $$(LIB_LIBS) -o $$@
endef
$(foreach name,$(FUZZ_NAMES),$(eval $(call fuzzer,$(name))))

fuzz:
	@command -v clang > /dev/null || { echo "make fuzz needs clang and libclang-rt-14-dev" >&2; exit 1; }
	@$(MAKE) --no-print-directory -s -j$$(nproc) B=build/fuzz CC=clang \
		CFLAGS="-O1 -g -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all" \
		$(FUZZ:%=build/fuzz/tests/fuzz/run_%)
	@for name in $(FUZZ); do \
		mkdir -p build/fuzz/corpus/$$name; \
		echo "fuzzing $$name for $(FUZZ_SECONDS) s"; \
		build/fuzz/tests/fuzz/run_$$name -max_total_time=$(FUZZ_SECONDS) -timeout=20 -rss_limit_mb=2048 \
			-artifact_prefix=$$name- build/fuzz/corpus/$$name tests/fuzz/corpus/$$name \
			> build/fuzz/$$name.log 2>&1 || { tail -n 40 build/fuzz/$$name.log; exit 1; }; \
		tail -n 1 build/fuzz/$$name.log; \
	done
.PHONY: fuzz
