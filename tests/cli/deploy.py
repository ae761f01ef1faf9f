#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Holds deploy/ against what the programs export: deploy.py CDGCTL ROOT CHECK [OUT]. Prints what is wrong."""

import json
import re
import subprocess
import sys
import tomllib

import yaml

CDGCTL, ROOT = sys.argv[1:3]
SUFFIX = {"histogram": ("_bucket", "_sum", "_count"), "counter": ("",), "gauge": ("",), "info": ("",)}
# What Prometheus puts in, and what queries make up themselves.
GIVEN = {"job", "instance", "le", "value", "alertname"}


def ask(*args):
    out = subprocess.run([CDGCTL, "-j", *args], capture_output=True, text=True, check=True).stdout
    return [json.loads(line) for line in out.splitlines()]


def read(name):
    with open(f"{ROOT}/{name}", encoding="utf-8") as file:
        return file.read()


def metrics():
    return {row["name"] + end: (row["labels"] or "").split(",") for row in ask("metrics", "--list")
            for end in SUFFIX[row["type"]]}


def fields():
    known = {}
    for row in ask("fields"):
        if row["json"]:
            known.setdefault(row["record"], set()).add(row["name"])
    return known


def rules():
    return [rule for group in yaml.safe_load(read("deploy/prometheus/cdg-rules.yml"))["groups"] for rule in group["rules"]]


def dashboard():
    return json.loads(read("deploy/grafana/cdg.json"))


def dashboard_exprs():
    board = dashboard()
    yield from (target["expr"] for panel in board["panels"] for target in panel.get("targets", []))
    yield from (note["expr"] for note in board["annotations"]["list"])
    yield from (var["query"]["query"] for var in board["templating"]["list"] if var["type"] == "query")


def wrong_in_expr(expr, known, recorded, values):
    used = set(re.findall(r"(?<![\w:])cdg_\w+", expr))
    labels = GIVEN | {label for name in used for label in known.get(name, [])}
    yield from (f"no metric {name}: {expr}" for name in used if name not in known)
    for name in re.findall(r"\w+:cdg_[\w:]+", expr):
        if name not in recorded:
            yield f"no recording rule {name}: {expr}"
    for clause in re.findall(r"\b(?:by|on|without)\s*\(([^)]*)\)", expr):
        yield from (f"no label {label}: {expr}" for label in re.findall(r"\w+", clause) if label not in labels)
    for name, selector in re.findall(r"(\w+)\{([^}]*)\}", expr):
        for label, value in re.findall(r"(\w+)\s*(?:=~|!~|!=|=)\s*\"([^\"]*)\"", selector):
            if label not in GIVEN | set(known.get(name, [])):
                yield f"{name} has no label {label}: {expr}"
            elif label not in GIVEN and f'"{value}"' not in values:
                yield f"{name} has no value {label}={value}: {expr}"


def check_names():
    known, values = metrics(), read("user/model/metrics.c")
    recorded = {rule["record"] for rule in rules() if "record" in rule}
    for expr in [rule["expr"] for rule in rules()] + list(dashboard_exprs()):
        yield from wrong_in_expr(expr, known, recorded, values)
    for rule in rules():
        text = json.dumps(rule.get("annotations", {}))
        yield from (f"{rule['alert']}: no label {label} in the text" for label in re.findall(r"\$labels\.(\w+)", text)
                    if label not in GIVEN | {l for names in known.values() for l in names})
    tests = read("deploy/prometheus/cdg-rules-test.yml")
    yield from (f"no test for {rule['alert']}" for rule in rules() if "alert" in rule and rule["alert"] not in tests)
    yield from (f"no metric {name} in the tests" for name in re.findall(r"series: '(cdg_\w+)", tests) if name not in known)


