def numerical_gradient(f, x):
    grad = np.zeros(x.shape)
    it = np.nditer(x, flags=["multi_index"])
    while not it.finished:
        i = it.multi_index
        before = x[i]
        s = 1e-6 * (1 + abs(before))
        x[i] = before + s
        right = f(x)
        x[i] = before - s
        left = f(x)
        x[i] = before
        # The distance as it was rounded.
        grad[i] = (right - left) / ((before + s) - (before - s))
        it.iternext()
    return grad
