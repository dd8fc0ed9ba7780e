"""Whether what is asked for is to be heard at all, and when: a network that separates nothing.

It reads a mixture as the separator does, by a way down and the blocks before the first that a query steers, which begin as the
separator's; blocks after them look ahead, for `earmark find` has the whole sound. A step of `STEPS` of the network's is compared with the
query by a product. The Rust twin is `models/src/band_mask/detector.rs`.
"""

import copy
import json
from pathlib import Path

import torch
from safetensors import safe_open
from torch import nn

import grow
from model import STEP, BandMask, Block, ConvBlock

STEPS = 2  # of the network, that one thing is said of
AHEAD = [3, 6, 12]  # dilations of the blocks that are added, each of which looks as far ahead as back
FRAMES = STEPS * STEP  # of such a step
DESCENT = ("feature_mean", "feature_scale", "down1", "down2", "down3", "place", "flat")


class Detector(nn.Module):
    def __init__(self, separator: BandMask, ears: dict, dilations: list[int] = AHEAD):
        """Begun with a separator and what `grow.read_ears` gave of it: which query a step answers to is what its ears say."""
        super().__init__()
        config = separator.config
        self.base = copy.deepcopy(separator)
        for name, part in list(self.base.named_children()):
            if name not in DESCENT and name != "blocks":
                setattr(self.base, name, None)
        self.base.bias = None
        own = [block for block in config.blocks if not block.film]
        self.base.blocks = self.base.blocks[: len(own)]
        added = [Block(dilation, dilation, False) for dilation in dilations]
        self.added = nn.ModuleList(ConvBlock(config, block, config.channels) for block in added)
        for block in self.added:
            nn.init.zeros_(block.out.weight)
            nn.init.zeros_(block.out.bias)
        self.blocks = own + added
        self.along = nn.Linear(config.condition_size, config.channels)
        self.offset = nn.Linear(config.condition_size, 1)
        self.scale, self.shift = nn.Parameter(torch.tensor(1.0)), nn.Parameter(torch.tensor(-5.0))
        with torch.no_grad():
            if ears:
                self.along.weight.copy_(ears["says.weight"].T)
                self.offset.weight.copy_(ears["says.bias"][None])
            self.along.bias.zero_()
            self.offset.bias.zero_()

    def listen(self, features, dropout: float = 0.0):
        """`features` [mixtures, frames, bands], whole steps, to `[mixtures, steps, channels]`."""
        _, x = self.base.recognise(features)
        for block in self.added:
            x = block(x, None, dropout)
        return x.unflatten(1, (-1, STEPS)).mean(2)

    def compare(self, x, queries):
        """Logits of what each of `queries` [queries, condition_size] asks for being heard in each step, `[mixtures, steps, queries]`."""
        return self.scale * (x @ self.along(queries).T + self.offset(queries).T) + self.shift

    def forward(self, mean_power, queries):
        return self.compare(self.listen(self.base.features(mean_power)), queries)

    @torch.no_grad()
    def exported(self, slope: float = 1.0, intercept: float = 0.0) -> tuple[dict, dict]:
        """Tensors by the names of the Rust twin, and the config. Logits become `slope · logit + intercept`."""
        own = self.base.state_dict()
        tensors = {name: own[name] for name in own if name.split(".")[0] in DESCENT}
        for index, block in enumerate([*self.base.blocks, *self.added]):
            tensors |= {f"blocks.{index}.{name}": tensor for name, tensor in block.state_dict().items()}
        scale = slope * self.scale
        shift = slope * self.shift + intercept
        tensors["query.weight"] = scale * torch.cat([self.along.weight, self.offset.weight])
        tensors["query.bias"] = torch.cat([scale * self.along.bias, scale * self.offset.bias + shift])
        blocks = [{"dilation": block.dilation, "ahead": block.ahead, "film": False} for block in self.blocks]
        return {f"detector.{name}": tensor for name, tensor in tensors.items()}, {"blocks": blocks}


def begun(path: Path) -> Detector:
    """One that begins with a released separator, which has ears."""
    return Detector(grow.read(path), grow.read_ears(path))


def read_metadata(path: Path) -> dict:
    """The config of a released model."""
    with safe_open(str(path), "pt") as file:
        return json.loads(file.metadata()["config"])
