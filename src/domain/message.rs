//! What is wrong, where, and what would be right: a stable code with arguments.
//!
//! The sentences, Chinese and English, are in `config/locales`; [`crate::locale`] joins the two.

use std::fmt;

/// A message before it has words: a stable code and the arguments of its sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Stable code, the key of the sentence.
    pub code: &'static str,
    /// Named arguments.
    pub args: Vec<(&'static str, String)>,
}

impl Message {
    /// A message without arguments.
    pub fn new(code: &'static str) -> Message {
        Message { code, args: Vec::new() }
    }

    /// The same with one more argument.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl fmt::Display) -> Message {
        self.args.push((name, value.to_string()));
        self
    }
}

/// A message about a place in a file or in a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What is wrong.
    pub message: Message,
    /// The file, where there is one.
    pub file: Option<String>,
    /// The line in the file, from 1; 0 where it is not known.
    pub line: u32,
    /// The key or field, such as `clause[2].min[0].hours` or `declaration.level`.
    pub field: String,
}

impl Problem {
    /// A problem of a field.
    pub fn at(field: impl Into<String>, line: u32, message: Message) -> Problem {
        Problem { message, file: None, line, field: field.into() }
    }

    /// The same problem, in a named file.
    #[must_use]
    pub fn in_file(mut self, file: &str) -> Problem {
        self.file = Some(file.to_owned());
        self
    }
}
