//! Secure connections, with certificates of our own. Where the system's store cannot be replaced by a variable, as on
//! macOS and Windows, there is nothing to test them with.
#![cfg(target_os = "linux")]

mod common;
#[path = "../../library/tests/common/mod.rs"]
mod web;

use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::Output;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::crypto::ring;
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use web::{Stated, noise};

/// A server for "localhost" whose certificate an authority of the test signed.
struct Secure {
    folder: tempfile::TempDir,
    port: u16,
}

impl Secure {
    /// Gives every connection the same answer, head and body.
    fn new(answer: Vec<u8>) -> Self {
        let (authority, config) = certificates();
        let folder = tempfile::tempdir().expect("a folder for the test");
        std::fs::write(folder.path().join("authority.pem"), authority).expect("a file for the test");
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port for the test");
        let port = listener.local_addr().expect("a bound socket").port();
        let config = Arc::new(config);
        // Ends with the test's process.
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let connection = ServerConnection::new(config.clone()).expect("a sound configuration");
                let mut stream = StreamOwned::new(connection, stream.expect("a connection"));
                // A client that does not trust the authority leaves here.
                if stream.read(&mut [0; 4096]).is_ok() && stream.write_all(&answer).is_ok() {
                    stream.conn.send_close_notify();
                    let _ = stream.flush();
                }
            }
        });
        Self { folder, port }
    }

    fn authority(&self) -> PathBuf {
        self.folder.path().join("authority.pem")
    }

    /// `earmark models download` of a file of this server, with this file of trusted authorities.
    fn download(&self, stated: &Stated, authorities: PathBuf) -> Output {
        let catalogue = self.folder.path().join("catalogue.toml");
        let url = format!("https://localhost:{}/f", self.port);
        std::fs::write(&catalogue, web::catalogue(&url, stated)).expect("a file for the test");
        common::command(
            self.folder.path(),
            &["models", "download", "tiny", "--only-files"],
        )
        .env("EARMARK_DATA", self.folder.path().join("data"))
        .env("EARMARK_CATALOGUE", catalogue)
        .env("SSL_CERT_FILE", authorities)
        .output()
        .expect("earmark runs")
    }
}

/// An authority's certificate in PEM, and a server with one that it signed.
fn certificates() -> (String, ServerConfig) {
    let mut authority = CertificateParams::new([]).expect("no names");
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().expect("a key");
    let pem = authority.self_signed(&key).expect("a certificate").pem();
    let issuer = Issuer::new(authority, key);
    let key = KeyPair::generate().expect("a key");
    let server = CertificateParams::new(["localhost".to_owned()]).expect("a name");
    let certificate = server.signed_by(&key, &issuer).expect("a certificate");
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("protocols")
        .with_no_client_auth()
        .with_single_cert(
            vec![certificate.der().clone()],
            PrivateKeyDer::Pkcs8(key.serialize_der().into()),
        );
    (pem, config.expect("a sound configuration"))
}

fn file(bytes: &[u8]) -> Vec<u8> {
    let head = format!(
        "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
        bytes.len()
    );
    [head.as_bytes(), bytes].concat()
}

fn sentence(output: Output) -> String {
    let sentence = String::from_utf8(output.stderr).expect("output is UTF-8");
    assert_eq!(output.status.code(), Some(2), "{sentence}");
    assert_eq!(sentence.lines().count(), 1, "{sentence:?}");
    sentence
}

#[test]
fn a_certificate_of_a_trusted_authority_is_taken() {
    let bytes = noise(50_000, 1);
    let server = Secure::new(file(&bytes));
    let output = server.download(&Stated::of(&bytes), server.authority());
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let path = server.folder.path().join("data/downloads/tiny.ckpt");
    assert_eq!(std::fs::read(path).expect("the file"), bytes);
}

#[test]
fn a_certificate_of_somebody_else_is_not_taken() {
    let bytes = noise(1_000, 2);
    let server = Secure::new(file(&bytes));
    let other = Secure::new(Vec::new());
    let sentence = sentence(server.download(&Stated::of(&bytes), other.authority()));
    assert!(sentence.contains("localhost is not secure"), "{sentence}");
    assert!(!server.folder.path().join("data/downloads/tiny.ckpt").exists());
}

#[test]
fn a_secure_address_does_not_lead_to_an_insecure_one() {
    let answer = "HTTP/1.1 302 Found\r\nConnection: close\r\nContent-Length: 0\r\nLocation: http://127.0.0.1:1/f\r\n\r\n";
    let server = Secure::new(answer.into());
    let sentence = sentence(server.download(&Stated::default(), server.authority()));
    assert!(sentence.contains("away from secure connections"), "{sentence}");
}
