
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
for (const title of svg.querySelectorAll(".graph > title, g.cluster > title")) title.remove();

const boxOf = place => boxes.get(`v${place}`);
const circleOf = place => boxes.get(`v${place}_op`);

/** Of each operation the arrows into it, in the order of its operands, and the one out of it. */
const ways = new Map(made.map(place => {
  const met = new Map();
  const into = nodes[place].operands.map((operand, index) => {
    const name = operand.node === undefined ? `v${place}_${index}->v${place}_op` : `v${operand.node}->v${place}_op`;
    met.set(name, (met.get(name) ?? -1) + 1);
    return arrows.get(name)[met.get(name)];
  });
  return [place, { into, out: arrows.get(`v${place}_op->v${place}`)[0] }];
}));

// Below this scale a picture is scrolled rather than shrunk.
const LEAST_SCALE = 0.6;

function prepareGraph() {
  // The picture's own size is in points.
  const width = svg.viewBox.baseVal.width * 4 / 3;
  svg.style.maxWidth = `${width}px`;
  svg.style.minWidth = `${width * LEAST_SCALE}px`;
  nodes.forEach((node, place) => {
    boxOf(place).classList.add("value");
    if (node.operation) {
      const circle = listen(circleOf(place), place);
      circle.setAttribute("aria-label", `operation ${graph.operations[node.operation].sign} that makes ${node.name}`);
    }
    listen(boxOf(place), place);
  });
  for (const text of svg.querySelectorAll("text")) {
    text.removeAttribute("textLength");
    text.removeAttribute("lengthAdjust");
  }
}

/** Make a box or a circle explain a value; in the order of these calls Tab goes through them. */
function listen(group, place) {
  group.parentNode.append(group);
  group.setAttribute("tabindex", "0");
  group.setAttribute("role", "img");
  group.addEventListener("mouseenter", () => showDetail(place));
  group.addEventListener("mouseleave", () => showDetail(chosen));
  for (const event of ["focus", "click"]) group.addEventListener(event, () => choose(place));
  return group;
}

function choose(place) {
  if (chosen !== null) boxOf(chosen).classList.remove("chosen");
  chosen = place;
  boxOf(place).classList.add("chosen");
  showDetail(place);
}

function level(grad) {
  if (!grad) return 0;
  const share = Math.abs(grad) / graph.largest;
  return Math.sign(grad) * (1 + graph.levels.filter(bound => share >= bound).length);
}

/** Whether a value has a part in a step. */
function isActive(step, place) {
  if (step.node === place) return true;
  const which = step.places ?? (step.kind === "forward" ? nodes[step.node].operands.keys() : []);
  return [...which].some(operand => nodes[step.node].operands[operand].node === place);
}

function paintBox(place, at) {
  const box = boxOf(place);
  const known = run.known[place] <= at;
  const grad = gradAt(run, place, at);
  const wrong = run !== rightRun && at === run.steps.length - 1 && !same(grad ?? 0, finalGrad(rightRun, place));
  const hasGrad = wrong || grad !== null || receivedAt(run, place, at).length > 0;
  const [value, gradient] = [...box.querySelectorAll("text")].slice(-2);
  value.textContent = known ? `data ${shown(data[place])}` : "";
  gradient.textContent = hasGrad ? `grad ${shown(grad ?? 0)}${wrong ? " ✗" : ""}` : "";
  for (const name of [...box.classList]) if (name.startsWith("level")) box.classList.remove(name);
  if (hasGrad) box.classList.add(`level${level(grad)}`);
  box.classList.toggle("negative", hasGrad && grad < 0);
  box.classList.toggle("wrong", wrong);
  box.classList.toggle("later", !known);
  box.classList.toggle("active", isActive(run.steps[at], place));
  box.setAttribute("aria-label", [nodes[place].name, value.textContent, gradient.textContent].filter(Boolean).join(", "));
}

