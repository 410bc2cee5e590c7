def relative_error(a, b):
    def largest(values):
        return np.linalg.norm(values.ravel(), ord=np.inf)

    if largest(a) == largest(b) == 0:
        return 0.0
    return largest(a - b) / max(largest(a), largest(b))
