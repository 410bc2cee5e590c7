def gradient_terms(dh, xs, states, W_hh):
    T, H = len(states) - 1, len(dh)
    terms = np.zeros((T, H, H))
    row = list(dh)
    for k in range(T, 0, -1):
        da = [row[j] * (1 - states[k, j] ** 2) for j in range(H)]
        for i in range(H):
            for j in range(H):
                terms[k - 1, i, j] = states[k - 1, i] * da[j]
        row = [sum(da[j] * W_hh[i, j] for j in range(H)) for i in range(H)]
    return terms
