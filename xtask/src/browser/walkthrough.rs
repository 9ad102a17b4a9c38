//! What a person does on the page, and what must come of it.

use std::fs;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::stage::Stage;

/// A name that would be a script if it were markup, and has no place for a line break.
const HOSTILE: &str =
    "<script>document.title='driven'</script><img/src=x/onerror=alert(1)>nnnnnnnnnnnnnnnnnnnnnnnnn";

const NEW_NAME: &str = "renamed by hand";

const ENTER: u32 = 13;

pub(super) fn run(stage: &mut Stage) -> Result<()> {
    let url = stage.server.url.clone();
    stage.browser.look(1200, 900, "light")?;
    stage.browser.open(&url)?;
    stage.browser.wait_for(&text("counts", "250 listed, 0 archived"))?;

    edit_by_hand(stage)?;
    lose_one(stage)?;
    lose_none(stage)?;

    let complaints = stage.browser.take_complaints();
    ensure!(complaints.is_empty(), "the console shows {complaints:?}");
    refuse_other_origins(stage)
}

/// Creates, renames, archives and restores a segment, with mouse and keyboard.
fn edit_by_hand(stage: &mut Stage) -> Result<()> {
    let browser = &mut stage.browser;
    browser.click("document.forms.create.elements.name")?;
    browser.type_text(HOSTILE)?;
    browser.press("Enter", ENTER)?;
    browser.wait_for(&text("counts", "251 listed, 0 archived"))?;
    stage.browser.wait_for("document.querySelectorAll('#rows script, #rows img').length === 0")?;

    find(stage, "onerror")?;
    let shown = stage.browser.value("document.querySelector('.row .name').textContent")?;
    ensure!(shown == HOSTILE, "the page shows {shown}");
    ensure!(stage.listed()?.last().context("no row")?["name"] == HOSTILE, "it was not created");

    look(stage, 400, 1440, "light")?;
    look(stage, 1200, 900, "light")?;

    let browser = &mut stage.browser;
    browser.click("document.querySelector('.row .rename')")?;
    browser.wait_for("document.activeElement.closest('dialog') !== null")?;
    browser.type_text(NEW_NAME)?;
    browser.press("Enter", ENTER)?;
    find(stage, NEW_NAME)?;
    let created = stage.listed()?.pop().context("no row")?;
    ensure!(created["name"] == NEW_NAME, "it was not renamed: {created}");

    // The focus stays on the button, which then does the opposite.
    let browser = &mut stage.browser;
    browser.click("document.querySelector('.row .toggle')")?;
    browser.wait_for(&text("counts", "250 listed, 1 archived"))?;
    browser.wait_for("document.activeElement.textContent === 'Restore'")?;
    browser.wait_for(&text("said", &format!("Archived: {NEW_NAME}")))?;
    ensure!(!stage.listed()?.contains(&created), "it was not archived");

    stage.browser.press("Enter", ENTER)?;
    stage.browser.wait_for(&text("counts", "251 listed, 0 archived"))?;
    ensure!(stage.listed()?.contains(&created), "it was not restored");
    find(stage, "")
}

/// A client that reads page after page, while a segment of page 0 is archived.
fn lose_one(stage: &mut Stage) -> Result<()> {
    let listed = stage.listed()?;
    archive_after_page_0(stage, &listed[7])?;

    let mut read = Vec::new();
    for page in 0.. {
        let ids = stage.ids(&["get", "--page", &page.to_string()])?;
        if ids.is_empty() {
            break;
        }
        read.extend(ids);
    }

    // The first row of page 1 was on page 0 when the client asked for page 1.
    let lost = &listed[100];
    ensure!(!read.iter().any(|id| lost["id"] == id.as_str()), "nothing was lost");
    stage.browser.wait_for(&text("coverage", "1 of 250 listed segments was not sent"))?;

    stage.browser.click("document.getElementById('show-missing')")?;
    stage.browser.wait_for("document.querySelectorAll('.row').length === 1")?;
    let shown = stage.browser.value("document.querySelector('.row .id').textContent")?;
    ensure!(shown == lost["id"], "the page shows {shown}, and {lost} was lost");
    take_pictures(stage)
}

/// `segments export`, while another segment of page 0 is archived.
fn lose_none(stage: &mut Stage) -> Result<()> {
    let listed = stage.listed()?;
    archive_after_page_0(stage, &listed[8])?;

    let read = stage.ids(&["export"])?;
    let is_read = |row: &Value| read.iter().any(|id| row["id"] == id.as_str());
    let remaining = stage.listed()?;
    ensure!(remaining.len() == listed.len() - 1, "nothing was archived");
    ensure!(remaining.iter().all(is_read), "the export lost a segment");
    stage.browser.wait_for(&text("coverage", "All 249 listed segments were sent"))
}

