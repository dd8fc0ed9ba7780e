"""The bundled separator: dilated convolutions over the powers of bands, steered by the query, one gain a band.

Causal but for the first blocks, which look 1 + 2 + 4 = 7 frames (140 ms) ahead. Everything a stream must keep is the
past columns of each convolution's input. The Rust twin is `models/src/band_mask`.
"""

from dataclasses import asdict, dataclass, field

import torch
from torch import nn
from torch.nn import functional as F

import bands

DROPOUT = 0.1


@dataclass
class Block:
    """A convolution of three taps `dilation` frames apart; the last tap is `ahead` frames after the output."""

    dilation: int
    ahead: int
    film: bool


@dataclass
class Config:
    architecture: str = "band-mask"
    sample_rate: int = bands.SAMPLE_RATE
    window: int = bands.WINDOW
    hop: int = bands.HOP
    window_kind: str = "sqrt-hann"
    band_edges: list[int] = field(default_factory=bands.band_edges)
    power_floor: float = 1e-4
    encoder: str = "minilm"
    condition_size: int = 384
    query_size: int = 128
    channels: int = 192
    blocks: list[Block] = field(
        default_factory=lambda: [Block(d, d, False) for d in (1, 2, 4)]
        + [Block(d, 0, True) for d in (1, 2, 4, 8, 16, 32, 1)]
    )

    def json(self) -> dict:
        return asdict(self)


class RmsNorm(nn.Module):
    """Each frame divided by the root mean square over its channels; the scale that follows is FiLM's or `gain`."""

    def __init__(self, channels: int):
        super().__init__()
        self.gain = nn.Parameter(torch.ones(channels))

    def forward(self, x):
        return x * torch.rsqrt(x.square().mean(-1, keepdim=True) + 1e-6) * self.gain


class ConvBlock(nn.Module):
    """x + Linear(SiLU(Conv(FiLM(norm(x))))). Frames outside the signal count as zeros at the convolution's input."""

    def __init__(self, config: Config, block: Block):
        super().__init__()
        channels = config.channels
        self.block = block
        self.norm = RmsNorm(channels)
        self.film = nn.Linear(config.query_size, 2 * channels) if block.film else None
        # [out, 3·in]: the taps' inputs side by side, oldest first.
        self.conv = nn.Linear(3 * channels, channels)
        self.out = nn.Linear(channels, channels)

    def forward(self, x, query):
        """`x` [batch, frames, channels], `query` [batch, query_size]."""
        h = self.norm(x)
        if self.film is not None:
            gamma, beta = self.film(query).unsqueeze(1).chunk(2, -1)
            h = h * (1 + gamma) + beta
        frames, dilation, ahead = x.shape[1], self.block.dilation, self.block.ahead
        h = F.pad(h, (0, 0, 2 * dilation - ahead, ahead))
        taps = [h[:, tap * dilation : tap * dilation + frames] for tap in range(3)]
        h = F.dropout(F.silu(self.conv(torch.cat(taps, -1))), DROPOUT, self.training)
        return x + self.out(h)


class BandMask(nn.Module):
    def __init__(self, config: Config):
        super().__init__()
        self.config = config
        bands_count = len(config.band_edges) - 1
        self.register_buffer("feature_mean", torch.zeros(bands_count))
        self.register_buffer("feature_scale", torch.ones(bands_count))
        self.input = nn.Linear(bands_count, config.channels)
        self.query = nn.Linear(config.condition_size, config.query_size)
        self.blocks = nn.ModuleList(ConvBlock(config, block) for block in config.blocks)
        self.norm = RmsNorm(config.channels)
        self.film = nn.Linear(config.query_size, 2 * config.channels)
        self.output = nn.Linear(config.channels, bands_count)
        for block in self.blocks:
            nn.init.zeros_(block.out.bias)
            with torch.no_grad():
                block.out.weight.mul_(0.5)

    def features(self, mean_power):
        """`mean_power`: mean of |X|² over each band's bins, `[batch, frames, bands]`."""
        return (torch.log10(mean_power + self.config.power_floor) - self.feature_mean) * self.feature_scale

    def forward(self, features, condition):
        """`features` [mixtures, frames, bands]; `condition` [queries, mixtures, condition_size] of unit norm.
        Gains in 0..1, `[queries, mixtures, frames, bands]`. The blocks without FiLM run once for all queries."""
        queries, mixtures, _ = condition.shape
        query = F.silu(self.query(condition * self.config.condition_size**0.5)).flatten(0, 1)
        x, shared = self.input(features), True
        for block in self.blocks:
            if shared and block.film is not None:
                x, shared = x.repeat(queries, 1, 1), False
            x = block(x, query)
        gamma, beta = self.film(query).unsqueeze(1).chunk(2, -1)
        x = F.silu(self.norm(x) * (1 + gamma) + beta)
        return torch.sigmoid(self.output(x)).unflatten(0, (queries, mixtures))
