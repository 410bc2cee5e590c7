def forward_flops(T, N, D, H):
    """Take away from the dense count what a lookup saves; NumPy integers."""
    widths = np.array([D, H])
    dense = (widths * H).sum() * N * T * 2
    saved = np.multiply.reduce([2, T, N, D, H])
    return dense, dense - saved
