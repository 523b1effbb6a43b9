//! Reading the parts of a mapping that only some shapes have.

use crate::domain::fields::{Fields, Problems};
use crate::domain::node::Node;

/// A table that is required of some shapes, and unknown of the others.
pub(super) fn part<'n, T>(
    fields: &mut Fields<'n>,
    key: &'static str,
    wanted: bool,
    problems: &mut Problems,
    read: impl FnOnce(&'n Node, String, &mut Problems) -> Option<T>,
) -> Option<T> {
    if wanted { fields.need(key, problems, read) } else { None }
}
