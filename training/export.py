"""Writes a trained separator as the 16-bit safetensors file that the plug-in carries, and the golden fixture of its
architecture (a tiny random network) that the Rust twin is tested with; or adds a detector to such a file."""

import argparse
import json
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save_file

from detector import FRAMES, Detector, begun
from ears import from_state, meaning
from model import STEP, BandMask, Block, Config, Listener, config_from, draw_near, expand
from pack import Pack

SHARPNESS = 1.1
"""Suppresses what is not asked for a little more deeply: `EXPERIMENTS.md` has the figures."""
KEPT_IN_32_BITS = ("feature_mean", "feature_scale")
EIGHT_BANDS = [0, 1, 2, 4, 7, 12, 18, 25, 33]
THIRTY_TWO_BANDS = [*range(32), 33]
AHEAD = [Block(1, 1, False), Block(2, 2, False)]
BACK = [Block(1, 0, True), Block(2, 0, True), Block(4, 0, True)]


def directions(rows: torch.Tensor) -> torch.Tensor:
    """Each row as signed bytes, as long as they allow: only its direction counts."""
    return (rows * (127 / rows.abs().amax(-1, keepdim=True))).round().to(torch.int8)


def export(model: BandMask, vocabulary, ears: torch.nn.Linear | None, path: Path, dtype=torch.float16) -> None:
    """Tensors by their PyTorch names, `ears.Ears.says` as `ears`; what `pack.Pack.vocabulary` gives as `vocabulary` and
    `meanings`, signed bytes; the config as JSON in the metadata's `config`. What tells presence is for training alone."""
    texts, meanings, counts = vocabulary
    model.config.vocabulary.captions = len(texts) - sum(counts)
    model.config.vocabulary.wordings = counts
    model.config.ears = ears is not None
    state = {name: tensor for name, tensor in model.state_dict().items() if not name.startswith("presence.")}
    if ears is not None:
        state |= {f"ears.{name}": tensor for name, tensor in ears.state_dict().items()}
    tensors = {
        name: tensor.float().contiguous() if name in KEPT_IN_32_BITS else tensor.to(dtype).contiguous()
        for name, tensor in state.items()
    }
    tensors["vocabulary"], tensors["meanings"] = directions(texts), directions(meanings)
    save_file(tensors, path, metadata={"config": json.dumps(model.config.json() | {"presence": False})})


def add_detector(released: Path, detector: Detector, path: Path, slope: float, intercept: float, dtype=torch.float16) -> None:
    """A released model with a detector, whose logits become `slope · logit + intercept`."""
    with safe_open(str(released), "pt") as file:
        tensors, metadata = {name: file.get_tensor(name) for name in file.keys()}, file.metadata()
    tensors = {name: tensor for name, tensor in tensors.items() if not name.startswith("detector.")}
    own, config = detector.exported(slope, intercept)
    for name, tensor in own.items():
        whole = name.removeprefix("detector.") in KEPT_IN_32_BITS
        tensors[name] = (tensor if whole else tensor.to(dtype)).contiguous()
    metadata["config"] = json.dumps(json.loads(metadata["config"]) | {"detector": config})
    save_file(tensors, path, metadata=metadata)


def tiny(bands: list[int], coarse: int, listener: Listener, blocks: list[Block]) -> BandMask:
    """A network with every kind of layer, small enough to commit: window 64, 33 bins, 6 channels, so many bands."""
    torch.manual_seed(7)
    config = Config(
        window=64,
        hop=32,
        sample_rate=1600,
        band_edges=bands,
        condition_size=10,
        query_size=5,
        maps=[3, 4, 5],
        channels=6,
        blocks=blocks,
        gains=[4, 3, coarse],
        listener=listener,
        sharpness=1.25,
    )
    model = BandMask(config).eval()
    with torch.no_grad():
        for tensor in [*model.parameters(), model.feature_mean]:
            tensor.copy_(tensor + 0.4 * torch.randn_like(tensor))
        model.feature_scale.uniform_(0.5, 1.5)
    return model


