// SPDX-License-Identifier: MIT
// One run as lanes, with a cursor that says what was so at its instant.
const LANES = {left: 62, right: 988, width: 1000, faults: 6, row: 15, bar: 30};
const SERVERS = ["first", "second"];

/** What was so at an instant: the spans that hold it; those that end there only at the very end. */
function spansAt(run, time) {
  const end = run.whole[1];
  const isIn = ([, , , from, to]) => from <= time && (time < to || (time === end && to >= end));
  return run.spans.filter(isIn)
    .map(([lane, who, what]) => ({lane, who, what}));
}

/** In words: of each server, of the client, and of what was wrong. */
function stateAt(run, time) {
  const there = spansAt(run, time);
  const words = {};
  for (const server of SERVERS) {
    const of = (lane) => there.filter((span) => span.lane === lane && span.who === server);
    words[server] = [
      ...of("state").map(({what}) => what),
      ...of("holds").map(({what}) => `holds the ${what} address`),
      ...of("serves").map(() => "serves"),
      ...of("frozen").map(() => "frozen"),
    ].join(", ") || "off";
  }
  words.client = there.some(({lane}) => lane === "unanswered") ? "gets no answers" : "is answered";
  words.faults = there.filter(({lane}) => lane === "fault")
    .map(({who, what}) => `${what} of ${who}`).join(", ") || "none";
  return words;
}

/** How many lines of the story lie at or before an instant. */
function linesUntil(run, time) {
  const after = run.lines.findIndex(([at]) => at > time);
  return after < 0 ? run.lines.length : after;
}

class RunFigure {
  constructor(place, run, colours, number) {
    Object.assign(this, {run, colours, number});
    this.window = [...run.window];
    this.time = run.outage ? run.outage[0] : run.window[0];
    this.rows = this.rowsOfFaults();
    this.heights();
    this.picture = svg("svg", {viewBox: `0 0 ${LANES.width} ${this.height}`, role: "img",
      "aria-label": `${place.dataset.name}: states of both servers and answers to the client. `
        + "The slider beneath goes through it, and says what was so."});
    this.slider = html("input", {type: "range", min: 0, max: 1000, step: 1,
      "aria-label": "Instant of the run"});
    this.states = {};
    this.story = html("ol", {class: "story", "aria-label": "What happened around this instant"});
    place.append(html("figure", {}, this.picture, this.legend()), this.controls(), this.instant());
    this.listen();
    this.redraw();
  }

  get span() { return this.window[1] - this.window[0]; }

  toX(time) {
    return LANES.left + (time - this.window[0]) / this.span * (LANES.right - LANES.left);
  }

  /** Faults lie above the lanes, each in the first row that is free when it begins. */
  rowsOfFaults() {
    const ends = [];
    return this.run.spans.filter(([lane]) => lane === "fault").map((span) => {
      const free = ends.findIndex((end) => end <= span[3]);
      const row = free < 0 ? Math.min(ends.length, 5) : free;
      ends[row] = span[4];
      return {span, row};
    });
  }

  heights() {
    const top = LANES.faults + LANES.row * (1 + Math.max(-1, ...this.rows.map(({row}) => row))) + 6;
    this.tops = {first: top, second: top + 52, client: top + 104};
    this.bottom = top + 104 + 26;
    this.height = this.bottom + 42;
  }

  // -- drawing ----------------------------------------------------------------------------------

  redraw() {
    const {ink} = this.colours;
    const [low, high] = this.window;
    const names = Object.entries(this.tops).map(([name, y]) =>
      svg("text", {x: LANES.left - 8, y: y + 19, "text-anchor": "end", fill: ink}, name));
    const clip = `lanes-${this.number}`;
    const drawn = svg("g", {"clip-path": `url(#${clip})`}, this.answered(), ...this.faults());
    for (const span of this.run.spans) {
      if (span[4] > low && span[3] < high) drawn.append(...this.drawn(span));
    }
    this.cursor = svg("line", {y1: 0, y2: this.bottom, stroke: ink, "stroke-width": 1.5});
    this.picture.replaceChildren(
      svg("defs", {}, this.hatch(),
        svg("clipPath", {id: clip}, svg("rect", {x: LANES.left, y: 0,
          width: LANES.right - LANES.left, height: this.bottom + 1}))),
      drawn, ...names,
      axis({left: LANES.left, right: LANES.right, y: this.bottom + 2}, (t) => this.toX(t),
        ticks(low, high, 8), "time of the run [s]", ink),
      this.cursor);
    this.say();
  }

