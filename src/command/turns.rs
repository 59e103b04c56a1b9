//! Work on several taps at once, in which some wait for others.

use tokio::sync::watch::{Sender, channel};

/// Who waits for whom, and who is done.
pub struct Turns {
    waits_for: Vec<Vec<usize>>,
    /// Whether each has succeeded, once it has ended.
    ended: Vec<Sender<Option<bool>>>,
}

impl Turns {
    /// For each the places of those that it waits for; nobody may wait for itself through others.
    pub fn new(waits_for: Vec<Vec<usize>>) -> Self {
        let ended = waits_for.iter().map(|_| channel(None).0).collect();
        Self { waits_for, ended }
    }

    /// Waits until all have ended that `place` waits for.
    ///
    /// # Errors
    /// The place of the first that did not succeed.
    pub async fn wait(&self, place: usize) -> Result<(), usize> {
        for &before in &self.waits_for[place] {
            let mut ended = self.ended[before].subscribe();
            // The sender is held here, so waiting cannot fail.
            let is_success = ended.wait_for(Option::is_some).await.is_ok_and(|ended| *ended == Some(true));
            if !is_success {
                return Err(before);
            }
        }
        Ok(())
    }

    /// Lets those go on that wait for `place`.
    pub fn end(&self, place: usize, success: bool) {
        self.ended[place].send_replace(Some(success));
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use futures_util::future::join_all;

    use super::*;

    #[tokio::test]
    async fn each_goes_after_those_that_it_waits_for() {
        let turns = Turns::new(vec![vec![1], vec![2], vec![]]);
        let order = RefCell::new(Vec::new());
        join_all((0..3).map(async |place| {
            turns.wait(place).await.unwrap();
            order.borrow_mut().push(place);
            turns.end(place, true);
        }))
        .await;
        assert_eq!(order.into_inner(), [2, 1, 0]);
    }

    #[tokio::test]
    async fn a_failure_is_told() {
        let turns = Turns::new(vec![vec![1], vec![]]);
        turns.end(1, false);
        assert_eq!(turns.wait(0).await, Err(1));
        assert_eq!(turns.wait(1).await, Ok(()));
    }
}
