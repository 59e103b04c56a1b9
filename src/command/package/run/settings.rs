//! What the container of an image gets: from the tap, else from the image.

use std::collections::BTreeMap;

use crate::border::compose::model::{ModelProcess, short_port};
use crate::border::compose::overlay::{self, Overlay, service_of};
use crate::border::engine::{ContainerRequest, Engine, PortRequest};
use crate::command::App;
use crate::command::start::asked::Asked;
use crate::command::start::project::ProjectFiles;
use crate::command::variables::{self, TapVariables};
use crate::error::{Error, Result};
use crate::observe;
use crate::package::{self, container_name, packaged};
use crate::reference::Reference;
use crate::start;
use crate::workspace::{Image, Workspace};

/// The container's name.
///
/// # Errors
/// One that the engine would not take.
pub(super) fn name(asked: Option<&str>, wanted: &Asked, image: &Reference) -> Result<String> {
    let Some(asked) = asked else { return Ok(container_name(&wanted.name, image)) };
    let mut characters = asked.chars();
    let is_good = characters.next().is_some_and(|first| first.is_ascii_alphanumeric())
        && asked.len() > 1
        && characters.all(|character| character.is_ascii_alphanumeric() || "_.-".contains(character));
    if is_good {
        return Ok(asked.to_owned());
    }
    Err(Error::request(format!("`{}` is no name for a container", asked.escape_debug()))
        .help("two or more letters, digits, `_`, `.` and `-`, the first a letter or digit"))
}

/// All that the container gets.
///
/// # Errors
/// The tap's files or variables are wrong, Compose refuses them, or the engine is out of reach.
pub(super) async fn request(
    app: &App,
    engine: &Engine,
    workspace: Option<&Workspace>,
    wanted: &Asked,
    image: &Reference,
    name: &str,
    flags: &[String],
) -> Result<ContainerRequest> {
    let familiar = image.familiar();
    let labels = engine.inspect(&familiar).await?.map(|image| image.labels).unwrap_or_default();
    let tap = workspace.zip(wanted.index).filter(|(workspace, index)| workspace.image(*index).tap.is_some());
    let tap = match tap {
        Some((workspace, index)) => of_tap(app, workspace, workspace.image(index), image, flags).await?,
        None => {
            let flags = flags.iter().map(|flag| variables::read_flag(app, flag)).collect::<Result<_>>()?;
            let ports = match packaged(&labels) {
                Some(_) => package::labels::ports(&labels),
                None => engine.exposed_ports(&familiar).await?,
            };
            OfTap {
                service: service_of(&wanted.name),
                env: flags,
                ports: package::run::image_ports(&ports),
                process: ModelProcess::default(),
            }
        }
    };
    let root = workspace.map(|workspace| workspace.root.to_string_lossy().into_owned()).unwrap_or_default();
    Ok(ContainerRequest {
        name: name.to_owned(),
        image: familiar,
        labels: package::run::run_labels(name, &tap.service, &root, image, &labels),
        env: tap.env,
        entrypoint: tap.process.entrypoint,
        command: tap.process.command,
        user: tap.process.user,
        folder: tap.process.folder,
        init: tap.process.init,
        terminal: tap.process.terminal,
        ports: tap.ports,
        ..ContainerRequest::default()
    })
}

/// What comes from the tap.
struct OfTap {
    service: String,
    env: BTreeMap<String, String>,
    ports: Vec<PortRequest>,
    process: ModelProcess,
}

async fn of_tap(app: &App, workspace: &Workspace, tap: &Image, image: &Reference, flags: &[String]) -> Result<OfTap> {
    let branch = observe::branch_of(workspace, &app.settings, &tap.folder)?;
    let read = TapVariables::read(app, workspace, Some(tap), flags)?;
    let own = variables::own(app, workspace, Some(tap), &branch, Some(image));
    let all = read.with_own(own);
    let files = ProjectFiles::read(workspace, tap)?;
    let names = read.for_container(files.are_made());
    let values = names.into_iter().filter_map(|name| Some((name.clone(), all.value(&name)?.to_owned())));
    if files.are_made() {
        let ports = tap.tap.as_ref().map(|tap| tap.ports.as_slice()).unwrap_or_default();
        let ports: Vec<_> = ports.iter().filter_map(|port| short_port(port)).collect();
        return Ok(OfTap {
            service: files.image_service,
            env: values.collect(),
            ports: package::run::tap_ports(&ports),
            process: ModelProcess::default(),
        });
    }
    // The file may leave the image to keg.
    let overlay = Overlay {
        image: image.familiar(),
        image_service: files.image_service.clone(),
        services: vec![files.image_service.clone()],
        ..Overlay::default()
    };
    let file = tempfile::Builder::new().prefix("keg-").suffix(".yml").tempfile();
    let file = file.map_err(|error| Error::failed("writing a file for Compose").cause(error))?;
    overlay::write(file.path(), &overlay.yaml()?)?;
    let project = start::project_name(&tap.name, &branch.tag);
    let project = files.overridden(&project, file.path(), all.for_programs());
    let mut model = app.compose().await?.config(&project).await?;
    let service = model.services.swap_remove(&files.image_service).unwrap_or_default();
    let own = |name: &str| all.value(name).or_else(|| app.settings.variables.get(name)).map(str::to_owned);
    let of_file = service.process.environment.iter();
    let of_file = of_file.filter_map(|(name, value)| Some((name.clone(), value.clone().or_else(|| own(name))?)));
    Ok(OfTap {
        service: files.image_service,
        env: of_file.chain(values).collect(),
        ports: package::run::tap_ports(&service.ports),
        process: service.process,
    })
}
