# GNU make. `make` builds; `make demo` and `make check` are the two commands:
# each installs what is missing, builds and runs. `make help` lists the rest.
#
# `make DEV=1 …` builds with -Werror and the address and undefined-behaviour
# sanitizers, in its own folder. config.mk, if ./configure wrote one, may set
# CC, CFLAGS, LDFLAGS and the installation folders. V=1 shows the commands.
-include config.mk

ifeq ($(origin CC),default)
CC := gcc
endif
PREFIX ?= /usr/local
BINDIR ?= $(PREFIX)/bin
MANDIR ?= $(PREFIX)/share/man
DOCDIR ?= $(PREFIX)/share/doc/parsd
UNITDIR ?= $(PREFIX)/lib/systemd/system
BASHCOMPDIR ?= $(PREFIX)/share/bash-completion/completions
ZSHCOMPDIR ?= $(PREFIX)/share/zsh/site-functions
FISHCOMPDIR ?= $(PREFIX)/share/fish/vendor_completions.d
USERUNITDIR ?= $(PREFIX)/lib/systemd/user
SYSUSERSDIR ?= $(PREFIX)/lib/sysusers.d
TMPFILESDIR ?= $(PREFIX)/lib/tmpfiles.d
SYSCONFDIR ?= /etc
VERSION := $(shell cat VERSION)

CFLAGS ?= -O2 -g
WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	-Wpointer-arith -Wwrite-strings -Wvla -Wundef -Wformat=2 \
	-Wno-missing-field-initializers
ALL_CFLAGS := -std=gnu17 -D_GNU_SOURCE -Ilib -I. $(WARN) $(CFLAGS) \
	-fno-common -fstack-protector-strong -MMD -MP -DPARS_VERSION='"$(VERSION)"'
ifdef DEV
B := build/dev
ALL_CFLAGS += -Werror -Og -fno-omit-frame-pointer -fsanitize=address,undefined \
	-fno-sanitize-recover=all
ALL_LDFLAGS := $(LDFLAGS) -fsanitize=address,undefined
else
B := build/release
ALL_CFLAGS += -D_FORTIFY_SOURCE=2
ALL_LDFLAGS := $(LDFLAGS) -Wl,-z,relro,-z,now
endif
ifndef V
say = @echo "  $(1)" $(patsubst $(B)/%,%,$@);
endif

LIB_LIBS := -lsqlite3 -lcrypto -lsodium -lsecp256k1 -lgmp
RPC_LIBS := -ljansson
DAEMON_LIBS := -levent_core -levent_extra -lsystemd -lpthread

