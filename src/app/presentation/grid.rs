//! Text in aligned columns; a Chinese character takes the room of two.

use unicode_width::UnicodeWidthStr;

/// How the cells of a column stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// Text.
    Left,
    /// Amounts.
    Right,
}

/// One line for each row, the columns two spaces apart.
pub fn lines(rows: &[Vec<String>], align: &[Align]) -> Vec<String> {
    let count = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.width()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..count).map(width).collect();
    rows.iter()
        .map(|row| {
            let mut line = String::new();
            for (column, (cell, width)) in row.iter().zip(&widths).enumerate() {
                let room = " ".repeat(width.saturating_sub(cell.width()));
                let right = align.get(column) == Some(&Align::Right);
                let (before, after) =
                    if right { (&room, "") } else { (&String::new(), room.as_str()) };
                line.push_str(if column == 0 { "" } else { "  " });
                line.extend([before.as_str(), cell.as_str(), after]);
            }
            line.trim_end().to_owned()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_under_each_other() {
        let row = |a: &str, b: &str| vec![a.to_owned(), b.to_owned()];
        let rows = [row("学时", "9"), row("a", "100")];
        assert_eq!(lines(&rows, &[Align::Left, Align::Right]), ["学时    9", "a     100"]);
    }
}