function paintOperation(place, at) {
  const { into, out } = ways.get(place);
  const step = run.steps[at];
  const later = run.known[place] > at;
  const active = step.node === place && step.kind !== "seed";
  for (const part of [circleOf(place), out]) {
    part.classList.toggle("later", later);
    part.classList.toggle("active", active);
  }
  into.forEach((arrow, index) => {
    arrow.classList.toggle("later", later);
    arrow.classList.toggle("active", active && (step.places ?? [index]).includes(index));
    if (nodes[place].operands[index].node === undefined) boxes.get(`v${place}_${index}`).classList.toggle("later", later);
  });
}

// What if ------------------------------------------------------------------------------------------------------------

const offsets = nodes.map(() => 0);

/** Every value of the graph, its inputs being moved by the offsets. */
function recompute() {
  if (offsets.every(offset => offset === 0)) return nodes.map(node => node.data);
  const found = [];
  nodes.forEach((node, place) => {
    const operands = node.operands?.map(({ node: at, number: x }) => at === undefined ? x : found[at]);
    found.push(node.operation ? VALUES[node.operation](...operands) : offsets[place] === 0 ? node.data : node.data + offsets[place]);
  });
  return found;
}

function showWhatIf() {
  const moved = offsets.map((offset, place) => [offset, place]).filter(([offset]) => offset !== 0);
  if (!moved.length) {
    byId("what-if-result").textContent = "Move an input: the graph is worked out anew, and the gradients predict the change.";
    return;
  }
  const predicted = moved.reduce((sum, [offset, place]) => sum + finalGrad(rightRun, place) * offset, 0);
  const change = data[graph.output] - output.data;
  byId("what-if-result").textContent =
    `${output.name}: ${shown(output.data, 6)} → ${shown(data[graph.output], 6)}. True change ${shown(change, 6)}; ` +
    `the tangent (gradient × change of input) predicts ${shown(predicted, 6)}. Gradients and slopes stay those recorded.`;
}

function slider(place) {
  const node = nodes[place];
  const row = Object.assign(document.createElement("label"), { className: "slider" });
  const title = Object.assign(document.createElement("span"), { textContent: node.name, title: node.name });
  const control = Object.assign(document.createElement("input"), { type: "range", min: -100, max: 100, step: 1, value: 0 });
  const reading = document.createElement("output");
  control.disabled = !Number.isFinite(node.data);
  const read = () => {
    reading.textContent = shown(data[place]);
    control.setAttribute("aria-valuetext", reading.textContent);
  };
  control.addEventListener("input", () => {
    // The third power: fine in the middle, where the tangent is good, and up to the whole value, or 1, at the ends.
    offsets[place] = (control.value / 100) ** 3 * Math.max(1, Math.abs(node.data));
    data = recompute();
    read();
    show();
  });
  read();
  row.append(title, control, reading);
  return row;
}

function prepareWhatIf() {
  const unknown = Object.keys(graph.operations).filter(name => !Object.hasOwn(VALUES, name));
  byId("reset").disabled = unknown.length > 0;
  if (unknown.length) {
    byId("sliders").append(note(`This page cannot work out ${unknown.join(", ")}: it knows the operations that come with the engine.`));
    return;
  }
  nodes.forEach((node, place) => { if (!node.operation) byId("sliders").append(slider(place)); });
  byId("reset").addEventListener("click", () => {
    for (const control of byId("sliders").querySelectorAll("input:enabled")) {
      control.value = 0;
      control.dispatchEvent(new Event("input"));
    }
  });
}

// Moving about -------------------------------------------------------------------------------------------------------

let timer = null;

function show() {
  byId("position").max = run.steps.length - 1;
  byId("position").value = position;
  byId("position").setAttribute("aria-valuetext", `step ${position} of ${run.steps.length - 1}`);
  nodes.forEach((node, place) => paintBox(place, position));
  made.forEach(place => paintOperation(place, position));
  showStep();
  showDetail(chosen);
  showWhatIf();
}

function goTo(step) {
  position = Math.min(Math.max(step, 0), run.steps.length - 1);
  if (position === run.steps.length - 1) pause();
  show();
  const { node = 0 } = run.steps[position];
  boxOf(node).scrollIntoView({ block: "nearest", inline: "nearest" });
}

