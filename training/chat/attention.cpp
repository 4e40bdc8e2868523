// Causal attention within the parts of a row, for CPUs that multiply bfloat16 (AVX512_BF16): scores never leave the cache.
//
// A part's queries see the keys of its beginning, all of them, and its own up to themselves. Queries, keys, values and
// their gradients are (tokens, heads, 32) in bfloat16. Softmax is in base 2: the scale of the scores has log2(e) in it.
// Products take pairs: _mm512_dpbf16_ps adds a0*b0 + a1*b1 to each of 16 sums. So keys lie in pairs along the width where
// scores are made ("across"), and in pairs along the keys where they are summed ("along").

#include <immintrin.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <vector>

namespace {

using Half = uint16_t;  // bfloat16
using Pair = uint32_t;  // two of them

constexpr int WIDTH = 32, ROWS = 8, LANES = 16;
const float SCALE = 1 / std::sqrt(float(WIDTH)), SCALE_2 = SCALE * 1.44269504f;
const Half NOTHING[WIDTH] = {};

struct Part {
    int start, length, seen_start, seen;  // its own tokens, and those of its beginning
};

__m512 sum_of_products(__m512 sums, __m512i one, __m512i other) {
    return _mm512_dpbf16_ps(sums, (__m512bh)one, (__m512bh)other);
}

__m512i both(Pair pair) { return _mm512_set1_epi32(int(pair)); }

// Two to the power of x, to seven digits.
__m512 power(__m512 x) {
    x = _mm512_max_ps(x, _mm512_set1_ps(-126));
    const __m512 whole = _mm512_roundscale_ps(x, 0), rest = _mm512_sub_ps(x, whole);
    __m512 y = _mm512_set1_ps(1.3333558e-3f);
    for (float next : {9.6181291e-3f, 5.5504109e-2f, 2.4022651e-1f, 6.9314718e-1f, 1.0f})
        y = _mm512_fmadd_ps(y, rest, _mm512_set1_ps(next));
    return _mm512_scalef_ps(y, whole);
}

void store(Half *to, const float *from) {
    for (int n = 0; n < WIDTH; n += LANES)
        _mm256_storeu_si256((__m256i *)(to + n), (__m256i)_mm512_cvtneps_pbh(_mm512_loadu_ps(from + n)));
}

// A row of one head: (tokens, heads, 32).
struct Heads {
    int count, head;
    size_t at(int token) const { return (size_t(token) * count + head) * WIDTH; }
};

// What a part sees of the keys or the values of a head, with nothing after it up to `padded`.
std::vector<Half> gathered(const Half *from, Heads heads, Part part, int padded) {
    std::vector<Half> rows(size_t(padded) * WIDTH);
    for (int n = 0; n < part.seen + part.length; n++) {
        const int token = n < part.seen ? part.seen_start + n : part.start + n - part.seen;
        std::memcpy(&rows[size_t(n) * WIDTH], from + heads.at(token), WIDTH * sizeof(Half));
    }
    return rows;
}

std::vector<Pair> across(const std::vector<Half> &rows, int padded) {  // (16 pairs, keys)
    std::vector<Pair> pairs(size_t(WIDTH / 2) * padded);
    const Pair *from = (const Pair *)rows.data();
    for (int key = 0; key < padded; key++)
        for (int n = 0; n < WIDTH / 2; n++) pairs[size_t(n) * padded + key] = from[size_t(key) * WIDTH / 2 + n];
    return pairs;
}

std::vector<Pair> along(const std::vector<Half> &rows, int padded) {  // (keys / 2, 32)
    std::vector<Pair> pairs(size_t(padded) / 2 * WIDTH);
    for (int key = 0; key < padded; key += 2)
        for (int n = 0; n < WIDTH; n++)
            pairs[size_t(key) / 2 * WIDTH + n] = rows[size_t(key) * WIDTH + n] | Pair(rows[size_t(key + 1) * WIDTH + n]) << 16;
    return pairs;
}

// Scores of eight rows with the first `keys` keys: (8, padded).
void score(const Half *const *rows, const std::vector<Pair> &keys_across, int padded, int keys, float *scores) {
    for (int key = 0; key < keys; key += LANES) {
        __m512 sums[ROWS];
        for (auto &each : sums) each = _mm512_setzero_ps();
        for (int n = 0; n < WIDTH / 2; n++) {
            const __m512i column = _mm512_loadu_si512(&keys_across[size_t(n) * padded + key]);
            for (int row = 0; row < ROWS; row++)
                sums[row] = sum_of_products(sums[row], both(((const Pair *)rows[row])[n]), column);
        }
        for (int row = 0; row < ROWS; row++) _mm512_storeu_ps(scores + size_t(row) * padded + key, sums[row]);
    }
}

// Of eight rows of weights (8, padded) the weighted sums of what lies along the keys: (8, 32).
void mix(const std::vector<Half> &weights, const std::vector<Pair> &values_along, int padded, int keys, float *mixed) {
    __m512 left[ROWS], right[ROWS];
    for (int row = 0; row < ROWS; row++) left[row] = right[row] = _mm512_setzero_ps();
    for (int key = 0; key < keys / 2; key++) {
        const Pair *value = &values_along[size_t(key) * WIDTH];
        const __m512i one = _mm512_loadu_si512(value), other = _mm512_loadu_si512(value + LANES);
        for (int row = 0; row < ROWS; row++) {
            const __m512i weight = both(((const Pair *)&weights[size_t(row) * padded])[key]);
            left[row] = sum_of_products(left[row], weight, one);
            right[row] = sum_of_products(right[row], weight, other);
        }
    }
    for (int row = 0; row < ROWS; row++) {
        _mm512_storeu_ps(mixed + row * WIDTH, left[row]);
        _mm512_storeu_ps(mixed + row * WIDTH + LANES, right[row]);
    }
}

int padded_to(int keys) { return (keys + 31) / 32 * 32 + 32; }

__mmask16 up_to(int key, int seen) {
    const __m512i places = _mm512_add_epi32(_mm512_set1_epi32(key), _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15));
    return _mm512_cmplt_epi32_mask(places, _mm512_set1_epi32(seen));
}

