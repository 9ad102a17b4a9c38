use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use segments_core::Goal;

use super::draw::{Kind, draw};
use super::table::Table;
use crate::model::{Seeded, Setup, Tally, explore, falsehoods, run};

const GOALS: [Goal; 3] = [Goal::Walk, Goal::Complete, Goal::Snapshot];

/// Seeds in a row for one goal and kind.
const BLOCK: u64 = 1000;

/// False claims that are printed; the rest is only counted.
const PRINTED: u64 = 30;

/// How much to do.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Exports in all.
    pub exports: u64,
    /// No new block after this time.
    pub time: Duration,
    /// The first seed.
    pub seed: u64,
    /// Threads.
    pub threads: usize,
    /// The emulator answers. Nothing is drawn without a stable order then.
    pub emulator: bool,
}

/// Runs random exports, counts what came of them, and prints the seeds of false claims.
pub fn soak(limits: Limits) -> Table {
    let (next, late, printed) = (AtomicU64::new(0), AtomicBool::new(false), AtomicU64::new(0));
    let worker = || {
        let mut table = Table::default();
        loop {
            let block = next.fetch_add(1, Ordering::Relaxed);
            if block * BLOCK >= limits.exports || late.load(Ordering::Relaxed) {
                break table;
            }
            for seed in block * BLOCK..((block + 1) * BLOCK).min(limits.exports) {
                one(limits.seed + seed, &limits, &mut table, &printed);
            }
        }
    };

    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..limits.threads).map(|_| scope.spawn(worker)).collect();
        let mut left = limits.time;
        while !left.is_zero() && workers.iter().any(|worker| !worker.is_finished()) {
            let nap = left.min(Duration::from_millis(100));
            std::thread::sleep(nap);
            left -= nap;
        }
        late.store(true, Ordering::Relaxed);
        let mut table = Table::default();
        for worker in workers {
            table.merge(&worker.join().expect("what panics inside is caught"));
        }
        table
    })
}

/// One export: everything about it follows from its seed.
fn one(seed: u64, limits: &Limits, table: &mut Table, printed: &AtomicU64) {
    let mut random = Seeded::new(seed);
    // The first numbers of neighbouring seeds are neighbours.
    random.number();
    let kinds: Vec<Kind> = Kind::every().collect();
    let case = usize::try_from(random.number() % (GOALS.len() * kinds.len()) as u64);
    let case = case.expect("below a usize");
    let (goal, kind) = (GOALS[case % GOALS.len()], kinds[case / GOALS.len()]);
    let ties = !kind.is_ordered();

    if limits.emulator && !matches!(kind, Kind::Events(_)) {
        return;
    }

    let setup = Setup { emulator: limits.emulator, ..draw(goal, kind, &mut random) };
    let row = table.row(goal, kind);

    let ran = catch_unwind(AssertUnwindSafe(|| {
        let run = run(setup, &mut random);
        let falsehoods = falsehoods(&setup, &run);
        (run, falsehoods)
    }));

    let (falsehoods, run) = match ran {
        Ok((run, falsehoods)) => {
            row.add(&setup, &run);
            (falsehoods, Some(run))
        }
        Err(_) => (vec!["it panicked"], None),
    };

    if falsehoods.is_empty() {
        return;
    }

    for falsehood in &falsehoods {
        *row.wrong.entry(falsehood).or_default() += 1;
    }

    let falsehood = falsehoods.join(", and ");
    // Ties break the order that every claim rests on: they are counted, and printed one by one.
    let again = limits.exports == 1;

    if (again || !ties) && printed.fetch_add(1, Ordering::Relaxed) < PRINTED {
        println!("seed {seed}: {goal}, {}: {falsehood}\n  {setup:?}", kind.name());
        let emulator = if limits.emulator { " --emulator" } else { "" };
        println!("  again: cargo xtask soak --exports 1 --seed {seed}{emulator}");
    }

    if let Some(run) = run.filter(|_| again) {
        println!("{run}");
    }
}

/// Goes through every history of the larger small lists, and prints each as it is done.
pub fn deep() -> Tally {
    let mut total = Tally::default();
    for goal in [Goal::Complete, Goal::Snapshot] {
        let setup =
            |page_size, ranks, events| Setup { events, ..Setup::quiet(goal, page_size, ranks) };
        let larger = [
            setup(2, 5, 3),
            setup(3, 5, 3),
            setup(2, 6, 2),
            setup(3, 7, 2),
            setup(1, 4, 2),
            Setup { breaks: 1, ..setup(2, 5, 2) },
            Setup { failures: 1, ..setup(2, 4, 2) },
            Setup { edits: 2, ..setup(2, 4, 1) },
            Setup { window: 2, ..setup(2, 3, 2) },
            Setup { window: 2, ..setup(2, 4, 1) },
            Setup { window: 2, ..setup(3, 4, 1) },
        ];
        for setup in larger {
            let tally = explore(setup);
            let Setup { page_size, ranks, events, edits, failures, breaks, window, .. } = setup;
            let refused: u64 = tally.refused.values().sum();
            println!(
                "| {goal} | {page_size} | {ranks} | {events} | {edits} | {failures} | {breaks} \
                 | {window} | {} | {} | {} | {} | {refused} | 0 |",
                tally.runs, tally.complete, tally.complete_by_count, tally.snapshots
            );
            total.merge(&tally);
        }
    }

    total
}
