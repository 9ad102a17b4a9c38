//! Lists that do not change, from servers that are not as documented, in every combination: the
//! whole list, or an error, and never a claim over fewer than the responses showed.

use std::collections::BTreeSet;

use segments_core::error::NotProven;
use segments_core::report::Completeness;
use segments_core::{ErrorKind, Goal, ListRequest, Plan, SortDirection};
use segments_tests::model::{Chooser, Ordeal, Ranks, Seeded, ordeal};

const GOALS: [Goal; 3] = [Goal::Walk, Goal::Complete, Goal::Snapshot];

/// How a server orders its rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    /// As documented.
    Kept,
    /// Descending pages are the ascending ones.
    Ignored,
    /// Only the rows of a page are turned round.
    ReversedWithinPages,
    /// The list has no order, and the rows of a page are sorted.
    SortedWithinPages,
    /// The same, and the list is turned round as well.
    SortedEachWay,
    /// Another order for every response.
    Unstable,
    /// Another order for every response, and the rows of a page are sorted.
    UnstableSorted,
}

impl Order {
    const EVERY: [Self; 7] = [
        Self::Kept,
        Self::Ignored,
        Self::ReversedWithinPages,
        Self::SortedWithinPages,
        Self::SortedEachWay,
        Self::Unstable,
        Self::UnstableSorted,
    ];

    /// Whether both orders have the same rows on a page of the same number.
    fn mirrors_pages(self) -> bool {
        matches!(self, Self::Ignored | Self::ReversedWithinPages | Self::SortedWithinPages)
    }
}

#[derive(Debug, Clone)]
struct Server {
    order: Order,
    page_size: usize,
    rows: Vec<usize>,
    random: Seeded,
}

impl Server {
    fn new(order: Order, page_size: usize, len: usize, seed: u64) -> Self {
        let mut server =
            Self { order, page_size, rows: (0..len).collect(), random: Seeded::new(seed) };
        if matches!(order, Order::SortedWithinPages | Order::SortedEachWay) {
            server.shuffle();
        }
        server
    }

    fn shuffle(&mut self) {
        for last in (1..self.rows.len()).rev() {
            self.rows.swap(last, self.random.choose(last + 1));
        }
    }

    fn answer(&mut self, list: ListRequest) -> Vec<usize> {
        if matches!(self.order, Order::Unstable | Order::UnstableSorted) {
            self.shuffle();
        }

        let descending = list.sort_direction == Some(SortDirection::Desc);
        let mut rows = self.rows.clone();

        if descending && matches!(self.order, Order::Kept | Order::SortedEachWay) {
            rows.reverse();
        }

        let skip = list.page as usize * self.page_size;
        let mut page: Vec<usize> = rows.into_iter().skip(skip).take(self.page_size).collect();

        match self.order {
            Order::Kept | Order::Ignored | Order::Unstable => return page,
            Order::ReversedWithinPages => {}
            _ => page.sort_unstable(),
        }

        if descending {
            page.reverse();
        }

        page
    }
}

fn plan(goal: Goal, window: u16, page_size: usize) -> Plan {
    let mut plan = Plan::new(goal);
    (plan.window, plan.page_size) = (window, page_size);
    plan
}

const MOST_ANSWERS: u64 = 2000;

fn set(rows: &[usize]) -> Ranks {
    rows.iter().copied().collect()
}

/// What the responses showed that were taken.
fn shown(ordeal: &Ordeal) -> Ranks {
    ordeal.taken.iter().flat_map(|(_, rows)| rows.iter().copied()).collect()
}

fn every_window(mut holds: impl FnMut(Goal, u16)) {
    for goal in GOALS {
        for window in [1, 2, 3, 4] {
            holds(goal, window);
        }
    }
}

#[test]
fn pages_of_any_length_in_any_order_are_read_whole_or_refused() {
    every_window(|goal, window| {
        for order in Order::EVERY {
            for page_size in 1..6 {
                for documented in [page_size, 5, 100] {
                    for len in 0..16 {
                        for seed in 0..3 {
                            whole_or_refused(
                                &plan(goal, window, documented),
                                &Server::new(order, page_size, len, seed),
                            );
                        }
                    }
                }
            }
        }
    });
}

