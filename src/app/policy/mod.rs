//! Policies as a person wants to know them: which there are, what each says, whether its worked
//! cases hold, and how two of them differ.

pub mod diff;
pub mod diff_words;
pub mod list;
pub mod sentence;
pub mod show;
pub mod show_words;
pub mod trial;
