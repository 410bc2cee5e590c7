def rnn_step_backward(dh, x, h_prev, h, W_xh, W_hh):
    # The argument of tanh is recovered from its value; its slope is 1 / cosh^2.
    scores = np.arctanh(h)
    da = dh / np.cosh(scores) ** 2
    dx = np.einsum("nh,dh->nd", da, W_xh)
    dh_prev = np.einsum("nj,ij->ni", da, W_hh)
    dW_xh = np.einsum("nd,nh->dh", x, da)
    dW_hh = np.einsum("ni,nj->ij", h_prev, da)
    return dx, dh_prev, dW_xh, dW_hh, np.einsum("nh->h", da)
