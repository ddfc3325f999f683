
"use strict";

const graph = JSON.parse(document.getElementById("data").textContent, (key, value) =>
  // What JSON has no number for; a name is never under one of these keys.
  ["data", "number", "largest"].includes(key) ? number(value) : value);
for (const node of graph.nodes) if (node.slopes) node.slopes = node.slopes.map(x => x === null ? null : number(x));

const byId = id => document.getElementById(id);
const nodes = graph.nodes;
const output = nodes[graph.output];

function number(x) {
  return typeof x === "string" ? { inf: Infinity, "-inf": -Infinity, nan: NaN }[x] : x;
}

// Numbers as Python shows them ---------------------------------------------------------------------------------------

/** x with so many significant digits, as Python's format "zg" has it. */
function shown(x, digits = graph.precision) {
  if (Number.isNaN(x)) return "nan";
  if (!Number.isFinite(x)) return x < 0 ? "-inf" : "inf";
  if (x === 0) return "0";
  const [figures, exponent] = rounded(Math.abs(x), digits);
  const sign = x < 0 ? "-" : "";
  const trimmed = text => text.includes(".") ? text.replace(/\.?0*$/, "") : text;
  if (exponent < -4 || exponent >= digits) {
    const size = String(Math.abs(exponent)).padStart(2, "0");
    return `${sign}${trimmed(`${figures[0]}.${figures.slice(1)}`)}e${exponent < 0 ? "-" : "+"}${size}`;
  }
  if (exponent < 0) return sign + trimmed(`0.${"0".repeat(-exponent - 1)}${figures}`);
  return sign + trimmed(`${figures.slice(0, exponent + 1)}.${figures.slice(exponent + 1)}`);
}

/** The significant figures of a positive number, and the power of ten of the first; a tie goes to the even figure. */
function rounded(x, digits) {
  const split = text => {
    const [figures, exponent] = text.split("e");
    return [figures.replace(".", ""), Number(exponent)];
  };
  const [exact, exponent] = split(x.toExponential(100));
  const kept = exact.slice(0, digits);
  // JavaScript rounds a tie up.
  if (/^50*$/.test(exact.slice(digits)) && Number(kept.at(-1)) % 2 === 0) return [kept, exponent];
  return split(x.toExponential(digits - 1));
}

// The steps ----------------------------------------------------------------------------------------------------------

const made = nodes.map((node, place) => place).filter(place => nodes[place].operation);
const uses = nodes.map(() => 0);
for (const [place, which] of graph.orders.right)
  for (const operand of which) uses[nodes[place].operands[operand].node] += 1;

/** Every step of both passes, the backward pass in the right or in the wrong order. */
function stepsOf(order) {
  return [
    { kind: "start" },
    ...made.map(node => ({ kind: "forward", node })),
    { kind: "seed", node: graph.output },
    ...graph.orders[order].map(([node, places]) => ({ kind: "backward", node, places })),
  ];
}

/** What is known after a step: which values, and of every gradient the contributions that have come. */
function stateAfter(steps, last) {
  const known = new Set(nodes.map((node, place) => place).filter(place => !nodes[place].operation));
  const grads = nodes.map(() => null);
  const received = nodes.map(() => []);
  for (const step of steps.slice(0, last + 1)) {
    if (step.kind === "forward") known.add(step.node);
    if (step.kind === "seed") grads[step.node] = 1;
    for (const place of step.places ?? []) contribute(step.node, place, grads, received);
  }
  return { known, grads, received };
}

function contribute(from, place, grads, received) {
  const to = nodes[from].operands[place].node;
  const slope = nodes[from].slopes[place];
  const upstream = grads[from];
  const flows = slope !== null && upstream !== null;
  const amount = flows ? slope * upstream : 0;
  if (flows) grads[to] = grads[to] === null ? amount : grads[to] + amount;
  received[to].push({ from, place, upstream: upstream ?? 0, slope: slope ?? 0, amount, total: grads[to] ?? 0 });
}

