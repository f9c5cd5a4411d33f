"""The words that made-up customers consist of. Companies and people are invented."""

from __future__ import annotations

from dataclasses import dataclass

# City, state (empty where an address has none), postal code.
# In templates # is a digit, @ a letter that every postal service accepts, ? one of A to Z.
Place = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Language:
    """How companies and people are called; `latin` is for names in another script."""

    firms: tuple[str, ...]
    trades: tuple[str, ...]
    forms: tuple[str, ...]
    first_names: tuple[str, ...]
    last_names: tuple[str, ...]
    latin: dict[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Country:
    """Where a customer may be. `weight` is how often."""

    language: str
    currency: str
    weight: int
    tax_id: str
    street: str
    places: tuple[Place, ...]
    forms: tuple[str, ...] = ()  # of companies, where the language does not tell


def words(text: str) -> tuple[str, ...]:
    """Split a list of words; an underscore stands for a space inside one."""
    return tuple(word.replace("_", " ") for word in text.split())


LATIN = {
    "青葉": "Aoba", "瑞穂": "Mizuho", "三日月": "Mikazuki", "若竹": "Wakatake", "白鷺": "Shirasagi",
    "朝凪": "Asanagi", "黒潮": "Kuroshio", "星川": "Hoshikawa",
    "太郎": "Taro", "花子": "Hanako", "健一": "Kenichi", "美咲": "Misaki", "翔": "Sho",
    "由美": "Yumi", "大輔": "Daisuke", "佐藤": "Sato", "鈴木": "Suzuki", "高橋": "Takahashi",
    "田中": "Tanaka", "渡辺": "Watanabe", "山本": "Yamamoto", "小林": "Kobayashi",
    "한빛": "Hanbit", "새솔": "Saesol", "가온": "Gaon", "미르": "Mireu", "누리봄": "Nuribom",
    "민준": "Minjun", "서연": "Seoyeon", "지훈": "Jihun", "하은": "Haeun", "도윤": "Doyun",
    "김": "Kim", "이": "Lee", "박": "Park", "최": "Choi", "정": "Jung",
}  # fmt: skip

LANGUAGES = {
    "en": Language(
        words("Bramblewick Northwick Harrowgate_&_Finch Copperfell Tidewater_Lane Oakhollow "
              "Larkmere Stonebridge_Row Windrow Foxdale Merriton Ashgrove_&_Pell Quillmont "
              "Redfern_Hollow Silverthorpe Dunmarrow"),
        words("Tools Supply Foods Textiles Medical Packaging Lighting Garden Optics Freight"),
        words("Inc. LLC Ltd Group"),
        words("Olivia James Amara Noah Grace Ethan Priya Liam Chloe Marcus Hannah Theo"),
        words("Whitlock Barnaby Okafor Penrose Sinclair Draycott Hollis Vance Marlowe Tennant"),
    ),
    "de": Language(
        words("Brückwald Hagenried Löwenthal Küstermoor Sternhagen Weißbach_&_Söhne Tannhöfer "
              "Grünauer Ostermühl Falkenrath Rübenkamp"),
        words("Werkzeugbau Großhandel Medizintechnik Feinkost Möbel Elektrotechnik Logistik"),
        words("GmbH AG GmbH_&_Co._KG KG"),
        words("Jürgen Anneliese Björn Käthe Lukas Sabine Moritz Franziska Götz Ümit"),
        words("Müllner Schröpfer Köhlmann Weißgerber Bäuerle Jäckel Strößner Vogtland"),
    ),
    "fr": Language(
        words("Beauséjour Clairvallon Roche_Épine Montfleury L'Étoile_du_Nord Hautecœur Belleforge "
              "Grand_Chêne Côte_d'Azay"),
        words("Outillage Textile Boulangerie Équipement Vins Médical Emballage"),
        words("S.A.R.L. SAS SA"),
        words("Chloé François Élodie Rémi Océane Benoît Maëlle Théo Hélène Loïc"),
        words("Dubreuil Lefèvre-Morin Garçonnet Pélissier Château Brûlé Noëlson D'Aubigny"),
    ),
    "es": Language(
        words("Peñalba Río_Claro Montesol La_Alameda Cañaveral Dos_Olivos Torrecilla Brisamar"),
        words("Herramientas Alimentación Textiles Suministros Cerámica Iluminación"),
        words("S.L. S.A. S.L.U."),
        words("José Lucía Íñigo Begoña Martín Ángela Raúl Inés Nuño Sofía"),
        words("Muñoz_Prado Ibáñez Peñarroya Güell Cordón Echevarría Núñez_Vela Carrión"),
    ),
    "it": Language(
        words("Fontechiara Montalbero Ponte_Nuovo Bellacosta Verdelago Torreluna Rivabianca"),
        words("Utensili Alimentari Tessuti Ceramiche Illuminazione Imballaggi"),
        words("S.r.l. S.p.A. S.n.c."),
        words("Niccolò Giulia Matteo Noemi Andrea Letizia Zoè Raffaele"),
        words("Bellandi Cantarutti D'Orsi Montalti Righetto Savarè Zanolin"),
    ),
    "pt": Language(
        words("Água_Clara Serra_Verde Três_Pinheiros Pão_&_Sal Ribeirão_Azul Conceição_Nova"),
        words("Ferramentas Alimentos Têxteis Embalagens Iluminação Logística"),
        words("Ltda. S.A."),
        words("João Inês Conceição Luís Antônia Tiago Mônica Simão"),
        words("Gonçalves_Reis Magalhães Simões Araújo_Lima Brandão Queirós"),
    ),
    "nl": Language(
        words("Zilvermeer Duinwijck Oudewaard Lindehof Noorderdijk Blauwgras"),
        words("Gereedschap Groothandel Techniek Verpakkingen Tuinbouw"),
        words("B.V. N.V."),
        words("Sanne Daan Noëlle Jeroen Maaike Thijs Zoë Bram"),
        words("van_der_Meulen de_Wilde Hoekstra Brouwers ter_Horst IJsbrandy"),
    ),
    "nordic": Language(
        words("Björkåsen Fjällsund Strömvik Ålgården Nordlyset Hvidbjerg Sjöstad Tuuliniemi"),
        words("Teknik Livs Möbler Verktyg Trä Handel"),
        words("AB A/S AS Oy"),
        words("Åsa Göran Søren Kjersti Väinö Linnéa Øystein Päivi Björn Aino"),
        words("Lindqvist Sjögren Østergård Hämäläinen Åkesson Bjørnstad Mäkelä"),
    ),
    "slavic": Language(
        words("Jasieńczyk Złotowir Modrzewie Řekavín Dubiště Źródlany Šípkov"),
        words("Narzędzia Spożywcza Nástroje Obaly Meble"),
        words("Sp._z_o.o. S.A. s.r.o."),
        words("Łukasz Zofia Jiří Małgorzata Žaneta Bożena Ondřej Święcisława"),
        words("Wójcicki Nowacka Dvořáček Żuraw Kříž Śliwa"),
    ),
    "ja": Language(
        words("青葉 瑞穂 三日月 若竹 白鷺 朝凪 黒潮 星川"),
        words("商事 製作所 食品 工業 医療機器 繊維"),
        words("株式会社 合同会社"),
        words("太郎 花子 健一 美咲 翔 由美 大輔"),
        words("佐藤 鈴木 高橋 田中 渡辺 山本 小林"),
        LATIN,
    ),
    "ko": Language(
        words("한빛 새솔 가온 미르 누리봄"),
        words("상사 식품 공업 섬유"),
        words("주식회사"),
        words("민준 서연 지훈 하은 도윤"),
        words("김 이 박 최 정"),
        LATIN,
    ),
}  # fmt: skip

COUNTRIES = {
    "US": Country("en", "USD", 130, "##-#######", "{n}00 {w} Avenue", (
        ("Portland", "OR", "972##"), ("Austin", "TX", "787##"), ("Columbus", "OH", "432##"),
        ("Denver", "CO", "802##"), ("Raleigh", "NC", "276##"), ("Minneapolis", "MN", "554##"),
        ("Seattle", "WA", "981##"), ("Tucson", "AZ", "857##")), ("Inc.", "LLC", "Corp.")),
    "GB": Country("en", "GBP", 70, "GB#########", "{n} {w} Road", (
        ("Leeds", "", "LS1# #@@"), ("Bristol", "", "BS# #@@"), ("Glasgow", "", "G# #@@"),
        ("Manchester", "", "M# #@@"), ("Norwich", "", "NR# #@@"), ("Cardiff", "", "CF1# #@@")),
        ("Ltd", "plc")),
    "DE": Country("de", "EUR", 80, "DE#########", "{w}straße {n}", (
        ("Hamburg", "", "2035#"), ("München", "", "8033#"), ("Köln", "", "5067#"),
        ("Leipzig", "", "0410#"), ("Stuttgart", "", "7017#"), ("Bremen", "", "2819#"))),
    "FR": Country("fr", "EUR", 45, "FR###########", "{n} rue {w}", (
        ("Lyon", "", "6900#"), ("Nantes", "", "4400#"), ("Lille", "", "5900#"),
        ("Bordeaux", "", "3300#"), ("Strasbourg", "", "6700#"))),
    "ES": Country("es", "EUR", 35, "ESB########", "Calle {w} {n}", (
        ("Madrid", "Madrid", "280##"), ("Barcelona", "Barcelona", "080##"),
        ("València", "Valencia", "460##"), ("Sevilla", "Sevilla", "410##"),
        ("Bilbao", "Vizcaya", "480##"))),
    "IT": Country("it", "EUR", 30, "IT###########", "Via {w} {n}", (
        ("Milano", "MI", "201##"), ("Torino", "TO", "101##"), ("Bologna", "BO", "401##"),
        ("Firenze", "FI", "501##"), ("Napoli", "NA", "801##"))),
    "JP": Country("ja", "JPY", 45, "T#############", "{n}丁目{n}-1 {w}ビル", (
        ("千代田区", "東京都", "100-00##"), ("大阪市北区", "大阪府", "530-00##"),
        ("名古屋市中区", "愛知県", "460-00##"), ("福岡市博多区", "福岡県", "812-00##"),
        ("札幌市中央区", "北海道", "060-00##"), ("横浜市西区", "神奈川県", "220-00##"))),
    "NL": Country("nl", "EUR", 22, "NL#########B0#", "{w}laan {n}", (
        ("Amsterdam", "", "101# @@"), ("Rotterdam", "", "301# @@"), ("Utrecht", "", "351# @@"),
        ("Eindhoven", "", "561# @@"))),
    "BE": Country("nl", "EUR", 8, "BE0#########", "{w}straat {n}", (
        ("Antwerpen", "", "20#0"), ("Gent", "", "90#0")), ("BV", "NV")),
    "SE": Country("nordic", "SEK", 18, "SE##########01", "{w}gatan {n}", (
        ("Stockholm", "", "111 ##"), ("Göteborg", "", "411 ##"), ("Malmö", "", "211 ##")), ("AB",)),
    "NO": Country("nordic", "NOK", 10, "#########MVA", "{w}veien {n}", (
        ("Oslo", "", "01##"), ("Bergen", "", "50##"), ("Tromsø", "", "90##")), ("AS",)),
    "DK": Country("nordic", "DKK", 10, "DK########", "{w}vej {n}", (
        ("Aarhus", "", "80#0"), ("Odense", "", "50#0")), ("A/S", "ApS")),
    "FI": Country("nordic", "EUR", 8, "FI########", "{w}katu {n}", (
        ("Helsinki", "", "00###"), ("Jyväskylä", "", "40###")), ("Oy",)),
    "CH": Country("de", "CHF", 15, "CHE-###.###.###", "{w}strasse {n}", (
        ("Zürich", "", "800#"), ("Basel", "", "405#"), ("Bern", "", "301#")), ("AG", "GmbH")),
    "AT": Country("de", "EUR", 10, "ATU########", "{w}gasse {n}", (
        ("Wien", "", "10#0"), ("Graz", "", "801#"), ("Linz", "", "402#"))),
    "CA": Country("en", "CAD", 25, "#########RT0001", "{n} {w} Street", (
        ("Toronto", "ON", "M5V #@#"), ("Vancouver", "BC", "V6B #@#"),
        ("Calgary", "AB", "T2P #@#"), ("Montréal", "QC", "H3B #@#")), ("Inc.", "Ltd.")),
    "AU": Country("en", "AUD", 18, "## ### ### ###", "{n} {w} Parade", (
        ("Sydney", "NSW", "20##"), ("Melbourne", "VIC", "30##"), ("Brisbane", "QLD", "40##"),
        ("Perth", "WA", "60##")), ("Pty Ltd",)),
    "NZ": Country("en", "NZD", 6, "###-###-###", "{n} {w} Terrace", (
        ("Auckland", "", "10##"), ("Wellington", "", "60##")), ("Ltd",)),
    "IE": Country("en", "EUR", 8, "IE#######@", "{n} {w} Quay", (
        ("Dublin", "", "D02 X###"), ("Cork", "", "T12 X###")), ("Ltd", "DAC")),
    "IN": Country("en", "INR", 20, "29?????####?1Z#", "{n} {w} Marg", (
        ("Bengaluru", "Karnataka", "5600##"), ("Mumbai", "Maharashtra", "4000##"),
        ("Chennai", "Tamil Nadu", "6000##"), ("Hyderabad", "Telangana", "5000##")), ("Pvt. Ltd.",)),
    "BR": Country("pt", "BRL", 18, "##.###.###/0001-##", "Rua {w}, {n}", (
        ("São Paulo", "SP", "013##-###"), ("Curitiba", "PR", "800##-0##"),
        ("Porto Alegre", "RS", "900##-0##"))),
    "PT": Country("pt", "EUR", 8, "PT#########", "Rua {w} {n}", (
        ("Lisboa", "", "1100-###"), ("Porto", "", "4000-###")), ("Lda.",)),
    "MX": Country("es", "MXN", 10, "???######??#", "Avenida {w} {n}", (
        ("Guadalajara", "Jalisco", "44###"), ("Monterrey", "Nuevo León", "64###")),
        ("S.A. de C.V.",)),
    "PL": Country("slavic", "PLN", 12, "PL##########", "ul. {w} {n}", (
        ("Warszawa", "", "00-###"), ("Kraków", "", "30-###"), ("Gdańsk", "", "80-###")),
        ("Sp. z o.o.", "S.A.")),
    "CZ": Country("slavic", "CZK", 6, "CZ########", "{w} {n}", (
        ("Praha", "", "110 ##"), ("Brno", "", "602 ##")), ("s.r.o.",)),
    "KR": Country("ko", "KRW", 8, "###-##-#####", "{w}로 {n}", (
        ("강남구", "서울", "060##"), ("해운대구", "부산", "480##"))),
    "SG": Country("en", "SGD", 6, "20#######@", "{n} {w} Link", (("Singapore", "", "0185##"),),
        ("Pte. Ltd.",)),
    "AE": Country("en", "AED", 5, "10#############", "{w} Tower {n}", (("", "Dubai", ""),),
        ("LLC", "FZE")),
    "HK": Country("en", "HKD", 5, "########-000", "{n}/F {w} Centre", (
        ("Mong Kok", "Kowloon", ""),), ("Limited",)),
}  # fmt: skip
