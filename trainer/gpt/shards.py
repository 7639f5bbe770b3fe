"""Downloads public data sets: lists files with checksums, resumes downloads, and verifies them."""

import hashlib
import json
import os
import re
import urllib.error
import urllib.request
from pathlib import Path

HUB = os.environ.get("HF_ENDPOINT", "https://huggingface.co")
REPOSITORIES = {
    "climbmix": "karpathy/climbmix-400b-shuffle",
    "tinystories": "karpathy/tinystories-gpt4-clean",
}
BLOCK = 2**20
TIMEOUT = 60


def fetch(source, count, folder):
    """The first `count` shards and the last one, which is for validation. Returns their paths in order."""
    repository = REPOSITORIES[source]
    shards = listing(repository)
    wanted = shards if len(shards) <= count else [*shards[:count], shards[-1]]
    folder.mkdir(parents=True, exist_ok=True)
    return [download(repository, shard, folder) for shard in wanted]


def listing(repository):
    """Lists every parquet file of a data set with its size and SHA-256, page by page."""
    url = f"{HUB}/api/datasets/{repository}/tree/main?recursive=true"
    found = []
    while url:
        with urllib.request.urlopen(url, timeout=TIMEOUT) as answer:
            found += json.load(answer)
            following = re.search(r'<([^>]+)>;\s*rel="next"', answer.headers.get("link", ""))
            url = following and following[1]
    shards = [
        {"path": file["path"], "size": file["size"], "sha256": file["lfs"]["oid"]}
        for file in found
        if file["path"].endswith(".parquet")
    ]
    if not shards:
        raise SystemExit(f"{HUB}/datasets/{repository} has no parquet files")
    return sorted(shards, key=lambda shard: shard["path"])


def download(repository, shard, folder):
    """Resumes an earlier download. A file with a wrong checksum is deleted and reported."""
    target = folder / Path(shard["path"]).name
    if target.exists() and target.stat().st_size == shard["size"]:
        return target
    part = target.with_suffix(".part")
    fetch_rest(f"{HUB}/datasets/{repository}/resolve/main/{shard['path']}", part, shard["size"])
    if part.stat().st_size < shard["size"]:
        raise SystemExit(f"{target.name} broke off: run this again, and it goes on from there")
    if sha256(part) != shard["sha256"]:
        part.unlink()
        raise SystemExit(f"{target.name} came with another checksum than {HUB} lists: it was removed, run this again")
    part.rename(target)
    print(f"fetched {target.name} ({shard['size'] / 1e6:.0f} MB)", flush=True)
    return target


def fetch_rest(url, part, size):
    have = part.stat().st_size if part.exists() else 0
    if have >= size:
        return
    request = urllib.request.Request(url, headers={"range": f"bytes={have}-"} if have else {})
    with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:
        resumed = answer.status == 206
        with open(part, "ab" if resumed else "wb") as file:
            while block := answer.read(BLOCK):
                file.write(block)


def sha256(path):
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(BLOCK):
            digest.update(block)
    return digest.hexdigest()
