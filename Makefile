# SPDX-License-Identifier: GPL-2.0
# Everything is built below $(B); the source tree stays as it was cloned.

B ?= build
CC ?= cc
CLANG ?= clang
LLVM_STRIP ?= $(shell command -v llvm-strip || command -v llvm-strip-14 || echo llvm-strip)
BPFTOOL ?= $(shell PATH="$$PATH:/usr/sbin:/sbin" command -v bpftool || echo bpftool)
PKG_CONFIG ?= pkg-config
PREFIX ?= /usr/local
VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo unversioned)

LIBS := libbpf libmnl json-c yaml-0.1 libcrypt
LATE_LIBS := pcap microhttpd # opened when they are needed: user/util/late.h
LIB_CFLAGS = $(shell $(PKG_CONFIG) --cflags $(LIBS) $(LATE_LIBS:%=lib%))
LIB_LIBS = $(shell $(PKG_CONFIG) --libs $(LIBS))

CFLAGS ?= -O2 -g
WARN := -Wall -Wextra -Werror -Wmissing-prototypes -Wshadow
# The folder of the tree would make the same source another build, and an exact machine see another program.
NO_FOLDER := -ffile-prefix-map=$(CURDIR)=.
ALL_CFLAGS = -std=gnu11 $(WARN) $(CFLAGS) $(SAN_FLAGS) $(NO_FOLDER) -D_GNU_SOURCE -I. -I$(B)/gen $(LIB_CFLAGS)
BPF_CFLAGS := -O2 -g -Wall -Werror -target bpf -mcpu=v3 -I. -Ibpf -I$(B)/gen $(NO_FOLDER)

# make SAN=1: address and undefined-behaviour sanitizers
ifeq ($(SAN),1)
SAN_FLAGS := -fsanitize=address,undefined -fno-omit-frame-pointer -fno-sanitize-recover=undefined
# gcc's UBSan heeds log_path only where it is linked statically; clang's are always.
ifeq ($(findstring clang,$(shell $(CC) --version)),)
SAN_FLAGS += -static-libasan -static-libubsan
endif
endif

