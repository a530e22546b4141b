// What is wrong with the page as it stands, one sentence each; the argument is the window's width.
const [width] = arguments;
const wrong = [];
const sideways = document.documentElement.scrollWidth;
if (sideways > width) {
  const wide = [...document.body.querySelectorAll("*")]
    .filter((element) => element.getBoundingClientRect().right > width + 1)
    .map((element) => `${element.tagName}.${element.className}`)
    .slice(-3);
  wrong.push(`scrolls sideways, ${sideways} wide: ${wide}`);
}
for (const element of document.querySelectorAll("script:not([src]), style, [style]")) {
  wrong.push(`is inline: ${element.outerHTML.slice(0, 100)}`);
}
for (const element of document.querySelectorAll("*")) {
  for (const name of element.getAttributeNames()) {
    if (name.startsWith("on")) wrong.push(`has a handler: ${element.outerHTML.slice(0, 100)}`);
  }
}
for (const violation of window.violations) wrong.push(`broke its rules: ${violation}`);
return wrong;