def check_dashboard(out):
    """Also writes its expressions as a rule file, for promtool to parse."""
    board, taken, ids = dashboard(), set(), set()
    for panel in board["panels"]:
        at = panel["gridPos"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        if cells & taken or at["x"] + at["w"] > 24:
            yield f"{panel['title']} lies upon another panel"
        taken |= cells
        if panel["id"] in ids:
            yield f"{panel['title']}: id {panel['id']} is there twice"
        ids.add(panel["id"])
        if panel["type"] == "row":
            continue
        if not panel.get("description") or panel["datasource"]["uid"] != "${datasource}":
            yield f"{panel['title']} has no description or data source"
        if panel["type"] in ("timeseries", "stat") and not panel["fieldConfig"]["defaults"].get("unit"):
            yield f"{panel['title']} has no unit"
        if panel["type"] not in {r["id"] for r in board["__requires"]}:
            yield f"{panel['title']}: {panel['type']} is not in __requires"
    exprs = [e for e in dashboard_exprs() if not e.startswith("label_values(")]
    exprs = [e.replace("$__rate_interval", "5m").replace("$job", ".*").replace("$instance", ".*") for e in exprs]
    with open(out, "w", encoding="utf-8") as file:
        yaml.safe_dump({"groups": [{"name": "g", "rules": [
            {"record": f"panel:{i}", "expr": e} for i, e in enumerate(exprs)]}]}, file)


def tables():
    """Table -> (records its comment names, columns)."""
    for records, table, body in re.findall(r"-- records? ([^:\n]+):[^\n]*\nCREATE TABLE IF NOT EXISTS ([\w.]+)\n\(\n(.*?)\n\)",
                                           read("deploy/clickhouse/cdg.sql"), re.S):
        yield table, re.findall(r"\b(?!and\b)\w+", records), re.findall(r"^    (\w+) (?!.*MATERIALIZED)", body, re.M)


def check_fields():
    known, found = fields(), {}
    for table, records, columns in tables():
        found[table] = set(records)
        have = set.union(*(known.get(record, set()) for record in records)) | {"host", "type", "schema"}
        yield from (f"{table}: no record {record}" for record in records if record not in known)
        yield from (f"{table}: no field {column}" for column in columns if column not in have)
    if set(found) != {"cdg.flows", "cdg.decisions"}:
        yield f"tables: {found}"
    vector = tomllib.loads(read("deploy/vector/vector.toml"))
    nodes = {*vector["sources"], *vector["transforms"], *(f"route.{r}" for r in vector["transforms"]["route"]["route"]),
             "records.dropped"}
    for name, part in {**vector["transforms"], **vector["sinks"]}.items():
        yield from (f"vector: {name} reads {i}" for i in part["inputs"] if i not in nodes)
    for condition in vector["transforms"]["route"]["route"].values():
        yield from (f"vector: no record {r}" for r in re.findall(r'"(\w+)"', condition) if r not in known)
        yield from (f"vector: no field {f}" for f in re.findall(r"\.(\w+)", condition)
                    if f != "type" and not all(f in known[r] for r in re.findall(r'"(\w+)"', condition)))
    for sink in vector["sinks"].values():
        if sink["type"] != "clickhouse":
            continue
        kinds = re.findall(r'"(\w+)"', vector["transforms"]["route"]["route"][sink["inputs"][0].removeprefix("route.")])
        if found.get(f"{sink['database']}.{sink['table']}") != set(kinds):
            yield f"vector: {kinds} go into {sink['table']}"
    bit = read("deploy/fluent-bit/fluent-bit.conf")
    for pattern, tag in re.findall(r"Rule\s+\$type \^\(?([\w|]+)\)?\$ (\S+)", bit):
        if set(pattern.split("|")) != found.get(tag):
            yield f"fluent-bit: {pattern} goes into {tag}"
        if f"Match             {tag}" not in bit or f"INTO%20{tag}%20" not in bit:
            yield f"fluent-bit: nothing takes {tag}"
    key = re.search(r"Time_Key\s+(\w+)", read("deploy/fluent-bit/parsers.conf"))[1]
    if any(key not in names for record, names in known.items() if record in found["cdg.decisions"]):
        yield f"fluent-bit: no field {key}"


def check_kubernetes():
    parts = {part["kind"]: part for part in yaml.safe_load_all(read("deploy/kubernetes/daemonset.yaml"))}
    spec = parts["DaemonSet"]["spec"]
    pod = spec["template"]["spec"]
    if spec["selector"]["matchLabels"].items() - spec["template"]["metadata"]["labels"].items():
        yield "the selector does not match the template"
    if not pod["hostNetwork"] or not pod["hostPID"]:
        yield "hostNetwork and hostPID are needed"
    volumes = {volume["name"] for volume in pod["volumes"]}
    allowed = {"load": {"BPF", "PERFMON", "NET_ADMIN", "CHOWN"}, "exporter": set()}
    for box in pod["initContainers"] + pod["containers"]:
        context = box["securityContext"]
        if context["privileged"] or context["allowPrivilegeEscalation"] or not context["readOnlyRootFilesystem"]:
            yield f"{box['name']} has more privileges than it needs"
        if context["capabilities"]["drop"] != ["ALL"] or set(context["capabilities"].get("add", [])) != allowed[box["name"]]:
            yield f"{box['name']}: capabilities"
        yield from (f"{box['name']}: no volume {m['name']}" for m in box["volumeMounts"] if m["name"] not in volumes)
        if "limits" not in box["resources"]:
            yield f"{box['name']} has no limits"
    conf = parts["ConfigMap"]["data"]["cdg.conf"]
    run = subprocess.run([CDGCTL, "config", "-"], input=conf, capture_output=True, text=True)
    if run.returncode:
        yield run.stderr
    uid = str(pod["containers"][0]["securityContext"]["runAsUser"])
    if uid not in read("deploy/kubernetes/Containerfile"):
        yield f"user {uid} is not in the Containerfile"


def check_ports():
    port = re.search(r"127\.0\.0\.1:(\d+)", subprocess.run([CDGCTL, "help", "serve"], capture_output=True, text=True).stdout)[1]
    for name in ("deploy/prometheus/prometheus.yml", "deploy/kubernetes/daemonset.yaml", "dist/systemd/cdg-exporter.socket",
                 "deploy/README.md"):
        if f":{port}" not in read(name):
            yield f"{name} does not know port {port}"


problems = list(globals()[f"check_{sys.argv[3]}"](*sys.argv[4:]))
print("\n".join(problems), end="\n" if problems else "")
sys.exit(bool(problems))
