#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Validates lines of JSON against share/schema: validate.py [--types] < RECORDS

Fails at the first record that does not fit or has no schema; --types prints the types seen.
"""
import json
import os
import sys

import jsonschema

folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../share/schema")
validators = {}


def pairs_once(pairs):
    keys = [key for key, _ in pairs]
    assert len(keys) == len(set(keys)), f"a key is there twice: {keys}"
    return dict(pairs)


def validator_of(record):
    kind = record["type"]
    if kind not in validators:
        with open(os.path.join(folder, kind + ".json"), encoding="utf-8") as file:
            schema = json.load(file)
        jsonschema.Draft202012Validator.check_schema(schema)
        validators[kind] = jsonschema.Draft202012Validator(
            schema, format_checker=jsonschema.FormatChecker())
    return validators[kind]


count = 0
for line in sys.stdin:
    record = json.loads(line, object_pairs_hook=pairs_once)
    error = jsonschema.exceptions.best_match(validator_of(record).iter_errors(record))
    if error:
        sys.exit(f"{record['type']}: {error.message} at {list(error.path)}: {line[:300]}")
    count += 1
assert count, "no record"
print(*(sorted(validators) if "--types" in sys.argv else [count, "records valid"]))