BPF_SRC := $(wildcard bpf/*.bpf.c)
BPF_OBJ := $(BPF_SRC:bpf/%.bpf.c=$(B)/bpf/%.bpf.o)
SKEL := $(BPF_SRC:bpf/%.bpf.c=$(B)/gen/%.skel.h)
LIB_SRC := $(wildcard user/*/*.c)
LIB_OBJ := $(LIB_SRC:%.c=$(B)/%.o)
PROGRAMS := $(B)/cdgctl $(B)/cdgtop
# Where there are programs that run here, for pages and files that are made by them. For another
# architecture those of a build for this one: make B=build/arm64 CC=aarch64-linux-gnu-gcc NATIVE=build
NATIVE ?= $(B)
TUI_LIBS = $(shell $(PKG_CONFIG) --libs ncursesw)
UNIT := $(patsubst tests/unit/%.c,$(B)/tests/%,$(wildcard tests/unit/test_*.c))
FUZZ := $(patsubst tests/fuzz/%.c,$(B)/fuzz/%,$(wildcard tests/fuzz/fuzz_*.c))
# What runs without a kernel: the fuzz targets are linked with it.
PURE_SRC := $(filter-out user/sink/tui% user/sink/http%,$(wildcard user/model/*.c user/sink/*.c user/util/*.c)) \
	user/source/file.c user/source/lines.c user/source/capture.c user/cmd/draws_file.c \
	user/cmd/top_config.c user/cmd/top_view.c user/cmd/options.c user/cmd/common.c

.DELETE_ON_ERROR:
.SECONDARY:

all: programs man dist ## build programs, manual pages and units (default)

programs: $(PROGRAMS)

help: ## this list
	@echo 'Targets (make SAN=1 for sanitizers, B=DIR for another build folder):'
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  \1\t\2/p' $(MAKEFILE_LIST) | expand -t 14

$(B)/bpf/%.bpf.o: bpf/%.bpf.c Makefile
	@mkdir -p $(@D)
	$(CLANG) $(BPF_CFLAGS) -MMD -MP -c $< -o $@
	$(LLVM_STRIP) -g $@

$(B)/gen/%.skel.h: $(B)/bpf/%.bpf.o
	@mkdir -p $(@D)
	$(BPFTOOL) gen skeleton $< name $*_bpf > $@

# What `cdgctl version` and the pins call the build: a hash over the BPF objects.
$(B)/gen/version.h: $(BPF_OBJ) FORCE
	@mkdir -p $(@D)
	@id=$$(cat $(BPF_OBJ) | sha1sum | cut -c1-40); \
	printf '#define CDG_VERSION "%s"\n#define CDG_BUILD_ID "%s"\n' '$(VERSION)' "$$id" > $@.new; \
	cmp -s $@.new $@ && rm $@.new || mv $@.new $@

# By which names the libraries are opened that are opened late.
soname = readelf -d $$($(CC) -print-file-name=lib$(1).so) | sed -n 's/.*SONAME.*\[\(.*\)\].*/\1/p'
$(B)/gen/libraries.h: Makefile
	@mkdir -p $(@D)
	@set -e; { $(foreach lib,$(LATE_LIBS),name=$$($(call soname,$(lib))); test "$$name"; \
	echo "#define LIBRARY_$(lib) \"$$name\"";) } > $@

# The built-in signatures.
$(B)/gen/cdg-syn.fp.h: share/cdg-syn.fp Makefile
	@mkdir -p $(@D)
	@{ echo 'static const unsigned char cdg_syn_fp[] = {'; \
	od -An -v -tx1 $< | sed 's/[0-9a-f][0-9a-f]/0x&,/g'; echo '};'; } > $@

$(B)/user/cmd/signatures.o: $(B)/gen/cdg-syn.fp.h

$(B)/user/%.o: user/%.c Makefile | $(SKEL) $(B)/gen/version.h $(B)/gen/libraries.h
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -MMD -MP -c $< -o $@

$(B)/libcdg.a: $(LIB_OBJ)
	@rm -f $@
	$(AR) rcs $@ $^

$(B)/cdgctl: $(B)/user/cdgctl.o $(B)/libcdg.a
	$(CC) $(SAN_FLAGS) $(LDFLAGS) -o $@ $^ $(LIB_LIBS)

$(B)/cdgtop: $(B)/user/cdgtop.o $(B)/libcdg.a
	$(CC) $(SAN_FLAGS) $(LDFLAGS) -o $@ $^ $(LIB_LIBS) $(TUI_LIBS)

$(B)/tests/%: tests/unit/%.c $(B)/libcdg.a Makefile
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -MMD -MP -o $@ $< $(B)/libcdg.a \
		$(shell $(PKG_CONFIG) --cflags --libs cmocka) $(LIB_LIBS) -lm

FUZZ_FLAGS = -g -O1 -fno-sanitize-recover=undefined -D_GNU_SOURCE -I. -I$(B)/gen $(LIB_CFLAGS) -MMD -MP
FUZZ_OBJ := $(PURE_SRC:%.c=$(B)/fuzz/obj/%.o)

$(B)/fuzz/obj/%.o: %.c Makefile | $(B)/gen/libraries.h
	@mkdir -p $(@D)
	$(CLANG) $(FUZZ_FLAGS) -fsanitize=fuzzer-no-link,address,undefined -c $< -o $@

$(B)/fuzz/libpure.a: $(FUZZ_OBJ)
	@rm -f $@
	$(AR) rcs $@ $^

$(B)/fuzz/%: tests/fuzz/%.c $(B)/fuzz/libpure.a
	$(CLANG) $(FUZZ_FLAGS) -fsanitize=fuzzer,address,undefined -o $@ $< $(B)/fuzz/libpure.a $(LIB_LIBS) -lm

# What scripts/bench measures ours against.
$(B)/bench/%.bpf.o: tests/bench/%.bpf.c Makefile
	@mkdir -p $(@D)
	$(CLANG) $(BPF_CFLAGS) -c $< -o $@

$(B)/bench/%: tests/bench/%.c Makefile
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -o $@ $< $(LDLIBS)

$(B)/bench/counting $(B)/bench/acked: LDLIBS = $(shell $(PKG_CONFIG) --libs libbpf)

# What tests/net needs compiled; a machine of the lab gets it ready-made.
NET_TESTS := $(addprefix $(B)/tests/net/,burst flood hold killat path.bpf.o foreign.bpf.o option.bpf.o inherited.bpf.o)
NET_BPF = $(CLANG) -O2 -g -target bpf -mcpu=v3 -I/usr/include/$(shell uname -m)-linux-gnu -c $< -o $@
$(B)/tests/net/%.bpf.o: tests/net/%.bpf.c Makefile
	@mkdir -p $(@D)
	$(NET_BPF)

# Of the same program: its flag is inherited from listeners only.
$(B)/tests/net/inherited.bpf.o: tests/net/option.bpf.c Makefile
	@mkdir -p $(@D)
	$(NET_BPF) -DFROM_LISTENER

$(B)/tests/net/foreign.bpf.o: $(B)/bench/empty_sockops.bpf.o
	@mkdir -p $(@D)
	cp $< $@

$(B)/tests/net/%: tests/net/%.c Makefile
	@mkdir -p $(@D)
	$(CC) -std=gnu11 $(WARN) $(CFLAGS) -o $@ $<

# Our fingerprints held against those of p0f.
ORACLE := tests/cli/p0f_oracle.c tests/cli/packets.c
$(B)/tests/p0f_oracle: $(ORACLE) tests/cli/packets.h $(B)/libcdg.a Makefile
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -o $@ $(ORACLE) $(B)/libcdg.a

# Files of records that the cli tests replay.
$(B)/tests/mkrecords: tests/data/mkrecords.c $(B)/libcdg.a Makefile
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -MMD -MP -o $@ $< $(B)/libcdg.a $(LIB_LIBS)

$(B)/data/records: $(B)/tests/mkrecords
	@mkdir -p $(@D)
	$< $(@D)
	@touch $@

records: $(B)/data/records ## write the files that tests/cli replays

SCHEMAS := share/schema

schemas: $(B)/cdgctl ## renew share/schema from the field tables
	@rm -f $(SCHEMAS)/*.json; mkdir -p $(SCHEMAS); set -e; \
	for record in $$($< -j fields --json-schema | jq -r .properties.type.const); do \
		$< fields --json-schema $$record >$(SCHEMAS)/$$record.json; \
	done

# Seeds of the fuzz targets that read records.
$(B)/tests/mkseeds: tests/data/mkseeds.c Makefile
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -MMD -MP -o $@ $<

SEEDS ?= tests/fuzz/corpus
seeds: $(B)/tests/mkseeds $(B)/data/records ## renew those fuzz seeds that hold records
	$< $(B)/data $(SEEDS)

# What the verifier makes of the BPF programs, for scripts/verif.
$(B)/tests/verified: tests/data/verified.c Makefile
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -MMD -MP -o $@ $< $(LIB_LIBS)

unit-build: $(UNIT)

unit: $(UNIT) ## build and run the unit tests
	@fail=0; for t in $(UNIT); do $$t || fail=1; done; exit $$fail

fuzz: $(FUZZ) ## build the fuzz targets

check: ## run every test (needs root; installs nothing)
	scripts/check --no-install

lint: ## static checks
	scripts/lint

clean: ## remove the build folder
	rm -rf $(B)

include lab/lab.mk
include man/man.mk
include dist/dist.mk

FORCE:
.PHONY: all programs help records schemas seeds unit unit-build fuzz check lint clean FORCE

-include $(BPF_OBJ:.o=.d) $(LIB_OBJ:.o=.d) $(B)/user/cdgctl.d $(B)/user/cdgtop.d $(UNIT:=.d) $(FUZZ:=.d) $(FUZZ_OBJ:.o=.d) $(B)/tests/mkrecords.d \
	$(B)/tests/mkseeds.d $(B)/tests/verified.d
