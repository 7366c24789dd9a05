"""Picture formats: a scan or a photo in each, and one without a word."""

from PIL import Image

from makers.scan import A5, DPI, draw_page, encoded, landscape, photographed, scanned

DELIVERY = (
    "Delivery note 88-316",
    [
        "From: Millrace Wholefoods, Canal Road",
        "To: The Copper Kettle, 14 Fountain Street",
        "4 pallets of buckwheat flour\n12 sacks of pumpkin seed\n6 crates of pickled walnuts",
        "One crate arrived with a broken seal and was returned to the driver.",
        "Received in good order: M. Okafor",
    ],
)
NOTICE = (
    "Planned interruption",
    [
        "The water supply to Orchard Terrace will be turned off on Tuesday from nine until noon.",
        "Engineers are replacing the valve below the reservoir. Please fill a kettle beforehand.",
        "Thank you for your patience.",
        "Northbrook Water Board",
    ],
)
QUOTATION = [
    (
        "Quotation by facsimile",
        [
            "To the churchwardens of Saint Aldhelm",
            "We thank you for your enquiry about the weathercock and are pleased to quote as follows.",
            "Removing and regilding the weathercock: 1,240 pounds.",
            "Continued on the next sheet.",
        ],
    ),
    (
        "Sheet two",
        [
            "New lightning conductor in copper strip: 865 pounds.",
            "Our steeplejack is available from the second week of September.",
            "This quotation stands for sixty days.",
        ],
    ),
]


def delivery_note():
    return encoded(scanned(draw_page(*DELIVERY, size=A5), seed=1, degrees=-0.7), "PNG", optimize=True, dpi=(DPI, DPI))


def notice():
    return encoded(photographed(draw_page(*NOTICE, size=A5, points=15), seed=2), "JPEG", quality=60)


def quotation():
    """Two sheets in one TIFF, black and white in fax compression."""
    sheets = [scanned(draw_page(*sheet, size=A5), seed, 0.4, 60).point(lambda g: 255 if g > 150 else 0).convert("1") for seed, sheet in enumerate(QUOTATION)]
    return encoded(sheets[0], "TIFF", save_all=True, append_images=sheets[1:], compression="group4", dpi=(DPI, DPI))


def label():
    page = draw_page("Fragile", ["Contents: porcelain teapots", "Keep upright. Do not stack above shoulder height."], size=(800, 500), points=16)
    return encoded(page.quantize(8), "GIF")


def poster():
    page = draw_page("Harvest supper", ["Saturday at seven in the village hall", "Tickets from the blacksmith or at the door", "Bring a lantern"], size=(900, 640), points=18)
    return encoded(photographed(page, seed=4), "WEBP", quality=55)


def turnstile():
    page = draw_page("Entrance fault log", ["The turnstile by the east gate jammed twice.", "Replaced the solenoid and greased the pivot."], size=(800, 420), points=14)
    return encoded(page.convert("1", dither=Image.Dither.NONE), "BMP")


def sunrise():
    return encoded(landscape(seed=9), "JPEG", quality=70)
