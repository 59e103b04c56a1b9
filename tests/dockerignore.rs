//! What keg takes for a build context is what BuildKit copies: each `.dockerignore` file below is built for real
//! (`COPY . /ctx`, exported as an archive) and compared with keg's walk, path by path.

use std::collections::BTreeMap;
use std::io::Read;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use keg::context::{Context, EntryKind};

use crate::support::{self, Workspace};

/// One line per `.dockerignore`; `\n` stands for a line end. Each is one build.
const TEXTS: &[&str] = &[
    "",
    "foo",
    "*.log",
    "node_modules/",
    "*.md",
    ".*",
    "**/*.o",
    "*\n!keep",
    "a/**/b",
    "*\n!x/y",
    "/abs",
    "./dot",
    "with space",
    "  foo  \n\tkeep\t",
    "foo /",
    "foo\r\n*.log\r\n",
    "\u{feff}foo\n# comment\n #hash\n",
    "Dockerfile\n.dockerignore",
    ".",
    "/",
    "**",
    "*",
    "a/**",
    "**/b",
    "**o",
    "a**",
    "*/*",
    "*/*/*\n!a/x/b",
    "a\n!a/x/b",
    "a\n!a/x\na/x/y",
    "**\n!**/*.md",
    "*\n!**/y/**",
    "*\n!nothing/here",
    "!foo\nfoo",
    "foo\n!foo",
    "x\n!x/y/b.o",
    "[ab]*",
    "[^a]*",
    "a[^x]b",
    "?eep",
    r"\#hash",
    r"\!bang",
    "!bang",
    "*\n!!bang",
    "*\n./!foo",
    r"\[x\]",
    "[[]x]",
    "a+b(1).t*",
    "a+b(1).txt",
    r"v\d",
    "日本*",
    "**/ü",
    "日?",
    "empty\ne/e2",
    "*\n!e",
    "to-file\nto-folder",
    "to-folder/b",
    "a/../foo",
    "../foo",
    "link*\n**/*.md\n!README.md\ndocs/*.md",
    "foo.txt/\nd//a.log",
    r"back\\slash",
    "^foo",
    "{foo,keep}",
    ".git\n**/.DS_Store\n**/node_modules\n*.log\n!important.log",
];

/// Patterns that Docker refuses.
const WRONG: &[&str] = &["[", "a\n[b", "!", "!/", "foo\\", "[]", "[z-a]"];

const FILES: &[&str] = &[
    "foo",
    "foo.txt",
    "xfoo",
    "keep",
    "keeper",
    "a.log",
    "d/a.log",
    "important.log",
    "node_modules/m/index.js",
    "d/node_modules/n.js",
    "README.md",
    "docs/guide.md",
    "docs/deep/more.md",
    ".hidden",
    ".git/config",
    "d/.DS_Store",
    "a.o",
    "x/y/b.o",
    "x/y/c",
    "x/z",
    "a/b/c",
    "a/x/b",
    "a/x/y/b/file",
    "a/other",
    "abs",
    "x/abs",
    "dot",
    "with space",
    "日本/ü",
    "日本語",
    "日x",
    "#hash",
    "!bang",
    "!foo",
    "[x]",
    "a+b(1).txt",
    "aab1.txt",
    "v7",
    "vd",
    "back\\slash",
    "{foo,keep}",
    "^foo",
];

struct Scene {
    workspace: Workspace,
    docker: PathBuf,
}

impl Scene {
    fn new() -> Self {
        support::engine();
        let workspace = Workspace::new();
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/tools.sh");
        let tools = support::run(&mut workspace.program(script), b"").success();
        let tools = Path::new(tools.trim());
        symlink(tools.join("cli-plugins"), workspace.docker_config().join("cli-plugins")).unwrap();
        for file in FILES {
            workspace.file(Path::new("context").join(file), format!("content of {file}"));
        }
        workspace.file("context/Dockerfile", "FROM scratch\nCOPY . /ctx\n");
        for folder in ["empty", "e/e2/e3"] {
            std::fs::create_dir_all(workspace.path("context").join(folder)).unwrap();
        }
        for (link, target) in [("to-file", "foo"), ("to-folder", "a"), ("to-nothing", "no/such"), ("a/up", "../x")] {
            symlink(target, workspace.path("context").join(link)).unwrap();
        }
        let executable = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(workspace.path("context/keep"), executable).unwrap();
        Self { docker: tools.join("usr/bin/docker"), workspace }
    }

