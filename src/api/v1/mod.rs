//! The handlers of `/v1`, a file per resource.

pub(super) mod caller;
pub(super) mod policies;
