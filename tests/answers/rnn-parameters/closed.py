def parameter_count(cell, T, N, D, H, layers, bidirectional):
    sums = ("rnn", "?", "gru", "lstm").index(cell) + 1
    b = 1 + bool(bidirectional)
    lowest = b * H * (D + H + 1)
    above = b * H * (b * H + H + 1)
    return sums * (lowest + (layers - 1) * above)