const rightSteps = stepsOf("right");
const right = stateAfter(rightSteps, rightSteps.length - 1);
let steps = rightSteps;
let position = 0;
let state = stateAfter(steps, 0);
let chosen = null;
// The values in view: those recorded, or those that the sliders ask for.
let data = nodes.map(node => node.data);

// Mathematics --------------------------------------------------------------------------------------------------------

function mathElement(tag, ...children) {
  const element = document.createElementNS("http://www.w3.org/1998/Math/MathML", tag);
  element.append(...children);
  return element;
}
const sign = text => mathElement("mo", text);
const inBrackets = element => mathElement("mrow", sign("("), element, sign(")"));

function nameOf(place) {
  const { name, parts } = nodes[place];
  if (!parts) return mathElement("mtext", name);
  const [letters, below, index] = parts;
  const stem = mathElement("mi", letters);
  const whole = mathElement("mrow", below ? mathElement("msub", stem, mathElement("mn", below)) : stem);
  if (index) whole.append(mathElement("mtext", index));
  return whole;
}

function numeral(x) {
  const [mantissa, exponent] = shown(x).replace("-", "−").replace("inf", "∞").split("e");
  const whole = mathElement("mrow", mathElement("mn", mantissa));
  if (exponent) {
    const power = mathElement("mn", String(Number(exponent)).replace("-", "−"));
    whole.append(sign("×"), mathElement("msup", mathElement("mn", "10"), power));
  }
  return whole;
}

const named = place => ({ bare: () => nameOf(place), clear: nodes[place].clear });
const counted = x => ({ bare: () => numeral(x), clear: !/^-|e/.test(shown(x)) });

/** A formula of the table with names or numbers in its slots: "@0" as it is, "!0" beside a sign. */
function filled(markup, pieces) {
  const holder = document.createElement("template");
  holder.innerHTML = `<math><mrow>${markup}</mrow></math>`;
  const formula = holder.content.querySelector("mrow");
  for (const slot of formula.querySelectorAll("mtext")) {
    const [, guard, place] = /^([@!])([012])$/.exec(slot.textContent) ?? [];
    if (!guard) continue;
    const piece = pieces[place];
    slot.replaceWith(guard === "!" && !piece.clear ? inBrackets(piece.bare()) : piece.bare());
  }
  return formula;
}

function derivative(of, by) {
  return mathElement("mfrac", mathElement("mrow", sign("∂"), nameOf(of)), mathElement("mrow", sign("∂"), nameOf(by)));
}

/** A line of mathematics: what is on the left, the first sign, and what is equal to it. */
function equation(left, relation, sides) {
  const row = document.createElement("div");
  row.className = "row";
  sides.forEach((side, index) => {
    const first = index === 0 ? [left, sign(relation)] : [mathElement("mrow"), sign("=")];
    row.append(mathElement("math", mathElement("mrow", ...first, ...[side].flat())), " ");
  });
  return row;
}

const operandPieces = (node, write) =>
  node.operands.map(operand => operand.node === undefined ? counted(operand.number) : write(operand.node));

function valueLine(place) {
  const node = nodes[place];
  const { formula } = graph.operations[node.operation];
  const write = at => counted(data[at]);
  const sides = [named, write].map(pen => filled(formula, operandPieces(node, pen)));
  return equation(nameOf(place), "=", [...sides, numeral(data[place])]);
}

/** The slope of an edge, in symbols and with the numbers put in. */
function slopeSides(from, place) {
  const node = nodes[from];
  const markup = graph.operations[node.operation].partials[place];
  const slope = node.slopes[place] ?? 0;
  if (markup === null) return [null, counted(slope)];
  const recorded = at => counted(nodes[at].data);
  const fill = pen => {
    const operands = operandPieces(node, pen);
    return filled(markup, [operands[0], operands.at(-1), pen(from)].map((piece, slot) =>
      slot < operands.length ? operands[slot] : piece));
  };
  return [fill(named), { bare: () => fill(recorded), clear: true }];
}

function slopeLine(from, place) {
  const [symbols, numbers] = slopeSides(from, place);
  const sides = [numbers.bare(), numeral(nodes[from].slopes[place] ?? 0)];
  return equation(derivative(from, nodes[from].operands[place].node), "=", symbols ? [symbols, ...sides] : sides.slice(1));
}

