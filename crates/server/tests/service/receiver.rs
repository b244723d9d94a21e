//! The other side of channels, on loopback: a receiver that answers as it is told to, and a mail server.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// How a receiver answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Manner {
    /// With this status, these headers and this body.
    Status(u16, &'static str, String),
    /// Not at all: it keeps the line open.
    Silent,
    /// It closes before it has read anything.
    Closed,
}

/// A request that came in.
#[derive(Debug, Clone)]
pub(crate) struct Letter {
    pub(crate) path: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Letter {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

/// Takes requests, and answers the first as the first manner says, and so on; all others as the last one says.
#[derive(Debug)]
pub(crate) struct Receiver {
    pub(crate) port: u16,
    letters: watch::Receiver<Vec<Letter>>,
    manners: Arc<Mutex<Vec<Manner>>>,
    task: tokio::task::JoinHandle<()>,
}

pub(crate) fn fine() -> Manner {
    Manner::Status(200, "", "ok".to_owned())
}

impl Receiver {
    pub(crate) async fn begin(manners: Vec<Manner>) -> Self {
        Self::on(0, manners).await
    }

    /// On a port that is free again after another one has gone.
    pub(crate) async fn on(port: u16, manners: Vec<Manner>) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (sender, letters) = watch::channel(Vec::new());
        let sender = Arc::new(sender);
        let manners = Arc::new(Mutex::new(manners));
        let known = Arc::clone(&manners);
        let task = tokio::spawn(async move {
            loop {
                let Ok((stream, _)) = listener.accept().await else { return };
                let manner = {
                    let mut manners = known.lock().unwrap();
                    if manners.len() > 1 { manners.remove(0) } else { manners[0].clone() }
                };
                tokio::spawn(answer(stream, manner, Arc::clone(&sender)));
            }
        });
        Self { port, letters, manners, task }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}/hook", self.port)
    }

    pub(crate) fn behave(&self, manner: Manner) {
        *self.manners.lock().unwrap() = vec![manner];
    }

    pub(crate) fn letters(&self) -> Vec<Letter> {
        self.letters.borrow().clone()
    }

    /// Waits until so many requests have come, for a while at most.
    pub(crate) async fn wait(&self, count: usize) -> Vec<Letter> {
        let mut letters = self.letters.clone();
        let enough = letters.wait_for(|letters| letters.len() >= count);
        let waited = tokio::time::timeout(std::time::Duration::from_secs(20), enough).await;
        waited
            .unwrap_or_else(|_| panic!("only {} of {count} have come", self.letters().len()))
            .unwrap()
            .clone()
    }

    /// Goes, with its port.
    pub(crate) async fn end(self) {
        self.task.abort();
        let _ = self.task.await;
    }
}

async fn answer(stream: TcpStream, manner: Manner, letters: Arc<watch::Sender<Vec<Letter>>>) {
    if manner == Manner::Closed {
        return;
    }
    let mut stream = BufReader::new(stream);
    let mut line = String::new();
    stream.read_line(&mut line).await.unwrap();
    let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await.unwrap();
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        headers.push((name.to_owned(), value.to_owned()));
    }
    let mut letter = Letter { path, headers, body: String::new() };
    let length = letter.header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.unwrap();
    letter.body = String::from_utf8(body).unwrap();
    letters.send_modify(|all| all.push(letter));
    match manner {
        Manner::Status(status, headers, body) => {
            let head = format!(
                "HTTP/1.1 {status} X\r\n{headers}Content-Length: {}\r\nConnection: close\r\n\r\n",
                body.len()
            );
            // Who asked may not want to read all of it.
            let _ = stream.get_mut().write_all(head.as_bytes()).await;
            let _ = stream.get_mut().write_all(body.as_bytes()).await;
        }
        _ => std::future::pending().await,
    }
}

/// Takes mails: refuses the first `refused` of them, for a while.
pub(crate) async fn mail_server(refused: usize) -> (u16, watch::Receiver<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (sender, mails) = watch::channel(Vec::new());
    tokio::spawn(async move {
        let mut refused = refused;
        loop {
            let Ok((stream, _)) = listener.accept().await else { return };
            let is_refused = refused > 0;
            refused = refused.saturating_sub(1);
            take_mail(stream, is_refused, &sender).await;
        }
    });
    (port, mails)
}

async fn take_mail(stream: TcpStream, is_refused: bool, mails: &watch::Sender<Vec<String>>) {
    let mut stream = BufReader::new(stream);
    let mut say = "220 test".to_owned();
    let mut seen = String::new();
    loop {
        if stream.get_mut().write_all(format!("{say}\r\n").as_bytes()).await.is_err() {
            return;
        }
        let mut line = String::new();
        if stream.read_line(&mut line).await.unwrap_or(0) == 0 {
            return;
        }
        let word = line.split_whitespace().next().unwrap_or_default().to_ascii_uppercase();
        say = match word.as_str() {
            "EHLO" => "250-test\r\n250 8BITMIME".to_owned(),
            "MAIL" if is_refused => "451 later".to_owned(),
            "MAIL" | "RCPT" => {
                seen.push_str(&line);
                "250 ok".to_owned()
            }
            "DATA" => {
                stream.get_mut().write_all(b"354 go\r\n").await.unwrap();
                loop {
                    let mut line = String::new();
                    if stream.read_line(&mut line).await.unwrap() == 0 || line == ".\r\n" {
                        break;
                    }
                    seen.push_str(&line);
                }
                mails.send_modify(|all| all.push(std::mem::take(&mut seen)));
                "250 taken".to_owned()
            }
            "QUIT" => "221 bye".to_owned(),
            _ => "250 ok".to_owned(),
        };
    }
}
