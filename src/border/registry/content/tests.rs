use super::*;

fn reference() -> Reference {
    Reference::parse("localhost:5000/a:b").unwrap()
}

fn raw(media_type: &str, text: &str) -> RawManifest {
    RawManifest {
        digest: digest_of(text.as_bytes()),
        media_type: media_type.to_owned(),
        bytes: text.to_owned().into_bytes().into(),
    }
}

fn entry(digest: char, os: &str, architecture: &str) -> String {
    let digest = digest.to_string().repeat(64);
    format!(
        r#"{{"mediaType": "{OCI_IMAGE_MEDIA_TYPE}", "digest": "sha256:{digest}", "size": 1,
            "platform": {{"os": "{os}", "architecture": "{architecture}"}}}}"#
    )
}

fn index(entries: &[String]) -> RawManifest {
    let text = format!(r#"{{"schemaVersion": 2, "manifests": [{}]}}"#, entries.join(","));
    assert_eq!(media_type_within(text.as_bytes()), OCI_IMAGE_INDEX_MEDIA_TYPE);
    raw(OCI_IMAGE_INDEX_MEDIA_TYPE, &text)
}

#[test]
fn an_index_gives_the_image_of_this_machine() {
    let machine = if cfg!(target_arch = "x86_64") { "amd64" } else { "arm64" };
    let chosen = |entries: &[String]| image_of_index(&index(entries), &reference()).unwrap().unwrap();
    let entries = [entry('a', "unknown", "unknown"), entry('b', "linux", "s390x"), entry('c', "linux", machine)];
    assert_eq!(chosen(&entries), format!("sha256:{}", "c".repeat(64)));
    assert_eq!(chosen(&entries[..2]), format!("sha256:{}", "b".repeat(64)));
    image_of_index(&index(&entries[..1]), &reference()).unwrap_err();
}

#[test]
fn what_is_no_image_is_said() {
    for (media_type, text) in [
        ("application/vnd.docker.distribution.manifest.v1+prettyjws", "{}"),
        (OCI_IMAGE_MEDIA_TYPE, "{}"),
        (OCI_IMAGE_MEDIA_TYPE, "<html>"),
    ] {
        let error = config_digest(&raw(media_type, text), &reference()).unwrap_err();
        assert_eq!(error.message(), "localhost:5000/a:b is no image that keg can read");
    }
}

#[test]
fn labels_are_optional() {
    for settings in ["{}", r#"{"config": null}"#, r#"{"config": {"Labels": null}}"#, r#"{"config": {"Env": []}}"#] {
        assert_eq!(labels(settings.as_bytes(), &reference()).unwrap(), BTreeMap::new(), "{settings}");
    }
    let some = labels(br#"{"config": {"Labels": {"a": "b"}}}"#, &reference()).unwrap();
    assert_eq!(some["a"], "b");
    labels(b"[", &reference()).unwrap_err();
}

#[test]
fn headers_describe_a_manifest() {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, format!("{OCI_IMAGE_MEDIA_TYPE}; charset=utf-8").parse().unwrap());
    headers.insert(CONTENT_LENGTH, "7".parse().unwrap());
    assert_eq!(descriptor(&headers), None);
    headers.insert(DIGEST, "no digest".parse().unwrap());
    assert_eq!(descriptor(&headers), None);
    let digest = digest_of(b"");
    headers.insert(DIGEST, digest.parse().unwrap());
    let expected = Descriptor { digest, media_type: OCI_IMAGE_MEDIA_TYPE.to_owned(), size: 7 };
    assert_eq!(descriptor(&headers), Some(expected));
}

#[test]
fn digests_are_compared() {
    assert_eq!(digest_of(b""), "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    verify("reading a", &digest_of(b"a"), &digest_of(b"a")).unwrap();
    verify("reading a", "sha512:00", &digest_of(b"a")).unwrap();
    verify("reading a", &digest_of(b"b"), &digest_of(b"a")).unwrap_err();
}
