"""How much memory this process holds, on any system, without a package for it."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
from pathlib import Path
from typing import Final

_PAGES: Final = Path("/proc/self/statm")
_STATUS: Final = Path("/proc/self/status")


def resident_bytes() -> int | None:
    """Resident memory of this process in bytes; None where the system does not tell."""
    if sys.platform == "win32":
        return _resident_on_windows()
    if _PAGES.exists():
        return int(_PAGES.read_text("ascii").split()[1]) * int(os.sysconf("SC_PAGE_SIZE"))
    try:
        told = subprocess.run(["ps", "-o", "rss=", "-p", str(os.getpid())], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return int(told.stdout) * 1024


def peak_bytes() -> int | None:
    """The most memory this process has held, in bytes; None where the system does not tell."""
    if sys.platform == "win32":
        counters = _counted_on_windows()
        return int(counters.peak_working_set) if counters else None
    if not _STATUS.exists():
        return None
    said = dict(line.partition(":")[::2] for line in _STATUS.read_text("utf-8", "replace").splitlines())
    return int(said["VmHWM"].split()[0]) * 1024 if "VmHWM" in said else None


class _Counters(ctypes.Structure):
    """PROCESS_MEMORY_COUNTERS of psapi.h."""

    _fields_ = (
        ("size", ctypes.c_uint32),
        ("faults", ctypes.c_uint32),
        ("peak_working_set", ctypes.c_size_t),
        ("working_set", ctypes.c_size_t),
        ("others", ctypes.c_size_t * 6),
    )


def _resident_on_windows() -> int | None:
    counters = _counted_on_windows()
    return int(counters.working_set) if counters else None


def _counted_on_windows() -> _Counters | None:
    counters = _Counters(size=ctypes.sizeof(_Counters))
    kernel = ctypes.CDLL("kernel32")
    kernel.GetCurrentProcess.restype = ctypes.c_void_p
    process = ctypes.c_void_p(kernel.GetCurrentProcess())
    done = kernel.K32GetProcessMemoryInfo(process, ctypes.byref(counters), counters.size)
    return counters if done else None
