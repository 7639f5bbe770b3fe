"""The GPT trainer's parts against what they are defined by; run by test/trainer/gpt.test.ts."""

import hashlib
import http.server
import json
import math
import os
import subprocess
import sys
import tempfile
import threading
import unittest
import unittest.mock
from pathlib import Path

import numpy as np
import torch

TRAINER = Path(__file__).resolve().parents[2] / "trainer" / "gpt"
sys.path.insert(0, str(TRAINER))

import evaluate  # noqa: E402
import model  # noqa: E402
import optimizer  # noqa: E402
import packing  # noqa: E402
import tokenizer  # noqa: E402
import train  # noqa: E402

SMALL = {"DEPTH": 1, "ASPECT_RATIO": 16, "HEAD_DIM": 16, "SEQUENCE_LENGTH": 64, "DEVICE_BATCH_SIZE": 2, "TOTAL_BATCH_SIZE": 256}


def run(script, *arguments, folder, **environment):
    command = [sys.executable, str(TRAINER / script), *map(str, arguments)]
    return subprocess.run(command, cwd=folder, env={**os.environ, **environment}, capture_output=True, text=True)


class Temporary(unittest.TestCase):
    def setUp(self):
        kept = tempfile.TemporaryDirectory()
        self.addCleanup(kept.cleanup)
        self.folder = Path(kept.name)


class Listed:
    """Documents in memory, first to last, again and again."""

    def __init__(self, lengths):
        self.all = [np.array([0] + [i + 1] * (length - 1)) for i, length in enumerate(lengths)]
        self.next = 0

    def take(self):
        self.next += 1
        return self.all[(self.next - 1) % len(self.all)]


class Packing(unittest.TestCase):
    def test_a_row_takes_the_longest_document_that_fits_then_cuts_the_shortest(self):
        row = next(packing.rows(Listed([7, 3, 5, 4, 20, 30, 30, 30]), 16, pool=5))
        self.assertEqual(row.tolist(), [0] + [1] * 6 + [0] + [3] * 4 + [0] + [4] * 3)
        source = packing.rows(Listed([12, 9]), 16, pool=2)
        self.assertEqual(next(source).tolist(), [0] + [1] * 11 + [0] + [2] * 3)

    def test_every_row_is_full_and_begins_with_a_document(self):
        lengths = np.random.default_rng(0).integers(2, 400, 500)
        source = packing.rows(Listed(lengths), 129, pool=50)
        for _ in range(300):
            row = next(source)
            self.assertEqual((len(row), row[0]), (129, 0))

    def test_little_is_cut_off(self):
        documents = Listed(np.random.default_rng(1).integers(2, 64, 500))
        source = packing.rows(documents, 257)
        for _ in range(1000):
            next(source)
        taken = sum(len(documents.all[i % 500]) for i in range(documents.next - packing.POOL))
        self.assertLess(taken / (1000 * 257), 1.01)


class BitsPerByte(unittest.TestCase):
    def test_of_a_model_that_knows_nothing(self):
        lengths = torch.tensor([0, 1, 2, 5])
        targets = torch.tensor([[0, 1, 2, 3, 3]])
        nats, size = evaluate.count(torch.zeros(1, 5, 4), targets, lengths)
        self.assertEqual(size, 1 + 2 + 5 + 5)
        self.assertAlmostEqual(nats, 4 * math.log(4), places=6)

    def test_leaves_out_what_stands_for_no_byte(self):
        logits = torch.tensor([[[0.0, 50.0], [0.0, math.log(3)]]])
        nats, size = evaluate.count(logits, torch.tensor([[0, 1]]), torch.tensor([0, 3]))
        self.assertEqual(size, 3)
        self.assertAlmostEqual(nats, math.log(4 / 3), places=5)


class Schedule(unittest.TestCase):
    def test_is_finite_continuous_and_ends_where_it_should(self):
        for up in (0, 0.1, 0.3):
            for down in (0.1, 0.5, 0.8, 1):
                for last in (0, 0.2):
                    knobs = {"WARMUP_RATIO": up, "WARMDOWN_RATIO": down, "FINAL_LR_FRAC": last}
                    values = [train.schedule(i / 10_000, knobs) for i in range(10_001)]
                    steepest = 1e-4 * max(1 / up if up else 0, 1 / down)
                    jumps = [abs(b - a) for a, b in zip(values, values[1:])]
                    self.assertLessEqual(max(jumps), steepest * 1.001, knobs)
                    self.assertAlmostEqual(values[-1], last)
                    self.assertTrue(all(0 <= v <= 1 for v in values))

    def test_is_flat_between(self):
        knobs = {"WARMUP_RATIO": 0.2, "WARMDOWN_RATIO": 0.5, "FINAL_LR_FRAC": 0.1}
        self.assertEqual([train.schedule(p, knobs) for p in (0, 0.1, 0.2, 0.5)], [0, 0.5, 1, 1])
        self.assertAlmostEqual(train.schedule(0.75, knobs), 0.55)


