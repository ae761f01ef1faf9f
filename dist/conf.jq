# SPDX-License-Identifier: GPL-2.0
# Keys of cdg.conf as commented lines with their defaults, for the example: jq -rs -f conf.jq
.[] | select(.key != "group") |
"# \(.help | (.[0:1] | ascii_upcase) + .[1:] | rtrimstr(".")) (\(.values)).",
"#\(.key) = \(.default // "")" , ""
