/// What is claimed holds, or is this falsehood.
pub(super) fn hold(is: bool, falsehood: &'static str) -> Result<(), &'static str> {
    if is { Ok(()) } else { Err(falsehood) }
}
