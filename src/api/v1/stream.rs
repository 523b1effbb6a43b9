//! Bodies that are written while they are sent.

use std::io::{self, Write};

use actix_web::web::Bytes;
use futures_util::Stream;

use crate::api::RequestId;

/// The type of a workbook.
pub(super) const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// Bytes that are sent at once.
const PART: usize = 64 * 1024;

/// Parts that wait for whoever reads them.
const AHEAD: usize = 8;

/// Lets `write` write on a thread that may wait, and sends what it writes. Where it fails, the
/// connection breaks off: whoever reads sees that it is not whole.
pub(super) fn written(
    what: &'static str,
    request: RequestId,
    write: impl FnOnce(Out) -> io::Result<()> + Send + 'static,
) -> impl Stream<Item = io::Result<Bytes>> {
    let (send, receive) = tokio::sync::mpsc::channel(AHEAD);
    let request = request.0;
    tokio::task::spawn_blocking(move || {
        let fail = send.clone();
        let out = Out { send, part: Vec::with_capacity(PART) };
        if let Err(error) = write(out) {
            tracing::error!(request_id = &*request, %error, "{what} broke off");
            // Nobody may be left to hear of it.
            let _ = fail.blocking_send(Err(error));
        }
    });
    futures_util::stream::unfold(receive, |mut receive| async {
        let part = receive.recv().await?;
        Some((part, receive))
    })
}

/// Where it is written to. What is left when it goes away is sent too.
pub(super) struct Out {
    send: tokio::sync::mpsc::Sender<io::Result<Bytes>>,
    part: Vec<u8>,
}

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.part.extend_from_slice(bytes);
        if self.part.len() >= PART {
            self.flush()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.part.is_empty() {
            return Ok(());
        }
        let part = std::mem::replace(&mut self.part, Vec::with_capacity(PART)).into();
        self.send.blocking_send(Ok(part)).map_err(|_| io::ErrorKind::BrokenPipe.into())
    }
}

impl Drop for Out {
    fn drop(&mut self) {
        // Nobody may be left to hear of a failure.
        let _ = self.flush();
    }
}
