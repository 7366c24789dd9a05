//! The operator's dashboard, open while customers upload.

use anyhow::{Result, ensure};
use apus_tests::Browser;

use super::{DESK, Site, no_complaints, sample};

#[tokio::test(flavor = "multi_thread")]
async fn figures_follow_what_customers_do() -> Result<()> {
    let site = Site::start().await?;
    let operator = Browser::start().await?;
    operator.look(DESK).await?;
    operator.open(&site.dashboard()).await?;
    operator
        .until("document.title === 'Operation · DocStore'")
        .await?;
    operator
        .until("document.querySelector('#connection.live') && document.querySelector('.chart svg')")
        .await?;
    operator.see_text("Nothing is stored yet.").await?;
    // A page that was loaded anew would have forgotten it.
    operator.evaluate("window.opened = true").await?;

    let customer = site.visitor("ada@example.com", "premium").await?;
    let (lease, payroll) = (sample("lease-agreement.pdf"), sample("payroll-encrypted.pdf"));
    customer.choose_files("#files", &[&lease, &payroll]).await?;
    operator
        .until("[...document.querySelectorAll('.card td')].some((cell) => cell.textContent === 'encrypted')")
        .await?;
    operator
        .until("document.querySelector('.tile dd').textContent === '2'")
        .await?;
    let shown = operator.text().await?;
    for text in ["premium", "pdf", "99 of 100 within", "Events in the queue"] {
        ensure!(shown.contains(text), "{text} is not shown: {shown}");
    }
    ensure!(
        operator.evaluate("return window.opened").await? == true,
        "the page was loaded anew"
    );
    no_complaints(&operator).await?;

    site.stop().await?;
    operator.see_text("no connection; these figures are old").await?;
    Ok(())
}
