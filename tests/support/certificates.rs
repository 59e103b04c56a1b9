//! A certificate authority of a test's own and a server certificate from it.

use std::path::{Path, PathBuf};

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};

/// The files of an authority and of a server at `127.0.0.1` and `localhost`.
#[derive(Debug)]
pub struct Certificates {
    /// The authority's certificate.
    pub authority: PathBuf,
    /// The server's certificate.
    pub certificate: PathBuf,
    /// The server's key.
    pub key: PathBuf,
}

/// Writes new certificates into `folder`.
pub fn write(folder: &Path) -> Certificates {
    let (files, _) = write_server(folder, &["127.0.0.1", "localhost"]);
    files
}

/// Writes new certificates for a server at `address`, and beside them `ca.pem`, `cert.pem` and `key.pem` for a client,
/// as Docker's client has them.
pub fn write_for(folder: &Path, address: &str) -> Certificates {
    let (files, issuer) = write_server(folder, &[address]);
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(Vec::new()).unwrap().signed_by(&key, &issuer).unwrap();
    std::fs::copy(&files.authority, folder.join("ca.pem")).unwrap();
    std::fs::write(folder.join("cert.pem"), certificate.pem()).unwrap();
    std::fs::write(folder.join("key.pem"), key.serialize_pem()).unwrap();
    files
}

fn write_server(folder: &Path, names: &[&str]) -> (Certificates, Issuer<'static, KeyPair>) {
    let authority_key = KeyPair::generate().unwrap();
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    authority.distinguished_name.push(DnType::CommonName, "authority of a test");
    let authority_certificate = authority.self_signed(&authority_key).unwrap();
    let issuer = Issuer::new(authority, authority_key);
    let server_key = KeyPair::generate().unwrap();
    let server = CertificateParams::new(names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>()).unwrap();
    let server_certificate = server.signed_by(&server_key, &issuer).unwrap();
    let files = Certificates {
        authority: folder.join("ca.crt"),
        certificate: folder.join("server.crt"),
        key: folder.join("server.key"),
    };
    std::fs::write(&files.authority, authority_certificate.pem()).unwrap();
    std::fs::write(&files.certificate, server_certificate.pem()).unwrap();
    std::fs::write(&files.key, server_key.serialize_pem()).unwrap();
    (files, issuer)
}
