//! Outgoing mail: invitations, password resets, alerts. Plain text only.

use lettre::message::Mailbox;
use lettre::message::header::ContentType;
use lettre::transport::smtp::AsyncSmtpTransportBuilder;
use lettre::transport::smtp::response::Code;
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};

/// Sends mail, or says that there is no server to send it with. Cheap to clone.
#[derive(Clone)]
pub struct Mailer {
    server: Option<(AsyncSmtpTransport<Tokio1Executor>, Mailbox)>,
}

/// Where mail is handed in, and from whom it comes. Has no `Debug`: the URL holds a password.
#[derive(Clone)]
pub struct MailServer {
    transport: AsyncSmtpTransportBuilder,
    from: Mailbox,
}

/// One mail. Has no `Debug`: it is personal, and its text may hold a link that signs in.
#[derive(Clone)]
pub struct Mail {
    /// The address of one person.
    pub to: String,
    /// One line.
    pub subject: String,
    /// The body.
    pub text: String,
}

/// What became of a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MailOutcome {
    /// The server took it.
    Sent,
    /// No server is set; the operator reads the mail in the outbox.
    Unsent,
}

/// A mail server setting that cannot work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MailServerError {
    /// Another scheme, no host, or unreadable options.
    #[error(
        "LATCHKEY_SMTP_URL is not the address of a mail server; write for example smtps://user:password@mail.example.com and percent-encode special characters of the password"
    )]
    Url,
    /// Not an address of mail.
    #[error(
        "LATCHKEY_MAIL_FROM is not a sender; write for example Latchkey <latchkey@example.com>"
    )]
    From,
}

/// A mail that was not taken. Holds neither address nor text, nor the server's words, which may repeat both.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// The recipient's address or the subject cannot be written in a mail.
    #[error("the mail cannot be written")]
    Malformed,
    /// The server could not be reached.
    #[error("reaching the mail server")]
    Away(#[source] lettre::transport::smtp::Error),
    /// The server refused, with this status.
    #[error("the mail server answered {0}")]
    Refused(Code),
    /// What the server answered is no answer.
    #[error("the mail server does not speak SMTP")]
    NotUnderstood,
    /// The server answers, but is not ready.
    #[error("the mail server does not take mail")]
    NotReady,
}

impl MailServer {
    /// From the two settings; nothing is connected yet.
    pub fn new(url: &str, from: &str) -> Result<Self, MailServerError> {
        Ok(Self {
            transport: AsyncSmtpTransport::<Tokio1Executor>::from_url(url)
                .map_err(|_holds_the_url| MailServerError::Url)?,
            from: from.parse().map_err(|_cause| MailServerError::From)?,
        })
    }
}

impl Mailer {
    /// To be called inside the runtime, which keeps the connections.
    pub fn new(server: Option<MailServer>) -> Self {
        Self {
            server: server.map(|server| (server.transport.build(), server.from)),
        }
    }

    /// Hands one mail in; without a server it is logged without address and text.
    pub async fn send(&self, mail: Mail) -> Result<MailOutcome, MailError> {
        let Some((transport, from)) = &self.server else {
            tracing::info!("a mail was not sent, LATCHKEY_SMTP_URL is not set");
            return Ok(MailOutcome::Unsent);
        };
        let message = write(from.clone(), mail)?;
        transport.send(message).await?;
        Ok(MailOutcome::Sent)
    }

    /// Whether the server would take mail; without one there is nothing to check.
    pub async fn check(&self) -> Result<MailOutcome, MailError> {
        let Some((transport, _)) = &self.server else {
            return Ok(MailOutcome::Unsent);
        };
        match transport.test_connection().await {
            Ok(true) => Ok(MailOutcome::Sent),
            Ok(false) => Err(MailError::NotReady),
            Err(error) => Err(error.into()),
        }
    }
}

impl From<lettre::transport::smtp::Error> for MailError {
    fn from(error: lettre::transport::smtp::Error) -> Self {
        match error.status() {
            Some(code) => Self::Refused(code),
            None if error.is_response() => Self::NotUnderstood,
            None => Self::Away(error),
        }
    }
}

fn write(from: Mailbox, mail: Mail) -> Result<Message, MailError> {
    let to = mail.to.parse().map_err(|_cause| MailError::Malformed)?;
    Message::builder()
        .from(from)
        .to(Mailbox::new(None, to))
        .subject(mail.subject)
        .header(ContentType::TEXT_PLAIN)
        .body(mail.text)
        .map_err(|_cause| MailError::Malformed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mail(to: &str) -> Mail {
        Mail {
            to: to.to_owned(),
            subject: "Sign in".to_owned(),
            text: "Follow this link.".to_owned(),
        }
    }

    #[tokio::test]
    async fn without_a_server_mail_is_not_sent_and_that_is_said() {
        let mailer = Mailer::new(None);

        assert_eq!(
            mailer.send(mail("jane@example.com")).await.unwrap(),
            MailOutcome::Unsent
        );
        assert_eq!(mailer.check().await.unwrap(), MailOutcome::Unsent);
    }

    #[tokio::test]
    async fn a_server_that_is_not_there_is_an_error() {
        let server = MailServer::new("smtp://127.0.0.1:1", "Latchkey <a@example.com>").unwrap();
        let mailer = Mailer::new(Some(server));

        let sent = mailer.send(mail("jane@example.com")).await;

        assert!(matches!(sent, Err(MailError::Away(_))));
        assert!(mailer.check().await.is_err());
    }

    #[tokio::test]
    async fn an_address_that_is_none_is_not_tried() {
        let server = MailServer::new("smtp://127.0.0.1:1", "a@example.com").unwrap();

        let sent = Mailer::new(Some(server))
            .send(mail("jane\r\nBcc: all@example.com"))
            .await;

        assert!(matches!(sent, Err(MailError::Malformed)));
    }
}
