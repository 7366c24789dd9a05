//! Where settings come from. A value that can't hold is refused and named, so it shows which one prevailed.

use std::path::Path;

use super::program::{Ran, apus, run};

/// Runs `apus serve` with an account id that is none, from each place that is given.
async fn serve(flag: Option<&str>, variable: Option<&str>, file: &str) -> Ran {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("apus.toml");
    std::fs::write(&path, file).unwrap();
    let mut serve = apus(&["serve", "--listen", "127.0.0.1:0", "--config"]);
    serve.arg(&path).current_dir(dir.path());
    if let Some(account) = flag {
        serve.args(["--account", account]);
    }
    if let Some(account) = variable {
        serve.env("APUS_ACCOUNT", account);
    }
    run(&mut serve).await
}

#[tokio::test]
async fn a_flag_precedes_the_environment_and_that_the_file() {
    const FILE: &str = "account = 'file'";
    for (flag, variable, prevails) in [
        (Some("flag"), Some("variable"), "flag"),
        (None, Some("variable"), "variable"),
        (None, None, "file"),
    ] {
        let ran = serve(flag, variable, FILE).await;
        assert_eq!(ran.code, 2);
        let expected = format!("an account id has 12 digits, unlike {prevails:?}");
        assert!(ran.err.contains(&expected), "{}", ran.err);
    }
    let ran = serve(None, None, "").await;
    assert!(ran.err.contains("no database is named"), "{}", ran.err);
}

#[tokio::test]
async fn a_file_that_is_not_right_is_refused_with_the_place() {
    for (file, told) in [
        ("acount = '123456789012'", "unknown field `acount`"),
        ("max_connections = 'many'", "max_connections = 'many'"),
        ("[limits]\ndata_char = 7", "there is no limit \"data_char\""),
        ("[limits]\ndata_chars = 2000000", "raise request_bytes too"),
        ("long_poll = 61", "at most 60 seconds"),
        ("clock_skew = 'never'", "not \"off\""),
        ("compat = 'loose'", "unknown variant `loose`"),
        ("tls_cert = 'certificate.pem'", "tls_cert and tls_key"),
        (
            "tls_cert = 'certificate.pem'\ntls_key = 'key.pem'",
            "certificate.pem can't be used",
        ),
        (
            "database_url = 'sqlite://x'",
            "postgres://user:password@host/name",
        ),
    ] {
        let ran = serve(None, None, file).await;
        assert_eq!(ran.code, 2, "{file}");
        assert!(ran.err.contains(told), "{file}: {}", ran.err);
    }
}

#[tokio::test]
async fn the_example_file_is_right() {
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/apus.toml");
    let example = std::fs::read_to_string(example).unwrap();
    // Everything in it is right but for the files of a certificate that is not there.
    let ran = serve(None, None, &example).await;
    assert!(
        ran.err.contains("/etc/apus/certificate.pem can't be used"),
        "{}",
        ran.err
    );
}
