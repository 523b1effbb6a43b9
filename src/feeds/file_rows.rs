//! What the readers of files share: where rows go, and how much of a file is read.

use std::ops::ControlFlow;

use crate::domain::ledger::statement::StatedRow;
use crate::sheet::Limits;

/// Where the rows of a file go; it may say that it wants no more.
pub(super) type Give<'g> = &'g mut dyn FnMut(StatedRow) -> ControlFlow<()>;

/// A whole registry is larger than what somebody uploads.
pub(super) const LIMITS: Limits =
    Limits { rows: u64::MAX, file_bytes: 2 << 30, expanded_bytes: 8 << 30, ..Limits::STANDARD };
