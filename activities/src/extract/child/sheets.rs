//! Spreadsheets (xlsx, ods, xls): a page for each sheet, a line for each row, tabs between cells.

use std::{
    fs::{self, File},
    io::BufReader,
    path::Path,
};

use calamine::{Data, ExcelDateTime, Ods, Reader, Xls, Xlsx, XlsxError, open_workbook};

use super::{DocumentKind, ExtractError, Limits, Report, archive::Package};

pub(super) fn read(
    file: &Path,
    kind: DocumentKind,
    limits: &Limits,
    report: &mut Report,
) -> Result<(), ExtractError> {
    if kind != DocumentKind::Xls {
        // calamine opens the container itself; this refuses what would unpack to too much.
        Package::open(file, limits)?;
    }
    match kind {
        DocumentKind::Xlsx => read_xlsx(file, limits, report),
        DocumentKind::Ods => read_ranges(
            open_workbook::<Ods<_>, _>(file).map_err(ExtractError::corrupt)?,
            limits,
            report,
        ),
        _ => read_ranges(
            open_workbook::<Xls<_>, _>(file).map_err(ExtractError::corrupt)?,
            limits,
            report,
        ),
    }
}

/// The kind of document in an OLE container, by the streams that its directory names.
pub(super) fn identify_ole(file: &Path) -> Result<DocumentKind, ExtractError> {
    let bytes = fs::read(file).map_err(ExtractError::reading)?;
    let names = |name: &str| {
        let name: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
        bytes.windows(name.len()).any(|window| window == name)
    };
    match () {
        () if names("EncryptedPackage") => Err(ExtractError::Encrypted),
        () if names("Workbook") => Ok(DocumentKind::Xls),
        () => Ok(DocumentKind::Ole),
    }
}

/// Cell by cell: two cells in opposite corners of a sheet are no reason to make room for all between them.
fn read_xlsx(file: &Path, limits: &Limits, report: &mut Report) -> Result<(), ExtractError> {
    let mut workbook: Xlsx<BufReader<File>> = open_workbook(file).map_err(|error| match error {
        XlsxError::Password => ExtractError::Encrypted,
        error => ExtractError::corrupt(error),
    })?;
    let names = workbook.sheet_names();
    let count = report.total(names.len());
    for (number, name) in (1..=count).zip(names) {
        let mut lines = Lines::new(&name, limits);
        // Sheets that are charts or macros have no cells.
        if let Ok(mut cells) = workbook.worksheet_cells_reader(&name) {
            while let Some(cell) = cells.next_cell().map_err(ExtractError::corrupt)? {
                if !lines.cell(cell.get_position().0, &Data::from(cell.get_value().clone())) {
                    break;
                }
            }
        }
        if !report.text(number, lines.text) {
            break;
        }
    }
    Ok(())
}

fn read_ranges<R: Reader<BufReader<File>>>(
    mut workbook: R,
    limits: &Limits,
    report: &mut Report,
) -> Result<(), ExtractError>
where
    R::Error: std::fmt::Display,
{
    let names = workbook.sheet_names();
    let count = report.total(names.len());
    for (number, name) in (1..=count).zip(names) {
        let mut lines = Lines::new(&name, limits);
        let range = workbook.worksheet_range(&name).map_err(ExtractError::corrupt)?;
        for (row, _, value) in range.used_cells() {
            if !lines.cell(u32::try_from(row).unwrap_or(u32::MAX), value) {
                break;
            }
        }
        if !report.text(number, lines.text) {
            break;
        }
    }
    Ok(())
}

/// The text of a sheet as it grows.
struct Lines {
    text: String,
    row: Option<u32>,
    max_bytes: usize,
}

impl Lines {
    fn new(sheet: &str, limits: &Limits) -> Self {
        Self {
            text: sheet.to_owned(),
            row: None,
            max_bytes: usize::try_from(limits.text_bytes).unwrap_or(usize::MAX),
        }
    }

    /// Adds a cell. Returns whether there is room for another one; what is beyond is cut off when it is reported.
    fn cell(&mut self, row: u32, value: &Data) -> bool {
        let value = display(value);
        if !value.is_empty() {
            self.text.push(if self.row == Some(row) { '\t' } else { '\n' });
            self.text.push_str(&value);
            self.row = Some(row);
        }
        self.text.len() <= self.max_bytes
    }
}

/// As a reader of the sheet would see it: dates as dates, whole numbers without a fraction.
fn display(value: &Data) -> String {
    match value {
        Data::DateTime(date) => display_date(date),
        value => value.to_string(),
    }
}

fn display_date(date: &ExcelDateTime) -> String {
    let (year, month, day, hour, minute, second, _) = date.to_ymd_hms_milli();
    let (days, time) = (date.as_f64().trunc(), (hour, minute, second));
    if date.is_duration() {
        let seconds = (date.as_f64() * 86_400.0).round().max(0.0) as u64;
        return format!("{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
    }
    match time {
        (0, 0, 0) => format!("{year:04}-{month:02}-{day:02}"),
        _ if days == 0.0 => format!("{hour:02}:{minute:02}:{second:02}"),
        _ => format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}"),
    }
}

#[cfg(test)]
mod tests {
    use calamine::ExcelDateTimeType::{DateTime, TimeDelta};

    use super::*;

    #[test]
    fn dates_are_dates() {
        for (serial, kind, text) in [
            (45418.0, DateTime, "2024-05-06"),
            (45418.75, DateTime, "2024-05-06 18:00:00"),
            (0.5, DateTime, "12:00:00"),
            (1.5, TimeDelta, "36:00:00"),
        ] {
            assert_eq!(
                display(&Data::DateTime(ExcelDateTime::new(serial, kind, false))),
                text
            );
        }
        assert_eq!(display(&Data::Float(42.0)), "42");
    }
}
