// SPDX-License-Identifier: MIT
// What both kinds of figure are drawn with.
const SVG = "http://www.w3.org/2000/svg";

/** An element of a drawing: svg("rect", {x: 1}, child...). */
function svg(name, attributes = {}, ...children) {
  return filled(document.createElementNS(SVG, name), attributes, children);
}

/** An element of the page. */
function html(name, attributes = {}, ...children) {
  return filled(document.createElement(name), attributes, children);
}

function filled(element, attributes, children) {
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

/** Round values from low to high, about so many. */
function ticks(low, high, about) {
  const rough = (high - low) / about;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((digit) => digit * power).find((size) => size >= rough);
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  const decimals = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  return Array.from({length: last - first + 1}, (_, i) => {
    const value = (first + i) * step;
    return {value, text: value.toFixed(decimals)};
  });
}

/** Powers of ten from low to high, and where few fit their doubles and fivefolds. */
function logarithmicTicks(low, high) {
  const digits = high / low > 1e4 ? [1] : [1, 2, 5];
  const found = [];
  for (let power = Math.floor(Math.log10(low)); 10 ** power <= high; power++) {
    for (const digit of digits) {
      const value = digit * 10 ** power;
      const text = value.toFixed(Math.max(0, -power));
      if (value >= low && value <= high) found.push({value, text});
    }
  }
  return found;
}

/** Seconds, to the millisecond, or to the width of a pixel in a window so long. */
function seconds(value, span) {
  const decimals = Math.min(9, Math.max(3, Math.ceil(-Math.log10(span / 1000))));
  return `${value.toFixed(decimals)} s`;
}

/** A horizontal axis with its ticks, and what it shows beneath it. */
function axis(at, toX, marked, title, ink) {
  const parts = marked.map(({value, text}) =>
    svg("g", {transform: `translate(${toX(value)},${at.y})`},
      svg("line", {y2: 5, stroke: ink}),
      svg("text", {y: 18, "text-anchor": "middle", fill: ink}, text)));
  return svg("g", {class: "axis"},
    svg("line", {x1: at.left, x2: at.right, y1: at.y, y2: at.y, stroke: ink}), ...parts,
    svg("text", {x: (at.left + at.right) / 2, y: at.y + 36, "text-anchor": "middle", fill: ink},
      title));
}
