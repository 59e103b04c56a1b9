use super::*;

fn listed(text: &str) -> Vec<(String, String)> {
    parse(text).map(|packages| packages.into_iter().collect()).unwrap_or_default()
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, version)| ((*name).to_owned(), (*version).to_owned())).collect()
}

#[test]
fn pip() {
    let list = "Package    Version Editable project location\n---------- ------- -----\nnumpy      1.26.4\npip        24.0\nown        0.1 /src/own\n";
    assert_eq!(listed(list), pairs(&[("numpy", "1.26.4"), ("own", "0.1"), ("pip", "24.0")]));
    let frozen = "numpy==1.26.4\n-e git+https://example.invalid/x#egg=x\nown @ file:///src\nsix==1.16.0 ; python_version > '3'\n";
    assert_eq!(listed(frozen), pairs(&[("numpy", "1.26.4"), ("own", "file:///src"), ("six", "1.16.0")]));
}

#[test]
fn debian() {
    let dpkg = "Desired=Unknown/Install/Remove/Purge/Hold\n| Status=Not/Inst/Conf-files\n|/ Err?=(none)/Reinst-required\n\
        ||/ Name           Version      Architecture Description\n+++-==============-============-============-=====\n\
        ii  adduser        3.134        all          add and remove users\nii  libc6:amd64    2.36-9       amd64        GNU C Library\n\
        rc  old            1.0          all          removed\n";
    assert_eq!(listed(dpkg), pairs(&[("adduser", "3.134"), ("libc6:amd64", "2.36-9")]));
    let apt =
        "Listing...\nbash/stable,now 5.2.15-2+b2 amd64 [installed]\nzlib1g/now 1:1.2.13 amd64 [installed,local]\n";
    assert_eq!(listed(apt), pairs(&[("bash", "5.2.15-2+b2"), ("zlib1g", "1:1.2.13")]));
    assert_eq!(listed("adduser\t3.134\napt\t2.6.1\n"), pairs(&[("adduser", "3.134"), ("apt", "2.6.1")]));
}

#[test]
fn others() {
    let conda = "# packages in environment at /opt/conda:\n#\n# Name                    Version                   Build  Channel\n\
        _libgcc_mutex             0.1                 conda_forge    conda-forge\nnumpy                     1.26.4          py311h64a7726_0\n";
    assert_eq!(listed(conda), pairs(&[("_libgcc_mutex", "0.1"), ("numpy", "1.26.4")]));
    let r = "           Package     Version\nabind      \"abind\"     \"1.4-5\"\nbase       \"base\"      \"4.2.2\"\n";
    assert_eq!(listed(r), pairs(&[("abind", "1.4-5"), ("base", "4.2.2")]));
    let npm = "own@1.0.0 /app\n├── @types/node@20.1.0\n└─┬ express@4.19.2\n  └── qs@6.11.0\n";
    assert_eq!(listed(npm), pairs(&[("@types/node", "20.1.0"), ("express", "4.19.2"), ("qs", "6.11.0")]));
    let apk =
        "alpine-keys-2.4-r1 x86_64 {alpine-keys} (MIT) [installed]\nmusl-1.2.5-r0 x86_64 {musl} (MIT) [installed]\n";
    assert_eq!(listed(apk), pairs(&[("alpine-keys", "2.4-r1"), ("musl", "1.2.5-r0")]));
    let rpm = "bash-5.1.8-9.el9.x86_64\nglibc-common-2.34-100.el9.x86_64\n";
    assert_eq!(listed(rpm), pairs(&[("bash", "5.1.8-9.el9.x86_64"), ("glibc-common", "2.34-100.el9.x86_64")]));
}

#[test]
fn what_is_no_list() {
    for text in [
        "",
        "Python 3.11.2\n",
        "Python 3.11.2\nand more words than that\n",
        "PRETTY_NAME=\"Debian GNU/Linux 12\"\nNAME=\"Debian\"\n",
        "numpy==1.26.4\n",
        "<script>alert(1)</script>\n<b>2</b>\n",
        "-\n--\n",
        "@\n@\n",
        "ii\nii é\n",
    ] {
        assert_eq!(parse(text), None, "{text}");
    }
}

#[test]
fn changes_between_two() {
    let before = parse("a 1\nb 2\nc 3\n").unwrap();
    let now = parse("a 1\nb 2.1\nd 4\n").unwrap();
    let found = changes(&before, &now);
    assert_eq!(found.added, pairs(&[("d", "4")]));
    assert_eq!(found.removed, pairs(&[("c", "3")]));
    assert_eq!(found.changed, [("b".to_owned(), "2".to_owned(), "2.1".to_owned())]);
    assert!(changes(&now, &now).is_empty());
}

proptest::proptest! {
    #[test]
    fn any_text_is_read_without_harm(text in "(?s).{0,200}") {
        parse(&text);
    }

    #[test]
    fn printed_columns_are_read(packages in proptest::collection::btree_map("[a-z][a-z0-9-]{0,12}[a-z]", "[0-9]\\.[0-9]{1,3}", 2..20)) {
        let text: String = packages.iter().map(|(name, version)| format!("{name:<20} {version}\n")).collect();
        proptest::prop_assert_eq!(parse(&text), Some(packages));
    }
}
