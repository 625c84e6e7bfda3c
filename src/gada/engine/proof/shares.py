"""Recovery shares: a 32-byte key as three lists of words, any two of which bring it back.

The format is SLIP-39, so that another tool can recover it in ten years: 33 English words each, the
last three a checksum that catches any three wrong words; one share alone says nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from shamir_mnemonic import MnemonicError, combine_mnemonics, generate_mnemonics
from shamir_mnemonic.share import Share
from shamir_mnemonic.wordlist import WORDLIST

from gada.engine.refusal import Invalid

SHARES = 3
NEEDED = 2
_BY_BEGINNING = {word[:4]: word for word in WORDLIST}  # SLIP-39: four letters name a word


@dataclass(frozen=True, slots=True)
class ShareLabel:
    """What may be written on the envelope: shares of one set carry the same number."""

    set_number: int
    number: int  # 1 to 3


def split(secret: bytes) -> tuple[str, str, str]:
    """Three shares of a 32-byte secret, each 33 words separated by spaces."""
    if len(secret) != 32:
        raise ValueError("a secret is 32 bytes")
    # Exponent 0: the secret is random, there is no passphrase for the slow part to protect.
    one, two, three = generate_mnemonics(1, [(NEEDED, SHARES)], secret, iteration_exponent=0)[0]
    return one, two, three


def read_share(text: str) -> ShareLabel:
    """Check one share as typed: capitals, line breaks, numbering and all but four letters don't matter.

    Raises Invalid `share-word` (with the position of the unknown word) or `share-checksum`.
    """
    share = _share(text)
    return ShareLabel(set_number=share.identifier, number=share.index + 1)


def recover(shares: Sequence[str]) -> bytes:
    """The secret from two or three shares. Raises Invalid `share-…`, `shares-too-few`, `shares-mixed`."""
    distinct = {share.index: share for share in map(_share, shares)}
    if len(distinct) < NEEDED:
        raise Invalid("shares-too-few", "Two different shares are needed.")
    if len({share.identifier for share in distinct.values()}) > 1:
        raise Invalid("shares-mixed", "These shares do not belong together.")
    try:
        return bytes(combine_mnemonics([share.mnemonic() for share in list(distinct.values())[:NEEDED]]))
    except MnemonicError:
        raise Invalid("shares-mixed", "These shares do not belong together.") from None


def _share(text: str) -> Share:
    words = [word for word in text.lower().split() if not word.strip(".:)").isdigit()]
    full = []
    for position, word in enumerate(words, start=1):
        known = _BY_BEGINNING.get(word[:4])
        if known is None or not known.startswith(word):
            raise Invalid("share-word", "Word %(position)s is not one of the list.", position=position)
        full.append(known)
    try:
        share = Share.from_mnemonic(" ".join(full))
    except MnemonicError:
        raise Invalid("share-checksum", "A word of this share is wrong, missing or misplaced.") from None
    if (share.member_threshold, share.group_count, len(share.value)) != (NEEDED, 1, 32):
        raise Invalid("share-foreign", "This share was not made by this program.")
    return share
