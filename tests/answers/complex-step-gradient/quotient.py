def complex_step_gradient(f, x):
    gradient = np.zeros(x.shape, dtype=complex)
    for i, _ in np.ndenumerate(x):
        moved = x + np.zeros(x.shape, dtype=complex)
        moved[i] += 1e-100j
        # The imaginary part of f over the step is the real part of f over i times it.
        gradient[i] = f(moved) / 1e-100j
    return gradient.real
