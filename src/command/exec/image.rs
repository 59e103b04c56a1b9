//! `keg exec --image`

use std::path::Path;

use super::{Args, command, container};
use crate::border::engine::{ContainerRequest, Engine};
use crate::border::{git, process, terminal};
use crate::command::App;
use crate::command::start::asked::{Asked, asked};
use crate::command::start::image::{bring, decide_among};
use crate::command::variables;
use crate::error::{Error, Result, nearest};
use crate::exec::{self, LABEL_EXEC, Mounted};
use crate::execute::one_offs::OneOffs;
use crate::settings::Format;
use crate::start::StartDecision;
use crate::workspace::Workspace;

/// How many images an error names.
const NAMED_IMAGES: usize = 30;

/// Runs a command in a container of its own, which is removed however it ends.
///
/// # Errors
/// There is no such image, what is to be mounted is not there, or the command's own exit code.
pub async fn run(args: &Args, reference: &str, app: &App) -> Result<()> {
    let workspace = match app.workspace_root() {
        Ok(_) => Some(app.workspace()?),
        Err(_) => None,
    };
    let workspace = workspace.as_ref();
    let engine = app.borders()?.engine;
    let mounts = mounts(args, app, workspace)?;
    let folders: Vec<Mounted> = mounts.iter().filter(|mount| mount.source.is_dir()).cloned().collect();
    let folder = exec::folder(args.workdir.as_deref(), &app.settings.current_folder, &folders)?;
    let env = args.env.iter().map(|flag| variables::read_flag(app, flag)).collect::<Result<Vec<_>>>()?;
    let wanted = asked(app, workspace, reference)?;
    if !engine.is_local() && !mounts.is_empty() {
        return Err(Error::request(format!("the engine at {} has no folders of this machine", engine.address()))
            .help("--no-mount runs the command without them; unset DOCKER_HOST for the engine of this machine"));
    }
    let decision = decide(args, app, &engine, workspace, reference, &wanted).await?;
    let image = decision.image.familiar();
    let root = workspace.map_or_else(|| app.settings.current_folder.clone(), |workspace| workspace.root.clone());
    let one_offs = OneOffs::new(&root);
    if !args.dry_run {
        one_offs.sweep(&engine).await?;
        bring(app, &engine, &decision, &wanted.name).await?;
    }
    let of_image = engine.image_process(&image).await?;
    let entrypoint = args.entrypoint.as_ref().map(|program| vec![program.clone()]);
    let rootless = args.user.is_none() && engine.is_rootless().await?;
    let runner = exec::runner(args.user.as_deref(), process::caller(), rootless, &of_image);
    let home = runner.home.map(|home| ("HOME".to_owned(), home.to_owned()));
    let mut labels = one_offs.labels();
    labels.insert(LABEL_EXEC.to_owned(), image.clone());
    let request = ContainerRequest {
        name: format!("exec-{}", one_offs.id()),
        image,
        labels: labels.into_iter().collect(),
        env: home.into_iter().chain(env).collect(),
        init: Some(exec::needs_init(entrypoint.as_ref().unwrap_or(&of_image.entrypoint))),
        entrypoint,
        command: Some(command(args)),
        user: Some(runner.user),
        folder: folder.map(|folder| folder.display().to_string()),
        terminal: terminal::is_there(),
        mounts,
        input: true,
        unchecked: true,
        ..ContainerRequest::default()
    };
    if args.dry_run {
        return show(app, &decision, &request);
    }
    Error::of_exit(container::run(app, &engine, &request).await?)
}

