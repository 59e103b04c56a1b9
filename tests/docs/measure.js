// What a browser makes of a page: put at its end by a test, in a frame whose page gets the answer.
const faults = [];
const size = document.documentElement;
if (size.scrollWidth > innerWidth) faults.push(`the page is ${size.scrollWidth} wide in a window of ${innerWidth}`);

// Boxes of the graph: none meets another, and their texts stay within them.
const boxes = [...document.querySelectorAll(".keg-box")].map(box => {
  const name = box.querySelector("title").textContent;
  const area = box.querySelector("rect").getBBox();
  for (const text of box.querySelectorAll("text")) {
    const inner = text.getBBox();
    const isInside = inner.x >= area.x && inner.x + inner.width <= area.x + area.width
      && inner.y >= area.y && inner.y + inner.height <= area.y + area.height;
    if (!isInside) faults.push(`${text.textContent} leaves the box of ${name}`);
  }
  return { name, area };
});
boxes.forEach(({ name, area }, number) => boxes.slice(number + 1).forEach(other => {
  const meets = area.x < other.area.x + other.area.width && other.area.x < area.x + area.width
    && area.y < other.area.y + other.area.height && other.area.y < area.y + area.height;
  if (meets) faults.push(`${name} and ${other.name} overlap`);
}));

// The contrast of each text with what is behind it: 4.5 is what readers of ordinary eyesight need.
const channels = colour => colour.match(/[\d.]+/g).map(Number);
const luminance = colour => {
  const [red, green, blue] = channels(colour).slice(0, 3).map(value => value / 255)
    .map(value => value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
};
const behind = element => {
  for (let at = element; at; at = at.parentElement) {
    const colour = getComputedStyle(at).backgroundColor;
    if ((channels(colour)[3] ?? 1) > 0) return colour;
  }
  return "rgb(255, 255, 255)";
};
let texts = 0;
const check = (element, colour, back) => {
  const [one, other] = [luminance(colour), luminance(back)].sort((one, other) => other - one);
  const contrast = (one + 0.05) / (other + 0.05);
  texts += 1;
  if (contrast < 4.5) faults.push(`${element.className.baseVal ?? element.className} ${element.textContent.trim().slice(0, 40)}: contrast ${contrast.toFixed(2)}`);
};
for (const element of document.querySelectorAll("body *")) {
  const hasText = [...element.childNodes].some(node => node.nodeType === 3 && node.textContent.trim());
  if (!hasText || element.closest("svg, script, style, title")) continue;
  check(element, getComputedStyle(element).color, behind(element));
}
for (const text of document.querySelectorAll(".keg-box text")) {
  check(text, getComputedStyle(text).fill, getComputedStyle(text.parentElement.querySelector("rect")).fill);
}
const isDark = matchMedia("(prefers-color-scheme: dark)").matches;
const answer = { width: innerWidth, isDark, boxes: boxes.length, texts, faults: [...new Set(faults)].slice(0, 20) };
const bytes = new TextEncoder().encode(JSON.stringify(answer));
parent.postMessage([...bytes].map(byte => byte.toString(16).padStart(2, "0")).join(""), "*");
