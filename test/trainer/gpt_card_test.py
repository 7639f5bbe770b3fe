"""What the GPT trainer does on a card, as far as a processor can show it; run by test/trainer/gpt.test.ts."""

import itertools
import json
import math
import os
import shutil
import sys
import tempfile
import types
import unittest
import unittest.mock
from pathlib import Path

import torch

ROOT = Path(__file__).resolve().parents[2]
TRAINER = ROOT / "trainer" / "gpt"
sys.path.insert(0, str(TRAINER))

import attention  # noqa: E402
import cache  # noqa: E402
import device  # noqa: E402
import loader  # noqa: E402
import measure  # noqa: E402
import memory  # noqa: E402
import model  # noqa: E402
import prepare  # noqa: E402
import train  # noqa: E402

CPU = torch.device("cpu")
PATTERNS = json.loads((ROOT / "search-spaces/autoresearch-14.json").read_text())["parameters"]["WINDOW_PATTERN"]["choices"]


class Attention(unittest.TestCase):
    def test_every_kernel_that_runs_here_equals_the_masked_reference_forward_and_backward(self):
        tried = set()
        for head_dim in (64, 128, 256):
            for window in (32, 64):
                for kernel in {*attention.TIMED["whole"], *attention.TIMED["window"]}:
                    if attention.cannot(kernel, 64, window, CPU) is not None:
                        continue
                    backward = not kernel.startswith("flex")  # torch has no gradient of it on a processor
                    errors = attention.check(kernel, 64, window, head_dim, CPU, torch.float32, backward=backward)
                    self.assertLess(max(errors.values()), 1e-5, (kernel, head_dim, window))
                    self.assertEqual(len(errors), 4 if backward else 1)
                    tried.add(kernel)
        self.assertEqual(tried, {"sdpa", "triangles", "flex", "flex-128-64", "flex-64-64"})

    def test_triangles_serve_every_pattern_of_the_space(self):
        tokens, targets = torch.randint(0, 300, (2, 2, 32))
        for pattern in PATTERNS:
            found = []
            for kernel in ("masked", "triangles"):
                torch.manual_seed(0)
                shape = model.shape_of(4, 32, 64, vocabulary=300, sequence=32, windows=pattern)
                gpt = model.Gpt(shape).place(CPU, {32: "sdpa", 16: kernel})
                for block in gpt.blocks:
                    torch.nn.init.normal_(block.attention.out.weight, std=0.1)
                loss = gpt(tokens, None, targets)
                found.append([loss, *torch.autograd.grad(loss, list(gpt.parameters()))])
            for one, other in zip(*found):
                self.assertLess((one - other).abs().max().item(), 1e-5 * max(1, one.abs().max().item()), pattern)

    def test_a_wrong_kernel_is_found(self):
        wrong = lambda query, key, value, seen: attention.F.scaled_dot_product_attention(query, key, value, is_causal=True)  # noqa: E731
        with unittest.mock.patch.object(attention, "triangles", lambda *inputs: (wrong(*inputs, None), None)):
            found = attention.measure_one("triangles", 64, 32, 16, CPU, torch.float32)
        self.assertEqual(found["cannot"], "differs from the masked reference")

    def test_the_fastest_that_was_measured_is_chosen_and_what_cannot_run_is_not(self):
        times = {"64/32/64": {"fa4": {"milliseconds": 1}, "triangles": {"milliseconds": 2}, "masked": {"milliseconds": 3}}}
        choose = lambda measured: attention.choose(64, [32, 64], 64, CPU, torch.float32, measured)  # noqa: E731
        self.assertEqual(choose(None), {32: "masked", 64: "sdpa"})
        self.assertEqual(choose(times), {32: "triangles", 64: "sdpa"})

    def test_why_a_kernel_cannot_run_is_said(self):
        self.assertEqual(attention.cannot("flash", 64, 32, CPU), "it needs CUDA")
        self.assertRegex(attention.cannot("triangles", 64, 16, CPU), "half the sequence")
        self.assertEqual(attention.cannot("sdpa", 64, 32, CPU), "it knows no window")


