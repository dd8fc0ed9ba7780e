"""The recipe on sounds made here, with no pack at hand: about a minute of one processor.

    python -m unittest test_recipe
"""

import csv
import dataclasses
import json
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import numpy as np
import torch

import bands
import grow
import mixtures
import powers
import resunet
import train_resunet
from average import average
from average import read as read_run
from card_mixer import CardMixer
from contained import held, holding, read_table
from detector import FRAMES, begun, read_metadata
from ears import Ears, group_meanings
from export import AHEAD, BACK, THIRTY_TWO_BANDS, add_detector, export, tiny
from mixtures import OTHERS, Mixer
from model import BandMask, Block, Config, Listener, config_from
from narrow import narrow
from pack import DROPPED, UNSEEN, Pack
from presence import presence_loss, sounding
from products import product
from scenes import LENGTH, Scenes, Sound
from sources import Sources, at_speed, from_the_direct_sound
from train import PASSED_OVER, Training, arguments
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
                clip |= {"kind": "effect", "source": "this test"}
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
    sizes = ["--batch", "4", "--frames", "64", "--pool", "16", "--channels", "48", "--dilations", "1"]
    sizes += ["--report", "5", "--threads", "1", "--warmup", "5"]
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
        self.assertEqual(wordings & column("everyday.tsv", "wording"), set())

    def test_everyday_words_mean_sounds_that_training_knows(self):
        self.assertEqual(column("everyday.tsv", "group") - column("wordings.tsv", "group"), set())
        self.assertEqual(len(column("everyday.tsv", "wording")), 60)
        self.assertEqual(column("everyday_pairs.tsv", "caption") - column("everyday.tsv", "wording"), set(), "those of now")


class Contained(unittest.TestCase):
    """What may be heard within a clip of a group is never its noise, nor asked for as absent."""

    def test_the_table_names_groups_and_families_that_there_are(self):
        table, groups = read_table(), column("wordings.tsv", "group")
        for name, holds in table.items():
            for other in [name, *holds]:
                self.assertTrue(other in (table if other[0] == "@" else groups | {"(instrument)"}), f"{name}: {other}")

    def test_a_place_holds_what_its_families_hold_whichever_is_asked_for(self):
        table = read_table()
        found = held(table, "restaurant", {"instrument": ["violin"]})
        self.assertLessEqual({"restaurant", "speech", "laughter", "cutlery", "violin"}, found)
        self.assertFalse(found & {"gunshot", "@voices", "(instrument)"})
        both = holding(["cat", "speech", "crowd"], {}, table)
        np.testing.assert_array_equal(both, [[1, 0, 0], [0, 1, 1], [0, 1, 1]])

    def test_no_mixture_holds_or_asks_in_vain_for_what_a_sound_of_it_may_hold(self):
        with tempfile.TemporaryDirectory() as folder:
            make_cache(Path(folder))
            pack = Pack(Path(folder), "train")
            tone, hiss = pack.groups.index("tone"), pack.groups.index("hiss")
            pack.apart[tone, hiss] = pack.apart[hiss, tone] = False
            mixer = Mixer(pack, 3, pool=24, frames=32)
            for _ in range(60):
                groups = set(mixer.group[mixer._sounds(2)])
                self.assertFalse({tone, hiss} <= groups)
            self.assertNotIn(hiss, [mixer._elsewhere([tone]) for _ in range(40)])

    def test_training_hears_no_clip_that_is_not_what_it_says(self):
        with open(DROPPED, newline="") as file:
            rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
        self.assertEqual(len({row["key"] for row in rows}), len(rows))
        self.assertLessEqual({row["group"] for row in rows}, column("wordings.tsv", "group"))
        with tempfile.TemporaryDirectory() as folder:
            cache = Path(folder)
            make_cache(cache)
            clips = json.loads((cache / "clips.json").read_text())
            dropped = next(clip for clip in clips if clip["split"] == "train")
            kept = dropped["key"]
            dropped["key"] = rows[0]["key"]
            (cache / "clips.json").write_text(json.dumps(clips))
            keys = {clip["key"] for clip in Pack(cache, "train").clips}
            self.assertEqual(len(keys), 11)
            self.assertFalse({kept, rows[0]["key"]} & keys)

    def test_training_hears_no_library_of_the_unseen_list(self):
        with tempfile.TemporaryDirectory() as folder:
            cache = Path(folder)
            make_cache(cache)
            clips = json.loads((cache / "clips.json").read_text())
            library = UNSEEN.read_text().splitlines()[0]
            for clip in clips:
                if clip["group"] == "hiss":
                    clip["source"] = library
            (cache / "clips.json").write_text(json.dumps(clips))
            self.assertNotIn("hiss", Pack(cache, "train").groups)
            self.assertIn("hiss", Pack(cache, "valid").groups)


