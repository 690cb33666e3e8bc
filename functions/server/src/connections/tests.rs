use axum::Extension;
use axum::routing::get;
use rustls::pki_types::{PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep};
use tokio_rustls::TlsConnector;

use super::*;

/// How long the answer from `/large` is, in bytes; more than is buffered.
const LARGE: usize = 8 << 10;

/// Starts a request that waits for a permit of `gate`, and ends the connections once it is being served.
async fn finish(gate: Arc<Semaphore>, within: Duration, then: impl FnOnce()) -> (bool, String) {
    let entered = Arc::new(Semaphore::new(0));
    let (inside, waits) = (Arc::clone(&entered), Arc::clone(&gate));
    let handler = move || async move {
        inside.add_permits(1);
        waits.acquire().await.unwrap().forget();
        "done"
    };
    let connections = Connections::new(Router::new().route("/", get(handler)));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    client.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    let door = Door { listener, tls: None };
    tokio::select! {
        () = connections.accept(&door) => panic!("accepting never ends"),
        permit = entered.acquire() => permit.unwrap().forget(),
    }
    drop(door);
    then();
    let finished = connections.finish(within).await;
    gate.add_permits(1);
    let mut answer = String::new();
    client.read_to_string(&mut answer).await.unwrap();
    (finished, answer)
}

#[tokio::test]
async fn a_running_request_is_answered_and_its_connection_then_closed() {
    let gate = Arc::new(Semaphore::new(0));
    let opened = Arc::clone(&gate);
    let (finished, answer) = finish(gate, Duration::from_secs(60), move || opened.add_permits(1)).await;
    assert!(finished && answer.ends_with("done"), "{answer}");
}

#[tokio::test]
async fn a_request_that_does_not_end_is_waited_for_only_so_long() {
    let (finished, _) = finish(Arc::new(Semaphore::new(0)), Duration::from_millis(1), || ()).await;
    assert!(!finished);
}

#[tokio::test]
async fn an_idle_connection_keeps_nobody() {
    let connections = Connections::new(Router::new());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    client.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    let door = Door { listener, tls: None };
    let mut first = [0; 12];
    tokio::select! {
        () = connections.accept(&door) => panic!("accepting never ends"),
        read = client.read_exact(&mut first) => assert_eq!(read.unwrap(), first.len()),
    }
    assert_eq!(&first, b"HTTP/1.1 404");
    assert!(connections.finish(Duration::from_secs(60)).await);
}

/// Serves one connection to its end, with `client` at the other; how many seconds that took.
async fn served<R>(tls: Option<TlsAcceptor>, client: impl AsyncFnOnce(DuplexStream) -> R) -> (u64, R) {
    let large = || async { "x".repeat(LARGE) };
    let slow = || sleep(Duration::from_secs(600));
    let connections = Connections::new(Router::new().route("/large", get(large)).route("/slow", get(slow)));
    let (near, far) = duplex(1024);
    let peer = SocketAddr::from(([127, 0, 0, 1], 1));
    let (http, router, watcher) = (connections.http, connections.router, connections.graceful.watcher());
    let start = Instant::now();
    let serving = async {
        serve(near, peer, tls, http, router, watcher).await;
        start.elapsed().as_secs()
    };
    tokio::join!(serving, client(far))
}

/// Sends, and reads nothing for an hour.
async fn send(mut client: impl AsyncWrite + Unpin, sent: &[u8]) {
    client.write_all(sent).await.unwrap();
    client.flush().await.unwrap();
    sleep(Duration::from_secs(3600)).await;
}

/// Sends, and reads to the end, some bytes at a time.
async fn ask(mut client: impl AsyncRead + AsyncWrite + Unpin, path: &str, pause: Duration) -> String {
    let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
    client.write_all(request.as_bytes()).await.unwrap();
    let (mut all, mut some) = (Vec::new(), [0; 512]);
    loop {
        sleep(pause).await;
        match client.read(&mut some).await.unwrap() {
            0 => return String::from_utf8(all).unwrap(),
            read => all.extend_from_slice(&some[..read]),
        }
    }
}

