//! From a name to a server that has greeted us, encrypted and signed in: each part with its own limit.

use std::net::SocketAddr;

use lettre::transport::smtp::authentication::Mechanism;
use lettre::transport::smtp::client::{AsyncSmtpConnection, AsyncTokioStream};
use lettre::transport::smtp::commands::{Ehlo, Starttls};
use lettre::transport::smtp::extension::{Extension, ServerInfo};
use lettre::transport::smtp::response::Response;
use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

use super::courier::Trouble;
use super::line::Line;
use super::{Inner, Security};
use crate::domain::limits::{SMTP_ANSWER_LINE_BYTES_MAX, SMTP_COMMAND_MS, SMTP_CONNECT_MS};

/// Lines of an answer to EHLO; servers have some twenty.
const ANSWER_LINES_MAX: usize = 100;

impl Inner {
    pub(super) async fn connect(&self) -> Result<AsyncSmtpConnection, Trouble> {
        let address = (self.server.host.as_str(), self.server.port);
        let tcp = self.limited(SMTP_CONNECT_MS, "connecting", TcpStream::connect(address)).await?;
        // Without it the end of a message waits for the acknowledgement of its beginning, 40 ms.
        tcp.set_nodelay(true).map_err(|error| Trouble::cut("connecting", &error))?;
        let peer = tcp.peer_addr().map_err(|error| Trouble::cut("connecting", &error))?;
        let mut connection = match self.server.security {
            Security::Plain => self.greet(Line::new(tcp, peer)).await?,
            Security::Tls => self.greet(Line::new(self.encrypt(tcp).await?, peer)).await?,
            Security::StartTls => self.greet(self.start_tls(tcp, peer).await?).await?,
        };
        if let Some(credentials) = &self.credentials {
            let signing_in = connection.auth(&[Mechanism::Plain, Mechanism::Login], credentials);
            self.answered("AUTH", SMTP_COMMAND_MS, signing_in).await?;
        }
        Ok(connection)
    }

    async fn greet(&self, line: impl AsyncTokioStream + 'static) -> Result<AsyncSmtpConnection, Trouble> {
        let greeting = AsyncSmtpConnection::connect_with_transport(Box::new(line), &self.hello);
        self.answered("EHLO", SMTP_COMMAND_MS, greeting).await
    }

    async fn encrypt(&self, tcp: TcpStream) -> Result<TlsStream<TcpStream>, Trouble> {
        let Some((connector, name)) = &self.tls else {
            return Err(Trouble::cut("TLS", &"it is not set up"));
        };
        self.limited(SMTP_CONNECT_MS, "TLS", connector.connect(name.clone(), tcp)).await
    }

    /// By hand, because lettre would keep what a stranger put behind the answer to STARTTLS and read it
    /// as if it had come encrypted.
    async fn start_tls(&self, mut tcp: TcpStream, peer: SocketAddr) -> Result<Line<TlsStream<TcpStream>>, Trouble> {
        let (reader, mut writer) = tcp.split();
        let mut reader = BufReader::new(reader);
        self.answered("the greeting", SMTP_COMMAND_MS, answer(&mut reader)).await?;
        let asking = ask(&mut reader, &mut writer, Ehlo::new(self.hello.clone()).to_string());
        let offer = self.answered("EHLO", SMTP_COMMAND_MS, asking).await?;
        let info = ServerInfo::from_response(&offer).map_err(|error| Trouble::cut("EHLO", &error))?;
        if !info.supports_feature(Extension::StartTls) {
            return Err(Trouble::cut("STARTTLS", &"the server does not offer it"));
        }
        let asking = ask(&mut reader, &mut writer, Starttls.to_string());
        self.answered("STARTTLS", SMTP_COMMAND_MS, asking).await?;
        if !reader.buffer().is_empty() {
            return Err(Trouble::cut("STARTTLS", &"the server went on unencrypted"));
        }
        drop(reader);
        Ok(Line::greeted(self.encrypt(tcp).await?, peer))
    }
}

async fn ask(
    reader: &mut (impl AsyncBufRead + Unpin),
    writer: &mut (impl AsyncWriteExt + Unpin),
    command: String,
) -> Result<Response, lettre::transport::smtp::Error> {
    // A connection that cannot be written to has no answer either.
    let _ = writer.write_all(command.as_bytes()).await;
    answer(reader).await
}

/// One answer of some lines; lettre reads them, and tells what is none.
async fn answer(reader: &mut (impl AsyncBufRead + Unpin)) -> Result<Response, lettre::transport::smtp::Error> {
    let mut text = String::new();
    for _ in 0..ANSWER_LINES_MAX {
        let mut line = String::new();
        let mut limited = (&mut *reader).take(SMTP_ANSWER_LINE_BYTES_MAX as u64);
        let read = limited.read_line(&mut line).await.unwrap_or(0);
        text.push_str(&line);
        if read == 0 || line.as_bytes().get(3) != Some(&b'-') {
            break;
        }
    }
    text.parse()
}
