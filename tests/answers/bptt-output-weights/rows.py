def output_gradients(dlogits, states, W_hy):
    # Every step of every sequence is one row of a single affine layer.
    rows = states[1:].reshape(-1, len(W_hy))
    d_rows = dlogits.reshape(len(rows), -1)
    back = (W_hy @ d_rows.T).T
    return rows.T @ d_rows, np.ones(len(rows)) @ d_rows, back.reshape(states[1:].shape)
