//! Whom the files belong to that are put into a container: the user that its program runs as. The engine could say so
//! itself, but version 20.10 looks for that user among those of its own machine.

use bytes::Bytes;
use http_body_util::{BodyExt, Empty, Limited};
use hyper::Request;
use std::io::Read;

use super::{Engine, archive_of};
use crate::border::engine::stream::with_query;
use crate::error::Result;

/// More of a file than this is not read.
const LARGEST: usize = 1024 * 1024;

/// A user and a group by their numbers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Owner {
    /// The user.
    pub user: u64,
    /// The group.
    pub group: u64,
}

impl Engine {
    /// The owner that a container's `User` means: `1000`, `app`, `app:staff`; root for one that is not there.
    pub(super) async fn owner(&self, container: &str, user: &str) -> Result<Owner> {
        if user.is_empty() || user == "root" || user == "0" {
            return Ok(Owner::default());
        }
        let users = self.small_file(container, "/etc/passwd").await?;
        let groups = self.small_file(container, "/etc/group").await?;
        Ok(owner(user, &users, &groups))
    }

    /// The text of a file; empty where there is none.
    async fn small_file(&self, container: &str, path: &str) -> Result<String> {
        let request = Request::get(with_query(&archive_of(container), &[("path", path)])).body(Empty::<Bytes>::new());
        let response = self.raw(&format!("reading {path} of the container {container}"), request).await?;
        if !response.status().is_success() {
            return Ok(String::new());
        }
        let body = Limited::new(response.into_body(), LARGEST).collect().await;
        let archive = body.map(http_body_util::Collected::to_bytes).unwrap_or_default();
        let mut text = String::new();
        // What cannot be read names nobody.
        if let Some(Ok(mut entry)) = tar::Archive::new(&archive[..]).entries().ok().and_then(|mut all| all.next()) {
            entry.read_to_string(&mut text).ok();
        }
        Ok(text)
    }
}

fn owner(wanted: &str, users: &str, groups: &str) -> Owner {
    let (user, group) = wanted.split_once(':').map_or((wanted, None), |(user, group)| (user, Some(group)));
    let number = |text: &str| text.parse::<u64>().ok();
    let fields = |line: &'_ str| line.split(':').map(str::to_owned).collect::<Vec<_>>();
    let named = |lines: &str, name: &str| {
        let is_meant = |line: &Vec<String>| {
            line.first().is_some_and(|one| one == name) || line.get(2).is_some_and(|one| one == name)
        };
        lines.lines().map(fields).find(is_meant)
    };
    let found = named(users, user);
    let field = |index: usize| found.as_ref().and_then(|line| number(line.get(index)?));
    let group = match group {
        Some(group) => number(group).or_else(|| number(named(groups, group)?.get(2)?)),
        None => field(3),
    };
    Owner { user: number(user).or_else(|| field(2)).unwrap_or_default(), group: group.unwrap_or_default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_numbers() {
        let users = "root:x:0:0::/root:/bin/sh\napp:x:1000:1001::/:/bin/sh\n";
        let groups = "root:x:0:\nstaff:x:50:app\n";
        for (wanted, expected) in [
            ("app", (1000, 1001)),
            ("1000", (1000, 1001)),
            ("1234", (1234, 0)),
            ("1234:5678", (1234, 5678)),
            ("app:staff", (1000, 50)),
            ("app:7", (1000, 7)),
            ("nobody", (0, 0)),
            ("root:staff", (0, 50)),
        ] {
            let (user, group) = expected;
            assert_eq!(owner(wanted, users, groups), Owner { user, group }, "{wanted}");
        }
        assert_eq!(owner("app", "", ""), Owner::default());
    }
}
