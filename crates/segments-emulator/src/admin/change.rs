use segments_core::Segment;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::admin::refusal::Refusal;
use crate::json_error::{JsonError, path_to_error};
use crate::workspace::Workspace;
use crate::workspace::edit::Edit;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Id {
    id: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Name {
    id: String,
    name: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Tags {
    id: String,
    tags: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Tracking {
    id: String,
    analytics_tracking_enabled: bool,
}

/// The routes that change the workspace.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Change {
    Create,
    Archive,
    Restore,
    Rename,
    Retag,
    Tracking,
    Planned,
    Faults,
}

impl Change {
    /// Makes the change with the arguments in `body`.
    pub(crate) fn apply(self, workspace: &mut Workspace, body: &[u8]) -> Result<(), Refusal> {
        let edit = match self {
            Self::Create => Edit::Create(parse::<Segment>(body)?),
            Self::Archive => Edit::Archive(parse::<Id>(body)?.id),
            Self::Restore => Edit::Restore(parse::<Id>(body)?.id),
            Self::Rename => {
                let Name { id, name } = parse(body)?;
                Edit::Rename { id, name }
            }
            Self::Retag => {
                let Tags { id, tags } = parse(body)?;
                Edit::Retag { id, tags }
            }
            Self::Tracking => {
                let Tracking { id, analytics_tracking_enabled } = parse(body)?;
                Edit::Tracking { id, analytics_tracking_enabled }
            }
            Self::Planned => {
                workspace.schedule.set_planned(parse(body)?);
                return Ok(());
            }
            Self::Faults => {
                workspace.set_faults(parse(body)?);
                return Ok(());
            }
        };

        Ok(workspace.edit(edit)?)
    }
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    serde_json::from_slice(body).map_err(|error| {
        let path = std::str::from_utf8(body).ok().and_then(path_to_error::<T>);
        Refusal::Json(JsonError::new(&error, path.as_deref()))
    })
}
