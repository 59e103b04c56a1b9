use insta::assert_snapshot;

use super::*;
use crate::manifest::TapFile;

mod actions;
mod sync;

/// A tap of the Keg CLI.
#[derive(Clone, Default)]
struct Tap {
    values: &'static str,
    mutagen: &'static str,
    compose: &'static str,
    arguments: Vec<&'static str>,
    others: Vec<&'static str>,
}

impl Tap {
    fn of(values: &'static str) -> Self {
        Self { values, ..Self::default() }
    }

    fn convert(&self) -> Result<Conversion> {
        let file = |path: &'static str, text: &'static str| File { shown: path, path, text };
        let optional = |path, text: &'static str| (!text.is_empty()).then(|| file(path, text));
        let owned = |list: &[&str]| list.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        convert(&Sources {
            values: file("container/values.yml", self.values),
            mutagen: optional("container/mutagen.yml", self.mutagen),
            compose: optional("container/docker-compose.yml", self.compose),
            dockerfile: "container/Dockerfile",
            arguments: &owned(&self.arguments),
            others: &owned(&self.others),
            folder: Path::new("/code/My Tap"),
            link: "evf",
            taps: &[("core".to_owned(), "/code/core".into())],
        })
    }

    /// The tap.yml, which must be one, and the notes.
    fn converted(&self) -> (TapFile, Vec<String>) {
        let conversion = self.convert().unwrap();
        (parse("tap.yml", &conversion.text).unwrap(), conversion.notes)
    }

    fn text(&self) -> String {
        self.convert().unwrap().text
    }

    fn refused(&self) -> String {
        let error = self.convert().unwrap_err();
        assert_eq!(error.exit_code(), 2);
        let place = error.places().first().map(|place| {
            let (line, column) = place.line_and_column();
            format!(" ({}:{line}:{column} `{}`)", place.file(), &place.text()[place.span()])
        });
        format!("{}{} | {}", error.message(), place.unwrap_or_default(), error.remedy().unwrap_or_default())
    }
}

fn env(tap: &Tap) -> Vec<(String, String)> {
    tap.converted()
        .0
        .env
        .into_iter()
        .filter(|(name, _)| name != STARTED.0)
        .map(|(name, value)| (name, value.0))
        .collect()
}

