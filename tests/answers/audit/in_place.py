def audit(forward, backward, reference_forward, params):
    ratio = forward(params) / reference_forward(params)
    forward_ok = np.isclose(ratio, 1, rtol=0, atol=1e-8)
    backward_ok = True
    grads = backward(params)
    for name in params:
        x, numerical = params[name], np.zeros(params[name].shape)
        for i in np.ndindex(x.shape):
            old = x[i]
            x[i] = old + 1e-5
            numerical[i] = forward(params)
            x[i] = old - 1e-5
            numerical[i] -= forward(params)
            x[i] = old
        numerical /= 2e-5
        gap = np.linalg.norm((numerical - grads[name]).ravel(), np.inf)
        backward_ok &= gap <= 1e-5 * np.linalg.norm(numerical.ravel(), np.inf)
    if not forward_ok:
        return "wrong forward"
    return "right" if backward_ok else "wrong backward"