class Optimizer(unittest.TestCase):
    def test_orthogonalisation_comes_near_the_polar_factor(self):
        torch.manual_seed(0)
        for rows, columns in ((32, 32), (64, 16), (16, 64)):
            matrices = torch.randn(3, rows, columns)
            got = optimizer.orthogonalise(matrices, torch.float32)
            u, _, v = torch.linalg.svd(matrices, full_matrices=False)
            self.assertGreater(torch.cosine_similarity(got.flatten(1), (u @ v).flatten(1)).min().item(), 0.95)
            values = torch.linalg.svdvals(got)
            self.assertTrue(0.3 < values.min() and values.max() < 1.3, (values.min(), values.max()))

    def test_adam_is_adam(self):
        torch.manual_seed(0)
        ours = torch.nn.Parameter(torch.randn(5, 3))
        theirs = torch.nn.Parameter(ours.detach().clone())
        adam = optimizer.Adam(ours, 0.1, (0.8, 0.95))
        reference = torch.optim.AdamW([theirs], lr=0.1, betas=(0.8, 0.95), eps=1e-10, weight_decay=0)
        for step in range(1, 20):
            gradient = torch.randn(5, 3)
            with torch.no_grad():
                optimizer.adam_step(ours, gradient, adam.mean, adam.square, torch.tensor(float(step)), torch.tensor(0.1), 0.8, 0.95)
            theirs.grad = gradient
            reference.step()
        self.assertLess((ours - theirs).abs().max().item(), 1e-5)

    def muon(self, parameters, gradients, decay):
        muon = optimizer.Muon(list(parameters.unbind()), 1.0)
        after = parameters.clone()
        scalars = [torch.tensor(x) for x in (0.1, 0.9, decay)]
        optimizer.muon_step(after, gradients, muon.momentum, muon.neuron, *scalars, torch.float32)
        return (after - parameters) / -0.1

    def test_muon_makes_every_neuron_move_as_much(self):
        torch.manual_seed(0)
        parameters, gradients = torch.randn(2, 16, 8), torch.randn(2, 16, 8) * torch.logspace(-1, 1, 16)[:, None]
        update = self.muon(parameters, gradients, 0.0)
        size = update.norm(dim=-1)
        self.assertLess((size.amax(-1) / size.amin(-1)).max().item(), 1.01)
        whole = optimizer.orthogonalise(gradients, torch.float32).norm(dim=(-2, -1))
        self.assertLess((update.norm(dim=(-2, -1)) - whole).abs().max().item(), 1e-3)

    def test_muon_decays_only_where_that_is_the_way_of_the_update(self):
        torch.manual_seed(0)
        parameters, gradients = torch.randn(1, 8, 8), torch.randn(1, 8, 8)
        plain, decayed = self.muon(parameters, gradients, 0.0), self.muon(parameters, gradients, 0.5)
        expected = torch.where(plain * parameters >= 0, 0.5 * parameters, 0)
        self.assertLess((decayed - plain - expected).abs().max().item(), 1e-4)

    def test_wide_and_tall_matrices_have_their_rates(self):
        self.assertEqual([round(optimizer.Muon([torch.zeros(r, c)], 0.04).rate, 6) for r, c in ((8, 8), (32, 8), (8, 32))], [0.04, 0.08, 0.04])


def shape(depth=3, aspect=16, head=16, vocabulary=300, sequence=32, windows="SSSL"):
    return model.shape_of(depth, aspect, head, vocabulary=vocabulary, sequence=sequence, windows=windows)