function chainLine({ from, place, upstream, amount }) {
  const to = nodes[from].operands[place].node;
  const [symbols, numbers] = slopeSides(from, place);
  const slope = numbers.clear ? numbers.bare() : inBrackets(numbers.bare());
  const sides = [[derivative(graph.output, from), sign("·"), derivative(from, to)]];
  if (symbols) sides.push([derivative(graph.output, from), sign("·"), symbols]);
  sides.push([numeral(upstream), sign("·"), slope], numeral(amount));
  return equation(derivative(graph.output, to), uses[to] > 1 ? "+=" : "=", sides);
}

// The panel ----------------------------------------------------------------------------------------------------------

function note(text, kind = "note") {
  const element = document.createElement("p");
  element.className = kind;
  element.textContent = text;
  return element;
}

const same = (a, b) => a === b || (Number.isNaN(a) && Number.isNaN(b));

/** What an operation does, as text: its sign between two operands, or in front of them. */
function written(node) {
  const { sign } = graph.operations[node.operation];
  const operands = node.operands.map(operand => operand.node === undefined ? shown(operand.number) : nodes[operand.node].name);
  const between = operands.length === 2 && !/[a-z]/.test(sign);
  return between ? operands.join(` ${sign} `) : `${sign}(${operands.join(", ")})`;
}

function describe(step) {
  if (step.kind === "start") return ["Given", "The inputs have their values; everything else is still to come.", []];
  const node = nodes[step.node];
  if (step.kind === "forward") {
    const slopes = node.operands.flatMap((operand, place) => operand.node === undefined ? [] : [slopeLine(step.node, place)]);
    const lines = [valueLine(step.node), note("Its local derivatives, for the way back:"), ...slopes];
    return ["Forward", `${node.name} = ${written(node)} = ${shown(data[step.node])}`, lines];
  }
  if (step.kind === "seed") {
    const line = equation(derivative(graph.output, graph.output), "=", [numeral(1)]);
    return ["Backward", `The way back begins at ${node.name}, whose gradient is 1.`, [line]];
  }
  const sentence = `${node.name} = ${written(node)} hands its gradient, ${shown(state.grads[step.node] ?? 0)}, on.`;
  return ["Backward", sentence, backwardLines(step)];
}

function backwardLines(step) {
  const lines = [];
  const before = stateAfter(steps, position - 1);
  const arrived = before.received[step.node].length;
  if (arrived < uses[step.node])
    lines.push(note(`Too early: only ${arrived} of ${uses[step.node]} contributions to ${nodes[step.node].name} have come.`, "bad"));
  const taken = new Map();
  for (const place of step.places) {
    const to = nodes[step.node].operands[place].node;
    const count = taken.get(to) ?? 0;
    taken.set(to, count + 1);
    const contribution = state.received[to][before.received[to].length + count];
    lines.push(chainLine(contribution));
    if (uses[to] > 1) lines.push(note(addedUp(to, contribution)));
  }
  return lines;
}

function addedUp(to, contribution) {
  const come = state.received[to].indexOf(contribution) + 1;
  const amounts = state.received[to].slice(0, come).map(({ amount }) => shown(amount));
  const terms = amounts.map((amount, index) => index && amount.startsWith("-") ? `(${amount})` : amount);
  const sum = come > 1 ? `${terms.join(" + ")} = ${shown(contribution.total)}` : amounts[0];
  const rest = uses[to] - come;
  return `${nodes[to].name} so far: ${sum}; ${rest ? `${rest} more to come` : "complete"}`;
}

function outcome() {
  if (position < steps.length - 1 || steps === rightSteps) return [];
  const spoilt = nodes.flatMap((node, place) => isWrong(place)
    ? [note(`${node.name}: ${shown(state.grads[place] ?? 0)} instead of ${shown(right.grads[place] ?? 0)}`, "bad")] : []);
  return spoilt.length ? [note("This order gives wrong gradients:"), ...spoilt]
    : [note("In this graph no order can go wrong: no value hands anything on before all has come.")];
}