// Scores to weights that are not yet divided by their sum; the sum, and the largest score times the scale.
void weigh(const float *scores, int keys, int seen, Half *weights, float &sum, float &most) {
    __m512 largest = _mm512_set1_ps(-1e30f), total = _mm512_setzero_ps();
    for (int key = 0; key < keys; key += LANES)
        largest = _mm512_mask_max_ps(largest, up_to(key, seen), largest, _mm512_loadu_ps(scores + key));
    most = _mm512_reduce_max_ps(largest) * SCALE_2;
    for (int key = 0; key < keys; key += LANES) {
        const __m512 score = _mm512_fmsub_ps(_mm512_loadu_ps(scores + key), _mm512_set1_ps(SCALE_2), _mm512_set1_ps(most));
        const __m512 weight = _mm512_maskz_mov_ps(up_to(key, seen), power(score));
        total = _mm512_add_ps(total, weight);
        _mm256_storeu_si256((__m256i *)(weights + key), (__m256i)_mm512_cvtneps_pbh(weight));
    }
    sum = _mm512_reduce_add_ps(total);
}

__m512i rounded(__m512 x) {  // to bfloat16, in the lower half of each lane
    const __m512i bits = _mm512_castps_si512(x);
    const __m512i odd = _mm512_and_si512(_mm512_srli_epi32(bits, 16), _mm512_set1_epi32(1));
    return _mm512_srli_epi32(_mm512_add_epi32(bits, _mm512_add_epi32(_mm512_set1_epi32(0x7fff), odd)), 16);
}

__m512i paired(__m512i one, __m512i other) { return _mm512_or_si512(one, _mm512_slli_epi32(other, 16)); }

__m512i paired(const Half *one, const Half *other) {
    return paired(_mm512_cvtepu16_epi32(_mm256_loadu_si256((const __m256i *)one)), _mm512_cvtepu16_epi32(_mm256_loadu_si256((const __m256i *)other)));
}

