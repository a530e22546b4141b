// Texts that stand out too little from what is behind them: under 4.5, or under 3 where they are large (WCAG 2.2, 1.4.3).
for (const details of document.querySelectorAll("details")) details.open = true;
const canvas = document.createElement("canvas");
canvas.width = canvas.height = 1;
const brush = canvas.getContext("2d", { willReadFrequently: true });

// Any way of writing a color, as red, green, blue (0 to 255) and opacity (0 to 1).
function parse(color) {
  brush.clearRect(0, 0, 1, 1);
  brush.fillStyle = color;
  brush.fillRect(0, 0, 1, 1);
  const [red, green, blue, alpha] = brush.getImageData(0, 0, 1, 1).data;
  return [red, green, blue, alpha / 255];
}
function over([red, green, blue, alpha], below) {
  const mix = (one, other) => one * alpha + other * (1 - alpha);
  return [mix(red, below[0]), mix(green, below[1]), mix(blue, below[2]), 1];
}
function luminance(color) {
  const [red, green, blue] = color.slice(0, 3).map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
function contrast(one, other) {
  const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
}
function behind(element) {
  const layers = [];
  for (let each = element; each; each = each.parentElement) {
    const color = parse(getComputedStyle(each).backgroundColor);
    if (color[3] > 0) layers.push(color);
    if (color[3] === 1) break;
  }
  return layers.reverse().reduce((below, layer) => over(layer, below), parse("Canvas"));
}
function opacity(element) {
  let whole = 1;
  for (let each = element; each; each = each.parentElement) whole *= Number(getComputedStyle(each).opacity);
  return whole;
}
function isVisible(element) {
  const box = element.getBoundingClientRect();
  return box.width > 1 && box.height > 1
    && element.checkVisibility({ visibilityProperty: true, contentVisibilityAuto: true })
    && !element.closest(".screen-reader, .skip, :disabled");
}

const faint = new Set();
let lookedAt = 0;
function look(element, style, text) {
  lookedAt += 1;
  const ground = behind(element);
  const isDrawn = element instanceof SVGElement;
  const color = parse(isDrawn ? style.fill : style.color);
  color[3] *= opacity(element);
  const size = parseFloat(style.fontSize);
  const isLarge = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
  const found = contrast(over(color, ground), ground);
  if (found < (isLarge ? 3 : 4.5)) {
    faint.add(`${found.toFixed(2)} “${text.slice(0, 40)}” in ${element.tagName}.${element.getAttribute("class")}`);
  }
}

const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walker.nextNode()) {
  const text = walker.currentNode.data.trim();
  const element = walker.currentNode.parentElement;
  if (text && isVisible(element)) look(element, getComputedStyle(element), text);
}
for (const field of document.querySelectorAll("input[placeholder]")) {
  if (isVisible(field)) look(field, getComputedStyle(field, "::placeholder"), field.placeholder);
}
for (const field of document.querySelectorAll("input:not([type=hidden]), select, textarea")) {
  if (isVisible(field) && field.value) look(field, getComputedStyle(field), field.value);
}
return { looked_at: lookedAt, faint: [...faint] };
