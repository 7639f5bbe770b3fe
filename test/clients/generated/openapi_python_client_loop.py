"""An ask/tell loop by the client that openapi-python-client makes. Arguments: the server, the study as JSON."""

import json
import sys

from chiron_client import Client
from chiron_client.api.studies import create_study, get_study
from chiron_client.api.trials import ask, report, tell
from chiron_client.models import Asked, Ask, Problem, Report, Study, StudySpec, Tell, TellOutcome
from chiron_client.types import UNSET

client = Client(base_url=sys.argv[1])
study = create_study.sync(client=client, body=StudySpec.from_dict(json.loads(sys.argv[2])))
assert isinstance(study, Study), study

while True:
    asked = ask.sync(study.name, client=client, body=Ask(worker="w"))
    assert isinstance(asked, Asked), asked
    if not asked.trials:
        break
    (trial,) = asked.trials
    value = (trial.params["x"] - 1) ** 2
    seen = Report(token=trial.lease.token, step=1, value=value)
    decided = report.sync(study.name, trial.number, client=client, body=seen)
    outcome = TellOutcome.PRUNED if decided.decision == "stop" else TellOutcome.COMPLETE
    told = Tell(token=trial.lease.token, outcome=outcome, value=value)
    assert tell.sync(study.name, trial.number, client=client, body=told).state == outcome

assert asked.reason is not UNSET and asked.reason.code == "finished", asked
missing = get_study.sync("nowhere", client=client)
assert isinstance(missing, Problem) and missing.code == "study_not_found"
print(get_study.sync(study.name, client=client).best.value)
