# SPDX-License-Identifier: GPL-2.0
# Every run of both twins, by path.
set multiplot layout 3, 1 title title noenhanced
set lmargin 9
set rmargin 18
set xtics ("" 0)
eval "set xtics (" . labels . ")"
set xrange [-0.5:cells - 0.5]
do for [panel in "goodput queue backoffs"] {
	set ylabel panel eq "goodput" ? "goodput, Mbit/s" : panel eq "queue" ? "queue, ms" : "back-offs/s"
	plot for [i = 0:blocks(data . "." . panel) - 1] data . "." . panel index i using 1:2 with points ls i + 1 title columnheader(1)
}
unset multiplot
