"""In which encoding a file is: as it says, as the caller says, or guessed for all to see."""

from __future__ import annotations

from pathlib import Path

import pytest
from babel import Locale

from imports import opened_table, refusal
from ts_customers import Invalid
from ts_customers.importing._plausible import is_east_asian, western_codec

WORDS = {
    "cp1252": ["Müller GmbH", "Société Générale", "Peña e Hijos", "Århus Køkken", "„Spaß“ AG"],
    "mac_roman": ["Müller GmbH", "Großhandel Köln", "Bäckerei Schön", "Société Générale"],
    "cp850": ["Müller GmbH", "Großhandel Köln", "Bäckerei Schön", "Weiß & Söhne"],
    "cp1250": ["Żółw Sp. z o.o.", "Łódź Spółka", "Wrocław Książki", "Gdańsk Śledź"],
    "iso8859_2": ["Żółw Sp. z o.o.", "Łódź Spółka", "Wrocław Książki", "Gdańsk Śledź"],
    "cp1251": ["ООО Ромашка", "Москва", "Санкт-Петербург", "улица Ленина"],
    "koi8_r": ["ООО Ромашка", "Москва", "Санкт-Петербург", "улица Ленина"],
    "cp1253": ["Αθήνα Α.Ε.", "Θεσσαλονίκη", "Εταιρεία Τροφίμων", "Οδός Ερμού"],
    "cp1254": ["İstanbul Şirketi", "Çiğköfte Ltd.", "Ağrı Dağı", "Güneş Işık"],
    "cp932": ["株式会社サンプル", "東京都千代田区", "大阪府大阪市", "有限会社ヤマダ"],
    "euc_jp": ["株式会社サンプル", "東京都千代田区", "大阪府大阪市", "有限会社ヤマダ"],
    "gb18030": ["北京有限公司", "上海贸易", "广州市天河区", "深圳科技有限公司"],
    "cp949": ["주식회사 삼성", "서울특별시 강남구", "부산광역시", "대한민국"],
}
HUNGARIAN = ["Győr Kft.", "Székesfehérvár", "Főtér Szövetkezet", "Űrhajó Bt."]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "customers.csv"


def content(words: list[str]) -> str:
    return "Company;City\r\n" + "".join(f"{word};Nowhere {n}\r\n" for n, word in enumerate(words))


def companies(file: Path, encoding: str | None = None) -> list[str]:
    with opened_table(file, encoding=encoding) as table:
        return [record.cells[0] for record in table.records()]


@pytest.mark.parametrize(
    ("codec", "words"), [*WORDS.items(), ("cp1250", HUNGARIAN)], ids=[*WORDS, "hungarian"]
)
def test_an_encoding_is_guessed_and_shown(file: Path, codec: str, words: list[str]) -> None:
    file.write_bytes(content(words).encode(codec))

    with opened_table(file) as table:
        encoding = table.source.encoding
        assert [record.cells[0] for record in table.records()] == words
    assert encoding is not None
    assert (encoding.codec, encoding.guessed) == (codec, True)
    assert encoding.label
    assert encoding.words[0] in " ".join(words)


@pytest.mark.parametrize(
    ("language", "codec"),
    [
        *((language, "cp1252") for language in ("de", "fr", "es", "pt", "it", "nl", "da", "sv")),
        *((language, "cp1252") for language in ("fi", "is", "nb", "ca")),
        *((language, "cp1250") for language in ("pl", "cs", "hu", "hr")),
        *((language, "mac_roman") for language in ("de", "fr", "es")),
        *((language, "cp1251") for language in ("ru", "uk", "bg")),
        ("de", "cp850"),
        ("el", "cp1253"),
        ("tr", "cp1254"),
        ("lt", "cp1257"),
        ("ja", "cp932"),
        ("zh", "gb18030"),
        ("zh_Hant", "big5"),
        ("ko", "cp949"),
    ],
)
def test_names_of_all_countries_are_read_in_their_language(
    file: Path, language: str, codec: str
) -> None:
    names = [
        name for name in Locale.parse(language).territories.values() if is_written(name, codec)
    ]
    file.write_bytes(content(names).encode(codec))

    assert companies(file) == names
    assert len(names) > 200


