use std::num::NonZero;

use serde::{Deserialize, Serialize};

/// A `u32` other than the largest. An `Option` of it takes four bytes, which halves the tables that
/// have one for every segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub(crate) struct Slot(NonZero<u32>);

impl Slot {
    /// The number, unless it is the largest.
    pub(crate) fn new(number: u32) -> Option<Self> {
        NonZero::new(!number).map(Self)
    }

    pub(crate) fn get(self) -> u32 {
        !self.0.get()
    }
}

impl From<Slot> for u32 {
    fn from(slot: Slot) -> Self {
        slot.get()
    }
}

impl TryFrom<u32> for Slot {
    type Error = &'static str;

    fn try_from(number: u32) -> Result<Self, Self::Error> {
        Self::new(number).ok_or("a number is too large")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_option_takes_four_bytes() {
        assert_eq!(size_of::<Option<Slot>>(), 4);
        for number in [0, 1, u32::MAX - 1] {
            assert_eq!(Slot::new(number).map(Slot::get), Some(number));
        }
        assert_eq!(Slot::new(u32::MAX), None);
    }

    #[test]
    fn it_is_written_as_the_number() {
        let slots = [Slot::new(7), None, Slot::new(0)];
        let text = serde_json::to_string(&slots).unwrap();
        assert_eq!(text, "[7,null,0]");
        assert_eq!(serde_json::from_str::<[Option<Slot>; 3]>(&text).unwrap(), slots);
        assert!(serde_json::from_str::<Slot>("4294967295").is_err());
    }
}
