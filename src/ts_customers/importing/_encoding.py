"""In which encoding a text is: what it says itself, else UTF-8, else a guess that can be seen."""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import IO

from charset_normalizer import from_bytes

from ts_customers._errors import InputFileError, Invalid
from ts_customers.importing._decoding import Damage, find_damage
from ts_customers.importing._fingerprint import BLOCK
from ts_customers.importing._plausible import (
    has_rare_letters,
    is_east_asian,
    reads_oddly,
    western_codec,
)

# What a list of customers may have been saved in by a spreadsheet program, and its usual name.
_LABELS = {
    "utf-8": "UTF-8",
    "utf-8-sig": "UTF-8",
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16",
    "utf-16-be": "UTF-16",
    "cp1252": "Windows-1252",
    "cp1250": "Windows-1250",
    "cp1251": "Windows-1251",
    "cp1253": "Windows-1253",
    "cp1254": "Windows-1254",
    "cp1255": "Windows-1255",
    "cp1256": "Windows-1256",
    "cp1257": "Windows-1257",
    "mac_roman": "Mac Roman",
    "cp850": "DOS 850",
    "cp852": "DOS 852",
    "iso8859_2": "ISO 8859-2",
    "koi8_r": "KOI8-R",
    "cp932": "Shift JIS",
    "euc_jp": "EUC-JP",
    "gb18030": "GB 18030",
    "big5": "Big5",
    "cp949": "Korean (949)",
}
_GUESSED = [codec for codec in _LABELS if not codec.startswith("utf")]
_EAST_ASIAN = ("cp932", "euc_jp", "gb18030", "big5", "cp949")

_LATIN = ("cp1250", "cp1252", "cp1254", "cp1257", "cp850", "cp852", "iso8859_2", "mac_roman")
# These have their rarest letters where those of Mac and DOS have the usual ones.
_RARE_FIRST = ("cp125", "iso")

_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SAMPLE = 16 * 1024
_SHOWN = 5
_EVIDENCE = 4
_HIGH = re.compile(rb"[\x80-\xff]")
_BEGUN = re.compile(rb"[\xc2-\xf4][\x80-\xbf]{0,2}\Z")
_UTF8 = re.compile(
    rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}",
)
_HIGH_CHARACTER = re.compile(r"[^\x00-\x7f]")
_HIGH_WORD = re.compile(r'[^\s,;|"]*[^\s\x00-\x7f][^\s,;|"]*')


@dataclass(frozen=True, slots=True)
class Encoding:
    """How the bytes of a file are read as text.

    Attributes:
        codec: What Python calls it.
        label: What people call it.
        guessed: Whether nothing in the file says so: it should be shown, with the words.
        words: Some words of the file that would read otherwise in another encoding.
    """

    codec: str
    label: str
    guessed: bool = False
    words: tuple[str, ...] = ()


def find_encoding(opened: Callable[[], IO[bytes]], name: str, wanted: str | None) -> Encoding:
    """Find the encoding of a file, and see that all of it can be read in that.

    Args:
        opened: Opens the file anew.
        name: What to call it.
        wanted: The encoding that it is known to be in.

    Raises:
        InputFileError: file_not_utf8, file_not_decodable, file_has_nul, encoding_unclear,
            line_too_long.
        Invalid: encoding_unknown.
    """
    if wanted is not None:
        encoding = _wanted(wanted)
        if damage := find_damage(opened(), encoding.codec, name):
            raise _not_decodable(name, encoding, damage)
        return encoding
    start = opened().read(BLOCK)
    codec = next((codec for mark, codec in _BYTE_ORDER_MARKS if start.startswith(mark)), None)
    guess = _unmarked_utf16(start) if codec is None else None
    codec = codec or guess or "utf-8"
    damage = find_damage(opened(), codec, name)
    if damage is None:
        return Encoding(codec, _LABELS[codec], guessed=guess is not None)
    if codec == "utf-8":
        return _legacy(opened, name, damage)
    raise _not_decodable(name, Encoding(codec, _LABELS[codec]), damage)


def _wanted(text: str) -> Encoding:
    try:
        codec = codecs.lookup(text.strip()).name
        # What is no encoding of text, such as rot13, is refused here.
        io.TextIOWrapper(io.BytesIO(), encoding=codec).close()
    except (LookupError, ValueError) as error:
        raise Invalid(
            f"there is no encoding {text}",
            slug="encoding_unknown",
            hint="Usual ones are utf-8, utf-16, cp1252, cp1250, mac_roman and cp932.",
        ) from error
    codec = {"utf-8": "utf-8-sig", "mac-roman": "mac_roman"}.get(codec, codec)
    return Encoding(codec, _LABELS.get(codec, codec))


