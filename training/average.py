"""Averages the weights of runs that began with the same ones: the mean is often better than each, on sounds that nobody chose by most.

    python average.py RUN/checkpoint.pt OTHER/checkpoint.pt --shares 0.5 0.5 --out averaged.pt

A part that some of them lack is the mean of those that have it; steps and seconds are the last one's. A released `.safetensors`
may be among them, but for the last: it grows to the last one's network (`grow.py`). `export.py` and `card.py` read the result
as a run's checkpoint.
"""

import argparse
import json
from pathlib import Path

import torch

import grow
from model import config_from


def average(checkpoints: list[dict], shares: list[float]) -> dict:
    """The last of `checkpoints` with the weighted mean of the weights of all. Shares add up to 1."""
    last = checkpoints[-1]

    def mean(name: str, of: str, like: torch.Tensor) -> torch.Tensor:
        states = [(share, checkpoint.get(of, {}).get(name)) for share, checkpoint in zip(shares, checkpoints)]
        fitting = [(share, tensor) for share, tensor in states if tensor is not None and tensor.shape == like.shape]
        total = sum(share for share, _ in fitting)
        return (sum(share * tensor.float() for share, tensor in fitting) / total).to(like.dtype)

    whole = {name: last[name] for name in ("config", "step", "seconds")}
    return whole | {of: {name: mean(name, of, like) for name, like in last[of].items()} for of in ("mean", "ears")}


def read(path: Path, config: str) -> dict:
    """A run's checkpoint, or a released model as a network of `config`."""
    if path.suffix == ".safetensors":
        network = grow.grown(grow.read(path), config_from(json.loads(config)))
        return {"mean": network.state_dict(), "ears": grow.read_ears(path)}
    return torch.load(path, weights_only=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoints", type=Path, nargs="+")
    parser.add_argument("--shares", type=float, nargs="+", help="of each, 1 in all; equal ones if not given")
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    shares = args.shares or [1 / len(args.checkpoints)] * len(args.checkpoints)
    if len(shares) != len(args.checkpoints) or abs(sum(shares) - 1) > 1e-6:
        parser.error(f"--shares are {shares}; there must be one for each of {len(args.checkpoints)} checkpoints, 1 in all.")
    config = torch.load(args.checkpoints[-1], weights_only=True)["config"]
    torch.save(average([read(path, config) for path in args.checkpoints], shares), args.out)


if __name__ == "__main__":
    main()
