// Looks at HTML reports in headless Chromium: how long they take to open,
// whether axe finds something, whether the search finds somebody, whether
// anything was asked of a network, and what they look like. For each PAGE.html
// it writes pictures and an A4 PDF into the current directory:
//
//   go test ./cmd/rollcall/internal/report/... -run TestHTML -artifacts -outputdir /tmp/pages
//   cd cmd/rollcall/internal/report/testdata/browser && npm install
//   node check.mjs /tmp/pages/_artifacts/*/*.html
//
// The status page is looked at where it is served:
//
//   go test ./cmd/rollcall/internal/statuspage -run TestInABrowser -browser $PWD/cmd/rollcall/internal/report/testdata/browser/check.mjs
//
// CHROMIUM names the browser where it is not /usr/bin/chromium.
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const looks = [
  { name: "wide", width: 1280, height: 900, colorScheme: "light" },
  { name: "dark", width: 1280, height: 900, colorScheme: "dark" },
  { name: "phone", width: 360, height: 740, colorScheme: "light" },
  { name: "phone-dark", width: 360, height: 740, colorScheme: "dark" },
];
const flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"];
let bad = 0;

function expect(holds, text) {
  console.log(`${holds ? "ok " : "BAD"} ${text}`);
  if (!holds) bad++;
}

async function look(browser, { href, title, size }, { name, width, height, colorScheme }) {
  const page = await browser.newPage();
  const asked = [];
  const said = [];
  page.on("request", (request) => request.url() === href || asked.push(request.url()));
  page.on("console", (message) => message.type() === "error" && said.push(message.text()));
  page.on("pageerror", (error) => said.push(String(error)));
  await page.setViewportSize({ width, height });
  await page.emulateMedia({ colorScheme });
  const began = performance.now();
  await page.goto(href, { waitUntil: "load" });
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  const took = performance.now() - began;
  expect(took < (size > 5e6 ? 2500 : 2000), `${name}: open and painted in ${Math.round(took)} ms`);
  expect(asked.length === 0, `${name}: nothing was asked of a network ${asked}`);
  expect(said.length === 0, `${name}: no error in the console ${said}`);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect(wide <= 0, `${name}: no sideways scrolling (${wide} px)`);
  await page.screenshot({ path: `${title}-${name}.png`, fullPage: size < 1e6 });
  if (name === "wide" && size < 5e6) await page.pdf({ path: `${title}.pdf`, preferCSSPageSize: true });
  await search(page, name);
  await filter(page, name);
  await decide(page, name);
  await checked(page, name);
  await attack(page, name);
  if (name === looks.at(-1).name) await approve(page, name, title);
  await page.close();
}

// attack sends a form of another site to the status page, which refuses it.
async function attack(page, name) {
  if ((await page.locator("form#attack").count()) === 0) return;
  const [answer] = await Promise.all([page.waitForNavigation(), page.click("form#attack button")]);
  expect(answer.status() === 403, `${name}: a form of another site: ${answer.status()} ${await page.textContent("main")}`);
}

// approve sends the form of the status page: without a reason, which the browser
// refuses, with one that is none, and with one that is one.
async function approve(page, name, title) {
  if ((await page.locator("form.approve").count()) === 0) return;
  await page.click("form.approve button");
  expect(await page.locator("#reason:invalid").count() === 1, `${name}: the browser asks for a reason`);
  await page.fill("#reason", "…");
  await Promise.all([page.waitForNavigation(), page.click("form.approve button")]);
  expect((await page.locator("#wrong").count()) === 1, `${name}: ${await page.textContent("#wrong")}`);
  await page.screenshot({ path: `${title}-wrong.png`, fullPage: true });
  await checked(page, `${name}, no reason`);
  await page.fill("#reason", "approved in a browser");
  await Promise.all([page.waitForNavigation(), page.click("form.approve button")]);
  expect((await page.textContent("main h2")) === "Approved", `${name}: ${await page.textContent("main section")}`);
  await page.screenshot({ path: `${title}-approved.png`, fullPage: true });
  await checked(page, `${name}, approved`);
}

// people counts the rows of tables, without the headings that several share.
function people(page, tables) {
  return page.evaluate((tables) => document.querySelectorAll(`${tables} tbody tr:not(.common)`).length, tables);
}

