"""The engine: pure computation, no Django, no I/O beyond the bytes it is given."""