def test_lithuanian_is_not_taken_for_icelandic() -> None:
    assert western_codec("šalių lietuvių šokėjų".encode("cp1257")) is None
    assert western_codec("Norður-Ameríka, Óþekkt".encode("cp1252")) == "cp1252"


@pytest.mark.parametrize("text", ["B臘ker", "Stra疽e", "騁udes"])
def test_east_asian_signs_are_not_parts_of_latin_words(text: str) -> None:
    assert not is_east_asian(text)
    assert is_east_asian("Sony株式会社 JR東日本 第1ビル")


def is_written(name: str, codec: str) -> bool:
    return name.encode(codec, "ignore").decode(codec) == name


@pytest.mark.parametrize(
    ("codec", "mark", "guessed"),
    [
        ("utf-8", "", False),
        ("utf-8", "\ufeff", False),
        ("utf-16-le", "\ufeff", False),
        ("utf-16-be", "\ufeff", False),
        ("utf-16-le", "", True),
        ("utf-16-be", "", True),
    ],
)
def test_unicode_is_no_guess_where_a_mark_says_so(
    file: Path, codec: str, mark: str, guessed: bool
) -> None:
    words = ["Müller", "株式会社", "Łódź", "🏢 Ltd"]
    file.write_bytes((mark + content(words)).encode(codec))

    with opened_table(file) as table:
        encoding = table.source.encoding
        assert table.header == ("Company", "City")
        assert [record.cells[0] for record in table.records()] == words
    assert encoding is not None
    assert encoding.guessed is guessed
    assert encoding.label == codec.upper()[: codec.rindex("-")] if "16" in codec else "UTF-8"


@pytest.mark.parametrize("codec", [*WORDS, "utf-8", "utf-16", "utf-16-le", "UTF8", "latin-1"])
def test_an_encoding_that_is_given_is_the_one(file: Path, codec: str) -> None:
    words = WORDS.get(codec, ["Kšlner"] if codec != "latin-1" else ["Kölner"])
    file.write_bytes(content(words).encode(codec))

    assert companies(file, encoding=codec) == words
    with opened_table(file, encoding=codec) as table:
        assert table.source.encoding is not None
        assert not table.source.encoding.guessed


def test_utf8_that_is_given_may_have_a_mark(file: Path) -> None:
    file.write_bytes(content(["Köln"]).encode("utf-8-sig"))

    with opened_table(file, encoding="utf-8") as table:
        assert table.header == ("Company", "City")


def test_what_is_not_in_the_encoding_that_is_given_is_refused(file: Path) -> None:
    file.write_bytes(content(["Ulm", "Köln"]).encode("cp1252"))

    error = refusal(file, encoding="utf-8")
    assert error.slug == "file_not_decodable"
    assert "customers.csv is not UTF-8: byte 0xf6" in error.message
    assert "in line 3" in error.message


@pytest.mark.parametrize("name", ["klingon", "rot13", "base64", "", "utf-8\x00"])
def test_an_encoding_that_does_not_exist_is_refused(file: Path, name: str) -> None:
    file.write_bytes(b"Company\nAcme\n")

    error = refusal(file, encoding=name)
    assert isinstance(error, Invalid)
    assert error.slug == "encoding_unknown"


