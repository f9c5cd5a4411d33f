"""Whether bytes, read in some encoding, are words that somebody would write."""

from __future__ import annotations

import re
from itertools import pairwise

_LETTER = "[A-Za-zÀ-ÖØ-öø-ÿŠšŽžŒœŸƒ]"
# Signs that stand in the middle of a word or behind one, letters of another alphabet that became a
# row of accented ones, capitals behind small letters: that is what other encodings look like.
_ODD = (
    re.compile(rf"(?<={_LETTER})[^\W\d]*[¡-©«-¶¸¹»-¿×÷‚„…†‡ˆ‰‹›•˜™–—“”](?={_LETTER})"),
    re.compile(r"[À-ÖØ-öø-ÿŠšŽžŒœŸƒ]{3}"),
    re.compile(r"[a-zà-öø-ÿ][À-ÖØ-ÞŠŽŒŸ]"),
    re.compile(r"[^\W\d_][ªº²³¹¼½¾ƒ]"),
)
# Letters that are Icelandic in Windows-1252, and Turkish beside these; others that are Portuguese
# or French, and Hungarian without those.
_ICELANDIC, _NOT_ICELANDIC = re.compile(r"[ýþðÝÞÐ]"), re.compile(r"[çüÇÜ]")
_TILDE, _ROMANCE = re.compile(r"[õûÕÛ]"), re.compile(r"[ãçêâàèÃÇÊÂÀÈ]")
_FROM_80_TO_9F = re.compile(r"[ŠšŽžŒœŸƒˆ˜]")
_FROM_C0 = re.compile(r"[À-ÖØ-öø-ÿ]")
_SIGN_IN_A_WORD = re.compile(r"(?<=[^\W\d_])[^\w\s\x00-\x7f’‘·](?=[^\W\d_])")


def western_codec(sample: bytes) -> str | None:
    """Say whether a sample can be Windows-1252, or the Turkish 1254, and nothing in it looks odd.

    The two differ in six letters.
    """
    try:
        text = sample.decode("cp1252")
    except UnicodeDecodeError:
        return None
    # The accented letters of Mac and DOS are where Windows-1252 has its rarest ones.
    if len(_FROM_80_TO_9F.findall(text)) > len(_FROM_C0.findall(text)):
        return None
    is_hungarian = _TILDE.search(text) and not _ROMANCE.search(text)
    if is_hungarian or any(odd.search(text) for odd in _ODD):
        return None
    is_turkish = _ICELANDIC.search(text) and _NOT_ICELANDIC.search(text)
    return "cp1254" if is_turkish else "cp1252"


def reads_oddly(text: str) -> bool:
    """Say whether a text in an alphabet has signs or capitals in the middle of its words."""
    return _SIGN_IN_A_WORD.search(text) is not None or any(
        former.islower() and latter.isupper() and not (former + latter).isascii()
        for former, latter in pairwise(text)
    )
