# SPDX-License-Identifier: GPL-2.0
# Lines of `cdgctl -j stream`, with only those fields that results are made of. A tenth of the bytes
# leaves the guest so. Records are flat; no value of theirs has a comma and a quote side by side.

BEGIN {
	count = split("type sport ts_ns cwnd ssthresh cause cwnd_prior cwnd_target grad_us threshold random verdict " \
		"delivered srtt_us rtt_min_us shadow reason lost", names, " ")
	for (i = 1; i <= count; i++)
		wanted[names[i]] = 1
}

/"type":"(hello|stats)"/ { next }

{
	fields = split(substr($0, 3, length($0) - 3), parts, /,"/)
	line = ""
	for (i = 1; i <= fields; i++) {
		name = substr(parts[i], 1, index(parts[i], "\"") - 1)
		if (name in wanted && parts[i] !~ /:null$/)
			line = line (line == "" ? "" : ",") "\"" parts[i]
	}
	print "{" line "}"
}
