//! Which image a word of the command line means, where it need not be a tap's.

use crate::command::App;
use crate::error::{Error, Result};
use crate::observe;
use crate::reference::Reference;
use crate::start::{self, Candidate, Origin, Tags};
use crate::workspace::{ImageIndex, Workspace};

/// What the user's word means.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The workspace's image, if it is one.
    pub index: Option<ImageIndex>,
    /// The image's name.
    pub name: String,
    /// What may be run, best first.
    pub candidates: Vec<Candidate>,
}

/// Reads a reference: of the workspace by a name or in full, or any.
///
/// # Errors
/// It is no reference.
pub fn asked(app: &App, workspace: Option<&Workspace>, text: &str) -> Result<Asked> {
    let parsed = Reference::parse(text);
    if let Some(workspace) = workspace {
        let name = text.split(['@', ':']).next().unwrap_or_default();
        let by_repository = parsed.as_ref().ok().map(Reference::repository).and_then(|repository| {
            workspace
                .iter()
                .map(|(index, _)| index)
                .find(|index| workspace.repository(*index).repository() == repository)
        });
        if let Some(index) = workspace.find(name).or(by_repository) {
            let image = workspace.image(index);
            let usual = observe::usual_tag_of(workspace, &app.settings, index)?;
            let default = observe::default_tag_of(workspace, &app.settings, image)?;
            let tags = Tags { branch: &usual, default: &default };
            let asked = start::Wanted { asked: Some(text), ..start::Wanted::default() };
            let candidates = start::candidates(workspace, index, asked, tags)?;
            return Ok(Asked { index: Some(index), name: image.name.clone(), candidates });
        }
    }
    let reference =
        parsed.map_err(|error| Error::request(format!("`{text}` is no reference of an image")).cause(error))?;
    let reference = reference.with_default_tag();
    let name = reference.path().rsplit('/').next().unwrap_or_default().to_owned();
    Ok(Asked { index: None, name, candidates: vec![Candidate { reference, origin: Origin::Asked, image: None }] })
}
