# make analyze: three analysers read all sources but the tests'; any report
# fails. A report is answered by code that is plainer, not by a suppression.
# Needs clang-tidy and cppcheck beside gcc.
ANALYZE_SOURCES := $(wildcard lib/*/*.c rpc/*.c daemon/*.c cli/*.c)
ANALYZE_FLAGS := -std=gnu17 -D_GNU_SOURCE -Ilib -I. -DPARS_VERSION='"$(VERSION)"'

analyze: analyze-gcc analyze-cppcheck analyze-tidy
	@echo "analyze: $(words $(ANALYZE_SOURCES)) files, nothing reported"
.PHONY: analyze

analyze-gcc: $(ANALYZE_SOURCES:%=analyze-gcc/%)
# What each analyser says depends on the optimiser: this is how it is shipped.
analyze-gcc/%:
	@gcc $(ANALYZE_FLAGS) -O2 -Werror -fanalyzer -c $* -o /dev/null
.PHONY: analyze-gcc

analyze-tidy: $(ANALYZE_SOURCES:%=analyze-tidy/%)
analyze-tidy/%:
	@clang-tidy --quiet $* -- $(ANALYZE_FLAGS) 2> /dev/null
.PHONY: analyze-tidy

# ctuuninitvar takes every write through a pointer for a read, and the address of
# a label (&&name) is no C to it, so that the interpreter is not for it (2.10).
analyze-cppcheck:
	@cppcheck --quiet --error-exitcode=1 --std=c11 --enable=warning,portability --suppress=ctuuninitvar \
		--include=/usr/include/$(shell gcc -print-multiarch)/sys/queue.h $(filter-out -std=%,$(ANALYZE_FLAGS)) \
		$(filter-out lib/evm/interpreter.c,$(ANALYZE_SOURCES))
.PHONY: analyze-cppcheck
