//! `keg ci plan`

use crate::ci::{Does, Part, Selection, github, jobs, parts};
use crate::command::ci::situation::{EventArgs, Situation, app_of};
use crate::command::ci::tell;
use crate::command::order::Publish;
use crate::command::{App, selection};
use crate::error::Result;
use crate::graph::Graph;
use crate::settings::Format;
use crate::workspace::full_name;

/// Arguments of `keg ci plan`.
#[derive(Debug, Default, clap::Args)]
#[command(after_help = "Examples:
  keg ci plan                               what the event of this CI run asks for
  keg ci plan --event pull_request          what a pull request of this branch would do
  keg ci plan --event release --format json
  keg ci plan --format github               a matrix for each level of the graph, for fromJSON

Variables of GitHub Actions, GitLab CI and Jenkins say what has happened; elsewhere --event does. With --format github
the lines are also written to the file that GITHUB_OUTPUT names.")]
pub struct Args {
    /// Names, aliases or globs; all images if none is named
    #[arg(value_name = "IMAGE", add = selection::completer())]
    pub images: Vec<String>,
    /// What has happened.
    #[command(flatten)]
    pub event: EventArgs,
}

/// Runs `keg ci plan`.
///
/// # Errors
/// An event that is not understood, a workspace that does not load, a registry out of reach where something is to be
/// published.
pub async fn run(args: &Args, app: &App) -> Result<()> {
    let app = &app_of(app, &args.event)?;
    let (situation, parts) = read(args, app).await.inspect_err(|error| tell::annotate(app, error))?;
    match app.settings.format {
        Format::Json => print_json(app, &situation, &parts),
        Format::Github => print_outputs(app, &situation, &parts),
        _ => print_text(app, &situation, &parts),
    }
}

async fn read(args: &Args, app: &App) -> Result<(Situation, Vec<Part>)> {
    let situation = Situation::find(app, &args.event, &args.images).await?;
    let parts = planned(app, &situation).await?;
    Ok((situation, parts))
}

/// What becomes of each image.
async fn planned(app: &App, situation: &Situation) -> Result<Vec<Part>> {
    let workspace = &situation.workspace;
    if situation.aim.selection == Selection::Nothing {
        return Ok(parts(workspace, &crate::plan::Plan::default(), &situation.reasons));
    }
    let tagged = situation.order(Publish::Tags).prepare(app, workspace).await?;
    let mut all = parts(workspace, &tagged.plan, &situation.reasons);
    let uploads = situation.order(Publish::Uploads);
    if uploads.usual_tags != situation.usual_tags() {
        // Which tests are run does not depend on a release's own tags.
        let built = parts(workspace, &uploads.prepare(app, workspace).await?.plan, &situation.reasons);
        for (part, built) in all.iter_mut().zip(built) {
            part.tested = built.tested;
            if part.does == Does::Test && built.does == Does::Nothing {
                part.does = if part.tags.is_empty() { Does::Nothing } else { Does::Retag };
                part.reason = built.reason;
            }
        }
    }
    Ok(all)
}

fn print_text(app: &App, situation: &Situation, parts: &[Part]) -> Result<()> {
    let aim = &situation.aim;
    app.ui.note(&aim.title);
    for note in &aim.notes {
        app.ui.note(note);
    }
    let row = |part: &Part| {
        vec![full_name(&part.image, part.plan.as_deref()), part.words(), part.tags.join(", "), part.reason.clone()]
    };
    app.ui.print_table(&["image", "does", "tags", "why"], parts.iter().map(row).collect())
}

fn print_json(app: &App, situation: &Situation, parts: &[Part]) -> Result<()> {
    let aim = &situation.aim;
    app.ui.print_json(&serde_json::json!({
        "event": aim.event,
        "title": aim.title,
        "branch": aim.branch,
        "publishes": situation.publishes(),
        "notes": aim.notes,
        "images": parts,
        "jobs": jobs(&situation.workspace, parts, situation.publishes()),
    }))
}

fn print_outputs(app: &App, situation: &Situation, parts: &[Part]) -> Result<()> {
    let publishes = situation.publishes();
    let groups = jobs(&situation.workspace, parts, publishes);
    let retags = parts.iter().any(|part| part.does != Does::Nothing && !part.tags.is_empty());
    let levels = Graph::new(&situation.workspace).levels().len();
    let outputs = github::outputs(&groups, publishes, retags, levels);
    tell::append(app, "GITHUB_OUTPUT", &outputs)?;
    tell::append(app, "GITHUB_STEP_SUMMARY", &github::plan_summary(&situation.aim.title, parts, &situation.aim.notes))?;
    app.ui.print(&outputs)
}
