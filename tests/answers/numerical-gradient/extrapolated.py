def numerical_gradient(f, x):
    # Two central differences, combined so that their errors cancel (Richardson).
    gradient = np.zeros_like(x)
    for i in np.ndindex(x.shape):
        s = 1e-3 * max(1, abs(x[i]))
        slopes = []
        for step in (s, s / 2):
            right, left = x.copy(), x.copy()
            right[i] += step
            left[i] -= step
            slopes.append((f(right) - f(left)) / (2 * step))
        gradient[i] = (4 * slopes[1] - slopes[0]) / 3
    return gradient
