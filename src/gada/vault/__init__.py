"""Vault: node keys, one data key per person, encrypted files, recovery shares, shredding."""

from gada.vault.blobs import drop_blob, drop_for_good, get_blob, put_blob, put_blobs
from gada.vault.boxes import (
    Shredded,
    adopt_keys,
    data_keys,
    finish_shredding,
    open_for,
    remember_erased,
    seal_for,
    shred,
)
from gada.vault.node import (
    Identity,
    Locked,
    data_directory,
    identity,
    is_unlocked,
    node_key,
    open_for_node,
    seal_for_node,
    unlock,
    unlock_with,
)

__all__ = [
    "Identity",
    "Locked",
    "Shredded",
    "adopt_keys",
    "data_directory",
    "data_keys",
    "drop_blob",
    "drop_for_good",
    "finish_shredding",
    "get_blob",
    "identity",
    "is_unlocked",
    "node_key",
    "open_for",
    "open_for_node",
    "put_blob",
    "put_blobs",
    "remember_erased",
    "seal_for",
    "seal_for_node",
    "shred",
    "unlock",
    "unlock_with",
]
