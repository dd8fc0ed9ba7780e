"""Whether what is asked for sounds: what a step is told to be, and how wrong a network is about it."""

import torch
from torch.nn import functional as F

from model import STEP

HEARD = 0.1  # of the other sounds' power: at least this much a sound is there, 10 dB below them
LOUD = 10**-2.5  # and of its own loudest step's


def sounding(heard: torch.Tensor, rest: torch.Tensor) -> torch.Tensor:
    """Whether a sound of power `heard` [..., frames] is there in each step, beside others of power `rest`: 1 or 0."""
    heard, rest = (power.unflatten(-1, (-1, STEP)).sum(-1) for power in (heard, rest))
    loud = heard > LOUD * heard.amax(-1, keepdim=True)
    return (loud & (heard > HEARD * rest)).float()


def presence_loss(logits: torch.Tensor, batch: dict) -> torch.Tensor:
    """The mean cross-entropy of `logits` [2 + OTHERS, mixtures, steps] with what sounds in a batch of `mixtures.Mixer`."""
    power = batch["power"].sum(-1)
    there = sounding(power, (batch["mixture"].sum(-1) - power).clamp_min(0))
    absent = torch.zeros_like(logits[len(there) :])
    return F.binary_cross_entropy_with_logits(logits, torch.cat([there, absent]))
