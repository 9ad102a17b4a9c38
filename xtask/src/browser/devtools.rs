//! Chromium without a window, driven over a pipe with its DevTools protocol.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

/// Chromium reads commands from descriptor 3 and writes to 4, which are our ends of its standard
/// input and output here.
const START: &str = r#"exec "$0" "$@" 3<&0 4>&1 >/dev/null 2>&1"#;

/// How long something may take to appear. Only what hangs takes so long.
const WATCHDOG: Duration = Duration::from_secs(60);

const POLL: Duration = Duration::from_millis(50);

/// A browser with one tab; stopped when dropped.
#[derive(Debug)]
pub(super) struct Browser {
    process: Child,
    commands: ChildStdin,
    answers: BufReader<ChildStdout>,
    session: Option<String>,
    last_id: u64,
    complaints: Vec<String>,
}

impl Browser {
    pub(super) fn start(program: &str, profile: &Path, options: &[String]) -> Result<Self> {
        let mut command = Command::new("sh");
        command.args(["-c", START, program, "--headless=new", "--remote-debugging-pipe"]);
        command.args(["--no-first-run", "--disable-gpu", "--hide-scrollbars"]);
        command.arg(format!("--user-data-dir={}", profile.display())).args(options);

        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let commands = process.stdin.take().context("no pipe")?;
        let answers = BufReader::new(process.stdout.take().context("no pipe")?);
        let (session, complaints) = (None, Vec::new());
        let mut browser = Self { process, commands, answers, session, last_id: 0, complaints };

        let target = browser.call("Target.createTarget", &json!({ "url": "about:blank" }))?;
        let attach = json!({ "targetId": target["targetId"], "flatten": true });
        let attached = browser.call("Target.attachToTarget", &attach)?;
        browser.session = Some(attached["sessionId"].as_str().context("no session")?.to_owned());
        for domain in ["Page.enable", "Runtime.enable", "Log.enable"] {
            browser.call(domain, &json!({}))?;
        }
        Ok(browser)
    }

    /// Sends a command, and waits for its result.
    pub(super) fn call(&mut self, method: &str, parameters: &Value) -> Result<Value> {
        self.last_id += 1;
        let mut command = json!({ "id": self.last_id, "method": method, "params": parameters });
        if let Some(session) = &self.session {
            command["sessionId"] = session.as_str().into();
        }
        self.commands.write_all(format!("{command}\0").as_bytes())?;

        loop {
            let mut answer = Vec::new();
            self.answers.read_until(0, &mut answer)?;
            ensure!(answer.pop() == Some(0), "Chromium has ended");

            let mut answer: Value = serde_json::from_slice(&answer)?;
            if answer["id"] == self.last_id {
                ensure!(answer["error"].is_null(), "{method}: {}", answer["error"]);
                return Ok(answer["result"].take());
            }
            self.note(&answer);
        }
    }

    /// Keeps what the console would show as an error.
    fn note(&mut self, event: &Value) {
        let parameters = &event["params"];
        match event["method"].as_str() {
            Some("Runtime.exceptionThrown") => {
                self.complaints.push(parameters["exceptionDetails"].to_string());
            }
            Some("Log.entryAdded") if parameters["entry"]["level"] == "error" => {
                self.complaints.push(parameters["entry"]["text"].to_string());
            }
            _ => {}
        }
    }

    /// Exceptions, and what the content security policy blocked, since this was called last.
    pub(super) fn take_complaints(&mut self) -> Vec<String> {
        std::mem::take(&mut self.complaints)
    }

    pub(super) fn open(&mut self, url: &str) -> Result<()> {
        self.call("Page.navigate", &json!({ "url": url }))?;
        self.wait_for("document.readyState === 'complete' && location.href !== 'about:blank'")
    }

    /// The value of an expression, after what it promises.
    pub(super) fn value(&mut self, expression: &str) -> Result<Value> {
        let evaluate =
            json!({ "expression": expression, "awaitPromise": true, "returnByValue": true });
        let mut answer = self.call("Runtime.evaluate", &evaluate)?;
        let exception = &answer["exceptionDetails"];
        ensure!(exception.is_null(), "{expression}: {exception}");
        Ok(answer["result"]["value"].take())
    }

    /// Waits until an expression is true.
    pub(super) fn wait_for(&mut self, expression: &str) -> Result<()> {
        let mut left = WATCHDOG;
        // A page that is being replaced has no value.
        while !self.value(expression).is_ok_and(|value| value == true) {
            if left.is_zero() {
                let text = self.value("document.body.innerText").unwrap_or_default();
                bail!("never true: {expression}\n{}", text.as_str().unwrap_or_default());
            }
            sleep(POLL);
            left = left.saturating_sub(POLL);
        }
        Ok(())
    }

    /// Clicks with the mouse into the middle of an element.
    pub(super) fn click(&mut self, element: &str) -> Result<()> {
        let middle = self.value(&format!(
            "(() => {{ const element = {element}; element.scrollIntoView({{ block: 'center' }});
               const box = element.getBoundingClientRect();
               return [box.x + box.width / 2, box.y + box.height / 2]; }})()"
        ))?;

        for kind in ["mousePressed", "mouseReleased"] {
            let event = json!({
                "type": kind, "x": middle[0], "y": middle[1], "button": "left", "clickCount": 1,
            });
            self.call("Input.dispatchMouseEvent", &event)?;
        }
        Ok(())
    }

    /// Moves the mouse.
    pub(super) fn point_at(&mut self, x: f64, y: f64) -> Result<()> {
        let event = json!({ "type": "mouseMoved", "x": x, "y": y });
        self.call("Input.dispatchMouseEvent", &event).map(drop)
    }

    /// Types a text where the focus is, in place of what is selected.
    pub(super) fn type_text(&mut self, text: &str) -> Result<()> {
        self.call("Input.insertText", &json!({ "text": text })).map(drop)
    }

    /// Presses and releases a key, such as `Enter`.
    pub(super) fn press(&mut self, key: &str, code: u32) -> Result<()> {
        let text = if key == "Enter" { "\r" } else { "" };
        for kind in ["keyDown", "keyUp"] {
            let event = json!({
                "type": kind, "key": key, "code": key, "windowsVirtualKeyCode": code, "text": text,
            });
            self.call("Input.dispatchKeyEvent", &event)?;
        }
        Ok(())
    }

    /// Sets the width and height of the window, and the colours that the person prefers.
    pub(super) fn look(&mut self, width: u32, height: u32, colours: &str) -> Result<()> {
        let size = json!({
            "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false,
        });
        self.call("Emulation.setDeviceMetricsOverride", &size)?;
        let media = json!({ "features": [{ "name": "prefers-color-scheme", "value": colours }] });
        self.call("Emulation.setEmulatedMedia", &media).map(drop)
    }

    /// What the window shows, as PNG.
    pub(super) fn screenshot(&mut self) -> Result<Vec<u8>> {
        let shot = self.call("Page.captureScreenshot", &json!({ "format": "png" }))?;
        let data = shot["data"].as_str().context("no picture")?;
        STANDARD.decode(data).map_err(anyhow::Error::msg)
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // It may have ended by itself.
        self.session = None;
        let _ = self.call("Browser.close", &json!({}));
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
