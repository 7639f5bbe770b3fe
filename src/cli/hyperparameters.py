"""The hyperparameters of a Python script: constants, arguments of argparse, fields of dataclasses, TrainingArguments.

    python3 hyperparameters.py train.py

prints {"found": [{name, type, value, choices?}], "left": [{name, line, reason}]} as JSON. It reads the script and runs
nothing of it.
"""

import ast
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "trainer"))
from constants import NAME, assignments, literal  # noqa: E402


def main():
    script = sys.argv[1]
    try:
        tree = ast.parse(Path(script).read_text())
    except SyntaxError as error:
        raise SystemExit(f"{script}:{error.lineno}: {error.msg}")
    read = Script()
    read.constants(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and any(called(d) == "dataclass" for d in node.decorator_list):
            read.fields(node)
        if isinstance(node, ast.Call) and called(node) == "add_argument":
            read.argument(node)
        if isinstance(node, ast.Call) and called(node).endswith("TrainingArguments"):
            read.keywords(node)
    print(json.dumps({"found": list(read.found.values()), "left": read.left}))


class Script:
    def __init__(self):
        self.found, self.left = {}, []

    def constants(self, tree):
        """As constants.py sets them: one that is assigned twice has no place to set."""
        seen = {}
        for statement in tree.body:
            for target, node in assignments(statement):
                if isinstance(target, ast.Name) and NAME.match(target.id):
                    seen.setdefault(target.id, []).append(node)
        for name, (node, *more) in seen.items():
            if more:
                self.leave(name, node, "it is assigned more than once")
            else:
                self.take(name, node)

    def fields(self, node):
        for statement in node.body:
            if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
                if statement.value is None:
                    self.leave(statement.target.id, statement, "it has no default")
                else:
                    self.take(statement.target.id, field_default(statement.value))

    def argument(self, call):
        names = [n.value for n in call.args if isinstance(n, ast.Constant) and isinstance(n.value, str)]
        name = next((n for n in names if n.startswith("--")), names[0] if names else None)
        if name is None:
            return
        name, given = name.lstrip("-").replace("-", "_"), {k.arg: k.value for k in call.keywords}
        action = getattr(given.get("action"), "value", None)
        if action in ("store_true", "store_false"):
            self.take(name, ast.Constant(action == "store_false"))
        elif "default" not in given:
            self.leave(name, call, "it has no default")
        else:
            kind = getattr(given.get("type"), "id", None)
            self.take(name, given["default"], given.get("choices"), float if kind == "float" else None)

    def keywords(self, call):
        for keyword in call.keywords:
            if keyword.arg is not None and not isinstance(keyword.value, (ast.Name, ast.Attribute)):
                self.take(keyword.arg, keyword.value)

    def take(self, name, node, choices=None, cast=None):
        value = literal(node)
        if value is None:
            return self.leave(name, node, why_not(node))
        if cast is not None and type(value) is int:
            value = cast(value)
        entry = {"name": name, "type": type(value).__name__, "value": value}
        listed = [literal(e) for e in getattr(choices, "elts", [])]
        if listed and None not in listed and value in listed:
            entry["choices"] = listed
        self.found.setdefault(name, entry)

    def leave(self, name, node, reason):
        self.left.append({"name": name, "line": getattr(node, "lineno", 0), "reason": reason})


def called(node):
    """The last name of what is called, or of a decorator."""
    function = node.func if isinstance(node, ast.Call) else node
    return getattr(function, "attr", None) or getattr(function, "id", "")


def field_default(node):
    if isinstance(node, ast.Call) and called(node) == "field":
        return next((k.value for k in node.keywords if k.arg == "default"), node)
    return node


def why_not(node):
    if isinstance(node, (ast.Tuple, ast.List, ast.Set, ast.Dict)):
        return "it has several values: give each one a name of its own, or make it a categorical with texts"
    if isinstance(node, ast.Constant) and node.value is None:
        return "it is None, which says no type"
    names = sorted({n.id for n in ast.walk(node) if isinstance(n, ast.Name)})
    return f"it is computed from {', '.join(names)}" if names else "it is computed"


if __name__ == "__main__":
    main()
