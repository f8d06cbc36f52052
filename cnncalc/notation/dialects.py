"""What people write who know other notations (PyTorch, Keras, papers, course notes), and the word that it means here.

Only errors ask this, so that what is written stays one notation.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Mapping
from typing import Any
from unicodedata import normalize

from cnncalc.errors import CnncalcError
from cnncalc.layers import KEYWORDS, kind
from cnncalc.layers.base import Word
from cnncalc.notation.words import example, read, write

LONGEST = 1000
"""A longer word is looked at by nobody."""

_MEANINGS = {
    "conv": "convolution convolutional convlayer convolutionallayer 卷积 卷积层",
    "convT": "convtranspose convtransposed transposedconv transposeconv deconvolution 转置卷积 反卷积",
    "dwconv": "depthwiseconv depthwise depthwiseconvolution 深度卷积",
    "sepconv": "separableconv separable depthwiseseparable 可分离卷积",
    "local": "locallyconnected 局部连接",
    "maxpool": "pool pooling maxpooling poolmax 池化 最大池化 池化层",
    "avgpool": "averagepool averagepooling avgpooling meanpool meanpooling 平均池化",
    "globalavgpool": "gap globalaveragepool globalaveragepooling globalavgpooling globalpool 全局平均池化",
    "globalmaxpool": "globalmaxpooling 全局最大池化",
    "fc": "fullyconnected fullconnected fclayer affine innerproduct 全连接 全连接层",
    "bn": "batchnormalization batchnormalisation 批归一化 批量归一化",
    "ln": "layernormalization 层归一化",
    "gn": "groupnormalization",
    "in": "instancenormalization",
    "lrn": "localresponsenorm localresponsenormalization",
    "relu": "rectifier rectifiedlinear 激活 激活函数",
    "silu": "swish",
    "softmax": "logsoftmax",
    "dropout": "spatialdropout alphadropout 丢弃",
    "up": "upsampling interpolate 上采样",
    "pad": "padding zeropad zeropadding",
    "flatten": "展平 view reshape",
    "concat": "concatenate cat",
    "add": "sum residual",
    "rnn": "simplernn elman 循环神经网络",
    "gru": "gatedrecurrentunit 门控循环单元",
    "lstm": "longshorttermmemory 长短期记忆",
    "embed": "embedding 嵌入",
    "attention": "multiheadattention selfattention",
}
NAMES = {name.lower(): name for name in KEYWORDS} | {
    name: keyword for keyword, names in _MEANINGS.items() for name in names.split()
}
"""What a layer is called elsewhere, in small letters without hyphens and the ``2d`` at its end: its keyword here."""

PARAMETERS = {
    **dict.fromkeys(("out_channels", "filters", "units", "out_features"), "channels"),
    **dict.fromkeys(("kernel_size", "pool_size", "output_size", "scale_factor", "size"), "kernel"),
    **dict.fromkeys(("stride", "strides"), "stride"),
    **dict.fromkeys(("padding",), "p"),
    **dict.fromkeys(("dilation", "dilation_rate"), "d"),
    **dict.fromkeys(("groups", "num_groups"), "g"),
    **dict.fromkeys(("bias", "use_bias"), "bias"),
    "output_padding": "op",
    "num_heads": "h",
}
"""A parameter of PyTorch or Keras: the part of our word that it is."""

OURS = ("kernel", "channels", "stride")
KERAS = {"conv": "channels kernel stride p", "sepconv": "channels kernel stride p", "convT": "channels kernel stride p"}
TORCH = {
    "conv": "- channels kernel stride p d g bias",
    "convT": "- channels kernel stride p op g bias d",
    "linear": "- channels bias",
    "groupnorm": "g",
    "gn": "g",
    "attention": "- h",
    "up": "- kernel",
    "upsample": "- kernel",
}
"""The order of what is not named, by our keyword; where there is none, what our word has in its own order."""

_CALL = re.compile(r"((?:\w+\.)*)(\w+)\((.*)\)", re.DOTALL)
_MADE = re.compile(r"[\w.]+\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)")
"""A layer as a framework makes it, with what is in its brackets: three deep are enough for a list of them."""
_ARGUMENTS = re.compile(r"\(\s*(?:[\d.]+\s*[,)]|\w+\s*=)")
"""What begins in brackets right behind a word and is no block: a number, or a parameter and its value."""
_ARROW = re.compile(r"\s*(?:[-=]*>|→)\s*")
_RANK = re.compile(r"[123]([dD])$")
_SIZE = r"\d+(?:[x*]\d+)*"
_LOOSE = re.compile(
    rf"(?P<before>{_SIZE})?[-_]?(?:(?P<name>[^\W\d]+(?:[-_][^\W\d]+)*)(?:[123]d(?![\w.]))?)?"
    rf"(?P<sign>[-_=]?)(?P<first>{_SIZE}|\d+\.\d+)?(?:[-_,x/]+(?P<second>\d+))?(?:[,_-]?(?:s|stride)=?(?P<stride>\d+))?"
)


def meant(written: str) -> str:
    """The word that somebody means who writes ``written``; nothing where nobody knows.

    >>> meant("pool2"), meant("Conv2d(3, 64, 3, padding=1)"), meant("3*3"), meant("nn.ReLU(inplace=True)")
    ('maxpool2', 'conv3-64,p1', 'conv3', 'relu')
    >>> meant("zebra"), meant("conv")
    ('', '')
    """
    if len(written) > LONGEST or written in KEYWORDS:
        return ""
    text = normalize("NFKC", written).strip().rstrip(",;").replace("×", "x").translate(_DASHES)
    if len(parts := _ARROW.split(text)) > 1:  # conv3->64 is a layer, conv3->relu are two
        words = [part if _is_word(part) else meant(part) for part in parts]
        return _as_typed("-".join(parts)) or (" ".join(words) if all(words) else "")
    call = _CALL.fullmatch(text)
    word = _called(call[2], call[3]) if call else _as_typed(text) or _loose(text.lower())
    return "" if word == written else word


def call_at(text: str, start: int) -> str:
    """The layer as a framework makes it that begins here, its brackets included; nothing where none does.

    >>> call_at("relu Conv2d(3, 64, 3) relu", 5), call_at("conv3", 0)
    ('Conv2d(3, 64, 3)', '')
    """
    match = _MADE.match(text, start)
    return match[0] if match else ""


def begins_arguments(text: str, bracket: int) -> bool:
    """Whether what stands in brackets are arguments, and no block.

    >>> begins_arguments("conv3(64, 3)", 5), begins_arguments("conv3(conv3)", 5)
    (True, False)
    """
    return _ARGUMENTS.match(text, bracket) is not None


_DASHES = dict.fromkeys(map(ord, "‐‑‒–—−"), "-")


def _as_typed(text: str) -> str:
    """The text itself, where only capitals, full-width signs or a comma too many were wrong."""
    return next((word for word in (text, text.lower()) if _is_word(word)), "")


def _loose(text: str) -> str:
    """``3x3``, ``pool2``, ``batch_norm``, ``conv3_64s2``: a name and numbers in some order."""
    match = _LOOSE.fullmatch(text)
    if match is None or not (match["name"] or match["before"] or (match["first"] or ".").isdigit()):
        return ""
    keyword = NAMES.get(_plain_name(match["name"])) if match["name"] else "conv"
    if keyword is None:
        return ""
    places = [place for place in OURS[:2] if getattr(kind(KEYWORDS[keyword]).word, place)]
    numbers = [number.replace("*", "x") for number in match.group("before", "first", "second") if number]
    if match["sign"] == "-" and len(numbers) < len(places):
        numbers.insert(0, "3")  # conv-64 says how many filters, and nothing of their size
    parts: dict[str, Any] = dict(zip(places, numbers, strict=False))
    return _word(keyword, parts | ({"stride": match["stride"]} if match["stride"] else {}))


def _called(name: str, arguments: str) -> str:
    """``Conv2d(3, 64, 3)``: a layer as a framework makes it."""
    call = _parsed(f"f({arguments})")
    if not isinstance(call, ast.Call):
        return ""
    if name == "Sequential":
        layers = [layer for value in call.args for layer in (value.elts if isinstance(value, ast.List) else [value])]
        words = [meant(ast.unparse(layer)) for layer in layers]
        return " ".join(words) if all(words) else ""
    keyword = NAMES.get(_plain_name(name))
    named = {word.arg: _literal(word.value) for word in call.keywords if word.arg in PARAMETERS}
    values = [_literal(value) for value in call.args]
    if keyword is None:  # Keras: Activation("relu")
        return _as_typed(str(values[0])) if name == "Activation" and values else ""
    order = _order(name, keyword)
    parts = dict(zip(order, values, strict=False)) | {PARAMETERS[str(arg)]: value for arg, value in named.items()}
    return _word(keyword, {part: value for part, value in parts.items() if part != "-"})


def _parsed(text: str) -> ast.expr | None:
    """A text as Python reads it; nothing where it is no Python."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return ast.parse(text, mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None


