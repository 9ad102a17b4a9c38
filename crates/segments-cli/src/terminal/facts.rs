//! A line of facts that fits.

use crate::text::escape::{columns, cut};

/// `start` and then as many facts as fit whole.
pub(super) fn join(start: &str, facts: &[String], width: usize) -> String {
    let mut line = String::new();
    for fact in facts {
        let before = if line.is_empty() { start } else { ", " };
        if columns(&line) + columns(before) + columns(fact) > width {
            break;
        }
        line.push_str(before);
        line.push_str(fact);
    }

    if line.is_empty() {
        return cut(start.trim_end_matches([' ', ';', ':']), width).into_owned();
    }
    line
}