def _unmarked_utf16(start: bytes) -> str | None:
    """Every second byte of Latin text in UTF-16 is 0, and hardly any other."""
    pairs = len(start) // 2
    even, odd = start[::2].count(0), start[1::2].count(0)
    if odd > 0.4 * pairs and even < 0.05 * pairs:
        return "utf-16-le"
    if even > 0.4 * pairs and odd < 0.05 * pairs:
        return "utf-16-be"
    return None


@dataclass(slots=True)
class _Bytes:
    """The bytes of a text that are not ASCII."""

    sample: bytes = b""
    """Lines that hold some."""
    sequences: int = 0
    """How many characters of UTF-8 they would be."""
    western_sequences: int = 0
    """Those of them that are a letter of Western Europe, such as é."""
    rest: int = 0
    """Those that are nothing in UTF-8."""


def _high_bytes(file: IO[bytes]) -> _Bytes:
    found = _Bytes()
    carried = b""
    while block := file.read(BLOCK):
        whole = carried + block
        # A character may go on in the next block.
        begun = _BEGUN.search(whole[-3:])
        end = len(whole) - (len(begun[0]) if begun else 0)
        carried = whole[end:]
        _count(found, whole[:end])
    _count(found, carried)
    return found


def _count(found: _Bytes, block: bytes) -> None:
    if block.isascii():
        return
    sequences = _UTF8.findall(block)
    found.sequences += len(sequences)
    found.western_sequences += sum(sequence[0] in (0xC2, 0xC3) for sequence in sequences)
    found.rest += len(_HIGH.findall(block)) - sum(map(len, sequences))
    for line in block.splitlines():
        if len(found.sample) >= _SAMPLE:
            return
        if not line.isascii():
            found.sample += line[:_SAMPLE] + b"\n"


def _legacy(opened: Callable[[], IO[bytes]], name: str, damage: Damage) -> Encoding:
    """Guess the encoding of what is not UTF-8, unless it nearly is."""
    high = _high_bytes(opened())
    if high.sequences * 2 >= high.rest:
        raise _nearly_utf8(name, damage)
    for codec in _candidates(high.sample):
        # What is é in UTF-8 would be Ã© or the like in Latin letters.
        is_mixed = high.western_sequences > 0 and codec in _LATIN
        if is_mixed or find_damage(opened(), codec, name) is not None:
            continue
        words = tuple(_words(high.sample, codec))[:_SHOWN]
        return Encoding(codec, _LABELS[codec], guessed=True, words=words)
    if high.western_sequences:
        raise _nearly_utf8(name, damage)
    raise InputFileError(
        f"{name} is in an encoding that cannot be told: it is not UTF-8 in line {damage.line:,}",
        slug="encoding_unclear",
        hint='Save it as "CSV UTF-8", or name its encoding, such as cp1250.',
    )


def _candidates(sample: bytes) -> list[str]:
    """The encodings that a sample may be in, the likeliest first."""
    if western := western_codec(sample):
        return [western]
    found = [match.encoding for match in from_bytes(sample, cp_isolation=_GUESSED)]
    return [codec for codec in found if _is_plausible(sample, codec)]


def _is_plausible(sample: bytes, codec: str) -> bool:
    text = " ".join(_words(sample, codec))
    if codec in _EAST_ASIAN:
        return is_east_asian(text)
    # A few letters are no evidence: they are words in many encodings.
    if len(_HIGH_CHARACTER.findall(text)) < _EVIDENCE or reads_oddly(text):
        return False
    return not codec.startswith(_RARE_FIRST) or not has_rare_letters(text, codec)


def _words(sample: bytes, codec: str) -> list[str]:
    """The different words of a sample that are not ASCII."""
    return list(dict.fromkeys(_HIGH_WORD.findall(sample.decode(codec, "replace"))))


def _nearly_utf8(name: str, damage: Damage) -> InputFileError:
    return InputFileError(
        f"{name} is not UTF-8 throughout: {damage}",
        slug="file_not_utf8",
        hint='Mend that line, save it as "CSV UTF-8", or name its encoding, such as cp1252.',
    )


def _not_decodable(name: str, encoding: Encoding, damage: Damage) -> InputFileError:
    return InputFileError(
        f"{name} is not {encoding.label}: {damage}",
        slug="file_not_decodable",
        hint='Save it as "CSV UTF-8", or name the encoding that it is in.',
    )
