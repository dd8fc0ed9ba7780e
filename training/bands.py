"""The transform of the bundled model and what its network sees of it.

A frame's spectrum is grouped into bands; the network reads each band's power and answers with one real gain a band.
With such masks the error of an estimate needs no waveform: for a mixture X = S + O and a gain M per band,
sum |M·X − S|² = M²·Px − 2·M·C + Ps, with Px and Ps the band's power in X and S and C = Re(X·S*) summed over its bins.
"""

import torch

SAMPLE_RATE = 32_000
WINDOW = 1280  # samples, 40 ms
HOP = 640  # samples, 50 frames a second
BINS = WINDOW // 2 + 1
BANDS = 128
SINGLE_BINS = 64  # bands of one bin each, up to 1.6 kHz; above, widths grow in proportion to frequency


def band_edges() -> list[int]:
    """`BANDS + 1` bin indices from 0 to `BINS`; band b is bins edges[b]..edges[b + 1]."""
    edges = list(range(SINGLE_BINS + 1))
    wide = BANDS - SINGLE_BINS
    ratio = (BINS / SINGLE_BINS) ** (1 / wide)
    for step in range(1, wide + 1):
        edges.append(max(edges[-1] + 1, round(SINGLE_BINS * ratio**step)))
    edges[-1] = BINS
    assert len(edges) == BANDS + 1 and all(low < high for low, high in zip(edges, edges[1:]))
    return edges


def band_matrix() -> torch.Tensor:
    """`[BINS, BANDS]` of ones and zeros: sums bins into bands."""
    matrix = torch.zeros(BINS, BANDS)
    for band, (low, high) in enumerate(zip(band_edges(), band_edges()[1:])):
        matrix[low:high, band] = 1.0
    return matrix


def window() -> torch.Tensor:
    """Square root of the periodic Hann window: its square sums to one at this hop."""
    return torch.hann_window(WINDOW, periodic=True).sqrt()


def spectrum(waves: torch.Tensor) -> torch.Tensor:
    """`[batch, samples]` to `[batch, frames, BINS]`, complex, unscaled, frame t ending at sample (t + 1)·HOP:
    nothing before the first sample is known but silence, as in a stream."""
    padded = torch.nn.functional.pad(waves, (WINDOW - HOP, 0))
    return torch.fft.rfft(padded.unfold(-1, WINDOW, HOP) * window().to(waves.device))