LIB_OBJS := $(patsubst %.c,$(B)/%.o,$(wildcard lib/*/*.c))
RPC_OBJS := $(patsubst %.c,$(B)/%.o,$(wildcard rpc/*.c))
DAEMON_OBJS := $(patsubst %.c,$(B)/%.o,$(wildcard daemon/*.c))
CLI_OBJS := $(patsubst %.c,$(B)/%.o,$(wildcard cli/*.c))

MAN_PAGES := $(patsubst man/%.in,%,$(wildcard man/*.in))

all: $(B)/parsd $(B)/parsctl $(MAN_PAGES:%=$(B)/man/%)
.PHONY: all

# Objects depend on the version only where it is used; it changes rarely.
$(B)/%.o: %.c VERSION
	@mkdir -p $(@D)
	$(call say,CC)$(CC) $(ALL_CFLAGS) -c $< -o $@

# Where every instruction jumps on its own, sharing what they compute costs more
# than it saves (the compiler's manual says so of computed jumps). And words are
# stored in four parts: whoever loads one in fewer waits until they are in the cache.
NARROW := $(if $(filter x86_64-%,$(shell $(CC) -dumpmachine)),-mgeneral-regs-only)
$(B)/lib/evm/interpreter.o: ALL_CFLAGS += -fno-gcse $(NARROW)

$(B)/libpars.a: $(LIB_OBJS)
	@rm -f $@
	$(call say,AR)ar rcs $@ $^

$(B)/librpc.a: $(RPC_OBJS)
	@rm -f $@
	$(call say,AR)ar rcs $@ $^

$(B)/parsd: $(DAEMON_OBJS) $(B)/librpc.a $(B)/libpars.a
	$(call say,LD)$(CC) $(ALL_LDFLAGS) $^ $(DAEMON_LIBS) $(RPC_LIBS) $(LIB_LIBS) -o $@

# parsctl uses the method table and the schemas, not the handlers.
$(B)/parsctl: $(CLI_OBJS) $(B)/librpc.a $(B)/libpars.a
	$(call say,LD)$(CC) $(ALL_LDFLAGS) $^ $(RPC_LIBS) -o $@

# Manual pages say what the tables say.
$(B)/man/generate: $(B)/man/generate.o $(filter-out %/main.o,$(DAEMON_OBJS) $(CLI_OBJS)) $(B)/librpc.a $(B)/libpars.a
	$(call say,LD)$(CC) $(ALL_LDFLAGS) $^ $(DAEMON_LIBS) $(RPC_LIBS) $(LIB_LIBS) -o $@

$(B)/man/%: man/%.in $(B)/man/generate
	$(call say,MAN)$(B)/man/generate $< > $@.new && mv $@.new $@

include tests/tests.mk
include tests/analyze.mk

# -- installing ------------------------------------------------------------------

# `$(D)/…` is where files go now, the plain path where they will be used.
D := $(DESTDIR)
install: all
	@$(MAKE) --no-print-directory install-files
# The same of what was built already.
install-files:
	install -d $(D)$(BINDIR) $(D)$(MANDIR)/man1 $(D)$(MANDIR)/man5 $(D)$(MANDIR)/man7 $(D)$(MANDIR)/man8 \
		$(D)$(BASHCOMPDIR) $(D)$(ZSHCOMPDIR) $(D)$(FISHCOMPDIR) $(D)$(UNITDIR) $(D)$(USERUNITDIR) \
		$(D)$(SYSUSERSDIR) $(D)$(TMPFILESDIR) $(D)$(DOCDIR) $(D)$(SYSCONFDIR)/parsd/conf.d
	install -m 755 $(B)/parsd $(B)/parsctl $(D)$(BINDIR)/
	for page in $(MAN_PAGES); do \
		install -m 644 $(B)/man/$$page $(D)$(MANDIR)/man$${page##*.}/ || exit 1; \
	done
	$(B)/parsctl completion bash > $(D)$(BASHCOMPDIR)/parsctl
	$(B)/parsctl completion zsh > $(D)$(ZSHCOMPDIR)/_parsctl
	$(B)/parsctl completion fish > $(D)$(FISHCOMPDIR)/parsctl.fish
	chmod 644 $(D)$(BASHCOMPDIR)/parsctl $(D)$(ZSHCOMPDIR)/_parsctl $(D)$(FISHCOMPDIR)/parsctl.fish
	sed 's|@BINDIR@|$(BINDIR)|g' contrib/systemd/parsd.service > $(D)$(UNITDIR)/parsd.service
	sed 's|@BINDIR@|$(BINDIR)|g' contrib/systemd/parsd.user.service > $(D)$(USERUNITDIR)/parsd.service
	chmod 644 $(D)$(UNITDIR)/parsd.service $(D)$(USERUNITDIR)/parsd.service
	install -m 644 contrib/systemd/parsd.socket $(D)$(UNITDIR)/
	install -m 644 contrib/systemd/parsd.sysusers $(D)$(SYSUSERSDIR)/parsd.conf
	install -m 644 contrib/systemd/parsd.tmpfiles $(D)$(TMPFILESDIR)/parsd.conf
	install -m 644 contrib/parsd.conf $(D)$(DOCDIR)/parsd.conf.example
	test -e $(D)$(SYSCONFDIR)/parsd/parsd.conf || \
		install -m 644 contrib/parsd.conf $(D)$(SYSCONFDIR)/parsd/parsd.conf
.PHONY: install install-files

uninstall:
	rm -f $(D)$(BINDIR)/parsd $(D)$(BINDIR)/parsctl $(D)$(BASHCOMPDIR)/parsctl $(D)$(ZSHCOMPDIR)/_parsctl \
		$(D)$(FISHCOMPDIR)/parsctl.fish $(D)$(UNITDIR)/parsd.service \
		$(D)$(UNITDIR)/parsd.socket $(D)$(USERUNITDIR)/parsd.service $(D)$(SYSUSERSDIR)/parsd.conf \
		$(D)$(TMPFILESDIR)/parsd.conf $(D)$(DOCDIR)/parsd.conf.example
	for page in $(MAN_PAGES); do rm -f $(D)$(MANDIR)/man$${page##*.}/$$page; done
.PHONY: uninstall

# One vertex's way from the socket to the disk and to its reader.
tour:
	@contrib/tour
.PHONY: tour

# -- the rest --------------------------------------------------------------------

deps:
	@contrib/install-deps
.PHONY: deps

# Three real nodes, one session, a cut, a kill -9, and equal histories; then all
# but one are destroyed, and new ones have everything again.
demo: deps
	@$(MAKE) --no-print-directory -s -j$$(nproc) all
	@tests/demo/demo.sh
.PHONY: demo

clean:
	rm -rf build
.PHONY: clean

help:
	@echo "make              builds build/release/parsd and parsctl"
	@echo "make demo         installs what is missing, builds, runs three real nodes"
	@echo "make check        installs what is missing, builds with sanitizers, runs all tests"
	@echo "make unit         builds the unit tests (build/…/tests/unit/FOLDER/run)"
	@echo "make tour         one vertex's way through the source"
	@echo "make check-layers checks who includes whom, and what lib/ calls"
	@echo "make analyze      gcc -fanalyzer, clang-tidy and cppcheck over all sources"
	@echo "make fuzz         libFuzzer on every decoder; FUZZ_SECONDS=, FUZZ=; needs clang"
	@echo "make differ       random cases to the EVM and to revm: SECONDS= SEED=; needs cargo"
	@echo "make sim          one simulated run told in full: SEED=; or many: SEEDS="
	@echo "make drill        one survivor regrows the network, simulated: NODES= MEMBERS= WEEKS= SEED="
	@echo "make resync       a thousand deaths in the midst of a resync, simulated: POINTS= SEED="
	@echo "make check-install the installed service in a Debian 12 of its own; needs root, debootstrap"
	@echo "make sim-coverage how much of lib/ the simulated accidents alone run: SEEDS="
	@echo "make sim-dht      the hash table at scale: NODES=\"1000 10000\" SCENARIO= SEED="
	@echo "make sim-gossip   pubsub at scale: NODES=1000 MESSAGES=300 SEED="
	@echo "make bench-plots  draws what that says into build/plots"
	@echo "make conformance  Ethereum's own test data, if it is here: ETHEREUM_DATA= (tests/evm/README.md)"
	@echo "make interop      against js-libp2p, and go- and rust-libp2p; needs node and npm, and go, cargo"
	@echo "make bench        what things cost beside the bare libraries (tests/bench/README.md)"
	@echo "make install      PREFIX=$(PREFIX) DESTDIR="
	@echo "make clean"
	@echo "DEV=1: -Werror and sanitizers, in build/dev. V=1: show commands."
.PHONY: help

-include $(shell [ -d $(B) ] && find $(B) -name '*.d')
