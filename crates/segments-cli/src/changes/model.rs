//! Random histories of a list that is edited while it is read, again and again, by exports of every
//! goal: what the events say must have been so.

use std::collections::{BTreeMap, BTreeSet};
use std::iter::Peekable;
use std::slice;
use std::time::Duration;

use proptest::collection::vec;
use proptest::prelude::*;
use segments_core::{Api, ApiKey, Export, Goal, Instance, List, Plan, Report, Segment, Step};
use segments_emulator::Workspace;

use super::attributes::Attributes;
use super::{Change, Event, Proof, State, compare};

const KEY: &str = "a-key";
const START: Duration = Duration::from_secs(1_592_427_423);

type Ids = BTreeSet<String>;

/// Which segment is edited, modulo how many there are.
type Which = usize;

#[derive(Debug, Clone)]
enum Edit {
    Create,
    Archive(Which),
    Restore(Which),
    Rename(Which),
    Retag(Which),
    Track(Which),
}

/// One export, and the edits after this many of its responses.
#[derive(Debug, Clone)]
struct Round {
    goal: Goal,
    edits: Vec<(u32, Edit)>,
}

fn rounds() -> impl Strategy<Value = Vec<Round>> {
    let goal = prop_oneof![Just(Goal::Complete), Just(Goal::Snapshot), Just(Goal::Walk)];
    let which = 0..64_usize;
    let edit = prop_oneof![
        2 => Just(Edit::Create),
        4 => which.clone().prop_map(Edit::Archive),
        3 => which.clone().prop_map(Edit::Restore),
        1 => which.clone().prop_map(Edit::Rename),
        1 => which.clone().prop_map(Edit::Retag),
        1 => which.prop_map(Edit::Track),
    ];
    let round = (goal, vec((0..8_u32, edit), 0..5)).prop_map(|(goal, mut edits)| {
        edits.sort_by_key(|(after, _)| *after);
        Round { goal, edits }
    });
    vec(round, 1..5)
}

/// A workspace in virtual time, and what was listed in it during the last export.
struct World {
    workspace: Workspace,
    page_size: u32,
    now: Duration,
    created: u32,
    /// What was listed before the first response, and after every edit until the last.
    moments: Vec<Ids>,
    /// What was archived during the last export, and whether any of it was restored.
    archived: Ids,
    was_undone: bool,
}

impl World {
    fn new(page_size: u32, segments: u32) -> Self {
        let workspace = Workspace::new().with_key(KEY).with_page_size(page_size);
        let (moments, archived) = (Vec::new(), Ids::new());
        let was_undone = false;
        let mut world =
            Self { workspace, page_size, now: START, created: 0, moments, archived, was_undone };
        (0..segments).for_each(|_| world.edit(&Edit::Create));
        world
    }

    fn listed(&self) -> Ids {
        self.workspace.segments().map(|segment| segment.id().to_owned()).collect()
    }

    fn edit(&mut self, edit: &Edit) {
        let pick = |which: &Which, is_listed: bool| {
            let all = self.workspace.all_segments().filter(|(_, archived)| *archived != is_listed);
            let ids: Vec<_> = all.map(|(segment, _)| segment.id().to_owned()).collect();
            ids.get(which % ids.len().max(1)).cloned()
        };
        let id = match edit {
            Edit::Create => None,
            Edit::Restore(which) => pick(which, false),
            Edit::Archive(which)
            | Edit::Rename(which)
            | Edit::Retag(which)
            | Edit::Track(which) => pick(which, true),
        };

        let workspace = &mut self.workspace;
        match (edit, id) {
            (Edit::Create, _) => {
                self.created += 1;
                let id = format!("{:02}", self.created);
                workspace.create(Segment::new(&id, &id, true, ["t"]).unwrap()).unwrap();
            }
            // There is none to which it could happen.
            (_, None) => {}
            (Edit::Archive(_), Some(id)) => {
                workspace.archive(&id).unwrap();
                self.archived.insert(id);
            }
            (Edit::Restore(_), Some(id)) => {
                workspace.restore(&id).unwrap();
                self.was_undone |= self.archived.contains(&id);
            }
            (Edit::Rename(_), Some(id)) => {
                let name = format!("{}'", workspace.get(&id).unwrap().name());
                workspace.rename(&id, &name).unwrap();
            }
            (Edit::Retag(_), Some(id)) => {
                let is_tagged = workspace.get(&id).unwrap().tags().next() == Some("t");
                workspace.retag(&id, if is_tagged { ["u", "t"] } else { ["t", "t"] }).unwrap();
            }
            (Edit::Track(_), Some(id)) => {
                let enabled = workspace.get(&id).unwrap().analytics_tracking_enabled();
                workspace.set_tracking(&id, !enabled).unwrap();
            }
        }
    }

