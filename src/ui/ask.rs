//! Questions on a terminal. Callers ask only where `Settings::interactive` says that someone can answer.

use std::io;

use dialoguer::{Confirm, Input, Password, Select};

use crate::error::{Error, Result};

use super::Ui;

impl Ui {
    /// Asks for a text that is not empty; space around the answer is dropped.
    ///
    /// # Errors
    /// When the user presses Ctrl-C, or there is no terminal.
    pub fn ask(&self, question: &str) -> Result<String> {
        let input = Input::<String>::new().with_prompt(question);
        let answer = self.suspend(|| input.interact_text()).map_err(|error| refused(question, error))?;
        Ok(answer.trim().to_owned())
    }

    /// Asks for a secret, which is not shown while it is typed and from now on masked in all output.
    ///
    /// # Errors
    /// As [`Ui::ask`].
    pub fn ask_secret(&self, question: &str) -> Result<String> {
        let password = Password::new().with_prompt(question);
        let secret = self.suspend(|| password.interact()).map_err(|error| refused(question, error))?;
        self.hide(secret.as_str());
        Ok(secret)
    }

    /// Asks which of several is meant, and gives its place in the list.
    ///
    /// # Errors
    /// As [`Ui::ask`].
    pub fn choose(&self, question: &str, choices: &[String]) -> Result<usize> {
        let select = Select::new().with_prompt(question).items(choices).default(0);
        self.suspend(|| select.interact()).map_err(|error| refused(question, error))
    }

    /// Asks yes or no; Enter alone means no.
    ///
    /// # Errors
    /// As [`Ui::ask`].
    pub fn confirm(&self, question: &str) -> Result<bool> {
        let confirm = Confirm::new().with_prompt(question).default(false);
        self.suspend(|| confirm.interact()).map_err(|error| refused(question, error))
    }
}

fn refused(question: &str, error: dialoguer::Error) -> Error {
    let error = io::Error::from(error);
    if error.kind() == io::ErrorKind::Interrupted {
        return Error::interrupted();
    }
    Error::request(format!("cannot ask for an answer to `{question}`"))
        .cause(error)
        .help("give the answer on the command line, or run keg on a terminal")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interrupted_question_ends_the_run() {
        let error = refused("name", io::Error::from(io::ErrorKind::Interrupted).into());
        assert_eq!(error.exit_code(), 130);
        let error = refused("name", io::Error::from(io::ErrorKind::NotConnected).into());
        assert_eq!(error.exit_code(), 2);
        assert!(error.remedy().is_some_and(|help| help.contains("command line")));
    }
}
