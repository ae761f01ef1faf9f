# SPDX-License-Identifier: GPL-2.0
# Tables of the manual pages as mdoc, from what the programs say of themselves: jq -rs -f tables.jq
# --arg what options|command|keys|fields|mapping|settings|metrics

# Text for a line of its own. Minus signs stay what they are when copied.
def esc: gsub("\\\\"; "\\e") | gsub("-"; "\\-") | sub("^(?<c>[.'])"; "\\&\(.c)");
# Words that are arguments of a macro must not be taken for macros.
def arg: esc | gsub("\""; "\\(dq") | "\"\(.)\"";
def sentence: if test("[.]$") then . else . + "." end;
def capital: (.[0:1] | ascii_upcase) + .[1:];

# Each sentence begins a line, as formatters want it.
def sentences: gsub("(?<end>([^A-Z .]|[A-Z]{2})[.:?]) (?<next>[A-Z])"; "\(.end)\n\(.next)") | split("\n") | .[] | esc;

# Paragraphs of a help text; lines that begin with a blank stay as they are.
def prose:
	(split("\n") | reduce .[] as $line ([];
		if $line | test("^ ") then
			if .[-1].literal then .[-1].text += "\n" + $line else . + [{ literal: true, text: $line }] end
		elif $line == "" then . + [{ gap: true }]
		elif length > 0 and .[-1].text and (.[-1].literal | not) then .[-1].text += " " + $line
		else . + [{ text: $line }] end)) |
	. as $parts | to_entries[] | .key as $i | .value |
	if .gap then if [$parts[$i - 1, $i + 1].literal] | any then empty else ".Pp" end
	elif .literal then ".Bd -literal -offset indent", (.text | split("\n") | .[] | ltrimstr("  ") | esc), ".Ed"
	else .text | sentences end;

def option:
	".It " + (if .letter != "" then "Fl \(.letter) , " else "" end) + "Fl Fl \(.name | esc)" +
	(if .argument then (if .type == "maybe" then " Ns = Ns" else "" end) + " Ar \(.argument | arg)" else "" end),
	(.help | capital | sentence | sentences);
def options: if length == 0 then empty else ".Bl -tag -width Ds", (.[] | option), ".El" end;

def command($program):
	".Ss \(.name)",
	".Nm \($program)", ".Op Ar OPTIONS", ".Cm \(.name)",
	(if .synopsis != "" then "\\&" + (.synopsis | esc) else empty end),
	(if .help | test("^ ") then empty else ".Pp" end), (.help | prose),
	(if .needs_privileges then ".Pp", "Needs privileges." else empty end),
	(.options | options);

def field:
	".It Va \(.name)",
	"(" + ([.type, .unit, .metric] | map(select(. != null)) | join(", ")) + ")",
	(.help | sentences),
	(if .values then "One of \(.values | split(",") | join(", ") | esc)." else empty end);
def field_list: ".Bl -tag -width Ds", (.[] | field), ".El";

# What every record of the kernel begins with is told once.
def fields:
	(map(select(.json)) | group_by(.record) | map({ (.[0].record): . }) | add) as $of |
	(reduce .[].record as $r ([]; if index([$r]) then . else . + [$r] end)) as $order |
	["round", "backoff", "suppressed", "cut", "undo", "slow_start_exit", "restart", "flow_start",
	 "flow_end", "flow"] as $events |
	($events | map($of[.] | map(del(.record, .column))) |
	 .[1:] as $rest | .[0] | map(select(. as $f | $rest | all(.[]; index([$f]))))) as $common |
	".Ss Every event", "Members of the records \($events | join(", ") | esc).",
	($common | field_list),
	($order[] | . as $r | ".Ss Record \($r)",
		($of[$r] | map(select(. as $f | ($events | index([$r])) == null or
			($common | index([$f | del(.record, .column)])) == null)) |
		if ($events | index([$r])) then "The members of every event, and" else empty end,
		if length == 0 then "nothing else." else field_list end));

def setting:
	".It Cm \(.key | esc)",
	([if .unit then "in \(.unit)" else empty end, "\(.values)",
	  if .default then "default \(.default)" else empty end,
	  if .live == "restart" then "takes a restart"
	  elif .live == "new flows" then "a reload holds for new flows" else empty end] |
	 "(" + join("; ") + ")" | esc),
	(.help | capital | sentence | sentences);

def metric:
	".It Va \(.name)",
	"(" + ([.type, .unit, if .labels then "by \(.labels | split(",") | join(", "))" else null end] |
		map(select(. != null)) | join(", ")) + ")",
	(.help | sentences);
# Fields that have a name in one of the two conventions; of all others the name is cdg.NAME.
def foreign: select(. and (startswith("cdg.") | not));
def mapping:
	map(select(.json) | { name, ecs: ([.ecs | foreign][0] // null), otel: ([.otel | foreign][0] // null) } |
		select(.ecs or .otel)) | group_by(.name)[] |
	".It Va \(.[0].name)",
	([(map(.ecs) | unique - [null] | if length > 0 then "ECS " + join(" or ") else empty end),
	  (map(.otel) | unique - [null] | if length > 0 then "OpenTelemetry " + join(" or ") else empty end)] |
		join("; ") + "." | esc);
def key: ".It \(.keys | gsub(" "; "  ") | arg)", (.help | capital | sentence | sentences);
def list(rows): ".Bl -tag -width Ds", rows, ".El";

if $what == "options" then .[0].options | options
elif $what == "command" then .[0] | command("cdgctl")
elif $what == "keys" then list(.[0].keys[] | key)
elif $what == "fields" then fields
elif $what == "mapping" then list(mapping)
elif $what == "settings" then list(.[] | setting)
elif $what == "metrics" then list(.[] | metric)
else error("no table \($what)") end
