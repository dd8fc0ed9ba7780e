"""Writes the golden fixture of CLAP's text tower: what Hugging Face's RoBERTa computes on a small network.

The tower is RoBERTa with its pooler and LAION-CLAP's projection to a vector of unit norm, three layers of two heads. Its
weights are computed from their names (see `uniform`), so that the fixture holds no weights: only the tokenizer, a
byte-level BPE of a few merges, and for every text its token ids and its embedding. As in the published code texts are
padded to 512 tokens, cut there, and encoded two at a time.
"""

import argparse
import json
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from tokenizers import AddedToken
from transformers import RobertaConfig, RobertaModel, RobertaTokenizer

MAX_TOKENS = 512
PROJECTION = 512
HIDDEN, LAYERS, INNER = 128, 3, 256

TEXTS = [
    "a dog barking",
    "The sound of hitting the keyboard",
    "Crème brûlée — 雨音",
    "x",
    "water  drops\n",
    "It's 3 o'clock, isn't it? 12.5%",
    "🐕 barks\u200b\tloudly ",
    "two <pad> paddings <pad> and a <mask> in it</s>",
    "rain on the roof " * 200,
]

MERGES = """
a r|h e|Ġ t|i n|Ġ a|e r|o n|r e|Ġt he|Ġ s|o u|in g|ou n|oun d|Ġs ound|o r|e n|Ġ b|Ġb ar|k ing|Ġbar king|Ġ d|o g|Ġd og
Ġ r|a in|Ġr ain|Ġ o|Ġo n|o o|oo f|r oo|Ġ k|e y|Ġk ey|T he|' t|' s|t er|w a|wa ter|Ġ Ġ|Ã ¨|Ã ©|â Ģ
"""


def uniform(name: str, count: int) -> np.ndarray:
    """Values in -1..1 that depend on the name alone: FNV-1a of the name, then splitmix64 of a counter."""
    seed = 0xCBF29CE484222325
    for byte in name.encode():
        seed = ((seed ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    z = np.uint64(seed) + np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z ^= z >> np.uint64(31)
    return ((z >> np.uint64(40)).astype(np.float64) / 2**23 - 1).astype(np.float32)


def weights(module: torch.nn.Module, prefix: str) -> None:
    """Replaces a module's weights by those that their names give."""
    for name, tensor in module.state_dict().items():
        if name.endswith(("position_ids", "token_type_ids")):
            continue
        values = torch.from_numpy(uniform(f"{prefix}.{name}", tensor.numel())).reshape(tensor.shape)
        if name.endswith("LayerNorm.weight"):
            values = 1 + 0.1 * values
        elif name.endswith("bias") or "embeddings." in name:
            values = 0.05 * values
        else:
            values = (3 / tensor.shape[1]) ** 0.5 * values
        tensor.copy_(values)


def byte_symbols() -> list[str]:
    """The character that stands for each byte in a byte-level BPE."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in printable]
    return [chr(byte) for byte in printable] + [chr(256 + index) for index in range(len(others))]


def tokenizer() -> RobertaTokenizer:
    merges = [tuple(merge.split(" ")) for line in MERGES.split("\n") for merge in line.split("|") if merge]
    tokens = ["<s>", "<pad>", "</s>", "<unk>", *byte_symbols(), *("".join(merge) for merge in merges), "<mask>"]
    vocabulary = {token: index for index, token in enumerate(tokens)}
    # As roberta-base's own files say.
    mask = AddedToken("<mask>", lstrip=True, special=True)
    return RobertaTokenizer(vocabulary, merges, mask_token=mask)


@torch.no_grad()
def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path, help="models/tests/fixtures/clap_small_io.safetensors")
    out = parser.parse_args().out

    words = tokenizer()
    config = RobertaConfig(
        vocab_size=len(words),
        hidden_size=HIDDEN,
        num_hidden_layers=LAYERS,
        num_attention_heads=HIDDEN // 64,
        intermediate_size=INNER,
        max_position_embeddings=MAX_TOKENS + 2,
        type_vocab_size=1,
        layer_norm_eps=1e-5,
        pad_token_id=1,
        bos_token_id=0,
        eos_token_id=2,
    )
    branch = RobertaModel(config).eval()
    projection = torch.nn.Sequential(
        torch.nn.Linear(HIDDEN, PROJECTION), torch.nn.ReLU(), torch.nn.Linear(PROJECTION, PROJECTION)
    )
    weights(branch, "query_encoder.model.text_branch")
    weights(projection, "query_encoder.model.text_projection")

    tensors = {"tokenizer": torch.tensor(list(words.backend_tokenizer.to_str().encode()), dtype=torch.uint8)}
    for index, text in enumerate(TEXTS):
        given = words(
            [text, text], padding="max_length", truncation=True, max_length=MAX_TOKENS, return_tensors="pt"
        )
        pooled = branch(input_ids=given["input_ids"], attention_mask=given["attention_mask"]).pooler_output
        embedding = torch.nn.functional.normalize(projection(pooled), dim=-1)[0]
        length = int(given["attention_mask"][0].sum())
        tensors[f"{index}.ids"] = given["input_ids"][0, :length].contiguous()
        tensors[f"{index}.embedding"] = embedding.contiguous()
        print(f"{length:4} tokens  {text[:60]!r}")
    save_file(tensors, out, metadata={"texts": json.dumps(TEXTS)})


if __name__ == "__main__":
    main()
