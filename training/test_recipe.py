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
import resunet
import train_resunet
from pack import Pack
from sources import Sources, at_speed
from validation import validate

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
    lines = ["caption\tsrc_wav\tnoise_wav\tsnr_db\tnoise_caption\tabsent_caption"]
    for source, noise, absent in zip(names, names[1:] + names[:1], names[2:] + names[:2]):
        lines.append(f"{source}\t{source}-valid-0.wav\t{noise}-valid-0.wav\t0\t{noise}\t{absent}")
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

    def test_the_narrow_resunet_takes_steps_and_its_loss_falls(self):
        torch.manual_seed(1)
        config = resunet.Config.narrow()
        mixer = train_resunet.ComplexMixer(Pack(self.cache, "train"), 1, config)
        model = resunet.ResUNet30(config)
        train_resunet.start(model, resunet.magnitude(mixer.batch(4, 64)[0].sum(0)))
        optimiser = torch.optim.Adam(model.parameters(), lr=2e-3)
        batch = mixer.batch(2, 64)
        losses = [train_resunet.train_step(model, optimiser, batch, 256)[0] for _ in range(6)]
        self.assertLess(losses[-1], losses[0])
        self.assertTrue(all(np.isfinite(losses)), str(losses))

    def test_the_absent_query_is_the_one_of_the_list(self):
        asked = []

        class Model:
            def features(self, mixture):
                return mixture

            def __call__(self, features, condition):
                asked.append(condition[:, 0])
                return torch.ones(3, *features.shape)

        pack = Pack(self.cache, "valid")
        validate(Model(), pack, self.cache / "pairs.tsv", limit=2)
        for condition, absent in zip(asked, ("clicks", "rumble")):
            np.testing.assert_array_equal(condition[2].numpy(), pack.embedding[absent])


class Speed(unittest.TestCase):
    """Of a crop: pitch and bandwidth go with it, and nothing folds back."""

    def test_a_tone_keeps_its_level_and_goes_up_by_the_speed(self):
        time = np.arange(20_480)
        for speed in (0.8, 1.25):
            samples = int(len(time) / speed)
            heard = at_speed(np.sin(2 * np.pi * 0.375 * time).astype(np.float32), samples)
            spectrum = np.abs(np.fft.rfft(heard)) / samples * 2
            self.assertAlmostEqual(np.argmax(spectrum) / samples, 0.375 * speed, places=3)
            self.assertAlmostEqual(spectrum.max(), 1.0, places=2)

    def test_what_would_fold_back_is_left_out(self):
        time = np.arange(20_480)
        heard = at_speed(np.sin(2 * np.pi * 0.45 * time).astype(np.float32), 16_384)
        self.assertLess(np.abs(heard).max(), 1e-3)

    def test_a_sound_tells_the_bandwidth_that_it_has_at_its_speed(self):
        random = np.random.default_rng(3)
        length = 32_000
        spectrum = np.fft.rfft(random.normal(0, 3000, length))
        spectrum[int(6_000 / 32_000 * length) :] = 0
        clip = {"offset": 0, "length": length, "bandwidth_hz": 6_000}
        audio = np.fft.irfft(spectrum, length).astype("<i2")
        pack = type("One", (), {"groups": ["a"], "of_group": {"a": [clip]}, "audio": audio})
        sources, told = Sources(pack, random), set()
        for _ in range(12):
            wave, bandwidth = sources.draw(0, 16_000)
            told.add(round(bandwidth))
            power = np.abs(np.fft.rfft(wave * np.hanning(len(wave)))) ** 2
            at = int(bandwidth / 32_000 * len(wave))
            self.assertLess(power[at + 40 :].sum(), 1e-3 * power.sum(), "nothing lies above")
            self.assertGreater(power[at - 800 : at].mean(), 0.2 * power[:at].mean(), "and it reaches up to there")
        self.assertGreater(len(told), 3)


if __name__ == "__main__":
    unittest.main()
