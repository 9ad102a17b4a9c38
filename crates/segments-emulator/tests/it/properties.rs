//! What holds for every list, every edit and every request.

use std::time::Duration;

use http::Request;
use proptest::prelude::*;
use segments_core::{ListRequest, Page, Segment, SortDirection};
use segments_emulator::{EditError, Workspace, sample};

use crate::{KEY, get, request, segment, workspace};

#[derive(Debug, Clone)]
enum Edit {
    Create,
    Archive(usize),
    Restore(usize),
    Rename(usize, String),
    Retag(usize, Vec<String>),
    Track(usize, bool),
}

fn edits() -> impl Strategy<Value = Vec<Edit>> {
    let which = 0_usize..24;
    let edit = prop_oneof![
        3 => Just(Edit::Create),
        3 => which.clone().prop_map(Edit::Archive),
        2 => which.clone().prop_map(Edit::Restore),
        1 => (which.clone(), any::<String>()).prop_map(|(which, name)| Edit::Rename(which, name)),
        1 => (which.clone(), any::<Vec<String>>()).prop_map(|(which, tags)| Edit::Retag(which, tags)),
        1 => (which, any::<bool>()).prop_map(|(which, on)| Edit::Track(which, on)),
    ];
    proptest::collection::vec(edit, 0..40)
}

/// The list as it would be if it were made anew for each question.
#[derive(Debug, Default)]
struct Model {
    all: Vec<(Segment, bool)>,
}

impl Model {
    fn live(&self) -> Vec<Segment> {
        self.all.iter().filter(|(_, archived)| !archived).map(|(one, _)| one.clone()).collect()
    }

    fn edit(&mut self, workspace: &mut Workspace, edit: &Edit) -> Result<(), EditError> {
        let which = match edit {
            Edit::Create => {
                let segment = segment(self.all.len());
                self.all.push((segment.clone(), false));
                return workspace.create(segment);
            }
            Edit::Archive(which)
            | Edit::Restore(which)
            | Edit::Rename(which, _)
            | Edit::Retag(which, _)
            | Edit::Track(which, _) => *which,
        };
        let id = format!("id-{which}");

        if let Some((old, archived)) = self.all.get_mut(which) {
            let new = |name: &str, tracking| Segment::new(&id, name, tracking, old.tags()).unwrap();
            let tracking = old.analytics_tracking_enabled();
            match edit {
                Edit::Create => {}
                Edit::Archive(_) => *archived = true,
                Edit::Restore(_) => *archived = false,
                Edit::Rename(_, name) => *old = new(name, tracking),
                Edit::Retag(_, tags) => {
                    *old = Segment::new(&id, old.name(), tracking, tags).unwrap();
                }
                Edit::Track(_, on) => *old = new(old.name(), *on),
            }
        }

        match edit {
            Edit::Create => Ok(()),
            Edit::Archive(_) => workspace.archive(&id),
            Edit::Restore(_) => workspace.restore(&id),
            Edit::Rename(_, name) => workspace.rename(&id, name),
            Edit::Retag(_, tags) => workspace.retag(&id, tags),
            Edit::Track(_, on) => workspace.set_tracking(&id, *on),
        }
    }
}

/// All pages up to the first empty one.
fn walk(workspace: &Workspace, direction: SortDirection) -> Vec<Segment> {
    (0..=u32::MAX)
        .map(|page| workspace.page(ListRequest::page(page).sort(direction)))
        .take_while(|page| !page.is_empty())
        .flat_map(|page: Page| page.segments().collect::<Vec<_>>())
        .collect()
}

