use super::*;

/// The stack of a project with these services and further keys, for the tap's service `web`.
fn made(project: Value, change: impl FnOnce(&mut Request<'_>)) -> Result<Stack> {
    let images = BTreeMap::from([("postgres:16".to_owned(), "postgres:16@sha256:1".to_owned())]);
    let variables = [("TOKEN".to_owned(), "a$b".to_owned())];
    let mut request = Request {
        project: "shop-main",
        service: "web",
        replicas: None,
        images: &images,
        variables: &variables,
        with_profiles: false,
        traefik: false,
        is_here: &|path| path.starts_with("/home/me"),
    };
    change(&mut request);
    stack(&project, &request)
}

/// One service `web`, and what was said about it.
fn web(service: Value) -> (Value, Vec<String>) {
    let mut service = service;
    if service.get("image").is_none() && service.get("build").is_none() {
        service["image"] = json!("r.test/web:main@sha256:2");
    }
    let stack = made(json!({ "services": { "web": service } }), |_| {}).unwrap();
    let said = stack.changes.iter().map(|change| format!("{:?} {}: {}", change.weight, change.key, change.text));
    (stack.document["services"]["web"].clone(), said.collect())
}

#[test]
fn what_a_stack_knows_stays() {
    let kept = json!({
        "image": "r.test/web:main@sha256:2", "command": ["sh", "-c", "echo $$A"], "entrypoint": null, "user": "1000",
        "environment": { "A": "b$$c", "TOKEN": null, "ELSEWHERE": null }, "init": true, "tty": false, "hostname": "h",
        "stop_grace_period": "5s", "ulimits": { "nofile": 1024 }, "sysctls": { "net.core.somaxconn": "1024" },
        "x-own": 1, "expose": ["80"], "pull_policy": "never", "links": [], "privileged": false, "develop": null,
    });
    let (service, said) = web(kept);
    assert_eq!(said, [""; 0]);
    assert_eq!(service["command"], json!(["sh", "-c", "echo $$A"]));
    // What is only named gets its value, as Compose would give it.
    assert_eq!(service["environment"], json!({ "A": "b$$c", "TOKEN": "a$$b", "ELSEWHERE": null }));
    let keys: Vec<&String> = service.as_object().unwrap().keys().collect();
    let expected = [
        "image",
        "command",
        "user",
        "environment",
        "init",
        "hostname",
        "stop_grace_period",
        "ulimits",
        "sysctls",
        "deploy",
    ];
    assert_eq!(keys, expected);
}

#[test]
fn what_is_lost_is_listed() {
    let (service, said) = web(json!({
        "build": { "context": "." }, "image": "r.test/web:main@sha256:2", "container_name": "shop",
        "develop": { "watch": [] }, "depends_on": { "db": { "condition": "service_healthy", "required": true } },
        "links": ["db:database"], "security_opt": ["no-new-privileges:true"],
        "healthcheck": { "test": ["CMD", "true"], "start_interval": "1s", "interval": "5s" },
    }));
    let keys: Vec<&str> = said.iter().filter_map(|text| text.split(':').next()).collect();
    let expected = ["container_name", "develop", "links", "security_opt", "depends_on", "healthcheck"];
    assert_eq!(keys, expected.map(|key| format!("Lost {key}")));
    assert_eq!(service["depends_on"], json!(["db"]));
    assert_eq!(service["healthcheck"], json!({ "test": ["CMD", "true"], "interval": "5s" }));
    for gone in ["container_name", "develop", "links", "security_opt", "build"] {
        assert!(service.get(gone).is_none(), "{gone}");
    }
}

#[test]
fn restart_and_limits_are_said_in_the_words_of_deploy() {
    let policy = |restart: Value| web(json!({ "restart": restart })).0["deploy"]["restart_policy"].clone();
    assert_eq!(policy(json!("no")), json!({ "condition": "none" }));
    assert_eq!(policy(json!("always")), json!({ "condition": "any" }));
    assert_eq!(policy(json!("unless-stopped")), json!({ "condition": "any" }));
    assert_eq!(policy(json!("on-failure")), json!({ "condition": "on-failure" }));
    assert_eq!(policy(json!("on-failure:3")), json!({ "condition": "on-failure", "max_attempts": 3 }));
    let (service, said) = web(json!({
        "restart": "always", "mem_limit": "52428800", "cpus": 0.5,
        "deploy": { "restart_policy": { "condition": "none" }, "placement": {},
                    "resources": { "limits": { "cpus": 1.5, "memory": "1" }, "reservations": { "devices": [{}] } } },
    }));
    assert_eq!(service["deploy"]["restart_policy"], json!({ "condition": "none" }));
    // Docker's client wants texts, where Compose writes numbers.
    assert_eq!(service["deploy"]["resources"], json!({ "limits": { "cpus": "1.5", "memory": "1" } }));
    assert_eq!(said, ["Breaks devices: a stack has none among `deploy.resources.reservations`"]);
    let (service, _) = web(json!({ "mem_limit": "52428800", "cpus": 0.5 }));
    assert_eq!(service["deploy"]["resources"], json!({ "limits": { "memory": "52428800", "cpus": "0.5" } }));
}

#[test]
fn updates_go_back_when_they_fail_unless_the_file_says_otherwise() {
    let update = |service: Value| web(service).0["deploy"]["update_config"].clone();
    assert_eq!(update(json!({ "deploy": { "mode": "replicated-job" } })), Value::Null, "a Swarm takes none of a job");
    let usual = json!({ "parallelism": 1, "order": "start-first", "failure_action": "rollback", "monitor": "10s" });
    assert_eq!(update(json!({ "ports": ["80:80"] })), usual);
    for alone in [
        json!({ "ports": [{ "target": 80, "published": "80", "mode": "host" }] }),
        json!({ "volumes": ["data:/data"] }),
        json!({ "network_mode": "host" }),
        json!({ "deploy": { "mode": "global" } }),
        json!({ "deploy": { "placement": { "max_replicas_per_node": 1 } } }),
    ] {
        assert_eq!(update(alone.clone())["order"], "stop-first", "{alone}");
    }
    let own =
        json!({ "deploy": { "update_config": { "order": "stop-first", "failure_action": "pause", "delay": "1s" } } });
    assert_eq!(
        update(own),
        json!({ "order": "stop-first", "failure_action": "pause", "delay": "1s", "parallelism": 1, "monitor": "10s" })
    );
}

#[test]
fn ports_in_every_form() {
    let ports = |ports: Value| web(json!({ "ports": ports })).0["ports"].clone();
    let long = json!([{ "target": 80, "protocol": "tcp", "mode": "ingress", "published": 8080 }]);
    assert_eq!(ports(json!(["8080:80"])), long);
    assert_eq!(ports(json!(["0.0.0.0:8080:80/tcp"])), long);
    assert_eq!(ports(json!([{ "target": 80, "published": "8080", "protocol": "tcp", "mode": "ingress" }])), long);
    assert_eq!(ports(json!([80])), json!([{ "target": 80, "protocol": "tcp", "mode": "ingress" }]));
    assert_eq!(ports(json!([{ "mode": "host", "target": 53, "protocol": "udp" }]))[0]["mode"], "host");
    let both = ports(json!(["9000-9001:80-81"]));
    assert_eq!(
        (&both[0]["published"], &both[1]["published"], &both[1]["target"]),
        (&json!(9000), &json!(9001), &json!(81))
    );
    // What is meant for this machine alone is not opened to the world.
    let (service, said) = web(json!({ "ports": ["127.0.0.1:8080:80"] }));
    assert!(
        service.get("ports").is_none() && said[0].starts_with("Breaks ports: port 80 is for 127.0.0.1 alone"),
        "{said:?}"
    );
    let (_, said) = web(json!({ "ports": ["8080-8090:80"] }));
    assert!(said[0].starts_with("Breaks ports: port 80 is to be published on any of 8080-8090"), "{said:?}");
}

#[test]
fn mounts_of_this_machine_are_pointed_out() {
    let (service, said) = web(json!({ "volumes": [
        { "type": "bind", "source": "/home/me/src", "target": "/src", "bind": { "create_host_path": true } },
        { "type": "bind", "source": "/srv/data", "target": "/data", "bind": { "create_host_path": true } },
        { "type": "bind", "source": "/var/run/docker.sock", "target": "/var/run/docker.sock", "read_only": true },
        { "type": "volume", "source": "cache", "target": "/cache", "volume": {} },
        "/home/me/other:/other:ro",
        "named:/named",
    ] }));
    let targets: Vec<_> = service["volumes"].as_array().unwrap().iter().map(|mount| mount["target"].clone()).collect();
    assert_eq!(targets, ["/data", "/var/run/docker.sock", "/cache", "/named"]);
    assert_eq!(service["volumes"][0], json!({ "type": "bind", "source": "/srv/data", "target": "/data" }));
    assert_eq!(service["volumes"][2], json!({ "type": "volume", "source": "cache", "target": "/cache" }));
    let weights: Vec<&str> = said.iter().filter_map(|text| text.split(' ').next()).collect();
    assert_eq!(weights, ["Breaks", "Adapted", "Adapted", "Breaks", "Adapted"], "{said:#?}");
    assert!(said[0].contains("/home/me/src of this machine is mounted at /src"), "{}", said[0]);
}

#[test]
fn memory_is_mounted() {
    let (service, said) =
        web(json!({ "tmpfs": ["/tmp", "/run:size=64m"], "shm_size": "67108864", "volumes": ["v:/v"] }));
    assert_eq!(
        service["volumes"],
        json!([
            { "type": "tmpfs", "target": "/tmp" },
            { "type": "tmpfs", "target": "/run", "tmpfs": { "size": 67_108_864 } },
            { "type": "tmpfs", "target": "/dev/shm", "tmpfs": { "size": 67_108_864 } },
            { "type": "volume", "source": "v", "target": "/v" },
        ])
    );
    assert_eq!(said.len(), 1, "{said:?}");
}

#[test]
fn networks_of_the_node_and_of_the_stack() {
    let project = json!({
        "services": {
            "web": { "image": "a", "networks": { "default": null, "back": { "aliases": ["shop"], "ipv4_address": "1" } } },
            "agent": { "image": "postgres:16", "network_mode": "host" },
            "side": { "image": "b", "network_mode": "service:web" },
        },
        "networks": {
            "default": { "name": "shop-main_default", "ipam": {}, "external": false },
            "back": { "name": "backbone", "driver": "bridge", "enable_ipv6": true,
                      "ipam": { "config": [{ "subnet": "10.5.0.0/16", "gateway": "10.5.0.1" }] } },
            "old": { "name": "old", "external": true },
        },
        "volumes": { "data": { "name": "shop-main_data" }, "own": { "name": "mine", "external": true }, "plain": null },
        "secrets": { "key": { "name": "shop-main_key", "file": "/w/key" }, "env": { "environment": "KEY" } },
        "configs": {},
    });
    let stack = made(project, |_| {}).unwrap();
    let document = &stack.document;
    assert_eq!(document["version"], "3.8");
    assert_eq!(
        document["networks"],
        json!({
            "default": {},
            "back": { "name": "backbone", "ipam": { "config": [{ "subnet": "10.5.0.0/16" }] } },
            "old": { "name": "old", "external": true },
            "node_host": { "external": true, "name": "host" },
        })
    );
    assert_eq!(document["services"]["web"]["networks"], json!({ "default": null, "back": { "aliases": ["shop"] } }));
    assert_eq!(document["services"]["agent"]["networks"], json!({ "node_host": null }));
    assert_eq!(document["services"]["agent"]["image"], "postgres:16@sha256:1");
    assert_eq!(document["volumes"], json!({ "data": {}, "own": { "name": "mine", "external": true }, "plain": {} }));
    assert_eq!(document["secrets"], json!({ "key": { "file": "/w/key" }, "env": {} }));
    assert!(document.get("configs").is_none());
    let said: Vec<String> = stack.changes.iter().map(|change| format!("{:?} {change}", change.weight)).collect();
    let beginnings = [
        "Lost web: networks",
        "Adapted agent: network_mode",
        "Breaks side: network_mode",
        "Adapted networks: back",
        "Lost networks: back",
        "Impossible secrets: env",
    ];
    assert!(said.len() == beginnings.len(), "{said:#?}");
    for (text, beginning) in said.iter().zip(beginnings) {
        assert!(text.starts_with(beginning), "{text}");
    }
}

#[test]
fn replicas_and_labels() {
    let replicas = |service: Value, asked| {
        let project = json!({ "services": { "web": service, "db": { "image": "b" } } });
        made(project, |request| request.replicas = asked).map(|stack| stack.document["services"].clone())
    };
    let made = replicas(json!({ "image": "a", "deploy": { "replicas": 2 } }), Some(5)).unwrap();
    assert_eq!((&made["web"]["deploy"]["replicas"], made["db"]["deploy"].get("replicas")), (&json!(5), None));
    assert_eq!(replicas(json!({ "image": "a", "scale": 3 }), None).unwrap()["web"]["deploy"]["replicas"], 3);
    let error = replicas(json!({ "image": "a", "deploy": { "mode": "global" } }), Some(2)).unwrap_err();
    assert!(error.message().contains("web runs once on each node"), "{error:?}");
    let (service, _) = web(json!({
        "labels": ["dev.keg.tap=shop", "traefik.enable=true", "own=1"], "deploy": { "labels": { "mine": "2" } },
    }));
    assert_eq!(service["labels"], json!({ "dev.keg.tap": "shop", "traefik.enable": "true", "own": "1" }));
    assert_eq!(service["deploy"]["labels"], json!({ "mine": "2", "dev.keg.tap": "shop", "traefik.enable": "true" }));
}

#[test]
fn traefik_finds_named_services() {
    let service = json!({ "image": "a", "ports": ["80"], "labels": { "dev.keg.proxy.host": "shop.localhost" } });
    let labels = |service: Value| {
        let stack = made(json!({ "services": { "web": service } }), |request| request.traefik = true).unwrap();
        (stack.document["services"]["web"]["deploy"]["labels"].clone(), stack.changes.len())
    };
    let (found, _) = labels(service.clone());
    assert_eq!(found["traefik.http.routers.shop-main-web.rule"], "Host(`shop.localhost`)");
    assert_eq!(found["traefik.http.services.shop-main-web.loadbalancer.server.port"], "80");
    let mut unknown = service;
    unknown["ports"] = json!([]);
    let (found, changes) = labels(unknown);
    assert!(found.get("traefik.enable").is_none() && changes == 1);
}

#[test]
fn what_cannot_work_is_refused_with_everything_that_is_wrong() {
    let project = json!({ "services": {
        "web": { "image": "a", "privileged": true, "volumes": ["/home/me/src:/src"] },
    } });
    let stack = made(project, |_| {}).unwrap();
    let error = stack.check("shop", false).unwrap_err();
    assert_eq!(error.exit_code(), 2);
    let line = error.one_line();
    assert!(line.contains("web: privileged") && line.contains("web: volumes: /home/me/src"), "{line}");
    assert!(error.remedy().unwrap().contains("--accept"));
    assert!(stack.check("shop", true).is_ok());
    let built = made(json!({ "services": { "web": { "image": "a" }, "db": { "build": "." } } }), |_| {}).unwrap();
    let error = built.check("shop", true).unwrap_err();
    assert!(error.one_line().contains("db: build: the nodes of a Swarm build nothing"), "{}", error.one_line());
    assert!(!error.remedy().unwrap().contains("--accept"));
    assert!(made(json!({ "services": {} }), |_| {}).is_err());
}

#[test]
fn services_of_profiles_stay_away() {
    let project = json!({ "services": { "web": { "image": "a" }, "debug": { "image": "b", "profiles": ["debug"] } } });
    let names = |with_profiles| {
        let stack = made(project.clone(), |request| request.with_profiles = with_profiles).unwrap();
        stack.document["services"].as_object().unwrap().keys().cloned().collect::<Vec<_>>()
    };
    assert_eq!(names(true), ["web"]);
    assert_eq!(names(false), ["web", "debug"], "Compose v2 shows only those that were asked for");
    assert_eq!(other_images(&project, "web"), ["b"]);
}

#[test]
fn the_file_reads_back_as_it_was() {
    let stack =
        made(json!({ "services": { "web": { "image": "a", "environment": { "A": "on", "B": "22:22" } } } }), |_| {});
    let stack = stack.unwrap();
    let text = stack.yaml().unwrap();
    assert!(text.contains("version: \"3.8\""), "a number would be another version: {text}");
    let back: Value = serde_saphyr::from_str(&text).unwrap();
    assert_eq!(back, stack.document);
}
