#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# make install and what it puts in place: units, users, completion, manual pages.
load cli

setup_file() {
	export DEST=$BATS_FILE_TMPDIR/dest
	make -s -C "$ROOT" B="$BUILD" install DESTDIR="$DEST" prefix=/usr
}

needs() { command -v "$1" >/dev/null || skip "$1 is not installed"; }

# The units with the programs where they are now.
units() {
	local name
	for name in cdg.service cdg-exporter.service cdg-exporter.socket; do
		sed "s|/usr/sbin/cdgctl|$CDGCTL|" "$DEST/usr/lib/systemd/system/$name" >"$BATS_TEST_TMPDIR/$name"
	done
	cd "$BATS_TEST_TMPDIR"
}

@test "install: everything is in its place, and runs" {
	for file in sbin/cdgctl sbin/cdgtop lib/systemd/system/cdg.service lib/systemd/system/cdg-exporter.service \
		lib/systemd/system/cdg-exporter.socket lib/sysusers.d/cdg.conf lib/tmpfiles.d/cdg.conf \
		share/man/man8/cdgctl.8 share/man/man8/cdgtop.8 share/man/man5/cdg.conf.5 share/man/man5/cdg-json.5 \
		share/bash-completion/completions/cdgctl share/bash-completion/completions/cdgtop \
		share/doc/cdg/deploy/prometheus/cdg-rules.yml share/doc/cdg/cdg.conf.example; do
		[ -f "$DEST/usr/$file" ] || { echo "$file is missing"; return 1; }
	done
	"$DEST/usr/sbin/cdgctl" version
	[ "$(stat -c %a "$DEST/usr/sbin/cdgctl" "$DEST/etc/cdg/cdg.conf" | paste -sd ' ')" = "755 644" ]
	run -1 grep -rq "@[a-z]*dir@" "$DEST/usr/lib" "$DEST/etc"
}

@test "install: the example of cdg.conf is valid, and so is each of its comments" {
	run -0 cdgctl config "$DEST/etc/cdg/cdg.conf"
	[ "$(cdgctl -j config "$DEST/etc/cdg/cdg.conf" | jq -r 'select(.changed).key')" = group ]
	sed -nE 's/^#([a-z_]+ = .+)/\1/p' "$DEST/etc/cdg/cdg.conf" >"$BATS_TEST_TMPDIR/all"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/all")" -ge 15 ]
	run -0 cdgctl config "$BATS_TEST_TMPDIR/all"
	diff <(cdgctl -j config | jq -r 'select(.key != "group").key' | sort) \
		<(sed -nE 's/^#([a-z_]+) =.*/\1/p' "$DEST/etc/cdg/cdg.conf" | sort)
}

@test "install: a configuration that is there stays, uninstall leaves a changed one and nothing else" {
	other=$BATS_TEST_TMPDIR/other
	make -s -C "$ROOT" B="$BUILD" install DESTDIR="$other" prefix=/opt/cdg sysconfdir=/opt/etc
	[ -x "$other/opt/cdg/sbin/cdgctl" ]
	grep -q "^ExecStart=/opt/cdg/sbin/cdgctl load --replace --config /opt/etc/cdg/cdg.conf$" \
		"$other/opt/cdg/lib/systemd/system/cdg.service"
	echo "window = 16" >>"$other/opt/etc/cdg/cdg.conf"
	make -s -C "$ROOT" B="$BUILD" install DESTDIR="$other" prefix=/opt/cdg sysconfdir=/opt/etc
	grep -q "^window = 16" "$other/opt/etc/cdg/cdg.conf"
	make -s -C "$ROOT" B="$BUILD" uninstall DESTDIR="$other" prefix=/opt/cdg sysconfdir=/opt/etc
	[ "$(find "$other" -type f)" = "$other/opt/etc/cdg/cdg.conf" ]
	make -s -C "$ROOT" B="$BUILD" uninstall DESTDIR="$DEST" prefix=/usr
	[ -z "$(find "$DEST" -type f)" ]
	make -s -C "$ROOT" B="$BUILD" install DESTDIR="$DEST" prefix=/usr
}

@test "units: systemd-analyze verify finds nothing" {
	needs systemd-analyze
	units
	run -0 systemd-analyze --man=no verify ./cdg.service ./cdg-exporter.service ./cdg-exporter.socket
	[ -z "$(grep -E 'cdg' <<<"$output")" ]
}

@test "units: systemd-analyze security says OK or better of both services" {
	needs systemd-analyze
	units
	for unit in cdg cdg-exporter; do
		level=$(LC_ALL=C.UTF-8 systemd-analyze --no-pager security --offline=true "./$unit.service" |
			sed -nE 's/.*exposure level for .*: ([0-9.]+) ([A-Z]+).*/\1 \2/p')
		echo "# $unit: $level" >&3
		[[ $level =~ ^[0-4]\.[0-9]\ (OK|SAFE|PERFECT)$ ]]
	done
}

@test "units: sysusers and tmpfiles make the group, the user and the way to the pins" {
	needs systemd-sysusers
	mkdir -p "$BATS_TEST_TMPDIR/root/etc"
	systemd-sysusers --root="$BATS_TEST_TMPDIR/root" "$DEST/usr/lib/sysusers.d/cdg.conf"
	grep -q '^cdg-exporter:x:.*:/usr/sbin/nologin$\|^cdg-exporter:.*nologin' "$BATS_TEST_TMPDIR/root/etc/passwd"
	grep -q '^cdg:x:[0-9]*:cdg-exporter$' "$BATS_TEST_TMPDIR/root/etc/group"
	# A plain folder stands for the BPF file system; root alone may give it to a group.
	[[ $EUID -eq 0 ]] || skip "systemd-tmpfiles needs root to give a folder to a group"
	mkdir -p -m 0700 "$BATS_TEST_TMPDIR/root/sys/fs/bpf"
	systemd-tmpfiles --root="$BATS_TEST_TMPDIR/root" --create "$DEST/usr/lib/tmpfiles.d/cdg.conf"
	[ "$(stat -c %a:%g "$BATS_TEST_TMPDIR/root/sys/fs/bpf")" = "750:$(awk -F: '$1 == "cdg" { print $3 }' "$BATS_TEST_TMPDIR/root/etc/group")" ]
}

@test "units: the exporter needs neither cdg.service nor the other way round" {
	units
	run -1 grep -E '^(Requires|BindsTo|PartOf|Wants|Requisite)=.*cdg\.service' cdg-exporter.service cdg-exporter.socket
	run -1 grep -E '^(Requires|BindsTo|PartOf|Wants|Requisite|OnFailure)=.*exporter' cdg.service
	grep -qx "CapabilityBoundingSet=" cdg-exporter.service
}
