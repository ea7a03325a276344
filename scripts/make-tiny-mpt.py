#!/usr/bin/env python3
"""Writes a tiny model of the MPT architecture, with random weights and a vocabulary of single bytes.

It says nothing sensible; it shows that the engine runs the architecture (ALiBi positions, fused QKV, no biases).
Usage: make-tiny-mpt.py FILE.gguf      Needs the package `gguf`.
"""

import sys

try:
    import gguf
    import numpy
except ImportError as error:
    sys.exit(f"make-tiny-mpt.py needs the Python package gguf ({error}); try: pip install gguf")

LAYERS, WIDTH, HEADS, CONTEXT = 2, 64, 4, 512


def byte_names():
    """GPT-2's printable stand-ins for the 256 bytes, as byte-level BPE vocabularies spell them."""
    plain = [*range(ord("!"), ord("~") + 1), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    names = {byte: chr(byte) for byte in plain}
    hidden = [byte for byte in range(256) if byte not in names]
    names.update({byte: chr(0x100 + place) for place, byte in enumerate(hidden)})
    return [names[byte] for byte in range(256)]


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    writer = gguf.GGUFWriter(sys.argv[1], "mpt")
    writer.add_name("tiny random MPT")
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(4 * WIDTH)
    writer.add_head_count(HEADS)
    writer.add_layer_norm_eps(1e-5)
    writer.add_max_alibi_bias(8.0)

    tokens = ["<|endoftext|>", *byte_names()]
    kinds = [gguf.TokenType.CONTROL] + [gguf.TokenType.NORMAL] * 256
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("mpt")
    writer.add_token_list(tokens)
    writer.add_token_types(kinds)
    # A vocabulary has to have a merge; this one joins nothing that the tests write.
    writer.add_token_merges(["\u0100 \u0100"])
    writer.add_bos_token_id(0)
    writer.add_eos_token_id(0)

    random = numpy.random.default_rng(7)

    def weights(name, *shape):
        writer.add_tensor(name, random.normal(0.0, 0.2, shape).astype(numpy.float32))

    def norm(name):
        writer.add_tensor(name, numpy.ones(WIDTH, dtype=numpy.float32))

    weights("token_embd.weight", len(tokens), WIDTH)
    for layer in range(LAYERS):
        block = f"blk.{layer}"
        norm(f"{block}.attn_norm.weight")
        weights(f"{block}.attn_qkv.weight", 3 * WIDTH, WIDTH)
        weights(f"{block}.attn_output.weight", WIDTH, WIDTH)
        norm(f"{block}.ffn_norm.weight")
        weights(f"{block}.ffn_up.weight", 4 * WIDTH, WIDTH)
        weights(f"{block}.ffn_down.weight", WIDTH, 4 * WIDTH)
    norm("output_norm.weight")

    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


if __name__ == "__main__":
    main()
