//! Services of a stack that do their work once, and end.

use serde_json::Value;

use super::left::Running;
use super::{Team, eventually};
use crate::support::Run;

/// How it ends, and when, is for whoever deploys it to say.
const MIGRATE: &str = "services:
  migrate:
    image: ${KEG_IMAGE_FROM}
    command: [sh, -c, \"echo migrating as $$TOKEN; sleep ${LASTS:-0}; exit ${MIGRATION:-0}\"]
    environment: {TOKEN: \"secret$$word\"}
    healthcheck: {disable: true}
    network_mode: bridge
    deploy: {mode: replicated-job, restart_policy: {condition: none}}
";

/// One that does its work is up when it has ended. For one that fails, and is not started again, nobody waits.
pub fn jobs(team: &Team) {
    let tasks = team.tasks("web");
    team.workspace.file("migrate.yml", MIGRATE);
    let deploy = ["shop", "--replicas", "3", "--file", "migrate.yml"];
    for _ in 0..2 {
        team.deploy(&deploy).success();
        let states: Vec<Value> =
            team.status("migrate")["tasks"].as_array().unwrap().iter().map(|task| task["state"].clone()).collect();
        assert_eq!(states, ["complete"], "only that of the last run counts");
    }
    let mut failing = team.deploy_command(&deploy);
    failing.env("MIGRATION", "3");
    let failed = Run::of(failing, "").code(1);
    let failed = failed.complains("migrate has failed, and is not to be started again").complains("migrating");
    assert!(!failed.stderr.contains("secret$word"), "{}", failed.stderr);
    assert_eq!(team.tasks("web"), tasks, "nothing has changed");
    while_the_manager_is_silent(team, &deploy);
    team.workspace.remove("migrate.yml");
}

/// It has not forgotten what it was told.
fn while_the_manager_is_silent(team: &Team, deploy: &[&str]) {
    let address = team.swarm.address(0);
    let socket = address.strip_prefix("unix://").unwrap();
    let away = format!("{socket}-away");
    let mut keg = team.deploy_command(deploy);
    keg.env("LASTS", "8");
    let mut keg = Running::start(keg);
    eventually("the job runs", || team.status("migrate")["running"] == 1);
    std::fs::rename(socket, &away).unwrap();
    keg.until_complaint("asking again");
    std::fs::rename(&away, socket).unwrap();
    assert_eq!(keg.end(), Some(0));
}
