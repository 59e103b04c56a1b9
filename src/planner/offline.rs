//! What cannot be had without a network.

use crate::error::{Error, Result};
use crate::plan::{Action, Plan};

/// Nothing of `plan` comes from a registry.
///
/// # Errors
/// Names what would have to be pulled, and what needs it.
pub fn check_offline(plan: &Plan) -> Result<()> {
    let errors = plan.steps.iter().enumerate().filter_map(|(place, step)| {
        let Action::Pull { reference, .. } = &step.action else { return None };
        let waits = |other: &&crate::plan::Step| other.after.iter().any(|index| index.0 == place);
        let child = plan.steps.iter().find(waits).map(|step| format!(" by {}", step.subject)).unwrap_or_default();
        Some(
            Error::unreachable(format!("{} is needed{child}, and the engine does not have it", step.subject))
                .because(format!("{} is not asked for it: --offline", reference.domain()))
                .help(format!("leave --offline out, or get it first: docker pull {}", reference.familiar())),
        )
    });
    Error::all(errors.collect()).map_or(Ok(()), Err)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{Reason, Step, StepIndex};
    use crate::reference::Reference;

    fn step(subject: &str, action: Action, after: Vec<StepIndex>) -> Step {
        Step { subject: subject.into(), action, after, reason: Reason::NotHere }
    }

    #[test]
    fn what_would_be_pulled_is_named_with_what_needs_it() {
        let mut plan = Plan::default();
        let reference = Reference::parse("localhost:5000/debian:12").unwrap();
        assert!(check_offline(&plan).is_ok());
        plan.add(step("web", Action::Untag { tags: Vec::new() }, Vec::new()));
        assert!(check_offline(&plan).is_ok());
        let pull = plan.add(step("debian:12", Action::Pull { reference, tags: Vec::new() }, Vec::new()));
        plan.add(step("base", Action::Untag { tags: Vec::new() }, vec![pull]));
        let error = check_offline(&plan).unwrap_err();
        assert_eq!(error.exit_code(), 3);
        assert_eq!(
            error.one_line(),
            "debian:12 is needed by base, and the engine does not have it: localhost:5000 is not asked for it: --offline"
        );
        assert_eq!(error.remedy(), Some("leave --offline out, or get it first: docker pull localhost:5000/debian:12"));
    }
}
