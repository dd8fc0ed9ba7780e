"""The bundled separator: a U-Net along frequency around dilated convolutions in time, steered by the query.

Three small convolutions, shared along frequency, turn the powers of 128 bands into maps of 64, 32 and 16 bands and halve
the frame rate. What a step of two frames holds then goes through dilated convolutions; the first look ahead and do not
know the query, the later ones look only back and do. A decoder goes back up to one gain a band and frame, with the
maps of the way down beside it. Before it does, blocks of its own go through the coarsest of those maps band by band: a
dilated convolution in time, then attention across the bands of a step, both steered by the query. Everything a stream must
keep is the past columns of each layer's input, and what it depends on has an end: a stream that begins anywhere has the same
bits as one that began with the sound as soon as it has read its context. A recurrent layer would have neither. The Rust
twin is `models/src/band_mask`.
"""

from dataclasses import asdict, dataclass, field

import torch
from torch import nn
from torch.nn import functional as F

import bands
from products import product

STEP = 2  # frames of a step


@dataclass
class Block:
    """A convolution of three taps `dilation` steps apart; the last tap is `ahead` steps after the output."""

    dilation: int
    ahead: int
    film: bool


@dataclass
class Listener:
    """What looks at every band by itself, before the way up: dilations in steps of the convolutions in time, each followed
    by attention across bands of so many heads. They look only back."""

    dilations: list[int] = field(default_factory=list)
    heads: int = 4


@dataclass
class Vocabulary:
    """How a released model draws queries to the texts that it knows: so many captions, and for each group of sounds so many
    other wordings, and what the groups are called. See `draw_near`."""

    captions: int = 0
    wordings: list[int] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)
    own: float = 0.3
    temperature: float = 0.02


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
    maps: list[int] = field(default_factory=lambda: [16, 48, 64])
    channels: int = 256
    blocks: list[Block] = field(
        default_factory=lambda: [Block(1, 1, False), Block(1, 1, False), Block(2, 2, False)]
        + [Block(d, 0, False) for d in (4, 8, 12, 20)]
        + [Block(d, 0, True) for d in (1, 2, 4, 16)]
    )
    gains: list[int] = field(default_factory=lambda: [16, 32, 64])
    listener: Listener = field(default_factory=lambda: Listener([1, 4, 12]))
    sharpness: float = 1.0  # what the gains are raised to; a released model may be surer than it was trained to be
    vocabulary: Vocabulary = field(default_factory=Vocabulary)
    ears: bool = False  # whether a released model has them: see `ears.py`
    presence: bool = True  # whether it says of each step if what is asked for sounds

    def json(self) -> dict:
        return asdict(self)

    @property
    def bands(self) -> int:
        return len(self.band_edges) - 1


def config_from(json: dict) -> Config:
    """What `Config.json` gave."""
    parts = {"blocks": [Block(**block) for block in json["blocks"]], "vocabulary": Vocabulary(**json["vocabulary"])}
    # Networks of before had neither.
    parts["listener"] = Listener(**json.get("listener", {}))
    # A released model may have a detector beside it: see `detector.py`.
    return Config(**{"presence": False, **{name: value for name, value in json.items() if name != "detector"}, **parts})


def expand(texts, meanings, counts: list[int]):
    """What each of `texts` means: the captions come first, then the wordings of every group, so many as `counts` say."""
    captions = len(texts) - sum(counts)
    return torch.cat([texts[:captions], meanings.repeat_interleave(torch.tensor(counts, dtype=torch.long), 0)])


def draw_near(condition, known, meanings, vocabulary: Vocabulary):
    """`condition` [..., condition_size] of unit norm, nearer to what those `known` texts mean that it resembles, and of unit
    norm again. `known` and `meanings` [texts, condition_size] of unit norm: a caption means itself, another wording the
    mean of its group's captions."""
    shares = (condition @ known.T / vocabulary.temperature).softmax(-1)
    return F.normalize(vocabulary.own * condition + (1 - vocabulary.own) * shares @ meanings, dim=-1)


class RmsNorm(nn.Module):
    """Each step divided by the root mean square over its channels; the scale that follows is FiLM's or `gain`."""

    def __init__(self, channels: int):
        super().__init__()
        self.gain = nn.Parameter(torch.ones(channels))

    def forward(self, x):
        return x * torch.rsqrt(x.square().mean(-1, keepdim=True) + 1e-6) * self.gain


