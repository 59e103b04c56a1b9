//! Tables without borders that fit the terminal.

use comfy_table::presets::NOTHING;
use comfy_table::{Attribute, Cell, CellAlignment, ContentArrangement, Table};

use super::text::{cut, width};

/// The space between two columns.
const GAP: u16 = 2;
/// No column is cut below this while another is wider.
const NARROWEST: usize = 8;

/// Rows under a header, aligned, one line each, with a line end after each. `columns` is the terminal's width: the
/// widest columns are cut until all fit; `None`, as in a pipe, cuts nothing. Columns of numbers are aligned right.
pub fn table(headers: &[&str], rows: Vec<Vec<String>>, columns: Option<usize>, color: bool) -> String {
    let one_line = |cell: String| {
        if cell.contains(['\n', '\r', '\t']) { cell.split_whitespace().collect::<Vec<_>>().join(" ") } else { cell }
    };
    let rows: Vec<Vec<String>> = rows.into_iter().map(|row| row.into_iter().map(one_line).collect()).collect();
    let count = rows.iter().map(Vec::len).chain([headers.len()]).max().unwrap_or(0);
    let cells_of = |column: usize| rows.iter().filter_map(move |row| row.get(column)).map(String::as_str);
    let header_of = |column: usize| headers.get(column).copied().unwrap_or_default();
    let mut widths: Vec<usize> =
        (0..count).map(|column| cells_of(column).chain([header_of(column)]).map(width).max().unwrap_or(0)).collect();
    if let Some(columns) = columns {
        shrink(&mut widths, columns);
    }

    let mut table = Table::new();
    table.load_style(NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    if color {
        table.enforce_styling();
    } else {
        table.force_no_tty();
    }
    let fit = |text: &str, column: usize| cut(text, widths[column]);
    if headers.iter().any(|header| !header.is_empty()) {
        table.set_header(
            (0..count).map(|column| Cell::new(fit(header_of(column), column)).add_attribute(Attribute::Bold)),
        );
    }
    for row in &rows {
        table.add_row((0..count).map(|column| Cell::new(fit(row.get(column).map_or("", String::as_str), column))));
    }
    for column in 0..count {
        let is_last = column + 1 == count;
        let is_number = cells_of(column).any(|cell| !cell.is_empty()) && cells_of(column).all(is_quantity);
        if let Some(column) = table.column_mut(column) {
            column.set_padding((0, if is_last { 0 } else { GAP }));
            column.set_cell_alignment(if is_number { CellAlignment::Right } else { CellAlignment::Left });
        }
    }
    let mut text = String::new();
    for line in table.lines() {
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// Takes columns from the widest until all fit into `columns`, and from none more than is needed.
fn shrink(widths: &mut [usize], columns: usize) {
    loop {
        let total = widths.iter().sum::<usize>() + usize::from(GAP) * widths.len().saturating_sub(1);
        let Some(widest) = widths.iter_mut().max().filter(|widest| total > columns && **widest > NARROWEST) else {
            return;
        };
        *widest -= 1;
    }
}

/// A number, alone or with a unit (`12`, `3.2 s`, `40 MB`, `-`), or nothing.
fn is_quantity(cell: &str) -> bool {
    const UNITS: [&str; 14] = ["", "B", "kB", "MB", "GB", "TB", "PB", "ms", "s", "min", "h", "d", "months", "%"];
    cell.is_empty()
        || cell == "-"
        || cell.split(' ').all(|part| !part.is_empty())
            && cell.starts_with(|first: char| first.is_ascii_digit())
            && cell.split(' ').all(|part| {
                let unit = part.trim_start_matches(|character: char| character.is_ascii_digit() || character == '.');
                UNITS.contains(&unit)
            })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(rows: &[&[&str]]) -> Vec<Vec<String>> {
        rows.iter().map(|row| row.iter().map(|cell| (*cell).to_owned()).collect()).collect()
    }

    #[test]
    fn aligns() {
        let text = table(
            &["IMAGE", "SIZE", "STATE"],
            rows(&[&["web", "40 MB", "fresh"], &["database", "9 MB", "stale"], &["日本", "", "x\ny"]]),
            None,
            false,
        );
        assert_eq!(
            text,
            "IMAGE      SIZE  STATE\n\
             web       40 MB  fresh\n\
             database   9 MB  stale\n\
             日本             x y\n"
        );
    }

    #[test]
    fn cuts_the_widest_to_the_terminal() {
        let digest = format!("sha256:{}", "0123456789abcdef".repeat(4));
        let data = rows(&[&["web", &digest, "localhost:5000/simple/web:feature-x", "fresh"]]);
        let text = table(&["IMAGE", "DIGEST", "REFERENCE", "STATE"], data.clone(), Some(80), false);
        assert!(text.lines().all(|line| width(line) <= 80), "{text}");
        assert!(text.contains("sha256:0123456789abcdef"), "{text}");
        assert!(text.lines().nth(1).is_some_and(|line| line.starts_with("web") && line.ends_with("fresh")), "{text}");
        assert_eq!(text.lines().count(), 2);
        let piped = table(&["IMAGE", "DIGEST", "REFERENCE", "STATE"], data, None, false);
        assert!(piped.contains(&digest) && piped.contains("localhost:5000/simple/web:feature-x"), "{piped}");
    }

    #[test]
    fn colours_only_the_header_and_only_when_asked() {
        let colored = table(&["IMAGE"], rows(&[&["web"]]), None, true);
        assert!(colored.starts_with("\u{1b}[1mIMAGE\u{1b}[0m\n"), "{colored:?}");
        assert!(colored.lines().next().is_some_and(|line| line.contains("\u{1b}[1m")), "{colored:?}");
        assert_eq!(colored.lines().nth(1), Some("web"));
        assert!(!table(&["IMAGE"], rows(&[&["web"]]), None, false).contains('\u{1b}'));
    }

    #[test]
    fn copes_with_odd_shapes() {
        assert_eq!(table(&[], Vec::new(), Some(80), false), "");
        assert_eq!(table(&["A", "B"], Vec::new(), Some(80), false), "A  B\n");
        assert_eq!(table(&["", ""], rows(&[&["a"], &["b", "c", "d"]]), Some(80), false), "a\nb  c  d\n");
        let narrow = table(&["A", "B"], rows(&[&["a".repeat(50).as_str(), "b"]]), Some(3), false);
        assert_eq!(narrow.lines().nth(1), Some("aaaaaaa…  b"));
    }

    #[test]
    fn knows_quantities() {
        for cell in ["12", "3.2 s", "40 MB", "1 min 5 s", "-", "", "12%"] {
            assert!(is_quantity(cell), "{cell}");
        }
        for cell in ["web", "1 web", "sha256:1", "2026-01-06", "v1", " 1"] {
            assert!(!is_quantity(cell), "{cell}");
        }
    }
}
