def relative_error(a, b):
    scale = np.max(np.abs([a, b]))
    if not scale:
        return np.float64(0)
    return np.max(np.abs(a / scale - b / scale))
