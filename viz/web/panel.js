
// Mathematics --------------------------------------------------------------------------------------------------------

let run = rightRun;
let position = 0;
let chosen = null;
// The values in view: those recorded, or those that the sliders ask for.
let data = nodes.map(node => node.data);

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

/** A formula of the table with names or numbers in its slots: "@0" as it is, "!0" beside a sign; 2 is the result. */
function filled(markup, operands, result) {
  const holder = document.createElement("template");
  holder.innerHTML = `<math><mrow>${markup}</mrow></math>`;
  const formula = holder.content.querySelector("mrow");
  for (const slot of formula.querySelectorAll("mtext")) {
    const [, guard, place] = /^([@!])([012])$/.exec(slot.textContent) ?? [];
    if (!guard) continue;
    const piece = place === "2" ? result : operands[place];
    slot.replaceWith(guard === "!" && !piece.clear ? inBrackets(piece.bare()) : piece.bare());
  }
  return formula;
}

function derivative(of, by) {
  return mathElement("mfrac", mathElement("mrow", sign("∂"), nameOf(of)), mathElement("mrow", sign("∂"), nameOf(by)));
}

/** A line of mathematics: its number, what is on the left, the first sign, and what is equal to it. */
function equation(number, left, relation, sides) {
  const row = document.createElement("div");
  row.className = "row";
  if (number) row.append(Object.assign(document.createElement("span"), { className: "number", textContent: `(${number})` }), " ");
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
  if (!node.operation) return equation("", nameOf(place), "=", [numeral(data[place])]);
  const { formula } = graph.operations[node.operation];
  const write = at => counted(data[at]);
  const sides = [named, write].map(pen => filled(formula, operandPieces(node, pen)));
  return equation(numbers.get(String(place)), nameOf(place), "=", [...sides, numeral(data[place])]);
}

/** The slope of an edge, in symbols where the table has them, and with the recorded numbers put in. */
function slopeSides(from, place) {
  const node = nodes[from];
  const markup = graph.operations[node.operation].partials[place];
  if (markup === null) return [null, counted(node.slopes[place] ?? 0)];
  const recorded = at => counted(nodes[at].data);
  const fill = pen => filled(markup, operandPieces(node, pen), pen(from));
  return [fill(named), { bare: () => fill(recorded), clear: true }];
}

function slopeLine(from, place) {
  const [symbols, put] = slopeSides(from, place);
  const sides = symbols ? [symbols, put.bare()] : [];
  return equation("", derivative(from, nodes[from].operands[place].node), "=", [...sides, numeral(nodes[from].slopes[place] ?? 0)]);
}

function chainLine({ from, place, upstream, amount }) {
  const to = nodes[from].operands[place].node;
  const [symbols, put] = slopeSides(from, place);
  const slope = put.clear ? put.bare() : inBrackets(put.bare());
  const sides = [[derivative(graph.output, from), sign("·"), derivative(from, to)]];
  if (symbols) sides.push([derivative(graph.output, from), sign("·"), symbols]);
  sides.push([numeral(upstream), sign("·"), slope], numeral(amount));
  return equation(numbers.get(`${from},${place}`), derivative(graph.output, to), uses[to] > 1 ? "+=" : "=", sides);
}

// What is told about a step, and about a value -----------------------------------------------------------------------

function note(text, kind = "note") {
  return Object.assign(document.createElement("p"), { className: kind, textContent: text });
}

/** What an operation does, as text: its sign between two operands, or in front of them. */
function written(node) {
  const { sign } = graph.operations[node.operation];
  const operands = node.operands.map(operand => operand.node === undefined ? shown(operand.number) : nodes[operand.node].name);
  const between = operands.length === 2 && !/[a-z]/.test(sign);
  return between ? operands.join(` ${sign} `) : `${sign}(${operands.join(", ")})`;
}

