"""After compiling once, no kernel of a search is left to compile."""

from numba.core.dispatcher import Dispatcher

from gada.engine.compiling import compile_kernels
from gada.engine.fingerprint import _comparing, _kernels
from gada.engine.fingerprint.leader import _kernels as leader


def test_every_kernel_that_python_calls_is_compiled():
    compile_kernels()
    called = [_comparing.compare_packed, _comparing.compare_described, _kernels.scan_blocks, _kernels.fill_cylinders]
    called += [each for each in vars(leader).values() if isinstance(each, Dispatcher) and each.signatures]
    assert len(called) > 4  # those of the network are found by name
    assert all(each.signatures for each in called)
