"""One matrix product, by which the network does all its heavy work: blocks of sums that stay in registers.

It reads its source through a table of offsets, so that windows over planes are products too, without being
copied out first. The block is as large as the processor's registers allow; results are the same but for
the order of rounding.
"""

# mypy: ignore-errors
# (numba gives its functions no types; the arrays are stated in each docstring)
from __future__ import annotations

from typing import Any, Final

import numpy as np
from llvmlite import ir
from llvmlite.binding import get_host_cpu_features
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic

from gada.engine.fingerprint._vectors import everywhere


def _blocking() -> tuple[int, int, int]:
    """Rows, lanes and vectors of a block whose sums fill the registers: 32 of 16 lanes, 16 of 8, 32 of 4."""
    features = get_host_cpu_features()
    if features.get("avx512f"):
        return 8, 16, 3
    return (6, 8, 2) if features.get("avx") else (8, 4, 3)


ROWS, LANES, VECTORS = _blocking()
COLUMNS: Final = LANES * VECTORS

GELU: Final = (0.7978845834732056, 0.044714998453855515)
"""sqrt(2 / pi) and the cubic part, as the graph holds them."""

TANH_ENDS: Final = 9.0
TANH_OVER: Final = (
    -2.76076847742355e-16, 2.00018790482477e-13, -8.60467152213735e-11, 5.12229709037114e-08,
    1.48572235717979e-05, 6.37261928875436e-04, 4.89352455891786e-03,
)  # fmt: skip
TANH_UNDER: Final = (1.19825839466702e-06, 1.18534705686654e-04, 2.26843463243900e-03, 4.89352518554385e-03)
"""tanh(u) = u * over(u * u) / under(u * u) within the ends, to 5e-7 (Eigen's, as most inference engines use)."""


