"""Creates the training and validation data of trials. No search edits it.

    python prepare.py --out DATA --source climbmix --shards 10       # public shards, as the network allows
    python prepare.py --out DATA --source tinystories
    python prepare.py --out DATA --source /path/to/folder            # every text file in it is a document
    python prepare.py --out DATA --source python --vocabulary 1024   # this Python's own texts: no network needed

Writes train.bin and val.bin (tokens as 16 bits, each document behind a BOS), token_bytes.npy (how many bytes a token
stands for), tokenizer.json, and at the very end meta.json, by which one knows that it is complete. Fetched shards stay in
DATA/shards: run again, it goes on where it stopped. With --compile it then compiles the default configuration, or that of --params, into
DATA/compiled, where there is a card (cache.py).
"""

import argparse
import hashlib
import itertools
import json
import subprocess
import sys
import sysconfig
from pathlib import Path

import numpy as np

import shards
import tokenizer

VALIDATION_SHARE = 0.05
"""The share of validation documents where the source is one piece; of shards, the last one is for validation."""
LEARNED_CHARACTERS = 200_000_000
"""The most text that the tokenizer is trained on."""
BATCH = 256
TEXTS = {".txt", ".md", ".rst", ".py", ".html", ".tex", ".csv", ".json"}
HIGHEST_VOCABULARY = 2**16


def main():
    arguments = parse()
    arguments.out.mkdir(parents=True, exist_ok=True)
    train, validation = documents(arguments)
    words = tokenizer.learn(sample(train()), arguments.vocabulary)
    tokens = {
        "train": write(arguments.out / "train.bin", train(), words),
        "val": write(arguments.out / "val.bin", validation(), words),
    }
    np.save(arguments.out / "token_bytes.npy", words.lengths())
    words.save(arguments.out / "tokenizer.json")
    meta = {"source": str(arguments.source), "vocabulary": words.size, "bos": tokenizer.BOS, "tokens": tokens}
    meta["sha256"] = {name: shards.sha256(arguments.out / name) for name in ("train.bin", "val.bin", "token_bytes.npy")}
    (arguments.out / "meta.json").write_text(json.dumps(meta, indent=2) + "\n")
    print(f"{tokens['train'] / 1e6:.1f} M tokens to train on, {tokens['val'] / 1e6:.2f} M to be judged by, vocabulary {words.size}")
    if arguments.compile:
        compile_default(arguments.out, arguments.params)


def parse():
    parser = argparse.ArgumentParser(description="Makes the data that trials train on and are judged by.")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--source", default="climbmix", help="climbmix, tinystories, python, or a folder of texts")
    parser.add_argument("--shards", type=int, default=10, help="public shards to train on; one more is for validation")
    parser.add_argument("--vocabulary", type=int, default=8192)
    parser.add_argument("--megabytes", type=float, default=1000, help="of a folder's texts, at most")
    parser.add_argument("--compile", action="store_true", help="compile the default configuration, where there is a card")
    parser.add_argument("--params", type=Path, help="JSON: the configuration that is compiled, in place of train.py's own")
    arguments = parser.parse_args()
    least = len(tokenizer.SPECIALS) + 256
    if not least <= arguments.vocabulary <= HIGHEST_VOCABULARY:
        parser.error(f"--vocabulary {arguments.vocabulary}: expected {least} to {HIGHEST_VOCABULARY}")
    return arguments


def compile_default(out, params=None):
    """Trials run without it as well, so a failure is said and is none of the data."""
    script = Path(__file__).resolve().parent / "cache.py"
    own = [] if params is None else ["--params", str(params)]
    done = subprocess.run([sys.executable, str(script), "fill", "--data", str(out), "--cache", str(out / "compiled"), *own])
    if done.returncode:
        print(f"nothing was compiled: cache.py ended with {done.returncode}; the first trial of each shape will compile", flush=True)


def documents(arguments):
    """Two functions that yield the documents from the start: for training, and for validation."""
    if arguments.source in shards.REPOSITORIES:
        files = shards.fetch(arguments.source, arguments.shards, arguments.out / "shards")
        if len(files) > 1:
            return lambda: parquet(files[:-1]), lambda: parquet(files[-1:])
        whole = list(parquet(files))
    else:
        folder = Path(sysconfig.get_path("stdlib")) if arguments.source == "python" else Path(arguments.source)
        whole = list(texts(folder, arguments.megabytes * 1e6))
    cut = max(1, round(len(whole) * VALIDATION_SHARE))
    if len(whole) < 2:
        raise SystemExit(f"{arguments.source} has {len(whole)} documents: at least two are needed, one to be judged by")
    return lambda: iter(whole[:-cut]), lambda: iter(whole[-cut:])


def parquet(files):
    import pyarrow.parquet

    for file in files:
        for batch in pyarrow.parquet.ParquetFile(file).iter_batches(BATCH, columns=["text"]):
            yield from batch.column("text").to_pylist()


def texts(folder, limit):
    """Sorts text files by a digest of their contents, so that the validation part is a random sample."""
    if not folder.is_dir():
        raise SystemExit(f"--source {folder}: neither climbmix, tinystories or python, nor a folder that is there")
    contents = {}
    for path in sorted(folder.rglob("*")):
        if path.suffix in TEXTS and path.is_file() and "site-packages" not in path.parts:
            text = path.read_text(errors="ignore")
            if text.strip():
                contents[hashlib.sha256(text.encode()).digest()] = text
    size = 0
    for _, text in sorted(contents.items()):
        size += len(text)
        if size > limit:
            return
        yield text


def sample(documents):
    left = LEARNED_CHARACTERS
    for text in documents:
        yield text[:left]
        left -= len(text)
        if left <= 0:
            return


def write(path, documents, words):
    count = 0
    with open(path, "wb") as file:
        while batch := list(itertools.islice(documents, BATCH)):
            for tokens in words.encode(batch):
                file.write(np.array([tokenizer.BOS], np.uint16).tobytes())
                file.write(tokens.tobytes())
                count += 1 + len(tokens)
    return count


if __name__ == "__main__":
    main()
