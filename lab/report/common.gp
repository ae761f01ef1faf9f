# SPDX-License-Identifier: GPL-2.0
# What all plots share. Given by the caller: data (a prefix of data files), out, kind of file, title.

if (format eq "svg") set terminal svg size 860,height dynamic font "Helvetica,12" background "white"; \
else set terminal pngcairo size 860,height font "Sans,10" background "white"
set output out
set encoding utf8
set key outside right top Left reverse samplen 1.5
set grid lc rgb "#dddddd"
set style line 1 lc rgb "#0b62a4" lw 1.3 pt 7 ps 0.6
set style line 2 lc rgb "#d1495b" lw 1.3 pt 5 ps 0.6
set style line 3 lc rgb "#2e933c" lw 1.3 pt 9 ps 0.7
set style line 4 lc rgb "#edae49" lw 1.3 pt 11 ps 0.7
set style line 5 lc rgb "#6a4c93" lw 1.3 pt 13 ps 0.8
set style line 6 lc rgb "#555555" lw 1.3 pt 4 ps 0.7
set style line 7 lc rgb "#00a6a6" lw 1.3 pt 6 ps 0.7
set style line 8 lc rgb "#a0522d" lw 1.3 pt 8 ps 0.7
blocks(file) = int(system(sprintf("grep -c '^\"' '%s' || true", file)))
