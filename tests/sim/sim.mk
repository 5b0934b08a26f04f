# The simulator's part of the Makefile.
#
# `make check` runs many seeds at full speed and some under the sanitizers.
SIM_SEEDS ?= 1000
SIM_SANITIZED_SEEDS ?= 100
SIM_SESSIONS := build/release/tests/sim/sessions
SIM_DHT := build/release/tests/sim/dht/dht
SIM_DHT_SEEDS ?= 3
SIM_DRILL := build/release/tests/sim/drill
SIM_RESYNC := build/release/tests/sim/resync
SIM_GOSSIP := build/release/tests/sim/gossip/gossip
SIM_GOSSIP_SEEDS ?= 5
SIM_RELEASE := $(SIM_SESSIONS) $(SIM_DHT) $(SIM_DRILL) $(SIM_RESYNC) $(SIM_GOSSIP)
SIM_PROGS := $(B)/tests/sim/sessions $(B)/tests/sim/dht/dht $(B)/tests/sim/gossip/gossip
SIM_SUITES := "sim/sanitized=tests/sim/seeds.sh $(B)/tests/sim/sessions 1 $(SIM_SANITIZED_SEEDS)" \
	"sim/sessions=tests/sim/seeds.sh $(SIM_SESSIONS) 1 $(SIM_SEEDS)" \
	"sim/drill=NODES=10 WEEKS=1 BLACKOUT_HOURS=3 $(SIM_DRILL)" \
	"sim/drill-narrow=NODES=30 CONNS=16 MESSAGES=1 WEEKS=1 BLACKOUT_HOURS=1 $(SIM_DRILL)" \
	"sim/drill-sessions=NODES=40 MEMBERS=10 CONNS=24 MESSAGES=1 WEEKS=1 BLACKOUT_HOURS=1 $(SIM_DRILL)" \
	"sim/resync=POINTS=200 $(SIM_RESYNC)" \
	"sim/dht-sanitized=BRIEF=1 NODES=100 WIRE=1 $(B)/tests/sim/dht/dht" \
	"sim/dht=$(SIM_DHT) check $(SIM_DHT_SEEDS)" \
	"sim/gossip-sanitized=$(B)/tests/sim/gossip/gossip check 1" \
	"sim/gossip=$(SIM_GOSSIP) check $(SIM_GOSSIP_SEEDS)"

# Each with the simulator: what happens to one session, the immortality drill
# (make drill NODES=1000 MEMBERS=20 CONNS=24 WEEKS=3 SEED=1), a resync cut short.
SIM_STORIES := sessions drill resync
SIM_STAGE := $(filter-out $(SIM_STORIES:%=tests/sim/%.c),$(wildcard tests/sim/*.c))
$(SIM_STORIES:%=$(B)/tests/sim/%): $(B)/tests/sim/%: $(B)/tests/sim/%.o $(SIM_STAGE:%.c=$(B)/%.o) $(B)/libpars.a
	$(call say,LD)$(CC) $(ALL_LDFLAGS) $^ $(LIB_LIBS) -o $@

drill:
	@$(MAKE) --no-print-directory DEV= $(SIM_DRILL) >&2
	@NODES=$(NODES) SEED=$(SEED) $(SIM_DRILL)
.PHONY: drill
export MEMBERS CONNS MESSAGES WEEKS PARTED_HOURS BLACKOUT_HOURS

resync:
	@$(MAKE) --no-print-directory DEV= $(SIM_RESYNC) >&2
	@SEED=$(SEED) $(SIM_RESYNC)
.PHONY: resync
export POINTS MISSED

# make sim SEED=7 tells one seed in full; SEEDS=5000 runs the first so many.
# NODES= and HOURS= (of virtual time, before the healing) go for both.
sim: $(SIM_PROGS)
	$(if $(SEEDS),tests/sim/seeds.sh $(B)/tests/sim/sessions 1 $(SEEDS),SEED=$(or $(SEED),1) $(B)/tests/sim/sessions)
.PHONY: sim
export NODES HOURS

# How much of lib/ the simulator alone runs, by folder.
sim-coverage:
	@$(MAKE) --no-print-directory B=build/coverage CFLAGS="-O1 -g --coverage" LDFLAGS=--coverage \
		build/coverage/tests/sim/sessions
	@find build/coverage -name '*.gcda' -delete
	@SEEDS=$(or $(SEEDS),100); build/coverage/tests/sim/sessions 1 $$SEEDS
	@tests/sim/coverage.sh build/coverage
.PHONY: sim-coverage

# The DHT at scale (tests/sim/dht): make sim-dht NODES="1000 10000" SCENARIO="churn
# gone" SEED=3 tells it as JSON lines; `make bench-plots` draws them. Each event is
# at another node, somewhere in memory: with large pages a third faster.
SIM_DHT_PAGES := GLIBC_TUNABLES=glibc.malloc.hugetlb=1
$(B)/tests/sim/dht/dht: $(patsubst %.c,$(B)/%.o,$(wildcard tests/sim/dht/*.c)) $(B)/libpars.a
	$(call say,LD)$(CC) $(ALL_LDFLAGS) $^ -lm $(LIB_LIBS) -o $@

sim-dht:
	@$(MAKE) --no-print-directory DEV= $(SIM_DHT) >&2
	@$(SIM_DHT_PAGES) SEED=$(SEED) NODES="$(NODES)" SCENARIO="$(SCENARIO)" $(SIM_DHT)
.PHONY: sim-dht

# Curves of hops, messages and success over the number of nodes, and of success
# over time: build/plots/*.svg. NODES="1000 10000 100000" takes an hour.
bench-plots:
	@$(MAKE) --no-print-directory DEV= $(SIM_DHT) >&2
	@mkdir -p build/plots
	@status=0; $(SIM_DHT_PAGES) SEED=$(SEED) NODES="$(or $(NODES),300 1000 3000)" SCENARIO="$(SCENARIO)" $(SIM_DHT) \
		> build/plots/dht.json || status=$$?; \
	awk -v dir=build/plots -f tests/sim/dht/plot.awk build/plots/dht.json; \
	grep FAIL build/plots/dht.json; exit $$status
.PHONY: bench-plots

# Pubsub at scale (tests/sim/gossip): make sim-gossip NODES=1000 MESSAGES=300 SEED=3.
$(B)/tests/sim/gossip/gossip: $(patsubst %.c,$(B)/%.o,$(wildcard tests/sim/gossip/*.c)) $(B)/libpars.a
	$(call say,LD)$(CC) $(ALL_LDFLAGS) $^ $(LIB_LIBS) -o $@

sim-gossip:
	@$(MAKE) --no-print-directory DEV= $(SIM_GOSSIP) >&2
	@SEED=$(SEED) NODES="$(NODES)" MESSAGES=$(MESSAGES) $(SIM_GOSSIP)
.PHONY: sim-gossip
