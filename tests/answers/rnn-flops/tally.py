def forward_flops(T, N, D, H):
    """Go through the loops and count instead of computing."""
    of_inputs = of_states = 0
    for _t in range(T):
        for _n in range(N):
            for _unit in range(H):
                for _d in range(D):
                    of_inputs += 1  # multiply
                    of_inputs += 1  # add
                of_states += 2 * H
    return of_inputs + of_states, of_states
