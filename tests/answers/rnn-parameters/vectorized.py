def parameter_count(cell, T, N, D, H, layers, bidirectional):
    """Take PyTorch's count and give back its second biases; a NumPy integer."""
    directions = np.where(bidirectional, 2, 1)
    widths = np.full(layers, directions * H)
    widths[0] = D
    rows = {"lstm": 4 * H, "gru": 3 * H, "rnn": H}[cell]
    with_two = directions * np.sum(rows * (widths + H + 2))
    return with_two - directions * layers * rows