const isWrong = place =>
  position === steps.length - 1 && !same(state.grads[place] ?? 0, right.grads[place] ?? 0);

function showStep() {
  const step = steps[position];
  const [pass, sentence, lines] = describe(step);
  byId("step-title").textContent = `Step ${position} of ${steps.length - 1} · ${pass}`;
  byId("step-text").textContent = sentence;
  byId("step-math").replaceChildren(...lines, ...outcome());
}

function showDetail(place) {
  byId("detail-title").textContent = place === null ? "" : nodes[place].name;
  byId("detail-body").replaceChildren(...(place === null ? [note("Point at a value, or tab to it, to see how it came about.")] : details(place)));
}

function details(place) {
  const node = nodes[place];
  if (!state.known.has(place)) return [note("It has no value yet.")];
  const lines = [node.operation ? valueLine(place) : equation(nameOf(place), "=", [numeral(data[place])])];
  if (state.grads[place] === null && !state.received[place].length) return [...lines, note("No gradient has come yet.")];
  if (place === graph.output) return [...lines, note("Its gradient is 1: the way back begins here.")];
  lines.push(...state.received[place].map(chainLine));
  const rest = uses[place] - state.received[place].length;
  lines.push(note(`gradient ${shown(state.grads[place] ?? 0, 10)}${rest ? `, ${rest} more to come` : ""}`));
  return lines;
}

// The graph ----------------------------------------------------------------------------------------------------------

const svg = document.querySelector("#graph svg");
const boxes = new Map();
const arrows = new Map();
for (const group of svg.querySelectorAll("g.node, g.edge")) {
  const title = group.querySelector("title");
  const name = title.textContent;
  title.remove();
  if (group.classList.contains("node")) boxes.set(name, group);
  else arrows.set(name, [...(arrows.get(name) ?? []), group]);
}
svg.querySelector(".graph > title")?.remove();
for (const title of svg.querySelectorAll("g.cluster > title")) title.remove();

const boxOf = place => boxes.get(`v${place}`);
const circleOf = place => boxes.get(`v${place}_op`);

/** The arrows into the operation of a value, in the order of its operands, and the one out of it. */
function arrowsOf(place) {
  const met = new Map();
  const into = nodes[place].operands.map((operand, index) => {
    const name = operand.node === undefined ? `v${place}_${index}->v${place}_op` : `v${operand.node}->v${place}_op`;
    met.set(name, (met.get(name) ?? -1) + 1);
    return arrows.get(name)[met.get(name)];
  });
  return { into, out: arrows.get(`v${place}_op->v${place}`)[0] };
}

// Below this scale a picture is scrolled rather than shrunk.
const LEAST_SCALE = 0.6;

function prepareGraph() {
  // The picture's own size is in points.
  const width = svg.viewBox.baseVal.width * 4 / 3;
  svg.style.maxWidth = `${width}px`;
  svg.style.minWidth = `${width * LEAST_SCALE}px`;
  nodes.forEach((node, place) => {
    const box = boxOf(place);
    box.classList.add("value");
    listen(box, place);
    if (!node.operation) return;
    const circle = circleOf(place);
    listen(circle, place);
    circle.setAttribute("aria-label", `operation ${graph.operations[node.operation].sign} that makes ${node.name}`);
  });
  for (const text of svg.querySelectorAll("text")) {
    text.removeAttribute("textLength");
    text.removeAttribute("lengthAdjust");
  }
}

function listen(group, place) {
  group.setAttribute("tabindex", "0");
  group.setAttribute("role", "img");
  group.addEventListener("mouseenter", () => showDetail(place));
  group.addEventListener("mouseleave", () => showDetail(chosen));
  for (const event of ["focus", "click"]) group.addEventListener(event, () => choose(place));
}

function choose(place) {
  chosen = place;
  nodes.forEach((node, other) => boxOf(other).classList.toggle("chosen", other === place));
  showDetail(place);
}

function level(grad) {
  if (!grad) return 0;
  const share = Math.abs(grad) / graph.largest;
  return Math.sign(grad) * (1 + graph.levels.filter(bound => share >= bound).length);
}