    /// What BuildKit copies: path to kind and content. An error is its last line.
    fn built(&self) -> Result<BTreeMap<String, String>, String> {
        let archive = self.workspace.outside("out").join("archive.tar");
        let mut build = self.workspace.program(&self.docker);
        build.args(["buildx", "build", "--progress", "plain", "--output"]);
        build.arg(format!("type=tar,dest={}", archive.display())).arg("context");
        let finished = support::run(&mut build, b"");
        if finished.code != Some(0) {
            return Err(finished.stderr.lines().last().unwrap_or_default().to_owned());
        }
        let mut files = BTreeMap::new();
        for entry in tar::Archive::new(std::fs::File::open(archive).unwrap()).entries().unwrap() {
            let mut entry = entry.unwrap();
            let path = entry.path().unwrap().to_str().unwrap().trim_start_matches("ctx").trim_matches('/').to_owned();
            let mut content = String::new();
            let kind = match entry.header().entry_type() {
                tar::EntryType::Directory => "folder",
                tar::EntryType::Symlink => {
                    content = entry.link_name().unwrap().unwrap().to_str().unwrap().to_owned();
                    "link"
                }
                _ if entry.header().mode().unwrap() & 0o100 != 0 => "program",
                _ => "file",
            };
            entry.read_to_string(&mut content).unwrap();
            files.insert(path, format!("{kind} {content}"));
        }
        files.remove("");
        Ok(files)
    }

    /// What keg lists, in the same words.
    fn walked(&self) -> keg::error::Result<BTreeMap<String, String>> {
        let root = self.workspace.path("context");
        let ignore = Context::load_ignore(&root, &root.join("Dockerfile"))?;
        let context = Context::walk(&root, &ignore)?;
        let words = |entry: keg::context::Entry| {
            let content = || std::fs::read_to_string(root.join(&entry.path)).unwrap();
            let value = match &entry.kind {
                EntryKind::Directory => "folder ".to_owned(),
                EntryKind::Symlink { target } => format!("link {target}"),
                EntryKind::File if entry.mode & 0o100 != 0 => format!("program {}", content()),
                EntryKind::File => format!("file {}", content()),
            };
            (entry.path, value)
        };
        Ok(context.entries.into_iter().map(words).collect())
    }

    /// Says how the two differ, if they do.
    fn compare(&self, text: &str) -> Option<String> {
        self.workspace.file("context/.dockerignore", text);
        let (built, walked) = (self.built().unwrap(), self.walked().unwrap());
        let missing: Vec<_> = built.iter().filter(|file| !walked.contains_key(file.0)).collect();
        let different: Vec<_> = walked.iter().filter(|(path, value)| built.get(*path) != Some(value)).collect();
        (built != walked).then(|| format!("{text:?}: BuildKit alone copies {missing:?}; keg alone lists {different:?}"))
    }
}

/// How many builds run at once.
const BUILDERS: usize = 4;

#[test]
fn the_context_is_what_buildkit_copies() {
    let compare = |texts: &[&str]| -> Vec<String> {
        let scene = Scene::new();
        texts.iter().filter_map(|text| scene.compare(text)).collect()
    };
    let wrong = std::thread::scope(|scope| {
        let parts = TEXTS.chunks(TEXTS.len().div_ceil(BUILDERS));
        let builders: Vec<_> = parts.map(|texts| scope.spawn(move || compare(texts))).collect();
        builders.into_iter().flat_map(|builder| builder.join().unwrap()).collect::<Vec<_>>()
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_docker_refuses_keg_refuses() {
    let scene = Scene::new();
    for text in WRONG {
        scene.workspace.file("context/.dockerignore", text);
        let said = scene.built().unwrap_err();
        let error = scene.walked().unwrap_err();
        assert!(error.message().contains(".dockerignore is no pattern"), "{text:?}: {error}; Docker: {said}");
    }
}

#[test]
fn the_file_beside_the_dockerfile_wins_even_when_it_is_empty() {
    let scene = Scene::new();
    scene.workspace.file("context/.dockerignore", "foo");
    scene.workspace.file("context/Dockerfile.dockerignore", "keep");
    let built = scene.built().unwrap();
    assert!(built.contains_key("foo") && !built.contains_key("keep"));
    assert_eq!(built, scene.walked().unwrap());
    scene.workspace.file("context/Dockerfile.dockerignore", "");
    let built = scene.built().unwrap();
    assert!(built.contains_key("foo") && built.contains_key("keep"));
    assert_eq!(built, scene.walked().unwrap());
}
