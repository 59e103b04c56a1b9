//! Reads the tests of images from manifests and folders.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use regex::RegexBuilder;
use sha2::{Digest, Sha256};

use super::{Definition, FILE, FOLDER, ImageTest, ImageTests, Origin, Program, USUAL_LIMIT, name_of};
use crate::error::{Error, Result, nearest};
use crate::manifest::{Test, TestKind, TestPlace, TestsFile};
use crate::workspace::{ImageIndex, KEG_FILE, Workspace};
use crate::yaml::{self, Located};

/// The tests that were found.
#[derive(Debug, Clone, Default)]
pub struct Gathered {
    /// The tests of each image that was asked for.
    pub tests: BTreeMap<ImageIndex, ImageTests>,
    /// Sentences about files that look like tests and are none.
    pub warnings: Vec<String>,
}

/// Reads the tests of `images`.
///
/// # Errors
/// A folder or file that is missing or cannot be read, a tests.yml that is wrong, an `expect` that is no regular
/// expression.
pub fn gather(workspace: &Workspace, images: &BTreeSet<ImageIndex>) -> Result<Gathered> {
    let mut reader = Reader { workspace, own: HashMap::new(), warnings: Vec::new() };
    let common = reader.common()?;
    let mut tests = BTreeMap::new();
    for &index in images {
        let mut line = vec![index];
        while let Some(base) = line.last().and_then(|last| workspace.base_in_workspace(*last)) {
            line.push(base);
        }
        let mut definitions = common.clone();
        for image in line.into_iter().rev() {
            definitions.extend(reader.own(image)?);
        }
        tests.insert(index, named(definitions));
    }
    Ok(Gathered { tests, warnings: reader.warnings })
}

/// The tests with names that tell them apart, and the digest of all.
fn named(definitions: Vec<Arc<Definition>>) -> ImageTests {
    let mut taken = HashSet::new();
    let mut digest = Sha256::new();
    let mut tests = Vec::with_capacity(definitions.len());
    for definition in definitions {
        let mut name = definition.name.clone();
        let mut number = 1;
        while !taken.insert(name.clone()) {
            number += 1;
            name = format!("{} ({number})", definition.name);
        }
        if definition.kind == TestKind::Integration {
            digest.update(format!("{name}\n{}\n", definition.digest));
        }
        tests.push(ImageTest { name, definition });
    }
    ImageTests { tests, digest: hexadecimal(&digest.finalize()) }
}

struct Reader<'a> {
    workspace: &'a Workspace,
    /// What each image defines itself.
    own: HashMap<ImageIndex, Vec<Arc<Definition>>>,
    warnings: Vec<String>,
}

/// Those who define tests: an image, or the workspace.
struct Owner<'a> {
    image: Option<&'a str>,
    /// In which commands on the host run.
    folder: &'a Path,
    /// The digest of the files that tests may use.
    files: String,
}

impl Reader<'_> {
    fn common(&mut self) -> Result<Vec<Arc<Definition>>> {
        let Some(written) = &self.workspace.options.file.common_tests else { return Ok(Vec::new()) };
        let folder = self.workspace.root.join(&written.value);
        if !folder.is_dir() {
            let text = read(&self.workspace.root.join(KEG_FILE))?;
            let message = format!("common_tests: there is no folder `{}`", written.value);
            return Err(written.error(KEG_FILE, &text, message, "not found"));
        }
        let owner = Owner { image: None, folder: &folder, files: digest_of_folder(&folder)? };
        let file = folder.join(FILE);
        let mut found = Vec::new();
        if file.is_file() {
            let (text, shown) = (read(&file)?, self.workspace.shown(&file).display().to_string());
            let tests: TestsFile = yaml::parse(&shown, &text)?;
            found.extend(commands(&tests.tests, &shown, &text, &owner)?);
        }
        found.extend(self.files(&folder, &owner)?);
        Ok(found)
    }

    fn own(&mut self, index: ImageIndex) -> Result<Vec<Arc<Definition>>> {
        if let Some(known) = self.own.get(&index) {
            return Ok(known.clone());
        }
        let image = self.workspace.image(index);
        let folder = image.folder.join(FOLDER);
        let files = if folder.is_dir() { digest_of_folder(&folder)? } else { String::new() };
        let owner = Owner { image: Some(&image.name), folder: &image.folder, files };
        let mut found = Vec::new();
        if let Some(file) = image.manifest_file.as_ref().filter(|_| !image.manifest.tests.is_empty()) {
            let (text, shown) = (read(file)?, self.workspace.shown(file).display().to_string());
            found.extend(commands(&image.manifest.tests, &shown, &text, &owner)?);
        }
        if folder.is_dir() {
            found.extend(self.files(&folder, &owner)?);
        }
        self.own.insert(index, found.clone());
        Ok(found)
    }

    /// The executable files of a folder, by name. What is hidden, or a copy that an editor keeps, is none.
    fn files(&mut self, folder: &Path, owner: &Owner<'_>) -> Result<Vec<Arc<Definition>>> {
        let failed = |error| Error::request(format!("reading the tests in {}", folder.display())).cause(error);
        let mut names = Vec::new();
        for entry in std::fs::read_dir(folder).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let metadata = std::fs::metadata(entry.path()).map_err(failed)?;
            if !metadata.is_file() || name.starts_with('.') || name.ends_with('~') {
                continue;
            }
            if metadata.permissions().mode() & 0o111 != 0 {
                names.push(name);
            } else if begins_with_interpreter(&entry.path()) {
                let shown = self.workspace.shown(&entry.path()).display().to_string();
                self.warnings.push(format!("{shown} is not executable, so it is no test: chmod +x {shown}"));
            }
        }
        names.sort();
        let definition = |name: String| {
            let path = folder.join(&name);
            let shown = self.workspace.shown(&path).display().to_string();
            Arc::new(Definition {
                digest: hexadecimal(&Sha256::digest(format!("{name}\n{}", owner.files))),
                origin: owner.origin(shown),
                program: Program::File { folder: folder.to_owned(), name: name.clone() },
                name,
                place: TestPlace::Image,
                kind: TestKind::Integration,
                expect: None,
                limit: USUAL_LIMIT,
                retries: 0,
                env: Vec::new(),
                ports: Vec::new(),
            })
        };
        Ok(names.into_iter().map(definition).collect())
    }
}

