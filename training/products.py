"""Products of many small matrices on a processor."""

import numpy as np
import torch


class _Product(torch.autograd.Function):
    @staticmethod
    def forward(ctx, left, right):
        ctx.save_for_backward(left, right)
        return _of(left, right)

    @staticmethod
    def backward(ctx, gradient):
        left, right = ctx.saved_tensors
        return _of(gradient, right.transpose(-1, -2)), _of(left.transpose(-1, -2), gradient)


def _of(left, right):
    return torch.from_numpy(np.matmul(left.detach().numpy(), right.detach().numpy()))


def product(left, right):
    """`left @ right`, [..., n, k] and [..., k, m]. PyTorch hands small matrices to a BLAS without batches one by one, each
    at the price of an operation: 10,240 products of 16 × 16 took 22 ms, and take 5 through NumPy."""
    return _Product.apply(left, right) if left.device.type == "cpu" and left.dtype == right.dtype == torch.float32 else left @ right
