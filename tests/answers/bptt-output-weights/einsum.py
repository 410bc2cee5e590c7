def output_gradients(dlogits, states, W_hy):
    _, *hs = states
    dW_hy = np.einsum("tnh,tnv->hv", np.stack(hs), dlogits)
    db_y = np.einsum("tnv->v", dlogits)
    dhs = np.einsum("tnv,hv->tnh", dlogits, W_hy)
    return dW_hy, db_y, dhs
