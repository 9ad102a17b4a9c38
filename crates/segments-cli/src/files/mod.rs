//! Files that appear whole or not at all, and locks between processes.

mod fresh;
mod identity;
mod in_place;
mod lock;
mod owned;
mod partial;
mod path;
mod remove;
mod sealed;
mod sink;
mod stream;
mod unfinished;

pub(crate) use fresh::create_in_place_of;
pub(crate) use identity::FileUses;
pub(crate) use lock::LockFile;
pub(crate) use owned::{OwnedFile, OwnedFileRole};
pub(crate) use path::{is_stdout, lock_of, partial_of};
pub(crate) use remove::remove_if_there;
pub(crate) use sealed::{sealed_content, sealed_head, write_sealed};
pub(crate) use sink::{Finish, Sink};
pub(crate) use stream::Stream;
pub(crate) use unfinished::discard_unfinished;
