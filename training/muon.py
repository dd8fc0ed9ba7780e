"""Muon: momentum whose matrices are orthogonalised before they are followed (Jordan et al., 2024)."""

import torch

STEPS = 3
"""Newton-Schulz steps. Three lift all but the faintest directions; each costs three matrix products."""
QUINTIC = (3.4445, -4.7750, 2.0315)
"""Coefficients of the iteration, chosen by its authors for a steep rise from zero."""


def orthogonal(matrix: torch.Tensor) -> torch.Tensor:
    """Nearly the nearest matrix of orthonormal rows (or columns, where it is taller than wide)."""
    linear, cubic, quintic = QUINTIC
    x = matrix / (matrix.norm() + 1e-12)
    tall = x.shape[0] > x.shape[1]
    x = x.T if tall else x
    for _ in range(STEPS):
        gram = x @ x.T
        x = linear * x + torch.addmm(gram, gram, gram, beta=cubic, alpha=quintic) @ x
    return x.T if tall else x


class Muon(torch.optim.Optimizer):
    """For tensors read as matrices `[first dimension, all others]`. Updates are scaled to an RMS of 0.2 of the rate, about
    that of Adam's."""

    def __init__(self, parameters, lr: float, momentum: float = 0.95, weight_decay: float = 0.02):
        super().__init__(parameters, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self) -> None:
        for group in self.param_groups:
            for tensor in group["params"]:
                if tensor.grad is None:  # of the half that does not learn yet
                    continue
                state = self.state[tensor]
                if not state:
                    state["momentum"] = torch.zeros_like(tensor)
                state["momentum"].lerp_(tensor.grad, 1 - group["momentum"])
                update = torch.lerp(tensor.grad, state["momentum"], group["momentum"]).flatten(1)
                scale = 0.2 * max(update.shape) ** 0.5
                tensor.mul_(1 - group["lr"] * group["weight_decay"])
                tensor.add_(orthogonal(update).view_as(tensor), alpha=-group["lr"] * scale)