def _order(name: str, keyword: str) -> list[str]:
    """What the unnamed arguments are: by PyTorch with a ``2d``, by Keras with a ``2D``, else as our word has them."""
    rank = _RANK.search(name)
    table: Mapping[str, str] = KERAS if rank and rank[1] == "D" else TORCH if rank or name[:1].isupper() else {}
    word = kind(KEYWORDS[keyword]).word
    own = [part for part in OURS if getattr(word, part)] + (["p"] if "p" in word.options else [])
    return table[keyword].split() if keyword in table else own


def _plain_name(name: str) -> str:
    return re.sub(r"[123]d$", "", re.sub(r"[-_]", "", name.lower()))


def _literal(node: ast.expr) -> Any:
    """A number, a text or a tuple of them; an `Ellipsis` for what is none."""
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        return ...


def _word(keyword: str, parts: Mapping[str, Any]) -> str:
    """Our word of these parts; one that serves as an example, where they don't make a layer."""
    described = kind(KEYWORDS[keyword]).word
    text = keyword
    if parts.get("kernel") is None and described.kernel and not described.channels:
        parts = {**parts, "kernel": 2}  # what a pool has in Keras, and an enlargement nearly always
    for sign, part in (("", "kernel"), ("-", "channels"), ("/", "stride")):
        if getattr(described, part) and parts.get(part) is not None:
            text += sign + _size(parts[part])
    text += "".join(_option(described, letters, value) for letters, value in parts.items() if letters not in OURS)
    return write(read(text).layer) if _is_word(text) else example(keyword)


def _option(described: Word, letters: str, value: Any) -> str:
    """``,p1``, ``,same`` or ``,nobias``; nothing where the layer has no such option or it says nothing."""
    if letters == "bias":
        return ",nobias" if value is False and "nobias" in described.options else ""
    if isinstance(value, str) and value.lower() in described.options:
        return f",{value.lower()}"
    return f",{letters}{_size(value)}" if letters in described.options and not isinstance(value, str) else ""


def _size(value: Any) -> str:
    """``3`` or ``1x7``; what is no size makes no word."""
    return "x".join(map(str, value)) if isinstance(value, tuple | list) else str(value)


def _is_word(text: str) -> bool:
    try:
        read(text)
    except CnncalcError:
        return False
    return True
