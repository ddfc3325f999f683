/* The 2-2-1 sigmoid network, half its mean squared error and its nine gradients, derived by hand. */

#include <math.h>

static inline double sigmoid(double z) { return 1.0 / (1.0 + exp(-z)); }

static inline double value_and_gradients(long n, const double *restrict p, const double *restrict x0,
                                         const double *restrict x1, const double *restrict y, double *restrict g) {
    const double w00 = p[0], w01 = p[1], w10 = p[2], w11 = p[3], b0 = p[4], b1 = p[5], v0 = p[6], v1 = p[7], c = p[8];
    double value = 0, g00 = 0, g01 = 0, g10 = 0, g11 = 0, gb0 = 0, gb1 = 0, gv0 = 0, gv1 = 0, gc = 0;
    for (long i = 0; i < n; i++) {
        const double h0 = sigmoid(w00 * x0[i] + w01 * x1[i] + b0);
        const double h1 = sigmoid(w10 * x0[i] + w11 * x1[i] + b1);
        const double a = sigmoid(v0 * h0 + v1 * h1 + c);
        const double error = a - y[i];
        const double delta = error * a * (1 - a);
        const double d0 = delta * v0 * h0 * (1 - h0);
        const double d1 = delta * v1 * h1 * (1 - h1);
        value += error * error;
        g00 += d0 * x0[i];
        g01 += d0 * x1[i];
        g10 += d1 * x0[i];
        g11 += d1 * x1[i];
        gb0 += d0;
        gb1 += d1;
        gv0 += delta * h0;
        gv1 += delta * h1;
        gc += delta;
    }
    const double sums[9] = {g00, g01, g10, g11, gb0, gb1, gv0, gv1, gc};
    for (int k = 0; k < 9; k++) g[k] = sums[k] / n;
    return value / (2 * n);
}

double two_two_one(long n, const double *p, const double *x0, const double *x1, const double *y, double *g) {
    return value_and_gradients(n, p, x0, x1, y, g);
}

/* Trains p and returns the loss of the last epoch. Knowing n, gcc would unroll the samples and vectorise nothing. */
double two_two_one_train(long epochs, double rate, double *p, long n, const double *x0, const double *x1,
                         const double *y) {
    double loss = 0, g[9];
    for (long epoch = 0; epoch < epochs; epoch++) {
        loss = value_and_gradients(n, p, x0, x1, y, g);
        for (int k = 0; k < 9; k++) p[k] -= rate * g[k];
    }
    return loss;
}
