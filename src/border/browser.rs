//! The user's browser.

use webbrowser::{Browser, BrowserOptions};

use crate::error::{Error, Result};

/// Opens an address in the browser that `BROWSER` names, else in the usual one.
///
/// # Errors
/// There is none.
pub async fn open(url: &str) -> Result<()> {
    let address = url.to_owned();
    // It waits for programs that end at once, as `xdg-open`, and lies still for as long as one in the terminal runs.
    let opened = tokio::task::spawn_blocking(move || {
        webbrowser::open_browser_with_options(Browser::Default, &address, &BrowserOptions::new())
    });
    let result = opened.await.map_err(|error| Error::failed("opening the browser").cause(error))?;
    result.map_err(|error| {
        Error::failed(format!("no browser could be opened for {url}"))
            .cause(error)
            .help("name one in the variable BROWSER, or open the address yourself")
    })
}
