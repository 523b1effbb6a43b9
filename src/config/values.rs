//! Values of settings that several sections have.

use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use crate::domain::fields::{self, Problems, text};
use crate::domain::node::Node;

pub(super) fn path_of(node: &Node, path: String, problems: &mut Problems) -> Option<PathBuf> {
    text(node, path, problems).map(PathBuf::from)
}

pub(super) fn count<T: TryFrom<i64>>(
    bounds: RangeInclusive<i64>,
) -> impl FnOnce(&Node, String, &mut Problems) -> Option<T> {
    move |node, path, problems| {
        fields::integer(bounds)(node, path, problems).and_then(|count| T::try_from(count).ok())
    }
}

pub(super) fn seconds(
    bounds: RangeInclusive<i64>,
) -> impl FnOnce(&Node, String, &mut Problems) -> Option<Duration> {
    move |node, path, problems| count(bounds)(node, path, problems).map(Duration::from_secs)
}