  box(span, y, height, attributes) {
    const from = Math.max(span[3], this.window[0] - this.span);
    const to = Math.min(span[4], this.window[1] + this.span);
    const x = this.toX(from);
    return svg("rect", {x, y, width: Math.max(this.toX(to) - x, 0.8), height, ...attributes});
  }

  drawn(span) {
    const [lane, who, what] = span;
    const y = this.tops[who];
    if (lane === "state" && what !== "off") {
      const box = this.box(span, y, LANES.bar, {fill: this.colours.states[what] ?? "#bbbbbb"});
      box.append(svg("title", {}, `${who}: ${what}, ${span[3]} s to ${span[4]} s`));
      return [box, ...this.word(span, y + 20, what)];
    }
    if (lane === "holds" && what === "primary") {
      return [this.box(span, y + LANES.bar + 3, 6, {fill: this.colours.holds})];
    }
    if (lane === "frozen") {
      return [this.box(span, y, LANES.bar,
        {fill: `url(#hatch-${this.number})`, stroke: this.colours.ink})];
    }
    if (lane === "unanswered") {
      return [this.box(span, this.tops.client, 22, {fill: this.colours.unanswered})];
    }
    return [];
  }

  /** The name of a state in its bar, where there is room. */
  word(span, y, text) {
    const from = Math.max(this.toX(span[3]), LANES.left);
    const to = Math.min(this.toX(span[4]), LANES.right);
    if (to - from < 8 * text.length + 8) return [];
    const fill = text === "primary" ? "white" : this.colours.ink;
    return [svg("text", {x: from + 6, y, fill, "pointer-events": "none"}, text)];
  }

  answered() {
    return svg("rect", {x: LANES.left, y: this.tops.client, width: LANES.right - LANES.left,
      height: 22, fill: this.colours.answered});
  }

  /** Shades behind the lanes, with their names where these do not run into one another. */
  faults() {
    const [low, high] = this.window;
    const ends = []; // of the names, by row
    return this.rows.filter(({span}) => span[4] > low && span[3] < high).flatMap(({span, row}) => {
      const [, who, what, from] = span;
      const y = LANES.faults + LANES.row * row;
      const x = Math.max(this.toX(from), LANES.left) + 4;
      const name = `${what} of ${who}`;
      const shade = this.box(span, y, this.bottom - y, {fill: this.colours.fault, opacity: 0.1});
      if (x < (ends[row] ?? 0)) return [shade];
      ends[row] = x + 8 * name.length;
      return [shade,
        svg("text", {x, y: y + 11, class: "fault", fill: this.colours.faultText}, name)];
    });
  }

  hatch() {
    return svg("pattern", {id: `hatch-${this.number}`, width: 7, height: 7,
      patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)"},
      svg("line", {y2: 7, stroke: this.colours.ink, "stroke-width": 2}));
  }

  legend() {
    const {colours, run} = this;
    const has = (lane, what) =>
      run.spans.some((span) => span[0] === lane && (!what || span[2] === what));
    const entries = Object.entries(colours.states).filter(([what]) => has("state", what))
      .map(([what, fill]) => [what, fill]);
    entries.push(["holds the primary address", colours.holds]);
    entries.push(["client answered", colours.answered]);
    if (has("unanswered")) entries.push(["no answers", colours.unanswered]);
    if (has("frozen")) entries.push(["frozen (hatched)", colours.ink]);
    return html("ul", {class: "keys", "aria-label": "Colours"}, ...entries.map(([text, fill]) =>
      html("li", {}, svg("svg", {viewBox: "0 0 18 11", "aria-hidden": "true"},
        svg("rect", {width: 18, height: 11, fill})), text)));
  }

  // -- going through it -------------------------------------------------------------------------

  controls() {
    const button = (text, act, disabled = false) => {
      const made = html("button", {type: "button"}, text);
      made.disabled = disabled;
      made.addEventListener("click", act);
      return made;
    };
    return html("div", {class: "controls"}, this.slider,
      button("◀ line before", () => this.step(-1)), button("next line ▶", () => this.step(1)),
      button("zoom in", () => this.zoom(0.5, this.time)),
      button("zoom out", () => this.zoom(2, this.time)),
      button("longest outage", () => this.show(...this.aroundOutage()), !this.run.outage),
      button("from change to change", () => this.show(...this.run.window)),
      button("the whole run", () => this.show(...this.run.whole)));
  }

