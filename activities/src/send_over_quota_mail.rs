//! The one mail that a customer gets when he stores more than he may.

use std::sync::Arc;

use apus::sdk::{Activity, ActivityError, ActivityOptions, ActivityTask};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::catalog::{Account, MailState, Usage};
use crate::ports::mail::{Mail, MailError};
use crate::{Environment, policy};

/// Mails the account's owner, once an excursion over the quota. True when the mail service is known to have taken it;
/// false when a send was begun whose answer was lost: then it is not sent again blindly, the ledger says `unknown`.
#[derive(Debug, Serialize, Deserialize)]
pub struct SendOverQuotaMail {
    /// The account.
    pub account: Uuid,
    /// How often it has gone over its quota, this time included.
    pub excursion: i64,
}

impl Activity for SendOverQuotaMail {
    type Output = bool;
    type Context = Environment;
    const NAME: &'static str = "send-over-quota-mail";

    fn options() -> ActivityOptions {
        policy::quick()
    }

    async fn run(self, _: ActivityTask, with: Arc<Environment>) -> Result<bool, ActivityError> {
        match with
            .catalog
            .plan_over_quota_mail(self.account, self.excursion)
            .await?
        {
            MailState::Sent => return Ok(true),
            MailState::Unknown if !with.mail.recognises_repeats() => return Ok(false),
            MailState::Unknown => {}
            MailState::Planned => {
                if !with
                    .catalog
                    .begin_over_quota_mail(self.account, self.excursion)
                    .await?
                {
                    return Ok(false);
                }
            }
        }
        let account = with.catalog.account(self.account).await?;
        let usage = with.catalog.usage(self.account).await?;
        match with.mail.send(&mail(&account, &usage, self.excursion)).await {
            Ok(id) => {
                with.catalog
                    .over_quota_mail_sent(self.account, self.excursion, &id.to_string())
                    .await?;
                Ok(true)
            }
            Err(error) => self.not_sent(&with, error).await,
        }
    }
}

impl SendOverQuotaMail {
    /// A clear refusal may be tried again; silence may hide a mail that was sent.
    async fn not_sent(&self, with: &Environment, error: MailError) -> Result<bool, ActivityError> {
        if !error.was_not_accepted() {
            tracing::warn!(account = %self.account, %error, "a mail may have been sent; it is not sent again");
            return Ok(false);
        }
        with.catalog
            .over_quota_mail_refused(self.account, self.excursion)
            .await?;
        if error.is_retryable() {
            Err(ActivityError::retryable("mail_service", error.to_string()))
        } else {
            Err(ActivityError::permanent("mail_refused", error.to_string()))
        }
    }
}

fn mail(account: &Account, usage: &Usage, excursion: i64) -> Mail {
    let text = format!(
        "Hello,\n\n\
         your documents take {used} MB, and your plan includes {quota} MB.\n\
         Until there is room again, new uploads are not accepted. Everything\n\
         that you have stored stays where it is, and you can download it as\n\
         before.\n\n\
         To make room, delete documents that you no longer need, or upgrade\n\
         your plan.\n\n\
         DocStore\n",
        used = megabytes(usage.bytes_used),
        quota = megabytes(usage.quota_bytes),
    );
    Mail {
        to: account.email.clone(),
        subject: "Your storage is full".into(),
        text,
        idempotency: format!("over-quota-{}-{excursion}", account.id),
    }
}

fn megabytes(bytes: u64) -> String {
    format!("{:.1}", bytes as f64 / 1e6)
}
