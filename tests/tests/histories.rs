//! Lists that change while the drivers read them over real sockets: what was claimed is held
//! against what was so.

use std::sync::{Arc, Mutex};

use segments_core::report::Completeness;
use segments_core::{Api, ApiKey, Endpoint, Error, Export, Goal, Plan, Report, Segment};
use segments_emulator::{Emulator, Server, ServerThread, Workspace};
use segments_tests::model::{Chooser, Class, Ranks, Seeded, World};

const HISTORIES: u64 = 100;
const GOALS: [Goal; 3] = [Goal::Walk, Goal::Complete, Goal::Snapshot];

/// A list on a server, and beside it the model that remembers every state.
struct History {
    goal: Goal,
    class: Class,
    page_size: usize,
    random: Seeded,
    world: World,
    server: ServerThread,
    events: usize,
}

fn segment(rank: usize) -> Segment {
    Segment::new(rank.to_string(), "0", true, [""; 0]).unwrap()
}

impl History {
    fn new(goal: Goal, seed: u64) -> Self {
        let mut random = Seeded::new(seed);
        random.number();
        let class = Class::EVERY[random.choose(Class::EVERY.len())];
        let page_size = 2 + random.choose(4);
        let ranks = random.choose(4 * page_size);
        let listed: Ranks = (0..ranks).filter(|_| random.choose(4) > 0).collect();
        let braze = Workspace::new()
            .with_key("a-key")
            .with_page_size(u32::try_from(page_size).unwrap())
            .with_segments((0..ranks).map(segment));
        let server = Server::spawn(Emulator::new(braze)).unwrap();

        server.emulator().with(|braze| {
            for rank in (0..ranks).filter(|rank| !listed.contains(*rank)) {
                braze.archive(&rank.to_string()).unwrap();
            }
        });

        // What was archived before the beginning is known, and can be restored.
        let mut world = World::new(page_size, listed);
        world.know(ranks);
        Self { goal, class, page_size, random, world, server, events: 6 }
    }

    fn export(&mut self) -> Export {
        let endpoint = Endpoint::new(&self.server.url()).unwrap();
        let mut plan = Plan::new(self.goal);
        plan.page_size = self.page_size;
        plan.window = 1 + u16::try_from(self.random.choose(4)).unwrap();
        Export::new(Api::new(endpoint, ApiKey::new("a-key").unwrap()), plan)
    }

    /// Something happens, perhaps.
    fn happen(&mut self) {
        if self.events == 0 || self.random.choose(3) > 0 {
            return;
        }

        self.events -= 1;
        let kinds = self.world.events(self.class, self.world.known() + 1);

        if kinds.is_empty() {
            return;
        }

        let kind = kinds[self.random.choose(kinds.len())];
        let rank = kind.iter().nth(self.random.choose(kind.len())).unwrap();
        let (listed, known) = (self.world.listed(), self.world.known());
        let id = rank.to_string();

        self.server.emulator().with(|braze| {
            if listed.contains(rank) {
                braze.archive(&id).unwrap();
            } else if rank < known {
                braze.restore(&id).unwrap();
            } else {
                braze.create(segment(rank)).unwrap();
            }
        });

        self.world.change(rank);
    }

    /// Whether a claim was made; panics if it is not so.
    fn judge(&self, result: Result<(Vec<Segment>, Report), Error>) -> bool {
        let Ok((segments, report)) = result else {
            assert_ne!(self.goal, Goal::Walk, "{}", result.unwrap_err());
            return false;
        };
        let world = &self.world;
        let found: Ranks = segments.iter().map(|segment| world.rank(segment.id())).collect();

        assert_eq!(found.len(), segments.len());
        assert!(found.without(world.ever()).is_empty());

        let missed = world.stable(0, world.now()).without(found);
        let complete = report.completeness == Completeness::Complete
            || report.completeness == Completeness::CompleteByCount && !world.undone();

        assert!(!complete || missed.is_empty(), "{missed:?} of {world:?}: {report}");

        if report.snapshot.is_some() && !world.undone() {
            let mut moments = 0..=world.now();
            assert!(moments.any(|moment| world.at(moment) == found), "{found:?}, {world:?}");
        }

        complete
    }
}

#[test]
fn the_blocking_driver() {
    let agent = segments_blocking::agent();
    let mut claims = 0;

    for goal in GOALS {
        for seed in 0..HISTORIES {
            let mut history = History::new(goal, seed);
            let export = history.export();
            let history = Arc::new(Mutex::new(history));
            let happen = Arc::clone(&history);
            let result = segments_blocking::Reader::new(export, agent.clone())
                .on_exchange(move |_| happen.lock().unwrap().happen())
                .collect_all();
            claims += u64::from(history.lock().unwrap().judge(result));
        }
    }

    assert!(claims > HISTORIES, "{claims} claims");
}

#[test]
fn the_driver_on_hyper() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let client = segments_hyper::Client::new().unwrap();
    let mut claims = 0;

    for goal in GOALS {
        for seed in HISTORIES..2 * HISTORIES {
            let mut history = History::new(goal, seed);
            let export = history.export();
            let history = Arc::new(Mutex::new(history));
            let happen = Arc::clone(&history);
            let mut reader = segments_hyper::Reader::new(export, client.clone())
                .on_exchange(move |_| happen.lock().unwrap().happen());
            let result = runtime.block_on(reader.collect_all());
            claims += u64::from(history.lock().unwrap().judge(result));
        }
    }

    assert!(claims > HISTORIES, "{claims} claims");
}
