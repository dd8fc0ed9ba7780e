"""Averages the weights of runs that began with the same ones: the mean is often better than each, on sounds that nobody chose by most.

    python average.py RUN/checkpoint.pt OTHER/checkpoint.pt --shares 0.5 0.5 --out averaged.pt

What only the last of them has (a part that the others did not learn) is taken from it, and so are its steps and seconds; `export.py`
and `card.py` read the result as a run's checkpoint.
"""

import argparse
from pathlib import Path

import torch


def average(checkpoints: list[dict], shares: list[float]) -> dict:
    """The last of `checkpoints` with the weighted mean of the weights that all have. Shares add up to 1."""
    last = checkpoints[-1]

    def mean(part: str) -> dict:
        states = [checkpoint[part] for checkpoint in checkpoints]
        return {
            name: sum(share * state[name].float() for share, state in zip(shares, states)).to(tensor.dtype)
            if all(name in state and state[name].shape == tensor.shape for state in states)
            else tensor
            for name, tensor in last[part].items()
        }

    return {name: last[name] for name in ("config", "step", "seconds")} | {part: mean(part) for part in ("mean", "ears")}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoints", type=Path, nargs="+")
    parser.add_argument("--shares", type=float, nargs="+", help="of each, 1 in all; equal ones if not given")
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    shares = args.shares or [1 / len(args.checkpoints)] * len(args.checkpoints)
    if len(shares) != len(args.checkpoints) or abs(sum(shares) - 1) > 1e-6:
        parser.error(f"--shares are {shares}; there must be one for each of {len(args.checkpoints)} checkpoints, 1 in all.")
    torch.save(average([torch.load(path, weights_only=True) for path in args.checkpoints], shares), args.out)


if __name__ == "__main__":
    main()
