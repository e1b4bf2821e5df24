#!/usr/bin/env python3
"""Writes documents, and what graphql-core makes of them, for DifferentialTests.

Needs `pip install graphql-core==3.2.3`, the release nearest to the October 2021 specification.

    generate.py --seed 1 --count 500 > Corpus.json                 the corpus that is checked in
    generate.py --seed 7 --count 20000 > /tmp/more.json            a larger run:
    GRAPHQL_CORPUS=/tmp/more.json swift test --filter DifferentialTests
"""
import argparse
import json
import pathlib
import random
import re

from graphql import (GraphQLError, GraphQLInputObjectType, GraphQLList, GraphQLNonNull, Undefined, build_schema,
                     execute, get_named_type, is_abstract_type, is_composite_type, is_enum_type, is_leaf_type, parse,
                     print_schema, validate)
from graphql.language import Source, SourceLocation

HERE = pathlib.Path(__file__).parent
SDL = (HERE / "Toy.graphql").read_text()
SCHEMA = build_schema(SDL)
DATA = json.loads((HERE / "ToyData.json").read_text())
COMPOSITES = ["Query", "Show", "Person", "Clip", "Node", "Named", "Thing"]
NAMES = ["A", "B", "C", "D"]


def location(source, position):
    """Of graphql-js. That of 3.2.3 puts the first character of a line behind the line before."""
    lines = re.split(r"\r\n|[\n\r]", source.body[:position])
    if source.body[position - 1:position + 1] == "\r\n":
        lines.pop()
    return SourceLocation(len(lines), len(lines[-1]) + 1)


Source.get_location = location


def boom(_source, _info):
    raise GraphQLError("boom")


