//! Log lines: their form, and where they go.

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

use crate::config::{Log, LogFormat};
use crate::domain::message::Message;

/// Sends log lines to `writer` from now on; a second call changes nothing.
pub fn start<W>(log: &Log, writer: W) -> Result<(), Message>
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let filter = EnvFilter::builder()
        .parse(&log.level)
        .map_err(|error| Message::new("log_level").with("found", &log.level).with("why", error))?;
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(writer);
    // Where one is set already, that one stays.
    let _ = match log.format {
        LogFormat::Json => lines.json().flatten_event(true).with_current_span(false).try_init(),
        LogFormat::Text => lines.with_ansi(false).try_init(),
    };
    Ok(())
}
