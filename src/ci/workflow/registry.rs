//! The registry that workflows publish to.

use serde::Serialize;

use super::RegistryKind;
use crate::error::{Error, Result};
use crate::workspace::Workspace;

/// The host of Amazon's public registry.
const ECR_PUBLIC: &str = "public.ecr.aws";
/// The only region that Amazon's public registry is administered in.
const REGION_OF_ECR_PUBLIC: &str = "us-east-1";

/// A registry as templates know it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Registry {
    /// How one gets in.
    pub kind: RegistryKind,
    /// The host; `None` where the workspace has no registry, and nothing is published.
    pub host: Option<String>,
    /// What stands before an image's name in the registry's own words: `team/`, or nothing.
    pub prefix: String,
    /// The region, of Amazon's.
    pub region: Option<String>,
}

impl Registry {
    /// The registry of `workspace`, which is of this kind.
    ///
    /// # Errors
    /// A workspace without a registry of which a certain kind is asked for, or one of Amazon's that names no region.
    pub fn of(workspace: &Workspace, kind: RegistryKind) -> Result<Self> {
        if workspace.options.registry.is_none() {
            return match kind {
                RegistryKind::Generic => Ok(Self { kind, host: None, prefix: String::new(), region: None }),
                _ => Err(Error::request("keg.yml names no registry that workflows could publish to")
                    .help("add a line to keg.yml, for example: registry: ghcr.io/my-team")),
            };
        }
        let repository = workspace.repository_of("x");
        let (host, path) = (repository.domain().to_owned(), repository.path().to_owned());
        let namespace = path.strip_suffix('x').unwrap_or_default();
        let (prefix, region) = match kind {
            RegistryKind::Ghcr | RegistryKind::Generic => (namespace.to_owned(), None),
            // The first name is the alias of the registry, and belongs to none of its repositories.
            RegistryKind::EcrPublic => {
                let prefix = namespace.split_once('/').map_or("", |(_, rest)| rest);
                (prefix.to_owned(), Some(REGION_OF_ECR_PUBLIC.to_owned()))
            }
            RegistryKind::Ecr => {
                let region = region_of(&host).ok_or_else(|| {
                    Error::request(format!("{host} is none of Amazon's registries"))
                        .help("its hosts are as 123456789012.dkr.ecr.eu-west-1.amazonaws.com: see registry: in keg.yml")
                })?;
                (namespace.to_owned(), Some(region.to_owned()))
            }
        };
        Ok(Self { kind, host: Some(host), prefix, region })
    }

    /// What the name of the workspace's registry shows of its kind; `None` where it could be any.
    pub fn kind_of(workspace: &Workspace) -> Option<RegistryKind> {
        workspace.options.registry.as_ref()?;
        let repository = workspace.repository_of("x");
        match repository.domain() {
            "ghcr.io" => Some(RegistryKind::Ghcr),
            ECR_PUBLIC => Some(RegistryKind::EcrPublic),
            host if region_of(host).is_some() => Some(RegistryKind::Ecr),
            _ => None,
        }
    }

    /// Whether images can be deleted by the registry's own protocol. GitHub refuses it for its registry.
    pub fn can_be_pruned(&self) -> bool {
        self.host.is_some() && self.kind != RegistryKind::Ghcr
    }
}

/// The region of `123456789012.dkr.ecr.eu-west-1.amazonaws.com`.
fn region_of(host: &str) -> Option<&str> {
    let (account, rest) = host.split_once(".dkr.ecr.")?;
    let region = rest.strip_suffix(".amazonaws.com").or_else(|| rest.strip_suffix(".amazonaws.com.cn"))?;
    let is_plain = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    (is_plain(account) && is_plain(region)).then_some(region)
}
