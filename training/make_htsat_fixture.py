"""Writes the golden fixtures of CLAP's audio tower: what AudioSep's published HTSAT computes.

The network's class and `get_audio_features` are taken unchanged from a checkout of AudioSep; torchlibrosa 0.1.0 and librosa
give the spectrogram. Its weights are computed from their names (see `uniform`), so that the fixtures hold none but the mel
matrix: of a small network what every stage gives, with `--full` of the published size the query alone.
"""

import argparse
import ast
import importlib.util
import sys
import types
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import save_file

SAMPLES = 480_000
SHORT = 70_000
PREFIX = "query_encoder.model."
CONFIG = types.SimpleNamespace(
    mel_bins=64, window_size=1024, hop_size=480, sample_rate=48000, fmin=50, fmax=14000, class_num=527
)
SMALL = {"embed_dim": 32, "depths": [2, 2, 2, 2], "num_heads": [1, 2, 4, 8]}
FULL = {"embed_dim": 128, "depths": [2, 2, 12, 2], "num_heads": [4, 8, 16, 32]}
# Computed from nothing, or read by nothing that leads to the query.
CONSTANT = ("melW", "attn_mask", "relative_position_index", "num_batches_tracked")
UNREAD = ("spectrogram_extractor.", "tscam_conv.", "head.")


def uniform(name: str, count: int) -> np.ndarray:
    """Values in -1..1 that depend on the name alone: FNV-1a of the name, then splitmix64 of a counter."""
    seed = 0xCBF29CE484222325
    for byte in name.encode():
        seed = ((seed ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    z = np.uint64(seed) + np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z ^= z >> np.uint64(31)
    return ((z >> np.uint64(40)).astype(np.float64) / 2**23 - 1).astype(np.float32)


def spread(name: str, shape: torch.Size) -> tuple[float, float]:
    """Mean and half width of a tensor's values: such that nothing saturates."""
    if name.endswith("bn0.running_mean"):
        return -30, 10
    if name.endswith("bn0.running_var"):
        return 75, 25
    if name.endswith("relative_position_bias_table"):
        return 0, 1
    if name.endswith("bias"):
        return 0, 0.05
    if len(shape) == 1:
        return 1, 0.1
    return 0, (3 / np.prod(shape[1:])) ** 0.5


def weights(module: torch.nn.Module, prefix: str) -> None:
    """Replaces a module's weights by those that their names give."""
    for name, tensor in module.state_dict().items():
        if name.endswith(CONSTANT) or name.startswith(UNREAD):
            continue
        mean, width = spread(f"{prefix}.{name}", tensor.shape)
        values = torch.from_numpy(uniform(f"{PREFIX}{prefix}.{name}", tensor.numel()))
        tensor.copy_(mean + width * values.reshape(tensor.shape))


def published_network(audiosep: Path) -> type:
    """HTSAT's class. Of its neighbours `utils.py` is not needed in inference, and imports much that need not be there."""
    folder = audiosep / "models/CLAP/open_clip"
    package = types.ModuleType("open_clip")
    package.__path__ = [str(folder)]
    utils = types.ModuleType("open_clip.utils")
    utils.do_mixup = None
    utils.interpolate = lambda x, ratio: x
    sys.modules |= {"open_clip": package, "open_clip.utils": utils}
    spec = importlib.util.spec_from_file_location("open_clip.htsat", folder / "htsat.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules["open_clip.htsat"] = module
    spec.loader.exec_module(module)
    return module.HTSAT_Swin_Transformer


def published_filling(audiosep: Path) -> types.FunctionType:
    """`get_audio_features` alone; the mel spectrogram for fusion, which nothing reads without it, is left empty."""
    source = (audiosep / "models/CLAP/training/data.py").read_text()
    function = next(
        node
        for node in ast.parse(source).body
        if isinstance(node, ast.FunctionDef) and node.name == "get_audio_features"
    )
    names = {"torch": torch, "np": np, "F": F, "get_mel": lambda audio, config: torch.zeros(1)}
    exec(compile(ast.Module([function], []), "data.py", "exec"), names)
    return names["get_audio_features"]


@torch.no_grad()
def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("audiosep", type=Path, help="a checkout of github.com/Audio-AGI/AudioSep (944583f)")
    parser.add_argument("out", type=Path, help="models/tests/fixtures/htsat_small_io.safetensors")
    parser.add_argument("--full", action="store_true", help="the published size: htsat_full_io.safetensors")
    arguments = parser.parse_args()
    shape = FULL if arguments.full else SMALL
    network = published_network(arguments.audiosep)
    branch = network(spec_size=256, window_size=8, config=CONFIG, enable_fusion=False, **shape).eval()
    width = shape["embed_dim"] * 8
    projection = torch.nn.Sequential(torch.nn.Linear(width, 512), torch.nn.ReLU(), torch.nn.Linear(512, 512))
    weights(branch, "audio_branch")
    weights(projection, "audio_projection")

    def query(waveform: torch.Tensor) -> torch.Tensor:
        embedding = branch({"waveform": waveform[None]}, device="cpu")["embedding"]
        kept.setdefault("embedding", embedding[0].clone())
        return F.normalize(projection(embedding), dim=-1)[0]

    kept: dict[str, torch.Tensor] = {}

    def keep(name: str, choose):
        def hook(module, given, output):
            kept.setdefault(name, choose(output).clone())

        return hook

    def tokens(output) -> torch.Tensor:
        output = output[0] if isinstance(output, tuple) else output
        return output[0, :: output.shape[1] // 8]

    branch.logmel_extractor.register_forward_hook(keep("log_mel", lambda x: x[0, 0, [0, 500, 1000]]))
    reshape = branch.reshape_wav2img
    picture = keep("picture", lambda x: x[0, 0, :, :64].contiguous())

    def reshape_seen(x: torch.Tensor) -> torch.Tensor:
        image = reshape(x)
        picture(None, None, image)
        return image

    branch.reshape_wav2img = reshape_seen
    branch.patch_embed.register_forward_hook(keep("patches", tokens))
    for index, layer in enumerate(branch.layers):
        layer.register_forward_hook(keep(f"stage.{index}", tokens))

    wave = torch.from_numpy(uniform("waveform", SAMPLES)) * 0.1
    kept["query"] = query(wave)
    if arguments.full:
        kept = {"query": kept["query"]}
    else:
        short = torch.from_numpy(uniform("short waveform", SHORT)) * 0.1
        fill = published_filling(arguments.audiosep)
        filled = fill({}, short, SAMPLES, "fusion", "repeatpad", vars(CONFIG))["waveform"]
        kept["short.query"] = query(filled)
        kept["melW"] = branch.logmel_extractor.melW
    for name, tensor in kept.items():
        print(f"{name:12} {tuple(tensor.shape)}  {tensor.abs().mean():.4f}")
    save_file({name: tensor.contiguous() for name, tensor in kept.items()}, arguments.out)


if __name__ == "__main__":
    main()
