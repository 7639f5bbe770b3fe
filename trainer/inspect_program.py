"""Reads a program without running it.

    python inspect_program.py < question.json

The question has `files` (texts by path), `baseline` (the same of the task), `surface` (by path the names that a file
requires, and those that it keeps as they are), `constants` (the names that a space searches) and `beside` (the task's own
files). The answer is the Inspection of src/domain/program.ts. The same Python as that of trials must run it, since it
also looks whether the packages that a program imports are there.
"""

import ast
import hashlib
import importlib.util
import json
import sys
from pathlib import Path

from constants import constants

NOTABLE = {
    "manual_seed": "sets a seed; the supervisor gives one, and an edit is judged on several",
    "seed": "sets a seed; the supervisor gives one, and an edit is judged on several",
    "perf_counter": "reads the clock; the supervisor's own clock counts",
    "time": "reads the clock; the supervisor's own clock counts",
    "monotonic": "reads the clock; the supervisor's own clock counts",
    "system": "starts a process; it ends with the trial",
    "Popen": "starts a process; it ends with the trial",
    "fork": "starts a process; it ends with the trial",
}
UNUSUAL = {"subprocess", "socket", "ctypes", "multiprocessing", "urllib", "requests", "http", "pickle"}


class Problem(Exception):
    def __init__(self, problem, file, line, message):
        super().__init__(message)
        self.answer = {"ok": False, "problem": problem, "file": file, "line": line, "message": message}


def main():
    question = json.load(sys.stdin)
    try:
        answer = inspect(question)
    except Problem as problem:
        answer = problem.answer
    print(json.dumps(answer))


def inspect(question):
    files, baseline = question["files"], question["baseline"]
    trees = {path: parse(path, source) for path, source in sorted(files.items()) if path.endswith(".py")}
    before = {path: parse(path, source) for path, source in baseline.items() if path.endswith(".py")}
    for path, tree in trees.items():
        check_surface(path, tree, before.get(path), question["surface"].get(path, {}))
        check_imports(path, tree, own_modules(files, question["beside"]))
    return {
        "ok": True,
        "normal": normal_form(files, trees),
        "constants": searched(files, trees, question["constants"]),
        "advice": advice(trees, before),
    }


def parse(path, source):
    try:
        return ast.parse(source)
    except SyntaxError as error:
        shown = (error.text or "").strip()
        raise Problem("syntax", path, error.lineno, f"{error.msg}: {shown}" if shown else error.msg)
    except (ValueError, RecursionError, MemoryError) as error:
        raise Problem("syntax", path, None, str(error) or "it is nested too deeply")


def check_surface(path, tree, before, surface):
    defined = definitions(tree)
    for name in surface.get("requires", []):
        if name not in defined:
            raise Problem("missing_name", path, None, f"{name} must be defined at the top level of {path}: the task uses it")
    kept = definitions(before) if before else {}
    for name in surface.get("keeps", []):
        if name in kept and (name not in defined or [ast.dump(n) for n in defined[name]] != [ast.dump(n) for n in kept[name]]):
            line = defined[name][0].lineno if name in defined else None
            raise Problem("locked_name", path, line, f"{name} must stay as the task has it")


def definitions(tree):
    """The statements at the top level that bind each name."""
    found = {}
    for statement in tree.body:
        for name in bound(statement):
            found.setdefault(name, []).append(statement)
    return found


def bound(statement):
    if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return [statement.name]
    if isinstance(statement, (ast.Import, ast.ImportFrom)):
        return [(alias.asname or alias.name).split(".")[0] for alias in statement.names]
    if isinstance(statement, (ast.Assign, ast.AnnAssign, ast.AugAssign)):
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        return [node.id for target in targets for node in ast.walk(target) if isinstance(node, ast.Name)]
    return []


def own_modules(files, beside):
    names = {Path(path).parts[0].removesuffix(".py") for path in [*files, *(f for f in beside if not f.startswith("*"))]}
    return names | {path.stem for path in Path(".").glob("*.py")}  # started in the task's folder


def check_imports(path, tree, own):
    for node in ast.walk(tree):
        for name in imported(node):
            root = name.split(".")[0]
            if root not in own and root not in sys.builtin_module_names and importlib.util.find_spec(root) is None:
                raise Problem("import", path, node.lineno, f"There is no package {root} in the environment of the task")


def imported(node):
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.level == 0:
        return [node.module]
    return []


def normal_form(files, trees):
    """The hash of what runs: neither comments nor docstrings nor layout count."""
    digest = hashlib.sha256()
    for path in sorted(files):
        text = ast.dump(without_docstrings(trees[path])) if path in trees else files[path]
        digest.update(f"{path}\0{len(text)}\0{text}".encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


def without_docstrings(tree):
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)) and body:
            kept = [s for s in body if not (isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant) and isinstance(s.value.value, str))]
            node.body = kept or [ast.Pass()]
    return tree


def searched(files, trees, names):
    found = {}
    for path in trees:
        for name, value, _ in constants(files[path]):
            if name in names and name not in found:
                found[name] = value
    return found


def advice(trees, before):
    known = {(path, text) for path, tree in before.items() for text, _ in notable(tree)}
    told = {}
    for path, tree in trees.items():
        for text, line in notable(tree):
            if (path, text) not in known:
                told.setdefault(f"{path}: {text}", line)
    return [f"{text} (line {line})" for text, line in told.items()]


def notable(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", None))
            if name in NOTABLE:
                yield f"{name}() {NOTABLE[name]}", node.lineno
        for name in imported(node):
            if name.split(".")[0] in UNUSUAL:
                yield f"it imports {name}, which training seldom needs", node.lineno


if __name__ == "__main__":
    sys.setrecursionlimit(10_000)
    main()
