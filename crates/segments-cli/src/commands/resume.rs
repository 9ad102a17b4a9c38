//! What `--checkpoint` says and saves when an export begins and when it fails.

use segments_core::{Api, Export, List};

use crate::checkpoint::Store;
use crate::error::CommandError;
use crate::random::seed;
use crate::terminal::Console;
use crate::text::clock::rough;
use crate::text::plural::plural;
use crate::transfer::Source;

/// Tells that an export is resumed.
pub(super) fn note_resumed(store: &Store, export: &Export, list: &List, console: &Console) {
    let age = store.age().map_or_else(String::new, |age| format!(", {} old", rough(age)));
    let read = amount(export.report().pages, list);
    console.note(&format!("Resuming from a checkpoint{age}: {read} already read"));
}

/// Saves a failed export if resuming it can help, and says what to do.
pub(super) fn save_failed(
    mut store: Store,
    api: &Api,
    source: &Source,
    error: &CommandError,
    console: &Console,
) {
    let (path, was_found) = (store.path().display().to_string(), store.was_found());
    let unchanged = if store.is_saved() { "holds what was read" } else { "is unchanged" };
    let checkpoint = source.checkpoint().filter(|_| error.is_resumable());

    let saved = match checkpoint {
        Some((checkpoint, list)) => {
            let read = amount(source.report().pages, list);
            store.save(api, &checkpoint, list, seed()).map(|()| Some(read))
        }
        // What this run has saved on the way would only fail again.
        None if !was_found => store.remove().map(|()| None),
        None => Ok(None),
    };

    console.erase_progress();
    match saved {
        Ok(Some(read)) => {
            console.print(&format!("Saved {read} in {path}. Run the same command again to resume"));
        }
        Ok(None) if was_found => {
            console.print(&format!("{path} {unchanged}. Remove it to start over"));
        }
        // Of one of many workspaces nobody waits to hear that.
        Ok(None) if error.is_resumable() && !console.is_of_workspace() => {
            console.print("Nothing was read, so nothing was saved");
        }
        Ok(None) => {}
        Err(error) => console.warn(&error.to_string()),
    }
}

fn amount(pages: u64, list: &List) -> String {
    format!("{} with {}", plural(pages, "page"), plural(list.len() as u64, "segment"))
}