function showGraph() {
  const step = steps[position];
  nodes.forEach((node, place) => {
    const known = state.known.has(place);
    const grad = state.grads[place];
    const hasGrad = grad !== null || state.received[place].length > 0;
    const box = boxOf(place);
    const [value, gradient] = [...box.querySelectorAll("text")].slice(-2);
    value.textContent = known ? `data ${shown(data[place])}` : "";
    const wrong = steps !== rightSteps && isWrong(place);
    gradient.textContent = hasGrad || wrong ? `grad ${shown(grad ?? 0)}${wrong ? " ✗" : ""}` : "";
    for (const name of [...box.classList]) if (name.startsWith("level")) box.classList.remove(name);
    if (hasGrad) box.classList.add(`level${level(grad)}`);
    box.classList.toggle("negative", hasGrad && grad < 0);
    box.classList.toggle("wrong", wrong);
    box.classList.toggle("later", !known);
    box.classList.toggle("active", isActive(step, place));
    box.setAttribute("aria-label", [node.name, value.textContent, gradient.textContent].filter(Boolean).join(", "));
    if (node.operation) showOperation(step, place, known);
  });
}

function isActive(step, place) {
  if (step.node === place) return true;
  return (step.places ?? []).some(operand => nodes[step.node].operands[operand].node === place);
}

function showOperation(step, place, known) {
  const { into, out } = arrowsOf(place);
  const active = step.node === place && step.kind !== "seed";
  circleOf(place).classList.toggle("later", !known);
  circleOf(place).classList.toggle("active", active);
  out.classList.toggle("later", !known);
  out.classList.toggle("active", active);
  into.forEach((arrow, index) => {
    arrow.classList.toggle("later", !known);
    arrow.classList.toggle("active", active && (step.places ?? [index]).includes(index));
    const operand = nodes[place].operands[index];
    if (operand.node === undefined) boxes.get(`v${place}_${index}`).classList.toggle("later", !known);
  });
}

// What if ------------------------------------------------------------------------------------------------------------

const offsets = nodes.map(() => 0);

/** Every value of the graph, its inputs being moved by the offsets. */
function recompute() {
  const found = [];
  nodes.forEach((node, place) => {
    if (!node.operation) found.push(offsets[place] === 0 ? node.data : node.data + offsets[place]);
    else if (offsets.every(offset => offset === 0)) found.push(node.data);
    else found.push(VALUES[node.operation](...node.operands.map(({ node: at, number: x }) => at === undefined ? x : found[at])));
  });
  return found;
}

function showWhatIf() {
  const moved = offsets.map((offset, place) => [offset, place]).filter(([offset]) => offset !== 0);
  if (!moved.length) {
    byId("what-if-result").textContent = "Move an input: the graph is worked out anew, and the gradients predict the change.";
    return;
  }
  const predicted = moved.reduce((sum, [offset, place]) => sum + (right.grads[place] ?? 0) * offset, 0);
  const change = data[graph.output] - output.data;
  byId("what-if-result").textContent =
    `${output.name}: ${shown(output.data, 6)} → ${shown(data[graph.output], 6)}. True change ${shown(change, 6)}; ` +
    `the tangent (gradient × change of input) predicts ${shown(predicted, 6)}. Gradients and slopes stay those recorded.`;
}

function slider(place) {
  const node = nodes[place];
  const row = document.createElement("label");
  row.className = "slider";
  const title = document.createElement("span");
  title.textContent = title.title = node.name;
  const control = document.createElement("input");
  // A hundredth of a unit, or of the value where that is larger, each way.
  Object.assign(control, { type: "range", min: -100, max: 100, step: 1, value: 0 });
  control.dataset.node = place;
  const reading = document.createElement("output");
  reading.textContent = shown(node.data);
  control.addEventListener("input", () => {
    offsets[place] = Number(control.value) / 100 * Math.max(1, Math.abs(node.data));
    data = recompute();
    reading.textContent = shown(data[place]);
    show();
  });
  row.append(title, control, reading);
  return row;
}

