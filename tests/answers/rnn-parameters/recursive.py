def parameter_count(cell, T, N, D, H, layers, bidirectional):
    if layers == 0:
        return 0
    if cell == "rnn":
        one = D * H + H * H + H
    elif cell == "gru":
        one = 3 * D * H + 3 * H * H + 3 * H
    else:
        one = 4 * H * D + 4 * H**2 + 4 * H
    if bidirectional:
        return 2 * one + parameter_count(cell, T, N, 2 * H, H, layers - 1, True)
    return one + parameter_count(cell, T, N, H, H, layers - 1, False)
