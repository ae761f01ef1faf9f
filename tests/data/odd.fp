; What the signatures that p0f comes with have none of: systems whose TTL is random, generic ones
; among them. For the comparison with p0f itself (tests/cli/fingerprint.bats).
classes = win,unix,other

[mtu]
label = Ethernet
sig = 1500

[tcp:request]
label = s:unix:Any:
sig = *:128-:0:*:*,*:mss,sok,ts,nop,ws:df,id+:0
sig = *:255-:0:*:*,*:mss,nop,nop,sok:df,id+:0
label = g:unix:AnyGeneric:
sig = *:200-:0:*:*,*:mss:df,id+:0
label = s:win:Fixed:
sig = *:64:0:*:%8192,*:mss,nop,ws,sok,ts:df,id+:0
sig = 4:64:0:1460:*,*:mss,nop,ws,nop,nop,sok:df,id+,ecn:*
label = s:!:tool:
sys = @unix
sig = *:64:0:*:*,*:ws,nop,mss,ts,sok:df:0
