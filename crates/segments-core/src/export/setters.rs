/// Methods that set a public field, for structs that cannot be written as a literal elsewhere.
macro_rules! setters {
    ($($with:ident $field:ident: $type:ty;)*) => {
        $(
            #[doc = concat!("Sets [`", stringify!($field), "`](Self::", stringify!($field), ").")]
            #[must_use]
            pub fn $with(mut self, $field: $type) -> Self {
                self.$field = $field;
                self
            }
        )*
    };
}

pub(crate) use setters;
