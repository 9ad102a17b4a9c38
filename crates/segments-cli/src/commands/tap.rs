//! `segments tap`: the list as a Singer stream.

use segments_core::Goal;

use super::connector::{Emitter, read, read_config, read_json, read_state};
use super::print::print;
use crate::args;
use crate::config::{ConnectorConfig, KeyEntries};
use crate::connectors::LastState;
use crate::connectors::singer::{Selection, SingerStream, discovered, saved_in};
use crate::error::CommandError;
use crate::signal::{Signals, run_blocking};
use crate::terminal::Console;

/// Reads what the catalog selects, or prints the catalog.
pub(super) async fn run(
    args: args::Tap,
    console: &Console,
    signals: &mut Signals,
) -> Result<(), CommandError> {
    let is_discovery = args.discover;
    let Opened { config, selection, state } =
        run_blocking(move || Opened::new(&args), None, signals).await?;
    let Some(config) = config.filter(|_| !is_discovery) else {
        let catalog = serde_json::to_string_pretty(&discovered()).expect("it is JSON");
        return print(format!("{catalog}\n").as_bytes());
    };

    let Selection::Fields(fields) = selection else {
        console.warn("The catalog does not select the stream, so nothing is read");
        return Ok(());
    };
    let is_whole = config.plan.goal != Goal::Walk;
    let mut out = Emitter::new(SingerStream::new(fields, is_whole), console);
    read(config, state, &mut out, signals).await
}

/// What the files say.
struct Opened {
    config: Option<ConnectorConfig>,
    selection: Selection,
    state: LastState,
}

impl Opened {
    fn new(args: &args::Tap) -> Result<Self, CommandError> {
        let config = args.config.as_deref().map(|path| read_config(path, KeyEntries::Any));
        let catalog = args.catalog.as_deref();
        let selection = catalog.map(|path| read_json(path, "--catalog", Selection::of_catalog));
        Ok(Self {
            config: config.transpose()?,
            selection: selection.transpose()?.unwrap_or_default(),
            state: read_state(args.state.as_deref(), saved_in)?,
        })
    }
}
