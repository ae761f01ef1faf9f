# SPDX-License-Identifier: GPL-2.0
# How often the coin said back off, against how often it was to; bars: 99.9 % of all such draws.
set title title noenhanced
set xlabel "probability by the gradient"
set ylabel "share of the draws that said back off"
set xrange [0:1]
set yrange [0:1.05]
plot x with lines lc rgb "#bbbbbb" title "as drawn", data . ".all" index 0 using 1:2:3 with yerrorbars ls 1 title columnheader(1)
