"""A first study: `pip install ./clients/python`, then `python examples/python/first.py`."""

import chiron

chiron.serve()  # a service of your own, with its data in ./.chiron; leave this out where one runs
space = {"lr": chiron.log(1e-5, 1), "layers": chiron.integer(1, 8), "act": ["relu", "gelu", "silu"]}
study = chiron.study("first", space, minimize="loss", trials=20)

for trial in study:
    lr, layers, act = trial.params["lr"], trial.params["layers"], trial.params["act"]
    trial.tell((lr - 0.01) ** 2 + layers / 100 + (act != "gelu") / 10)

print(study.best)
