# SPDX-License-Identifier: GPL-2.0
# What cdglab needs compiled: the guest's init (static: the guest may have no C library), a
# measurement on the host, and the two ends of a path.

LAB_CFLAGS = -std=gnu11 $(WARN) $(CFLAGS) -D_GNU_SOURCE
LAB_GUEST_SRC := $(wildcard lab/guest/*.c)
LAB_PATH := $(B)/lab/pathsend $(B)/lab/pathsink

lab: $(B)/lab/init $(B)/lab/tsckhz $(LAB_PATH) $(NET_TESTS) ## build what the micro-VM lab needs

$(B)/lab/init: $(LAB_GUEST_SRC) $(wildcard lab/guest/*.h) Makefile lab/lab.mk
	@mkdir -p $(@D)
	$(CC) $(LAB_CFLAGS) -static -o $@ $(LAB_GUEST_SRC)
	strip $@

$(B)/lab/%: lab/host/%.c Makefile lab/lab.mk
	@mkdir -p $(@D)
	$(CC) $(LAB_CFLAGS) -o $@ $<

$(B)/lab/pathsend: $(addprefix lab/path/,pathsend.c flow.c prober.c)
$(B)/lab/pathsink: lab/path/pathsink.c
$(LAB_PATH): $(wildcard lab/path/*.h) Makefile lab/lab.mk
	@mkdir -p $(@D)
	$(CC) $(LAB_CFLAGS) -o $@ $(filter %.c,$^) -lm

.PHONY: lab
