use proptest::prelude::*;
use segments_core::{ListRequest, SortDirection};

/// A request for a page: mostly one of the first, at times any up to `u32::MAX`, in either order or
/// none. Shrinks to page 0 without an order.
///
/// ```
/// use proptest::prelude::*;
/// use segments_core::{Api, ApiKey, Endpoint, ListRequest};
/// use segments_proptest::list_request;
///
/// let api = Api::new(Endpoint::new("http://127.0.0.1:8080")?, ApiKey::new("a-key")?);
/// proptest!(|(list in list_request())| {
///     prop_assert_eq!(ListRequest::from_http(&api.request(list)), Ok(list));
/// });
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn list_request() -> impl Strategy<Value = ListRequest> + Clone {
    let page = prop_oneof![3 => 0_u32..5, 1 => any::<u32>()];
    let order =
        prop_oneof![Just(None), Just(Some(SortDirection::Asc)), Just(Some(SortDirection::Desc)),];
    (page, order).prop_map(|(page, sort_direction)| ListRequest { page, sort_direction })
}
