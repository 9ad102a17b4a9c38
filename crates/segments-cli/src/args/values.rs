//! How values of flags are read.

use std::ffi::OsStr;

use clap::Arg;
use clap::builder::{
    OsStringValueParser, PossibleValue, PossibleValuesParser, StringValueParser, TypedValueParser,
};
use clap::value_parser;
use segments_core::{Goal, Instance, SortDirection};

/// A key was given as an argument. It is not kept.
#[derive(Debug, Clone, Copy)]
pub(crate) struct KeyInArgument;

pub(super) fn key_in_argument() -> impl TypedValueParser<Value = KeyInArgument> {
    OsStringValueParser::new().map(|_| KeyInArgument)
}

/// How many at a time, of `--jobs`.
pub(super) fn jobs() -> impl TypedValueParser<Value = u16> {
    value_parser!(u16).range(1..=64)
}

pub(super) fn goals() -> impl TypedValueParser<Value = Goal> {
    let names = PossibleValuesParser::new(["complete", "snapshot", "walk"]);
    names.try_map(|name| name.to_ascii_lowercase().parse::<Goal>())
}

/// Those that prove what is not in the list.
pub(super) fn proving_goals() -> impl TypedValueParser<Value = Goal> {
    let names = PossibleValuesParser::new(["complete", "snapshot"]);
    names.try_map(|name| name.to_ascii_lowercase().parse::<Goal>())
}

pub(super) fn orders() -> impl TypedValueParser<Value = SortDirection> {
    let names = PossibleValuesParser::new(["asc", "desc"]);
    names.try_map(|name| name.to_ascii_lowercase().parse::<SortDirection>())
}

/// Takes more than the names, and offers the names to shells.
#[derive(Debug, Clone, Copy)]
pub(super) struct Instances;

impl TypedValueParser for Instances {
    type Value = Instance;

    fn parse_ref(
        &self,
        command: &clap::Command,
        arg: Option<&Arg>,
        value: &OsStr,
    ) -> Result<Instance, clap::Error> {
        let parser = StringValueParser::new().try_map(|text| text.parse::<Instance>());
        parser.parse_ref(command, arg, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        let names = Instance::ALL.iter().map(|instance| PossibleValue::new(instance.name()));
        Some(Box::new(names))
    }
}

/// Characters with which no cell of ours begins, and which no number contains.
pub(super) fn delimiter(text: &str) -> Result<u8, &'static str> {
    match text {
        "," | ";" | "|" | "\t" => Ok(text.as_bytes()[0]),
        "tab" | "TAB" | "\\t" => Ok(b'\t'),
        _ => Err("write ',' or ';' or '|' or tab"),
    }
}