/// The image to run in.
async fn decide(
    args: &Args,
    app: &App,
    engine: &Engine,
    workspace: Option<&Workspace>,
    reference: &str,
    wanted: &Asked,
) -> Result<StartDecision> {
    let names = |workspace: &Workspace| workspace.named().map(|(_, image)| image.name.clone()).collect::<Vec<_>>();
    // A name alone means an image of the workspace to most people, and one of Docker Hub to the engine.
    let stranger = workspace.filter(|_| wanted.index.is_none() && !reference.contains('/'));
    if let (Some(workspace), Some(candidate)) = (stranger, wanted.candidates.first())
        && let Some(near) = nearest(&wanted.name, names(workspace).iter().map(String::as_str))
        && engine.inspect(&candidate.reference.familiar()).await?.is_none()
    {
        return Err(Error::request(format!("there is no image `{}` in this workspace or on this engine", wanted.name))
            .help(format!("did you mean `{near}`? One of Docker Hub is written docker.io/library/{reference}")));
    }
    let has_registry = workspace.is_some_and(|workspace| workspace.options.registry.is_some());
    let decided = decide_among(app, reference, wanted.candidates.clone(), args.pull, has_registry).await;
    decided.map_err(|error| match stranger {
        None => error,
        Some(workspace) => {
            let mut names = names(workspace);
            names.truncate(NAMED_IMAGES);
            error.help(format!("images of this workspace: {}", names.join(", ")))
        }
    })
}

/// What the container gets of this machine: what was asked for, else the work tree in which the caller stands.
fn mounts(args: &Args, app: &App, workspace: Option<&Workspace>) -> Result<Vec<Mounted>> {
    let current = &app.settings.current_folder;
    let mut mounts = Vec::new();
    for text in &args.mounts {
        let bind = exec::bind(text)?;
        let source = real(&current.join(bind.source)).map_err(|error| {
            Error::request(format!("--mount {text}: cannot find {}", bind.source))
                .cause(error)
                .help("name a folder or file of this machine")
        })?;
        let target = bind.target.map_or_else(|| source.clone(), Into::into);
        mounts.push(Mounted { source, target, read_only: bind.read_only });
    }
    if mounts.is_empty() && !args.no_mount {
        let same = |folder: &Path| {
            let folder = real(folder).unwrap_or_else(|_| folder.to_owned());
            Mounted { source: folder.clone(), target: folder, read_only: false }
        };
        let repository = git::discover(current, &app.settings.variables)?;
        let root = workspace.map(|workspace| real(&workspace.root).unwrap_or_else(|_| workspace.root.clone()));
        mounts.push(match (&repository, root.filter(|root| current.starts_with(root))) {
            (Some(repository), _) => same(&repository.root),
            (None, Some(root)) => same(&root),
            (None, None) => same(current),
        });
        // Without it git would not know a linked work tree.
        mounts.extend(repository.and_then(|repository| repository.outer_folder()).map(|folder| same(&folder)));
    }
    exec::check(&mounts)?;
    Ok(mounts)
}

/// The engine takes no links, and the command's own folder is known by its real name.
fn real(path: &Path) -> std::io::Result<std::path::PathBuf> {
    std::fs::canonicalize(path)
}

fn show(app: &App, decision: &StartDecision, request: &ContainerRequest) -> Result<()> {
    let command = request.command.clone().unwrap_or_default();
    let names: Vec<&String> = request.env.keys().collect();
    if app.settings.format == Format::Json {
        let document = serde_json::json!({
            "image": request.image, "pull": decision.pull, "command": command, "entrypoint": request.entrypoint,
            "user": request.user, "workdir": request.folder, "mounts": request.mounts, "env": names,
            "notes": decision.notes,
        });
        return app.ui.print_json(&document);
    }
    let mut text: String = decision.notes.iter().map(|note| format!("note: {note}\n")).collect();
    if decision.pull {
        text.push_str(&format!("pull {}\n", request.image));
    }
    let words = shlex::try_join(command.iter().map(String::as_str)).unwrap_or_else(|_| command.join(" "));
    text.push_str(&format!("run in {}: {words}\n", request.image));
    let mut line = |name: &str, value: &str| text.push_str(&format!("  {name:<8} {value}\n"));
    line("user", request.user.as_deref().unwrap_or_default());
    line("workdir", request.folder.as_deref().unwrap_or("the image's"));
    for mount in &request.mounts {
        let (source, target) = (mount.source.display(), mount.target.display());
        let place = if mount.source == mount.target { source.to_string() } else { format!("{source} at {target}") };
        line("mount", &format!("{place}{}", if mount.read_only { " (read only)" } else { "" }));
    }
    for name in names {
        line("env", name);
    }
    app.ui.print(&text)
}
