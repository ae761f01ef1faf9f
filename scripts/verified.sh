# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# The table of scripts/verif: kernel series, clang, program, instructions, states, peak of states,
# translated bytes, compiled bytes, separated by tabs. Figures to be put there may say "refused" instead: the
# kernel at hand does not take that program.

# Releases (6.18.15+deb13-cloud-amd64) on stdin, series (6.18) on stdout.
series() { grep -oE '^[0-9]+\.[0-9]+'; }

verified_has() { # TABLE KERNEL CLANG
	[[ -f $1 ]] && awk -F'\t' -v k="$2" -v c="$3" '$1 == k && $2 == c { f = 1 } END { exit !f }' "$1"
}

# Programs that FILE says were refused, though the table has their rows.
verified_refused() { # TABLE KERNEL CLANG FILE
	awk -F'\t' -v k="$2" -v c="$3" '
		FNR == NR { if ($1 == k && $2 == c) known[$3] = 1; next }
		$2 == "refused" && $1 in known { print $1 }' "$1" "$4"
}

# The figures in FILE take the place of those of KERNEL and CLANG, but for programs that were refused.
verified_put() { # TABLE KERNEL CLANG FILE
	{
		printf '#kernel\tclang\tprogram\tinsns\tstates\tpeak\txlated\tjited\n'
		{
			[[ ! -f $1 ]] || awk -F'\t' -v k="$2" -v c="$3" '
				FNR == NR { refused[$1] = $2 == "refused"; next }
				!/^#/ && (!($1 == k && $2 == c) || refused[$3])' "$4" "$1"
			awk -F'\t' -v OFS='\t' -v k="$2" -v c="$3" '$2 != "refused" { print k, c, $0 }' "$4"
		} | sort -t $'\t' -k1,1V -k2,2n -k3,3
	} >"$1.new" && mv "$1.new" "$1"
}

# Of each program the larger figures of two files; refused only where no file has any.
verified_most() { # FILE FILE
	awk -F'\t' -v OFS='\t' '
		!($1 in row) { order[++n] = $1 }
		!($1 in row) || row[$1] ~ /\trefused/ { row[$1] = $0; next }
		$2 != "refused" {
			split(row[$1], old)
			for (i = 2; i <= NF; i++)
				if (old[i] > $i)
					$i = old[i]
			row[$1] = $0
		}
		END { for (i = 1; i <= n; i++) print row[order[i]] }' "$1" "$2"
}

# Prints what has grown by more than a tenth, and what is not in the table; fails if there is any.
# A size of 0 is one that the kernel keeps to itself (bpf_jit_harden, no JIT).
verified_compare() { # TABLE KERNEL CLANG FILE
	awk -F'\t' -v k="$2" -v c="$3" '
		BEGIN { split("insns states peak xlated jited", name, " ") }
		FNR == NR {
			if ($1 == k && $2 == c)
				for (i = 1; i <= 5; i++)
					old[$3, i] = $(i + 3)
			next
		}
		$2 == "refused" { next }
		!(($1, 1) in old) { print $1 " is not in the table"; bad = 1; next }
		{
			for (i = 1; i <= 5; i++) {
				was = old[$1, i]; is = $(i + 1)
				if (was > 0 && is > was * 1.1) {
					printf "%s: %s %d, was %d (%+.0f %%)\n", $1, name[i], is, was,
						(is / was - 1) * 100
					bad = 1
				}
			}
		}
		END { exit bad }' "$1" "$4"
}
