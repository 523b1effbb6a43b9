//! The `xueshi` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    xueshi::cli::run()
}
