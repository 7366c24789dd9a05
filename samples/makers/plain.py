"""Plain text in five encodings, a table in CSV, a web page and an e-mail."""

import codecs

RECIPE = """Plum cake on a tray (Zwetschgendatschi)

For one baking tray: 500 g flour, 42 g fresh yeast, 250 ml milk, 80 g butter, two kilos of plums.
Let the dough rise under a cloth. Roll it out thinly, lay the plums like roof tiles and strew them with cinnamon.
Bake for forty minutes. Serve with crème fraîche - or, as grandmother insisted, with nothing at all.
"""

LETTER = """Château de Brissac, le 3 mars

Madame,

Votre facture porte la référence BX-77 et son échéance est le 30 avril.
Nous vous prions d'envoyer les tonneaux de chêne avant la vendange.

Veuillez agréer, Madame, nos salutations distinguées.
Hélène Garçon, maître de chai
"""

FIELD_NOTES = """Seabird count, Skerry Point

06:10  wind north-west, visibility good
06:25  41 guillemots on the lower ledge
06:50  kittiwake colony noisy, 118 nests – two more than last year
07:30  one storm petrel, ringed “K4”
"""

ORDER = """注文書

株式会社みどり茶園 御中

抹茶 二十缶、煎茶 五十袋を注文いたします。
納品は四月十日までにお願いいたします。
請求書は経理部へお送りください。
"""

CONTRACT = """ДОГОВОР ПОСТАВКИ

Поставщик обязуется передать покупателю двести килограммов гречишного мёда.
Оплата производится в течение десяти дней после приёмки товара.
Склад находится на Набережной улице, дом восемь.
"""

MILEAGE = """date;driver;from;to;km;reason
2024-05-02;Okonkwo;depot;Ashdown quarry;84;gravel samples
2024-05-03;Okonkwo;depot;harbour;12;customs papers
2024-05-07;Weiss;Ashdown quarry;laboratory;131;gravel samples
"""

NEWSLETTER = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Allotment newsletter</title>
<style>.hiddenribbon { color: olive; }</style>
<script>var trackvisitor = "cookiejar"; document.title = "replaced";</script>
</head>
<body>
<h1>Allotment newsletter, autumn</h1>
<p>The <b>compost</b> delivery comes on Friday &amp; the marrow contest on Sunday.</p>
<table><tr><th>Plot</th><th>Waiting since</th></tr><tr><td>12b</td><td>February</td></tr></table>
<ul><li>Beware of the wasps&rsquo; nest behind the toolshed.</li></ul>
</body>
</html>
"""

ENQUIRY = """From: Ines Vogel <ines.vogel@example.org>
To: office@example.com
Subject: =?utf-8?Q?Anfrage:_Anstrich_der_Br=C3=BCcke?=
Date: Mon, 22 Apr 2024 09:15:00 +0200
Message-ID: <20240422.1@example.org>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="part"

--part
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: quoted-printable

Dear Sir or Madam,

we would like to have the railing of the canal bridge repainted. Could you let u=
s know what the scaffolding would cost? The colour should stay verdigris.

Mit freundlichen Gr=C3=BC=C3=9Fen
Ines Vogel
--part
Content-Type: text/csv; name="measurements.csv"
Content-Disposition: attachment; filename="measurements.csv"

railing;metres
north;38
south;41
--part--
"""


def recipe():
    return RECIPE.encode()


def letter():
    return LETTER.encode("latin-1")


def field_notes():
    return codecs.BOM_UTF16_LE + FIELD_NOTES.encode("utf-16-le")


def order():
    return ORDER.encode("shift-jis")


def contract():
    return CONTRACT.encode("windows-1251")


def mileage():
    return MILEAGE.encode()


def newsletter():
    return NEWSLETTER.encode()


def enquiry():
    return ENQUIRY.replace("\n", "\r\n").encode()