proptest! {
    #[test]
    fn no_request_panics_or_is_answered_with_5xx(
        path in prop_oneof![Just("/segments/list".to_owned()), "/[ -~]{0,20}"],
        query in prop_oneof![
            "[ -~]{0,30}",
            "(page|sort_direction|api_key)=[%0-9a-zA-Z+&=.-]{0,20}",
        ],
        keys in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..30), 0..3),
        good: bool,
        method in prop_oneof![Just("GET"), Just("POST"), Just("PURGE")],
        now: u64,
    ) {
        let mut request = Request::builder().method(method).uri(format!("{path}?{query}"));

        for key in keys {
            if let Ok(value) = http::HeaderValue::from_bytes(&key) {
                request = request.header("authorization", value);
            }
        }

        if good {
            request = request.header("authorization", format!("Bearer {KEY}"));
        }

        if let Ok(request) = request.body(()) {
            let mut workspace = workspace(3);
            let response = workspace.answer(&request, Duration::from_secs(now));
            prop_assert!((200..500).contains(&response.status().as_u16()));
            let body: serde_json::Value = serde_json::from_slice(response.body()).unwrap();
            prop_assert!(body["message"].is_string());
            prop_assert_eq!(workspace.log().total(), 1);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn pages_are_the_live_list_in_both_orders(size in 0_u32..12, edits in edits()) {
        let mut workspace = workspace(0).with_page_size(size);
        let mut model = Model::default();
        for edit in &edits {
            let known = match edit {
                Edit::Create => true,
                Edit::Archive(which) | Edit::Restore(which) | Edit::Rename(which, _)
                | Edit::Retag(which, _) | Edit::Track(which, _) => *which < model.all.len(),
            };
            let done = model.edit(&mut workspace, edit);
            prop_assert_eq!(done, if known { Ok(()) } else { Err(EditError::NotFound) });

            let mut live = model.live();
            prop_assert_eq!(workspace.len(), live.len());
            prop_assert!(workspace.segments().eq(&live));
            prop_assert!(workspace.all_segments().eq(model.all.iter().map(|(one, archived)| (one, *archived))));
            prop_assert_eq!(walk(&workspace, SortDirection::Asc), live.clone());
            live.reverse();
            prop_assert_eq!(walk(&workspace, SortDirection::Desc), live);
        }
    }

    /// The response may come out of the cache; the page never does.
    #[test]
    fn the_body_is_the_page_after_any_edit(edits in edits(), page in 0_u32..4, newest: bool) {
        let direction = if newest { SortDirection::Desc } else { SortDirection::Asc };
        let list = ListRequest::page(page).sort(direction);
        let mut workspace = workspace(6).with_page_size(3);
        let mut model = Model { all: (0..6).map(|number| (segment(number), false)).collect() };

        for edit in &edits {
            let _ = model.edit(&mut workspace, edit);
            let response = get(&mut workspace, &list.to_string());
            let again = get(&mut workspace, &list.to_string());
            prop_assert_eq!(response.body(), again.body());
            prop_assert_eq!(&response.headers()["etag"], &again.headers()["etag"]);
            let page = workspace.page(list).to_http().into_body();
            prop_assert_eq!(response.body(), &page);
        }
    }
}

#[test]
fn the_same_calls_give_the_same_bytes() {
    let run = || {
        let mut workspace = workspace(5).with_page_size(2);
        let pages = (0..4).map(|page| get(&mut workspace, &format!("/segments/list?page={page}")));
        pages.map(|page| format!("{page:?}")).collect::<Vec<_>>()
    };
    assert_eq!(run(), run());
}

#[test]
fn large_lists_are_paged_to_the_end() {
    let mut workspace = Workspace::new().with_key(KEY).with_segments(sample(20_000, 1));
    let ids: Vec<String> = workspace.segments().map(|one| one.id().to_owned()).collect();

    for id in ids.iter().step_by(7) {
        workspace.archive(id).unwrap();
    }

    assert_eq!(workspace.len(), 20_000 - 2858);

    let walked = walk(&workspace, SortDirection::Desc);
    assert!(walked.iter().rev().eq(workspace.segments()));

    let now = Duration::from_secs(1);

    for page in 0..172 {
        let response = workspace.answer(&request(&format!("/segments/list?page={page}")), now);
        assert_eq!(response.status(), 200);
    }

    assert_eq!(workspace.log().total(), 172);
}
