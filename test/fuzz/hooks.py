"""
Leads schemathesis past the door. By itself it seldom names a study that there is, or a lease that was given: three in
four of its valid requests are sent to such. FUZZ_LEASES has the first of them: [[study, number, token], …].
"""

import json
import os
import zlib
from collections import deque

import schemathesis
from schemathesis.generation.meta import TestPhase

LEASES = deque(json.loads(os.environ.get("FUZZ_LEASES", "[]")), maxlen=500)
STUDIES = sorted({study for study, _, _ in LEASES})


def draw(case, among):
    """A choice that the generated request decides, so that a seed repeats it."""
    given = repr((case.path_parameters, case.query, case.body))
    return zlib.crc32(given.encode("utf-8", "replace")) % among


@schemathesis.hook
def before_call(context, case, kwargs):
    body = case.body
    if isinstance(body, dict) and isinstance(body.get("wait"), (int, float)) and body["wait"] > 0:
        body["wait"] = 0.01  # an ask may ask to wait for a minute
    if case.meta is None or not case.meta.generation.mode.is_positive:
        return
    if case.meta.phase.name == TestPhase.STATEFUL:
        return  # it expects what it has created in the requests before
    parameters = case.path_parameters or {}
    if not STUDIES or "study" not in parameters or draw(case, 4) == 0:
        return
    if case.method in ("DELETE", "PATCH"):
        return  # or those studies would soon be deleted or paused
    choice = draw(case, 1000)
    parameters["study"] = STUDIES[choice % len(STUDIES)]
    if isinstance(body, dict) and "params" in body and choice % 2:
        body["params"] = {"x": (choice % 100) / 10, "kind": "ab"[choice % 2]}
    if isinstance(body, dict) and "token" in body and LEASES:
        # What ends a lease takes the oldest ones, so that others are left for what comes later.
        ends = case.path.endswith(("/return", "/tell"))
        index = choice % (1 + len(LEASES) // 10) if ends else choice % len(LEASES)
        parameters["study"], parameters["number"], body["token"] = LEASES[index]
        if case.path.endswith("/tell") and choice % 2:
            del LEASES[index]
    elif "number" in parameters:
        parameters["number"] = choice % (1000 if case.path.endswith("/cancel") else 20)


@schemathesis.hook
def after_call(context, case, response):
    if not case.path.endswith("/ask") or response.status_code != 200:
        return
    for trial in response.json()["trials"]:
        LEASES.append((case.path_parameters["study"], trial["number"], trial["lease"]["token"]))
