// What is wrong with a page where texts are programs, one sentence each; where it leads, and what can be read on it.
for (const details of document.querySelectorAll("details")) details.open = true;
const wrong = window.foreign.map((what) => `ran: ${what}`);
for (const violation of window.violations) wrong.push(`broke its rules: ${violation}`);

const foreign = new Set("AUDIO BASE EMBED IFRAME IMG MATH OBJECT STYLE VIDEO".split(" "));
const isOurs = (address) => address.startsWith(`${location.origin}/static/`);
const isProgram = (name) => name.startsWith("on") || name === "style" || name === "srcdoc";
function leadsAstray(element, name) {
  const address = element.getAttribute(name) ?? "";
  return address !== "" && !["http:", "https:", "mailto:"].includes(new URL(address, location).protocol);
}
function hasGrown(element) {
  const tag = element.tagName.toUpperCase();
  return foreign.has(tag)
    || (tag === "SCRIPT" && !isOurs(element.src))
    || (tag === "LINK" && !isOurs(element.href))
    || (tag === "META" && element.httpEquiv !== "")
    || element.getAttributeNames().some(isProgram)
    || ["href", "src", "action", "formaction", "xlink:href"].some((name) => leadsAstray(element, name));
}
for (const element of document.querySelectorAll("*")) {
  if (hasGrown(element)) wrong.push(`has grown: ${element.outerHTML.slice(0, 150)}`);
}

const links = [...document.querySelectorAll("a[href^='/']")].map((link) => link.getAttribute("href").split("#")[0]);
const fields = [...document.querySelectorAll("input, textarea")].map((field) => field.value);
return { wrong, links: [...new Set(links)], text: [document.body.textContent, ...fields].join("\n") };
