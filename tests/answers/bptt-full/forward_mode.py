def rnn_backward(dhs, xs, states, W_xh, W_hh):
    """Carry dh_t/d(everything) forward in time and never go back."""
    (T, N, D), H = xs.shape, len(W_hh)
    sizes = [T * D, H, D * H, H * H, H]
    starts = np.cumsum([0, *sizes])
    total = np.zeros((N, starts[-1]))
    for n in range(N):
        sensitivity = np.zeros((starts[-1], H))
        sensitivity[starts[1] : starts[2]] = np.eye(H)
        for t in range(T):
            moved = sensitivity @ W_hh
            moved[t * D : t * D + D] += W_xh
            moved[starts[2] : starts[3]] += np.kron(xs[t, n][:, None], np.eye(H))
            moved[starts[3] : starts[4]] += np.kron(states[t, n][:, None], np.eye(H))
            moved[starts[4] :] += np.eye(H)
            sensitivity = moved * (1 - states[t + 1, n] ** 2)
            total[n] += sensitivity @ dhs[t, n]
    dxs, dh0, dW_xh, dW_hh, db_h = np.split(total, starts[1:-1], axis=1)
    return (
        dxs.reshape(N, T, D).swapaxes(0, 1),
        dh0,
        dW_xh.sum(axis=0).reshape(D, H),
        dW_hh.sum(axis=0).reshape(H, H),
        db_h.sum(axis=0),
    )
