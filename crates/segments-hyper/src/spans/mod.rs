#[cfg(not(feature = "tracing"))]
mod off;
#[cfg(feature = "tracing")]
mod on;

#[cfg(not(feature = "tracing"))]
pub(crate) use off::ExportSpan;
#[cfg(feature = "tracing")]
pub(crate) use on::ExportSpan;
