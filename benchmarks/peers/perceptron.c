/* MLP(2, 16, 16, 1) with relu and half the mean squared error, derived by hand.

   A hidden layer is an array of vectors, gcc's own kind, as wide as the registers it may use.
   Weights lie by input, and the second layer's by output as well, so that no sum runs across a vector but the last. */

#include <string.h>

#if defined __AVX512F__
#define LANES 8
#elif defined __AVX__
#define LANES 4
#else
#define LANES 2
#endif
#define HIDDEN 16
#define PARTS (HIDDEN / LANES)
typedef double Part __attribute__((vector_size(8 * LANES)));
typedef long long Mask __attribute__((vector_size(8 * LANES)));

typedef struct {
    Part w1[2][PARTS], b1[PARTS], w2[HIDDEN][PARTS], b2[PARTS], w3[PARTS];
    double b3;
} Layers;

static inline Part positive(Part choice, Part of) { return (Part)((Mask)of & (choice > 0)); }

static inline double dot(const Part *v, const Part *w) {
    Part sums = v[0] * w[0];
    for (int k = 1; k < PARTS; k++) sums += v[k] * w[k];
    double total = sums[0];
    for (int lane = 1; lane < LANES; lane++) total += sums[lane];
    return total;
}

static inline double add_sample(const Layers *p, const Part (*across)[PARTS], const double *x, double y, Layers *g) {
    Part h1[PARTS], h2[PARTS], d1[PARTS] = {0}, d2[PARTS];
    for (int k = 0; k < PARTS; k++) {
        h1[k] = p->b1[k] + p->w1[0][k] * x[0] + p->w1[1][k] * x[1];
        h1[k] = positive(h1[k], h1[k]);
        h2[k] = p->b2[k];
    }
    for (int i = 0; i < HIDDEN; i++)
        for (int k = 0; k < PARTS; k++) h2[k] += p->w2[i][k] * h1[i / LANES][i % LANES];
    for (int k = 0; k < PARTS; k++) h2[k] = positive(h2[k], h2[k]);
    const double error = dot(p->w3, h2) + p->b3 - y;

    g->b3 += error;
    for (int k = 0; k < PARTS; k++) {
        g->w3[k] += error * h2[k];
        d2[k] = positive(h2[k], error * p->w3[k]);
        g->b2[k] += d2[k];
    }
    for (int i = 0; i < HIDDEN; i++)
        for (int k = 0; k < PARTS; k++) {
            g->w2[i][k] += d2[k] * h1[i / LANES][i % LANES];
            d1[k] += across[i][k] * d2[i / LANES][i % LANES];
        }
    for (int k = 0; k < PARTS; k++) {
        d1[k] = positive(h1[k], d1[k]);
        g->b1[k] += d1[k];
        g->w1[0][k] += d1[k] * x[0];
        g->w1[1][k] += d1[k] * x[1];
    }
    return error * error;
}

/* Trains the parameters (w1, b1, w2, b2, w3, b3) and returns the loss of the last epoch. */
double perceptron_train(long epochs, double rate, double *parameters, long n, const double *x, const double *y) {
    double loss = 0;
    Layers p, g;
    const unsigned count = HIDDEN * (2 + 1 + HIDDEN + 1 + 1) + 1;
    memcpy(&p, parameters, count * sizeof(double));
    for (long epoch = 0; epoch < epochs; epoch++) {
        Part across[HIDDEN][PARTS];
        for (int i = 0; i < HIDDEN; i++)
            for (int j = 0; j < HIDDEN; j++) across[j][i / LANES][i % LANES] = p.w2[i][j / LANES][j % LANES];
        memset(&g, 0, sizeof g);
        loss = 0;
        for (long i = 0; i < n; i++) loss += add_sample(&p, across, x + 2 * i, y[i], &g);
        for (unsigned k = 0; k < count; k++) ((double *)&p)[k] -= rate / n * ((double *)&g)[k];
    }
    memcpy(parameters, &p, count * sizeof(double));
    return loss / (2 * n);
}
