# SPDX-License-Identifier: GPL-2.0
# Manual pages: prose in man/, tables from the programs.

MAN := $(patsubst man/%.in,$(B)/man/%,$(wildcard man/*.in))

$(B)/man/%: man/%.in man/fill man/tables.jq $(NATIVE)/cdgctl $(NATIVE)/cdgtop
	@mkdir -p $(@D)
	man/fill $(NATIVE)/cdgctl $(NATIVE)/cdgtop $< > $@

man: $(MAN) ## build the manual pages

.PHONY: man
