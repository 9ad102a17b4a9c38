//! One page out of its bytes.

use std::borrow::Cow;

use segments_core::{Api, ApiKey, Instance};
use serde::{Deserialize, Serialize};

/// The page as a client written by hand has it.
#[derive(Debug, Deserialize)]
pub struct OwnedPage {
    /// The rows.
    pub segments: Vec<OwnedSegment>,
    /// `success`.
    pub message: String,
}

/// One of its rows.
#[derive(Debug, Deserialize, Serialize)]
pub struct OwnedSegment {
    /// The identifier.
    pub id: String,
    /// The name.
    pub name: String,
    /// The switch.
    pub analytics_tracking_enabled: bool,
    /// The tags.
    pub tags: Vec<String>,
}

/// The page with text that is borrowed where it has no escapes.
#[derive(Debug, Deserialize)]
pub struct CowPage<'a> {
    /// The rows.
    #[serde(borrow)]
    pub segments: Vec<CowSegment<'a>>,
    /// `success`.
    #[serde(borrow)]
    pub message: Cow<'a, str>,
}

/// One of its rows.
#[derive(Debug, Deserialize)]
pub struct CowSegment<'a> {
    /// The identifier.
    #[serde(borrow)]
    pub id: Cow<'a, str>,
    /// The name.
    #[serde(borrow)]
    pub name: Cow<'a, str>,
    /// The switch.
    pub analytics_tracking_enabled: bool,
    /// The tags.
    #[serde(borrow)]
    pub tags: Vec<CowTag<'a>>,
}

/// Within a list, serde borrows only behind a name of its own.
#[derive(Debug, Deserialize)]
pub struct CowTag<'a>(#[serde(borrow)] pub Cow<'a, str>);

/// What reads answers.
pub fn api() -> Api {
    let key = ApiKey::new(crate::pages::KEY).expect("printable");
    Api::new(Instance::Us01.into(), key)
}

/// `serde_json` into structs of strings.
pub fn owned(body: &[u8]) -> OwnedPage {
    serde_json::from_slice(body).expect("a page")
}

/// `serde_json` into structs that borrow.
pub fn cow(body: &[u8]) -> CowPage<'_> {
    serde_json::from_slice(body).expect("a page")
}

/// `serde_json` without a struct.
pub fn value(body: &[u8]) -> serde_json::Value {
    serde_json::from_slice(body).expect("a page")
}

/// `sonic-rs` into structs of strings.
pub fn sonic(body: &[u8]) -> OwnedPage {
    sonic_rs::from_slice(body).expect("a page")
}
