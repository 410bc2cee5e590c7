import math


def forward_flops(T, N, D, H):
    """One product with the stacked matrix; without inputs D is 0."""
    return tuple(math.prod((T, N, width + H, H, 2)) for width in (D, 0))
