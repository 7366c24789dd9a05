//! Credentials: from one secret to the next, and to the end.

use std::time::Duration;

use apus::wire::{MasterKey, Role, WireOptions};

use super::guarded::{Guarded, LIST, LIST_DOMAINS, new, signer};

#[tokio::test]
async fn what_is_revoked_is_refused_at_once_and_on_every_node() {
    let options = WireOptions::default();
    let guarded = Guarded::start(options.clone()).await;
    let (elsewhere, _stop) = guarded.served.beside(options).await;
    let (good, other) = (
        guarded.create(Role::Admin, &[]).await,
        guarded.create(Role::Reader, &[]).await,
    );
    guarded.list(&good).await.unwrap();
    guarded
        .send(good.call(&elsewhere, LIST_DOMAINS, LIST))
        .await
        .unwrap();
    guarded.keyring.revoke(&good.access_key).await.unwrap();
    assert_eq!(guarded.until_refused(&good).await, "UnrecognizedClientException");
    let list_elsewhere = || guarded.send(good.call(&elsewhere, LIST_DOMAINS, LIST));
    while list_elsewhere().await.is_ok() {}
    guarded.list(&other).await.unwrap();
    let again = guarded.keyring.revoke(&good.access_key).await.unwrap_err();
    assert!(again.to_string().contains("or it is revoked"), "{again}");
    let all = guarded.keyring.list(true).await.unwrap();
    let revoked = all.iter().find(|one| one.access_key == good.access_key).unwrap();
    assert!(revoked.revoked_at.is_some() && revoked.secrets.is_empty());
    assert_eq!(guarded.keyring.list(false).await.unwrap().len(), 1);
}

#[tokio::test]
async fn after_a_rotation_both_secrets_count_for_a_while() {
    let guarded = Guarded::start(WireOptions::default()).await;
    let first = guarded.create(Role::Admin, &[]).await;
    guarded.list(&first).await.unwrap();
    let grace = Duration::from_secs(3600);
    let second = signer(&guarded.keyring.rotate(&first.access_key, grace).await.unwrap());
    assert_eq!(second.access_key, first.access_key);
    while guarded.list(&second).await.is_err() {}
    guarded.list(&first).await.unwrap();

    let third = guarded
        .keyring
        .rotate(&first.access_key, Duration::ZERO)
        .await
        .unwrap();
    assert_eq!(guarded.until_refused(&second).await, "InvalidSignatureException");
    guarded.list(&signer(&third)).await.unwrap();
    assert_eq!(guarded.refused(&first).await, "InvalidSignatureException");
    let unknown = guarded.keyring.rotate("APUSAAAAAAAAAAAAAAAA", grace).await;
    assert!(unknown.unwrap_err().to_string().contains("APUSAAAAAAAAAAAAAAAA"));
}

#[tokio::test]
async fn who_has_the_database_only_can_call_nothing() {
    let guarded = Guarded::start(WireOptions::default()).await;
    let signer = guarded.create(Role::Admin, &[]).await;
    let dump = guarded.served.dump_of_credentials().await;
    assert!(dump.contains(&signer.access_key), "{dump}");
    assert!(!dump.contains(&signer.secret), "{dump}");
    // Postgres writes bytes in hexadecimal digits.
    let digits: String = signer.secret.bytes().map(|byte| format!("{byte:02x}")).collect();
    assert!(!dump.contains(&digits), "{dump}");
    let other = guarded.served.keyring(&MasterKey::random()).await;
    let refused = other.create(&new(Role::Admin, &[])).await.unwrap_err();
    assert!(
        refused.to_string().contains("sealed under another key"),
        "{refused}"
    );
}
