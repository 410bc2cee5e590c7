def complex_step_gradient(f, x):
    z = np.zeros(x.size, dtype=complex)
    z.real = x.ravel()
    out = np.zeros(x.size)
    h = 1e-8
    for k in range(x.size):
        z[k] = complex(z[k].real, h)
        out[k] = f(z.reshape(x.shape)).imag / h
        z[k] = z[k].real
    return out.reshape(x.shape)
