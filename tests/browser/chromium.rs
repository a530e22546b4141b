//! The browser: finding it, driving it, asking it what went wrong on a page.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::Method;
use serde_json::{Value, json};
use thirtyfour::common::command::FormatRequestData;
use thirtyfour::prelude::{ChromiumLikeCapabilities as _, DesiredCapabilities};
use thirtyfour::{By, RequestData, SessionId, WebDriver, WebElement};

use crate::installation::{EMAIL, Ending, Installation, PASSWORD, free_port};
use crate::patience::eventually;

const FLAGS: [&str; 6] = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--hide-scrollbars",
];

/// Where the two programs are.
pub struct Programs {
    browser: PathBuf,
    driver: PathBuf,
}

/// A running browser with one window.
pub struct Chromium {
    /// The window.
    pub window: WebDriver,
    _driver: Ending,
}

/// `None`, said on standard error, where one of the programs is absent.
pub fn find() -> Option<Programs> {
    let browser = on_path(&["chromium", "chromium-browser", "google-chrome"]);
    let driver = on_path(&["chromedriver"]);
    if let (Some(browser), Some(driver)) = (browser, driver) {
        return Some(Programs { browser, driver });
    }
    let is_required = setting("LATCHKEY_TESTS_REQUIRE_BROWSER").is_some_and(|value| value == "1");
    assert!(!is_required, "there is no Chromium or no chromedriver");
    eprintln!("SKIPPED: there is no Chromium or no chromedriver; nothing was tested in a browser");
    None
}

fn on_path(names: &[&str]) -> Option<PathBuf> {
    let path = setting("PATH")?;
    let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let mut files = names
        .iter()
        .flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    files.find(|file| file.is_file())
}

fn setting(name: &str) -> Option<OsString> {
    std::env::var_os(name)
}

impl Chromium {
    /// Starts a browser that keeps what it has to keep in `folder`.
    pub async fn start(programs: &Programs, folder: &Path) -> Self {
        let port = free_port();
        let driver = Command::new(&programs.driver)
            .arg(format!("--port={port}"))
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let driver = Ending(driver);
        let mut wishes = DesiredCapabilities::chrome();
        for flag in FLAGS {
            wishes.add_arg(flag).unwrap();
        }
        let profile = folder.join("profile");
        let profile = format!("--user-data-dir={}", profile.display());
        wishes.add_arg(&profile).unwrap();
        wishes
            .set_binary(&programs.browser.display().to_string())
            .unwrap();
        let address = format!("http://127.0.0.1:{port}");
        let window = eventually("a browser", async || {
            WebDriver::new(&address, wishes.clone()).await.ok()
        })
        .await;
        let browser = Self {
            window,
            _driver: driver,
        };
        // Put there by the debugger, so the page's own rules do not bind it and it is there before the page.
        let watch = json!({ "source": include_str!("watch.js") });
        browser
            .command("Page.addScriptToEvaluateOnNewDocument", watch)
            .await;
        browser.show_as(1280, false).await;
        browser
    }

    /// Ends it; a browser that is dropped instead ends with its driver.
    pub async fn quit(&self) {
        self.window.clone().quit().await.unwrap();
    }

    /// Makes the window this wide, in light or in dark colors.
    pub async fn show_as(&self, width: u32, is_dark: bool) {
        let colors = if is_dark { "dark" } else { "light" };
        let features = json!([{ "name": "prefers-color-scheme", "value": colors }]);
        self.command(
            "Emulation.setEmulatedMedia",
            json!({ "features": features }),
        )
        .await;
        let metrics = json!({
            "width": width, "height": 1100, "deviceScaleFactor": 1, "mobile": width < 500,
        });
        self.command("Emulation.setDeviceMetricsOverride", metrics)
            .await;
    }

    /// Goes to the sign-in page and signs in.
    pub async fn sign_in(&self, latchkey: &Installation) {
        self.open(&format!("{}/sign-in", latchkey.url)).await;
        self.fill("email", EMAIL).await;
        self.fill("password", PASSWORD).await;
        self.press("main form button").await;
        self.find("form[action='/sign-out']").await;
    }

    /// Opens a page, which everybody must be able to use.
    pub async fn open(&self, address: &str) {
        self.window.goto(address).await.unwrap();
        let hindrances = self.hindrances().await;
        assert!(hindrances.is_empty(), "{address}: {hindrances:#?}");
    }

    /// Shows a page that is given as text.
    pub async fn show(&self, page: &str) {
        let encoded = STANDARD.encode(page);
        let address = format!("data:text/html;charset=utf-8;base64,{encoded}");
        self.window.goto(&address).await.unwrap();
    }

    /// The first element that fits, once there is one.
    pub async fn find(&self, selector: &str) -> WebElement {
        eventually(selector, async || {
            self.window.find(By::Css(selector)).await.ok()
        })
        .await
    }

    /// Writes into a field instead of what it held.
    pub async fn fill(&self, name: &str, text: &str) {
        let field = self.find(&format!("main [name='{name}']")).await;
        field.clear().await.unwrap();
        field.send_keys(text).await.unwrap();
    }

    /// Presses what fits.
    pub async fn press(&self, selector: &str) {
        self.find(selector).await.click().await.unwrap();
    }

    /// What a person reads on the page.
    pub async fn text(&self) -> String {
        let text = self.ask("return document.body.innerText", vec![]).await;
        text.as_str().unwrap_or_default().to_owned()
    }

    /// What a script answers on the page.
    pub async fn ask(&self, script: &str, arguments: Vec<Value>) -> Value {
        let answer = self.window.execute(script, arguments).await.unwrap();
        answer.json().clone()
    }

    /// What the browser complained about since it was last asked.
    pub async fn complaints(&self) -> Vec<String> {
        let log = self.window.browser_log().await.unwrap();
        log.into_iter()
            .map(|entry| format!("{} {}", entry.level, entry.message))
            .collect()
    }

    async fn command(&self, name: &'static str, parameters: Value) {
        let command = DebuggerCommand { name, parameters };
        Arc::clone(self.window.handle()).cmd(command).await.unwrap();
    }
}

/// What the driver passes on to the browser's debugger.
#[derive(Debug)]
struct DebuggerCommand {
    name: &'static str,
    parameters: Value,
}

impl FormatRequestData for DebuggerCommand {
    fn format_request(&self, session: &SessionId) -> RequestData {
        let body = json!({ "cmd": self.name, "params": self.parameters });
        RequestData::new(Method::POST, format!("/session/{session}/goog/cdp/execute"))
            .add_body(body)
    }
}
