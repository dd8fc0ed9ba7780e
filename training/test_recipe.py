"""The recipe on sounds made here, with no pack at hand: about a minute of one processor.

    python -m unittest test_recipe
"""

import csv
import json
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import numpy as np
import torch

import bands

HERE = Path(__file__).parent
SECONDS = 4


def sounds(random: np.random.Generator) -> dict[str, np.ndarray]:
    """Four kinds of sound that nobody confuses."""
    time = np.arange(SECONDS * bands.SAMPLE_RATE) / bands.SAMPLE_RATE
    pitch = random.uniform(200, 400)
    clicks = np.zeros_like(time)
    clicks[random.integers(0, len(time), 40)] = 1.0
    noise = random.normal(0, 1, len(time))
    return {
        "tone": sum(np.sin(2 * np.pi * pitch * k * time) / k for k in (1, 2, 3)),
        "hiss": np.diff(noise, prepend=0.0),
        "clicks": np.convolve(clicks, np.exp(-np.arange(200) / 30))[: len(time)],
        "rumble": np.convolve(noise, np.ones(400) / 20)[: len(time)],
    }


def make_cache(cache: Path) -> None:
    """What `prepare.py` leaves, and pairs to validate on."""
    random = np.random.default_rng(5)
    clips, audio, offset = [], [], 0
    for split, count in (("train", 3), ("valid", 1)):
        for number in range(count):
            for group, wave in sounds(random).items():
                samples = np.round(wave / np.abs(wave).max() * 20000).astype("<i2")
                clip = {"key": f"{group}-{split}-{number}.wav", "split": split, "group": group, "bandwidth_hz": 16000}
                clips.append(clip | {"captions": [group], "offset": offset, "length": len(samples)})
                audio.append(samples)
                offset += len(samples)
    np.concatenate(audio).tofile(cache / "audio.i16")
    (cache / "clips.json").write_text(json.dumps(clips))
    names = list(sounds(random))
    embeddings = np.linalg.qr(random.normal(0, 1, (384, len(names))))[0].T.astype(np.float32)
    captions = {"captions": np.array(names), "embeddings": embeddings, "reworded": embeddings[:, None]}
    np.savez(cache / "captions.npz", **captions, wording_groups=np.array(names), wordings=embeddings)
    lines = ["caption\tsrc_wav\tnoise_wav\tsnr_db\tnoise_caption"]
    for source, noise in zip(names, names[1:] + names[:1]):
        lines.append(f"{source}\t{source}-valid-0.wav\t{noise}-valid-0.wav\t0\t{noise}")
    (cache / "pairs.tsv").write_text("\n".join(lines) + "\n")


def train(cache: Path, run: Path, steps: int, *options: str) -> list[dict]:
    """Trains until so many steps; the log."""
    sizes = ["--batch", "4", "--pool", "16", "--channels", "48", "--report", "5", "--threads", "1", "--warmup", "5"]
    command = [sys.executable, HERE / "train.py", cache, run, *sizes, "--steps", str(steps), *options]
    subprocess.run([*map(str, command), "--pairs", str(cache / "pairs.tsv")], check=True, stdout=subprocess.DEVNULL)
    return [json.loads(line) for line in (run / "log.jsonl").read_text().splitlines()]


def column(file: str, name: str) -> set[str]:
    with open(HERE / file, newline="") as rows:
        return {row[name].strip().lower() for row in csv.DictReader(rows, delimiter="\t", quoting=csv.QUOTE_NONE)}


class Texts(unittest.TestCase):
    def test_no_text_of_the_evaluation_is_trained_on_as_another_wording(self):
        wordings = column("wordings.tsv", "wording")
        self.assertGreater(len(wordings), 4_000)
        self.assertEqual(wordings & column("paraphrases.tsv", "paraphrase"), set())
        self.assertEqual(wordings & column("seed_queries.tsv", "caption"), set())


class Recipe(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.cache = Path(cls.folder.name)
        make_cache(cls.cache)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def test_a_short_run_lowers_its_loss_and_learns_to_listen_to_the_query(self):
        log = train(self.cache, self.cache / "short", 60)
        begin, end = (np.mean([line["loss_db"] for line in part]) for part in (log[:2], log[-2:]))
        self.assertLess(end, begin - 1.0, f"from {begin:.2f} to {end:.2f} dB")
        valid = log[-1]["valid"]
        self.assertGreater(valid["si_sdri"], valid["wrong_si_sdri"] + 1.0, str(valid))
        self.assertEqual(set(valid["by_class"]), {"tone", "hiss", "clicks", "rumble"})

    def test_a_run_that_was_stopped_goes_on_and_repeats_itself(self):
        logs = []
        for name in ("one", "other"):
            train(self.cache, self.cache / name, 5)
            log = train(self.cache, self.cache / name, 10)
            self.assertEqual([line["step"] for line in log], [5, 10])
            logs.append([(line["loss_db"], line["naming"]) for line in log])
            weights = torch.load(self.cache / name / "checkpoint.pt", weights_only=True)
            self.assertEqual(weights["step"], 10)
        self.assertEqual(*logs)

    def test_processes_that_mix_repeat_themselves_too_and_the_weights_can_be_exported(self):
        logs = [train(self.cache, self.cache / name, 5, "--workers", "2") for name in ("two", "again")]
        self.assertEqual(*([(line["loss_db"], line["naming"]) for line in log] for log in logs))
        weights = self.cache / "exported.safetensors"
        checkpoint = ["--checkpoint", self.cache / "two" / "checkpoint.pt", "--cache", self.cache, "--weights", weights]
        subprocess.run([*map(str, [sys.executable, HERE / "export.py", *checkpoint])], check=True)
        self.assertEqual(weights.read_bytes()[8:9], b"{")


if __name__ == "__main__":
    unittest.main()
