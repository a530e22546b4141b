// What keeps people from the page who do not see it or use no mouse, one sentence each.
const wrong = [];
const all = (selector) => [...document.querySelectorAll(selector)];
const shown = (element) => element.outerHTML.slice(0, 100);
const named = (ids) => ids.split(/\s+/).map((id) => document.getElementById(id)?.textContent ?? "").join(" ");

// What a screen reader calls it.
function name(element) {
  const labels = [...(element.labels ?? [])].map((label) => label.textContent).join(" ");
  const pictures = [...element.querySelectorAll("[role=img][aria-label], img[alt]")];
  const seen = pictures.map((picture) => picture.getAttribute("aria-label") ?? picture.getAttribute("alt")).join(" ");
  const said = [
    named(element.getAttribute("aria-labelledby") ?? ""),
    element.getAttribute("aria-label") ?? "",
    labels,
    element.matches("input, select, textarea") ? "" : element.textContent + seen,
  ];
  return said.map((text) => text.trim()).find((text) => text !== "") ?? "";
}

if (!document.documentElement.lang.trim()) wrong.push("says no language");
if (!document.title.trim()) wrong.push("has no title");
for (const [selector, what] of [["h1", "first headings"], ["main", "main parts"]]) {
  const count = all(selector).length;
  if (count !== 1) wrong.push(`has ${count} ${what}`);
}
const ids = all("[id]").map((element) => element.id);
for (const id of ids.filter((id, place) => ids.indexOf(id) !== place)) wrong.push(`has the id twice: ${id}`);
for (const field of all("input:not([type=hidden]), select, textarea")) {
  if (!name(field)) wrong.push(`has a field without a label: ${shown(field)}`);
}
for (const control of all("a[href], button, summary")) {
  if (!name(control)) wrong.push(`has something to press without a name: ${shown(control)}`);
}
for (const picture of all("img")) {
  if (!picture.hasAttribute("alt")) wrong.push(`has a picture without words: ${shown(picture)}`);
}
for (const drawing of all("svg")) {
  const isDecoration = drawing.getAttribute("aria-hidden") === "true";
  const isNamed = drawing.getAttribute("role") === "img" && name(drawing);
  if (!isDecoration && !isNamed) wrong.push(`has a drawing without words: ${shown(drawing)}`);
}
for (const table of all("table")) {
  const heads = [...table.querySelectorAll("th")];
  if (heads.length === 0) wrong.push(`has a table without headers: ${shown(table)}`);
  for (const head of heads.filter((head) => !head.hasAttribute("scope"))) {
    wrong.push(`has a header without a scope: ${shown(head)}`);
  }
}
for (const reference of ["aria-labelledby", "aria-describedby", "aria-controls", "for"]) {
  for (const element of all(`[${reference}]`)) {
    const absent = element.getAttribute(reference).split(/\s+/).filter((id) => !document.getElementById(id));
    if (absent.length > 0) wrong.push(`refers to what is not there: ${shown(element)}`);
  }
}
for (const link of all("a[href^='#']")) {
  const id = link.getAttribute("href").slice(1);
  if (!document.getElementById(id)) wrong.push(`leads nowhere: ${shown(link)}`);
}
for (const element of all("[tabindex]")) {
  if (element.tabIndex > 0) wrong.push(`changes the order of the keyboard: ${shown(element)}`);
}
for (const hidden of all("[aria-hidden=true]")) {
  if (hidden.querySelector("a[href], button, input, select, textarea")) {
    wrong.push(`hides what can be reached: ${shown(hidden)}`);
  }
}
return wrong;
