def relative_error(a, b):
    gap = size = 0.0
    for u, v in zip(a.ravel().tolist(), b.ravel().tolist(), strict=True):
        gap = max(gap, abs(u - v))
        size = max(size, abs(u), abs(v))
    if size == 0:
        return 0.0
    return gap / size