class Units(unittest.TestCase):
    """GiB from the space to the cap, and MiB in results."""

    def test_the_cap_is_in_gib(self):
        self.assertEqual(device.cap_share(60, 80 * 2**30), 0.75)
        self.assertEqual(device.cap_share(100, 80 * 2**30), 1)
        self.assertIs(type(device.cap_share(100, 80 * 2**30)), float)

    def test_profiles_hand_over_their_limit_which_is_above_that_of_their_space(self):
        for name in ("gpt-h200", "gpt-24gb"):
            profile = json.loads((ROOT / f"trainer/profiles/{name}.json").read_text())
            command = profile["command"]
            self.assertEqual(command[command.index("--memory-gib") + 1], "{memoryGb}")
            space = json.loads((ROOT / f"search-spaces/{profile['space']}.json").read_text())
            self.assertLess(space["memory"]["limitGb"], profile["memoryLimitGb"])
            with unittest.mock.patch.object(sys, "argv", ["train.py", "--data", "d", "--memory-gb", "76"]):
                self.assertEqual(train.parse().memory_gib, 76)

    def test_peak_memory_is_in_mib(self):
        kilobytes = 2048 if sys.platform != "darwin" else 2048 * 1024
        with unittest.mock.patch.object(device.resource, "getrusage", lambda _: types.SimpleNamespace(ru_maxrss=kilobytes)):
            self.assertEqual(device.Device().peak_memory_mib(), 2)


def profile_and_space(name):
    profile = json.loads((ROOT / f"trainer/profiles/{name}.json").read_text())
    return profile, json.loads((ROOT / f"search-spaces/{profile['space']}.json").read_text())


def values_of(parameter):
    values = range(parameter["low"], parameter["high"] + 1)
    return [value for value in values if not parameter.get("powerOfTwo") or value.bit_count() == 1]


def largest_model(space):
    """DEPTH, ASPECT_RATIO and HEAD_DIM of the most parameters that the space allows, with its smallest batch."""

    def parameters(knobs):
        scope = {**dict(zip(names, knobs)), "DEVICE_BATCH_SIZE": space["parameters"]["DEVICE_BATCH_SIZE"]["low"], "ceil": math.ceil}
        for name, expression in derived.items():
            scope[name] = eval(expression, {}, scope)
        return scope["params"] if eval(space["memory"]["gb"], {}, scope) <= space["memory"]["limitGb"] else 0

    names = ("DEPTH", "ASPECT_RATIO", "HEAD_DIM")
    derived = {name: expression.replace("^", "**") for name, expression in space["derived"].items()}
    return max(itertools.product(*(values_of(space["parameters"][name]) for name in names)), key=parameters)


class Weights(unittest.TestCase):
    """An edited program's weights have a limit, which every model of the space must be below."""

    def megabytes(self, knobs, vocabulary, sequence):
        with torch.device("meta"):
            gpt = model.Gpt(model.shape_of(*knobs, vocabulary=vocabulary, sequence=sequence, windows="L"))
        return sum(tensor.numel() * tensor.element_size() for tensor in gpt.state_dict().values()) / 1e6

    def limit(self, profile):
        words = profile["scorer"]
        return float(words[words.index("--weights-megabytes") + 1])

    def test_the_largest_model_that_the_memory_allows_is_scored(self):
        for name, expected in (("gpt-h200", 2900), ("gpt-24gb", 2687)):
            profile, space = profile_and_space(name)
            needed = self.megabytes(largest_model(space), 8192, 2048)
            self.assertAlmostEqual(needed, expected, delta=1)
            self.assertLess(needed, self.limit(profile))
            self.assertLess(self.limit(profile), profile["diskMegabytes"])

    def test_on_a_processor_too(self):
        profile, space = profile_and_space("gpt-cpu")
        knobs = [space["parameters"][name]["high"] for name in ("DEPTH", "ASPECT_RATIO", "HEAD_DIM")]
        self.assertLess(self.megabytes(knobs, 1024, 256), self.limit(profile))

    def test_agents_are_told_the_limits(self):
        told = (TRAINER / "task.md").read_text()
        for name, words in (("gpt-h200", "3000 MB"), ("gpt-24gb", "3000 MB"), ("gpt-cpu", "on a processor: 100 MB")):
            self.assertIn(f"{self.limit(profile_and_space(name)[0]):.0f} MB", words)
            self.assertIn(words, told)


class Preparation(unittest.TestCase):
    def test_what_is_compiled_for_24_gb_is_the_default_of_their_space(self):
        profile, space = profile_and_space("gpt-24gb")
        words = profile["prepare"]["command"]
        path = words[words.index("--params") + 1].replace("{home}", str(TRAINER))
        defaults = {name: parameter["default"] for name, parameter in space["parameters"].items()}
        self.assertEqual(json.loads(Path(path).read_text()), defaults)
        with unittest.mock.patch.object(prepare.subprocess, "run", return_value=types.SimpleNamespace(returncode=0)) as ran:
            with unittest.mock.patch.object(sys, "argv", ["prepare.py", "--out", "data", "--compile", "--params", path]):
                arguments = prepare.parse()
            prepare.compile_default(arguments.out, arguments.params)
        command = ran.call_args.args[0]
        self.assertEqual(command[command.index("--params") + 1], path)

    def test_what_is_compiled_for_80_gb_is_the_default_of_train_py(self):
        profile, space = profile_and_space("gpt-h200")
        self.assertNotIn("--params", profile["prepare"]["command"])
        for name, parameter in space["parameters"].items():
            self.assertEqual(train.KNOBS[name], parameter["default"], name)


