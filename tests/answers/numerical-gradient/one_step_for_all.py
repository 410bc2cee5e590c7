def numerical_gradient(f, x):
    s = 1e-5 * max(1, np.max(np.abs(x)))
    directions = np.eye(x.size).reshape(x.size, *x.shape)
    slopes = [(f(x + s * e) - f(x - s * e)) / s / 2 for e in directions]
    return np.reshape(slopes, x.shape)