/** The pass, a sentence, and the lines of a step. */
function describe(at) {
  const step = run.steps[at];
  const node = nodes[step.node];
  if (step.kind === "start") return ["Given", "The inputs have their values; everything else is still to come.", []];
  if (step.kind === "forward") {
    const slopes = node.operands.flatMap((operand, place) => operand.node === undefined ? [] : [slopeLine(step.node, place)]);
    const lines = [valueLine(step.node), note("Its local derivatives, for the way back:"), ...slopes];
    return ["Forward", `${node.name} = ${written(node)} = ${shown(data[step.node])}`, lines];
  }
  if (step.kind === "seed") {
    const line = equation("", derivative(graph.output, graph.output), "=", [numeral(1)]);
    return ["Backward", `The way back begins at ${node.name}, whose gradient is 1.`, [line]];
  }
  const grad = gradAt(run, step.node, at) ?? 0;
  const sentence = node.name === written(node) ? node.name : `${node.name} = ${written(node)}`;
  return ["Backward", `${sentence} hands its gradient, ${shown(grad)}, on.`, [...tooEarly(step.node, at), ...contributions(at)]];
}

function tooEarly(place, at) {
  const come = receivedAt(run, place, at).length;
  if (place === graph.output || come === uses[place]) return [];
  return [note(`Too early: only ${come} of ${uses[place]} contributions to ${nodes[place].name} have come.`, "bad")];
}

function contributions(at) {
  const { node, places } = run.steps[at];
  return [...new Set(places.map(place => nodes[node].operands[place].node))].flatMap(to =>
    run.received[to].flatMap((contribution, index) => {
      if (contribution.step !== at) return [];
      return [chainLine(contribution), ...(uses[to] > 1 ? [note(addedUp(to, index))] : [])];
    }));
}

function addedUp(to, index) {
  const come = run.received[to].slice(0, index + 1);
  const terms = come.map(({ amount }, first) => first && shown(amount).startsWith("-") ? `(${shown(amount)})` : shown(amount));
  const sum = terms.length > 1 ? `${terms.join(" + ")} = ${shown(come.at(-1).total ?? 0)}` : terms[0];
  const rest = uses[to] - come.length;
  return `${nodes[to].name} so far: ${sum}; ${rest ? `${rest} more to come` : "complete"}`;
}

/** At the end of a wrong order, what has come of it. */
function outcome(at) {
  if (run === rightRun || at < run.steps.length - 1) return [];
  const wrong = spoilt(run);
  if (!wrong.length) return [note("Here no harm came of it: whatever came late was 0, or nothing came late at all.")];
  return [note("This order gives wrong gradients:"), ...wrong.map(place =>
    note(`${nodes[place].name}: ${shown(finalGrad(run, place))} instead of ${shown(finalGrad(rightRun, place))}`, "bad"))];
}

/** All that is known about a value by a step. */
function details(place, at) {
  if (run.known[place] > at) return [note("It has no value yet.")];
  const come = receivedAt(run, place, at);
  if (place === graph.output) return [valueLine(place), note("Its gradient is 1: the way back begins here.")];
  if (!come.length) return [valueLine(place), note("No gradient has come yet.")];
  const rest = uses[place] - come.length;
  const grad = shown(gradAt(run, place, at) ?? 0, 10);
  return [valueLine(place), ...come.map(chainLine), note(`gradient ${grad}${rest ? `, ${rest} more to come` : ""}`)];
}

function showStep() {
  const [pass, sentence, lines] = describe(position);
  byId("step-title").textContent = `Step ${position} of ${run.steps.length - 1} · ${pass}`;
  byId("step-text").textContent = sentence;
  byId("step-math").replaceChildren(...lines, ...outcome(position));
}

function showDetail(place) {
  byId("detail-title").textContent = place === null ? "" : nodes[place].name;
  const lines = place === null ? [note("Point at a value, or tab to it, to see how it came about.")] : details(place, position);
  byId("detail-body").replaceChildren(...lines);
}
