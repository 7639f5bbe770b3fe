"""An ask/tell loop by the Python client that openapi-generator makes. Arguments: the server, the study as JSON."""

import sys

from chiron_generated import ApiClient, Configuration, StudiesApi, TrialsApi
from chiron_generated.exceptions import NotFoundException
from chiron_generated.models import Ask, Report, ReportedValue, StudySpec, Tell, ToldValue

client = ApiClient(Configuration(host=sys.argv[1]))
studies, trials = StudiesApi(client), TrialsApi(client)
study = studies.create_study(StudySpec.from_json(sys.argv[2]))

while True:
    asked = trials.ask(study.name, Ask(worker="w"))
    if not asked.trials:
        break
    (trial,) = asked.trials
    token, value = trial.lease.token, (trial.params["x"].actual_instance - 1) ** 2
    decided = trials.report(study.name, trial.number, Report(token=token, step=1, value=ReportedValue(value)))
    outcome = "pruned" if decided.decision == "stop" else "complete"
    told = trials.tell(study.name, trial.number, Tell(token=token, outcome=outcome, value=ToldValue(value)))
    assert told.state == outcome

assert asked.reason.code == "finished", asked
try:
    studies.get_study("nowhere")
    raise AssertionError("there is such a study")
except NotFoundException as error:
    assert error.data.code == "study_not_found"
print(studies.get_study(study.name).best.value)
