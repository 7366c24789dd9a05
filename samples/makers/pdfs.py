"""PDF with a text layer, scanned, mixed, with a blank page, encrypted and corrupt."""

import io
import random
import textwrap

from PIL import Image
from reportlab.lib.pagesizes import A4 as PAPER
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from makers import scan

LEASE = [
    (
        "Lease of Unit 7, Cooper's Yard",
        "This lease is made between Lanternfield Properties Limited, the landlord, and Juniper Bookbinding, the tenant. "
        "The landlord lets the workshop known as Unit 7 for a term of five years at a yearly rent of 9,600 pounds, payable quarterly in advance.\n"
        "The tenant may use the workshop for the binding and repair of books and for no other trade. "
        "So long as the rent is paid the tenant shall have peaceful enjoyment of the premises.",
    ),
    (
        "Repair and alteration",
        "The tenant keeps the interior in good repair. At the end of the term a schedule of dilapidations is drawn up by a surveyor whom both accept.\n"
        "Subletting is allowed with the landlord's consent in writing, which is not to be withheld without a reason. "
        "No presses heavier than two tonnes are to be installed on the mezzanine.",
    ),
    (
        "Disputes and signature",
        "A dispute that cannot be settled by talking is referred to arbitration under the rules of the local chamber of commerce.\n"
        "Signed by both parties in the presence of the witness named below, on the fourteenth of February.",
    ),
]
INVOICE = (
    "Invoice 2041",
    "Kestrel Glazing, 3 Tannery Lane. To: Harbour Lane Bakery.\n"
    "Six argon filled windows at 310.00: 1,860.00\nFitting, two days: 540.00\nDisposal of old frames: 75.00\nTotal due within thirty days: 2,475.00\n"
    "Please quote the invoice number with your payment.",
)
MINUTES = [
    (
        "Minutes of the board",
        [
            "Held in the reading room on the ninth of May. Present: Mrs Adeyemi in the chair, Mr Lindqvist, Miss Tran and the treasurer.",
            "The treasurer reported a surplus of 412 pounds. The board agreed to spend it on the footbridge, whose handrail is loose.",
            "Miss Tran will ask three carpenters for an estimate.",
        ],
    ),
    (
        "Other business",
        [
            "A letter from the county asked for a hydrology report before the weir is rebuilt. Mr Lindqvist will draft an answer.",
            "The next meeting is on the thirteenth of June. The meeting adjourned at half past eight.",
        ],
    ),
]
SURVEY = (
    "Boundary survey, Mallard Farm",
    "The eastern boundary follows the ditch for 212 metres and then the old tramway embankment. "
    "Two iron markers were found; a third was replaced. The sketch made in the field is attached as the second page.",
)
SKETCH = ("Field sketch", ["Station one: hawthorn hedge, 48 metres to the gatepost.", "Station two: theodolite set up on the culvert.", "Bearing to the chimney 114 degrees."])
LETTER = ("Letter to the insurer", ["We enclose the photographs of the hailstorm damage to the greenhouse.", "Forty panes were broken. The reverse of this sheet is empty."])
PAYROLL = ("Payroll, March", "Confidential. This page can be read only with the password.")


def canvas(out, title, **options):
    """A canvas that writes the same bytes each time: no clock, no random identifier."""
    made = Canvas(out, pagesize=PAPER, invariant=1, **options)
    made.setTitle(title)
    return made


def text_page(page, heading, body):
    """One page with a text layer."""
    page.setFont("Helvetica-Bold", 18)
    page.drawString(72, 760, heading)
    text = page.beginText(72, 720)
    text.setFont("Times-Roman", 12, leading=17)
    for paragraph in body.split("\n"):
        text.textLines(textwrap.wrap(paragraph, 80))
        text.textLine("")
    page.drawText(text)
    page.showPage()


def image_page(page, picture):
    """One page that is nothing but a picture."""
    jpeg = io.BytesIO(scan.encoded(picture, "JPEG", quality=40))
    page.drawImage(ImageReader(jpeg), 0, 0, *PAPER)
    page.showPage()


def document(title, pages, **options):
    """A PDF of pages, each a (heading, body) pair or a picture."""
    out = io.BytesIO()
    made = canvas(out, title, **options)
    for page in pages:
        if isinstance(page, Image.Image):
            image_page(made, page)
        else:
            text_page(made, *page)
    made.save()
    return out.getvalue()


def lease():
    return document("Lease of Unit 7", LEASE)


def invoice():
    return document("Invoice 2041", [INVOICE])


def minutes():
    return document("Scan", [scan.scanned(scan.draw_page(*page), seed, degrees) for seed, (page, degrees) in enumerate(zip(MINUTES, [0.8, -0.5]))])


def survey():
    return document("Boundary survey", [SURVEY, scan.scanned(scan.draw_page(*SKETCH), seed=5)])


def one_blank_page():
    return document("Scan", [scan.scanned(scan.draw_page(*LETTER), seed=6), scan.scanned(Image.new("L", scan.A4, 250), seed=7, specks=12)])


def encrypted():
    """Opening it needs a password that nobody gave to the store."""
    lock = StandardEncryption("open sesame", ownerPassword="the treasurer only", strength=128)
    return document("Payroll", [PAYROLL], encrypt=lock)


def corrupt():
    """The first line of a PDF and then nothing that makes one: what a broken download leaves behind."""
    return b"%PDF-1.7\n" + random.Random(13).randbytes(6000)
