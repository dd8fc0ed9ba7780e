"""What the half of the network that knows no query says of a sound: its name, what one would say of it, and, where a teacher
listened to the clips (`teacher.py`), what that heard in them."""

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from model import STEP
from pack import Pack

LOUDNESS = 0.3  # of the power, in what a step counts for
TEACHING = 0.5  # weight of the teacher's


def group_meanings(pack: Pack) -> torch.Tensor:
    """`[groups, 384]` of unit norm: the mean of each group's captions, as queries."""
    means = [np.mean([pack.embedding[caption] for caption in pack.captions[group]], 0) for group in pack.groups]
    return F.normalize(torch.from_numpy(np.stack(means).astype(np.float32)), dim=-1)


def loudness(power: torch.Tensor) -> torch.Tensor:
    """What steps count for: `power` [..., steps] to at most 1, reached at the mean."""
    return (power / power.mean(-1, keepdim=True).clamp_min(1e-9)).clamp(0, 1).pow(LOUDNESS)


def meaning(said: torch.Tensor, power: torch.Tensor) -> torch.Tensor:
    """The query that a whole sound would answer to: `said` [steps, condition_size] of `Ears.said`, `power` [steps]."""
    return F.normalize((loudness(power)[:, None] * said).sum(0), dim=-1)


class Ears(nn.Module):
    """Two readings of a step, before the network hears a query: which of the training's groups sounds, and a vector in the
    space of the queries. The second is learnt by contrast with what all groups mean, near ones included, and so says of
    a sound that nobody named which query it would answer to: a released model holds it as `ears`, and a sound can be a query."""

    def __init__(self, channels: int, meanings: torch.Tensor, tags: int = 0):
        """`tags`: how many a teacher gives of each clip."""
        super().__init__()
        self.register_buffer("meanings", meanings, persistent=False)
        self.names = nn.Linear(channels, len(meanings))
        self.says = nn.Linear(channels, meanings.shape[1])
        self.tags = nn.Linear(channels, tags) if tags else None
        self.contrast = nn.Parameter(torch.tensor(10.0).log())
        if tags:
            nn.init.constant_(self.tags.bias, -5.0)  # nearly all of them are silent in any clip

    def said(self, x):
        """`x` [..., channels] to vectors of unit norm in the space of the queries."""
        return F.normalize(self.says(x), dim=-1)

    def forward(self, x, batch):
        """The mean of both readings' cross-entropy with the two groups, each by its share of the power; quiet steps count for
        less; and the teacher's likewise. `x` [mixtures, steps, channels]; `heard`, `group` and `tags` of
        `mixtures.Mixer.batch`."""
        heard = batch["heard"].unflatten(-1, (-1, STEP)).sum(-1)
        weight = loudness(heard.sum(0))
        share = heard / heard.sum(0).clamp_min(1e-9)
        contrast = self.contrast.exp().clamp_max(100)
        losses = []
        for logits in (self.names(x), contrast * self.said(x) @ self.meanings.T):
            chances = logits.log_softmax(-1)
            chosen = batch["group"][:, :, None, None].expand(-1, -1, x.shape[1], 1)
            named = torch.stack([chances.gather(-1, groups)[..., 0] for groups in chosen])
            losses.append(-((share * named).sum(0) * weight).sum() / weight.sum())
        loss = sum(losses) / len(losses)
        if self.tags is not None:
            taught = torch.einsum("nms,nmt->mst", share, batch["tags"])
            unlike = F.binary_cross_entropy_with_logits(self.tags(x), taught, reduction="none").sum(-1)
            loss = loss + TEACHING * (unlike * weight).sum() / weight.sum()
        return loss


def from_state(state: dict, channels: int, pack: Pack) -> Ears:
    """Those of a checkpoint of a run that learnt from `pack`."""
    ears = Ears(channels, group_meanings(pack), len(state.get("tags.bias", [])))
    ears.load_state_dict(state)
    return ears
