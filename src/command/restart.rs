//! stub
use crate::{
    command::App,
    error::{Error, Result},
};
/// stub
#[derive(Debug, clap::Args)]
pub struct Args {}
/// stub
pub async fn run(_: &Args, _: &App) -> Result<()> {
    Err(Error::failed("stub"))
}