function prepareWhatIf() {
  const unknown = Object.keys(graph.operations).filter(name => !(name in VALUES));
  if (unknown.length) {
    byId("sliders").append(note(`This page cannot work out ${unknown.join(", ")}: it knows the operations that come with the engine.`));
    byId("reset").disabled = true;
    return;
  }
  nodes.forEach((node, place) => { if (!node.operation) byId("sliders").append(slider(place)); });
  byId("reset").addEventListener("click", () => {
    for (const control of byId("sliders").querySelectorAll("input")) {
      control.value = 0;
      control.dispatchEvent(new Event("input"));
    }
  });
}

// Moving about -------------------------------------------------------------------------------------------------------

let timer = null;

function show() {
  state = stateAfter(steps, position);
  byId("position").max = steps.length - 1;
  byId("position").value = position;
  byId("position").setAttribute("aria-valuetext", `step ${position} of ${steps.length - 1}`);
  showGraph();
  showStep();
  showDetail(chosen);
  showWhatIf();
}

function goTo(step) {
  position = Math.min(Math.max(step, 0), steps.length - 1);
  if (position === steps.length - 1) pause();
  show();
  const { node = 0 } = steps[position];
  boxOf(node).scrollIntoView({ block: "nearest", inline: "nearest" });
}

function pause() {
  clearInterval(timer);
  timer = null;
  byId("play").textContent = "play";
}

function play() {
  if (timer !== null) return pause();
  if (position === steps.length - 1) goTo(0);
  timer = setInterval(() => goTo(position + 1), 1200);
  byId("play").textContent = "pause";
}

const MOVES = {
  ArrowRight: () => goTo(position + 1),
  ArrowLeft: () => goTo(position - 1),
  Home: () => goTo(0),
  End: () => goTo(steps.length - 1),
  " ": play,
};

function onKey(event) {
  if (event.altKey || event.ctrlKey || event.metaKey || !(event.key in MOVES)) return;
  // Controls keep the keys that they use themselves.
  const tag = event.target.tagName;
  if (tag === "INPUT" || (event.key === " " && ["BUTTON", "SUMMARY"].includes(tag))) return;
  event.preventDefault();
  MOVES[event.key]();
}

function onWrongOrder(event) {
  steps = event.target.checked ? stepsOf("wrong") : rightSteps;
  goTo(Math.min(position, steps.length - 1));
}

// A picture of each step, for paper, where the pictures do not become more than a browser can hold.
const MOST_BOXES = 40000;

function buildSheet() {
  const before = position;
  const { width, height } = svg.viewBox.baseVal;
  byId("sheet").classList.toggle("wide", width > 2.5 * height);
  const withPictures = steps.length * nodes.length <= MOST_BOXES;
  steps.forEach((step, place) => {
    goTo(place);
    const figure = document.createElement("figure");
    if (withPictures) figure.append(bareClone(svg));
    const caption = document.createElement("figcaption");
    for (const id of ["step-title", "step-text", "step-math"]) caption.append(bareClone(byId(id)));
    figure.append(caption);
    byId("sheet").append(figure);
  });
  goTo(before);
}

function bareClone(element) {
  const clone = element.cloneNode(true);
  for (const part of [clone, ...clone.querySelectorAll("[id], [tabindex], [aria-live]")])
    for (const name of ["id", "tabindex", "aria-live", "style"]) part.removeAttribute(name);
  return clone;
}

prepareGraph();
prepareWhatIf();
byId("first").addEventListener("click", MOVES.Home);
byId("back").addEventListener("click", MOVES.ArrowLeft);
byId("play").addEventListener("click", play);
byId("next").addEventListener("click", MOVES.ArrowRight);
byId("last").addEventListener("click", MOVES.End);
byId("position").addEventListener("input", event => goTo(Number(event.target.value)));
byId("wrong").addEventListener("change", onWrongOrder);
document.addEventListener("keydown", onKey);
window.addEventListener("beforeprint", () => { byId("sheet").replaceChildren(); buildSheet(); });
window.addEventListener("afterprint", () => byId("sheet").replaceChildren());
goTo(0);
