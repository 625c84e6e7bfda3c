"""Single steps of the kernels, written in LLVM's words where numba's own would be slower: vectors, and what processors
have for bits and caches. Where a processor lacks one, LLVM makes it of others; results are the same."""

# mypy: ignore-errors
# (numba gives its functions no types; the arrays are stated in each docstring)
from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic


@intrinsic
def popcount(typing_context: Any, word: Any) -> Any:
    """Number of set bits of a uint64."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.ctpop(arguments[0])

    return types.uint64(types.uint64), generate


def _eight(context: Any, builder: Any, kind: Any, array: Any, row: Any, count: int = 8) -> Any:
    """Pointer to `count` floats of a contiguous float32 array, from its `row`-th group of eight on."""
    data = context.make_array(kind)(context, builder, array).data
    start = builder.gep(data, [builder.mul(row, ir.Constant(ir.IntType(64), 8))])
    return builder.bitcast(start, ir.VectorType(ir.FloatType(), count).as_pointer())


def everywhere(builder: Any, number: Any, count: int) -> Any:
    """A float in all places of a vector."""
    empty = ir.Constant(ir.VectorType(ir.FloatType(), count), ir.Undefined)
    first = builder.insert_element(empty, number, ir.Constant(ir.IntType(32), 0))
    return builder.shuffle_vector(first, empty, ir.Constant(ir.VectorType(ir.IntType(32), count), [0] * count))


@intrinsic
def add_eight(typing_context: Any, sums: Any, row: Any, table: Any, step: Any, share: Any) -> Any:
    """sums[row, :] += share * table[step, :], of arrays of eight floats a row: one instruction, where numba's own loop
    of eight asks each time whether the arrays overlap."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        place = _eight(context, builder, signature.args[0], arguments[0], arguments[1])
        given = builder.load(_eight(context, builder, signature.args[2], arguments[2], arguments[3]), align=4)
        product = builder.fmul(given, everywhere(builder, arguments[4], 8))
        builder.store(builder.fadd(builder.load(place, align=4), product), place, align=4)
        return context.get_dummy_value()

    return types.void(sums, types.int64, table, types.int64, types.float32), generate


@intrinsic
def bits_above(typing_context: Any, cells: Any, plane: Any, threshold: Any) -> Any:
    """The 64 cells of cells[plane], float32[planes, 8, 8] contiguous, as bits: which lie above `threshold`."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        row = builder.mul(arguments[1], ir.Constant(ir.IntType(64), 8))
        held = builder.load(_eight(context, builder, signature.args[0], arguments[0], row, 64), align=4)
        above = builder.fcmp_ordered(">", held, everywhere(builder, arguments[2], 64))
        return builder.bitcast(above, ir.IntType(64))

    return types.uint64(cells, types.int64, types.float32), generate


@intrinsic
def fetch_soon(typing_context: Any, numbers: Any, index: Any) -> Any:
    """Ask for the cache line that holds numbers[index] of a contiguous array, without waiting for it."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        place = builder.bitcast(builder.gep(data, [arguments[1]]), ir.IntType(8).as_pointer())
        flag = ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [place.type, flag, flag, flag])
        fetch = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")
        builder.call(fetch, [place, flag(0), flag(3), flag(1)])  # to read, to the nearest cache, data
        return context.get_dummy_value()

    return types.void(numbers, types.int64), generate


@intrinsic
def widest_vectors(typing_context: Any) -> Any:
    """Let the function that calls this use vectors of 512 bits where there are any.

    LLVM prefers 256 on most processors that have both: two thirds of the speed of the scan (196 and 298 ns a finger).
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        set.add(builder.function.attributes, '"prefer-vector-width"="512"')  # llvmlite's own `add` knows fewer names
        return context.get_dummy_value()

    return types.void(), generate
