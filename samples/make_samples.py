#!/usr/bin/env python3
"""Makes every document in this folder again.

Needs Python 3.11 and: pip install reportlab pillow python-docx openpyxl python-pptx odfpy
Run it as `python3 samples/make_samples.py`. With the same library versions the bytes come out the same; nothing in
the build or the tests needs it, because the documents are kept in the repository. What each one must do is in samples.toml.
"""

import sys
from pathlib import Path

from makers import huge, office, pdfs, pictures, plain

SAMPLES = {
    "lease-agreement.pdf": pdfs.lease,
    "invoice-2041.pdf": pdfs.invoice,
    "board-minutes-scan.pdf": pdfs.minutes,
    "boundary-survey.pdf": pdfs.survey,
    "insurer-blank-reverse.pdf": pdfs.one_blank_page,
    "payroll-encrypted.pdf": pdfs.encrypted,
    "broken-download.pdf": pdfs.corrupt,
    "delivery-note.png": pictures.delivery_note,
    "water-notice.jpg": pictures.notice,
    "fax-quotation.tif": pictures.quotation,
    "parcel-label.gif": pictures.label,
    "harvest-poster.webp": pictures.poster,
    "turnstile-log.bmp": pictures.turnstile,
    "sunrise.jpg": pictures.sunrise,
    "wallpaper-huge.png": huge.wallpaper,
    "plum-cake.txt": plain.recipe,
    "chateau-letter-latin1.txt": plain.letter,
    "seabird-count-utf16.txt": plain.field_notes,
    "tea-order-shift-jis.txt": plain.order,
    "honey-contract-windows-1251.txt": plain.contract,
    "mileage.csv": plain.mileage,
    "allotment-newsletter.html": plain.newsletter,
    "bridge-enquiry.eml": plain.enquiry,
    "playground-proposal.docx": office.proposal,
    "stock-count.xlsx": office.stock_count,
    "archive-move.pptx": office.kickoff,
    "volunteer-handbook.odt": office.handbook,
    "zip-bomb.docx": office.bomb,
}
TOTAL_BYTES_MAX = 2_000_000


def main():
    folder = Path(__file__).parent
    total = 0
    for name, make in SAMPLES.items():
        body = make()
        (folder / name).write_bytes(body)
        total += len(body)
        print(f"{len(body):>8}  {name}")
    print(f"{total:>8}  in all")
    return 0 if total <= TOTAL_BYTES_MAX else "the samples outgrew TOTAL_BYTES_MAX"


if __name__ == "__main__":
    sys.exit(main())
