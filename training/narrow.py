"""A network that learns in single precision and computes in bfloat16, on a processor."""

import torch

try:
    from torch.func import functional_call
except ImportError:  # PyTorch before 2.0
    from torch.nn.utils.stateless import functional_call


class _Call(torch.nn.Module):
    """`function` as the forward pass of a module that holds `model`: what `functional_call` wants."""

    def __init__(self, model: torch.nn.Module, function):
        super().__init__()
        self.model, self.function = model, function

    def forward(self, *inputs):
        return self.function(*inputs)


def narrow(model: torch.nn.Module, function):
    """`function`, which computes with `model`, on inputs and weights in bfloat16. What learns stays in single precision, and so do the gradients that
    reach it. `torch.autocast` keeps what lies between two layers in single precision, and copies it to and fro for a third of the time."""
    call = _Call(model, function)

    def narrowed(*inputs):
        weights = {name: weight.bfloat16() for name, weight in call.named_parameters()}
        return functional_call(call, weights, tuple(part.bfloat16() for part in inputs))

    return narrowed
