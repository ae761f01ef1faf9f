#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Validates lines of JSON against share/schema: validate.py [--types] < RECORDS

Fails at the first record that does not fit or has no schema; --types prints the types seen.
"""
import json
import os
import sys

import fastjsonschema
import jsonschema

folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../share/schema")
validators = {}


KNOWN = {"$schema", "$id", "title", "description", "type", "properties", "required", "additionalProperties",
         "items", "anyOf", "enum", "const", "format", "pattern", "minimum", "maximum"}


def words_of(schema):
    """The keywords of a schema and of those within."""
    words = set(schema)
    inside = list(schema.get("properties", {}).values()) + schema.get("anyOf", [])
    if "items" in schema:
        inside.append(schema["items"])
    for inner in inside:
        words |= words_of(inner)
    return words


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
        # Compiled, as tens of thousands of records are to be looked at. The compiler knows drafts up to 7, which
        # give the words of our schemas the same meaning.
        assert words_of(schema) <= KNOWN, words_of(schema) - KNOWN
        validators[kind] = fastjsonschema.compile(
            schema | {"$schema": "http://json-schema.org/draft-07/schema#"})
    return validators[kind]


count = 0
for line in sys.stdin:
    record = json.loads(line, object_pairs_hook=pairs_once)
    try:
        validator_of(record)(record)
    except fastjsonschema.JsonSchemaValueException as error:
        sys.exit(f"{record['type']}: {error.message}: {line[:300]}")
    count += 1
assert count, "no record"
print(*(sorted(validators) if "--types" in sys.argv else [count, "records valid"]))
