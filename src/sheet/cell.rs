//! A cell as it is read.

/// A cell's text, or why there is none.
pub(super) type Cell<'c> = Result<&'c str, Flaw>;

/// Why a cell has no text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flaw {
    /// A spreadsheet shows an error value in its place.
    Error(&'static str),
    /// There is too much of it.
    TooLong,
}