#[test]
fn a_whole_tap() {
    let tap = Tap {
        values: "actions:\n  tap:\n    build:\n      cmds:\n        - yarn build\n        - rm -rf {{ envs.DOC_BUILD_PATH }}\nenv:\n  \
                 KEG_CONTEXT_PATH: \"{{ cli.taps.evf.path }}\"\n  KEG_BASE_IMAGE: ghcr.io/acme/tap:develop\n  KEG_IMAGE_FROM: \
                 ghcr.io/acme/evf:develop\n  DOC_APP_PATH: /keg/tap\n  DOC_BUILD_PATH: /keg/tap-build\n  KEG_EXEC_CMD: \
                 tap:start\n  KEG_PROXY_PORT: 19006\n  IMAGE: evf\n  CONTAINER_NAME: evf\n",
        mutagen: "sync:\n  evf:\n    alpha: /keg/tap\n    beta: docker://tap/keg/tap\n    mode: one-way-replica\n    ignore: {vcs: \
                  false, paths: [node_modules, /temp]}\n",
        compose: "services:\n  evf:\n    ports: [\"${KEG_PROXY_PORT}:80\"]\n",
        arguments: vec!["KEG_BASE_IMAGE", "DOC_APP_PATH"],
        ..Tap::default()
    };
    assert_snapshot!(tap.text(), @r#"
    name: evf
    base: ghcr.io/acme/tap:develop
    build:
      dockerfile: container/Dockerfile
      args:
        DOC_APP_PATH: /keg/tap
    from: ghcr.io/acme/evf:develop
    compose: container/docker-compose.yml
    env:
      DOC_APP_PATH: /keg/tap
      DOC_BUILD_PATH: /keg/tap-build
      KEG_EXEC_CMD: tap:start
      KEG_PROXY_PORT: "19006"
      IMAGE: evf
      CONTAINER_NAME: evf
      KEG_DOCKER_EXEC: compose-start
    tasks:
      tap.build:
        run: |-
          set -e
          yarn build
          rm -rf /keg/tap-build
        in: container
    watch:
    - path: '.'
      target: /keg/tap
      ignore:
      - "**/node_modules"
      - temp
    proxy:
      port: 19006
    "#);
    assert_eq!(tap.converted().1, Vec::<String>::new());
}

#[test]
fn names() {
    let name = |values| Tap::of(values).converted().0.name.unwrap().value;
    assert_eq!(name("env: {IMAGE: keg-core}"), "keg-core");
    assert_eq!(name("env: {IMAGE: Keg Core}"), "keg-core");
    assert_eq!(name("env: {IMAGE: }"), "my-tap");
    assert_eq!(name("env: {IMAGE: \"{{ envs.X }}-app\", X: web}"), "web-app");
    assert_eq!(name(""), "my-tap");
    assert_snapshot!(Tap::of("env: {IMAGE: Keg Core}").converted().1.join("\n"), @"container/values.yml: IMAGE is `Keg Core`, which cannot name an image: it is called `keg-core`");
}

#[test]
fn the_base_counts_only_where_the_dockerfile_takes_it() {
    let tap = Tap::of("env: {KEG_BASE_IMAGE: \"ghcr.io/acme/tap:develop\"}");
    let (file, notes) = tap.converted();
    assert_eq!(file.base, None);
    assert_snapshot!(notes.join("\n"), @"container/values.yml: KEG_BASE_IMAGE is not declared by container/Dockerfile");
    let (file, notes) = Tap { arguments: vec!["KEG_BASE_IMAGE"], ..tap }.converted();
    assert_eq!((file.base.unwrap().value, notes.len()), ("ghcr.io/acme/tap:develop".to_owned(), 0));
    assert!(!file.env.contains_key("KEG_BASE_IMAGE") && file.build.args.is_empty());
}

#[test]
fn references_that_name_no_image_are_shown_in_their_file() {
    assert_snapshot!(Tap::of("env:\n  A: 1\n  KEG_IMAGE_FROM: Web App\n").refused(), @"KEG_IMAGE_FROM: `Web App` names no image (container/values.yml:3:19 `Web App`) | Write it as `registry/name:tag`.");
    assert_snapshot!(Tap::of("env:\n  KEG_BASE_IMAGE: \"{{ envs.A }}:x\"\n  A: \"-\"\n").refused(), @r#"KEG_BASE_IMAGE: `-:x` names no image (container/values.yml:2:19 `"{{ envs.A }}:x"`) | Write it as `registry/name:tag`."#);
}

#[test]
fn build_args_are_what_the_dockerfile_declares() {
    let tap = Tap {
        arguments: vec!["A", "KEG_BASE_IMAGE", "UNKNOWN"],
        ..Tap::of("env: {A: 1.10, B: 2, KEG_BASE_IMAGE: tap}")
    };
    let args: Vec<_> = tap.converted().0.build.args.into_iter().map(|(name, value)| (name, value.0)).collect();
    assert_eq!(args, [("A".to_owned(), "1.10".to_owned())]);
}

#[test]
fn values_stay_as_they_are_written() {
    let tap =
        Tap::of("env: {A: 1.10, B: true, C: \"012\", D: , E: \"a: b # c\", F: ':0.0', G: no, H: '{{x', I: $A `b`}");
    let expected = [
        ("A", "1.10"),
        ("B", "true"),
        ("C", "012"),
        ("D", ""),
        ("E", "a: b # c"),
        ("F", ":0.0"),
        ("G", "no"),
        ("H", "{{x"),
        ("I", "$A `b`"),
    ];
    assert_eq!(env(&tap), expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
}

#[test]
fn the_script_of_the_container_sees_that_it_was_started() {
    let started = |values| Tap::of(values).converted().0.env["KEG_DOCKER_EXEC"].0.clone();
    assert_eq!(started("env: {A: 1}"), "compose-start");
    assert_eq!(started("env: {KEG_DOCKER_EXEC: mine}"), "mine");
}

#[test]
fn templates_are_filled() {
    let values = "env:\n  A: {{ envs.B }}/x\n  B: \"{{envs.C}}{{ envs.C }}\"\n  C: c\n  CORE: \"{{ cli.taps.core.path }}/src\"\n  OWN: {{ \
                  cli.taps.evf.path }}\n";
    let filled = env(&Tap::of(values));
    let expected = [("A", "cc/x"), ("B", "cc"), ("C", "c"), ("CORE", "/code/core/src"), ("OWN", "/code/My Tap")];
    assert_eq!(filled, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
}

#[test]
fn a_tap_speaks_of_itself_by_its_own_name() {
    let values = "env: {KEG_VALUES_FILE: '{{ cli.taps.herkin.path }}/container/values.yml', OWN: '{{ cli.taps.herkin.path }}/x'}";
    assert_eq!(env(&Tap::of(values)), [("OWN".to_owned(), "/code/My Tap/x".to_owned())]);
}

#[test]
fn paths_of_its_own_files_are_left_to_keg() {
    let values = "env:\n  KEG_CONTEXT_PATH: '{{ cli.paths.core }}'\n  KEG_DOCKER_FILE: '{{ cli.paths.x }}'\n  KEG_COMPOSE_DEFAULT: \
                  x\n  KEG_COMPOSE_LOCAL: x\n";
    let tap = Tap { compose: "services: {web: {build: {context: \"${KEG_CONTEXT_PATH}\"}}}", ..Tap::of(values) };
    assert_eq!(env(&tap), []);
    assert_snapshot!(tap.converted().1.join("\n"), @"container/values.yml:5: KEG_COMPOSE_LOCAL is left out: Compose reads a docker-compose.override.yml");
    let inner = Tap::of("env: {KEG_CONTEXT_PATH: '{{ cli.taps.evf.path }}/app'}").converted().0;
    assert_eq!(inner.build.context.unwrap().value, "app");
}

#[test]
fn an_unknown_template_is_an_error_where_it_is_needed() {
    let values = "env:\n  A: b\n  COMPONENTS_PATH: \"{{ cli.taps.componts.path }}/x\"\n";
    let tap = Tap::of(values);
    assert_eq!(env(&tap).len(), 1);
    assert_snapshot!(tap.converted().1.join("\n"), @"container/values.yml:3: COMPONENTS_PATH is left out: `{{ cli.taps.componts.path }}` is not known (link that tap first: keg tap link componts PATH)");
    let compose = "services: {web: {volumes: [\"${COMPONENTS_PATH}:/x\"]}}";
    assert_snapshot!(Tap { compose, ..tap.clone() }.refused(), @r#"reading container/values.yml: `{{ cli.taps.componts.path }}` is not known (container/values.yml:3:20 `"{{ cli.taps.componts.path }}/x"`) | link that tap first: keg tap link componts PATH"#);
    assert!(Tap { arguments: vec!["COMPONENTS_PATH"], ..tap }.convert().is_err());
    assert_snapshot!(Tap::of("env:\n  IMAGE: '{{ envs.NMAE }}'\n  NAME: x\n").refused(), @"reading container/values.yml: `{{ envs.NMAE }}` is not known (container/values.yml:2:10 `'{{ envs.NMAE }}'`) | did you mean `{{ envs.NAME }}`?");
    assert_snapshot!(Tap::of("env:\n  IMAGE: '{{ IMAGE }}'\n").refused(), @"reading container/values.yml: `{{ IMAGE }}` is not known (container/values.yml:2:10 `'{{ IMAGE }}'`) | known are `envs.NAME` and `cli.taps.NAME.path`");
    assert_snapshot!(Tap::of("env: {IMAGE: '{{ envs.A }}', A: '{{ envs.B }}', B: '{{ envs.A }}'}").refused(), @"reading container/values.yml: `{{ envs.B }}` is not known (container/values.yml:1:14 `'{{ envs.A }}'`) | the variables mean each other");
    assert_snapshot!(Tap::of("actions:\n  tap:\n    x: {cmd: 'echo {{ cli.paths.cli }}'}\n").refused(), @"reading container/values.yml: `{{ cli.paths.cli }}` is not known (container/values.yml:3:5 ``) | known are `envs.NAME` and `cli.taps.NAME.path`");
}

#[test]
fn what_is_no_values_file_is_shown_as_it_was_written() {
    assert_snapshot!(Tap::of("env:\n  A: {{ envs.B }}\n  A: {{ envs.C }}\n").refused(), @"reading container/values.yml: `A` is given twice (container/values.yml:3:3 `A`) | Keep one of them.");
    assert_snapshot!(Tap::of("env:\n  A: [1]\n").refused(), @"reading container/values.yml: text is expected (container/values.yml:2:6 `[`) |");
    assert_snapshot!(Tap::of("env: {{ x }}\n").refused(), @"reading container/values.yml: keys with values are expected (container/values.yml:1:6 `{{ x }}`) | Write `key: value`.");
    assert_snapshot!(Tap { mutagen: "sync: [a]", ..Tap::of("") }.refused(), @"reading container/mutagen.yml: keys with values are expected (container/mutagen.yml:1:7 `[`) | Write `key: value`.");
}

#[test]
fn the_proxy_leads_to_the_port_of_the_container() {
    let proxy = |values| Tap::of(values).converted();
    let (file, notes) = proxy("env: {KEG_PROXY_PORT: 19006}");
    assert_eq!((file.proxy.unwrap().keys.port.unwrap().value, notes.len()), (19006, 0));
    assert_eq!(file.env["KEG_PROXY_PORT"].0, "19006");
    for wrong in ["env: {KEG_PROXY_PORT: web}", "env: {KEG_PROXY_PORT: 0}", "env: {KEG_PROXY_PORT: 70000}"] {
        let (file, notes) = proxy(wrong);
        assert!(file.proxy.is_none() && notes[0].ends_with("which is no port"), "{notes:?}");
    }
}

#[test]
fn the_first_service_gets_the_image() {
    let service = |compose| Tap { compose, ..Tap::of("") }.converted().0.service.map(|service| service.value);
    assert_eq!(service("services: {web: {}}"), None);
    assert_eq!(service("services: {web: {}, db: {image: x}}"), Some("web".to_owned()));
    assert_eq!(service("services: [}"), None);
    assert_eq!(Tap::of("").converted().0.compose, None);
}

#[test]
fn variables_that_nothing_sets_are_told_of() {
    let compose =
        "services: {web: {image: \"${IMAGE}\", ports: [\"${PORT}:${PORT}\", \"${A:-1}\", \"$B\", \"${KEG_TAG}\"]}}";
    let (_, notes) = Tap { compose, ..Tap::of("env: {IMAGE: web}") }.converted();
    assert_snapshot!(notes.join("\n"), @"container/docker-compose.yml: `${PORT}` has a value only where the environment or an env file gives it one");
}

#[test]
fn files_that_nobody_reads_are_told_of() {
    let others = [
        "container/values-local.yml",
        "container/docker-compose-local.yml",
        "container/docker-sync.yml",
        "container/local.env",
        "container/.env",
        "container/run.sh",
    ];
    let (_, notes) = Tap { others: others.to_vec(), ..Tap::of("") }.converted();
    assert_snapshot!(notes.join("\n"), @r#"
    container/values-local.yml is not read: variables of one environment stand in container/.env.NAME, for `--environment NAME`
    container/docker-compose-local.yml is not read: Compose reads a docker-compose.override.yml beside it
    container/docker-sync.yml is not read
    container/local.env is not read: variables of one environment stand in container/.env.NAME
    "#);
}

#[test]
fn masks_keep_every_place() {
    for text in ["a {{ b }} c", "{{a}}{{b}}", "{{", "}} {{", "{{ a\n}}", "{{{ a }}}", "ä {{ü}} ö", "{a: {b: {}}}"] {
        let masked = masked(text);
        assert_eq!(masked.len(), text.len(), "{text}");
        assert_eq!(template::unmasked(&masked), text);
    }
}

proptest::proptest! {
    #[test]
    fn never_panics(
        values in "(env:|actions:|  [A-C]: |\\{\\{ ?(envs\\.[A-C]|cli\\.taps\\.(core|x)\\.path) ?\\}\\}|  a:|    cmd: x|    cmds: \\[a, b\\]|IMAGE: |[a-z/:'\"]|\n){0,30}",
    ) {
        let leaked: &'static str = Box::leak(values.into_boxed_str());
        if let Ok(conversion) = Tap::of(leaked).convert() {
            parse::<TapFile>("tap.yml", &conversion.text).unwrap();
        }
    }
}
