"""Makes the text: scenes of a play, from a grammar of Shakespeare's words, the same on every machine.

    python prepare.py --out DATA [--text FILE] [--megabytes 1]

With --text a text of your own takes its place. The last tenth is for validation, and as much behind it is sealed: of a text of
your own the last tenth, before which validation ends. Writes train.bin, val.bin, sealed.bin (bytes) and meta.json.
"""

import argparse
import json
import random
from pathlib import Path

SPEAKERS = "ROSALIND ORLANDO VIOLA FESTE PORTIA BRUTUS CORDELIA EDGAR HERMIONE PERDITA BANQUO HORATIO".split()
NOUNS = "love time night crown sword heart summer winter fortune honour grief shadow river throne tongue eye hand rose tempest star".split()
ADJECTIVES = "sweet bitter gentle cruel noble false fair foul weary golden silent proud constant fickle ancient tender".split()
VERBS = {"thou": "lovest fearest seekest keepest losest bearest mockest".split(), "he": "loves fears seeks keeps loses bears mocks".split(), "I": "love fear seek keep lose bear mock".split()}
OPENINGS = "O, |Nay, |Alas, |Good my lord, |Prithee, |And yet |So then |Hark! |By heaven, |".split("|")
ENDINGS = ["when {adjective} {noun} is gone", "as {noun} doth {noun_verb} the {noun}", "till {noun} and {noun} are one", "though {noun} be {adjective}", "for all the {noun} in {place}", "and there's an end", "ere the {adjective} {noun} wake"]
PLACES = "Venice Verona Elsinore Arden Rome Athens Dunsinane Illyria".split()
NOUN_VERBS = "mock mend undo outlast betray become".split()
VALIDATION_SHARE = 0.1


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--text", type=Path)
    parser.add_argument("--megabytes", type=float, default=1)
    arguments = parser.parse_args()
    text = arguments.text.read_bytes() if arguments.text else play(round((1 + VALIDATION_SHARE) * arguments.megabytes * 1e6))
    text = bytes(byte for byte in text if byte < 128)
    size = round(VALIDATION_SHARE * (len(text) if arguments.text else arguments.megabytes * 1e6))
    cut = len(text) - 2 * size
    parts = {"train": text[:cut], "val": text[cut:-size], "sealed": text[-size:]}
    arguments.out.mkdir(parents=True, exist_ok=True)
    for name, part in parts.items():
        (arguments.out / f"{name}.bin").write_bytes(part)
    (arguments.out / "meta.json").write_text(json.dumps({name: len(part) for name, part in parts.items()}))
    print(f"{cut} bytes to train on, {size} to be judged by, {size} sealed")


def play(size):
    words, lines, length = random.Random(1623), [], 0
    while length < size:
        lines.append(scene(words))
        length += len(lines[-1])
    return "".join(lines).encode()[:size]


def scene(words):
    """Two who speak in turn, and who take up each other's nouns."""
    cast, theme = words.sample(SPEAKERS, 2), words.sample(NOUNS, 3)
    speeches = []
    for turn in range(words.randint(4, 9)):
        lines = [line(words, theme) for _ in range(words.randint(1, 4))]
        speeches.append(f"{cast[turn % 2]}:\n" + "\n".join(lines) + "\n\n")
        if words.random() < 0.3:
            theme[words.randrange(3)] = words.choice(NOUNS)
    return "".join(speeches)


def line(words, theme):
    who = words.choice(list(VERBS))
    noun = words.choice(theme)
    opening, verb = words.choice(OPENINGS), words.choice(VERBS[who])
    ending = words.choice(ENDINGS).format(
        adjective=words.choice(ADJECTIVES), noun=words.choice(theme), noun_verb=words.choice(NOUN_VERBS), place=words.choice(PLACES)
    )
    said = f"{opening}{who} {verb} the {words.choice(ADJECTIVES)} {noun}, {ending}{words.choice('.;!?')}"
    return said[0].upper() + said[1:]


if __name__ == "__main__":
    main()
