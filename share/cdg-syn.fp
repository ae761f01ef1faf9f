; SPDX-License-Identifier: GPL-2.0
;
; SYN signatures of today's systems, beside p0f's own p0f.fp. The grammar is p0f's, with one window
; form more: mss*max, the largest multiple of the MSS that fits 16 bits. Linux since 4.20 and
; Windows 10 choose their window so, and the factor then depends on the MSS (44 for 1460, 45 for
; 1440, 48 for 1360), which mss*N cannot say. p0f itself refuses this file.
;
; Every signature says where it comes from. What is marked "captured" was captured from Linux 6.18
; between two network namespaces; the rest names a public source. A system that could not be told
; from another one has a label that says so, or none.

classes = win,unix,other

[tcp:request]

; ----- Linux -----

; Captured: defaults, IPv4; mss*44 at MTU 1500, mss*52 at MTU 1280. The scale follows
; net.ipv4.tcp_rmem: 7 for the default of 6 MiB. The window is that of kernel commit a337531b942b
; ("tcp: up initial rmem to 128KB and SYN rwin to around 64KB"), in 4.20 and later.
label = s:unix:Linux:4.20 or newer
sig   = 4:64:0:*:mss*max,*:mss,sok,ts,nop,ws:df,id+:0

; Captured: defaults, IPv6 (the flow label is set), and with net.ipv6.auto_flowlabels=0.
sig   = 6:64:0:*:mss*max,*:mss,sok,ts,nop,ws:flow:0
sig   = 6:64:0:*:mss*max,*:mss,sok,ts,nop,ws::0

; Captured: net.ipv4.tcp_ecn=1.
sig   = 4:64:0:*:mss*max,*:mss,sok,ts,nop,ws:df,id+,ecn:0
sig   = 6:64:0:*:mss*max,*:mss,sok,ts,nop,ws:flow,ecn:0

; Captured: net.ipv4.tcp_timestamps=0.
label = s:unix:Linux:4.20 or newer (no timestamps)
sig   = 4:64:0:*:mss*max,*:mss,nop,nop,sok,nop,ws:df,id+:0
sig   = 6:64:0:*:mss*max,*:mss,nop,nop,sok,nop,ws:flow:0

; Captured: a socket of IPPROTO_MPTCP; such sockets exist since 5.6.
label = s:unix:Linux:5.6 or newer (Multipath TCP)
sig   = 4:64:0:*:mss*max,*:mss,sok,ts,nop,ws,?30:df,id+:0
sig   = 6:64:0:*:mss*max,*:mss,sok,ts,nop,ws,?30:flow:0

; Captured: sendto() with MSG_FASTOPEN, first the request for a cookie, then with cookie and data.
label = s:unix:Linux:4.20 or newer (TCP Fast Open)
sig   = 4:64:0:*:mss*max,*:mss,sok,ts,nop,ws,?34,nop,nop:df,id+:*
sig   = 6:64:0:*:mss*max,*:mss,sok,ts,nop,ws,?34,nop,nop:flow:*

; ----- Android, and Linux with larger buffers -----

; Android gives its sockets a larger default of tcp_rmem (net.tcp.buffersize.*, 512 KiB and more).
; Captured: Linux 6.18 with net.ipv4.tcp_rmem="4096 1048576 4194304", and with a default of 262144,
; IPv4 and IPv6: any default above 131072 gives this window, so the two cannot be told apart. Seen
; from Android by User-Agent with scales 6 to 10 and 12, also with ECN: biandratti/huginn-net,
; huginn-net-db/config/tcp_syn.fp, 2026-10-09.
label = s:unix:Linux:(Android, or a larger tcp_rmem)
sig   = 4:64:0:*:65535,*:mss,sok,ts,nop,ws:df,id+:0
sig   = 4:64:0:*:65535,*:mss,sok,ts,nop,ws:df,id+,ecn:0
sig   = 6:64:0:*:65535,*:mss,sok,ts,nop,ws:flow:0

; ----- Windows -----

; Windows 10 1803 to 1909 by User-Agent: xnih/satori, fingerprints/tcp.xml, 2020-05: windows 64240,
; 64202, 64766 and 64480 with MSS 1460, 1366, 1378 and 1240, each the largest multiple. Also
; biandratti/huginn-net, huginn-net-db/config/tcp_syn.fp, 2026-10-09: mss*44 to mss*52 by MSS, with
; and without ECN. IPv6 as in p0f's own Windows signatures, which hold for both.
label = s:win:Windows:10 or newer
sig   = *:128:0:*:mss*max,8:mss,nop,ws,nop,nop,sok:df,id+:0
sig   = *:128:0:*:mss*max,8:mss,nop,ws,nop,nop,sok:df,id+,ecn:0

; The same with timestamps switched on: xnih/satori, Windows 10 1803, 1903 and 1909.
sig   = 4:128:0:*:mss*max,8:mss,nop,ws,sok,ts:df,id+:0

; xnih/satori, fingerprints/tcp.xml: Windows 8 and Windows 10 1803; huginn-net: Windows 10. p0f
; knows this window only with scales up to 2, from Windows XP.
label = s:win:Windows:8 or newer
sig   = *:128:0:*:65535,8:mss,nop,ws,nop,nop,sok:df,id+:0

; ----- macOS, iOS -----

; IP identification 0 under DF, unlike the systems that p0f knows. iOS 12 and 13 by User-Agent,
; scales 5, 6 and 7: xnih/satori, fingerprints/tcp.xml, 2020-05. An iPhone, scale 7: raw_sig in
; segofensiva/OSfooler-ng issue 1, 2019-09. macOS, scale 6: FoxIO, "JA4T: TCP Fingerprinting",
; 2024-04. All of them also with ECN: biandratti/huginn-net, huginn-net-db/config/tcp_syn.fp,
; 2026-10-09. The two systems share one stack and are not told apart.
label = s:unix:macOS or iOS:
sig   = 4:64:0:*:65535,5:mss,nop,ws,nop,nop,ts,sok,eol+1:df:0
sig   = 4:64:0:*:65535,6:mss,nop,ws,nop,nop,ts,sok,eol+1:df:0
sig   = 4:64:0:*:65535,7:mss,nop,ws,nop,nop,ts,sok,eol+1:df:0
sig   = 4:64:0:*:65535,5:mss,nop,ws,nop,nop,ts,sok,eol+1:df,ecn:0
sig   = 4:64:0:*:65535,6:mss,nop,ws,nop,nop,ts,sok,eol+1:df,ecn:0
sig   = 4:64:0:*:65535,7:mss,nop,ws,nop,nop,ts,sok,eol+1:df,ecn:0

; ----- FreeBSD -----

; As p0f's "FreeBSD 9.x or newer", but for what the source has changed since: sys/netinet/ip_id.c,
; net.inet.ip.rfc6864=1, sets IP identification 0 under DF (11.0 and later). IPv6:
; sys/netinet6/in6_pcb.c, net.inet6.ip6.auto_flowlabel=1, gives every connection a flow label.
label = s:unix:FreeBSD:11 or newer
sig   = 4:64:0:*:65535,6:mss,nop,ws,sok,ts:df:0
label = s:unix:FreeBSD:
sig   = 6:64:0:*:65535,6:mss,nop,ws,sok,ts:flow:0
