def slopes(loss, params, name, s):
    before = loss(params)
    array = params[name]
    right, left = np.zeros(array.shape), np.zeros(array.shape)
    for i in np.ndindex(array.shape):
        saved = array[i]
        array[i] = saved + s
        right[i] = (loss(params) - before) / s
        array[i] = saved - s
        left[i] = (before - loss(params)) / s
        array[i] = saved
    return right, left


def wrong_gradients(loss, params, grads):
    wrong = []
    for name in sorted(params):
        right, left = slopes(loss, params, name, 6e-6)
        largest = max(abs(right).max(), abs(left).max())
        keep = abs(right - left) <= 0.01 * largest
        numerical = 0.5 * (right + left)[keep]
        given = grads[name][keep]
        if not keep.any():
            continue
        scale = max(abs(numerical).max(), abs(given).max())
        if scale > 0 and abs(numerical - given).max() / scale > 1e-5:
            wrong.append(name)
    return wrong