class Batches(unittest.TestCase):
    def test_made_ahead_are_the_same_and_end_with_the_same_error(self):
        import numpy as np

        def source():
            yield from (np.full((2, 3), i) for i in range(20))
            raise ValueError("broken")

        made = loader.ahead(source(), types.SimpleNamespace(cuda=True))
        self.assertEqual([next(made)[0, 0].item() for _ in range(20)], list(range(20)))
        for _ in range(2):
            self.assertRaisesRegex(ValueError, "broken", next, made)


class FakeCard:
    """A card whose steps take a second each, and which takes the next one while one runs."""

    cuda = True
    torch = types.SimpleNamespace(type="cuda")

    def paused(self):
        return 0.0

    def __init__(self):
        self.clock = 0

    def mark(self):
        self.clock += 1
        return device.Moment(self.clock)

    def fetch(self, *values):
        return values


class Clock(unittest.TestCase):
    def steps(self, losses, seconds):
        clock = train.Clock(seconds, FakeCard(), types.SimpleNamespace(maybe=lambda *_: None))
        clock.begin()
        done, queued = [], 0
        while (progress := clock.expected()) < 1:
            done.append(progress)
            clock.queued(torch.tensor(losses(queued)), torch.tensor(1), 1)
            queued += 1
            self.assertLessEqual(len(clock.queue), 1)
        return clock, done

    def test_a_card_has_one_step_ahead_and_the_budget_is_kept(self):
        clock, done = self.steps(lambda _: 1.0, 5)
        self.assertEqual((clock.steps, clock.counted, clock.warmup), (15, 5, 10))
        self.assertEqual(done[-4:], [0.2, 0.4, 0.6, 0.8])

    def test_a_loss_that_is_no_number_ends_it_one_step_later(self):
        with self.assertRaisesRegex(train.Diverged, "the loss was nan at step 3"):
            self.steps(lambda step: math.nan if step == 3 else 1.0, 5)


