//! Which mails have been sent, so that each is sent once.
//!
//! A mail service can accept a mail and its answer be lost. The ledger therefore says `unknown` before the service is
//! asked, and stays so when no answer is seen: such a mail is not sent again blindly, it is reported.

use uuid::Uuid;

use super::{Catalog, Result};

/// How far a mail has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum MailState {
    /// Nothing has been sent.
    Planned,
    /// A send was begun and its answer has not been seen.
    Unknown,
    /// The mail service has accepted it.
    Sent,
}

impl Catalog {
    /// Enters the one over-quota mail of an excursion over the quota; returns how far it has come already.
    pub async fn plan_over_quota_mail(&self, account: Uuid, excursion: i64) -> Result<MailState> {
        // The update changes nothing; it makes the statement return the row that is there.
        let state = sqlx::query_scalar(
            "INSERT INTO mail_ledger AS m (account_id, reason, excursion, state) VALUES ($1, 'over_quota', $2, 'planned')
             ON CONFLICT (account_id, reason, excursion) DO UPDATE SET state = m.state
             RETURNING state",
        )
        .bind(account)
        .bind(excursion)
        .fetch_one(&self.pool)
        .await?;
        Ok(state)
    }

    /// Claims the mail for sending: true for exactly one caller, who must send it now and report the answer.
    pub async fn begin_over_quota_mail(&self, account: Uuid, excursion: i64) -> Result<bool> {
        self.move_mail(account, excursion, MailState::Planned, MailState::Unknown, None)
            .await
    }

    /// The mail service accepted the mail and gave it this id.
    pub async fn over_quota_mail_sent(&self, account: Uuid, excursion: i64, message_id: &str) -> Result<()> {
        self.move_mail(
            account,
            excursion,
            MailState::Unknown,
            MailState::Sent,
            Some(message_id),
        )
        .await?;
        Ok(())
    }

    /// The mail service said that it did not accept the mail: it may be tried again.
    pub async fn over_quota_mail_refused(&self, account: Uuid, excursion: i64) -> Result<()> {
        self.move_mail(account, excursion, MailState::Unknown, MailState::Planned, None)
            .await?;
        Ok(())
    }

    async fn move_mail(
        &self,
        account: Uuid,
        excursion: i64,
        from: MailState,
        to: MailState,
        message_id: Option<&str>,
    ) -> Result<bool> {
        let moved = sqlx::query(
            "UPDATE mail_ledger SET state = $4, message_id = $5, modified = now()
             WHERE account_id = $1 AND reason = 'over_quota' AND excursion = $2 AND state = $3",
        )
        .bind(account)
        .bind(excursion)
        .bind(from)
        .bind(to)
        .bind(message_id)
        .execute(&self.pool)
        .await?;
        Ok(moved.rows_affected() == 1)
    }
}
