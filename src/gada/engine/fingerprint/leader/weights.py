"""The numbers inside an ONNX file, by a reader for the few parts of its format that hold them.

ONNX is protobuf (`onnx.proto`): a model holds a graph (field 7), a graph nodes (1) and tensors (5). A node
names its inputs (1) and outputs (2); a tensor has dimensions (1), a type (2), a name (8), raw bytes (9).
The package `onnx` would read it too, but asks for another protobuf than the one this lock holds.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

_FLOAT: Final = 1
_GRAPH, _NODE, _TENSOR = 7, 1, 5
_INPUT, _OUTPUT = 1, 2
_DIMENSIONS, _TYPE, _NAME, _RAW = 1, 2, 8, 9


class Weights:
    """Constants of a graph, found by the name of the value that is computed with them."""

    def __init__(self, path: Path) -> None:
        self._tensors: dict[str, NDArray[np.float32]] = {}
        self._inputs: dict[str, list[str]] = {}
        for field, graph in _fields(memoryview(path.read_bytes())):
            if field == _GRAPH:
                self._read(graph)

    def of(self, output: str, *, position: int = -1) -> NDArray[np.float32]:
        """The constant input float32 of the node that gives `output`: the last, or that at `position`."""
        return self._tensors[[name for name in self._inputs[output] if name in self._tensors][position]]

    def _read(self, graph: memoryview) -> None:
        for field, part in _fields(graph):
            if field == _NODE:
                names = list(_fields(part))
                outputs = [str(value, "utf-8") for number, value in names if number == _OUTPUT]
                self._inputs[outputs[0]] = [str(value, "utf-8") for number, value in names if number == _INPUT]
            elif field == _TENSOR:
                self._keep(part)

    def _keep(self, tensor: memoryview) -> None:
        found = dict(_fields(tensor))
        if int.from_bytes(found[_TYPE], "little") == _FLOAT and _RAW in found:
            shape = [int.from_bytes(value, "little") for field, value in _fields(tensor) if field == _DIMENSIONS]
            self._tensors[str(found[_NAME], "utf-8")] = np.frombuffer(found[_RAW], "<f4").reshape(shape)


def _fields(message: memoryview) -> Iterator[tuple[int, memoryview]]:
    """(number, bytes) of every field; whole numbers as eight bytes, little end first."""
    at = 0
    while at < len(message):
        tag, at = _whole(message, at)
        kind = tag & 7
        if kind == 0:
            value, at = _whole(message, at)
            yield tag >> 3, memoryview(value.to_bytes(10, "little"))
            continue
        length = {1: 8, 5: 4}.get(kind)
        if length is None:
            length, at = _whole(message, at)
        yield tag >> 3, message[at : at + length]
        at += length


def _whole(message: memoryview, at: int) -> tuple[int, int]:
    """A whole number of seven bits a byte, and where the next thing starts."""
    value = shift = 0
    while True:
        byte = message[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at