fn whole_or_refused(plan: &Plan, server: &Server) {
    let told = format!("{} in windows of {}, {server:?}", plan.goal, plan.window);
    let (mut answering, seed) = (server.clone(), server.rows.len() as u64);
    let ordeal = ordeal(plan, seed, MOST_ANSWERS, |list| answering.answer(list));
    let documented = server.order == Order::Kept && plan.page_size == server.page_size;

    let report = match &ordeal.result {
        Ok(report) => report,
        Err(error) => {
            let refused = matches!(error.kind(), ErrorKind::NotProven(_) | ErrorKind::Paging(_));
            assert!(refused && !documented, "{told}: {error}");
            return;
        }
    };

    assert!(shown(&ordeal).without(set(&ordeal.found)).is_empty(), "{told}: {ordeal:?}");

    if plan.goal == Goal::Walk {
        return;
    }

    assert_eq!(set(&ordeal.found), Ranks::first(server.rows.len()), "{told}: {ordeal:?}");

    // Where every response gives another order, nobody can tell it from a list that changes.
    if server.order == Order::Kept || server.order.mirrors_pages() {
        assert!(report.unlisted_meanwhile.is_empty(), "{told}: {ordeal:?}");
    }

    if documented {
        let strongest = server.rows.len() <= server.page_size
            || server.rows.len() % server.page_size != 0
            || report.completeness == Completeness::CompleteByCount;
        let complete = report.completeness == Completeness::Complete;
        assert!(strongest && (complete || server.rows.len() % server.page_size == 0), "{told}");
    }
}

#[test]
fn a_server_that_sorts_within_its_pages_is_refused_and_a_walk_advised() {
    for order in [Order::ReversedWithinPages, Order::SortedWithinPages] {
        for len in [250, 200, 120, 51] {
            let mut server = Server::new(order, 50, len, 1);
            let plan = plan(Goal::Complete, 4, 100);
            let ordeal = ordeal(&plan, 0, MOST_ANSWERS, |list| server.answer(list));
            let error = ordeal.result.unwrap_err();
            assert_eq!(*error.kind(), ErrorKind::NotProven(NotProven::OrderContradicted));
            assert!(error.advice().contains("a walk reads"), "{}", error.advice());
        }
    }
}

/// A list of which some rows are hidden behind the paging, and whose pages are cut now and then.
struct Filtered {
    server: Server,
    hidden: Ranks,
    /// Of a thousand answers so many are cut short.
    cut: u32,
}

impl Filtered {
    fn answer(&mut self, list: ListRequest) -> Vec<usize> {
        let mut rows = self.server.answer(list);
        rows.retain(|row| !self.hidden.contains(*row));
        if !rows.is_empty() && self.server.random.happens(self.cut) {
            rows.truncate(self.server.random.choose(rows.len()));
        }
        rows
    }
}

#[test]
fn no_list_is_shorter_than_what_the_answers_showed() {
    let mut claims = [0; 3];
    for seed in 0..4000 {
        let mut random = Seeded::new(seed);
        random.number();
        let goal = GOALS[random.choose(3)];
        let page_size = 1 + random.choose(5);
        let documented = [page_size, 5, 100][random.choose(3)];
        let len = random.choose(4 * page_size + 2);
        let window = 1 + u16::try_from(random.choose(4)).unwrap();
        let share = [0, 50, 300][random.choose(3)];
        let hidden = (0..len).filter(|_| random.happens(share)).collect();
        let cut = [0, 30, 200][random.choose(3)];
        let server = Server::new(Order::Kept, page_size, len, seed);
        let mut server = Filtered { server, hidden, cut };
        let plan = plan(goal, window, documented);
        let ordeal = ordeal(&plan, seed, MOST_ANSWERS, |list| server.answer(list));
        let Ok(report) = &ordeal.result else { continue };
        claims[goal as usize] += 1;
        let missed = shown(&ordeal).without(set(&ordeal.found));
        assert!(missed.is_empty(), "seed {seed}: {missed:?} of {plan:?}: {ordeal:?}");
        // Nothing was ever hidden in one response and shown in another. A snapshot is not of both
        // orders, and a page of which nothing is left looks like the end to it.
        if cut == 0 && goal == Goal::Complete {
            let listed = Ranks::first(len).without(hidden);
            assert_eq!(set(&ordeal.found), listed, "seed {seed}: {plan:?}: {ordeal:?}");
            assert_eq!(report.unlisted_meanwhile.len(), 0, "seed {seed}: {plan:?}: {ordeal:?}");
        }
    }

    assert!(claims.iter().all(|claims| *claims > 200), "{claims:?}");
}

