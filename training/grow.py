"""A larger network that begins with what a smaller one knows: at first it gives the same gains."""

import json
from pathlib import Path

import torch
from safetensors import safe_open

from model import BandMask, Config, config_from


def read(path: Path) -> BandMask:
    """A network that `export.py` wrote, in single precision, at the sharpness it was trained at."""
    with safe_open(str(path), "pt") as file:
        config = config_from(json.loads(file.metadata()["config"]))
        config.sharpness = 1.0
        model = BandMask(config)
        model.load_state_dict({name: file.get_tensor(name).float() for name in model.state_dict()})
    return model


def read_ears(path: Path) -> dict:
    """Of the ears of a network that `export.py` wrote what it kept, by the names of `ears.Ears`; nothing where it has none."""
    with safe_open(str(path), "pt") as file:
        stored = {name: "says." + name.removeprefix("ears.") for name in file.keys() if name.startswith("ears.")}
        return {ours: file.get_tensor(name).float() for name, ours in stored.items()}


@torch.no_grad()
def grown(small: BandMask, config: Config) -> BandMask:
    """A network of `config` with the weights of `small`. It may have blocks and listeners between those of `small`, whose
    share of the sum begins at zero, and more channels on the coarsest map of the way up, which nothing reads at first;
    all else must be equal, else a `ValueError` says what is not."""
    model, before = BandMask(config), small.config
    ours, theirs = model.state_dict(), small.state_dict()
    old, new = before.gains[2], config.gains[2]
    # Their channels of the coarsest map among ours: of every band, of both halves of FiLM, and of what reads the map.
    wider = {
        "unflat.weight": lambda t: t.view(-1, new, config.channels)[:, :old].flatten(0, 1),
        "unflat.bias": lambda t: t.view(-1, new)[:, :old].flatten(),
        "skip3.weight": lambda t: t[:old],
        "skip3.bias": lambda t: t[:old],
        "film3.weight": lambda t: t.view(2, new, -1)[:, :old].flatten(0, 1),
        "film3.bias": lambda t: t.view(2, new)[:, :old].flatten(),
        "up3.weight": lambda t: t[..., :old],
    }
    model.up3.weight[..., old:] = 0.0
    heard = before.listener.dilations
    if config.listener.dilations[: len(heard)] != heard:
        raise ValueError(f"the old network listens at dilations {heard}; the new one must begin with those, and has {config.listener.dilations}")
    for listen, across in zip(model.listen, model.across):
        for part in (listen, across):
            part.out.weight.zero_()
    rest = list(enumerate(before.blocks))
    names = {}
    for at, block in enumerate(config.blocks):
        if rest and rest[0][1] == block:
            number, _ = rest.pop(0)
            prefix = f"blocks.{number}."
            names |= {name: f"blocks.{at}." + name.removeprefix(prefix) for name in theirs if name.startswith(prefix)}
        else:
            model.blocks[at].out.weight.zero_()
    if rest:
        raise ValueError(f"the new network lacks a block of dilation {rest[0][1].dilation}, which the old one has")
    for name, tensor in theirs.items():
        target = ours[names.get(name, name)]
        if name in wider and new > old:
            index = torch.arange(target.numel()).view_as(target)
            target.view(-1)[wider[name](index).flatten()] = tensor.flatten()
        elif target.shape == tensor.shape:
            target.copy_(tensor)
        else:
            raise ValueError(f"{name} is {list(tensor.shape)}; the new network has {list(target.shape)}")
    return model
