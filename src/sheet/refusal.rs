//! A refusal on its way through readers that can only speak of I/O errors.

use std::fmt;
use std::io;
use std::path::Path;

use crate::domain::message::Message;

#[derive(Debug)]
struct Refusal(Message);

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.code)
    }
}

impl std::error::Error for Refusal {}

/// The refusal as an I/O error.
pub(crate) fn refuse(message: Message) -> io::Error {
    io::Error::other(Refusal(message))
}

/// The refusal that the error carries, or else that the file could not be read.
pub(crate) fn told(path: &Path, error: io::Error) -> Message {
    match error.downcast::<Refusal>() {
        Ok(Refusal(message)) => message,
        Err(error) => {
            // The folder is the server's own affair.
            let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
            Message::new("unreadable").with("path", name).with("why", error)
        }
    }
}
