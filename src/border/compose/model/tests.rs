use super::*;

const ONE: &str = r#"
networks:
  "n": {}
services:
  db:
    build:
      context: /t
    networks:
      "n": {}
    volumes:
    - data:/data:rw
    - /t/x:/y:rw
  web:
    image: a/web:develop
    healthcheck:
      interval: 1s
    ports:
    - published: 18081
      target: 80
    - 127.0.0.1:18082:81/udp
    - target: 82
version: '3.9'
volumes:
  data: {}
"#;

const TWO: &str = r#"{"name": "p", "services": {
  "db": {"build": {"context": "/t"}, "command": null, "networks": {"n": null},
    "volumes": [{"type": "volume", "source": "data", "target": "/data", "volume": {}},
                {"type": "bind", "source": "/t/x", "target": "/y"}]},
  "web": {"image": "a/web:develop", "healthcheck": {"interval": "1s"}, "networks": {"default": null},
    "ports": [{"mode": "ingress", "target": 80, "published": "18081", "protocol": "tcp"},
              {"mode": "ingress", "host_ip": "127.0.0.1", "target": 81, "published": "18082", "protocol": "udp"},
              {"mode": "ingress", "target": 82, "protocol": "tcp"}]}}}"#;

#[test]
fn both_generations_say_the_same() {
    let (one, mut two) = (ComposeModel::parse(ONE).unwrap(), ComposeModel::parse(TWO).unwrap());
    two.services["web"].networks.clear();
    assert_eq!(one, two);
    let (db, web) = (&one.services["db"], &one.services["web"]);
    assert!(db.build && db.image.is_none() && !db.healthcheck);
    assert_eq!((db.volumes.as_slice(), db.networks.as_slice()), (&["data".to_owned()][..], &["n".to_owned()][..]));
    assert_eq!(db.binds, [("/t/x".to_owned(), "/y".to_owned())]);
    assert!(web.healthcheck);
    assert_eq!(web.image.as_deref(), Some("a/web:develop"));
    let ports: Vec<_> = web
        .ports
        .iter()
        .map(|port| (port.published.as_deref(), port.target.as_str(), port.protocol.as_str()))
        .collect();
    assert_eq!(ports, [(Some("18081"), "80", "tcp"), (Some("18082"), "81", "udp"), (None, "82", "tcp")]);
}

#[test]
fn a_disabled_check_is_none() {
    let text = r#"{"services": {"web": {"healthcheck": {"disable": true}}}}"#;
    assert!(!ComposeModel::parse(text).unwrap().services["web"].healthcheck);
}

#[test]
fn nonsense_is_an_error() {
    assert!(ComposeModel::parse("{").is_err());
    assert!(ComposeModel::parse("services: [").is_err());
}
