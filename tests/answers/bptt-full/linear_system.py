def rnn_backward(dhs, xs, states, W_xh, W_hh):
    """Solve for all da at once: das - (das shifted by one step, sent back) = own."""
    T, N, H = dhs.shape
    das = np.empty(dhs.shape)
    for n in range(N):
        slopes = 1 - states[1:, n] ** 2
        system = np.eye(T * H)
        for t in range(T - 1):
            rows, columns = slice(t * H, t * H + H), slice(t * H + H, t * H + 2 * H)
            system[rows, columns] = -slopes[t][:, None] * W_hh
        own = (dhs[:, n] * slopes).ravel()
        das[:, n] = np.linalg.solve(system, own).reshape(T, H)
    dxs = np.stack([da @ W_xh.T for da in das])
    dW_xh = sum(x.T @ da for x, da in zip(xs, das, strict=True))
    dW_hh = sum(h.T @ da for h, da in zip(states, das, strict=False))
    return dxs, (W_hh @ das[0].T).T, dW_xh, dW_hh, das.sum(axis=1).sum(axis=0)