/// A server's side of TLS, and a client's that trusts it.
fn tls() -> (TlsAcceptor, TlsConnector) {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(made.cert.der().clone()).unwrap();
    let server = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    let client = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    (
        TlsAcceptor::from(Arc::new(server)),
        TlsConnector::from(Arc::new(client)),
    )
}

/// How long a client is served that shakes hands, sends, and reads nothing for an hour.
async fn served_over_tls(sent: &str) -> u64 {
    let (acceptor, connector) = tls();
    let client = async |client| {
        let name = ServerName::try_from("localhost").unwrap();
        send(connector.connect(name, client).await.unwrap(), sent.as_bytes()).await;
    };
    served(Some(acceptor), client).await.0
}

#[tokio::test(start_paused = true)]
async fn a_client_that_sends_no_request_loses_its_place() {
    for sent in ["", "P", "PRI * HT", "G", "GET / HTTP/1.1\r\nhost:"] {
        let (seconds, ()) = served(None, |client| send(client, sent.as_bytes())).await;
        assert_eq!(seconds, 30, "{sent}");
    }
    for sent in [&b""[..], &[22, 3, 1]] {
        let (seconds, ()) = served(Some(tls().0), |client| send(client, sent)).await;
        assert_eq!(seconds, 30, "{sent:?}");
    }
    for sent in ["", "PRI * HT", "GET / HTTP/1.1\r\nhost:"] {
        assert_eq!(served_over_tls(sent).await, 30, "{sent}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_client_that_does_not_read_loses_its_place() {
    let request = "GET /large HTTP/1.1\r\nhost: x\r\n\r\n";
    let (seconds, ()) = served(None, |client| send(client, request.as_bytes())).await;
    assert_eq!(seconds, 60);
    assert_eq!(served_over_tls(request).await, 60);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_reads_slowly_is_answered() {
    let (_, answer) = served(None, |client| ask(client, "/large", Duration::from_secs(50))).await;
    assert!(answer.ends_with(&"x".repeat(LARGE)), "{answer}");
}

#[tokio::test(start_paused = true)]
async fn a_client_may_wait_long_for_its_answer() {
    let (seconds, answer) = served(None, |client| ask(client, "/slow", Duration::ZERO)).await;
    assert!(
        seconds >= 600 && answer.starts_with("HTTP/1.1 200"),
        "{seconds} {answer}"
    );
}

#[tokio::test]
async fn handlers_know_who_is_at_the_other_end_and_whether_it_is_encrypted() {
    let who = async |Extension(peer): Extension<Peer>| format!("{} {}", peer.ip, peer.secure);
    let check = async |tls: Option<TlsAcceptor>, connector: Option<TlsConnector>| {
        let connections = Connections::new(Router::new().route("/who", get(who)));
        let (near, far) = duplex(1024);
        let peer = SocketAddr::from(([203, 0, 113, 9], 1));
        let (http, router, watcher) = (connections.http, connections.router, connections.graceful.watcher());
        let client = async {
            let Some(connector) = connector else {
                return ask(far, "/who", Duration::ZERO).await;
            };
            let name = ServerName::try_from("localhost").unwrap();
            ask(connector.connect(name, far).await.unwrap(), "/who", Duration::ZERO).await
        };
        let ((), answer) = tokio::join!(serve(near, peer, tls, http, router, watcher), client);
        answer
    };
    let (acceptor, connector) = tls();
    let plain = check(None, None).await;
    assert!(plain.ends_with("203.0.113.9 false"), "{plain}");
    let encrypted = check(Some(acceptor), Some(connector)).await;
    assert!(encrypted.ends_with("203.0.113.9 true"), "{encrypted}");
}