@intrinsic
def block_product(typing_context, weights, w, source, s, offsets, target, t, target_stride, bias, b, depth):
    """target[t + r * target_stride + c] = bias[b + r] + the sum over k < depth of
    weights[w + k * ROWS + r] * source[s + offsets[k] + c], for r < ROWS and c < COLUMNS.

    Written in LLVM's words because its loop vectoriser does not keep the sums in registers (5 times slower).
    """
    signature = types.void(weights, w, source, s, offsets, target, t, target_stride, bias, b, depth)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        whole, vector = ir.IntType(64), ir.VectorType(ir.FloatType(), LANES)
        multiply_add = cgutils.get_or_insert_function(
            builder.module, ir.FunctionType(vector, [vector] * 3), f"llvm.fmuladd.v{LANES}f32"
        )

        def data(array: int) -> Any:
            return context.make_array(signature.args[array])(context, builder, arguments[array]).data

        def at(base: Any, steps: int) -> Any:
            return builder.gep(base, [ir.Constant(whole, steps)])

        def in_all_lanes(place: Any) -> Any:
            return everywhere(builder, builder.load(place), LANES)

        def as_vector(place: Any) -> Any:
            return builder.bitcast(place, vector.as_pointer())

        weight, values = builder.gep(data(0), [arguments[1]]), builder.gep(data(2), [arguments[3]])
        places, base = data(4), builder.gep(data(8), [arguments[9]])
        result, last = builder.gep(data(5), [arguments[6]]), arguments[10]
        biases = [in_all_lanes(at(base, r)) for r in range(ROWS)]
        before = builder.block
        loop, done = builder.append_basic_block("depth"), builder.append_basic_block("done")
        builder.branch(loop)
        builder.position_at_end(loop)
        k = builder.phi(whole)
        k.add_incoming(ir.Constant(whole, 0), before)
        sums = [builder.phi(vector) for _ in range(ROWS * VECTORS)]
        row = builder.gep(values, [builder.load(builder.gep(places, [k]))])
        panel = builder.gep(weight, [builder.mul(k, ir.Constant(whole, ROWS))])
        columns = [builder.load(as_vector(at(row, v * LANES)), align=4) for v in range(VECTORS)]
        grown = []
        for r in range(ROWS):
            factor = in_all_lanes(at(panel, r))
            for v in range(VECTORS):
                grown.append(builder.call(multiply_add, [factor, columns[v], sums[r * VECTORS + v]]))
        following = builder.add(k, ir.Constant(whole, 1))
        k.add_incoming(following, loop)
        for index, (old, new) in enumerate(zip(sums, grown, strict=True)):
            old.add_incoming(biases[index // VECTORS], before)
            old.add_incoming(new, loop)
        builder.cbranch(builder.icmp_signed("<", following, last), loop, done)
        builder.position_at_end(done)
        for r in range(ROWS):
            line = builder.gep(result, [builder.mul(arguments[7], ir.Constant(whole, r))])
            for v in range(VECTORS):
                builder.store(grown[r * VECTORS + v], as_vector(at(line, v * LANES)), align=4)
        return context.get_dummy_value()

    return signature, generate


@intrinsic
def activate_lanes(typing_context, values, i):
    """GELU in its tanh form of values[i : i + LANES], in place. tanh is the usual ratio of polynomials.

    (The loop vectoriser prefers half of a 512 bit register, and this is the second heaviest work of all.)
    """
    signature = types.void(values, i)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        vector = ir.VectorType(ir.FloatType(), LANES)
        multiply_add = cgutils.get_or_insert_function(
            builder.module, ir.FunctionType(vector, [vector] * 3), f"llvm.fmuladd.v{LANES}f32"
        )

        def constant(value: float) -> Any:
            return ir.Constant(vector, [float(np.float32(value))] * LANES)

        def polynomial(at: Any, factors: tuple[float, ...]) -> Any:
            total = constant(factors[0])
            for factor in factors[1:]:
                total = builder.call(multiply_add, [total, at, constant(factor)])
            return total

        array = context.make_array(signature.args[0])(context, builder, arguments[0])
        place = builder.bitcast(builder.gep(array.data, [arguments[1]]), vector.as_pointer())
        v = builder.load(place, align=4)
        cubic = builder.call(multiply_add, [builder.fmul(v, v), constant(GELU[1]), constant(1.0)])
        u = builder.fmul(builder.fmul(v, constant(GELU[0])), cubic)
        u = builder.select(builder.fcmp_ordered("<", u, constant(TANH_ENDS)), u, constant(TANH_ENDS))
        u = builder.select(builder.fcmp_ordered(">", u, constant(-TANH_ENDS)), u, constant(-TANH_ENDS))
        q = builder.fmul(u, u)
        tanh = builder.fdiv(builder.fmul(u, polynomial(q, TANH_OVER)), polynomial(q, TANH_UNDER))
        half = builder.fmul(v, constant(0.5))
        builder.store(builder.call(multiply_add, [half, tanh, half]), place, align=4)
        return context.get_dummy_value()

    return signature, generate


@njit(cache=True, nogil=True, error_model="numpy")
def activate(values):
    """GELU in its tanh form, in place, float32[n], n a multiple of LANES."""
    for i in range(0, values.shape[0], LANES):
        activate_lanes(values, i)


@njit(cache=True, nogil=True, error_model="numpy")
def multiply(product, source, first, offsets, target, at, stride, count):
    """Row n of `target` = bias[n] + the sum over k of weights[n, k] * source[first + offsets[k] + pixel].

    `product` is weights float32[panels, inputs, ROWS] and bias float32[panels * ROWS]; row n of the flat
    target starts at `at + n * stride`. Pixels run to `count` and on to a multiple of COLUMNS, rows to a
    multiple of ROWS: there must be room, and what lies there is overwritten.
    """
    weights, bias = product
    panels, inputs, rows = weights.shape
    flat = weights.reshape(-1)
    for pixel in range(0, count, COLUMNS):
        for row in range(0, panels * rows, rows):
            block_product(
                flat, row * inputs, source, first + pixel, offsets,
                target, at + row * stride + pixel, stride, bias, row, inputs,
            )  # fmt: skip
