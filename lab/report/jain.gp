# SPDX-License-Identifier: GPL-2.0
# Jain's index of each second.
set title title noenhanced
set xlabel "seconds after the start of the figures"
set ylabel "Jain's index of each second"
set yrange [0:1.02]
plot for [i = 0:blocks(data . ".all") - 1] data . ".all" index i using 1:2 with lines ls i + 1 title columnheader(1)