  instant() {
    const list = html("dl", {"aria-live": "polite"});
    for (const name of ["time", ...SERVERS, "client", "faults"]) {
      this.states[name] = html("dd", {class: `at-${name}`});
      list.append(html("dt", {}, name), this.states[name]);
    }
    return html("div", {class: "instant"}, list, this.story);
  }

  listen() {
    this.slider.addEventListener("input", () =>
      this.go(this.window[0] + this.slider.value / 1000 * this.span));
    this.slider.addEventListener("keydown", (event) => {
      const act = {PageDown: () => this.step(1), PageUp: () => this.step(-1),
        "+": () => this.zoom(0.5, this.time), "-": () => this.zoom(2, this.time)}[event.key];
      if (!act) return;
      event.preventDefault();
      act();
    });
    const follow = (event) => this.go(this.timeAt(event));
    this.picture.addEventListener("pointerdown", (event) => {
      follow(event);
      event.preventDefault();
      this.slider.focus({preventScroll: true});
    });
    this.picture.addEventListener("pointermove", (event) => {
      if (event.buttons & 1) follow(event);
    });
    // Only once one is at work in the figure: the wheel is for the page before that.
    this.picture.addEventListener("wheel", (event) => {
      if (!event.ctrlKey && document.activeElement !== this.slider) return;
      event.preventDefault();
      this.zoom(2 ** Math.max(-1, Math.min(1, event.deltaY / 200)), this.timeAt(event));
    }, {passive: false});
  }

  timeAt(event) {
    const box = this.picture.getBoundingClientRect();
    const x = (event.clientX - box.left) / box.width * LANES.width;
    const share = Math.min(Math.max((x - LANES.left) / (LANES.right - LANES.left), 0), 1);
    return this.window[0] + share * this.span;
  }

  aroundOutage() {
    const [from, to] = this.run.outage;
    return [from - 0.25 * (to - from), to + 0.25 * (to - from)];
  }

  /** Moves the cursor; the window goes along if it leaves it. */
  go(time) {
    const [low, high] = this.run.whole;
    this.time = Math.min(Math.max(time, low), high);
    if (this.time < this.window[0] || this.time > this.window[1]) {
      this.show(this.time - this.span / 2, this.time + this.span / 2);
    } else {
      this.say();
    }
  }

  /** To the instant of another line of the story. */
  step(by) {
    const {lines} = this.run;
    const until = linesUntil(this.run, this.time);
    if (by > 0 && until < lines.length) this.go(lines[until][0]);
    if (by < 0) {
      const before = lines.filter(([at]) => at < this.time);
      if (before.length) this.go(before[before.length - 1][0]);
    }
  }

  zoom(factor, around) {
    const width = Math.max(this.span * factor, 1e-6);
    const share = (around - this.window[0]) / this.span;
    this.show(around - share * width, around + (1 - share) * width);
  }

  show(from, to) {
    const [low, high] = this.run.whole;
    const width = Math.min(to - from, high - low);
    const begin = Math.min(Math.max(from, low), high - width);
    this.window = [begin, begin + width];
    this.time = Math.min(Math.max(this.time, begin), begin + width);
    this.redraw();
  }

  /** Writes what was so at the cursor. */
  say() {
    const {run, time} = this;
    const x = this.toX(time);
    this.cursor.setAttribute("x1", x);
    this.cursor.setAttribute("x2", x);
    const text = seconds(time, this.span);
    this.slider.value = Math.round(1000 * (time - this.window[0]) / this.span);
    this.slider.setAttribute("aria-valuetext", text);
    const words = {time: text, ...stateAt(run, time)};
    for (const [name, place] of Object.entries(this.states)) place.textContent = words[name];

    const until = linesUntil(run, time);
    const first = Math.max(0, Math.min(until - 4, run.lines.length - 8));
    const latest = until > 0 ? run.lines[until - 1][0] : null;
    this.story.replaceChildren(...run.lines.slice(first, first + 8).map(([at, who, what], i) => {
      const when = at === latest ? "now" : at <= time ? "past" : "to-come";
      const item = html("li", {class: when},
        html("span", {}, seconds(at, this.span)), html("span", {}, who), html("span", {}, what));
      if (first + i === until - 1) item.setAttribute("aria-current", "true");
      return item;
    }));
  }
}
