"""The server of llama.cpp with a model of random weights: `llama_server.py FOLDER`.

It needs the packages xllamacpp, which holds that server, and gguf. The model is written into FOLDER: a llama
of one layer, whose words are the bytes, the printable characters, a few short strings and what begins a call
of a tool. What it writes means nothing, but all of the server's own code runs: templates, grammars of tools
and schemas, the parser of calls, the cache, usage and errors.
"""

import sys
import threading
from pathlib import Path

import gguf
import numpy
import xllamacpp

CONTEXT = 4096
WIDTH, HIDDEN, HEADS = 448, 64, 4
CALL, LINE, END = "<tool_call>", "<0x0A>", "<|im_end|>"

# The form of ChatML with which Qwen and Hermes models call tools.
TEMPLATE = """\
{%- if tools %}<|im_start|>system
{% if messages[0].role == 'system' %}{{ messages[0].content }}

{% endif %}# Tools

You are provided with function signatures within <tools></tools> XML tags:
<tools>{% for tool in tools %}
{{ tool | tojson }}{% endfor %}
</tools>

For each function call, return a json object with function name and arguments within <tool_call></tool_call> \
XML tags:
<tool_call>
{"name": <function-name>, "arguments": <args-json-object>}
</tool_call><|im_end|>
{% elif messages[0].role == 'system' %}<|im_start|>system
{{ messages[0].content }}<|im_end|>
{% endif %}{% for message in messages %}{% if message.role == 'tool' %}<|im_start|>user
<tool_response>
{{ message.content }}
</tool_response><|im_end|>
{% elif message.role == 'assistant' %}<|im_start|>assistant
{{ message.content }}{% for call in message.tool_calls or [] %}
<tool_call>
{"name": "{{ call.function.name }}", "arguments": {{ call.function.arguments | tojson }}}
</tool_call>{% endfor %}<|im_end|>
{% elif message.role == 'user' %}<|im_start|>user
{{ message.content }}<|im_end|>
{% endif %}{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant
{% endif %}"""


def vocabulary() -> list[tuple[str, float, int]]:
    """Returns the words with their scores and types."""
    kinds = gguf.TokenType
    words = [("<unk>", 0.0, kinds.UNKNOWN), ("<s>", 0.0, kinds.CONTROL), ("</s>", 0.0, kinds.CONTROL)]
    words += [(f"<0x{byte:02X}>", 0.0, kinds.BYTE) for byte in range(256)]
    words += [("<|im_start|>", 0.0, kinds.CONTROL), (END, 0.0, kinds.CONTROL)]
    words += [(tag, 0.0, kinds.USER_DEFINED) for tag in (CALL, "</tool_call>")]
    words += [("\u2581", -1000.0, kinds.NORMAL)]
    words += [(chr(code), -1000.0 - code, kinds.NORMAL) for code in range(33, 127)]
    words += [("\u2581" + letter, -100.0, kinds.NORMAL) for letter in "abcdefghijklmnopqrstuvwxyz"]
    words += [(first + second, -200.0, kinds.NORMAL) for first in "bdfglmnprst" for second in "aeiou"]
    return words


def followers(words: list[str], random: numpy.random.Generator) -> numpy.ndarray:
    """Returns how likely each word follows each other: all of them may, but a turn ends soon, and often begins
    with a call."""
    likely = random.normal(0, 1, (len(words), WIDTH))
    likely[:3] = -30  # no words
    likely[3:259] -= 6  # bytes, most of which are no text on their own
    likely[words.index(END)] += 3
    likely[words.index(CALL), words.index(LINE)], likely[words.index(END), words.index(LINE)] = 5.5, -3
    likely[words.index(LINE), words.index(CALL)] = 20
    return (likely / numpy.sqrt(WIDTH)).astype(numpy.float32)


def write_model(path: Path) -> None:
    words = vocabulary()
    writer = gguf.GGUFWriter(str(path), "llama")
    writer.add_name("random")
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(1)
    writer.add_feed_forward_length(HIDDEN)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(WIDTH // HEADS)
    writer.add_vocab_size(len(words))
    writer.add_tokenizer_model("llama")
    writer.add_token_list([word for word, _, _ in words])
    writer.add_token_scores([score for _, score, _ in words])
    writer.add_token_types([kind for _, _, kind in words])
    writer.add_unk_token_id(0)
    writer.add_bos_token_id(1)
    writer.add_eos_token_id([word for word, _, _ in words].index(END))
    writer.add_add_bos_token(False)
    writer.add_add_space_prefix(False)
    writer.add_chat_template(TEMPLATE)
    random = numpy.random.default_rng(1)

    def add(name: str, *shape: int) -> None:
        writer.add_tensor(name, random.normal(0, 0.01, shape).astype(numpy.float32))

    def add_norm(name: str) -> None:
        writer.add_tensor(name, numpy.ones(WIDTH, numpy.float32))

    # Each word has a dimension of its own, so the last matrix says which word follows which.
    embedding = numpy.eye(len(words), WIDTH, dtype=numpy.float32)
    writer.add_tensor("token_embd.weight", embedding)
    add_norm("blk.0.attn_norm.weight")
    for part in ("q", "k", "v", "output"):
        add(f"blk.0.attn_{part}.weight", WIDTH, WIDTH)
    add_norm("blk.0.ffn_norm.weight")
    add("blk.0.ffn_gate.weight", HIDDEN, WIDTH)
    add("blk.0.ffn_up.weight", HIDDEN, WIDTH)
    add("blk.0.ffn_down.weight", WIDTH, HIDDEN)
    add_norm("output_norm.weight")
    writer.add_tensor("output.weight", followers([word for word, _, _ in words], random))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def main() -> None:
    path = Path(sys.argv[1]) / "random.gguf"
    write_model(path)
    params = xllamacpp.CommonParams()
    params.model.path = str(path)
    params.model_alias = ["random"]
    params.n_ctx, params.n_parallel = CONTEXT, 2
    params.cpuparams.n_threads = 1
    params.use_jinja = True
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    server = xllamacpp.Server(params)
    print(f"listening on {server.listening_address}", flush=True)
    threading.Event().wait()


main()
