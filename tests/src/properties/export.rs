//! An export that meets anything in any order stays in order.

use std::time::Duration;

use segments_core::{Export, Plan, SortDirection};

use super::machine::Machine;
use super::{QuietList, Source, api, goals};

/// Checks a plan, a list and a script that are made of the input.
pub fn check(input: &[u8]) {
    let mut source = Source::new(input);
    let mut plan = plan(&mut source);
    let list = QuietList { count: u32::from(source.below(41)), page_size: source.below(9) + 1 };
    plan.page_size = usize::from(list.page_size);
    any_script(plan, list, source.rest());
}

/// A plan with limits that a script can reach.
pub fn plan(source: &mut Source<'_>) -> Plan {
    let goals = goals();
    let mut plan = Plan::new(goals[usize::from(source.byte()) % goals.len()]);
    plan.window = u16::from(source.below(6));
    plan.seed = u64::from(source.byte());
    let bits = source.byte();

    if bits & 1 > 0 {
        plan.sort_direction = SortDirection::Desc;
    }

    if bits & 2 > 0 {
        plan.deadline = Some(Duration::from_secs(u64::from(source.byte())));
    }

    if bits & 4 > 0 {
        plan.max_requests = u64::from(source.byte());
    }

    if bits & 8 > 0 {
        plan.max_pages = u32::from(source.below(16));
    }

    if bits & 16 > 0 {
        plan.retry.max_attempts = u32::from(source.below(8));
        plan.retry.max_wait = Duration::from_secs(u64::from(source.byte()));
    }

    plan.retry.wait_for_quota = bits & 32 == 0;
    plan
}

/// Whatever the responses, their order and the clock: nothing panics, asking changes nothing, every
/// segment is handed out once, limits and waits are kept, an end is an end, a checkpoint at any
/// time is the whole state; and a server that becomes honest brings every export to an end.
///
/// # Panics
/// When violated.
pub fn any_script(plan: Plan, list: QuietList, script: &[u8]) {
    let mut source = Source::new(script);
    let mut machine = Machine::new(Export::new(api(), plan), list);
    while !source.is_empty() {
        machine.step(&mut source);
        machine.check();
    }
    machine.finish();
}
