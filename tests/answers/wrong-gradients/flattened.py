def wrong_gradients(loss, params, grads):
    # One long vector for all the parameters.
    names = sorted(params)
    owners = np.concatenate([[name] * params[name].size for name in names])
    point = np.concatenate([params[name].ravel() for name in names])
    given = np.concatenate([grads[name].ravel() for name in names])

    def at(vector):
        parts, start = {}, 0
        for name in names:
            shape, size = params[name].shape, params[name].size
            parts[name] = vector[start : start + size].reshape(shape)
            start += size
        return loss(parts)

    s = 1e-5
    steps = s * np.eye(len(point))
    up = np.array([at(point + step) for step in steps])
    down = np.array([at(point - step) for step in steps])
    right, left, central = (
        (up - at(point)) / s,
        (at(point) - down) / s,
        (up - down) / (2 * s),
    )

    def is_wrong(name):
        mine = owners == name
        scale = np.max(np.abs(central[mine]))
        mine &= np.abs(right - left) < 1e-2 * scale
        return bool((np.abs(central - given)[mine] > 1e-5 * scale).any())

    return [name for name in names if is_wrong(name)]
