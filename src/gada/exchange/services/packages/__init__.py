"""Packages: made, delivered or carried by hand, received, applied, receipted."""

from gada.exchange.services.packages.delivering import (
    add_piece,
    begin_upload,
    deliver_package,
    export_package,
    finish_upload,
    import_receipt,
    package_called,
    package_path,
    receive_carried,
)
from gada.exchange.services.packages.making import make_package
from gada.exchange.services.packages.receipts import take_receipt
from gada.exchange.services.packages.receiving import Received, receive_file, receive_waiting

__all__ = [
    "Received",
    "add_piece",
    "begin_upload",
    "deliver_package",
    "export_package",
    "finish_upload",
    "import_receipt",
    "make_package",
    "package_called",
    "package_path",
    "receive_carried",
    "receive_file",
    "receive_waiting",
    "take_receipt",
]
