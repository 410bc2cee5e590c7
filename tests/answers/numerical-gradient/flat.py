def numerical_gradient(f, x):
    flat = x.flatten()
    slopes = []
    for k in range(flat.size):
        s = 6e-6 * max(1.0, abs(flat[k]))
        values = []
        for sign in (1, -1):
            moved = flat.copy()
            moved[k] += sign * s
            values.append(f(moved.reshape(x.shape)))
        slopes.append((values[0] - values[1]) / (2 * s))
    return np.array(slopes).reshape(x.shape)