@pytest.mark.parametrize(
    ("damaged", "where"),
    [
        ("Müller;Köln\nStra\udcdfe;Ulm\n", "0xdf at position 31, in line 3"),
        ("Łódź;Kraków\r\nBia\udcb3ystok;X\r\n", "0xb3 at position 33, in line 3"),
        ("Köln;\udced\udca0\udc80\n", "0xed at position 19, in line 2"),
        ("Москва;Ромашка\nКазань;\udce9\n", "0xe9 at position 54, in line 3"),
        ("Köln;Ulm\rK\udcf6ln;Ulm\r", "0xf6 at position 24, in line 3"),
        ("".join(f"Straße {n};Köln\n" for n in range(999)) + "Stra\udcdfe;\n", "in line 1,001"),
    ],
)
def test_one_wrong_byte_in_utf8_is_shown_and_not_taken_for_another_encoding(
    file: Path, damaged: str, where: str
) -> None:
    file.write_bytes(b"Company;City\n" + damaged.encode("utf-8", "surrogateescape"))

    error = refusal(file)
    assert error.slug == "file_not_utf8"
    assert "not UTF-8 throughout" in error.message
    assert where in error.message


def test_utf8_among_windows_1252_is_no_guess_either(file: Path) -> None:
    lines = [f"Köln {n};Straße".encode("cp1252") for n in range(50)]
    for other in ("Café;Nîmes", "À Table;Ulm"):
        file.write_bytes(b"\n".join([b"Company;City", *lines, other.encode()]))

        assert refusal(file).slug == "file_not_utf8"


def test_the_letter_that_mac_puts_where_windows_has_a_rare_one_is_that_letter(file: Path) -> None:
    words = ["Kölner Hof", "Möbel Höfer", "Töpferei Böhm"]
    file.write_bytes(content(words).encode("mac_roman"))

    assert b"K\x9alner" in file.read_bytes()  # Kšlner in Windows-1252
    assert companies(file) == words


@pytest.mark.parametrize(("word", "codec"), [("Café", "mac_roman"), ("Kölner", "cp850")])
def test_one_letter_is_no_evidence(file: Path, word: str, codec: str) -> None:
    file.write_bytes(content([word] * 9).encode(codec))

    assert refusal(file).slug == "encoding_unclear"
    assert companies(file, encoding=codec) == [word] * 9


def test_a_wrong_byte_is_counted_across_the_blocks_of_a_large_file(file: Path) -> None:
    header = "Köln\n".encode()
    # Two bytes of a character fall on either side of the first megabyte.
    body = b"a\n" * (512 * 1024 - len(header) // 2 - 1) + b"a" + "é".encode() + b"\nb\xe9\n"
    file.write_bytes(header + body)
    assert (header + body)[1024 * 1024 - 1 : 1024 * 1024 + 1] == "é".encode()

    position = len(header + body) - 2
    line = header.count(b"\n") + body.count(b"\n")
    assert f"0xe9 at position {position:,}, in line {line:,}" in refusal(file).message


def test_a_line_end_and_a_character_may_lie_across_blocks(file: Path) -> None:
    body = b"Company\n" + b"a" * (1024 * 1024 - 9)
    file.write_bytes(body + b"\r\nb\xe9\xe9\xe9" + "éééééé".encode())
    assert "in line 3" in refusal(file).message

    # Of two bytes, or of three that would be nothing else, this is one character of UTF-8.
    file.write_bytes(body + "М".encode() + b"\nb\xe9\n")
    assert refusal(file).slug == "file_not_utf8"


@pytest.mark.parametrize(
    ("data", "slug"),
    [
        ("\ufeffCompany\nA\x00B\n".encode("utf-16-le"), "file_has_nul"),
        ("\ufeffCompany\nAcme\n".encode("utf-16-le") + b"\x00\xd8\n\x00", "file_not_decodable"),
        ("\ufeffCompany\nAcme\n".encode("utf-16-le") + b"\x00", "file_not_decodable"),
        ("Company\nM\xfcller\x00\n".encode("cp1252"), "file_has_nul"),
        (bytes(range(256)), "file_has_nul"),
    ],
)
def test_what_is_no_text_is_refused(file: Path, data: bytes, slug: str) -> None:
    file.write_bytes(data)

    assert refusal(file).slug == slug
