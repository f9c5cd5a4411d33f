"""Whether bytes, read in some encoding, are words that somebody would write."""

from __future__ import annotations

import re

_LETTER = "[A-Za-zÀ-ÖØ-öø-ÿŠšŽžŒœŸƒ]"
# Signs that stand in the middle of a word or behind one, letters of another alphabet that became a
# row of accented ones, capitals behind small letters: that is what other encodings look like.
_ODD = (
    re.compile(rf"(?<={_LETTER})[^\W\d]*[¡-©«-¶¸¹»-¿×÷‚„…†‡ˆ‰‹›•˜™–—“”](?={_LETTER})"),
    re.compile(r"[À-ÖØ-öø-ÿŠšŽžŒœŸƒ]{4}"),
    re.compile(r"[a-zà-öø-ÿ][À-ÖØ-ÞŠŽŒŸ]"),
    re.compile(r"[^\W\d_][ªº²³¹¼½¾ƒ]"),
)
# Letters that are Icelandic in Windows-1252, Turkish beside ç and ü, and Baltic beside others.
_ICELANDIC, _TURKISH = re.compile(r"[ýþðÝÞÐ]"), re.compile(r"[çüÇÜ]")
_ETH_OR_THORN, _NOT_ICELANDIC = re.compile(r"[þðÞÐ]"), re.compile(r"[àèëøûêÀÈËØÛÊ]")
# Portuguese and French with more of the others, else Hungarian.
_TILDE, _ROMANCE = re.compile(r"[õûÕÛ]"), re.compile(r"[ãçêâàèÃÇÊÂÀÈ]")
# Italian, and letters that Italian has not; both are Czech.
_GRAVE, _NOT_ITALIAN = re.compile(r"[ìòùÌÒÙ]"), re.compile(r"[øýšžØÝŠŽ]")
_EAST_ASIAN_IN_A_WORD = re.compile(r"[A-Za-z][^\x00-\x7f]+[a-z]|(?:^|\s)[^\x00-\x7f][a-z]")
_SIGN_IN_A_WORD = re.compile(r"(?<=[^\W\d_])[^\w\s\x00-\x7f’‘·](?=[^\W\d_])")


def western_codec(sample: bytes) -> str | None:
    """Say whether a sample can be Windows-1252, or the Turkish 1254, and nothing in it looks odd.

    The two differ in six letters.
    """
    try:
        text = sample.decode("cp1252")
    except UnicodeDecodeError:
        return None
    if has_rare_letters(text, "cp1252"):
        return None
    # Counted, because a name from abroad may stand in any list.
    is_hungarian = _count(_TILDE, text) > _count(_ROMANCE, text)
    is_czech = _count(_NOT_ITALIAN, text) / 10 < _count(_GRAVE, text) < _count(_NOT_ITALIAN, text)
    is_baltic = 0 < _count(_ETH_OR_THORN, text) < _count(_NOT_ICELANDIC, text)
    if is_hungarian or is_czech or is_baltic or any(odd.search(text) for odd in _ODD):
        return None
    is_turkish = _ICELANDIC.search(text) and _TURKISH.search(text)
    return "cp1254" if is_turkish else "cp1252"


def _count(letters: re.Pattern[str], text: str) -> int:
    return len(letters.findall(text))


def is_east_asian(text: str) -> bool:
    """Say whether a text can be Chinese, Japanese or Korean: its signs are not inside of words."""
    return _EAST_ASIAN_IN_A_WORD.search(text) is None


def has_rare_letters(text: str, codec: str) -> bool:
    """Say whether more letters of a text are from 0x80 to 0x9F than from 0xC0 on."""
    letters = "".join(filter(str.isalpha, text)).encode(codec, "ignore")
    rare = sum(0x80 <= byte < 0xA0 for byte in letters)
    return rare > sum(byte >= 0xC0 for byte in letters)


def reads_oddly(text: str) -> bool:
    """Say whether a text in an alphabet has signs or capitals in the middle of its words."""
    return _SIGN_IN_A_WORD.search(text) is not None or any(
        letter.isupper() and not letter.isascii() and former.isalpha() and latter.islower()
        for former, letter, latter in zip(text, text[1:], f"{text[2:]}x", strict=False)
    )
