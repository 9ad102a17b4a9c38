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
    let opened = run_blocking(move || Opened::new(&args), None, signals).await?;
    let Some(Opened { config, selection, state }) = opened else {
        let catalog = serde_json::to_string_pretty(&discovered()).expect("it is JSON");
        return print(format!("{catalog}\n").as_bytes());
    };

    let Selection::Fields(fields) = selection else {
        console.warn("The catalog does not select the stream, so nothing is read");
        return Ok(());
    };
    let is_whole = config.plan.goal != Goal::Walk;
    let mut out = Emitter::new(SingerStream::new(fields, is_whole), console)?;
    read(config, state, &mut out, signals).await
}

/// What the files say.
struct Opened {
    config: ConnectorConfig,
    selection: Selection,
    state: LastState,
}

impl Opened {
    /// Reads them; `None` for a discovery. That one checks the configuration too, but not the other two,
    /// which Meltano hands over even then.
    fn new(args: &args::Tap) -> Result<Option<Self>, CommandError> {
        let config = args.config.as_deref().map(|path| read_config(path, KeyEntries::Any));
        let Some(config) = config.transpose()?.filter(|_| !args.discover) else { return Ok(None) };

        let catalog = args.catalog.as_deref();
        let selection = catalog.map(|path| read_json(path, "--catalog", Selection::of_catalog));
        let selection = selection.transpose()?.unwrap_or_default();
        let state = read_state(args.state.as_deref(), saved_in)?;
        Ok(Some(Self { config, selection, state }))
    }
}
