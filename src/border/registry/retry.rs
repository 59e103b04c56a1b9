//! Sends requests again when a registry has a bad moment.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use reqwest::header::{HeaderMap, RETRY_AFTER};
use reqwest::{RequestBuilder, StatusCode, Url};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;

use super::failure::{Trouble, trouble};
use super::pace::Pace;

/// How often a request is sent again.
const RETRIES: u32 = 3;
/// How often it is sent again when the registry says when: it is in order, and has much to do.
const RETRIES_AS_ASKED: u32 = 6;
/// How often it is sent again when nothing came back: each time has cost the whole time limit.
const RETRIES_OF_SILENCE: u32 = 1;
/// The wait before the first repetition; it doubles each time.
const FIRST_WAIT: Duration = Duration::from_millis(250);
/// The longest wait that a registry may ask for; to one that asks for more, nothing is sent again.
const LONGEST_WAIT: Duration = Duration::from_secs(60);
/// Far more than any manifest, list or image settings take.
const LARGEST_ANSWER: usize = 32 << 20;

/// A whole answer.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// Where it came from, after all redirections.
    pub url: Url,
    /// The content.
    pub body: Bytes,
}

impl Answer {
    /// How long the registry asks to be left alone.
    pub fn wait(&self) -> Option<Duration> {
        retry_after(&self.headers, OffsetDateTime::now_utc())
    }
}

/// Sends what `build` makes, again after a broken connection and when the registry is overloaded or broken. Everything
/// that keg sends can be repeated: it reads, or it puts the same content under the same name. An answer that says that
/// there are too many requests holds up all others of this pace.
///
/// # Errors
/// What kept the last request from getting a whole answer.
pub async fn send(pace: &Pace, build: impl Fn() -> RequestBuilder) -> Result<Answer, Trouble> {
    let mut wait = FIRST_WAIT;
    let mut retries = 0;
    loop {
        let turn = pace.turn().await;
        let answer = send_once(build()).await;
        let (asked, limit) = match &answer {
            Ok(answer) if is_temporary(answer.status) => {
                let asked = answer.wait();
                (asked, if asked.is_some() { RETRIES_AS_ASKED } else { RETRIES })
            }
            Err(Trouble::Reset) => (None, RETRIES),
            Err(Trouble::Silent) => (None, RETRIES_OF_SILENCE),
            _ => return answer,
        };
        // One that asks for less than a moment, by a clock that is not this machine's, gets more time all the same.
        let pause = asked.unwrap_or_default().max(wait);
        if retries >= limit || pause > LONGEST_WAIT {
            return answer;
        }
        retries += 1;
        match &answer {
            Ok(answer) if answer.status == StatusCode::TOO_MANY_REQUESTS => turn.too_many(pause),
            _ => {
                drop(turn);
                tokio::time::sleep(pause).await;
            }
        }
        wait *= 2;
    }
}

async fn send_once(request: RequestBuilder) -> Result<Answer, Trouble> {
    let mut response = request.send().await.map_err(|error| trouble(&error))?;
    let (status, headers, url) = (response.status(), response.headers().clone(), response.url().clone());
    let mut body = BytesMut::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| trouble(&error))? {
        body.extend_from_slice(&chunk);
        if body.len() > LARGEST_ANSWER {
            return Err(Trouble::TooLarge);
        }
    }
    Ok(Answer { status, headers, url, body: body.freeze() })
}

fn is_temporary(status: StatusCode) -> bool {
    status == StatusCode::TOO_MANY_REQUESTS
        || (status.is_server_error()
            && status != StatusCode::NOT_IMPLEMENTED
            && status != StatusCode::HTTP_VERSION_NOT_SUPPORTED)
}

/// The wait that an answer asks for: seconds or a date (<https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3>).
fn retry_after(headers: &HeaderMap, now: OffsetDateTime) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let until = OffsetDateTime::parse(text, &Rfc2822).ok()?;
    Some((until - now).try_into().unwrap_or(Duration::ZERO))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_are_read() {
        let now = OffsetDateTime::parse("Wed, 21 Oct 2015 07:28:00 GMT", &Rfc2822).unwrap();
        for (text, expected) in [
            ("7", Some(Duration::from_secs(7))),
            ("Wed, 21 Oct 2015 07:28:05 GMT", Some(Duration::from_secs(5))),
            ("Wed, 21 Oct 2015 07:27:00 GMT", Some(Duration::ZERO)),
            ("soon", None),
            ("-1", None),
        ] {
            let headers = HeaderMap::from_iter([(RETRY_AFTER, text.parse().unwrap())]);
            assert_eq!(retry_after(&headers, now), expected, "{text}");
        }
        assert_eq!(retry_after(&HeaderMap::new(), now), None);
    }
}
