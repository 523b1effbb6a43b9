//! `xueshi serve`.

use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

use super::{Context, Failed, Outcome, note};
use crate::app::installation::open::{self, Missing};
use crate::config::LogFormat;
use crate::locale::{message, text};
use crate::store::Surroundings;
use crate::{api, config, telemetry};

const EXAMPLES: &str = "\
Examples 示例:
  xueshi serve
  xueshi serve --listen 127.0.0.1:9090
  xueshi serve --config /etc/xueshi.toml

Settings: config/default.toml < --config < environment, such as XUESHI__SERVER__LISTEN=0.0.0.0:8080.
设置：config/default.toml < --config < 环境变量，如 XUESHI__SERVER__LISTEN=0.0.0.0:8080。";

/// Arguments of `xueshi serve`.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// File of settings 设置文件
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Address and port, instead of the one in the settings 监听地址
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<String>,
}

/// Runs it.
pub(super) fn run(args: &Args, context: &Context) -> Result<Outcome, Failed> {
    let mut settings = config::load(args.config.as_deref())?;
    if let Some(listen) = &args.listen {
        settings.server.listen.clone_from(listen);
    }
    telemetry::start(&settings.log, std::io::stderr)?;
    let server = api::bind(&settings.server.listen)?;
    let opened = open::open(&settings, Missing::Made, context.judge()?, Surroundings::system())?;
    for told in &opened.notes {
        // A log of JSON holds nothing else.
        match settings.log.format {
            LogFormat::Json => tracing::warn!("{}", message(context.lang, told)),
            LogFormat::Text => note(context.lang, told),
        }
    }
    let app = Arc::new(api::App::new(settings, opened.service)?);
    // Whoever started it with port 0 reads here which one it got.
    let url = format!("http://{}", server.address());
    let mut out = std::io::stdout().lock();
    writeln!(out, "{}", text(context.lang, "serve.listening", &[("url", &url)]))?;
    out.flush()?;
    drop(out);
    actix_web::rt::System::new().block_on(server.run(app))?;
    Ok(Outcome::Well)
}
