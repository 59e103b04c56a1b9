//! stub
use crate::error::{Error, Result};
use std::path::Path;
/// stub
pub struct Scan {
    /// s
    pub text: String,
    /// s
    pub dockerfiles: usize,
}
/// stub
pub fn scan(_: &Path, _: Option<&str>) -> Result<Scan> {
    Err(Error::failed("stub"))
}