class ConvBlock(nn.Module):
    """x + Linear(SiLU(Conv(FiLM(norm(x))))). Steps outside the signal count as zeros at the convolution's input."""

    def __init__(self, config: Config, block: Block, channels: int):
        super().__init__()
        self.block = block
        self.norm = RmsNorm(channels)
        self.film = nn.Linear(config.query_size, 2 * channels) if block.film else None
        # [out, 3·in]: the taps' inputs side by side, oldest first.
        self.conv = nn.Linear(3 * channels, channels)
        self.out = nn.Linear(channels, channels)

    def forward(self, x, query, dropout: float):
        """`x` [batch, steps, channels] or [batch, steps, bands, channels], `query` [batch, query_size]."""
        h, inner = self.norm(x), (1,) * (x.dim() - 2)
        if self.film is not None:
            gamma, beta = self.film(query).unflatten(0, (-1, *inner)).chunk(2, -1)
            h = torch.addcmul(beta, h, 1 + gamma)
        steps, dilation, ahead = x.shape[1], self.block.dilation, self.block.ahead
        h = F.pad(h, (0, 0) * len(inner) + (2 * dilation - ahead, ahead))
        taps = [h[:, tap * dilation : tap * dilation + steps] for tap in range(3)]
        h = F.silu(self.conv(torch.cat(taps, -1)))
        return x + self.out(F.dropout(h, dropout, self.training) if dropout else h)


class Attention(nn.Module):
    """x + Linear(what each band gathers of the others), within a step. Scores are scaled products of queries and keys, and
    what each head prefers of a pair of bands whatever they hold."""

    def __init__(self, config: Config):
        super().__init__()
        channels, heads, low = config.gains[2], config.listener.heads, config.bands // 8
        self.heads = heads
        self.norm = RmsNorm(channels)
        self.film = nn.Linear(config.query_size, 2 * channels)
        # Queries, keys and values side by side, each head after head.
        self.read = nn.Linear(channels, 3 * channels)
        self.place = nn.Parameter(torch.zeros(heads, low, low))
        self.out = nn.Linear(channels, channels)

    def forward(self, x, query):
        """`x` [batch, steps, bands, channels], `query` [batch, query_size]."""
        gamma, beta = self.film(query)[:, None, None].chunk(2, -1)
        parts = self.read(torch.addcmul(beta, self.norm(x), 1 + gamma)).unflatten(-1, (3, self.heads, -1))
        asked, keys, values = parts.permute(3, 0, 1, 4, 2, 5)  # [batch, steps, heads, bands, channels of a head]
        scores = product(asked, keys.transpose(-1, -2)) / keys.shape[-1] ** 0.5 + self.place
        gathered = product(scores.softmax(-1), values).transpose(2, 3).flatten(-2)
        return x + self.out(gathered)


class Patches(nn.Module):
    """A convolution over `taps` frames back to the newest and `width` bands around each `stride`-th one, on tensors of
    `[batch, frames, bands, channels]`. Past frames and bands beyond the edges count as zeros.

    The weight is `[out, taps, width, in]`: a patch's values in the order in which they lie in memory."""

    def __init__(self, inputs: int, outputs: int, taps: int, width: int, stride: tuple[int, int] = (1, 1)):
        super().__init__()
        self.stride = stride
        self.weight = nn.Parameter(torch.randn(outputs, taps, width, inputs) / (taps * width * inputs) ** 0.5)
        self.bias = nn.Parameter(torch.zeros(outputs))

    def forward(self, x):
        taps, width = self.weight.shape[1:3]
        # A step ends with its newest frame.
        past, side = taps - self.stride[0], (width - 1) // 2
        x = F.pad(x, (0, 0, side, side, past, 0)).permute(0, 3, 1, 2)
        return F.conv2d(x, self.weight.permute(0, 3, 1, 2), self.bias, self.stride).permute(0, 2, 3, 1)