fn archive_after_page_0(stage: &mut Stage, segment: &Value) -> Result<()> {
    let browser = &mut stage.browser;
    browser.click("document.getElementById('restart')")?;
    browser.wait_for(&text("coverage", "No segment was sent yet"))?;
    browser.click("document.querySelector('[name=when][value=later]')")?;

    find(stage, segment["id"].as_str().context("no id")?)?;
    stage.browser.click("document.querySelector('.row .toggle')")?;
    stage.browser.wait_for("document.querySelector('#planned button') !== null")?;
    find(stage, "")
}

/// Types into the field for it, and waits until rows are shown that fit.
fn find(stage: &mut Stage, words: &str) -> Result<()> {
    let browser = &mut stage.browser;
    browser.click("document.getElementById('find')")?;
    browser.value("document.getElementById('find').select()")?;
    if words.is_empty() {
        browser.press("Delete", 46)?;
        return browser.wait_for("document.querySelectorAll('.row').length > 200");
    }

    browser.type_text(words)?;
    browser.wait_for("document.querySelectorAll('.row').length === 1")?;
    let fits =
        format!("document.querySelector('.row').innerText.toLowerCase().includes({words:?})");
    browser.wait_for(&fits)
}

fn take_pictures(stage: &mut Stage) -> Result<()> {
    stage.browser.wait_for(&text("said", ""))?;
    stage.browser.point_at(0.0, 0.0)?;
    stage.browser.value("document.activeElement.blur(); scrollTo(0, 0)")?;

    for (width, height) in [(1200, 888), (400, 1440)] {
        for colours in ["light", "dark"] {
            look(stage, width, height, colours)?;
            let picture = stage.browser.screenshot()?;
            fs::write(stage.folder.join(format!("{width}-{colours}.png")), picture)?;
        }
    }
    stage.browser.look(1200, 900, "light")
}

/// In a window of this size, which must be wide enough.
fn look(stage: &mut Stage, width: u32, height: u32, colours: &str) -> Result<()> {
    stage.browser.look(width, height, colours)?;
    let is_too_wide = stage.browser.value("document.documentElement.scrollWidth > innerWidth")?;
    ensure!(is_too_wide == false, "the page is wider than {width} px");
    Ok(())
}

/// Pages of other origins, one of which has a name that leads here.
fn refuse_other_origins(stage: &mut Stage) -> Result<()> {
    let before = stage.listed()?;
    let url = stage.server.url.clone();
    let port = url.rsplit(':').next().context("no port")?.to_owned();
    let id = &before[0]["id"];

    let attacker = format!("http://attacker.example:{port}");
    for (page, target, shown) in [
        ("data:text/html,<title>a page</title>".to_owned(), url.clone(), ""),
        (format!("{attacker}/"), String::new(), "Not Found"),
        (format!("http://localhost:{port}/healthz"), url.clone(), "ok"),
    ] {
        stage.browser.open(&page)?;
        let text = stage.browser.value("document.body?.innerText ?? ''")?;
        ensure!(text.as_str().is_some_and(|text| text.contains(shown)), "{page} shows {text}");

        for (kind, mode) in [
            ("application/json", "cors"),
            ("application/json", "same-origin"),
            ("text/plain", "no-cors"),
        ] {
            let fetch = format!(
                "fetch('{target}/_emulator/archive', {{ method: 'POST', mode: '{mode}', \
                 headers: {{ 'Content-Type': '{kind}' }}, body: JSON.stringify({{ id: {id} }}) }})\
                 .then((response) => response.status, () => 'blocked')"
            );
            // Of a response without CORS a page sees 0.
            let seen = stage.browser.value(&fetch)?;
            ensure!(["blocked".into(), 0.into(), 403.into()].contains(&seen), "{page}: {seen}");
        }
    }

    ensure!(stage.listed()? == before, "a page of another origin has edited the list");
    refuse_frames(stage)
}

/// Not even a page of the same origin, which would see what is in the frame, may have it in one.
fn refuse_frames(stage: &mut Stage) -> Result<()> {
    let browser = &mut stage.browser;
    browser.open(&format!("{}/healthz", stage.server.url))?;

    browser.value(
        "for (const path of ['/healthz', '/']) {
           const frame = document.createElement('iframe');
           frame.src = path;
           document.body.append(frame);
         }",
    )?;
    browser.wait_for("frames[0].document.body?.innerText === 'ok\\n'")?;
    // What is blocked is replaced by an error page, into which nobody sees.
    browser.wait_for("document.querySelectorAll('iframe')[1].contentDocument === null")
}

/// Whether an element has this text.
fn text(id: &str, text: &str) -> String {
    format!("document.getElementById({id:?})?.textContent === {text:?}")
}
