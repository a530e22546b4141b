//! Settings and metrics as the code knows them.

use std::fs;

use clap::{Args as _, Command};
use latchkey::config::Flags;

use crate::page::{code, in_repository};

/// Each setting with its default and what `--help` says of it.
pub fn all() -> Vec<Vec<String>> {
    let command = Flags::augment_args(Command::new("latchkey"));
    command
        .get_arguments()
        .filter_map(|argument| {
            let variable = argument.get_env()?.to_str()?;
            let default = argument
                .get_default_values()
                .first()
                .and_then(|value| value.to_str())
                .map_or_else(|| "–".to_owned(), code);
            let help = argument.get_help().map(ToString::to_string);
            let help = help.unwrap_or_default();
            let help = help.trim_end_matches('.');
            Some(vec![code(variable), default, format!("{help}.")])
        })
        .collect()
}

/// Each metric with its comment.
pub fn metrics() -> Vec<Vec<String>> {
    let source = fs::read_to_string(in_repository("src/telemetry/metrics.rs")).unwrap();
    let lines: Vec<&str> = source.lines().map(str::trim).collect();
    lines
        .windows(2)
        .filter_map(|pair| {
            let comment = pair[0].strip_prefix("/// ")?;
            let name = pair[1].strip_prefix("pub const ")?.split('"').nth(1)?;
            Some(vec![code(name), comment.to_owned()])
        })
        .collect()
}
