"""Batches of mixtures for training, from this process or from several."""

from pathlib import Path

import torch

from mixtures import Mixer
from pack import Pack


class Batches(torch.utils.data.IterableDataset):
    """Batches of a cache's training clips without end."""

    def __init__(self, cache: Path, seed: list[int], pool: int, size: int, frames: int):
        self.cache, self.seed, self.pool, self.size, self.frames = cache, seed, pool, size, frames

    def __iter__(self):
        worker = torch.utils.data.get_worker_info()
        seed = self.seed if worker is None else [*self.seed, worker.id]
        mixer = Mixer(Pack(self.cache, "train"), seed, pool=self.pool, frames=self.frames)
        while True:
            yield mixer.batch(self.size)

    def iterator(self, workers: int):
        """From so many processes in turn, always in the same order; from this one where there are none."""
        return iter(torch.utils.data.DataLoader(self, batch_size=None, num_workers=workers) if workers else self)
