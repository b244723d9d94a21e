//! A mail over an encrypted line, signed in: to a server of a few lines.

#![expect(clippy::unwrap_used, reason = "a test ends when what it stands on is missing")]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use driftline_alert::{
    Fields, Letter, Message, Rules, SendError, Sender, SenderConfig, Sent, channel, prepare,
};
use driftline_model::service::AlertEvent;
use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncWrite, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

/// `\0drift\0s3cr3t-password`, which is how AUTH PLAIN says it (RFC 4616), in Base64.
const SIGNED_IN: &str = "AGRyaWZ0AHMzY3IzdC1wYXNzd29yZA==";

/// Talks until the other side is done, or wants the line to be encrypted; gives all that it said.
async fn talk<S: AsyncRead + AsyncWrite + Unpin>(
    stream: &mut BufReader<S>,
    hello: &str,
    said: &mut String,
) -> bool {
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await.unwrap_or(0) == 0 {
            return false;
        }
        said.push_str(&line);
        let mut answer = match line.split_whitespace().next().unwrap_or_default() {
            "EHLO" => hello.to_owned(),
            "STARTTLS" => "220 go\r\n".to_owned(),
            "AUTH" if line.contains(SIGNED_IN) => "235 welcome\r\n".to_owned(),
            "AUTH" => format!("535 no: {line}"),
            "DATA" => "354 go\r\n".to_owned(),
            "QUIT" => return false,
            _ => "250 ok\r\n".to_owned(),
        };
        stream.write_all(answer.as_bytes()).await.unwrap();
        if line.starts_with("STARTTLS") {
            return true;
        }
        while line.starts_with("DATA") {
            answer.clear();
            stream.read_line(&mut answer).await.unwrap();
            said.push_str(&answer);
            if answer == ".\r\n" {
                stream.write_all(b"250 taken\r\n").await.unwrap();
                break;
            }
        }
    }
}

/// What a server heard, over a line that was encrypted in the middle.
async fn serve(listener: TcpListener, acceptor: TlsAcceptor) -> [String; 2] {
    let (stream, _): (TcpStream, _) = listener.accept().await.unwrap();
    let (mut clear, mut hidden) = (String::new(), String::new());
    let mut stream = BufReader::new(stream);
    stream.write_all(b"220 test\r\n").await.unwrap();
    if talk(&mut stream, "250-test\r\n250 STARTTLS\r\n", &mut clear).await {
        // A line that the other side does not trust ends here.
        if let Ok(stream) = acceptor.accept(stream.into_inner()).await {
            talk(&mut BufReader::new(stream), "250-test\r\n250 AUTH PLAIN\r\n", &mut hidden).await;
        }
    }
    [clear, hidden]
}

async fn sent(password: &str, is_trusted: bool) -> (Sent, [String; 2]) {
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let certificate: CertificateDer<'static> = cert.der().clone();
    let key = PrivateKeyDer::try_from(signing_key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.clone()], key)
        .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    let server = tokio::spawn(serve(listener, TlsAcceptor::from(Arc::new(tls))));
    let rules = Rules { allow_private_addresses: true, ..Rules::default() };
    let extra_roots = if is_trusted { vec![certificate] } else { Vec::new() };
    let sender =
        Sender::new(SenderConfig { rules: rules.clone(), timeout: Duration::from_secs(10), extra_roots })
            .unwrap();
    let values = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    };
    let config = values(&[
        ("host", "localhost"),
        ("port", &port),
        ("username", "drift"),
        ("from", "drift@example.com"),
        ("to", "ann@example.com"),
    ]);
    let secrets = values(&[("password", password)]);
    let fields =
        Fields { info: channel("email").unwrap(), config: &config, secrets: &secrets, rules: &rules };
    let message = Message::example(AlertEvent::Raised, "Home", 0);
    let letter = Letter { message: &message, delivery_id: "d1", channel: "Mail", link: "", sent_ms: 0 };
    let prepared = prepare(&fields, &BTreeMap::new(), letter).unwrap();
    let sent = sender.send(&prepared).await;
    (sent, server.await.unwrap())
}

#[tokio::test]
async fn passwords_and_mails_travel_encrypted() {
    let (sent, [clear, hidden]) = sent("s3cr3t-password", true).await;
    assert_eq!(sent.outcome, Ok(()), "{hidden}");
    assert!(!clear.contains("AUTH") && !clear.contains("MAIL"), "{clear}");
    assert!(hidden.contains(SIGNED_IN) && hidden.contains("Message-ID: <d1@driftline>"), "{hidden}");
}

#[tokio::test]
async fn a_refusal_is_final_and_tells_no_password() {
    let (sent, _) = sent("wrong-password", true).await;
    let error = sent.outcome.unwrap_err();
    assert!(matches!(error, SendError::Mail { is_final: true, .. }), "{error:?}");
    // The server gives back what it was sent.
    assert!(error.to_string().contains("AUTH PLAIN ***"), "{error}");
}

#[tokio::test]
async fn nothing_is_said_to_a_server_that_is_not_trusted() {
    let (sent, [clear, hidden]) = sent("s3cr3t-password", false).await;
    assert!(matches!(sent.outcome, Err(SendError::Network { .. })), "{:?}", sent.outcome);
    assert!(hidden.is_empty() && !clear.contains("AUTH"), "{clear}{hidden}");
}
