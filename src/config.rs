//! What the environment says. Nothing else reads it.

use crate::locale::Lang;

/// The language of messages: that of the terminal, English where it says nothing.
#[expect(clippy::disallowed_methods, reason = "the one place that may")]
pub fn language() -> Lang {
    let said = ["LC_ALL", "LC_MESSAGES", "LANG"]
        .into_iter()
        .filter_map(|name| std::env::var(name).ok())
        .find(|value| !value.is_empty());
    match said {
        Some(value) if value.starts_with("zh") => Lang::Zh,
        _ => Lang::En,
    }
}
