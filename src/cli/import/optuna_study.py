"""An Optuna study in SQLite, as what the service takes. It needs Python alone: Optuna's tables are read as they are.

    python3 optuna_study.py sqlite:///old.db [name]

prints lines of JSON: first the study (its name, direction, parameters, and which of them some trials lack), then one row
for each ended trial. Optuna 2 to 5 write these tables.
"""

import json
import math
import re
import sqlite3
import sys
from datetime import datetime
from itertools import groupby

OUTCOMES = {"COMPLETE": "complete", "PRUNED": "pruned", "FAIL": "crashed"}
INFINITIES = {"INF_POS": "Infinity", "INF_NEG": "-Infinity"}
#: The distributions of Optuna 2, by those that came after them.
OLD = {
    "UniformDistribution": ("FloatDistribution", {}),
    "LogUniformDistribution": ("FloatDistribution", {"log": True}),
    "DiscreteUniformDistribution": ("FloatDistribution", {}),
    "IntUniformDistribution": ("IntDistribution", {}),
    "IntLogUniformDistribution": ("IntDistribution", {"log": True}),
}


def main():
    url, *name = sys.argv[1:]
    database = connect(url)
    study, name = find_study(database, url, *name)
    directions = [d for (d,) in database.execute("select direction from study_directions where study_id = ?", (study,))]
    if len(directions) != 1:
        raise SystemExit(f"{name} has {len(directions)} objectives: Chiron optimizes one value")
    distributions, lacking = read_space(database, study)
    direction = "maximize" if directions[0] == "MAXIMIZE" else "minimize"
    parameters = {n: to_service(n, d) for n, d in distributions.items()}
    print(json.dumps({"name": name, "direction": direction, "parameters": parameters, "lacking": lacking}))
    for row in rows(database, study, name, distributions):
        print(json.dumps(row))


def connect(url):
    match = re.match(r"sqlite:///(.+)$", url)
    if match is None:
        raise SystemExit(f"{url} is not in SQLite: write sqlite:///FILE, or use chiron.optuna.import_study in Python")
    try:
        database = sqlite3.connect(f"file:{match[1].replace('?', '%3f').replace('#', '%23')}?mode=ro", uri=True)
        database.execute("select study_id, study_name from studies limit 1")
    except sqlite3.Error as error:
        raise SystemExit(f"{url} has no Optuna studies that can be read: {error}") from None
    return database


def find_study(database, url, name=None):
    names = dict(database.execute("select study_name, study_id from studies order by study_id"))
    if name is None and len(names) == 1:
        (name,) = names
    if name not in names:
        what = "Name a study by --study" if name is None else f"There is no study {name} in {url}"
        raise SystemExit(f"{what}: it has {', '.join(names) or 'none'}")
    return names[name], name


def read_space(database, study):
    """The widest bounds of each parameter, and the parameters that some ended trial has not."""
    found = {}
    seen = database.execute(
        "select param_name, distribution_json, count(*), min(param_id) from trial_params join trials using (trial_id) "
        "where study_id = ? and state in ('COMPLETE', 'PRUNED', 'FAIL') group by 1, 2 order by 4",
        (study,),
    )
    counts = {}
    for name, text, count, _ in seen:
        found[name] = widened(found.get(name), distribution_of(text))
        counts[name] = counts.get(name, 0) + count
    with_params = "select count(distinct trial_id) from trial_params join trials using (trial_id) where study_id = ?"
    (trials,) = database.execute(f"{with_params} and state in ('COMPLETE', 'PRUNED', 'FAIL')", (study,)).fetchone()
    return found, sorted(name for name, count in counts.items() if count < trials)


def distribution_of(text):
    read = json.loads(text)
    kind, more = OLD.get(read["name"], (read["name"], {}))
    attributes = read["attributes"]
    if "q" in attributes:
        attributes["step"] = attributes.pop("q")
    return {"kind": kind, **attributes, **more}


def widened(known, new):
    if known is None or known["kind"] != new["kind"] or "low" not in new:
        return new
    return {**new, "low": min(known["low"], new["low"]), "high": max(known["high"], new["high"])}


def to_service(name, distribution):
    kind = {"FloatDistribution": "float", "IntDistribution": "int"}.get(distribution["kind"])
    if distribution["kind"] == "CategoricalDistribution":
        choices = label_choices(distribution["choices"])
        return {"type": "fixed", "value": choices[0]} if len(choices) == 1 else {"type": "categorical", "choices": choices}
    if kind is None:
        raise SystemExit(f"{name}: Chiron has no counterpart of {distribution['kind']}")
    low, high, step = distribution["low"], distribution["high"], distribution.get("step")
    if low == high:
        return {"type": "fixed", "value": low}
    found = {"type": kind, "low": low, "high": high}
    if distribution.get("log"):
        return {**found, "log": True}
    return found if step is None or (kind == "int" and step == 1) else {**found, "step": step}


def label_choices(choices):
    """As chiron.optuna labels them: texts where the service has no such value, or could not tell two apart."""
    simple = all(isinstance(c, (str, bool, int, float)) and (not isinstance(c, float) or math.isfinite(c)) for c in choices)
    if simple and len(set(choices)) == len(choices):
        return choices
    return [f"{number}: {choice!r}"[:1000] for number, choice in enumerate(choices)]


def rows(database, study, name, distributions):
    """Each ended trial. Those without any parameter failed before they had one, and are nothing to learn from."""
    values = results(database, study, "trial_values", "value")
    last = results(database, study, "trial_intermediate_values", "intermediate_value", "order by step")
    labels = {n: label_choices(d["choices"]) for n, d in distributions.items() if "choices" in d}
    ended = database.execute(
        "select number, trial_id, state, datetime_start, datetime_complete, param_name, param_value from trials "
        "join trial_params using (trial_id) where study_id = ? and state in ('COMPLETE', 'PRUNED', 'FAIL') order by number",
        (study,),
    )
    for (number, trial, state, start, end), params in groupby(ended, key=lambda row: row[:5]):
        value = {"COMPLETE": values.get(trial), "PRUNED": last.get(trial)}.get(state)
        row = {
            "params": {n: value_of(distributions[n], labels.get(n), v) for *_, n, v in params},
            "outcome": OUTCOMES[state],
            "value": value,
            "trainSeconds": seconds_between(start, end),
            "idempotencyKey": f"optuna {name} {number}",
        }
        yield {key: part for key, part in row.items() if part is not None}


def results(database, study, table, column, order=""):
    columns = {row[1] for row in database.execute(f"pragma table_info({table})")}
    kind = f"{column}_type" if f"{column}_type" in columns else "null"
    found = database.execute(
        f"select trial_id, {column}, {kind} from {table} join trials using (trial_id) where study_id = ? {order}", (study,)
    )
    return {trial: INFINITIES.get(kind, value) for trial, value, kind in found}


def value_of(distribution, labels, value):
    if labels is not None:
        return labels[int(value)]
    return int(value) if distribution["kind"] == "IntDistribution" else value


def seconds_between(start, end):
    if start is None or end is None:
        return None
    return max(0.0, (datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds())


if __name__ == "__main__":
    main()
