def output_gradients(dlogits, states, W_hy):
    T, N, V = dlogits.shape
    H = W_hy.shape[0]
    dW_hy = np.zeros((H, V))
    db_y = np.zeros(V)
    dhs = np.zeros((T, N, H))
    for t in range(T):
        for n in range(N):
            for v in range(V):
                db_y[v] += dlogits[t, n, v]
                for i in range(H):
                    dW_hy[i, v] += states[t + 1, n, i] * dlogits[t, n, v]
                    dhs[t, n, i] += W_hy[i, v] * dlogits[t, n, v]
    return dW_hy, db_y, dhs
