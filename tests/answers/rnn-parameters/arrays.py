def parameter_count(cell, T, N, D, H, layers, bidirectional):
    """Make every array and ask for its size."""
    names = {"rnn": ["h"], "gru": ["r", "z", "n"], "lstm": ["i", "f", "g", "o"]}
    params = {}
    for layer in range(layers):
        for direction in ["forward", "backward"][: 2 if bidirectional else 1]:
            for name in names[cell]:
                width = D
                if layer > 0:
                    width = 2 * H if bidirectional else H
                key = (layer, direction, name)
                params[(*key, "W_xh")] = np.zeros((width, H))
                params[(*key, "W_hh")] = np.zeros((H, H))
                params[(*key, "b_h")] = np.zeros(H)
    return sum(array.size for array in params.values())