class Model(unittest.TestCase):
    def test_has_as_many_parameters_as_the_search_space_says(self):
        for depth, aspect, head in ((8, 64, 128), (4, 32, 64), (5, 100, 256), (24, 128, 128), (13, 47, 64)):
            with torch.device("meta"):
                gpt = model.Gpt(shape(depth, aspect, head, 8192, 2048))
            dim = math.ceil(depth * aspect / head) * head
            formula = 12 * depth * dim**2 + 16384 * dim + math.ceil(depth / 2) * 8192 * dim
            self.assertEqual(gpt.count(), formula)
        self.assertEqual(shape(8, 64, 128).layer_windows, [16, 16, 16, 32] * 2)
        self.assertEqual(shape(2, windows="SSSS").layer_windows, [16, 32])

    def test_begins_as_it_should(self):
        torch.manual_seed(0)
        gpt = model.Gpt(shape(4, 32, 32)).place(torch.device("cpu"))
        logits = gpt(torch.randint(0, 300, (2, 32)))
        self.assertEqual((logits.shape, logits.dtype), ((2, 32, 300), torch.float32))
        self.assertLess(logits.abs().max().item(), 0.1)
        self.assertEqual(sorted(gpt.value_embeddings), ["1", "3"])
        bound = math.sqrt(3 / 128)
        self.assertAlmostEqual(gpt.blocks[0].up.weight.abs().max().item(), bound, delta=bound / 50)
        self.assertEqual(gpt.blocks[0].down.weight.abs().max().item(), 0)

    def test_looks_neither_ahead_nor_beyond_its_window(self):
        torch.manual_seed(0)
        gpt = model.Gpt(shape(1, 32, 32, windows="S")).place(torch.device("cpu"))
        attention = gpt.blocks[0].attention
        torch.nn.init.normal_(attention.out.weight)
        rotation = gpt.cos, gpt.sin
        x = torch.randn(1, 32, 32)
        moved = x.clone()
        moved[0, 10] += 1
        table = torch.zeros(1, 32, 32)
        seen = {32: model.prepare("masked", 32, 16, torch.device("cpu"))}
        change = (attention(moved, table, rotation, seen) - attention(x, table, rotation, seen)).abs().amax(-1)[0]
        self.assertEqual([i for i in range(32) if change[i] > 1e-6], list(range(10, 26)))

    def test_its_loss_is_that_of_its_logits_to_the_last_bit(self):
        torch.manual_seed(0)
        gpt = model.Gpt(shape(2, 32, 32)).place(torch.device("cpu"))
        tokens, targets = torch.randint(0, 300, (2, 3, 32))
        ours = gpt(tokens, None, targets) / 4
        parts = torch.autograd.grad(ours, list(gpt.parameters()))
        theirs = torch.nn.functional.cross_entropy(gpt(tokens).flatten(0, 1), targets.flatten()) / 4
        self.assertEqual(ours.item(), theirs.item())
        for one, other in zip(parts, torch.autograd.grad(theirs, list(gpt.parameters()))):
            self.assertTrue(torch.equal(one, other))

    def test_its_loss_in_pieces_is_the_same_and_no_more_logits_are_held_than_a_piece_has(self):
        torch.manual_seed(0)
        gpt = model.Gpt(shape(2, 32, 32)).place(torch.device("cpu"))
        torch.nn.init.normal_(gpt.head.weight, std=0.3)
        tokens, targets = torch.randint(0, 300, (2, 8, 32))

        def loss_and_gradients():
            loss = gpt(tokens, None, targets)
            return loss, torch.autograd.grad(loss, list(gpt.parameters()))

        one, gradients = loss_and_gradients()
        with unittest.mock.patch.object(model, "LOGITS_AT_ONCE", 64 * 300), Largest() as largest:
            other, others = loss_and_gradients()
        self.assertLessEqual(largest.numbers, 64 * 300)
        self.assertAlmostEqual(one.item(), other.item(), places=5)
        for a, b in zip(gradients, others):
            self.assertLess((a - b).abs().max().item(), 1e-5 * max(1, a.abs().max().item()))

    def test_compiled_whole_or_by_block_it_is_the_same(self):
        for how in ("whole", "block"):
            torch.manual_seed(0)
            gpt = model.Gpt(shape(4, 32, 32, windows="SL")).place(torch.device("cpu"))
            tokens, targets = torch.randint(0, 300, (2, 2, 32))
            expected = gpt(tokens, None, targets).item()
            expected_logits = gpt(tokens)
            forward = gpt.compiled(how, backend="aot_eager")
            self.assertAlmostEqual(forward(tokens, None, targets).item(), expected, places=6)
            self.assertLess((forward(tokens) - expected_logits).abs().max().item(), 1e-6)


