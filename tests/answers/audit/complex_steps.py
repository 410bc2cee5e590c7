def audit(forward, backward, reference_forward, params):
    # The reference is smooth and takes complex numbers: its slopes are exact.
    loss = reference_forward(params)
    if abs(forward(params) / loss - 1) > 1e-8:
        return "wrong forward"
    for name, given in backward(params).items():
        exact = []
        for unit in np.eye(given.size).reshape(-1, *given.shape):
            moved = {**params, name: params[name] + 1e-20j * unit}
            exact.append(reference_forward(moved).imag / 1e-20)
        exact = np.array(exact).reshape(given.shape)
        if not np.allclose(exact / abs(exact).max(), given / abs(exact).max(), 0, 1e-5):
            return "wrong backward"
    return "right"