class BandMask(nn.Module):
    def __init__(self, config: Config):
        super().__init__()
        self.config = config
        first, second, third = config.maps
        fine, middle, coarse = config.gains
        low = config.bands // 8
        self.register_buffer("feature_mean", torch.zeros(config.bands))
        self.register_buffer("feature_scale", torch.ones(config.bands))
        self.down1 = Patches(1, first, 3, 5, (1, 2))
        # A convolution shared along frequency does not know where it is.
        self.place = nn.Parameter(torch.zeros(config.bands // 2, first))
        self.down2 = Patches(first, second, 4, 3, (STEP, 2))
        self.down3 = Patches(second, third, 3, 3, (1, 2))
        self.flat = nn.Linear(low * third, config.channels)
        self.query = nn.Linear(config.condition_size, config.query_size)
        self.blocks = nn.ModuleList(ConvBlock(config, block, config.channels) for block in config.blocks)
        self.norm = RmsNorm(config.channels)
        self.film = nn.Linear(config.query_size, 2 * config.channels)
        self.presence = nn.Linear(config.channels, 1) if config.presence else None
        self.unflat = nn.Linear(config.channels, low * coarse)
        self.skip3 = nn.Linear(third, coarse)
        self.film3 = nn.Linear(config.query_size, 2 * coarse)
        dilations = config.listener.dilations
        self.listen = nn.ModuleList(ConvBlock(config, Block(dilation, 0, True), coarse) for dilation in dilations)
        self.across = nn.ModuleList(Attention(config) for _ in dilations)
        # Each makes twice as many bands: the outputs of one band lie side by side.
        self.up3 = Patches(coarse, 2 * middle, 1, 3)
        self.skip2 = nn.Linear(second, middle)
        self.film2 = nn.Linear(config.query_size, 2 * middle)
        self.up2 = Patches(middle, STEP * 2 * fine, 1, 3)
        self.skip1 = nn.Linear(first, fine)
        self.up1 = Patches(fine, 2, 1, 3)
        self.bias = nn.Parameter(torch.zeros(config.bands))
        for block in [*self.blocks, *self.listen, *self.across]:
            nn.init.zeros_(block.out.bias)
            with torch.no_grad():
                block.out.weight.mul_(0.5)

    def features(self, mean_power):
        """`mean_power`: mean of |X|² over each band's bins, `[batch, frames, bands]`."""
        return (torch.log10(mean_power + self.config.power_floor) - self.feature_mean) * self.feature_scale

    def recognise(self, features):
        """What does not depend on the query: the three maps and, before the first block with FiLM, `[mixtures, steps,
        channels]`. `features` [mixtures, frames, bands], an even number of frames."""
        first = F.silu(self.down1(features.unsqueeze(-1)) + self.place)
        second = F.silu(self.down2(first))
        third = F.silu(self.down3(second))
        x = self.flat(third.flatten(2))
        for block in self.blocks:
            if block.film is not None:
                break
            x = block(x, None, 0.0)
        return (first, second, third), x

    def steer(self, x, condition, dropout: float = 0.0):
        """What each step holds of what is asked for, `[queries · mixtures, steps, channels]`, and the queries, `[queries ·
        mixtures, query_size]`. `condition` [queries, mixtures, condition_size] of unit norm."""
        query = F.silu(self.query(condition * self.config.condition_size**0.5)).flatten(0, 1)
        x = x.repeat(len(condition), 1, 1)
        for block in self.blocks:
            if block.film is not None:
                x = block(x, query, dropout)
        gamma, beta = self.film(query).unsqueeze(1).chunk(2, -1)
        return F.silu(torch.addcmul(beta, self.norm(x), 1 + gamma)), query

    def present(self, x, condition):
        """Whether what is asked for sounds, as logits, `[queries, mixtures, steps]`, of what `recognise` gave."""
        return self.presence(self.steer(x, condition)[0]).view(*condition.shape[:2], -1)

    def select(self, maps, x, condition, dropout: float = 0.0):
        """Gains in 0..1, `[queries, mixtures, frames, bands]`, and what `steer` gave of each step."""
        queries, mixtures, _ = condition.shape
        steered, query = self.steer(x, condition, dropout)
        x = self.unflat(steered)
        steps, low = x.shape[1], self.config.bands // 8
        skips = [skip(m) for skip, m in zip((self.skip1, self.skip2, self.skip3), maps)]
        x = self.join(x.unflatten(-1, (low, -1)), skips[2], self.film3(query))
        for listen, across in zip(self.listen, self.across):
            x = across(listen(x, query, 0.0), query)
        x = self.join(self.up3(x).reshape(queries * mixtures, steps, 2 * low, -1), skips[1], self.film2(query))
        x = self.up2(x).unflatten(-1, (STEP, -1)).transpose(2, 3)
        x = self.join(x.reshape(queries * mixtures, STEP * steps, 4 * low, -1), skips[0], None)
        logits = self.up1(x).reshape(queries, mixtures, STEP * steps, 8 * low) + self.bias
        return torch.sigmoid(logits) ** self.config.sharpness, steered

    def join(self, x, skip, film):
        """SiLU(FiLM(x + skip)), the skip the same for all queries."""
        mixtures = skip.shape[0]
        x = (x.unflatten(0, (-1, mixtures)) + skip).flatten(0, 1)
        if film is not None:
            gamma, beta = film[:, None, None].chunk(2, -1)
            x = torch.addcmul(beta, x, 1 + gamma)
        return F.silu(x)

    def forward(self, features, condition):
        maps, x = self.recognise(features)
        return self.select(maps, x, condition)[0]
