"""Maps text to tokens, and tokens to bytes. Every byte has a token, so any text can be encoded."""

import json

import numpy as np

SPECIALS = ("<|bos|>", "<|reserved-1|>", "<|reserved-2|>", "<|reserved-3|>")
BOS = 0
# Words, numbers of up to three digits, punctuation, white space. No token spans two of these.
WORDS = r"""'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+"""


class Bytes:
    """One token for each byte: the fallback if the package for BPE is not installed."""

    size = len(SPECIALS) + 256

    def encode(self, texts):
        return [np.frombuffer(text.encode(), np.uint8).astype(np.uint16) + len(SPECIALS) for text in texts]

    def lengths(self):
        return np.array([0] * len(SPECIALS) + [1] * 256, np.int32)

    def save(self, path):
        path.write_text(json.dumps({"kind": "bytes"}))


class Bpe:
    def __init__(self, texts, vocabulary):
        from tokenizers import Regex, Tokenizer, models, pre_tokenizers, trainers

        self.tokenizer = Tokenizer(models.BPE())
        split = pre_tokenizers.Split(Regex(WORDS), "isolated")
        bytewise = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
        self.tokenizer.pre_tokenizer = pre_tokenizers.Sequence([split, bytewise])
        trainer = trainers.BpeTrainer(
            vocab_size=vocabulary,
            special_tokens=list(SPECIALS),
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
            show_progress=False,
        )
        self.tokenizer.train_from_iterator(texts, trainer)
        self.size = self.tokenizer.get_vocab_size()

    def encode(self, texts):
        encoded = self.tokenizer.encode_batch(texts, add_special_tokens=False)
        return [np.array(one.ids, np.uint16) for one in encoded]

    def lengths(self):
        """Each character of the alphabet is a byte."""
        tokens = [self.tokenizer.id_to_token(i) for i in range(self.size)]
        return np.array([0 if i < len(SPECIALS) else len(token) for i, token in enumerate(tokens)], np.int32)

    def save(self, path):
        self.tokenizer.save(str(path))


def learn(texts, vocabulary):
    try:
        import tokenizers  # noqa: F401
    except ImportError:
        print("the package tokenizers is not installed: a token for each byte instead", flush=True)
        return Bytes()
    return Bpe(texts, vocabulary)
