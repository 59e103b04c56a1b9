//! The workspace, where it lies in its repository, and the workflows that are there.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use crate::border::git::{self, Repository};
use crate::ci::drift::Drift;
use crate::ci::environment::Place;
use crate::ci::naming;
use crate::ci::workflow::{self, FOLDER, Header, Recipe, RegistryKind, Site};
use crate::command::App;
use crate::error::{Error, Result};
use crate::tagging::{self, BranchFacts};
use crate::templates::{self, Replacement};
use crate::workspace::{ImageIndex, Workspace};

/// What the commands about workflows work on.
pub struct Here {
    /// The workspace, without linked taps.
    pub workspace: Workspace,
    /// Its place in its repository.
    pub place: Place,
    /// The repository, if there is one.
    pub repository: Option<Repository>,
    /// The workflows that are there, by their path from the repository's root.
    pub present: BTreeMap<String, String>,
}

impl Here {
    /// Reads all that.
    ///
    /// # Errors
    /// No workspace or faults in it, a repository or a workflow that cannot be read.
    pub fn read(app: &App) -> Result<Self> {
        let workspace = app.workspace()?.without_links();
        let repository = git::discover(&workspace.root, &app.settings.variables)?;
        let inside = repository.as_ref().and_then(|repository| repository.relative(&workspace.root));
        let place = Place::new(&workspace.root, &inside.unwrap_or_default());
        let present = present(&place)?;
        Ok(Self { workspace, place, repository, present })
    }

    /// What workflows depend on.
    pub fn site(&self) -> Site<'_> {
        Site { workspace: &self.workspace, place: self.place.clone() }
    }

    /// The headers of the workflows that keg made, by path.
    pub fn headers(&self) -> BTreeMap<&str, Header> {
        let headers = self.present.iter().map(|(path, text)| Some((path.as_str(), workflow::header(text)?)));
        headers.flatten().collect()
    }

    /// What `keg ci init` was asked for when it made the workflows that are there.
    pub fn recipe(&self) -> Option<Recipe> {
        self.headers().into_values().find_map(|header| header.recipe)
    }

    /// The images whose workflows changes start.
    pub fn active(&self) -> BTreeSet<String> {
        let headers = self.headers();
        let is_active = |name: &str| {
            let header = headers.get(workflow::file_of_image(name).as_str());
            header.and_then(|header| header.active) == Some(true)
        };
        self.workspace.iter().map(|(_, image)| image.name.clone()).filter(|name| is_active(name)).collect()
    }

    /// The images whose names the registry does not take, and why. Variants of an image have one name.
    pub fn misnamed(&self, kind: RegistryKind) -> Vec<(ImageIndex, naming::Fault)> {
        if self.workspace.options.registry.is_none() {
            return Vec::new();
        }
        let faults = self
            .workspace
            .named()
            .filter_map(|(index, _)| Some((index, naming::fault(kind, &self.workspace.repository(index))?)));
        faults.collect()
    }

    /// The default branch, as far as this clone knows it.
    pub fn default_branch(&self, app: &App) -> String {
        let facts = BranchFacts::of(self.repository.as_ref(), &app.settings, &self.workspace.options);
        let current = match &facts.head {
            Some(git::Head::Branch(name) | git::Head::Unborn(name)) => name.clone(),
            _ => String::new(),
        };
        tagging::default_branch(&facts, &current).to_owned()
    }
}

/// The folder is small, and what is no text is none of keg's.
fn present(place: &Place) -> Result<BTreeMap<String, String>> {
    let folder = place.root.join(FOLDER);
    let unreadable = |path: &PathBuf, error| Error::request(format!("cannot read {}", path.display())).cause(error);
    let entries = match std::fs::read_dir(&folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
        Err(error) => return Err(unreadable(&folder, error)),
    };
    let mut present = BTreeMap::new();
    for entry in entries {
        let path = entry.map_err(|error| unreadable(&folder, error))?.path();
        let is_workflow = path.extension().is_some_and(|extension| extension == "yml" || extension == "yaml");
        if !is_workflow || !path.is_file() {
            continue;
        }
        let bytes = std::fs::read(&path).map_err(|error| unreadable(&path, error))?;
        if let (Some(name), Ok(text)) = (path.file_name().and_then(|name| name.to_str()), String::from_utf8(bytes)) {
            present.insert(format!("{FOLDER}/{name}"), text);
        }
    }
    Ok(present)
}

/// Writes what is not as it should be, all or nothing.
///
/// # Errors
/// A file that somebody has written or changed by hand, unless `force`; one that cannot be written.
pub fn settle(app: &App, here: &Here, drifts: &[Drift], force: bool) -> Result<()> {
    let precious: Vec<&Drift> = drifts.iter().filter(|drift| drift.state.is_precious()).collect();
    if !precious.is_empty() && !force {
        app.ui.print(&precious.iter().map(|drift| drift.diff.as_str()).collect::<String>())?;
        let list: Vec<String> =
            precious.iter().map(|drift| format!("{} ({})", drift.path, drift.state.words())).collect();
        return Err(Error::request(format!("keg would overwrite what others have written: {}", list.join(", ")))
            .help("nothing was written; move your changes elsewhere, or give them up with --force"));
    }
    let changed = drifts.iter().filter(|drift| !drift.diff.is_empty());
    let replacements: Vec<Replacement> =
        changed.map(|drift| Replacement { path: drift.path.clone(), text: drift.wanted.clone() }).collect();
    templates::replace_all_or_nothing(&here.place.root, &replacements)
}

/// What was done with each file, or would be.
///
/// # Errors
/// Standard output cannot be written to.
pub fn show(app: &App, drifts: &[Drift], dry_run: bool) -> Result<()> {
    let result = |drift: &Drift| match (&drift.wanted, drift.diff.is_empty()) {
        (_, true) => "unchanged",
        (Some(_), false) => "written",
        (None, false) => "removed",
    };
    if app.settings.format == crate::settings::Format::Json {
        let file = |drift: &Drift| {
            let diff = if dry_run { drift.diff.as_str() } else { "" };
            serde_json::json!({ "path": drift.path, "result": result(drift), "was": drift.state, "diff": diff })
        };
        let files: Vec<_> = drifts.iter().map(file).collect();
        return app.ui.print_json(&serde_json::json!({ "files": files, "dry_run": dry_run }));
    }
    if dry_run {
        app.ui.print(&drifts.iter().map(|drift| drift.diff.as_str()).collect::<String>())?;
        app.ui.note("nothing was written: --dry-run");
        return Ok(());
    }
    let changed = drifts.iter().filter(|drift| !drift.diff.is_empty());
    let list: String = changed.map(|drift| format!("{} {}\n", result(drift), drift.path)).collect();
    app.ui.print(if list.is_empty() { "all workflows are up to date\n" } else { &list })
}
