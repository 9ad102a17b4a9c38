//! The examples in the prose of this repository, as doctests.
#![forbid(unsafe_code)]

macro_rules! documents {
    ($($name:ident $path:literal)*) => {
        $(#[cfg(doctest)]
        #[doc = include_str!(concat!("../../", $path))]
        #[derive(Debug)]
        pub struct $name;)*
    };
}

documents! {
    Readme "README.md"
    Core "crates/segments-core/README.md"
    Hyper "crates/segments-hyper/README.md"
    Blocking "crates/segments-blocking/README.md"
    Emulator "crates/segments-emulator/README.md"
}
