# SPDX-License-Identifier: GPL-2.0
# Delay against goodput, a point for each path.
set title title noenhanced
set logscale x
set xlabel "mean queueing delay, ms"
set ylabel "goodput, % of what the path can carry"
plot for [i = 0:blocks(data . ".all") - 1] data . ".all" index i using 1:2 with points ls i + 1 ps 1 title columnheader(1)