/// A snapshot of a list in pages of three. Where it asks for this page for the so manyth time, this
/// row is left out.
fn cut(window: u16, len: usize, cuts: &[(SortDirection, u32, usize, usize)]) -> Ordeal {
    let (mut server, mut asked) = (Server::new(Order::Kept, 3, len, 0), Vec::new());
    ordeal(&plan(Goal::Snapshot, window, 3), 0, MOST_ANSWERS, |list| {
        asked.push(list);
        let times = asked.iter().filter(|other| **other == list).count();
        let direction = list.sort_direction.unwrap_or_default();
        let mut rows = server.answer(list);
        rows.retain(|row| !cuts.contains(&(direction, list.page, times, *row)));
        rows
    })
}

// The pass with the pin and the one that confirms it lack as many rows.
#[test]
fn a_pin_that_is_cut_is_no_pin() {
    use SortDirection::{Asc, Desc};

    for window in [1, 3] {
        // With more in flight the last page is asked for twice.
        let both_ends =
            cut(window, 5, &[(Desc, 1, 1, 0), (Desc, 1, 2, 0), (Asc, 1, 2, 4), (Asc, 1, 3, 4)]);
        let one_end = cut(window, 8, &[(Desc, 2, 1, 0), (Desc, 2, 2, 0), (Asc, 0, 2, 0)]);
        for (ordeal, len) in [(both_ends, 5), (one_end, 8)] {
            assert!(ordeal.result.is_ok(), "{ordeal:?}");
            assert_eq!(set(&ordeal.found), Ranks::first(len), "{ordeal:?}");
        }
    }
}

/// 352 segments, of which one is hidden behind the paging.
fn one_hidden(goal: Goal, window: u16) -> Ordeal {
    let server = Server::new(Order::Kept, 100, 352, 0);
    let mut server = Filtered { server, hidden: set(&[121]), cut: 0 };
    ordeal(&plan(goal, window, 100), 0, MOST_ANSWERS, |list| server.answer(list))
}

#[test]
fn a_short_page_in_the_middle_is_no_end() {
    for window in [1, 2, 4] {
        let walk = one_hidden(Goal::Walk, window);
        assert_eq!((walk.found.len(), walk.result.is_ok()), (351, true));
        for goal in [Goal::Complete, Goal::Snapshot] {
            let Err(error) = one_hidden(goal, window).result else {
                panic!("{goal} in windows of {window} cannot count what is hidden")
            };
            let text = format!("{error}; {}", error.advice());
            assert!(text.contains("had 99 segments, although more followed"), "{text}");
            assert!(text.contains("a walk reads"), "{text}");
        }
    }
}

#[test]
fn an_empty_list_is_asked_again_before_it_is_believed() {
    every_window(|goal, window| {
        for len in [1, 2, 3, 4, 7, 8, 350, 352] {
            for empty in 1..3 {
                for page_size in [4, 100] {
                    let mut server = Server::new(Order::Kept, page_size, len, 0);
                    let mut answers = 0;
                    let mut asked = BTreeSet::new();
                    let plan = plan(goal, window, page_size);
                    let ordeal = ordeal(&plan, len as u64, MOST_ANSWERS, |list| {
                        answers += 1;
                        // A walk has no other order to ask in, and an empty page behind a short
                        // one is an end.
                        let fails = match goal {
                            Goal::Walk => list.page < empty && asked.insert(list.page),
                            _ => answers <= empty,
                        };
                        if fails { Vec::new() } else { server.answer(list) }
                    });
                    let told = format!("{goal} of {len} in windows of {window}: {ordeal:?}");
                    let Ok(report) = &ordeal.result else {
                        // A hole in the list is no empty list.
                        assert!(goal == Goal::Walk && len > page_size, "{told}");
                        continue;
                    };
                    assert_eq!(ordeal.found.len(), len, "{told}");
                    assert!(report.unlisted_meanwhile.is_empty(), "{told}");
                }
            }
        }
    });
}