def echo(_source, _info, **arguments):
    return json.dumps(arguments, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


for name in ("boom", "strictBoom"):
    SCHEMA.type_map["Show"].fields[name].resolve = boom
for name in ("echo", "strict"):
    SCHEMA.type_map["Query"].fields[name].resolve = echo


class Generator:
    """Documents that mostly fit the schema; each choice goes wrong now and then."""

    def __init__(self, seed, wrong):
        self.random, self.wrong = random.Random(seed), wrong
        self.variables, self.fragments, self.budget, self.aliases, self.spreadable = {}, {}, 40, 0, NAMES

    def goes_wrong(self):
        return self.random.random() < self.wrong

    def pick(self, items):
        return self.random.choice(list(items))

    # Values

    def scalar(self, name):
        wrong = ["1", "1.5", '"x"', "true", "RED", "null", "[1]", "{a: 1}", "3000000000", "PURPLE", '"""b"""']
        right = {
            "Int": ["0", "-1", "7", "2147483647"], "Float": ["0.5", "-2", "1e3", "1.25E-2"],
            "String": ['"a"', '"é\\n\\u00e9"', '"""block\n  text"""', '""'], "ID": ['"i1"', "5"],
            "Boolean": ["true", "false"], "Stamp": ["1", '"s"', "[1, {a: true}]", "X"], "Color": ["RED", "GREEN", "BLUE"],
        }
        return self.pick(wrong if self.goes_wrong() else right[name])

    def literal(self, kind, depth=0, constant=False, nullable=True):
        if not constant and self.random.random() < 0.25:
            return "$" + self.variable(kind if nullable else GraphQLNonNull(kind))
        if isinstance(kind, GraphQLNonNull):
            return "null" if self.goes_wrong() else self.literal(kind.of_type, depth, constant, False)
        if nullable and self.random.random() < 0.08:
            return "null"
        if isinstance(kind, GraphQLList):
            if self.random.random() < 0.2:
                return self.literal(kind.of_type, depth + 1, True, nullable)
            items = [self.literal(kind.of_type, depth + 1, constant) for _ in range(self.random.randint(0, 3))]
            return "[" + ", ".join(items) + "]"
        if isinstance(kind, GraphQLInputObjectType):
            return self.object(kind, depth, constant)
        return self.scalar(kind.name)

    def object(self, kind, depth, constant):
        if self.goes_wrong():
            return self.pick(["1", '"x"', "[]", "{}"])
        members = [name for name, field in kind.fields.items()
                   if (depth < 4 and self.random.random() < 0.4) or (isinstance(field.type, GraphQLNonNull) and not self.goes_wrong())]
        self.random.shuffle(members)
        written = [f"{name}: {self.literal(kind.fields[name].type, depth + 1, constant)}" for name in members]
        if self.goes_wrong():
            written.append("nowhere: 1")
        if self.goes_wrong() and written:
            written.append(written[0])
        return "{" + ", ".join(written) + "}"

    def variable(self, kind):
        if self.goes_wrong():
            return self.pick(["undefined", "v0", "v1"])
        fitting = [name for name, (known, _) in self.variables.items() if known == str(kind)]
        if fitting and self.random.random() < 0.6:
            return self.pick(fitting)
        name = f"v{len(self.variables)}"
        written = str(kind)
        if self.goes_wrong():
            written = self.pick(["Int", "String!", "[Int]", "Show", "Nothing", "[Filter!]", "Color"])
        elif self.random.random() < 0.2 and not written.endswith("!"):
            written += "!"
        self.variables[name] = (written, kind)
        return name

    # Selections

    def directives(self):
        if self.random.random() < 0.85 and not self.goes_wrong():
            return ""
        if self.random.random() < 0.2:
            name = self.variable(GraphQLNonNull(SCHEMA.type_map["Boolean"]))
            return f" {self.pick(['@skip', '@include'])}(if: ${name})"
        choices = ["@include(if: true)", "@skip(if: false)",
                   '@mark(label: "x")', '@mark(label: "x") @mark(label: "y", level: 2)', "@include(if: false)"]
        wrong = ["@nothing", "@once", "@skip", "@deprecated", '@mark(level: "x", label: 1)', "@include(if: true) @include(if: true)",
                 "@mark(label: \"x\", other: 1)", "@skip(if: null)", "@include(if: 1)"]
        return " " + self.pick(wrong if self.goes_wrong() else choices)

    def field(self, parent, depth):
        fields = getattr(parent, "fields", {})
        if not fields or self.random.random() < 0.12:
            return "__typename"
        name = self.pick(fields)
        field = fields[name]
        alias = f"{self.pick('abcxyz')}: " if self.random.random() < (0.1 if self.wrong else 0) else ""
        if self.goes_wrong():
            name = self.pick(["nowhere", "name", "color", "rating", "id", "friends", "__schema"])
        arguments = []
        for label, argument in field.args.items():
            is_required = isinstance(argument.type, GraphQLNonNull) and argument.default_value is Undefined
            if self.random.random() < 0.35 or (is_required and not self.goes_wrong()):
                arguments.append(f"{label}: {self.literal(argument.type)}")
        if self.goes_wrong():
            arguments.append(self.pick(["nowhere: 1", "first: 1", "id: 2"]))
        if self.random.random() < (0.95 if arguments or is_composite_type(get_named_type(field.type)) else 0.3):
            self.aliases += 1
            alias = f"k{self.aliases}: "
        written = f"{alias}{name}" + (f"({', '.join(arguments)})" if arguments else "") + self.directives()
        inner = get_named_type(field.type)
        if is_composite_type(inner) != self.goes_wrong():
            written += " " + self.selection_set(inner if is_composite_type(inner) else SCHEMA.type_map["Show"], depth + 1)
        return written

    def fragment_target(self, parent):
        if is_abstract_type(parent) and not self.goes_wrong():
            return self.pick([kind.name for kind in SCHEMA.get_possible_types(parent)] + [parent.name])
        return self.pick(COMPOSITES + ["Color", "Nothing", "Filter"]) if self.goes_wrong() else parent.name

    def selection(self, parent, depth):
        self.budget -= 1
        chance = self.random.random()
        if chance < 0.72 and not (is_abstract_type(parent) and chance > 0.4):
            return self.field(parent, depth)
        if chance < 0.86:
            target = self.fragment_target(parent)
            kind = SCHEMA.type_map.get(target, parent)
            on = "" if self.random.random() < 0.15 else f" on {target}"
            inner = parent if not on else kind if is_composite_type(kind) else parent
            return f"...{on}{self.directives()} {self.selection_set(inner, depth + 1)}"
        fitting = [name for name in self.spreadable if self.fragments.get(name) == parent.name]
        fitting += [name for name in self.spreadable if name not in self.fragments][:1]
        if not fitting and not self.goes_wrong():
            return "__typename"
        name = self.pick(fitting) if fitting and not self.goes_wrong() else self.pick(NAMES)
        if name not in self.fragments and not self.goes_wrong():
            self.fragments[name] = self.fragment_target(parent)
        return f"...{name}{self.directives()}"

    def selection_set(self, parent, depth=0):
        count = 1 if depth > 4 or self.budget < 0 else self.random.randint(1, 4)
        if depth > 6 or self.budget < -30:
            return "{ __typename }"
        items = [self.selection(parent, depth) for _ in range(count)]
        gap = self.pick([" ", "\n  ", ", ", " # note\n"])
        return "{ " + gap.join(items) + " }"

    # Documents

    def definition(self, kind, name):
        root = {"query": "Query", "mutation": "Mutation", "subscription": "Subscription"}[kind]
        selection = self.selection_set(SCHEMA.type_map[root]) if kind != "subscription" or self.goes_wrong() else (
            "{ " + self.field(SCHEMA.type_map[root], 0) + " }")
        return root, selection

    def document(self):
        kind = self.pick(["query"] * 8 + ["mutation", "subscription"])
        _, selection = self.definition(kind, None)
        written, fragments = {}, []
        while set(self.fragments) - set(written):
            name = sorted(set(self.fragments) - set(written))[0]
            target = SCHEMA.type_map.get(self.fragments[name])
            self.spreadable, self.budget = [other for other in NAMES if other > name and other not in written], 10
            body = self.selection_set(target if is_composite_type(target) else SCHEMA.type_map["Show"], 3)
            written[name] = f"fragment {name} on {self.fragments[name]}{' @once' if self.goes_wrong() else ''} {body}"
            fragments.append(written[name])
        head = kind
        if self.random.random() < 0.4:
            head += " Op"
        declared = []
        for name, (text, kind_of) in self.variables.items():
            if self.goes_wrong() and self.random.random() < 0.3:
                continue
            default = f" = {self.literal(kind_of, constant=True)}" if self.random.random() < 0.25 else ""
            declared.append(f"${name}: {text}{default}" + (" @once" if self.random.random() < 0.05 else ""))
        if self.goes_wrong():
            declared.append("$unused: Int")
        if declared:
            head += f"({', '.join(declared)})"
        if head == "query" and self.random.random() < 0.7:
            head = ""
        parts = [f"{head} {selection}".strip()] + fragments
        if self.goes_wrong():
            parts.append(self.pick(["{ __typename }", "query Op { person { id } }", "fragment A on Show { id }", "type T { a: Int }",
                                    "fragment D on Show { ...D }", "fragment C on Show { ...B } fragment B on Show { ...C }"]))
        if self.random.random() < 0.1:
            parts.reverse()
        return self.pick(["\n", "\n\n", " ", "\r\n"]).join(parts)

    def values(self):
        """Variables for the document."""
        return {name: self.json(kind, nullable=not written.endswith("!")) for name, (written, kind) in self.variables.items()
                if self.random.random() > (0.03 if written.endswith("!") else 0.15)}

    def json(self, kind, depth=0, nullable=True):
        if isinstance(kind, GraphQLNonNull):
            return None if self.goes_wrong() else self.json(kind.of_type, depth, False)
        if nullable and self.random.random() < 0.1:
            return None
        if self.goes_wrong():
            return self.pick([1, "x", True, 1.5, [], {"a": 1}, "PURPLE", 3000000000])
        if isinstance(kind, GraphQLList):
            return [self.json(kind.of_type, depth + 1) for _ in range(self.random.randint(0, 3))]
        if isinstance(kind, GraphQLInputObjectType):
            return {name: self.json(field.type, depth + 1) for name, field in kind.fields.items()
                    if (depth < 3 and self.random.random() < 0.5) or isinstance(field.type, GraphQLNonNull)}
        return self.pick({"Int": [1, -5, 2.0], "Float": [1.5, 2, -0.25], "String": ["s", "é"], "ID": ["i", 4],
                          "Boolean": [True, False], "Stamp": ["t", 9, [1]], "Color": ["RED", "BLUE"]}[kind.name])


def damaged(text, rand):
    """A document with one to three small mistakes of typing."""
    for _ in range(rand.randint(1, 3)):
        place = rand.randint(0, len(text))
        piece = rand.choice(["", "{", "}", "(", ")", "[", "]", "$", "!", "@", ":", "=", "|", "&", "...", "..", '"', '"""', "#", "\\", "'",
                             "é", "漢", "on", "fragment", "query", "0", "00", "1.", "1e", "-", "\n", "\r", "\ufeff", "?", "x1", '"\\u12"',
                             '"\\q"', '"\\ud83d\\ude00"', '"\\ud83d"', "input I { a: [Int!]! = [1] }", "extend type X", "🎬"])
        text = text[:place] + piece + text[place + rand.choice([0, 0, 1, 2, 5]):]
    return text


def error(raised):
    found = {"message": raised.message}
    if raised.locations:
        found["locations"] = [{"line": place.line, "column": place.column} for place in raised.locations]
    if raised.path is not None:
        found["path"] = raised.path
    return found


def resolve_type(value, info, kind):
    return value.get("__typename")


def expected(case):
    try:
        document = parse(case["query"])
    except GraphQLError as raised:
        return {"syntax": error(raised)}
    except IndexError:  # of its own: an escape cut short by the end of the text
        return None
    try:
        errors = validate(SCHEMA, document, max_errors=10_000)
    except GraphQLError:  # of its own: the variable of a @skip at a subscription's root is missing while it validates
        return None
    if errors:
        return {"invalid": [error(raised) for raised in errors]}
    result = execute(SCHEMA, document, DATA, variable_values=case["variables"], type_resolver=resolve_type)
    return {"result": {"data": result.data, "errors": [error(raised) for raised in result.errors or []]}}


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--count", type=int, default=500)
    options = options.parse_args()
    cases = []
    for number in range(options.count):
        seed = options.seed * 1_000_003 + number
        rand = random.Random(seed)
        generator = Generator(seed, rand.choice([0, 0, 0.01, 0.03, 0.1]))
        text = generator.document()
        case = {"query": damaged(text, rand) if rand.random() < 0.3 else text, "variables": generator.values()}
        if found := expected(case):
            cases.append(case | found)
    lines = ",\n".join(json.dumps(case, ensure_ascii=False, separators=(",", ":")) for case in cases)
    print(f'{{"sdl":{json.dumps(print_schema(SCHEMA))},"cases":[\n{lines}\n]}}')


if __name__ == "__main__":
    main()
