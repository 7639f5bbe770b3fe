"""The log-probabilities of the next symbol, by the last one."""


class Pairs:
    def load_state_dict(self, weights):
        self.table = weights["table"]

    def __call__(self, tokens):
        return self.table[tokens]


def build(config, device):
    return Pairs()
