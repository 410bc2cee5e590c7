def output_gradients(dlogits, states, W_hy):
    # b_y is the last row of a weight matrix whose input is always 1.
    total = np.zeros((W_hy.shape[0] + 1, W_hy.shape[1]))
    dhs = []
    for h, d in zip(states[1:], dlogits, strict=True):
        extended = np.concatenate([h, np.ones((len(h), 1))], axis=1)
        total = total + sum(
            np.outer(row, d_row) for row, d_row in zip(extended, d, strict=True)
        )
        dhs.append(np.inner(d, W_hy))
    return total[:-1], total[-1].copy(), np.array(dhs)
