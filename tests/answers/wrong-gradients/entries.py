def wrong_gradients(loss, params, grads):
    here = loss(params)
    accused = set()
    for name, array in params.items():
        triples = []
        for k in range(array.size):
            values = []
            for step in (1e-5, -1e-5):
                flat = array.ravel().copy()
                flat[k] += step
                values.append(loss({**params, name: flat.reshape(array.shape)}))
            right, left = (values[0] - here) / 1e-5, (here - values[1]) / 1e-5
            triples.append((right, left, grads[name].flat[k]))
        largest = max(max(abs(r), abs(m)) for r, m, _ in triples)
        for right, left, given in triples:
            if abs(right - left) > 0.01 * largest:
                continue
            if abs((right + left) / 2 - given) > 1e-5 * largest:
                accused.add(name)
    return sorted(accused)
