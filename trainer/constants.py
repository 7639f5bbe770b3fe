"""The constants of a Python script: every ALL_CAPS = literal at its top level.

    python3 constants.py list train.py                  prints them as JSON, in their order
    python3 constants.py set train.py params.json       writes the values of params.json in their places
"""

import ast
import json
import re
import sys
from pathlib import Path

NAME = re.compile(r"[A-Z][A-Z0-9_]*$")


def main():
    verb, script, *rest = sys.argv[1:]
    source = Path(script).read_text()
    try:
        found = constants(source)
    except SyntaxError as error:
        raise SystemExit(f"{script}:{error.lineno}: {error.msg}")
    if verb == "list":
        print(json.dumps([{"name": name, "type": type(value).__name__, "value": value} for name, value, _ in found]))
    else:
        Path(script).write_text(replaced(source, found, json.loads(Path(rest[0]).read_text()), script))


def constants(source):
    """(name, value, node of the value). Names that are assigned more than once are left out."""
    found, seen = [], set()
    for statement in ast.parse(source).body:
        for target, node in assignments(statement):
            if isinstance(target, ast.Name) and NAME.match(target.id):
                found = [known for known in found if known[0] != target.id]
                if target.id not in seen and (value := literal(node)) is not None:
                    found.append((target.id, value, node))
                seen.add(target.id)
    return found


def assignments(statement):
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        return [(statement.targets[0], statement.value)]
    if isinstance(statement, ast.AnnAssign) and statement.value is not None:
        return [(statement.target, statement.value)]
    return []


def literal(node):
    """A number, a string or a boolean, also from arithmetic on numbers such as 2**19; None for anything else."""
    try:
        value = ast.literal_eval(node)
    except ValueError:
        only_numbers = all(isinstance(n, (ast.BinOp, ast.UnaryOp, ast.operator, ast.unaryop, ast.Constant)) for n in ast.walk(node))
        if not only_numbers or len(ast.dump(node)) > 500:
            return None
        value = arithmetic(node)
    return value if isinstance(value, (bool, int, float, str)) else None


def arithmetic(node):
    match node:
        case ast.Constant(value=value) if isinstance(value, (int, float)) and abs(value) < 1e12:
            return value
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            value = arithmetic(operand)
            return None if value is None else -value
        case ast.BinOp(left=left, op=op, right=right):
            a, b = arithmetic(left), arithmetic(right)
            if a is None or b is None:
                return None
            match op:
                case ast.Add():
                    return a + b
                case ast.Sub():
                    return a - b
                case ast.Mult():
                    return a * b
                case ast.Div() if b:
                    return a / b
                case ast.FloorDiv() if b:
                    return a // b
                case ast.Pow() if abs(b) <= 64:
                    return a**b
    return None


def replaced(source, found, params, script):
    places = {name: node for name, _, node in found}
    floats = {name for name, value, _ in found if isinstance(value, float)}
    if unknown := [name for name in params if name not in places]:
        raise SystemExit(f"{script} has no constant {', '.join(unknown)}; it has {', '.join(places) or 'none'}")
    lines = source.encode().splitlines(keepends=True)  # columns count bytes
    for name, node in sorted(places.items(), key=lambda place: (place[1].lineno, place[1].col_offset), reverse=True):
        if name not in params:
            continue
        before, after = lines[node.lineno - 1][: node.col_offset], lines[node.end_lineno - 1][node.end_col_offset :]
        value = params[name]
        if name in floats and type(value) is int:  # JSON does not tell 0.0 from 0
            value = float(value)
        lines[node.lineno - 1 : node.end_lineno] = [before + repr(value).encode() + after]
    return b"".join(lines).decode()


if __name__ == "__main__":
    main()
