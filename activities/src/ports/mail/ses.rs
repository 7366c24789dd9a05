//! Mail through SES v2.

use async_trait::async_trait;
use aws_config::retry::RetryConfig;
use aws_sdk_sesv2::Client;
use aws_sdk_sesv2::types::{Body, Content, Destination, EmailContent, Message};
use serde::Deserialize;

use super::{Mail, MailError, Mailer, MessageId, check};
use crate::ports::aws::AwsSettings;
use crate::ports::fault::ServiceFault;

/// Who sends, and where SES is.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SesSettings {
    /// Region, endpoint and credentials.
    pub aws: AwsSettings,
    /// The sender's address, an identity that SES has verified.
    pub from: String,
}

/// The mailer of SES.
pub struct SesMailer {
    client: Client,
    from: String,
}

impl SesMailer {
    /// Builds the client; nothing is sent yet.
    pub async fn open(settings: &SesSettings) -> Self {
        let sdk = settings.aws.load().await;
        // A call that timed out may have sent the mail. Whether to try again is for the caller, who
        // has the ledger.
        let config = aws_sdk_sesv2::config::Builder::from(&sdk).retry_config(RetryConfig::disabled());
        Self {
            client: Client::from_conf(config.build()),
            from: settings.from.clone(),
        }
    }
}

#[async_trait]
impl Mailer for SesMailer {
    async fn send(&self, mail: &Mail) -> Result<MessageId, MailError> {
        check(mail)?;
        let message = Message::builder()
            .subject(utf8(&mail.subject)?)
            .body(Body::builder().text(utf8(&mail.text)?).build())
            .build();
        let request = self.client.send_email().from_email_address(&self.from);
        let sent = request
            .destination(Destination::builder().to_addresses(&mail.to).build())
            .content(EmailContent::builder().simple(message).build())
            .send()
            .await
            .map_err(ServiceFault::from)?;
        Ok(MessageId(sent.message_id.unwrap_or_default()))
    }

    fn recognises_repeats(&self) -> bool {
        false
    }
}

fn utf8(text: &str) -> Result<Content, MailError> {
    Content::builder()
        .data(text)
        .charset("UTF-8")
        .build()
        .map_err(|error| MailError::Invalid(error.to_string()))
}
