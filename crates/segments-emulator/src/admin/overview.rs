use std::time::Duration;

use http::Uri;
use segments_core::Segment;
use segments_core::response::{RateLimit, Timestamp};
use serde::Serialize;

use crate::admin::fault_state::FaultState;
use crate::workspace::Workspace;
use crate::workspace::edit::Edit;
use crate::workspace::log::LogEntry;
use crate::workspace::schedule::PlannedEdit;
use crate::workspace::segment_list::SegmentState;

/// How many segments are shown at once.
const MAX_ROWS: usize = 1000;

/// How many of the last requests are shown.
const MAX_REQUESTS: usize = 50;

/// Which segments an overview shows, and since when it counts.
#[derive(Debug, Default)]
pub(crate) struct Query {
    /// A part of the name or of the id, in lower case.
    find: String,
    show: Show,
    /// The number of a response. A segment that none after it sent counts as not sent.
    since: u64,
}

#[derive(Debug, Default, PartialEq, Eq)]
enum Show {
    #[default]
    All,
    Listed,
    Archived,
    /// Listed, and not sent.
    NotSent,
}

impl Query {
    /// From the query of a URL. What is unknown or no number counts as absent.
    pub(crate) fn of(uri: &Uri) -> Self {
        let mut query = Self::default();
        let parameters = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());

        for (name, value) in parameters {
            match &*name {
                "find" => query.find = value.to_lowercase(),
                "since" => query.since = value.parse().unwrap_or_default(),
                "show" => {
                    query.show = match &*value {
                        "listed" => Show::Listed,
                        "archived" => Show::Archived,
                        "not_sent" => Show::NotSent,
                        _ => Show::All,
                    };
                }
                _ => {}
            }
        }
        query
    }

    fn is_sent(&self, state: SegmentState<'_>) -> bool {
        state.sent > self.since
    }

    fn selects(&self, state: SegmentState<'_>) -> bool {
        let is_listed = state.place.is_some();
        let is_shown = match self.show {
            Show::All => true,
            Show::Listed => is_listed,
            Show::Archived => !is_listed,
            Show::NotSent => is_listed && !self.is_sent(state),
        };

        let has = |text: &str| text.to_lowercase().contains(&self.find);
        is_shown && (self.find.is_empty() || has(state.segment.name()) || has(state.segment.id()))
    }
}

/// What the page in the browser shows, at one moment.
#[derive(Debug, Serialize)]
pub(crate) struct Overview<'a> {
    now: Timestamp,
    rate_limit: RateLimit,
    page_size: u32,
    /// How many responses there were.
    responses: u64,
    listed: usize,
    archived: usize,
    not_sent: usize,
    /// How many segments the query selects; `segments` has the first of them.
    selected: usize,
    segments: Vec<Row<'a>>,
    requests: Vec<&'a LogEntry>,
    edits: Vec<PastEdit<'a>>,
    planned: Vec<NamedEdit<'a>>,
    #[serde(flatten)]
    faults: FaultState<'a>,
}

#[derive(Debug, Serialize)]
struct Row<'a> {
    #[serde(flatten)]
    segment: &'a Segment,
    /// The page that it is on, oldest first, counted from 0; `None` if it is archived.
    page: Option<usize>,
    sent: bool,
}

#[derive(Debug, Serialize)]
struct PastEdit<'a> {
    /// How many responses there were before it.
    after: u64,
    edit: &'a Edit,
    name: Option<&'a str>,
}

#[derive(Debug, Serialize)]
struct NamedEdit<'a> {
    #[serde(flatten)]
    planned: &'a PlannedEdit,
    /// The present name of the segment.
    name: Option<&'a str>,
}

impl<'a> Overview<'a> {
    pub(crate) fn of(workspace: &'a mut Workspace, query: &Query, now: Duration) -> Self {
        let rate_limit = workspace.quota.rate_limit_at(now);
        let workspace = &*workspace;
        let name = |edit: &Edit| workspace.list.get_any(edit.id()).map(Segment::name);

        let page_size = workspace.page_size as usize;
        let row = |state: SegmentState<'a>| Row {
            segment: state.segment,
            page: state.place.map(|place| place / page_size),
            sent: query.is_sent(state),
        };
        let (mut listed, mut archived, mut not_sent, mut selected) = (0, 0, 0, 0);
        let mut segments = Vec::new();
        for state in workspace.list.all() {
            let is_listed = state.place.is_some();
            *(if is_listed { &mut listed } else { &mut archived }) += 1;
            not_sent += usize::from(is_listed && !query.is_sent(state));

            if query.selects(state) {
                selected += 1;
                segments.extend((selected <= MAX_ROWS).then(|| row(state)));
            }
        }

        let requests = workspace.log.entries().rev().take(MAX_REQUESTS).collect();
        let edits = workspace.edit_history.iter();
        let edits = edits.map(|(after, edit)| PastEdit { after: *after, edit, name: name(edit) });
        let planned = workspace.schedule.planned().iter();
        let planned = planned.map(|planned| NamedEdit { planned, name: name(&planned.edit) });

        Self {
            now: Timestamp::from_unix(now.as_secs()),
            rate_limit,
            page_size: workspace.page_size,
            responses: workspace.responses,
            listed,
            archived,
            not_sent,
            selected,
            segments,
            requests,
            edits: edits.collect(),
            planned: planned.collect(),
            faults: FaultState::of(workspace),
        }
    }
}
