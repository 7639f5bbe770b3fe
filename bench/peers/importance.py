"""Says which parameters matter by Optuna's evaluators, from the trials of any search, over JSON lines.

    python bench/peers/importance.py

in   {"parameters": [...], "trials": [{"params": {...}, "value": 0.99 | null}]}
out  {"ped-anova": {"shares": {NAME: share}, "seconds": 0.1}, "fanova": {...}, "mean-decrease": {...}}

Powers of two are log-integers, as Optuna's users write them. A trial without a value has failed, and Optuna leaves it out.
"""

import json
import sys
import time

import optuna
from optuna.importance import (
    FanovaImportanceEvaluator,
    MeanDecreaseImpurityImportanceEvaluator,
    PedAnovaImportanceEvaluator,
    get_param_importances,
)
from optuna.trial import TrialState, create_trial

from peer_optuna import distribution

EVALUATORS = {
    "ped-anova": lambda: PedAnovaImportanceEvaluator(),
    "fanova": lambda: FanovaImportanceEvaluator(seed=0),
    "mean-decrease": lambda: MeanDecreaseImpurityImportanceEvaluator(seed=0),
}


def main():
    for line in sys.stdin:
        task = json.loads(line)
        study = study_of(task)
        answer = {}
        for name, evaluator in EVALUATORS.items():
            began = time.perf_counter()
            shares = get_param_importances(study, evaluator=evaluator())
            answer[name] = {"shares": shares, "seconds": time.perf_counter() - began}
        print(json.dumps(answer), flush=True)


def study_of(task):
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study()
    distributions = {p["name"]: distribution(p) for p in task["parameters"]}
    for trial in task["trials"]:
        failed = trial["value"] is None
        study.add_trial(
            create_trial(
                params=trial["params"],
                distributions=distributions,
                value=None if failed else trial["value"],
                state=TrialState.FAIL if failed else TrialState.COMPLETE,
            )
        )
    return study


main()
