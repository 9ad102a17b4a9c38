use super::chooser::Chooser;
use super::judge;
use super::run::Run;
use super::setup::Setup;
use super::simulation::Simulation;
use super::world::World;

/// Runs an export against a world in which `chooser` decides what happens when, and panics if it
/// claims anything that is not so.
pub fn simulate(setup: Setup, chooser: &mut impl Chooser) -> Run {
    let run = run(setup, chooser);
    if let Err(falsehood) = judge::judge(&setup, &run) {
        panic!("{falsehood}\n{setup:?}\n{run}");
    }
    run
}

/// The same without the judge.
pub fn run(setup: Setup, chooser: &mut impl Chooser) -> Run {
    let by_seed = setup.ties > 1 || setup.cuts > 0;
    let seed = if by_seed { chooser.choose(1 << 16) as u64 } else { 0 };
    let mut simulation = Simulation::new(setup, seed);
    let mut left = setup;
    while simulation.turn() {
        simulation.happen(&mut left, chooser);
    }
    simulation.finish()
}

/// A run on a quiet list in which something happens between the making of response number `last`,
/// counted from 1, and its arrival.
pub fn run_until(
    setup: Setup,
    chooser: &mut impl Chooser,
    last: usize,
    happens: impl FnOnce(&mut World),
) -> Run {
    let mut simulation = Simulation::new(setup, 0);
    let (mut left, mut happens) = (setup, Some(happens));

    while simulation.turn() {
        if simulation.run.answers.len() + 1 == last {
            for request in &mut simulation.in_flight {
                request.respond(&mut simulation.run.world, simulation.now);
            }
            if let Some(happens) = happens.take() {
                happens(&mut simulation.run.world);
            }
        }
        simulation.happen(&mut left, chooser);
    }

    simulation.finish()
}

/// A run on a quiet list that is put aside after so many answers and resumed, if it lasts so long:
/// also how many requests it took until then.
pub fn run_broken(setup: Setup, after: usize) -> Option<(u64, Run)> {
    let mut simulation = Simulation::new(setup, 0);
    let mut before = None;

    while simulation.turn() {
        if before.is_none() && simulation.run.answers.len() == after {
            before = Some(after as u64);
            simulation.resume();
            continue;
        }
        let request = simulation.in_flight.remove(0);
        simulation.deliver(request);
    }

    before.map(|before| (before, simulation.finish()))
}
