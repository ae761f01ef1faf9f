# SPDX-License-Identifier: GPL-2.0
# What cdglab needs compiled: the guest's init (static: the guest may have no C library),
# measurements on the host, and the two ends of a path.

LAB_CFLAGS = -std=gnu11 $(WARN) $(CFLAGS) $(NO_FOLDER) -D_GNU_SOURCE
LAB_GUEST_SRC := $(wildcard lab/guest/*.c)
LAB_PATH := $(B)/lab/pathsend $(B)/lab/pathsink $(B)/lab/pathtwin
LAB_BPF := $(B)/lab/draws.bpf.o $(B)/lab/loss.bpf.o

lab: $(B)/lab/tsckhz $(B)/lab/stopwatch lab-guest ## build what the micro-VM lab needs

lab-guest: $(B)/lab/init $(LAB_PATH) $(LAB_BPF) $(NET_TESTS)

# For guests on arm64: against the user space that 'cdglab fetch --arch arm64' has put into its cache.
LAB_CACHE = $(or $(CDGLAB_CACHE),$(or $(XDG_CACHE_HOME),$(or $(HOME),/root)/.cache)/cdglab)
ARM64_ROOT ?= $(abspath $(LAB_CACHE))/roots/arm64
ARM64_TOOL ?= aarch64-linux-gnu-
arm64: ## the toolkit and the lab's programs for guests on arm64
	@test -d $(ARM64_ROOT) || { echo "$(ARM64_ROOT) is missing: run 'lab/cdglab fetch --arch arm64 6.12'"; exit 1; }
	PKG_CONFIG_LIBDIR=$(ARM64_ROOT)/usr/lib/aarch64-linux-gnu/pkgconfig:$(ARM64_ROOT)/usr/share/pkgconfig \
	PKG_CONFIG_SYSROOT_DIR=$(ARM64_ROOT) $(MAKE) B=$(B)/arm64 AR=$(ARM64_TOOL)ar \
		CC='$(ARM64_TOOL)gcc --sysroot=$(ARM64_ROOT)' programs lab-guest

$(B)/lab/init: $(LAB_GUEST_SRC) $(wildcard lab/guest/*.h) Makefile lab/lab.mk
	@mkdir -p $(@D)
	$(CC) $(LAB_CFLAGS) -static -s -o $@ $(LAB_GUEST_SRC)

$(B)/lab/%: lab/host/%.c Makefile lab/lab.mk
	@mkdir -p $(@D)
	$(CC) $(LAB_CFLAGS) -o $@ $<

$(B)/lab/pathsend: $(addprefix lab/path/,pathsend.c flow.c prober.c)
$(B)/lab/pathsink: lab/path/pathsink.c
$(B)/lab/pathtwin: lab/path/twin.c
$(B)/lab/pathtwin: LDLIBS = $(shell $(PKG_CONFIG) --libs libbpf)
$(LAB_PATH): $(wildcard lab/path/*.h) Makefile lab/lab.mk
	@mkdir -p $(@D)
	$(CC) $(LAB_CFLAGS) -o $@ $(filter %.c,$^) -lm $(LDLIBS)

$(LAB_BPF): $(B)/lab/%.bpf.o: lab/path/%.bpf.c lab/path/draws.h vmlinux.h Makefile lab/lab.mk
	@mkdir -p $(@D)
	$(CLANG) $(BPF_CFLAGS) -I/usr/include/$(shell uname -m)-linux-gnu -c $< -o $@
	$(LLVM_STRIP) -g $@

.PHONY: lab lab-guest arm64
