// SPDX-License-Identifier: MIT
// A distribution as staircases, one a setting, with a legend that reads and hides them.
const PLOT = {left: 66, right: 712, top: 10, bottom: 270, width: 720, height: 312};

/** The share of a line's runs that took no longer than x. */
function shareAt(line, x) {
  let low = 0, high = line.x.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (line.x[middle] <= x) low = middle + 1; else high = middle;
  }
  return low === 0 ? 0 : line.p[low - 1];
}

function drawDistribution(data, colours) {
  const hidden = new Set();
  const picture = svg("svg", {
    viewBox: `0 0 ${PLOT.width} ${PLOT.height}`, tabindex: 0, role: "img",
    "aria-label": `${data.title} by setting: the share of runs that took no longer. `
      + "Arrow keys read it; the table has its quantiles.",
  });
  const at = html("li", {class: "at", "aria-live": "polite"});
  const entries = data.lines.map((line, number) => legendEntry(line, () => {
    if (hidden.has(number)) hidden.delete(number); else hidden.add(number);
    entries[number].button.setAttribute("aria-pressed", String(!hidden.has(number)));
    redraw();
  }, (pointedAt) => {
    for (const path of picture.querySelectorAll(".line")) {
      path.style.opacity = pointedAt && path.dataset.label !== line.label ? 0.2 : 1;
    }
  }));
  let scale = null, cursor = null, marks = null; // the cursor: a share of the axis
  let isLogarithmic = false;
  const logarithmic = html("button", {type: "button", "aria-pressed": "false"}, "logarithmic axis");
  logarithmic.addEventListener("click", () => {
    isLogarithmic = !isLogarithmic;
    logarithmic.setAttribute("aria-pressed", String(isLogarithmic));
    redraw();
  });
  const toX = (x) => PLOT.left + scale.shareOf(x) * (PLOT.right - PLOT.left);
  const toY = (p) => PLOT.bottom - p * (PLOT.bottom - PLOT.top);

  function redraw() {
    const shown = data.lines.filter((line, number) => !hidden.has(number));
    scale = scaleOf(shown, isLogarithmic);
    const grid = [0, 0.25, 0.5, 0.75, 1].map((p) => svg("g", {},
      svg("line", {x1: PLOT.left, x2: PLOT.right, y1: toY(p), y2: toY(p),
        stroke: colours.hairline}),
      svg("text", {x: PLOT.left - 6, y: toY(p) + 4, "text-anchor": "end", fill: colours.ink},
        `${100 * p} %`)));
    grid.push(svg("text", {transform: `translate(12,${(PLOT.top + PLOT.bottom) / 2}) rotate(-90)`,
      "text-anchor": "middle", fill: colours.ink}, "runs that took no longer"));
    marks = svg("g", {class: "marks"});
    picture.replaceChildren(...grid,
      axis({left: PLOT.left, right: PLOT.right, y: PLOT.bottom}, toX, scale.ticks,
        `${data.title}: ${data.meaning} [s]`, colours.ink),
      ...shown.map((line) => stairs(line, toX, toY)), marks);
    read(cursor);
  }

  function read(place) {
    cursor = place;
    const x = place === null ? null : scale.at(place);
    marks.replaceChildren();
    at.textContent = x === null ? "" : `within ${seconds(x, isLogarithmic ? x : scale.high)}:`;
    if (x !== null) {
      marks.append(svg("line", {x1: toX(x), x2: toX(x), y1: PLOT.top, y2: PLOT.bottom,
        stroke: colours.ink, "stroke-dasharray": "2 3"}));
    }
    data.lines.forEach((line, number) => {
      const p = x === null || hidden.has(number) ? null : shareAt(line, x);
      entries[number].share.textContent = p === null ? "" : `${(100 * p).toFixed(1)} %`;
      if (p !== null) {
        marks.append(svg("circle", {cx: toX(x), cy: toY(p), r: 4, fill: "white",
          stroke: line.colour, "stroke-width": 2}));
      }
    });
  }

  picture.addEventListener("pointermove", (event) => {
    const box = picture.getBoundingClientRect();
    const x = (event.clientX - box.left) / box.width * PLOT.width;
    read(Math.min(Math.max((x - PLOT.left) / (PLOT.right - PLOT.left), 0), 1));
  });
  picture.addEventListener("pointerleave", () => read(null));
  picture.addEventListener("keydown", (event) => {
    const step = {ArrowLeft: -0.01, ArrowRight: 0.01}[event.key];
    if (step === undefined) return;
    event.preventDefault();
    read(Math.min(Math.max((cursor ?? 0) + step, 0), 1));
  });
  redraw();
  return html("figure", {class: "distribution", "data-measure": data.column},
    html("figcaption", {}, html("h3", {}, data.title)), picture,
    html("ul", {class: "legend", "aria-label": "Lines"}, at, ...entries.map(({item}) => item),
      html("li", {class: "scale"}, logarithmic)));
}

/** An axis from 0, or, logarithmic, from the shortest above 0, to just beyond the longest. */
function scaleOf(lines, isLogarithmic) {
  const high = 1.03 * (Math.max(0, ...lines.flatMap((line) => line.x.slice(-1))) || 1);
  if (!isLogarithmic) {
    return {high, shareOf: (x) => x / high, at: (share) => share * high, ticks: ticks(0, high, 8)};
  }
  const shortest = Math.min(high / 10, ...lines.flatMap((line) => line.x.find((x) => x > 0) ?? []));
  const low = shortest / 1.2, decades = Math.log(high / low);
  return {high, shareOf: (x) => Math.log(Math.max(x, low) / low) / decades,
    at: (share) => low * Math.exp(share * decades), ticks: logarithmicTicks(low, high)};
}

function stairs(line, toX, toY) {
  let path = "";
  line.x.forEach((x, i) => {
    path += i === 0 ? `M${toX(x).toFixed(1)},${toY(0)}` : `H${toX(x).toFixed(1)}`;
    path += `V${toY(line.p[i]).toFixed(1)}`;
  });
  return svg("path", {d: path, fill: "none", stroke: line.colour, "stroke-width": 2,
    "stroke-dasharray": line.dashes, class: "line", "data-label": line.label});
}

/** A button that hides its line, and makes the others fade while it is pointed at. */
function legendEntry(line, toggle, point) {
  const share = html("span", {class: "share"});
  const sample = svg("svg", {viewBox: "0 0 28 8", "aria-hidden": "true"},
    svg("line", {x1: 0, x2: 28, y1: 4, y2: 4, stroke: line.colour, "stroke-width": 3,
      "stroke-dasharray": line.dashes}));
  const button = html("button", {type: "button", "aria-pressed": "true",
    title: "hide this line, or show it again"}, sample, html("span", {}, line.label), share);
  button.addEventListener("click", toggle);
  for (const type of ["pointerenter", "focus"]) button.addEventListener(type, () => point(true));
  for (const type of ["pointerleave", "blur"]) button.addEventListener(type, () => point(false));
  return {button, share, item: html("li", {}, button)};
}