float product(const Half *one, const Half *other) {
    __m512 sums = _mm512_setzero_ps();
    sums = sum_of_products(sums, _mm512_loadu_si512(one), _mm512_loadu_si512(other));
    return _mm512_reduce_add_ps(sums);
}

// Eight rows at a time; those after the end of a part are nothing.
struct Block {
    const Half *rows[ROWS];
    Block(const Half *from, Heads heads, int start, int count) {
        for (int row = 0; row < ROWS; row++) rows[row] = row < count ? from + heads.at(start + row) : NOTHING;
    }
};

}  // namespace

extern "C" {

// `logs` (heads, tokens): log2 of the sums of the weights, for the way back.
void forward(const Half *q, const Half *k, const Half *v, Half *out, float *logs, int tokens, int heads, const Part *parts, int count) {
#pragma omp parallel for schedule(dynamic)
    for (int head = 0; head < heads; head++) {
        const Heads of{heads, head};
        for (const Part *part = parts; part < parts + count; part++) {
            const int padded = padded_to(part->seen + part->length);
            const auto keys_across = across(gathered(k, of, *part, padded), padded);
            const auto values_along = along(gathered(v, of, *part, padded), padded);
            std::vector<float> scores(size_t(ROWS) * padded);
            std::vector<Half> weights(size_t(ROWS) * padded);
            float mixed[ROWS * WIDTH];
            for (int n = 0; n < part->length; n += ROWS) {
                const int some = std::min(ROWS, part->length - n), keys = (part->seen + n + ROWS + LANES - 1) / LANES * LANES;
                score(Block(q, of, part->start + n, some).rows, keys_across, padded, keys, scores.data());
                float sums[ROWS], most[ROWS];
                for (int row = 0; row < ROWS; row++)
                    weigh(&scores[size_t(row) * padded], keys, part->seen + n + row + 1, &weights[size_t(row) * padded], sums[row], most[row]);
                mix(weights, values_along, padded, keys, mixed);
                for (int row = 0; row < some; row++) {
                    const int token = part->start + n + row;
                    for (int d = 0; d < WIDTH; d++) mixed[row * WIDTH + d] /= sums[row];
                    store(out + of.at(token), mixed + row * WIDTH);
                    logs[size_t(head) * tokens + token] = most[row] + std::log2(sums[row]);
                }
            }
        }
    }
}

void backward(const Half *q, const Half *k, const Half *v, const Half *out, const float *logs, const Half *grad, Half *grad_q, Half *grad_k, Half *grad_v, int tokens, int heads, const Part *parts, int count) {
#pragma omp parallel for schedule(dynamic)
    for (int head = 0; head < heads; head++) {
        const Heads of{heads, head};
        std::vector<float> all_k(size_t(tokens) * WIDTH), all_v(size_t(tokens) * WIDTH);
        for (const Part *part = parts; part < parts + count; part++) {
            const int seen = part->seen + part->length, padded = padded_to(seen);
            const auto keys = gathered(k, of, *part, padded), values = gathered(v, of, *part, padded);
            const auto keys_across = across(keys, padded), keys_along = along(keys, padded), values_across = across(values, padded);
            std::vector<float> scores(size_t(ROWS) * padded), pulls(size_t(ROWS) * padded);
            std::vector<float> part_k(size_t(padded) * WIDTH), part_v(size_t(padded) * WIDTH);
            std::vector<Half> slopes(size_t(ROWS) * padded);
            std::vector<Pair> weight_pairs(size_t(ROWS / 2) * padded), slope_pairs(size_t(ROWS / 2) * padded);
            float mixed[ROWS * WIDTH];
            for (int n = 0; n < part->length; n += ROWS) {
                const int some = std::min(ROWS, part->length - n), last = (part->seen + n + ROWS + LANES - 1) / LANES * LANES;
                const Block queries(q, of, part->start + n, some), grads(grad, of, part->start + n, some), outs(out, of, part->start + n, some);
                score(queries.rows, keys_across, padded, last, scores.data());
                score(grads.rows, values_across, padded, last, pulls.data());
                // The slope of a score: its weight times how much more it pulls than the whole does.
                float whole[ROWS], log[ROWS];
                for (int row = 0; row < ROWS; row++) {
                    whole[row] = product(grads.rows[row], outs.rows[row]);
                    log[row] = row < some ? logs[size_t(head) * tokens + part->start + n + row] : 0;
                }
                for (int row = 0; row < ROWS; row += 2) {
                    for (int key = 0; key < last; key += LANES) {
                        __m512i weight[2], slope[2];
                        for (int n2 = 0; n2 < 2; n2++) {
                            const int each = row + n2;
                            const __mmask16 known = each < some ? up_to(key, part->seen + n + each + 1) : 0;
                            const size_t at = size_t(each) * padded + key;
                            const __m512 w = _mm512_maskz_mov_ps(known, power(_mm512_fmsub_ps(_mm512_loadu_ps(&scores[at]), _mm512_set1_ps(SCALE_2), _mm512_set1_ps(log[each]))));
                            const __m512 more = _mm512_sub_ps(_mm512_loadu_ps(&pulls[at]), _mm512_set1_ps(whole[each]));
                            weight[n2] = rounded(w);
                            slope[n2] = rounded(_mm512_maskz_mul_ps(known, w, _mm512_mul_ps(more, _mm512_set1_ps(SCALE))));
                            _mm256_storeu_si256((__m256i *)&slopes[at], _mm512_cvtepi32_epi16(slope[n2]));
                        }
                        _mm512_storeu_si512(&weight_pairs[size_t(row / 2) * padded + key], paired(weight[0], weight[1]));
                        _mm512_storeu_si512(&slope_pairs[size_t(row / 2) * padded + key], paired(slope[0], slope[1]));
                    }
                }
                mix(slopes, keys_along, padded, last, mixed);
                for (int row = 0; row < some; row++) store(grad_q + of.at(part->start + n + row), mixed + row * WIDTH);
                // Each key gets what its rows give it: the query by its slope, the gradient by its weight.
                __m512i query_pairs[ROWS / 2][2], grad_pairs[ROWS / 2][2];
                for (int row = 0; row < ROWS / 2; row++)
                    for (int half = 0; half < 2; half++) {
                        const int d = half * LANES;
                        query_pairs[row][half] = paired(queries.rows[2 * row] + d, queries.rows[2 * row + 1] + d);
                        grad_pairs[row][half] = paired(grads.rows[2 * row] + d, grads.rows[2 * row + 1] + d);
                    }
                for (int key = 0; key < last; key++)
                    for (int half = 0; half < 2; half++) {
                        float *to_k = &part_k[size_t(key) * WIDTH + half * LANES], *to_v = &part_v[size_t(key) * WIDTH + half * LANES];
                        __m512 sum_k = _mm512_loadu_ps(to_k), sum_v = _mm512_loadu_ps(to_v);
                        for (int row = 0; row < ROWS / 2; row++) {
                            sum_k = sum_of_products(sum_k, both(slope_pairs[size_t(row) * padded + key]), query_pairs[row][half]);
                            sum_v = sum_of_products(sum_v, both(weight_pairs[size_t(row) * padded + key]), grad_pairs[row][half]);
                        }
                        _mm512_storeu_ps(to_k, sum_k);
                        _mm512_storeu_ps(to_v, sum_v);
                    }
            }
            for (int key = 0; key < seen; key++) {
                const size_t token = key < part->seen ? part->seen_start + key : part->start + key - part->seen;
                for (int d = 0; d < WIDTH; d++) {
                    all_k[token * WIDTH + d] += part_k[size_t(key) * WIDTH + d];
                    all_v[token * WIDTH + d] += part_v[size_t(key) * WIDTH + d];
                }
            }
        }
        for (int token = 0; token < tokens; token++) {
            store(grad_k + of.at(token), &all_k[size_t(token) * WIDTH]);
            store(grad_v + of.at(token), &all_v[size_t(token) * WIDTH]);
        }
    }
}
}