class CompiledGraphs(unittest.TestCase):
    def setUp(self):
        kept = tempfile.TemporaryDirectory()
        self.addCleanup(kept.cleanup)
        self.shared, self.left = Path(kept.name) / "shared", Path(kept.name) / "left"

    def entry(self, content=b"graph", **other):
        parts = {**cache.versions(), "code": cache.code_digest(TRAINER), "use": "train", "shape": {"depth": 2}, **other}
        cache.write_entry(self.left, parts, content)
        return parts

    def test_what_a_trial_left_is_found_by_the_next_one(self):
        parts = self.entry()
        self.assertEqual(cache.merge(self.shared, self.left), [cache.key_of(parts)])
        self.assertEqual(cache.find_entry(self.shared, parts), ("hit", b"graph"))
        self.assertEqual(cache.find_entry(self.shared, {**parts, "code": "f" * 64}), ("other", b"graph"))
        self.assertEqual(cache.find_entry(self.shared, {**parts, "shape": {"depth": 3}}), ("miss", None))
        self.assertEqual(cache.merge(self.shared, self.left), [])

    @unittest.skipUnless(shutil.which("g++"), "there is no C++ compiler here")
    def test_a_second_trial_compiles_nothing_in_an_empty_folder_of_its_own(self):
        from torch._dynamo.utils import counters

        self.addCleanup(os.chdir, os.getcwd())
        states = []
        for name in ("first", "second"):
            torch._dynamo.reset()
            counters.clear()
            work = self.left.parent / name
            work.mkdir()
            os.chdir(work)
            with unittest.mock.patch.dict(os.environ):
                graphs = cache.Cache(self.shared, "train", {"depth": 1})
                graphs.open()
                value = torch.ones(4, requires_grad=True)
                torch.compile(lambda x: (x.sin() * 2).sum(), dynamic=False)(value).backward()
                graphs.leave()
            states.append((graphs.state, counters["inductor"]["fxgraph_cache_hit"], len(cache.merge(self.shared, cache.LEFT))))
        self.assertEqual(states, [("miss", 0, 1), ("hit", 2, 0)])
        self.assertEqual(list(work.iterdir()), [])

    def test_a_torch_that_cannot_share_graphs_shares_none_and_says_so(self):
        older = types.SimpleNamespace()  # torch.compiler of 2.6 has neither of the two functions
        with unittest.mock.patch.object(torch, "compiler", older):
            graphs = cache.Cache(self.shared, "train", {"depth": 1})
            graphs.open()
            graphs.leave()
        self.assertRegex(graphs.state, "^none: torch .* shares no graphs")
        self.assertFalse(Path(cache.LEFT).exists())

    def test_other_code_another_card_or_another_torch_add_nothing(self):
        for other in ({"code": "f" * 64}, {"card": ["another", 9, 0]}, {"torch": "0"}):
            self.entry(**other)
        self.assertEqual(cache.merge(self.shared, self.left), [])

    def test_a_program_that_is_not_the_trainer_adds_nothing(self):
        self.entry()
        edited = self.left.parent / "code"
        edited.mkdir()
        for name in cache.CODE:
            shutil.copy(TRAINER / name, edited)
        (edited / "model.py").write_text((TRAINER / "model.py").read_text() + "\n")
        self.assertEqual(cache.merge(self.shared, self.left, edited), [])
        self.assertEqual(len(cache.merge(self.shared, self.left, TRAINER)), 1)

    def test_what_was_changed_renamed_or_linked_is_not_taken(self):
        for change in (self.other_content, self.other_name, self.link):
            shutil.rmtree(self.left, ignore_errors=True)
            change(cache.key_of(self.entry()))
            self.assertEqual(cache.merge(self.shared, self.left), [], change.__name__)

    def other_content(self, key):
        (self.left / f"{key}.bin").write_bytes(b"other")

    def other_name(self, key):
        for end in ("bin", "json"):
            (self.left / f"{key}.{end}").rename(self.left / f"{key[::-1]}.{end}")

    def link(self, key):
        path = self.left / f"{key}.bin"
        path.rename(self.left.parent / "elsewhere")
        path.symlink_to(self.left.parent / "elsewhere")

    def test_nonsense_is_left_out(self):
        self.left.mkdir()
        for name, text in (("a.json", "{"), ("b.json", "[]"), (cache.ATTENTION, '{"x": 1}')):
            (self.left / name).write_text(text)
        self.assertEqual(cache.merge(self.shared, self.left), [])

    def test_times_of_attention_are_kept_by_machine(self):
        cache.leave_attention({"64/32/64": {"masked": {"milliseconds": 1}}}, self.left)
        cache.merge(self.shared, self.left)
        self.assertEqual(cache.measured_attention(self.shared)["64/32/64"]["masked"]["milliseconds"], 1)
        with unittest.mock.patch.object(cache, "machine_key", lambda: "another"):
            self.assertEqual(cache.measured_attention(self.shared), {})


class DryRun(unittest.TestCase):
    def test_the_formula_is_that_of_the_space(self):
        text = json.loads((ROOT / "search-spaces/autoresearch-14.json").read_text())
        for corner in measure.CORNERS:
            knobs = measure.knobs_of(corner)
            scope = {**knobs, "ceil": math.ceil}
            for name, expression in text["derived"].items():
                scope[name] = eval(expression.replace("^", "**"), {}, scope)
            self.assertAlmostEqual(memory.formula_gib(knobs), eval(text["memory"]["gb"], {}, scope), places=9)

    def test_it_counts_what_a_card_has_measured(self):
        peak, _ = memory.peak_gib(train.shape(train.KNOBS, 8192), train.KNOBS["DEVICE_BATCH_SIZE"], pieces=2)
        self.assertLess(abs(peak / measure.EARLIER["default"]["peakGib"] - 1), 0.01, peak)


class Measuring(unittest.TestCase):
    def test_refuses_to_time_where_no_card_is_and_rehearses_there(self):
        import subprocess

        with tempfile.TemporaryDirectory() as folder:
            command = [sys.executable, str(TRAINER / "measure.py"), "--out", folder]
            refused = subprocess.run(command, capture_output=True, text=True)
            self.assertEqual((refused.returncode, list(Path(folder).iterdir())), (1, []))
            self.assertIn("there is no CUDA device here", refused.stderr)
            parts = ["data", "attention", "default", "memory", "too large"]
            done = subprocess.run([*command, "--rehearse", "--parts", ",".join(parts)], capture_output=True, text=True)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            report = json.loads(next(Path(folder).glob("*.json")).read_text())
            self.assertEqual(list(report["parts"]), parts)
            self.assertEqual(report["parts"]["default"]["cold"]["outcome"], "complete")
            self.assertNotIn(str(TRAINER), json.dumps(report))
            self.assertIn("its figures mean nothing", next(Path(folder).glob("*.md")).read_text())


if __name__ == "__main__":
    unittest.main()
