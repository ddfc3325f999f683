
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

/** How many contributions come to each value in all. */
const uses = nodes.map(() => 0);

/** The numbers that a trace gives to operations and, as "result,operand", to the edges back. */
const numbers = new Map(made.map((place, index) => [String(place), index + 1]));
for (const [place, which] of graph.orders.right) {
  for (const operand of which) {
    uses[nodes[place].operands[operand].node] += 1;
    numbers.set(`${place},${operand}`, numbers.size + 1);
  }
}

/** Both passes from the first step to the last, the backward pass in the right or in the wrong order.
 *
 * known: of each value the step from which on it has its number; received: of each the contributions, with their steps.
 */
function runOf(order) {
  const steps = [
    { kind: "start" },
    ...made.map(node => ({ kind: "forward", node })),
    { kind: "seed", node: graph.output },
    ...graph.orders[order].map(([node, places]) => ({ kind: "backward", node, places })),
  ];
  const run = { steps, known: nodes.map(() => 0), received: nodes.map(() => []), seed: made.length + 1 };
  steps.forEach((step, number) => {
    if (step.kind === "forward") run.known[step.node] = number;
    for (const place of step.places ?? []) contribute(run, number, step.node, place);
  });
  return run;
}

function contribute(run, step, from, place) {
  const to = nodes[from].operands[place].node;
  const slope = nodes[from].slopes[place];
  const upstream = gradAt(run, from, step);
  const before = gradAt(run, to, step);
  const flows = slope !== null && upstream !== null;
  const amount = flows ? slope * upstream : 0;
  const total = !flows ? before : before === null ? amount : before + amount;
  run.received[to].push({ step, from, place, upstream: upstream ?? 0, slope: slope ?? 0, amount, total });
}

/** The contributions that have come to a value by a step. */
function receivedAt(run, place, step) {
  return run.received[place].filter(contribution => contribution.step <= step);
}

/** The gradient that a value has by a step; null where nothing has come. */
function gradAt(run, place, step) {
  const come = receivedAt(run, place, step);
  if (come.length) return come.at(-1).total;
  return place === graph.output && step >= run.seed ? 1 : null;
}

const rightRun = runOf("right");
const finalGrad = (run, place) => gradAt(run, place, run.steps.length - 1) ?? 0;
const same = (a, b) => a === b || (Number.isNaN(a) && Number.isNaN(b));

/** The values that a run ends with a wrong gradient for. */
function spoilt(run) {
  return nodes.map((node, place) => place).filter(place => !same(finalGrad(run, place), finalGrad(rightRun, place)));
}
