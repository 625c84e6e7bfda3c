"""Scripts in which names of the region are written, letter by letter in Latin ones.

Arabic with the letters that Ajami adds for Hausa, Fulfulde, Wolof and Swahili; Adlam; N'Ko; Tifinagh; and the Latin
letters that national alphabets add. Arabic writes most vowels not at all: what becomes of a name is its consonants,
which the folding by sound and the table of names complete.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

ARABIC: Final = dict(
    zip(
        "ابتثجحخدذرزسشصضطظعغفقكلمنهويىة",
        "a b t t j h k d d r z s ch s d t z a g f k k l m n h ou i a a".split(),
        strict=True,
    )
)
AJAMI: Final = dict(zip("پچڤگکیڢڧڠڭٻݖڟۏێەہھ", "p ch v g k i f k ng ng b b t o e a h h".split(), strict=True))
NKO: Final = dict(
    zip(
        "ߊߋߌߍߎߏߐߒߓߔߕߖߗߘߙߚߛߜߝߞߟߡߢߣߤߥߦ",
        "a e i e u o o n b p t j ch d r r s gb f k l m ny n h w y".split(),
        strict=True,
    )
)
TIFINAGH: Final = dict(
    zip(
        "ⴰⴱⴳⴷⴹⴻⴼⴽⵀⵃⵄⵅⵇⵉⵊⵍⵎⵏⵓⵔⵕⵖⵙⵚⵛⵜⵟⵡⵢⵣⵥ",
        "a b g d d e f k h h a kh k i j l m n u r r gh s s ch t t w y z z".split(),
        strict=True,
    )
)
ADLAM: Final = {
    unicodedata.lookup(f"ADLAM SMALL LETTER {name}"): sound
    for name, sound in (
        pair.split("=")
        for pair in (
            "ALIF=a DAALI=d LAAM=l MIIM=m BA=b SINNYIIYHE=s PE=p BHE=b RA=r E=e FA=f I=i O=o DHA=d YHE=y WAW=w NUN=n "
            "KAF=k YA=y U=u JIIM=j CHI=ch HA=h QAAF=k GA=g NYA=ny TU=t NHA=ng VA=v KHA=kh GBE=gb ZAL=z KPO=kp SHA=sh"
        ).split()
    )
}
LATIN: Final = dict(
    zip("ɓɗƙƴŋɲɛɔəǝɩɪʋɣɖƒđøłıæœðþ", "b d k y ng ny e o e e i i u g d f d o l i e e d t".split(), strict=True)
)
ROMAN: Final = str.maketrans({**ARABIC, **AJAMI, "ء": "", **NKO, **TIFINAGH, **ADLAM, **LATIN})
FIRST_WAW, FIRST_YA = re.compile(r"\bو"), re.compile(r"\bي")


def romanised(text: str) -> str:
    """Text in small letters without marks, in plain Latin letters as far as its script is known."""
    if text.isascii():
        return text
    return FIRST_YA.sub("y", FIRST_WAW.sub("w", text)).translate(ROMAN)
