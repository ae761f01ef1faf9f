# SPDX-License-Identifier: GPL-2.0
# What stands beside the programs, and where everything is installed. The variables are those of the
# GNU Coding Standards; DESTDIR goes in front of each.

prefix ?= $(PREFIX)
exec_prefix ?= $(prefix)
sbindir ?= $(exec_prefix)/sbin
datarootdir ?= $(prefix)/share
datadir ?= $(datarootdir)
mandir ?= $(datarootdir)/man
docdir ?= $(datarootdir)/doc/cdg
sysconfdir ?= $(if $(filter /usr /usr/local,$(prefix)),/etc,$(prefix)/etc)
# systemd looks into /usr/local/lib, too.
unitdir ?= $(prefix)/lib/systemd/system
sysusersdir ?= $(prefix)/lib/sysusers.d
tmpfilesdir ?= $(prefix)/lib/tmpfiles.d
bashcompletiondir ?= $(datarootdir)/bash-completion/completions

UNITS := $(addprefix $(B)/dist/,cdg.service cdg-exporter.service)
DIST := $(UNITS) $(B)/dist/cdg.conf
FILL := sed -e 's|@sbindir@|$(sbindir)|g' -e 's|@sysconfdir@|$(sysconfdir)|g'

# Directories may differ from one call of make to the next.
$(B)/dist/dirs: FORCE
	@mkdir -p $(@D)
	@echo '$(sbindir) $(sysconfdir)' > $@.new; cmp -s $@.new $@ && rm $@.new || mv $@.new $@

$(B)/dist/%.service: dist/systemd/%.service.in $(B)/dist/dirs
	$(FILL) $< > $@

# Every key but the one that is set stands in the example as a comment, with its default.
$(B)/dist/cdg.conf: dist/cdg.conf.in dist/conf.jq $(NATIVE)/cdgctl $(B)/dist/dirs
	$(NATIVE)/cdgctl -j config > $@.keys
	{ $(FILL) $<; jq -rs -f dist/conf.jq $@.keys; } > $@
	@rm $@.keys

dist: $(DIST) ## build units and the example of cdg.conf

# SOURCE:DESTINATION:MODE of everything that is installed. cdglab works on the source tree and stays there.
INSTALLED = $(B)/cdgctl:$(sbindir)/cdgctl:755 $(B)/cdgtop:$(sbindir)/cdgtop:755 \
	$(foreach page,$(MAN),$(page):$(mandir)/man$(subst .,,$(suffix $(page)))/$(notdir $(page)):644) \
	$(foreach unit,$(UNITS),$(unit):$(unitdir)/$(notdir $(unit)):644) \
	dist/systemd/cdg-exporter.socket:$(unitdir)/cdg-exporter.socket:644 \
	dist/systemd/cdg.sysusers:$(sysusersdir)/cdg.conf:644 \
	dist/systemd/cdg.tmpfiles:$(tmpfilesdir)/cdg.conf:644 \
	$(foreach name,cdgctl cdgtop cdglab,dist/completion/cdg.bash:$(bashcompletiondir)/$(name):644) \
	share/cdg-syn.fp:$(datadir)/cdg/cdg-syn.fp:644 \
	$(foreach file,$(wildcard share/schema/*.json),$(file):$(datadir)/cdg/schema/$(notdir $(file)):644) \
	$(B)/dist/cdg.conf:$(docdir)/cdg.conf.example:644 README.md:$(docdir)/README.md:644 \
	LICENSE:$(docdir)/LICENSE:644 \
	$(foreach file,$(shell find deploy -type f | sort),$(file):$(docdir)/$(file):644)
CONF = $(DESTDIR)$(sysconfdir)/cdg/cdg.conf

install: all ## install below $(DESTDIR): programs, units, manual pages, completion, examples
	@set -e; for entry in $(INSTALLED); do \
		rest=$${entry#*:}; \
		install -D -m "$${rest##*:}" "$${entry%%:*}" "$(DESTDIR)$${rest%:*}"; \
	done
	@[ -e "$(CONF)" ] || install -D -m 644 $(B)/dist/cdg.conf "$(CONF)"
	@[ -n "$(DESTDIR)" ] || echo 'For the services: systemd-sysusers; systemd-tmpfiles --create;' \
		'systemctl daemon-reload; systemctl enable --now cdg cdg-exporter.socket'

# A configuration that was changed stays.
uninstall: $(B)/dist/cdg.conf ## remove what install has installed
	@for entry in $(INSTALLED); do \
		rest=$${entry#*:}; rm -f "$(DESTDIR)$${rest%:*}"; \
	done
	@! cmp -s $(B)/dist/cdg.conf "$(CONF)" || rm -f "$(CONF)"
	@for dir in "$(DESTDIR)$(sysconfdir)/cdg" "$(DESTDIR)$(datadir)/cdg" "$(DESTDIR)$(docdir)"; do \
		[ ! -d "$$dir" ] || find "$$dir" -depth -type d -empty -delete; \
	done

.PHONY: dist install uninstall
