//! How fast a host is asked: no more requests at a time than it bears, and none while it wants to be left alone.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::{Instant, sleep_until};

/// How many requests a host gets at once, as long as it does not complain.
const PLACES: usize = 32;
/// How many it gets at least.
const FEWEST_PLACES: usize = 4;

/// The pace of all requests to one host.
#[derive(Debug)]
pub struct Pace {
    places: Semaphore,
    /// How many places there are, taken ones too.
    width: AtomicUsize,
    /// Until when the host is left alone.
    until: Mutex<Instant>,
}

/// The place of one request among those that are on their way.
#[derive(Debug)]
pub struct Turn<'a> {
    pace: &'a Pace,
    /// None only if the places were closed, which they never are.
    place: Option<SemaphorePermit<'a>>,
}

impl Pace {
    /// That of a host of which nothing is known.
    pub fn new() -> Self {
        Self { places: Semaphore::new(PLACES), width: AtomicUsize::new(PLACES), until: Mutex::new(Instant::now()) }
    }

    /// Waits until a request may be sent. The place is free again when the value is dropped.
    pub async fn turn(&self) -> Turn<'_> {
        let place = self.places.acquire().await.ok();
        loop {
            let until = *self.until.lock().unwrap_or_else(PoisonError::into_inner);
            if until <= Instant::now() {
                return Turn { pace: self, place };
            }
            sleep_until(until).await;
        }
    }
}

impl Turn<'_> {
    /// Leaves the host alone for this long, whoever wants to ask it, and asks less of it at once from now on: it had
    /// too many requests.
    pub fn too_many(mut self, wait: Duration) {
        let pace = self.pace;
        let until = Instant::now() + wait;
        let mut known = pace.until.lock().unwrap_or_else(PoisonError::into_inner);
        *known = until.max(*known);
        drop(known);
        let fewer = |width: usize| (width > FEWEST_PLACES).then(|| width - 1);
        if pace.width.fetch_update(Ordering::Relaxed, Ordering::Relaxed, fewer).is_ok()
            && let Some(place) = self.place.take()
        {
            place.forget();
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    #[tokio::test]
    async fn a_host_that_complains_is_left_alone_by_all() {
        let pace = Pace::new();
        let (one, other) = tokio::join!(pace.turn(), pace.turn());
        one.too_many(Duration::from_millis(70));
        // A shorter wait changes nothing.
        other.too_many(Duration::from_millis(1));
        let began = Instant::now();
        let (first, second) = tokio::join!(pace.turn(), pace.turn());
        assert!(began.elapsed().as_millis() >= 69);
        drop((first, second));
        assert!(pace.turn().now_or_never().is_some());
    }

    #[tokio::test]
    async fn each_complaint_takes_a_place_away_but_a_few_stay() {
        let pace = Pace::new();
        let mut turns = Vec::new();
        for _ in 0..PLACES {
            turns.push(pace.turn().await);
        }
        assert!(pace.turn().now_or_never().is_none(), "all places are taken");
        turns.drain(..).for_each(|turn| turn.too_many(Duration::ZERO));
        let mut places = Vec::new();
        while let Some(turn) = pace.turn().now_or_never() {
            places.push(turn);
        }
        assert_eq!(places.len(), FEWEST_PLACES);
    }
}