@torch.no_grad()
def write_fixture(folder: Path, name: str, model: BandMask, frames: int, hears: bool) -> None:
    edges = model.config.band_edges
    magnitudes = torch.rand(frames, edges[-1]) * torch.logspace(-3, 1, frames)[torch.randperm(frames)][:, None]
    condition = torch.nn.functional.normalize(torch.randn(1, 1, model.config.condition_size), dim=-1)
    power = magnitudes.square()
    mean_power = torch.stack([power[:, low:high].mean(1) for low, high in zip(edges, edges[1:])], 1)
    texts, meanings = torch.randn(9, model.config.condition_size), torch.randn(2, model.config.condition_size)
    counts = [3, 1]
    model.config.vocabulary.temperature = 0.2
    known, meant = (torch.nn.functional.normalize(directions(rows).float(), dim=-1) for rows in (texts, meanings))
    near = draw_near(condition, known, expand(known, meant, counts), model.config.vocabulary)
    gains = model(model.features(mean_power[None]), near)[0, 0]
    widths = torch.tensor([high - low for low, high in zip(edges, edges[1:])])
    io = {
        "magnitudes": magnitudes,
        "condition": condition.flatten(),
        "gains": gains.contiguous(),
        "masks": gains.repeat_interleave(widths, 1),
    }
    ears = None
    if hears:
        ears = torch.nn.Linear(model.config.channels, model.config.condition_size)
        # Silence follows a sound: the network looks ahead.
        _, x = model.recognise(model.features(torch.nn.functional.pad(mean_power, (0, 0, 0, 8 * STEP))[None]))
        said = torch.nn.functional.normalize(ears(x[0, : frames // STEP]), dim=-1)
        io["meaning"] = meaning(said, power.sum(1).unflatten(0, (-1, STEP)).sum(1))
    path = folder / f"{name}_state.safetensors"
    export(model, (texts, meanings, counts), ears, path, torch.float32)
    if hears:
        detector = Detector(model, {}, [1, 2])
        for tensor in detector.parameters():
            tensor.copy_(tensor + 0.2 * torch.randn_like(tensor))
        # The way down has changed with it; what lies ahead of the last step is silent, as for the ears.
        silence = torch.nn.functional.pad(mean_power, (0, 0, 0, 10 * STEP))
        io["heard"] = 0.7 * detector(silence[None], near[0])[0, : frames // FRAMES, 0] - 0.3
        add_detector(path, detector, path, 0.7, -0.3, torch.float32)
    save_file(io, folder / f"{name}_io.safetensors")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--checkpoint", type=Path, help="a run's checkpoint.pt")
    parser.add_argument("--cache", type=Path, help="what `prepare.py` made and the run learnt from")
    parser.add_argument("--weights", type=Path, help="where its weights go")
    parser.add_argument("--sharpness", type=float, default=SHARPNESS, help="what its gains are raised to")
    parser.add_argument("--detector", type=Path, help="a checkpoint of train_detector.py, which goes into --weights beside --separator")
    parser.add_argument("--separator", type=Path, help="the released model that it began with")
    parser.add_argument("--calibration", type=float, nargs=2, default=(1.0, 0.0), metavar=("SLOPE", "INTERCEPT"), help="what the detector's logits become, so that they are chances: `EXPERIMENTS.md` says how the released ones were found")
    parser.add_argument("--fixture", type=Path, help="folder for the golden fixture")
    args = parser.parse_args()
    if args.checkpoint and args.cache and args.weights:
        checkpoint = torch.load(args.checkpoint, weights_only=True)
        model = BandMask(config_from(json.loads(checkpoint["config"])))
        model.load_state_dict(checkpoint["mean"])
        model.config.sharpness = args.sharpness
        pack = Pack(args.cache, "train")
        texts, meanings, counts = pack.vocabulary()
        model.config.vocabulary.groups = [group for group in pack.groups if group in pack.wordings]
        ears = from_state(checkpoint["ears"], model.config.channels, pack)
        export(model, (torch.from_numpy(texts), torch.from_numpy(meanings), counts), ears.says, args.weights)
    if args.detector and args.separator and args.weights:
        detector = begun(args.separator)
        detector.load_state_dict(torch.load(args.detector, weights_only=True)["mean"])
        add_detector(args.separator, detector, args.weights, *args.calibration)
    if args.fixture:
        write_fixture(args.fixture, "band_mask", tiny(EIGHT_BANDS, 2, Listener(), AHEAD + BACK), 40, False)
        write_fixture(args.fixture, "band_listener", tiny(THIRTY_TWO_BANDS, 6, Listener([1, 3], 3), AHEAD), 60, True)


if __name__ == "__main__":
    main()
