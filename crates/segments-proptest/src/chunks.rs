//! A body as a connection delivers it: in pieces that mean nothing.

use std::fmt;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

/// Where a body is cut. It fits any body, so that it can be drawn beside one.
#[derive(Clone)]
pub struct Cuts {
    places: Places,
}

#[derive(Debug, Clone)]
enum Places {
    At(Vec<Index>),
    EveryByte,
}

/// Cuts at up to eight places, which may be one, or behind every byte. Shrinks to no cut.
///
/// ```
/// use proptest::prelude::*;
/// use segments_proptest::{chunks, page};
///
/// proptest!(|(page in page(), cuts in chunks::cuts())| {
///     let body = page.to_http().into_body();
///     let mut received = Vec::new();
///     for chunk in cuts.of(&body) {
///         received.extend_from_slice(chunk);
///     }
///     prop_assert_eq!(received, body);
/// });
/// ```
pub fn cuts() -> impl Strategy<Value = Cuts> + Clone {
    let places = vec(any::<Index>(), 0..=8).prop_map(Places::At);
    prop_oneof![9 => places, 1 => Just(Places::EveryByte)].prop_map(|places| Cuts { places })
}

impl Cuts {
    /// The pieces of `body`, in order. One between two cuts at the same place is empty, as a chunk
    /// of a stream can be.
    pub fn of<'a>(&self, body: &'a [u8]) -> Vec<&'a [u8]> {
        let mut ends: Vec<usize> = match &self.places {
            Places::At(places) => places.iter().map(|place| place.index(body.len() + 1)).collect(),
            Places::EveryByte => (1..body.len()).collect(),
        };
        ends.sort_unstable();
        ends.push(body.len());

        let mut start = 0;
        let piece = |end| {
            let piece = &body[start..end];
            start = end;
            piece
        };
        ends.into_iter().map(piece).collect()
    }
}

impl fmt::Debug for Cuts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.places {
            // In thousandths, because the body is not known.
            Places::At(places) => {
                let mut places: Vec<_> = places.iter().map(|place| place.index(1001)).collect();
                places.sort_unstable();
                f.debug_tuple("CutsPerMille").field(&places).finish()
            }
            Places::EveryByte => f.write_str("CutsBehindEveryByte"),
        }
    }
}