class Mixtures(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        make_cache(Path(cls.folder.name))
        cls.pack = Pack(Path(cls.folder.name), "train")

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def test_training_hears_as_much_at_once_as_the_network_remembers(self):
        config = Config()
        blocks = [(block.dilation, block.ahead) for block in config.blocks]
        steps = sum(2 * dilation - ahead for dilation, ahead in blocks) + sum(2 * d for d in config.listener.dilations)
        self.assertGreaterEqual(mixtures.FRAMES * bands.HOP, 6 * bands.SAMPLE_RATE)
        self.assertLess(abs(2 * steps - mixtures.FRAMES), 40)

    def test_a_bed_of_noise_is_30_to_50_db_below_and_belongs_to_no_sound(self):
        mixer = Mixer(self.pack, 4, pool=8, frames=32)
        for _ in range(20):
            bed = mixer._bed(torch.tensor(2.0))
            below = 10 * torch.log10(bed.sum() / 32 / 2.0)
            self.assertTrue(-50.5 < below < -29.5, str(below))
        batch = mixer.batch(4)
        present = batch["present"][..., None, None] > 0
        ceiling = (batch["mixture"] * batch["power"]).sqrt()
        self.assertTrue(torch.where(present, batch["along"] <= ceiling * 1.001 + 1e-3, True).all())

    def test_half_the_bits_are_enough_for_the_statistics_of_a_mixture(self):
        mixer = Mixer(self.pack, 4, pool=8, frames=32)
        self.assertTrue(mixer.spectra.isfinite().all())
        self.assertGreater(float(mixer.spectra.abs().amax()), 1.0)

    def test_some_sounds_are_two_clips_of_their_group(self):
        clips = [{"offset": at * 32_000, "length": 32_000, "bandwidth_hz": 16_000 - 8_000 * at} for at in (0, 1)]
        time = np.arange(32_000)
        audio = np.concatenate([3_000 * np.sin(2 * np.pi * pitch * time) for pitch in (0.05, 0.15)]).astype("<i2")
        pack = type("Two", (), {"groups": ["a"], "of_group": {"a": clips}, "audio": audio})
        sources, both = Sources(pack, np.random.default_rng(6)), 0
        sources._crop = lambda clip, samples: (sources._part(clip, samples), 1.0)
        for _ in range(40):
            wave, bandwidth, drawn = sources.draw(0, 16_000)
            self.assertAlmostEqual(float(np.mean(wave**2)), 1.0, places=1)
            found = np.abs(np.fft.rfft(wave))
            heard = [found[round(pitch * 16_000) - 20 :][:40].max() > 400 for pitch in (0.05, 0.15)]
            self.assertTrue(any(heard))
            self.assertEqual(bandwidth, 16_000 if heard == [True, False] else 8_000)
            self.assertEqual(len(drawn), 2 if all(heard) else len(drawn))
            both += all(heard)
        self.assertTrue(3 <= both <= 20, str(both))


    def test_the_teachers_tags_go_with_the_sounds(self):
        tags = np.random.default_rng(1).uniform(0, 1, (len(self.pack.clips), 7)).astype(np.float16)
        self.pack.tags = dict(zip([clip["key"] for clip in self.pack.clips], tags))
        self.addCleanup(self.pack.tags.clear)
        for mixer in (Mixer(self.pack, 4, pool=8, frames=32), CardMixer(self.pack, 4, "cpu", frames=32)):
            batch = mixer.batch(12)
            self.assertEqual(batch["tags"].shape, (2, 12, 7))
            for group, heard in zip(batch["group"].flatten(), batch["tags"].flatten(0, 1)):
                clips = [self.pack.tags_of([clip]) for clip in self.pack.of_group[self.pack.groups[group]]]
                pairs = [(one + other) / 2 for one in clips for other in clips]
                self.assertLess(min(np.abs(heard.numpy() - pair).max() for pair in pairs), 1e-5)
        ears, x = Ears(6, group_meanings(self.pack), 7), torch.randn(12, 16, 6)
        with_teacher = ears(x, batch)
        ears.tags = None
        self.assertGreater(float(with_teacher), float(ears(x, batch)))

    def test_a_room_of_the_pack_is_heard_as_it_was_measured(self):
        response = np.zeros(500, np.float32)
        response[[30, 130, 400]] = 0.25, 0.5, -0.1
        room = from_the_direct_sound(response)
        np.testing.assert_allclose(room[[0, 270]], [1.0, -0.2])
        self.pack.rooms = [room]
        self.addCleanup(self.pack.rooms.clear)
        sources, click, heard = Sources(self.pack, np.random.default_rng(2)), np.zeros(1000, np.float32), 0
        click[100] = 1.0
        for _ in range(30):
            wave = sources.room(click)
            heard += np.abs(wave[[100, 370, 371]] - [1.0, -0.2, 0.0]).max() < 1e-4
        self.assertTrue(5 < heard < 25, str(heard))

    def test_a_sound_is_there_while_it_is_heard_beside_the_others(self):
        heard = torch.tensor([1.0, 1.0, 0.2, 0.2, 1e-4, 1e-4, 0.0, 0.0])
        rest = torch.tensor([1.0, 1.0, 3.0, 3.0, 0.0, 0.0, 0.0, 0.0])
        self.assertEqual(sounding(heard, rest).tolist(), [1, 0, 0, 0])
        batch = Mixer(self.pack, 4, pool=8, frames=32, absent=1.0).batch(6)
        self.assertEqual(batch["others"].shape, (OTHERS, 6, 384))
        there = sounding(batch["power"].sum(-1), batch["mixture"].sum(-1) - batch["power"].sum(-1))
        self.assertGreater(float(there[0].mean()), 0.3)
        self.assertEqual(float(there[1].max()), 0.0, "an absent sound never is")
        logits = torch.full((2 + OTHERS, 6, 16), -9.0)
        logits[:2] = 18 * there - 9
        self.assertLess(float(presence_loss(logits, batch)), 1e-3)
        self.assertGreater(float(presence_loss(-logits, batch)), 8.0)

    def test_mixtures_made_in_batches_are_of_the_same_form_and_keep_the_same_rules(self):
        rows = [Mixer(self.pack, 4, pool=8, frames=32).batch(3)]
        mixer = CardMixer(self.pack, 4, "cpu", frames=32, absent=0.5)
        rows.append(mixer.batch(3))
        form = [{name: (tuple(part.shape), part.dtype) for name, part in batch.items()} for batch in rows]
        self.assertEqual(*form)
        batch = mixer.batch(40)
        self.assertTrue(all(part.isfinite().all() for part in batch.values()))
        self.assertTrue((batch["along"] <= (batch["mixture"] * batch["power"]).sqrt() * 1.001 + 1e-3).all())
        absent = batch["present"] == 0
        self.assertTrue(0 < absent.sum() < 40 and not absent[0].any())
        self.assertEqual(float(batch["power"][absent].abs().max()), 0.0)
        for one, other in batch["group"].T:
            self.assertTrue(self.pack.apart[one, other])
        # Levels spread over 22 dB in both, and mean the same.
        others = Mixer(self.pack, 4, pool=24, frames=32).batch(40)
        means = [10 * torch.log10(part["mixture"].sum((1, 2))).mean() for part in (batch, others)]
        self.assertLess(abs(means[0] - means[1]), 5.0)

    def test_the_statistics_of_a_batch_are_those_of_the_sounds_themselves(self):
        generator = torch.Generator().manual_seed(2)
        spectra = torch.randn(2, 3, 5, bands.BINS, 2, generator=generator)
        spectra = torch.view_as_complex(spectra)
        gains, matrix = torch.randn(2, 3, bands.BANDS, generator=generator), bands.band_matrix()
        own, shares = CardMixer.statistics(spectra, gains, matrix)
        heard = spectra * (gains @ matrix.T)[:, :, None]
        mixture = heard.sum(1, keepdim=True)
        torch.testing.assert_close(own, heard.abs().square() @ matrix, rtol=1e-3, atol=1e-3)
        torch.testing.assert_close(shares, (mixture * heard.conj()).real @ matrix, rtol=1e-3, atol=1e-3)
        torch.testing.assert_close(shares.sum(1), mixture[:, 0].abs().square() @ matrix, rtol=1e-3, atol=1e-3)

    def test_a_batch_crops_as_one_sound_does(self):
        clips = [{"offset": 0, "length": 400}, {"offset": 400, "length": 50}]
        mixer = CardMixer(self.pack, 4, "cpu", frames=32)
        mixer.audio = torch.arange(1, 451, dtype=torch.int16)
        mixer.offset, mixer.length = (torch.tensor([clip[name] for clip in clips]) for name in ("offset", "length"))
        alone = repeated = 0
        for _ in range(30):
            longer, shorter = mixer._crops(torch.tensor([0, 1]), 120)
            self.assertTrue((longer.diff() == 1).all() and 1 <= longer[0] and longer[-1] <= 400)
            once = int((shorter == 0).sum()) == 70
            alone, repeated = alone + once, repeated + (not once)
            heard = shorter[shorter > 0]
            self.assertEqual(sorted(set(heard.tolist())), list(range(401, 451)))
            self.assertTrue((heard.diff() == 1).all() if once else len(heard) == 120)
        self.assertTrue(alone > 3 and repeated > 3)


class Networks(unittest.TestCase):
    def test_a_checkpoint_of_before_has_no_listener(self):
        config = Config(listener=Listener()).json()
        del config["listener"]
        self.assertEqual(config_from(config).listener.dilations, [])
        self.assertEqual(config_from(Config().json()), Config())

    def test_a_larger_network_begins_with_what_the_smaller_one_knows(self):
        small = tiny(THIRTY_TWO_BANDS, 4, Listener(), AHEAD + BACK)
        blocks = [*AHEAD, Block(8, 0, False), *BACK]
        bigger = {"blocks": blocks, "gains": [4, 3, 6], "listener": Listener([1, 3], 3)}
        config = dataclasses.replace(small.config, **bigger, sharpness=1.0)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "small.safetensors"
            export(small, (torch.randn(3, 10), torch.randn(1, 10), [1]), None, path, torch.float32)
            large = grow.grown(grow.read(path), config)
        self.assertEqual(small.config.sharpness, 1.25)
        features, condition = torch.randn(2, 40, 32), torch.nn.functional.normalize(torch.randn(2, 2, 10), dim=-1)
        torch.testing.assert_close(large(features, condition) ** 1.25, small(features, condition))
        large(features, condition).square().sum().backward()
        for name in ("blocks.2.out.weight", "listen.1.out.weight", "across.0.out.weight", "up3.weight"):
            self.assertGreater(float(dict(large.named_parameters())[name].grad.abs().max()), 0.0, name)
        for wrong in (dataclasses.replace(config, blocks=BACK), dataclasses.replace(config, query_size=6)):
            with self.assertRaises(ValueError):
                grow.grown(small, wrong)
        # One that listens already grows as well, and a listener begins with its first layers.
        again = grow.grown(large, dataclasses.replace(config, listener=Listener([1, 3, 2], 3)))
        torch.testing.assert_close(again(features, condition), large(features, condition))
        with self.assertRaisesRegex(ValueError, r"listens at dilations \[1, 3\]"):
            grow.grown(large, dataclasses.replace(config, listener=Listener([3, 1], 3)))

    def test_the_mean_of_runs_has_of_each_part_the_mean_of_those_that_learnt_it(self):
        one = {"mean": {"a": torch.tensor([1.0, 2.0])}, "ears": {"a": torch.zeros(1)}, "config": "{}", "step": 3, "seconds": 4}
        other = {**one, "mean": {"a": torch.tensor([3.0, 6.0]), "new": torch.ones(2)}, "ears": {"a": torch.ones(2)}, "step": 7}
        both = average([one, other], [0.25, 0.75])
        self.assertEqual(both["mean"]["a"].tolist(), [2.5, 5.0])
        self.assertEqual(both["mean"]["new"].tolist(), [1.0, 1.0])
        self.assertEqual(both["ears"]["a"].tolist(), [1.0, 1.0], "of another shape")
        self.assertEqual((both["step"], both["seconds"], both["config"]), (7, 4, "{}"))
        deaf = average([{"mean": one["mean"]}, one, other], [0.5, 0.125, 0.375])
        self.assertEqual(deaf["mean"]["a"].tolist(), [1.75, 3.5])
        self.assertEqual(deaf["ears"]["a"].tolist(), [1.0, 1.0])

    def test_products_of_small_matrices_are_those_of_torch_and_so_are_their_gradients(self):
        parts = [torch.randn(2, 5, 3, 4, requires_grad=True), torch.randn(2, 5, 4, 6, requires_grad=True)]
        weight, found = torch.randn(2, 5, 3, 6), []
        for multiply in (product, torch.matmul):
            result = multiply(*parts)
            found.append([result, *torch.autograd.grad((result * weight).sum(), parts)])
        for ours, theirs in zip(*found):
            torch.testing.assert_close(ours, theirs)

    def test_a_narrow_network_computes_nearly_the_same_and_learns_in_single_precision(self):
        torch.manual_seed(3)
        model = tiny(THIRTY_TWO_BANDS, 6, Listener([1, 3], 3), AHEAD + BACK)
        features, condition = torch.randn(2, 40, 32), torch.nn.functional.normalize(torch.randn(2, 2, 10), dim=-1)
        found = []
        for compute in (model, narrow(model, model.forward)):
            gains = compute(features, condition)
            gradients = torch.autograd.grad(gains.float().square().mean(), [model.unflat.weight, model.blocks[0].conv.weight])
            found.append((gains, *gradients))
        self.assertEqual([part.dtype for part in found[1]], [torch.bfloat16, torch.float32, torch.float32])
        for wide, small in zip(*found):
            along = torch.nn.functional.cosine_similarity(wide.flatten(), small.float().flatten(), dim=0)
            self.assertGreater(float(along.detach()), 0.97)


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
        self.assertLess(log[-1]["naming"], log[0]["naming"] - 0.3, "the ears learn what sounds")
        self.assertLess(log[-1]["presence"], log[0]["presence"] - 0.1, "and the steps, whether it is there")
        self.assertGreater(valid["presence"], 0.7)
        self.assertTrue(0.0 < log[0]["minutes"] < log[-1]["minutes"] < 5.0, "of processor time")

    def test_a_run_on_mixtures_made_in_batches_repeats_itself(self):
        logs = [train(self.cache, self.cache / name, 5, "--on-card") for name in ("card", "card-again")]
        self.assertEqual(*([(line["loss_db"], line["naming"]) for line in log] for log in logs))

    def test_a_run_in_bfloat16_goes_as_one_in_single_precision(self):
        wide, small = (train(self.cache, self.cache / name, 10, *options)[-1] for name, options in (("wide", []), ("bf16", ["--bf16"])))
        for loss, most in (("loss_db", 0.2), ("compressed", 0.01), ("naming", 0.05), ("presence", 0.05)):
            self.assertAlmostEqual(wide[loss], small[loss], delta=most, msg=loss)

    def test_in_the_first_steps_only_the_listening_half_learns(self):
        run = self.cache / "listening"
        log = train(self.cache, run, 5, "--listening", "5")
        self.assertEqual(log[-1]["loss_db"], 0.0)
        weights = torch.load(run / "checkpoint.pt", weights_only=True)
        self.assertEqual(float(weights["model"]["bias"].abs().max()), 0.0, "nothing was separated")
        log = train(self.cache, run, 10, "--listening", "5")
        weights = torch.load(run / "checkpoint.pt", weights_only=True)
        self.assertGreater(float(weights["model"]["bias"].abs().max()), 0.0, "then it is")
        ears = Ears(48, group_meanings(Pack(self.cache, "train")))
        ears.load_state_dict(weights["ears"])
        np.testing.assert_allclose(ears.said(torch.randn(3, 48)).norm(dim=-1).detach().numpy(), 1.0, rtol=1e-5)

    def test_a_run_begins_with_a_network_that_did_not_tell_presence(self):
        before = Config(channels=48, listener=Listener([1]), presence=False)
        model, pack = BandMask(before), Pack(self.cache, "train")
        state = {"config": json.dumps(before.json()), "mean": model.state_dict()}
        state["ears"] = Ears(48, group_meanings(pack)).state_dict()
        torch.save(state, self.cache / "before.pt")
        train(self.cache, self.cache / "after", 2, "--rate", "0", "--from", str(self.cache / "before.pt"))
        after = torch.load(self.cache / "after" / "checkpoint.pt", weights_only=True)
        self.assertTrue(config_from(json.loads(after["config"])).presence)
        for name, tensor in model.state_dict().items():
            torch.testing.assert_close(after["mean"][name], tensor)

    def test_a_run_that_begins_with_a_released_network_hears_with_its_ears(self):
        pack, config = Pack(self.cache, "train"), Config(channels=48, listener=Listener([1]))
        model, ears = BandMask(config), Ears(48, group_meanings(pack))
        texts, meanings, counts = pack.vocabulary()
        path = self.cache / "released.safetensors"
        export(model, (torch.from_numpy(texts), torch.from_numpy(meanings), counts), ears.says, path, torch.float32)
        train(self.cache, self.cache / "from-released", 2, "--rate", "0", "--from", str(path))
        after = torch.load(self.cache / "from-released" / "checkpoint.pt", weights_only=True)
        torch.testing.assert_close(after["ears"]["says.weight"], ears.says.weight.detach())
        torch.testing.assert_close(after["mean"]["unflat.weight"], model.unflat.weight.detach())
        both = average([read_run(path, after["config"]), after], [0.5, 0.5])
        torch.testing.assert_close(both["ears"]["says.weight"], ears.says.weight.detach())
        self.assertIn("names.weight", both["ears"])

    def test_a_step_without_finite_gradients_is_passed_over_and_many_end_the_run(self):
        sizes = ["--batch", "4", "--frames", "64", "--pool", "16", "--channels", "48", "--dilations", "1"]
        run = Training(arguments().parse_args([*map(str, [self.cache, self.cache / "broken"]), *sizes]), self.cache / "broken")
        run.advance()
        weights = {name: tensor.clone() for name, tensor in run.model.state_dict().items()}
        mixed = run.batches

        def broken():
            for batch in mixed:
                yield batch | {"power": batch["power"] * float("nan")}

        run.batches = broken()
        self.assertIsNone(run.advance())
        for name, tensor in run.model.state_dict().items():
            torch.testing.assert_close(tensor, weights[name], rtol=0, atol=0)
        run.batches = mixed
        self.assertTrue(np.isfinite(run.advance()).all(), "it goes on")
        run.batches = broken()
        with self.assertRaisesRegex(SystemExit, "lower --rate"):
            for _ in range(PASSED_OVER):
                run.advance()

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
        self.assertIsNone(grow.read(weights).presence, "for training alone")

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
            presence = None

            def features(self, mixture):
                return mixture

            def __call__(self, features, condition):
                asked.append(condition[:, 0])
                return torch.ones(3, *features.shape)

        pack = Pack(self.cache, "valid")
        validate(Model(), pack, self.cache / "pairs.tsv", limit=2)
        for condition, absent in zip(asked, ("clicks", "rumble")):
            np.testing.assert_array_equal(condition[2].numpy(), pack.embedding[absent])


class Detection(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.cache = Path(cls.folder.name)
        make_cache(cls.cache)
        clips = json.loads((cls.cache / "clips.json").read_text())
        for clip in clips:
            clip["kind"] = "ambience" if clip["group"] == "rumble" else "effect"
        (cls.cache / "clips.json").write_text(json.dumps(clips))
        powers.prepare(cls.cache)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def released(self) -> Path:
        """A network that nobody trained, as it would be released."""
        torch.manual_seed(3)
        pack = Pack(self.cache, "train")
        texts, meanings, counts = pack.vocabulary()
        path = self.cache / "separator.safetensors"
        ears = Ears(48, group_meanings(pack)).says
        vocabulary = (torch.from_numpy(texts), torch.from_numpy(meanings), counts)
        export(BandMask(Config(channels=48, listener=Listener([1]))), vocabulary, ears, path, torch.float32)
        return path

    def test_a_clip_is_there_at_three_speeds(self):
        index = np.load(self.cache / "powers-index.npy")
        self.assertEqual(len(index), 3 * len(Pack(self.cache, "train").clips))
        as_it_is, faster, slower = index[:3]
        self.assertEqual(as_it_is[2], SECONDS * bands.SAMPLE_RATE / bands.HOP)
        self.assertTrue(faster[2] < as_it_is[2] < slower[2])
        self.assertEqual(np.load(self.cache / "powers.npy").shape, (index[-1][1] + index[-1][2], bands.BANDS))

    def test_a_scene_says_when_which_sound_is_heard(self):
        scenes = Scenes(self.cache, 4)
        power = np.zeros((LENGTH, bands.BANDS), np.float32)
        power[100:200] = 1.0
        loud, faint, under = power.copy(), 1e-3 * power, np.roll(power, 40, 0)
        faint[150:] = 0.0
        tags = np.zeros((LENGTH, 0), np.float32)
        at = {group: number for number, group in enumerate(scenes.pack.groups)}
        heard = [Sound(at["tone"], loud + np.roll(faint, 100, 0), tags), Sound(at["hiss"], 0.05 * under, tags)]
        scenes._sounds = lambda: heard
        scene = scenes.scene()
        there, known = scene["there"], scene["known"]
        self.assertEqual(set(np.flatnonzero(there[:, at["tone"]])), set(range(25, 50)))
        # Where the tone goes on 30 dB fainter, nobody says; where there is nothing of it, it is not there.
        self.assertFalse(known[51:62, at["tone"]].any())
        self.assertTrue(known[65:, at["tone"]].all())
        # 13 dB below the tone the hiss is not heard, alone it is.
        self.assertEqual(set(np.flatnonzero(there[:, at["hiss"]])), set(range(50, 60)))
        self.assertFalse(there[:, at["rumble"]].any())
        self.assertTrue(known[:, at["rumble"]].all())

    def test_scenes_have_every_kind_of_sound_and_silence_between(self):
        batch = Scenes(self.cache, 5).batch(24)
        self.assertEqual(batch["power"].shape, (24, LENGTH, bands.BANDS))
        there = batch["there"]
        self.assertEqual(there.shape, (24, LENGTH // FRAMES, 4))
        self.assertTrue((there.amax((0, 1)) == 1).all())
        self.assertTrue(0.05 < float(there.mean()) < 0.6, float(there.mean()))
        self.assertTrue(torch.isfinite(batch["power"]).all() and float(batch["power"].min()) >= 0)

    def test_some_queries_are_examples(self):
        words = Scenes(self.cache, 7).queries()
        command = [sys.executable, HERE / "hear_clips.py", self.cache, self.released()]
        subprocess.run([*map(str, command)], check=True)
        stored, scenes = np.load(self.cache / "said.npz"), Scenes(self.cache, 7)
        # The other tests ask in words.
        (self.cache / "said.npz").unlink()
        self.assertEqual(len(scenes.examples), len(scenes.pack.clips))
        self.assertEqual(set(stored["clips"]), set(range(len(Pack(self.cache, "train").clips))))
        np.testing.assert_allclose(np.linalg.norm(stored["said"], axis=1), 1.0, rtol=1e-5)
        scenes.examples = {int(clip): [said] for clip, said in zip(stored["clips"], np.eye(len(stored["clips"]), 384))}
        other = [int((scenes.queries() * words).sum(1).lt(0.5).sum()) for _ in range(50)]
        self.assertTrue(0.1 < np.mean(other) / 4 < 0.3, str(np.mean(other)))

    def test_a_detector_learns_goes_on_and_is_added_to_its_separator(self):
        released, run = self.released(), self.cache / "detector"
        command = [sys.executable, HERE / "train_detector.py", self.cache, run, "--separator", released]
        command += ["--batch", "4", "--threads", "1", "--rate", "3e-3"]
        subprocess.run([*map(str, command), "--steps", "2"], check=True)
        begin = torch.load(run / "checkpoint.pt", weights_only=True)
        subprocess.run([*map(str, command), "--steps", "28"], check=True)
        end = torch.load(run / "checkpoint.pt", weights_only=True)
        self.assertEqual((begin["step"], end["step"]), (2, 30))
        batch = Scenes(self.cache, 6).batch(16)
        queries = Scenes(self.cache, 6).queries()
        losses, said = [], None
        for state in (begin, end):
            detector = begun(released)
            detector.load_state_dict(state["model"])
            with torch.no_grad():
                said = detector(batch["power"] / bands.band_matrix().sum(0), queries)
            unlike = torch.nn.functional.binary_cross_entropy_with_logits(said, batch["there"], reduction="none")
            losses.append(float((unlike * batch["known"]).mean()))
        self.assertLess(losses[1], 0.8 * losses[0], str(losses))

        detector.load_state_dict(end["mean"])
        path = self.cache / "both.safetensors"
        add_detector(released, detector, path, 2.0, 0.5)
        config = read_metadata(path)["detector"]
        self.assertEqual([block["ahead"] for block in config["blocks"][-3:]], [3, 6, 12])
        own = {name.removeprefix("detector.") for name in detector.exported()[0]}
        self.assertIn("blocks.9.conv.weight", own)
        # A separator with a detector is read as before, and a new detector takes the old one's place.
        torch.testing.assert_close(grow.read(path).unflat.weight, grow.read(released).unflat.weight)
        add_detector(path, detector, path, 1.0, 0.0)


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
            wave, bandwidth, _ = sources.draw(0, 16_000)
            told.add(round(bandwidth))
            power = np.abs(np.fft.rfft(wave * np.hanning(len(wave)))) ** 2
            at = int(bandwidth / 32_000 * len(wave))
            self.assertLess(power[at + 40 :].sum(), 1e-3 * power.sum(), "nothing lies above")
            self.assertGreater(power[at - 800 : at].mean(), 0.2 * power[:at].mean(), "and it reaches up to there")
        self.assertGreater(len(told), 3)


if __name__ == "__main__":
    unittest.main()
