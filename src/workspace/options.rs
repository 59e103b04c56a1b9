//! From keg.yml's keys to [`Options`], checked.

use super::Options;
use super::names::is_built_in;
use super::plans;
use super::source::SourceFile;
use super::tags;
use crate::error::Error;
use crate::manifest::KegFile;
use crate::proxy::is_domain;
use crate::reference::{DEFAULT_DOMAIN, Reference, is_tag};
use crate::yaml::Located;

/// Checks what can be checked without the images.
pub(super) fn options(file: KegFile, source: &SourceFile, errors: &mut Vec<Error>) -> Options {
    let registry = file.registry.as_ref().and_then(|registry| match checked_registry(registry, source) {
        Ok(registry) => Some(registry),
        Err(error) => {
            errors.push(error);
            None
        }
    });
    let prefixes = file.plans.values().filter_map(|plan| plan.tag_prefix.as_ref()).chain(&file.tag_prefix);
    for prefix in prefixes.filter(|prefix| !is_tag(prefix)) {
        errors.push(
            source
                .error(prefix, format!("`{}` cannot begin a tag", &***prefix), "not a tag")
                .help("Use letters, digits, `_`, `.` and `-`, beginning with a letter or digit."),
        );
    }
    if let Some(tag) = file.default_tag.as_ref().filter(|tag| !is_tag(tag)) {
        errors.push(
            source
                .error(tag, format!("`{}` is no tag", **tag), "not a tag")
                .help("Use up to 128 letters, digits, `_`, `.` and `-`, not beginning with `.` or `-`."),
        );
    }
    for glob in file.rebuild_all.iter().chain(&file.ignore) {
        if let Err(error) = globset::Glob::new(glob) {
            errors.push(source.error(glob, format!("`{}` is no glob: {}", **glob, error.kind()), "in this glob"));
        }
    }
    if let Some(base) = &file.tap_base
        && let Err(reason) = Reference::parse(base)
    {
        errors.push(source.error(base, format!("tap_base: `{}` names no image", **base), reason.to_string()));
    }
    check_tasks(file.tasks.iter(), source, errors);
    check_proxy(&file, source, errors);
    let plans = plans::plans(&file, source, errors);
    Options {
        registry,
        default_branch: file.default_branch.as_deref().cloned(),
        default_tag: file.default_tag.as_deref().cloned(),
        tap_base: file.tap_base.as_deref().cloned(),
        tags: tags::of_workspace(&file, source, errors),
        tag_prefix: file.tag_prefix.as_ref().map(|prefix| prefix.value.0.clone()),
        plans,
        content_tags: file.content_tags.unwrap_or(true),
        rebuild_all: file.rebuild_all.iter().map(|glob| glob.value.clone()).collect(),
        ignore: file.ignore.iter().map(|glob| glob.value.clone()).collect(),
        env: file.env.iter().map(|(name, value)| (name.clone(), value.0.clone())).collect(),
        file,
    }
}

fn check_proxy(file: &KegFile, source: &SourceFile, errors: &mut Vec<Error>) {
    let Some(keys) = file.proxy.as_ref().map(|proxy| &proxy.keys) else { return };
    if let Some(domain) = keys.domain.as_ref().filter(|domain| !is_domain(domain)) {
        errors.push(
            source
                .error(domain, format!("proxy: `{}` is no domain for names of taps", **domain), "not a domain")
                .help("Use letters, digits and `-`, with dots between the parts, as `localhost` or `dev.example.com`."),
        );
    }
    if let Some(port) = keys.port.as_ref().filter(|port| port.value == 0) {
        errors.push(source.error(port, "proxy: there is no port 0", "from 1 to 65535"));
    }
    if let Some(image) = &keys.image
        && let Err(reason) = Reference::parse(image)
    {
        errors.push(source.error(image, format!("proxy: `{}` names no image", **image), reason.to_string()));
    }
}

/// Tasks stand where verbs stand, so that a task with a verb's name could never be called.
pub(super) fn check_tasks<'a, T: 'a>(
    tasks: impl Iterator<Item = (&'a String, &'a Located<T>)>,
    source: &SourceFile,
    errors: &mut Vec<Error>,
) {
    for (name, task) in tasks.filter(|(name, _)| is_built_in(name)) {
        errors.push(
            source
                .error(task, format!("a task cannot be called `{name}`: keg has that command itself"), "this task")
                .help("Give it another name."),
        );
    }
}

fn checked_registry(registry: &Located<String>, source: &SourceFile) -> Result<String, Error> {
    let refuse = |reason: &str, help: &str| {
        source.error(registry, format!("registry: `{}` {reason}", **registry), "here").help(help.to_owned())
    };
    let text = registry.trim_end_matches('/');
    if let Some((scheme, rest)) = text.split_once("://") {
        return Err(refuse(&format!("begins with `{scheme}://`"), &format!("Write it without: `{rest}`.")));
    }
    let reference = Reference::parse(&format!("{text}/x")).map_err(|reason| {
        refuse("is no registry", "Write host, port and namespace, as `ghcr.io/acme`.").because(reason.to_string())
    })?;
    if reference.domain() == DEFAULT_DOMAIN && reference.path().starts_with("library/") {
        return Err(refuse("has no namespace", "Docker Hub needs one: `docker.io/<organization>`."));
    }
    if !format!("{text}/x").ends_with(reference.path()) {
        return Err(refuse("is no registry", "Write host, port and namespace, as `ghcr.io/acme`."));
    }
    Ok(text.to_owned())
}
