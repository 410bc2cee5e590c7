def numerical_gradient(f, x):
    # No entry is zero in this course's checks, but this works there too.
    steps = np.where(x == 0, 1e-5, 1e-5 * abs(x))

    def along(i):
        moved = np.array(x)
        moved[i] = x[i] + steps[i]
        above = f(moved)
        moved[i] = x[i] - steps[i]
        return above - f(moved)

    rises = np.array([along(i) for i in np.ndindex(*x.shape)]).reshape(x.shape)
    return rises / (2 * steps)
