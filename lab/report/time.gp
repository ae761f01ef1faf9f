# SPDX-License-Identifier: GPL-2.0
# cwnd, RTT and, where the decisions of ours are known, the gradient over time.
have_gradient = int(system(sprintf("grep -c '^[0-9]' '%s' || true", data . ".gradient"))) > 0
set multiplot layout 2 + have_gradient, 1 title title noenhanced
set lmargin 9
set rmargin 28
set key Left reverse samplen 1.5
set ylabel "cwnd, segments"
plot for [i = 0:blocks(data . ".cwnd") - 1] data . ".cwnd" index i using 1:2 with lines ls i + 1 title columnheader(1)
set ylabel "probes' RTT, ms"
if (!have_gradient) set xlabel "seconds"
plot for [i = 0:blocks(data . ".rtt") - 1] data . ".rtt" index i using 1:2 with lines ls i + 1 title columnheader(1)
set xlabel "seconds"
set ylabel "gradient, ms"
if (have_gradient) plot for [i = 0:blocks(data . ".gradient") - 1] data . ".gradient" index i using 1:2 with points ls i + 1 ps 0.3 title columnheader(1)
unset multiplot
