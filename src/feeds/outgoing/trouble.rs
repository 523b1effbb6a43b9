//! Why a source did not answer.

use std::error::Error;

use super::resolve::NotPublic;
use crate::domain::message::Message;
use crate::domain::timestamp::Timestamp;

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Not below the address of the connection.
    NotThePlace,
    /// Neither HTTPS nor marked as private.
    NotHttps,
    /// The address is not public, and the connection is not marked as private.
    AddressForbidden,
    /// No connection, or one that broke off.
    Unreachable,
    /// It took too long.
    TimedOut,
    /// The answer is larger than is read.
    TooLarge,
    /// It sends elsewhere.
    Redirected,
    /// The token is not accepted.
    NotAuthorised,
    /// Nothing is there, or no longer: of a link to the next page, begin again at the cursor.
    Gone,
    /// Another status.
    Status(u16),
    /// It failed too often, and is left alone until then.
    Resting(Timestamp),
}

impl Trouble {
    /// What is said of it.
    pub fn message(&self) -> Message {
        match self {
            Trouble::NotThePlace => Message::new("feed_not_the_place"),
            Trouble::NotHttps => Message::new("feed_not_https"),
            Trouble::AddressForbidden => Message::new("feed_address_forbidden"),
            Trouble::Unreachable => Message::new("feed_unreachable"),
            Trouble::TimedOut => Message::new("feed_timed_out"),
            Trouble::TooLarge => Message::new("feed_too_large"),
            Trouble::Redirected => Message::new("feed_redirected"),
            Trouble::NotAuthorised => Message::new("feed_not_authorised"),
            Trouble::Gone => Message::new("feed_gone"),
            Trouble::Status(status) => Message::new("feed_status").with("status", status),
            Trouble::Resting(until) => Message::new("feed_resting").with("until", until),
        }
    }

    /// The stable code.
    pub fn code(&self) -> &'static str {
        self.message().code
    }

    /// Whether the same may go well a little later.
    pub fn may_pass(&self) -> bool {
        match self {
            Trouble::Unreachable | Trouble::TimedOut | Trouble::Resting(_) => true,
            Trouble::Status(status) => matches!(status, 429 | 500 | 502 | 503 | 504),
            _ => false,
        }
    }

    /// Whether it is asked again at once.
    pub(super) fn is_retried(&self) -> bool {
        match self {
            Trouble::Unreachable | Trouble::TimedOut => true,
            Trouble::Status(status) => matches!(status, 429 | 502 | 503 | 504),
            _ => false,
        }
    }
}

/// What went wrong on the way.
pub(super) fn trouble_of(error: &reqwest::Error) -> Trouble {
    let mut source: Option<&(dyn Error + 'static)> = error.source();
    while let Some(inner) = source {
        if inner.is::<NotPublic>() {
            return Trouble::AddressForbidden;
        }
        source = inner.source();
    }
    if error.is_timeout() { Trouble::TimedOut } else { Trouble::Unreachable }
}
