//! `keg init`

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use crate::command::App;
use crate::error::{Error, Result};
use crate::import::{self, Folders, Import};
use crate::workspace::{Workspace, scan};
use crate::{manifest, state, templates};

/// Arguments of `keg init`.
#[derive(Debug, Default, clap::Args)]
#[command(after_help = "In a folder without Dockerfiles, a small workspace to begin with is made: base/, hub/tap/ and
keg.yml. In a repository with Dockerfiles only keg.yml is written; nothing else is touched.

With --from, keg.yml, an image.yml for each image and tests.yml are written: images, build args,
plans, tags, info commands and tests are taken over, and what has no counterpart is listed.

Examples:
  keg init --registry ghcr.io/my-team
  keg init --from images/spec.yml --dry-run     show the files, and write nothing")]
pub struct Args {
    /// The registry and namespace that images are published to, as ghcr.io/my-team
    #[arg(long, value_name = "HOST/NAMESPACE")]
    pub registry: Option<String>,
    /// Reads the description that another system keeps: spec.yml of a DataHub stack, with change_ignore.json beside it
    #[arg(long, value_name = "FILE")]
    pub from: Option<PathBuf>,
    /// Shows keg.yml, and writes nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// Writes the JSON Schema that the first line of keg.yml names, for editors.
fn write_schema(folder: &Path) -> Result<()> {
    state::folder(folder)
        .and_then(|_| {
            let file = folder.join(scan::SCHEMA_FILE);
            std::fs::create_dir_all(file.parent().unwrap_or(folder))?;
            let schemas = manifest::schemas();
            let text = serde_json::to_string_pretty(&schemas[0].1)?;
            std::fs::write(file, text)
        })
        .map_err(|error| Error::failed(format!("could not write {}", scan::SCHEMA_FILE)).cause(error))
}

/// Runs `keg init`.
///
/// # Errors
/// There is a keg.yml already; the folder cannot be written to.
pub fn run(args: &Args, app: &App) -> Result<()> {
    let folder = match &app.settings.workspace {
        Some(folder) => app.settings.current_folder.join(folder),
        None => app.settings.current_folder.clone(),
    };
    let file = folder.join("keg.yml");
    if file.exists() {
        return Err(Error::request(format!("{} is there already", file.display()))
            .help("keg status shows the state of this workspace"));
    }
    if let Some(outer) = folder.parent().and_then(|above| Workspace::find_root(above).ok()) {
        app.ui.note(format!("{} is a workspace, too: here, keg is about this one alone", outer.display()));
    }
    if let Some(from) = &args.from {
        return from_description(args, from, &folder, app);
    }
    let scan = scan::scan(&folder, args.registry.as_deref())?;
    if args.dry_run {
        return app.ui.print(&scan.keg_yml);
    }
    if scan.images.is_empty() {
        let files = templates::workspace(args.registry.as_deref())?;
        templates::write_missing(&folder, &files)?;
        let list: String = files.iter().map(|(path, ..)| format!("  {}\n", path.display())).collect();
        app.ui.print(&format!("made a workspace:\n{list}"))?;
    } else {
        templates::write_new(&file, &scan.keg_yml)?;
        app.ui.print(&format!("wrote keg.yml for {} Dockerfiles\n", scan.images.len()))?;
        for note in &scan.notes {
            app.ui.note(note);
        }
    }
    write_schema(&folder)?;
    let workspace = Workspace::load(&folder)?;
    app.ui.print(&format!(
        "{} images: keg graph shows how they hang together, keg build builds them\n",
        workspace.named().count()
    ))
}

/// The files of a workspace.
struct Files<'a>(&'a Path);

impl Folders for Files<'_> {
    fn is_folder(&self, path: &str) -> bool {
        self.0.join(path).is_dir()
    }

    fn is_executable(&self, path: &str) -> bool {
        std::fs::metadata(self.0.join(path)).is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0)
    }

    fn names(&self, folder: &str) -> Vec<String> {
        let entries = std::fs::read_dir(self.0.join(folder)).into_iter().flatten().flatten();
        // A link to a folder may lead round in a circle.
        let is_link = |entry: &std::fs::DirEntry| entry.file_type().is_ok_and(|kind| kind.is_symlink());
        let entries = entries.filter(|entry| !(is_link(entry) && entry.path().is_dir()));
        let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
        let mut names: Vec<String> = names.filter(|name| !name.starts_with('.') && name != "__pycache__").collect();
        names.sort();
        names
    }

    fn text(&self, path: &str) -> Option<String> {
        std::fs::read_to_string(self.0.join(path)).ok()
    }
}

/// Makes keg's files from another system's description; all of them, or none where one is there already.
fn from_description(args: &Args, from: &Path, folder: &Path, app: &App) -> Result<()> {
    let import = read_description(args, from, folder, app)?;
    if args.dry_run {
        let files = import.files.iter().map(|(path, text)| format!("# {path}\n{text}\n"));
        app.ui.print(&files.collect::<String>())?;
    } else {
        let taken: Vec<&str> =
            import.files.iter().map(|(path, _)| path.as_str()).filter(|path| folder.join(path).exists()).collect();
        if !taken.is_empty() {
            return Err(Error::request(format!("there already: {}", taken.join(", ")))
                .help("nothing was written; move these files away, or write by hand what --dry-run shows"));
        }
        for (path, text) in &import.files {
            templates::write_new(&folder.join(path), text)?;
        }
        write_schema(folder)?;
        let list: String = import.files.iter().map(|(path, _)| format!("  {path}\n")).collect();
        app.ui.print(&format!("wrote\n{list}"))?;
    }
    for note in &import.notes {
        app.ui.note(note);
    }
    if args.dry_run {
        return Ok(());
    }
    let workspace = Workspace::load(folder)?;
    app.ui.print(&format!(
        "{} images: keg graph shows how they hang together, keg build builds them\n",
        workspace.named().count()
    ))
}

fn read_description(args: &Args, from: &Path, folder: &Path, app: &App) -> Result<Import> {
    let path = app.settings.current_folder.join(from);
    let text = std::fs::read_to_string(&path).map_err(|error| {
        Error::request(format!("cannot read {}", from.display()))
            .cause(error)
            .help("--from takes the spec.yml of a stack of images, as images/spec.yml")
    })?;
    let real = |path: &Path| std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let (real_path, real_folder) = (real(&path), real(folder));
    let shown = real_path.strip_prefix(&real_folder).map_err(|_| {
        Error::request(format!("{} is not in {}", from.display(), folder.display()))
            .help("run keg init in the root folder of the repository that holds it")
    })?;
    let beside = path.parent().unwrap_or(folder).join("change_ignore.json");
    let change_ignore = match std::fs::read_to_string(&beside) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => return Err(Error::request(format!("cannot read {}", beside.display())).cause(error)),
        Ok(text) => Some(text),
    };
    let source = import::Source {
        path: &shown.display().to_string(),
        text: &text,
        change_ignore: change_ignore.as_deref(),
        registry: args.registry.as_deref(),
    };
    import::import(&source, &Files(folder))
}