impl Owner<'_> {
    fn origin(&self, shown: String) -> Origin {
        Origin { image: self.image.map(str::to_owned), shown, folder: self.folder.to_owned() }
    }
}

/// The commands of a file.
fn commands(tests: &[Located<Test>], shown: &str, text: &str, owner: &Owner<'_>) -> Result<Vec<Arc<Definition>>> {
    let definition = |located: &Located<Test>| {
        let test = &located.value;
        if let Some(expect) = &test.expect
            && let Err(error) = RegexBuilder::new(expect).multi_line(true).build()
        {
            return Err(expect
                .error(shown, text, "tests: `expect` is no regular expression", "here")
                .because(error.to_string()));
        }
        if !test.ports.is_empty() && test.place == TestPlace::Image {
            return Err(located
                .error(shown, text, "tests: `ports` is for tests on the host", "this test runs in the image")
                .help("Add `in: host`, or take `ports` out."));
        }
        Ok(Arc::new(Definition {
            name: test.name.as_ref().map_or_else(|| name_of(&test.run), |name| name.value.clone()),
            origin: owner.origin(format!("{shown}:{}", located.line)),
            program: Program::Command(test.run.clone()),
            place: test.place,
            kind: test.kind,
            expect: test.expect.as_deref().cloned(),
            limit: test.timeout.map_or(USUAL_LIMIT, |limit| limit.0),
            retries: test.retries,
            env: test.env.iter().map(|(name, value)| (name.clone(), value.0.clone())).collect(),
            ports: test.ports.clone(),
            digest: hexadecimal(&Sha256::digest(format!("{test:?}\n{}", owner.files))),
        }))
    };
    tests.iter().map(definition).collect()
}

fn read(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).map_err(|error| Error::request(format!("reading {}", path.display())).cause(error))
}

fn begins_with_interpreter(path: &Path) -> bool {
    use std::io::Read as _;
    let mut start = [0; 2];
    std::fs::File::open(path).and_then(|mut file| file.read_exact(&mut start)).is_ok() && start == *b"#!"
}

/// The digest of a folder's files: paths, executable bits, contents.
fn digest_of_folder(folder: &Path) -> Result<String> {
    let digest = || -> io::Result<String> {
        let mut digest = Sha256::new();
        let mut files: Vec<PathBuf> = Vec::new();
        for entry in walkdir::WalkDir::new(folder).follow_links(true) {
            let entry = entry.map_err(io::Error::from)?;
            if entry.file_type().is_file() {
                files.push(entry.into_path());
            }
        }
        files.sort();
        for file in files {
            let is_executable = std::fs::metadata(&file)?.permissions().mode() & 0o111 != 0;
            let content = hexadecimal(&Sha256::digest(std::fs::read(&file)?));
            let path = file.strip_prefix(folder).unwrap_or(&file).display().to_string();
            digest.update(format!("{path}\0{is_executable}\0{content}\n"));
        }
        Ok(hexadecimal(&digest.finalize()))
    };
    digest().map_err(|error| Error::request(format!("reading the tests in {}", folder.display())).cause(error))
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Gathered {
    /// Keeps the tests whose names have one of `words` in them, in any case.
    ///
    /// # Errors
    /// A word that no test has.
    pub fn only(&mut self, words: &[String]) -> Result<()> {
        let has = |name: &str, word: &str| name.to_lowercase().contains(&word.to_lowercase());
        let names: BTreeSet<String> =
            self.tests.values().flat_map(|image| &image.tests).map(|test| test.name.clone()).collect();
        for word in words {
            if !names.iter().any(|name| has(name, word)) {
                let error = Error::request(format!("no test of these images is called `{word}`"));
                return Err(match nearest(word, names.iter().map(String::as_str)) {
                    Some(name) => error.help(format!("did you mean `{name}`?")),
                    None => error.help("keg test --list shows the tests"),
                });
            }
        }
        for image in self.tests.values_mut().filter(|_| !words.is_empty()) {
            image.tests.retain(|test| words.iter().any(|word| has(&test.name, word)));
        }
        Ok(())
    }
}

#[cfg(test)]
#[path = "gather/tests.rs"]
mod tests;
