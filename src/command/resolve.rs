//! `keg resolve`

use std::collections::BTreeSet;

use serde::Serialize;

use crate::command::App;
use crate::command::plans::Plans;
use crate::error::{Error, Result};
use crate::graph::Graph;
use crate::observe::{self, Builds, Depth, OutsideUse, RegistryUse, Scope, UsualTags};
use crate::reference::Reference;
use crate::settings::Format;
use crate::workspace::{ImageIndex, ParentImage, Workspace, full_name};

/// Arguments of `keg resolve`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  keg resolve debian          docker.io/library/debian:latest
  keg resolve web web:main    what would be built and started, and why")]
pub struct Args {
    /// References, or names and aliases of images
    #[arg(value_name = "REFERENCE", required = true)]
    pub references: Vec<String>,
    /// Which variants.
    #[command(flatten)]
    pub plans: Plans,
}

/// What one word means.
#[derive(Debug, Serialize)]
struct Resolved {
    word: String,
    reference: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    image: Option<ImageFacts>,
}

#[derive(Debug, Serialize)]
struct ImageFacts {
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    plan: Option<String>,
    branch: String,
    content: String,
    key: String,
    parents: Vec<String>,
    starts: Vec<Start>,
}

/// One of the references that `keg start` tries, in their order.
#[derive(Debug, Serialize)]
struct Start {
    reference: String,
    why: String,
}

/// Runs `keg resolve`.
///
/// # Errors
/// A word that is neither a reference nor an image.
pub async fn run(args: &Args, app: &App) -> Result<()> {
    // References can be resolved anywhere; only images need a workspace.
    let workspace = match app.workspace_root() {
        Ok(_) => Some(args.plans.of(app.workspace()?, &[])?),
        Err(_) => None,
    };
    let mut resolved = Vec::new();
    for word in &args.references {
        resolved.extend(resolve(word, workspace.as_ref(), app).await?);
    }
    if app.settings.format == Format::Json {
        return app.ui.print_json(&resolved);
    }
    let mut text = String::new();
    for found in &resolved {
        text.push_str(&format!("{}\n", found.reference));
        let Some(image) = &found.image else { continue };
        let name = full_name(&image.name, image.plan.as_deref());
        text.push_str(&format!("  image    {name}: {}\n", image.branch));
        text.push_str(&format!("  built    {}\n", image.content));
        for parent in &image.parents {
            text.push_str(&format!("  on       {parent}\n"));
        }
        for (place, start) in image.starts.iter().enumerate() {
            let label = if place == 0 { "started" } else { "else" };
            text.push_str(&format!("  {label:<8} {} ({})\n", start.reference, start.why));
        }
    }
    app.ui.print(&text)
}

/// What a word means: an image with several variants has several meanings.
async fn resolve(word: &str, workspace: Option<&Workspace>, app: &App) -> Result<Vec<Resolved>> {
    if let Some(workspace) = workspace {
        let (name, tag) = match word.split_once(':') {
            Some((name, tag)) => (name, Some(tag)),
            None => (word, None),
        };
        if let Some(index) = workspace.find(name) {
            let mut all = Vec::new();
            for variant in workspace.variants(index) {
                all.push(resolve_image(word, tag, workspace, variant, app).await?);
            }
            return Ok(all);
        }
    }
    let reference =
        Reference::parse(word).map_err(|error| Error::request(format!("`{word}` is no reference")).cause(error))?;
    Ok(vec![Resolved { word: word.to_owned(), reference: reference.with_default_tag().to_string(), image: None }])
}

async fn resolve_image(
    word: &str,
    tag: Option<&str>,
    workspace: &Workspace,
    index: ImageIndex,
    app: &App,
) -> Result<Resolved> {
    let mut facts = image_facts(workspace, index, app).await?;
    if let Some(tag) = tag {
        let reference = workspace.repository(index).with_tag(tag).familiar();
        facts.starts = vec![Start { reference, why: "with --from".to_owned() }];
    }
    let reference = match tag {
        Some(tag) => Reference::parse(&format!("{}:{tag}", workspace.repository(index)))
            .map_err(|error| Error::request(format!("`{word}` is no reference")).cause(error))?,
        None => workspace.repository(index).with_tag(&observe::usual_tag_of(workspace, &app.settings, index)?),
    };
    Ok(Resolved { word: word.to_owned(), reference: reference.to_string(), image: Some(facts) })
}

async fn image_facts(workspace: &Workspace, index: ImageIndex, app: &App) -> Result<ImageFacts> {
    let selected = BTreeSet::from([index]);
    let scope = Scope {
        selected: selected.clone(),
        registry: RegistryUse::No,
        moving_tags: false,
        tags: Vec::new(),
        depth: Depth::Keys,
        rebuild: false,
        usual_tags: UsualTags::OfBranch,
        outside: OutsideUse::default(),
        builds: Builds::OnEngine,
    };
    let observed = app.observe(workspace, scope).await?;
    let keys = observe::keys(workspace, &observed, &Graph::new(workspace).order_with_ancestors(&selected));
    let key = keys[&index];
    let branch = &observed.images[&index].branch;
    let repository = workspace.repository(index);
    let parents = workspace.image(index).parents.iter().map(|parent| match &parent.image {
        ParentImage::Workspace(other) => {
            let content = workspace.repository(*other).with_tag(&keys[other].content_tag());
            format!("{} ({}:{})", content.familiar(), workspace.shown(&parent.edge.file).display(), parent.edge.line)
        }
        ParentImage::Outside(reference) => match observed.outside.get(&reference.with_default_tag()) {
            Some(outside) => outside.pinned(reference).familiar(),
            None => reference.familiar(),
        },
    });
    let mut starts = Vec::new();
    if let Some(tap) = &workspace.image(index).tap {
        if let Some(from) = &tap.from {
            starts.push(Start { reference: from.clone(), why: "tap.yml says from".to_owned() });
        } else {
            let default_tag = observe::default_tag_of(workspace, &app.settings, workspace.image(index))?;
            let usual = observed.images[&index].usual_tag();
            starts.push(Start { reference: repository.with_tag(usual).familiar(), why: branch.origin() });
            if default_tag != usual {
                let why = "the default tag, if there is no image of the branch".to_owned();
                starts.push(Start { reference: repository.with_tag(&default_tag).familiar(), why });
            }
        }
    }
    Ok(ImageFacts {
        name: workspace.image(index).name.clone(),
        plan: workspace.image(index).plan().map(str::to_owned),
        branch: branch.origin(),
        content: repository.with_tag(&key.content_tag()).familiar(),
        key: key.to_string(),
        parents: parents.collect(),
        starts,
    })
}
