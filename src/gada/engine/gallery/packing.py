"""Templates as few bytes, lossless: 6 for the head and 7 for each minutia."""

from __future__ import annotations

import struct

import numpy as np

from gada.engine.fingerprint.template import Template

_HEAD = struct.Struct("<HHBB")
_MINUTIA = np.dtype([("x", "<i2"), ("y", "<i2"), ("angle", "u1"), ("kind", "u1"), ("quality", "u1")])


def pack(template: Template) -> bytes:
    """The bytes of a template."""
    rows = np.empty(len(template), _MINUTIA)
    for name in _MINUTIA.names or ():
        rows[name] = getattr(template, name)
    return (
        _HEAD.pack(template.width, template.height, template.finger_quality, len(template)) + rows.tobytes()
    )


def unpack(data: bytes) -> Template:
    """The template of `pack`ed bytes."""
    width, height, finger_quality, count = _HEAD.unpack_from(data)
    rows = np.frombuffer(data, _MINUTIA, count, _HEAD.size)
    return Template(
        width, height, rows["x"], rows["y"], rows["angle"], rows["kind"], rows["quality"], finger_quality
    )
