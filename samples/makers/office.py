"""Office documents: DOCX, XLSX, PPTX, ODT, all with fixed dates so that they come out the same each time."""

import datetime
import io
import re
import zipfile

from docx import Document
from odf.opendocument import OpenDocumentText
from odf.text import H, P
from openpyxl import Workbook
from pptx import Presentation

WRITTEN = datetime.datetime(2024, 3, 18, 9, 0)


def proposal():
    """A DOCX whose header and footer say what the body does not."""
    made = Document()
    section = made.sections[0]
    section.header.paragraphs[0].text = "Tender reference HX-2207"
    section.footer.paragraphs[0].text = "Thistledown Landscapes, registered gardeners"
    made.add_heading("Proposal for the playground in Mill Park", 1)
    made.add_paragraph("We propose a climbing net, a sandpit and a trampoline sunk level with the ground. All timber is untreated larch.")
    table = made.add_table(rows=2, cols=2)
    for cell, text in zip(table._cells, ["Groundwork", "3,400", "Equipment", "11,950"]):
        cell.text = text
    made.add_paragraph("Work can begin a fortnight after the order and takes nineteen days.")
    made.core_properties.author = "Thistledown Landscapes"
    made.core_properties.created = made.core_properties.modified = WRITTEN
    return repacked(saved(made))


def stock_count():
    """An XLSX with two sheets, numbers, a formula and true dates."""
    made = Workbook()
    sheet = made.active
    sheet.title = "Warehouse"
    sheet.append(["Item", "Counted", "Pieces", "Price"])
    for row in [
        ("galvanised brackets", datetime.date(2024, 3, 18), 240, 1.15),
        ("brass escutcheons", datetime.date(2024, 3, 19), 96, 3.4),
        ("oak dowels", datetime.date(2023, 12, 31), 1800, 0.08),
    ]:
        sheet.append(row)
    sheet["D5"] = "=SUMPRODUCT(C2:C4,D2:D4)"
    remarks = made.create_sheet("Remarks")
    remarks["A1"] = "Shelf nine was flooded; recount the dowels in summer."
    made.properties.created = WRITTEN
    return repacked(saved(made))


def kickoff():
    """A PPTX of three slides, the second with speaker's notes."""
    made = Presentation()
    for title, body in [
        ("Moving the archive", "Twelve hundred boxes, one weekend"),
        ("Timetable", "Friday: wrap and label\nSaturday: lorry and hoist\nSunday: shelving"),
        ("Risks", "Rain on the loading ramp\nA lift that is rated for 600 kilograms"),
    ]:
        slide = made.slides.add_slide(made.slide_layouts[1])
        slide.shapes.title.text = title
        slide.placeholders[1].text = body
    made.slides[1].notes_slide.notes_text_frame.text = "Remind everybody that the caterer needs the head count by Wednesday."
    made.core_properties.created = made.core_properties.modified = WRITTEN
    return repacked(saved(made))


def handbook():
    """An ODT with headings and paragraphs."""
    made = OpenDocumentText()
    for level, heading, text in [
        (1, "Volunteer handbook", "Welcome to the lifeboat museum. This handbook tells you what to do on your first day."),
        (2, "Opening", "Collect the keys from the harbourmaster, switch on the foghorn exhibit and unfold the rota."),
        (2, "Safeguarding", "Two volunteers stay in sight of each other whenever a school class visits."),
    ]:
        made.text.addElement(H(outlinelevel=level, text=heading))
        made.text.addElement(P(text=text))
    return repacked(saved(made))


def bomb():
    """A DOCX whose body unpacks to 400 MB: refused by its size unpacked, whatever is left of the quota."""
    head = b'<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body><w:p><w:r><w:t>'
    tail = b"</w:t></w:r></w:p></w:body></w:document>"
    unpacked = io.BytesIO(repacked(saved(Document())))
    out = io.BytesIO()
    with zipfile.ZipFile(unpacked) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as new:
        for entry in old.infolist():
            if entry.filename != "word/document.xml":
                new.writestr(fixed(entry.filename), old.read(entry))
        with new.open(fixed("word/document.xml"), "w") as body:
            body.write(head)
            for _ in range(400):
                body.write(b"boom " * 200_000)
            body.write(tail)
    return out.getvalue()


def saved(made):
    """The bytes that the library writes."""
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def repacked(archive):
    """The same archive with the time stamps of WRITTEN, inside the entries too."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as old, zipfile.ZipFile(out, "w") as new:
        for entry in old.infolist():
            body = old.read(entry)
            if entry.filename.endswith((".xml", ".rels")):
                body = re.sub(rb"(<(?:dcterms:modified|meta:creation-date|dc:date)[^>]*>)[^<]*", rb"\g<1>2024-03-18T09:00:00Z", body)
            new.writestr(fixed(entry.filename, entry.compress_type), body)
    return out.getvalue()


def fixed(name, method=zipfile.ZIP_DEFLATED):
    """A zip entry that does not know today's date."""
    entry = zipfile.ZipInfo(name, WRITTEN.timetuple()[:6])
    entry.compress_type = method
    return entry
