# SPDX-License-Identifier: GPL-2.0
# What cdglab needs compiled: the guest's init (static: the guest may have no C library) and a
# measurement on the host.

LAB_CFLAGS = -std=gnu11 $(WARN) $(CFLAGS) -D_GNU_SOURCE
LAB_GUEST_SRC := $(wildcard lab/guest/*.c)

lab: $(B)/lab/init $(B)/lab/tsckhz ## build what the micro-VM lab needs

$(B)/lab/init: $(LAB_GUEST_SRC) $(wildcard lab/guest/*.h) Makefile lab/lab.mk
	@mkdir -p $(@D)
	$(CC) $(LAB_CFLAGS) -static -o $@ $(LAB_GUEST_SRC)
	strip $@

$(B)/lab/%: lab/host/%.c Makefile lab/lab.mk
	@mkdir -p $(@D)
	$(CC) $(LAB_CFLAGS) -o $@ $<

.PHONY: lab
