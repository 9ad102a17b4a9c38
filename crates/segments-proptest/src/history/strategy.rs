use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::strategy::{NewTree, ValueTree};
use proptest::test_runner::TestRunner;

use super::draft::{Draft, Step};
use super::shape::Shape;
use super::shrink::Tree;
use super::timeline::History;
use crate::faults;

/// A list of up to eight segments on pages of one to three, and up to three edits between the first
/// answers. Shrinks to the fewest edits, segments and answers with which a client still fails.
///
/// Small pages find what large ones do, sooner: all that matters is on which side of a page's end
/// an edit happens. A client that relies on pages of 100 is tested with [`Shape::page_size`].
///
/// ```
/// use proptest::prelude::*;
/// use segments_core::ListRequest;
/// use segments_proptest::history;
///
/// proptest!(|(history in history())| {
///     let mut server = history.server();
///     let response = server.page(ListRequest::page(0)).unwrap();
///     prop_assert_eq!(response.status(), 200);
/// });
/// ```
pub fn history() -> impl Strategy<Value = History> + Clone {
    Shape::default().history()
}

/// The same on a server with up to three faults, as [`faults::script`](crate::faults::script) has
/// them.
///
/// ```
/// use proptest::prelude::*;
/// use segments_core::ListRequest;
/// use segments_proptest::history;
///
/// proptest!(|(history in history::faulty())| {
///     // A response or none: a client has to cope with both.
///     let _ = history.server().page(ListRequest::page(0));
/// });
/// ```
pub fn faulty() -> impl Strategy<Value = History> + Clone {
    Shape { faults: 0..=3, ..Shape::default() }.history()
}

impl Shape {
    /// Histories of this shape.
    pub fn history(&self) -> impl Strategy<Value = History> + Clone + use<> {
        let archived = proptest::bool::weighted(0.2);
        let kind = prop_oneof![Just(Kind::Archive), Just(Kind::Restore), Just(Kind::Create)];
        let edit = (self.answers.clone(), kind, any::<Index>());
        let drawn = (
            self.page_size.clone(),
            vec(archived, self.segments.clone()),
            vec(edit, self.edits.clone()),
            vec(faults::placed(), self.faults.clone()),
        );
        let drafts = drawn.prop_map(|(page_size, archived, edits, faults)| Draft {
            page_size,
            edits: steps(&archived, edits),
            archived,
            faults,
        });
        Histories { drafts: drafts.boxed(), shape: self.clone() }
    }
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    Archive,
    Restore,
    Create,
}

/// What each edit does, where there is a segment that it can be done to.
fn steps(archived: &[bool], mut edits: Vec<(u32, Kind, Index)>) -> Vec<(u32, Step)> {
    edits.sort_by_key(|(after, _, _)| *after);
    let mut archived = archived.to_vec();
    let step = |(after, kind, which): (u32, Kind, Index)| {
        let pick = |is: bool| {
            let fit: Vec<usize> = (0..archived.len()).filter(|at| archived[*at] == is).collect();
            fit.get(which.index(fit.len().max(1))).copied()
        };
        let step = match kind {
            Kind::Archive => Step::Archive(pick(false)?),
            Kind::Restore => Step::Restore(pick(true)?),
            Kind::Create => Step::Create,
        };
        step.apply(&mut archived);
        Some((after, step))
    };
    edits.into_iter().filter_map(step).collect()
}

#[derive(Debug, Clone)]
struct Histories {
    drafts: BoxedStrategy<Draft>,
    shape: Shape,
}

impl Strategy for Histories {
    type Tree = Tree;
    type Value = History;

    fn new_tree(&self, runner: &mut TestRunner) -> NewTree<Self> {
        let draft = self.drafts.new_tree(runner)?.current();
        Ok(Tree::new(draft, self.shape.clone()))
    }
}