async function search(page, name) {
  const all = await people(page, ".changes");
  if (all === 0) return;
  const last = await page.evaluate(() => [...document.querySelectorAll(".changes tbody tr:not(.common)")].at(-1).cells[document.querySelector(".access") ? 0 : 1].firstChild.textContent.trim());
  const began = performance.now();
  await page.fill("#find", last);
  await page.waitForFunction(() => document.getElementById("found").textContent !== "");
  const left = await page.evaluate(() => [...document.querySelectorAll(".changes tbody tr:not(.common)")].filter((row) => !row.closest("[hidden]")).length);
  expect(left > 0, `${name}: the search leaves ${left} of ${all} in ${Math.round(performance.now() - began)} ms: ${await page.textContent("#found")}`);
  await page.screenshot({ path: `found-${name}.png` });
  await page.fill("#find", "");
  await page.waitForFunction(() => document.getElementById("found").textContent === "");
}

// filter presses each button beside the search. A command is shown only with all
// of its people.
async function filter(page, name) {
  for (const button of await page.locator(".search:not([hidden]) [data-kind]").all()) {
    await button.click();
    const apart = await page.evaluate(() => [...document.querySelectorAll("section dl:not([hidden])")].filter((dl) => !dl.closest("[hidden]") && dl.parentNode.querySelector("tr[hidden]")).length);
    expect(apart === 0, `${name}: ${await button.textContent()}: ${await page.textContent("#found")}, ${apart} commands without all of their people`);
    await button.click();
  }
  const dead = await page.evaluate(() => [...document.querySelectorAll("a[href^='#']")].filter((a) => !document.getElementById(a.getAttribute("href").slice(1))).length);
  expect(dead === 0, `${name}: ${dead} links lead nowhere`);
}

// decide ticks a box of a review and saves the file.
async function decide(page, name) {
  if ((await page.locator("#save").count()) === 0) return;
  await page.evaluate(() => document.querySelector(".access").scrollIntoView()); // a list gets its boxes when it is on screen
  await page.locator(".decision input").first().check();
  const [download] = await Promise.all([page.waitForEvent("download"), page.click("#save")]);
  const lines = readFileSync(await download.path(), "utf8").trim().split("\n");
  const rows = await people(page, ".access");
  const members = lines.slice(1).filter((line) => /,user_\w+,orgmem_\w+,(keep)?$/.test(line)).length;
  expect(members === lines.length - 1 - (await people(page, "[data-state=invited]")), `${name}: ${members} rows name a user and a membership`);
  expect(lines.length === rows + 1 && lines[1].endsWith(",keep"), `${name}: ${await page.textContent("#decided")}, ${lines.length} lines saved as ${download.suggestedFilename()}`);
}

// checked runs axe; of a large page it looks at a part, for its time grows
// with the square of what it looks at.
async function checked(page, name) {
  await page.evaluate(() => document.querySelectorAll(".changes tbody, .people").forEach((list) => [...list.children].slice(50).forEach((row) => row.remove())));
  await page.evaluate(() => [...document.querySelectorAll(".organization")].slice(10).forEach((section) => section.remove()));
  await page.evaluate(axe);
  const { violations, passes } = await page.evaluate(() => axe.run(document, { resultTypes: ["violations"] }));
  for (const v of violations) console.log(`    ${v.id}: ${v.help}; ${v.nodes.length} times, the first ${v.nodes[0].html}`);
  expect(violations.length === 0, `${name}: axe finds ${violations.length} violations, ${passes.length} rules pass`);
}

// named finds a page: a file, or an address whose path ends in what it shows.
function named(argument) {
  if (argument.startsWith("http:")) return { href: argument, title: argument.split("/").slice(3).join("-"), size: 0 };
  return { href: pathToFileURL(resolve(argument)).href, title: basename(argument, ".html"), size: statSync(argument).size };
}

for (const argument of process.argv.slice(2)) {
  const shown = named(argument);
  const { size } = shown;
  console.log(`${argument}`);
  expect(size < 8e6, `${(size / 1e6).toFixed(2)} MB`);
  const profile = mkdtempSync(join(tmpdir(), "rollcall-browser-"));
  const browser = await chromium.launchPersistentContext(profile, { executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: flags, bypassCSP: false });
  for (const l of looks) await look(browser, shown, l);
  await browser.close();
  rmSync(profile, { recursive: true, force: true });
}
process.exitCode = bad === 0 ? 0 : 1;