class Largest(torch.utils._python_dispatch.TorchDispatchMode):
    """The most logits (a last dimension of 300) that one operation has made."""

    numbers = 0

    def __torch_dispatch__(self, function, types, arguments=(), named=None):
        made = function(*arguments, **(named or {}))
        for one in made if isinstance(made, (list, tuple)) else [made]:
            if torch.is_tensor(one) and one.dim() and one.size(-1) == 300:
                self.numbers = max(self.numbers, one.numel())
        return made


class Tokens(unittest.TestCase):
    def test_every_text_can_be_written_and_its_bytes_are_counted(self):
        texts = ["plain words, again plain words", "naïve 12345 \n\t naïve", "日本語 \U0001f40e\x00\x7f"] * 5
        for words in (tokenizer.Bytes(), tokenizer.Bpe(texts, 300)):
            lengths = words.lengths()
            self.assertEqual(len(lengths), words.size)
            for text, tokens in zip(texts, words.encode(texts)):
                self.assertEqual(lengths[tokens].sum(), len(text.encode()))
                self.assertNotIn(tokenizer.BOS, tokens)


class Trials(Temporary):
    """train.py and evaluate.py as processes, on data that prepare.py made."""

    @classmethod
    def setUpClass(cls):
        cls.kept = tempfile.TemporaryDirectory()
        cls.data = Path(cls.kept.name) / "data"
        texts = Path(cls.kept.name) / "texts"
        texts.mkdir()
        for i in range(60):
            (texts / f"{i}.txt").write_text(f"document {i}: " + "the same words over and over, " * (i + 5))
        done = run("prepare.py", "--out", cls.data, "--source", texts, "--vocabulary", 300, folder=texts)
        assert done.returncode == 0, done.stderr

    @classmethod
    def tearDownClass(cls):
        cls.kept.cleanup()

    def train(self, params, seconds=0.5):
        (self.folder / "params.json").write_text(json.dumps({**SMALL, **params}))
        done = run("train.py", "--data", self.data, "--params", "params.json", "--seconds", seconds, folder=self.folder)
        return done, json.loads((self.folder / "result.json").read_text())

    def evaluate(self, code=TRAINER):
        done = run(
            "evaluate.py", "--data", self.data, "--checkpoint", "weights.safetensors", "--out", "evaluation.json", "--tokens", 2048, "--code", code, folder=self.folder
        )
        return done

    def test_a_trial_leaves_its_result_its_reports_and_a_checkpoint_that_can_be_judged(self):
        done, result = self.train({})
        self.assertEqual((done.returncode, result["outcome"]), (0, "complete"), done.stderr)
        self.assertGreaterEqual(result["trainSeconds"], 0.5)
        reports = [json.loads(line) for line in (self.folder / "reports.jsonl").read_text().splitlines()]
        self.assertEqual(reports, sorted(reports, key=lambda report: report["step"]))
        judged = self.evaluate()
        self.assertEqual(judged.returncode, 0, judged.stderr)
        self.assertLess(json.loads((self.folder / "evaluation.json").read_text())["value"], reports[0]["value"])

    def test_the_scorer_of_edited_programs_gives_the_value_of_the_evaluation(self):
        self.train({})
        self.evaluate()
        judged = self.folder / "judged"
        judged.mkdir()
        for name in ("model.py", "attention.py"):
            (judged / name).write_text((TRAINER / name).read_text())
        score = ["score.py", "--data", self.data, "--out", "score.json", "--tokens", 2048, "--sequence", SMALL["SEQUENCE_LENGTH"]]
        places = {"CHIRON_CONFINE": "[]", "CHIRON_JUDGED": str(judged), "CHIRON_WORK": str(self.folder), "PYTHONPATH": str(TRAINER.parent / "tasks")}
        done = run(*score, folder=self.folder, **places)
        self.assertEqual(done.returncode, 0, done.stderr)
        values = [json.loads((self.folder / name).read_text()) for name in ("score.json", "evaluation.json")]
        self.assertAlmostEqual(values[0]["value"], values[1]["value"], places=5)
        self.assertEqual(values[0]["metrics"], values[1]["metrics"])

    def test_what_is_not_a_number_stops_it_as_a_failure(self):
        done, result = self.train({"MATRIX_LR": 1e30, "EMBEDDING_LR": 1e30}, seconds=60)
        self.assertEqual((done.returncode, result["outcome"]), (1, "diverged"))
        self.assertRegex(result["message"], "the loss was (nan|inf)")

    def test_parameters_that_cannot_be_are_refused_in_words(self):
        for params, words in (
            ({"TOTAL_BATCH_SIZE": 100}, "TOTAL_BATCH_SIZE = 100 is no multiple of DEVICE_BATCH_SIZE × SEQUENCE_LENGTH = 128"),
            ({"LEARNING": 1}, "LEARNING is no constant of train.py"),
            ({"DEPTH": "two"}, "DEPTH = 'two': expected int"),
            ({"WINDOW_PATTERN": "SX"}, "WINDOW_PATTERN = 'SX': expected letters S and L"),
        ):
            done, result = self.train(params)
            self.assertEqual((done.returncode, result["outcome"]), (1, "invalid"))
            self.assertIn(words, result["message"])

    def test_a_model_that_looks_ahead_is_not_given_a_score(self):
        self.train({})
        honest = (TRAINER / "model.py").read_text()
        sighted = "mixed = F.scaled_dot_product_attention(query, key, value)"
        (self.folder / "model.py").write_text(honest.replace("mixed = attend(query, key, value, seen[self.window])", sighted))
        judged = self.evaluate(code=self.folder)
        self.assertEqual(judged.returncode, 1)
        self.assertIn("the model looks ahead", judged.stderr)
        self.assertFalse((self.folder / "evaluation.json").exists())


