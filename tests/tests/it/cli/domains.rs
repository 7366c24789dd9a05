//! Domains: registered, listed, described, retired.

use super::program::{Ran, apus, run};
use crate::wire::support::Served;

async fn domain(served: &Served, arguments: &[&str]) -> Ran {
    let mut command = apus(&["domain"]);
    run(command.args(arguments).env("APUS_ENDPOINT", &served.url)).await
}

async fn printed(served: &Served, arguments: &[&str]) -> String {
    let ran = domain(served, arguments).await;
    assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{arguments:?}");
    ran.out
}

#[tokio::test]
async fn a_domain_from_registration_to_retirement() {
    let served = Served::start(None).await;
    let register = [
        "register",
        "shop",
        "--retention",
        "30",
        "--description",
        "orders",
        "--tag",
        "team=a=b",
        "--tag",
        "env=test",
    ];
    assert_eq!(printed(&served, &register).await, "shop registered\n");
    let ran = domain(&served, &register).await;
    assert_eq!(ran.code, 1);
    insta::assert_snapshot!(ran.err, @r"
    error: shop (DomainAlreadyExistsFault)
      next: `apus domain describe` shows it; names of domains never come free
    ");
    insta::assert_snapshot!(printed(&served, &["list"]).await, @r"
    NAME   STATUS      DESCRIPTION
    shop   REGISTERED  orders
    tests  REGISTERED  -
    ");
    insta::assert_snapshot!(printed(&served, &["describe", "shop"]).await, @r"
    Name         shop
    Status       REGISTERED
    Description  orders
    Retention    closed runs are kept for 30 days
    ARN          arn:aws:swf:us-east-1:123456789012:/domain/shop
    Tags         env=test, team=a=b
    ");

    assert_eq!(
        printed(&served, &["deprecate", "shop"]).await,
        "shop deprecated\n"
    );
    let ran = domain(&served, &["deprecate", "shop"]).await;
    insta::assert_snapshot!(ran.err, @r"
    error: shop (DomainDeprecatedFault)
      next: `apus domain undeprecate` lets the domain be used again
    ");
    insta::assert_snapshot!(printed(&served, &["list", "--deprecated", "-o", "json"]).await, @r#"
    {
      "domainInfos": [
        {
          "arn": "arn:aws:swf:us-east-1:123456789012:/domain/shop",
          "description": "orders",
          "name": "shop",
          "status": "DEPRECATED"
        }
      ]
    }
    "#);
    assert_eq!(
        printed(&served, &["undeprecate", "shop"]).await,
        "shop registered again\n"
    );
    let ran = domain(&served, &["describe", "nowhere"]).await;
    assert_eq!(ran.code, 4);
    insta::assert_snapshot!(ran.err, @r"
    error: Unknown domain: nowhere (UnknownResourceFault)
      next: `apus domain list` shows the domains; `--deprecated` those that take nothing new
    ");
}
