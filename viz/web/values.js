
// The operations of the table on numbers, as JavaScript has them: near enough for a picture, not to the last bit.

const step = x => Number.isNaN(x) ? NaN : Number(x > 0);
const sigmoid = x => { const z = Math.exp(-Math.abs(x)); return x >= 0 ? 1 / (1 + z) : z / (1 + z); };
const softplus = x => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
const normalPdf = x => Math.exp(-0.5 * x * x) / Math.sqrt(2 * Math.PI);
const normalCdf = x => 0.5 * erfc(-x / Math.SQRT2);
const power = (x, y) => x === 1 || (x === -1 && Math.abs(y) === Infinity) ? 1 : x ** y;
const prefer = (x, y) => x > y ? 1 : x < y ? 0 : x === y ? 0.5 : NaN;
const remainder = (x, y) => { const r = x % y; return r !== 0 && (r < 0) !== (y < 0) ? (Math.abs(y) === Infinity ? y : r + y) : r; };
const fmax = (x, y) => Number.isNaN(x) ? y : Number.isNaN(y) ? x : Math.max(x, y);
const fmin = (x, y) => -fmax(-x, -y);
const GELU_RATE = 2 * Math.sqrt(2 / Math.PI);

/** 2/√π e^(−x²) Σ 2ⁿ x^(2n+1) / (1·3·5···(2n+1)), whose terms are all of one sign. */
function erf(x) {
  if (Math.abs(x) > 3) return Math.sign(x) * (1 - erfc(Math.abs(x)));
  let term = x, sum = x;
  for (let n = 1; n < 100; n += 1) { term *= 2 * x * x / (2 * n + 1); sum += term; }
  return 2 / Math.sqrt(Math.PI) * Math.exp(-x * x) * sum;
}

/** Beyond 2 the continued fraction e^(−x²)/√π · 1/(x + ½/(x + 1/(x + 3/2/(x + ...)))). */
function erfc(x) {
  if (!(x > 2)) return 1 - erf(x);
  let rest = x;
  for (let n = 120; n > 0; n -= 1) rest = x + n / 2 / rest;
  return Math.exp(-x * x) / Math.sqrt(Math.PI) / rest;
}

const VALUES = {
  add: (x, y) => x + y, subtract: (x, y) => x - y, multiply: (x, y) => x * y, divide: (x, y) => x / y,
  remainder, fmod: (x, y) => x % y, power, negative: x => -x, positive: x => x, abs: Math.abs, sign: Math.sign,
  hypot: Math.hypot, exp: Math.exp, exp2: x => 2 ** x, expm1: Math.expm1, log: Math.log, log2: Math.log2,
  log10: Math.log10, log1p: Math.log1p, sqrt: Math.sqrt, cbrt: Math.cbrt,
  logaddexp: (x, y) => x === y ? x + Math.LN2 : Math.max(x, y) + Math.log1p(Math.exp(-Math.abs(x - y))),
  sin: Math.sin, cos: Math.cos, tan: Math.tan, asin: Math.asin, acos: Math.acos, atan: Math.atan, atan2: Math.atan2,
  sinh: Math.sinh, cosh: Math.cosh, tanh: Math.tanh, asinh: Math.asinh, acosh: Math.acosh, atanh: Math.atanh,
  sigmoid, softplus, log_sigmoid: x => -softplus(-x), relu: x => x > 0 || Number.isNaN(x) ? x : 0,
  leaky_relu: x => x > 0 ? x : 0.01 * x, elu: x => x > 0 ? x : Math.expm1(x), silu: x => x === -Infinity ? -0 : x * sigmoid(x),
  gelu: x => x === -Infinity ? -0 : x * normalCdf(x), gelu_tanh: x => x * sigmoid(GELU_RATE * (x + 0.044715 * x ** 3)), erf, erfc,
  maximum: Math.max, minimum: Math.min, fmax, fmin,
  at_least: (x, low) => x < low || Number.isNaN(low) ? low : x,
  at_most: (x, high) => x > high || Number.isNaN(high) ? high : x,
  if_true: (condition, x) => condition !== 0 ? x : -0, if_false: (condition, x) => condition !== 0 ? -0 : x,
  step, truth: condition => Number(condition !== 0), defined: x => Number.isNaN(x) ? NaN : 1,
  nonnegative: x => x >= 0 ? Math.abs(x) : NaN, prefer,
  fprefer: (x, y) => Number.isNaN(x) ? (Number.isNaN(y) ? NaN : 0) : Number.isNaN(y) ? 1 : prefer(x, y),
  reach: (x, low) => x >= low ? 1 : x < low ? 0 : NaN, gate: (slope, upstream) => slope === 0 ? 0 : slope * upstream,
  floor_quotient: (x, y) => y === 0 || Math.abs(x) === Infinity ? NaN : Math.floor((x - remainder(x, y)) / y + 0.5),
  complement: x => (1 - x) * (1 + x), share: (x, y) => sigmoid(x - y),
  sigmoid_slope: x => sigmoid(x) * sigmoid(-x), direction: (x, y) => x === 0 && y === 0 ? 0 : x / Math.hypot(x, y),
  inversion: (x, y) => x / Math.hypot(x, y) / Math.hypot(x, y),
  power_slope: (x, y) => y === 0 ? 0 : y * power(x, y - 1), power_curve: (x, y) => y === 0 || y === 1 ? 0 : y * (y - 1) * power(x, y - 2),
  power_mixed: (x, y) => x === 0 && y > 1 ? 0 : power(x, y - 1) * (y === 0 ? 1 : 1 + y * Math.log(x)), power_log: (x, y) => x === 0 ? (y >= 0 ? 0 : NaN) : power(x, y) * Math.log(x),
  gauss: x => Math.exp(-x * x), normal_pdf: normalPdf, silu_slope: x => sigmoid(x) * (1 + x * sigmoid(-x)),
  gelu_slope: x => normalCdf(x) + x * normalPdf(x),
  gelu_tanh_slope: x => {
    const w = GELU_RATE * (x + 0.044715 * x ** 3);
    return sigmoid(w) + x * GELU_RATE * (1 + 3 * 0.044715 * x * x) * sigmoid(w) * sigmoid(-w);
  },
};
