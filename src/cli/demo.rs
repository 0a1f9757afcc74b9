//! stub
use super::context::Context;
use super::exit::{Exit, Outcome};
#[derive(Debug, clap::Args)]
pub(crate) struct Args {}
pub(crate) fn run(_args: &Args, _context: &mut Context) -> Outcome {
    Ok(Exit::Done)
}
