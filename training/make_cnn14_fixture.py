"""Writes the golden fixtures of Cnn14: what PANNs' published network and USS's published use of it compute.

`Cnn14` and `ConvBlock` are taken unchanged from a checkout of audioset_tagging_cnn, `calculate_query_emb` and what it calls from one
of uss; torchlibrosa 0.1.0 and librosa give the spectrogram. The weights are computed from their names (see `uniform`), so that the
fixtures hold none but the mel matrix: of a small network what every block gives, with `--full` of the published size what it gives.
"""

import argparse
import ast
import sys
import types
from pathlib import Path

import librosa
import numpy as np
import torch
from safetensors.torch import save_file

RATE = 32_000
SEGMENT = 2 * RATE
PREFIX = "query_net.base."
SMALL = [4, 8, 8, 16, 16, 32]
FULL = [64, 128, 256, 512, 1024, 2048]
CLASSES = 527
# Computed from nothing, or read by nothing in inference.
CONSTANT = ("melW", "num_batches_tracked")
UNREAD = "spectrogram_extractor."


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
    if name == "bn0.running_mean":
        return -30, 10
    if name == "bn0.running_var":
        return 75, 25
    if name.endswith("running_mean"):
        return 0, 0.1
    if name.endswith("running_var"):
        return 1, 0.4
    if name.endswith("bias"):
        return 0, 0.1
    if len(shape) == 1:
        return 1, 0.1
    return 0, (6 / np.prod(shape[1:])) ** 0.5


def weights(network: torch.nn.Module) -> None:
    """Replaces its weights by those that their names give."""
    for name, tensor in network.state_dict().items():
        if name.endswith(CONSTANT) or name.startswith(UNREAD):
            continue
        mean, width = spread(name, tensor.shape)
        values = torch.from_numpy(uniform(PREFIX + name, tensor.numel()))
        tensor.copy_(mean + width * values.reshape(tensor.shape))


def published(checkout: Path, file: str, wanted: list[str], names: dict) -> dict:
    """Functions and classes of a file, without what else is in it and in its neighbours."""
    body = ast.parse((checkout / file).read_text()).body
    nodes = [node for node in body if getattr(node, "name", None) in wanted]
    exec(compile(ast.Module(nodes, []), file, "exec"), names)
    return names


def published_network(panns: Path, channels: list[int]) -> torch.nn.Module:
    """Cnn14 with these channels; the published class builds its own first."""
    from torchlibrosa.augmentation import SpecAugmentation
    from torchlibrosa.stft import LogmelFilterBank, Spectrogram

    names = {
        "nn": torch.nn,
        "torch": torch,
        "F": torch.nn.functional,
        "Spectrogram": Spectrogram,
        "LogmelFilterBank": LogmelFilterBank,
        "SpecAugmentation": SpecAugmentation,
    }
    wanted = ["init_layer", "init_bn", "ConvBlock", "Cnn14"]
    names = published(panns, "pytorch/models.py", wanted, names)
    network = names["Cnn14"](RATE, 1024, 320, 64, 50, 14000, CLASSES)
    inputs = 1
    for index, outputs in enumerate(channels, 1):
        setattr(network, f"conv_block{index}", names["ConvBlock"](inputs, outputs))
        inputs = outputs
    network.fc1 = torch.nn.Linear(inputs, inputs)
    network.fc_audioset = torch.nn.Linear(inputs, CLASSES)
    return network.eval()


def published_query(uss: Path, clips: dict[str, np.ndarray]):
    """`calculate_query_emb`, which reads these clips as if they were files."""
    loader = types.SimpleNamespace(
        load=lambda path, sr, mono: (clips[path], sr), util=librosa.util
    )
    names = {"np": np, "torch": torch, "nn": torch.nn, "Path": Path, "librosa": loader}
    names |= {"List": list, "Dict": dict, "Union": types.UnionType}
    names["pl"] = types.SimpleNamespace(LightningModule=object)
    wanted = ["remove_silence", "get_active_frames", "repeat_to_length"]
    names = published(uss, "uss/utils.py", wanted, names)
    wanted = ["calculate_query_emb", "_do_query_in_minibatch"]
    return published(uss, "uss/inference.py", wanted, names)["calculate_query_emb"]


class QueryNet(torch.nn.Module):
    """Of `Cnn14_Wrapper` what inference calls; the class itself opens a checkpoint."""

    def __init__(self, base: torch.nn.Module, output: str) -> None:
        super().__init__()
        self.base, self.output = base, output

    def forward(self, source: torch.Tensor) -> dict:
        return {"output": self.base(source)[self.output]}


@torch.no_grad()
def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("panns", type=Path, help="a checkout of github.com/qiuqiangkong/audioset_tagging_cnn (d2f4b8c)")
    parser.add_argument("uss", type=Path, help="a checkout of github.com/bytedance/uss (c19e2c5)")
    parser.add_argument("out", type=Path, help="models/tests/fixtures/cnn14_small_io.safetensors")
    parser.add_argument("--full", action="store_true", help="the published size: cnn14_full_io.safetensors")
    arguments = parser.parse_args()
    network = published_network(arguments.panns, FULL if arguments.full else SMALL)
    weights(network)
    kept: dict[str, torch.Tensor] = {}

    def keep(name: str):
        def hook(module, given, output):
            kept.setdefault(name, output[0].clone())

        return hook

    network.logmel_extractor.register_forward_hook(keep("log_mel"))
    for index in range(1, 7):
        getattr(network, f"conv_block{index}").register_forward_hook(keep(f"block.{index}"))
    wave = torch.from_numpy(uniform("waveform", SEGMENT)) * 0.1
    output = network(wave[None])
    kept["embedding"] = output["embedding"][0]
    kept["probabilities"] = output["clipwise_output"][0]
    if arguments.full:
        kept = {name: kept[name] for name in ("embedding", "probabilities")}
    else:
        kept["log_mel"] = kept["log_mel"][0, [0, 100, 200]]
        for index in range(1, 7):
            block = kept[f"block.{index}"]
            kept[f"block.{index}"] = block[:, [0, block.shape[1] // 2, block.shape[1] - 1]]
        kept["melW"] = network.logmel_extractor.melW
        # Sound, silence, sound, and the beginning of a frame: 3.3 s of it are heard.
        clip = uniform("clip", 5 * RATE + 1234) * 0.1
        clip[RATE : 2 * RATE + 2 * RATE // 3] *= 0.01
        query = published_query(arguments.uss, {"clip": clip})
        for name, output in (("tags", "clipwise_output"), ("cnn14", "embedding")):
            module = types.SimpleNamespace(query_net=QueryNet(network, output))
            values = query(None, module, RATE, True, SEGMENT, query_paths=["clip"])
            kept[f"clip.{name}"] = torch.from_numpy(np.asarray(values, np.float32))
    for name, tensor in kept.items():
        print(f"{name:14} {tuple(tensor.shape)}  {tensor.abs().mean():.4f}", file=sys.stderr)
    save_file({name: tensor.contiguous() for name, tensor in kept.items()}, arguments.out)


if __name__ == "__main__":
    main()