class Hub(http.server.BaseHTTPRequestHandler):
    """A hub of data sets that breaks off the first time a file is fetched."""

    def do_GET(self):
        files, broken = self.server.files, self.server.broken
        if self.path.startswith("/api/"):
            listed = [{"path": name, "size": len(body), "lfs": {"oid": hashlib.sha256(body).hexdigest()}} for name, body in files.items()]
            page = 1 if "page=2" in self.path else 0
            link = {} if page else {"link": f'<http://{self.headers["host"]}{self.path}&page=2>; rel="next"'}
            return self.answer(200, json.dumps(listed[page * 2 :][:2]).encode(), link)
        name = self.path.split("/")[-1]
        begin = int(self.headers.get("range", "bytes=0-")[6:-1])
        self.server.asked.append((name, begin))
        body = files[name][begin:]
        self.answer(206 if begin else 200, body, {}, len(body) // 2 if name not in broken else None)
        broken.add(name)

    def answer(self, status, body, headers, cut=None):
        self.send_response(status)
        for name, value in {**headers, "content-length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body[:cut])

    def log_message(self, *_):
        pass


class PublicShards(Temporary):
    def parquet(self, words):
        import pyarrow
        import pyarrow.parquet

        path = self.folder / "made.parquet"
        texts = [f"{words} {i} " * 40 for i in range(50)]
        pyarrow.parquet.write_table(pyarrow.table({"text": texts}), path)
        return path.read_bytes()

    def setUp(self):
        super().setUp()
        self.hub = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hub)
        self.hub.files = {f"shard_{i}.parquet": self.parquet(words) for i, words in enumerate(("one", "two", "three"))}
        self.hub.broken, self.hub.asked = set(), []
        threading.Thread(target=self.hub.serve_forever, daemon=True).start()
        self.addCleanup(self.hub.server_close)
        self.addCleanup(self.hub.shutdown)

    def prepare(self):
        endpoint = f"http://127.0.0.1:{self.hub.server_port}"
        return run("prepare.py", "--out", "data", "--source", "climbmix", "--shards", 1, "--vocabulary", 300, folder=self.folder, HF_ENDPOINT=endpoint)

    def test_are_fetched_where_they_left_off_and_checked_and_the_last_is_for_validation(self):
        self.hub.broken = {"shard_2.parquet"}
        self.assertNotEqual(self.prepare().returncode, 0)
        half = len(self.hub.files["shard_0.parquet"]) // 2
        done = self.prepare()
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.hub.asked, [("shard_0.parquet", 0), ("shard_0.parquet", half), ("shard_2.parquet", 0)])
        meta = json.loads((self.folder / "data/meta.json").read_text())
        self.assertGreater(meta["tokens"]["val"], 0)

    def test_with_another_checksum_are_thrown_away(self):
        self.hub.broken = set(self.hub.files)
        good = self.hub.files["shard_0.parquet"]
        part = self.folder / "data/shards/shard_0.part"
        part.parent.mkdir(parents=True)
        part.write_bytes(b"x" * (len(good) // 2))
        done = self.prepare()
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("shard_0.parquet came with another checksum", done.stderr)
        self.assertFalse(part.exists())


if __name__ == "__main__":
    unittest.main()