function pause() {
  clearInterval(timer);
  timer = null;
  byId("play").textContent = "play";
}

function play() {
  if (timer !== null) return pause();
  if (position === run.steps.length - 1) goTo(0);
  timer = setInterval(() => goTo(position + 1), 1200);
  byId("play").textContent = "pause";
}

const MOVES = {
  ArrowRight: () => goTo(position + 1),
  ArrowLeft: () => goTo(position - 1),
  Home: () => goTo(0),
  End: () => goTo(run.steps.length - 1),
  " ": play,
};

/** Whether a control has a use of its own for a key. */
function isTaken({ target, key }) {
  if (key === " ") return ["BUTTON", "SUMMARY"].includes(target.tagName) || target.type === "checkbox";
  return target.type === "range";
}

function onKey(event) {
  if (event.altKey || event.ctrlKey || event.metaKey || !(event.key in MOVES) || isTaken(event)) return;
  event.preventDefault();
  MOVES[event.key]();
}

function onWrongOrder(event) {
  run = event.target.checked ? runOf("wrong") : rightRun;
  goTo(position);
}

// On paper -----------------------------------------------------------------------------------------------------------

/** The whole graph at the end, and for each step a picture of the values that have a part in it. */
function buildSheet() {
  const last = run.steps.length - 1;
  paintAll(last);
  const figures = [figure(bareClone(svg), ["All values and gradients"], "whole")];
  paintAll(0);
  run.steps.forEach((step, at) => {
    if (step.kind === "start") return;
    const [pass, sentence, lines] = describe(at);
    figures.push(figure(closeUp(step, at), [note(`${at} · ${pass}: ${sentence}`, "caption"), ...lines, ...outcome(at)]));
  });
  byId("sheet").replaceChildren(...figures);
  paintAll(position);
}

function paintAll(at) {
  nodes.forEach((node, place) => paintBox(place, at));
  made.forEach(place => paintOperation(place, at));
}

function figure(picture, caption, kind = "") {
  const whole = Object.assign(document.createElement("figure"), { className: kind });
  const text = document.createElement("figcaption");
  text.append(...caption);
  whole.append(picture, text);
  return whole;
}

/** A picture of one operation with its operands and its result, as they are at a step. */
function closeUp(step, at) {
  const operands = step.kind === "seed" ? [] : nodes[step.node].operands;
  const places = [step.node, ...operands.flatMap(({ node }) => node === undefined ? [] : [node])];
  places.forEach(place => paintBox(place, at));
  const parts = [...new Set(places)].map(boxOf);
  if (step.kind !== "seed") {
    paintOperation(step.node, at);
    const { into, out } = ways.get(step.node);
    parts.push(...into, out, circleOf(step.node));
    operands.forEach(({ node }, index) => { if (node === undefined) parts.push(boxes.get(`v${step.node}_${index}`)); });
  }
  const picture = svg.cloneNode(false);
  picture.removeAttribute("style");
  const around = parts.map(part => part.getBBox());
  const left = Math.min(...around.map(({ x }) => x)) - 4;
  const top = Math.min(...around.map(({ y }) => y)) - 4;
  const width = Math.max(...around.map(({ x, width }) => x + width)) + 4 - left;
  const height = Math.max(...around.map(({ y, height }) => y + height)) + 4 - top;
  picture.setAttribute("viewBox", `${left} ${top} ${width} ${height}`);
  picture.setAttribute("width", `${width}pt`);
  picture.setAttribute("height", `${height}pt`);
  picture.append(...parts.map(bareClone));
  return picture;
}

function bareClone(element) {
  const clone = element.cloneNode(true);
  for (const part of [clone, ...clone.querySelectorAll("[id], [tabindex]")])
    for (const name of ["id", "tabindex", "style"]) part.removeAttribute(name);
  return clone;
}

document.body.classList.add("scripted");
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
window.addEventListener("beforeprint", buildSheet);
window.addEventListener("afterprint", () => byId("sheet").replaceChildren());
goTo(0);
