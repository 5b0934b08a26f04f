# GNU make. `make` builds; `make demo` and `make check` are the two commands.
# `make DEV=1 …` builds with -Werror and the address and undefined-behaviour
# sanitizers, in its own folder. config.mk, if ./configure wrote one, may set
# CC, CFLAGS, LDFLAGS and the installation folders.
-include config.mk

CC ?= gcc
PREFIX ?= /usr/local
BINDIR ?= $(PREFIX)/bin
SBINDIR ?= $(PREFIX)/sbin
MANDIR ?= $(PREFIX)/share/man
UNITDIR ?= $(PREFIX)/lib/systemd/system
SYSUSERSDIR ?= $(PREFIX)/lib/sysusers.d
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

LIB_LIBS := -lsqlite3 -lcrypto -lsodium
RPC_LIBS := -ljansson
DAEMON_LIBS := -levent_core -levent_extra -lsystemd -lpthread

LIB_OBJS := $(patsubst %.c,$(B)/%.o,$(wildcard lib/*/*.c))
RPC_OBJS := $(patsubst %.c,$(B)/%.o,$(wildcard rpc/*.c))
DAEMON_OBJS := $(patsubst %.c,$(B)/%.o,$(wildcard daemon/*.c))
CLI_OBJS := $(patsubst %.c,$(B)/%.o,$(wildcard cli/*.c))

all: $(B)/parsd $(B)/parsctl
.PHONY: all

$(B)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -c $< -o $@

$(B)/libpars.a: $(LIB_OBJS)
	@rm -f $@
	ar rcs $@ $^

$(B)/librpc.a: $(RPC_OBJS)
	@rm -f $@
	ar rcs $@ $^

$(B)/parsd: $(DAEMON_OBJS) $(B)/librpc.a $(B)/libpars.a
	$(CC) $(ALL_LDFLAGS) $^ $(DAEMON_LIBS) $(RPC_LIBS) $(LIB_LIBS) -o $@

# parsctl uses the method table and the schemas, not the handlers.
$(B)/parsctl: $(CLI_OBJS) $(B)/librpc.a $(B)/libpars.a
	$(CC) $(ALL_LDFLAGS) $^ $(RPC_LIBS) -o $@

include tests/tests.mk

clean:
	rm -rf build
.PHONY: clean

-include $(shell [ -d $(B) ] && find $(B) -name '*.d')