    /// Reads the list while the edits happen; `None` if the export fails.
    fn export(&mut self, round: &Round) -> Option<(Vec<Segment>, Report)> {
        let mut edits = round.edits.iter().peekable();
        while let Some((_, edit)) = edits.next_if(|(after, _)| *after == 0) {
            self.edit(edit);
        }
        (self.moments, self.archived, self.was_undone) = (vec![self.listed()], Ids::new(), false);

        let exported = self.read(round.goal, &mut edits);
        // The rest happens when nobody reads, and undoes nothing of what was read.
        let was_undone = self.was_undone;
        edits.for_each(|(_, edit)| self.edit(edit));
        self.was_undone = was_undone;
        self.now += Duration::from_secs(60);
        exported
    }

    fn read(
        &mut self,
        goal: Goal,
        edits: &mut Peekable<slice::Iter<'_, (u32, Edit)>>,
    ) -> Option<(Vec<Segment>, Report)> {
        let mut plan = Plan::new(goal);
        plan.page_size = self.page_size as usize;
        let api = Api::new(Instance::Us01.into(), ApiKey::new(KEY).unwrap());
        let (mut export, mut list) = (Export::new(api, plan), List::default());
        let (start, mut responses) = (self.now, 0);

        loop {
            match export.poll(self.now.saturating_sub(start)) {
                Ok(Step::Send(fetch)) => {
                    while let Some((_, edit)) = edits.next_if(|(after, _)| *after <= responses) {
                        self.edit(edit);
                        self.moments.push(self.listed());
                    }
                    responses += 1;
                    let response = self.workspace.answer(&fetch.request(), self.now);
                    self.now += Duration::from_secs(1);
                    export.handle_response(&fetch, self.now.saturating_sub(start), &response);
                }
                Ok(Step::Wait { until }) => self.now = start + until,
                Ok(Step::Batch(batch)) => list.apply(batch),
                Ok(Step::Done(report)) => return Some((list.finish(&report), report)),
                Err(_) => return None,
            }
        }
    }

    fn was_always_listed(&self, id: &str) -> bool {
        self.moments.iter().all(|ids| ids.contains(id))
    }
}

/// The state after an export, without any events.
fn expected(old: &State, list: &[Segment], proof: Option<Proof>) -> State {
    let State { listed: seen, .. } = list.iter().collect();
    let mut state = old.clone();
    if proof.is_some() {
        state.removed.extend(std::mem::take(&mut state.listed));
    }
    state.removed.retain(|id, _| !seen.contains_key(id));
    state.listed.extend(seen);
    state
}

/// What the events claim, against what was so.
fn check(
    world: &World,
    old: Option<&State>,
    report: &Report,
    events: &[Event],
) -> Result<(), TestCaseError> {
    let listed_ever = |id: &str| world.moments.iter().any(|ids| ids.contains(id));
    let none = BTreeMap::<String, Attributes>::new();
    let known = old.map_or(&none, |old| &old.listed);

    for Event { id, change, .. } in events {
        match change {
            Change::Removed(proof) => {
                prop_assert!(report.goal != Goal::Walk, "{id} was removed by a walk");
                prop_assert!(known.contains_key(id), "{id} was never listed");
                // The assumption of the other proofs.
                if *proof == Proof::Complete || !world.was_undone {
                    prop_assert!(!world.was_always_listed(id), "{id} was listed all the time");
                }
            }
            Change::NotSeen => prop_assert_eq!(Proof::of(report), None),
            _ => prop_assert!(listed_ever(id), "{id} was not listed"),
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1500) })]

    #[test]
    fn events_say_what_was_so_and_lead_to_the_new_state(
        page_size in 1..4_u32,
        segments in 0..9_u32,
        rounds in rounds(),
    ) {
        let mut world = World::new(page_size, segments);
        let mut state = None;
        for round in rounds {
            let Some((list, report)) = world.export(&round) else { continue };
            let proof = Proof::of(&report);
            let events = compare(state.as_ref(), &list, proof);
            check(&world, state.as_ref(), &report, &events)?;

            let old = state.unwrap_or_default();
            let new = old.clone().after(&events);
            prop_assert_eq!(&new, &expected(&old, &list, proof), "{:?}", events);
            prop_assert!(new.listed.keys().all(|id| !new.removed.contains_key(id)));
            if proof.is_some() {
                prop_assert_eq!(compare(Some(&new), &list, proof), []);
            }
            state = Some(new);
        }
    }
}

/// The history in which a plain comparison reports a removal that never was.
#[test]
fn a_walk_that_misses_a_segment_removes_nothing() {
    let [archive, quiet] = [vec![(1, Edit::Archive(0))], Vec::new()];
    let seen_by = |goal, edits| {
        let mut world = World::new(3, 8);
        let (list, _) =
            world.export(&Round { goal: Goal::Complete, edits: quiet.clone() }).unwrap();
        let old: State = list.iter().collect();
        let (list, report) = world.export(&Round { goal, edits }).unwrap();
        let events = compare(Some(&old), &list, Proof::of(&report));
        assert!(world.was_always_listed("04"));
        events.iter().map(|event| (event.id.clone(), event.change.name())).collect::<Vec<_>>()
    };
    assert_eq!(seen_by(Goal::Walk, archive.clone()), [("04".to_owned(), "not_seen")]);
    assert_eq!(seen_by(Goal::Complete, archive), []);
    assert_eq!(seen_by(Goal::Walk, quiet.clone()), []);
}
