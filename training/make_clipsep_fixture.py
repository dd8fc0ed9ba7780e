"""Writes the golden fixture of CLIPSep-NIT: what Sony's published code computes on a small network.

The classes and the warping of the spectrogram are taken unchanged from a checkout of github.com/sony/CLIPSep; only the U-Net is
narrower. The weights, the magnitudes and the query are computed from their names (see `uniform`), so that the fixture holds none
of them: the warped logarithms, what every step of the U-Net gives at one frame, the logits, and the mask of the 513 bins.
"""

import argparse
import sys
import types
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import save_file

CHANNELS, DOWNS, NGF = 32, 7, 4
BINS, FRAMES, QUERY = 513, 256, 512
COLUMNS = slice(3, None, 32)


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
    """Mean and half width of a tensor's values: such that signals keep their power."""
    if name.endswith("running_mean"):
        return 0, 0.1
    if name.endswith("running_var"):
        return 1, 0.4
    if name.endswith("bias"):
        return 0, 0.1
    if name.endswith("scale"):
        return 0, 1
    if len(shape) == 1:
        return 1, 0.3
    return 0, (3 / np.prod(shape[1:])) ** 0.5


@torch.no_grad()
def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("clipsep", type=Path, help="a checkout of github.com/sony/CLIPSep (22b6f91)")
    parser.add_argument("out", type=Path, help="models/tests/fixtures/clipsep_small_io.safetensors")
    arguments = parser.parse_args()
    # Its helpers import what only training and pictures of results need.
    sys.modules |= {name: types.ModuleType(name) for name in ("cv2", "librosa")}
    sys.path.insert(0, str(arguments.clipsep / "clipsep"))
    import clipsep
    import utils

    network = clipsep.CLIPPITSepV4(2, DOWNS, CHANNELS)
    network.sound_net = clipsep.UNet(1, CHANNELS, DOWNS, ngf=NGF)
    network.eval()
    for name, tensor in network.state_dict().items():
        if name.endswith("num_batches_tracked"):
            continue
        mean, width = spread(name, tensor.shape)
        values = torch.from_numpy(uniform(f"clipsep.{name}", tensor.numel()))
        tensor.copy_(mean + width * values.reshape(tensor.shape))

    kept: dict[str, torch.Tensor] = {}

    def keep(module: torch.nn.Module, name: str) -> None:
        def hook(module, given, output) -> None:
            # [rows, channels] at the frame in the middle, before the next layer changes it in place.
            kept[name] = output[0, :, :, output.shape[3] // 2].T.clone()

        module.register_forward_hook(hook)

    block, level = network.sound_net.unet_block, 0
    while True:
        inner = [part for part in block.model if isinstance(part, clipsep.UNetBlock)]
        layers = [part for part in block.model if isinstance(part, (torch.nn.Conv2d, torch.nn.BatchNorm2d))]
        down = [layer for layer in layers if layer is layers[0] or (inner and level > 0 and layer is layers[1])]
        keep(down[-1], f"down.{level}")
        keep(layers[-1], f"up.{level}")
        if not inner:
            break
        block, level = inner[0], level + 1

    def keep_warped(module, given, output) -> None:
        kept["warped"] = output[0, 0, :, COLUMNS].T.clone()

    network.sound_net.bn0.register_forward_hook(keep_warped)
    magnitudes = torch.from_numpy(uniform("magnitudes", BINS * FRAMES)).reshape(FRAMES, BINS).T
    # None of them near 0: the grid lies a little beside the frames, as its places are rounded, and a logarithm would show it.
    magnitudes = (0.1 + 10 * magnitudes * magnitudes)[None, None]
    query = torch.from_numpy(uniform("query", QUERY))[None]
    logits = network.infer(magnitudes, [query])[0][0]
    mask = torch.sigmoid(logits)
    # As `recover_wav` of the published `infer.py` takes it back to the bins, without its threshold.
    grid = torch.from_numpy(utils.warpgrid(1, BINS, FRAMES, warp=False))
    bins = F.grid_sample(mask, grid, align_corners=True)
    kept["logits"] = logits[0, 0, :, COLUMNS].T
    kept["mask"] = bins[0, 0, :, COLUMNS].T
    for name, tensor in kept.items():
        print(f"{name:10} {tuple(tensor.shape)}  {tensor.abs().mean():.4f}  {tensor.std():.4f}")
    save_file({name: tensor.contiguous() for name, tensor in kept.items()}, arguments.out)


if __name__ == "__main__":
    main()
