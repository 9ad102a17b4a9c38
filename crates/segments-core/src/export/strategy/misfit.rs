use crate::message::error::PagingError;
use crate::message::request::ListRequest;

/// A page that does not fit together with the others, and why.
pub(crate) type Misfit = (ListRequest, PagingError);

/// Names the page of an error.
pub(crate) fn on(list: ListRequest) -> impl Fn(PagingError) -> Misfit {
    move |error| (list, error)
}
