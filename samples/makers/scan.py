"""Paper as a scanner or a telephone sees it: text drawn on a page, turned a little, shaded and specked."""

import io
import random
from pathlib import Path

import reportlab
from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont

# Bitstream Vera comes with reportlab, so that no font of the machine changes a sample.
FONTS = Path(reportlab.__file__).parent / "fonts"
DPI = 150
A4 = (1240, 1754)
A5 = (874, 1240)
WHITE = 255
INK = 25


def draw_page(heading, paragraphs, size=A4, points=13):
    """A clean grey page: a bold heading and wrapped paragraphs."""
    page = Image.new("L", size, WHITE)
    draw = ImageDraw.Draw(page)
    body = ImageFont.truetype(str(FONTS / "Vera.ttf"), points * DPI // 72)
    bold = ImageFont.truetype(str(FONTS / "VeraBd.ttf"), (points + 5) * DPI // 72)
    margin = size[0] // 10
    y = margin
    for font, text in [(bold, heading)] + [(body, p) for p in paragraphs]:
        for line in wrap(draw, text, font, size[0] - 2 * margin):
            draw.text((margin, y), line, font=font, fill=INK)
            y += int(font.size * 1.45)
        y += int(body.size * 0.8)
    return page


def wrap(draw, text, font, width):
    """Breaks text into lines no wider than width pixels; a newline in it is kept."""
    for paragraph in text.split("\n"):
        line = ""
        for word in paragraph.split():
            longer = f"{line} {word}".strip()
            if draw.textlength(longer, font=font) > width and line:
                yield line
                line = word
            else:
                line = longer
        yield line


def scanned(page, seed, degrees=0.6, specks=150):
    """The page as a flat-bed scanner gives it: slightly turned, soft, specked, greys in 16 steps."""
    chance = random.Random(seed)
    page = page.rotate(degrees, resample=Image.Resampling.BICUBIC, fillcolor=WHITE)
    page = page.filter(ImageFilter.GaussianBlur(0.6))
    draw = ImageDraw.Draw(page)
    for _ in range(specks):
        x, y = chance.randrange(page.width), chance.randrange(page.height)
        draw.point((x, y), fill=chance.randrange(90, 200))
    return page.point(lambda grey: min(255, round(grey / 17) * 17))


def photographed(page, seed):
    """The page as a telephone sees it: askew in perspective, lit from one side, grainy, with a table around it."""
    width, height = page.size
    page = page.transform(
        page.size,
        Image.Transform.PERSPECTIVE,
        (1.06, 0.035, -0.05 * width, 0.02, 1.07, -0.05 * height, 0.00003, 0.00002),
        resample=Image.Resampling.BICUBIC,
        fillcolor=120,
    )
    light = Image.linear_gradient("L").rotate(90).resize(page.size).point(lambda grey: 185 + grey * 70 // 255)
    page = ImageChops.multiply(page, light).filter(ImageFilter.GaussianBlur(0.7))
    grain = Image.frombytes("L", page.size, random.Random(seed).randbytes(width * height))
    page = ImageChops.add(page, grain.point(lambda grey: grey // 16), offset=-8)
    return Image.merge("RGB", (page, page.point(lambda g: g * 97 // 100), page.point(lambda g: g * 90 // 100)))


def landscape(seed, size=(960, 640)):
    """A sunrise over hills: a picture in which there is nothing to read."""
    chance = random.Random(seed)
    sky = Image.linear_gradient("L").resize(size)
    picture = Image.merge("RGB", (sky.point(lambda g: 90 + g * 150 // 255), sky.point(lambda g: 110 + g // 3), sky.point(lambda g: 170 - g // 4)))
    draw = ImageDraw.Draw(picture)
    draw.ellipse((600, 230, 700, 330), fill=(255, 226, 150))
    for layer, colour in enumerate([(96, 92, 118), (66, 72, 92), (38, 50, 58)]):
        y = 330 + layer * 80
        ridge = [(0, size[1]), (0, y)]
        for x in range(0, size[0] + 120, 120):
            ridge.append((x, y + chance.randrange(-45, 45)))
        draw.polygon(ridge + [(size[0] + 120, size[1])], fill=colour)
    return picture.filter(ImageFilter.GaussianBlur(5))


def encoded(picture, form, **options):
    """The picture's bytes in a format that Pillow writes."""
    out = io.BytesIO()
    picture.save(out, form, **options)
    return out.getvalue()
