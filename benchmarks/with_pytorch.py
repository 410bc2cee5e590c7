"""The network in PyTorch: `torch.nn` modules, run eagerly, and `torch.optim.Adam`.

What PyTorch may choose between on a CPU is tried for each case, and the fastest is
timed: oneDNN on or off, Adam fused or over lists of tensors. Gradients are set to None
between steps; reading and sampling run in inference mode, and sampling with the cell
module (`LSTMCell`) as well as with the layer.

PyTorch's layers have two biases where one is needed. Adam moves both, so that their
sum moves twice as fast. For the comparison of losses the superfluous one is held at
zero; while time is measured PyTorch does as it always does.
"""

from typing import Any

import numpy as np
import torch
from torch import nn

from benchmarks.case import Case
from benchmarks.peer import RATE, SAMPLE_LENGTH, Peer

LAYERS = {"tanh": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}
CELLS = {"tanh": nn.RNNCell, "lstm": nn.LSTMCell, "gru": nn.GRUCell}


class Network(nn.Module):
    """
    Embedding, recurrent layer, affine head.

    Parameters
    ----------
    case : Case
        Cell and sizes.
    """

    def __init__(self, case: Case):
        super().__init__()
        self.embedding = nn.Embedding(case.V, case.H)
        self.layer = LAYERS[case.cell](case.H, case.H)
        self.head = nn.Linear(case.H, case.V)

    def forward(self, tokens: torch.Tensor, state: Any = None) -> tuple[Any, Any]:
        """
        Read tokens.

        Parameters
        ----------
        tokens : Tensor of int, shape (T, N)
            What is read.
        state : Tensor or tuple, optional
            Where the layer starts; zeros by default.

        Returns
        -------
        logits : Tensor, shape (T, N, V)
            One row for each token read.
        state : Tensor or tuple
            Where the layer stopped.
        """
        hs, state = self.layer(self.embedding(tokens), state)
        return self.head(hs), state


class Model(Peer):
    """
    The PyTorch peer.

    Parameters
    ----------
    case : Case
        Cell and sizes.
    onednn : bool, optional
        Whether PyTorch may use oneDNN.
    adam : str, optional
        "fused" or "foreach".
    stepper : str, optional
        What reads one token: the "layer" or the "cell" module.
    """

    @staticmethod
    def settings(task: str) -> list[dict[str, Any]]:
        """
        List what PyTorch may choose between.

        Parameters
        ----------
        task : str
            "step", "forward" or "sample".

        Returns
        -------
        list of dict
            With and without oneDNN, and what else concerns the task.
        """
        choices: dict[str, list[dict[str, Any]]] = {
            "step": [{"adam": "fused"}, {"adam": "foreach"}],
            "forward": [{}],
            "sample": [{"stepper": "layer"}, {"stepper": "cell"}],
        }
        return [
            {"onednn": on, **more} for on in (True, False) for more in choices[task]
        ]

    def __init__(
        self,
        case: Case,
        onednn: bool = True,
        adam: str = "fused",
        stepper: str = "layer",
    ):
        super().__init__(case)
        torch.backends.mkldnn.enabled = onednn
        self.network = Network(case)
        self.tokens = torch.from_numpy(self.inputs.copy())  # (T, N)
        self.flat_targets = torch.from_numpy(self.targets.reshape(-1).copy())
        self._load()
        self.optimizer = torch.optim.Adam(
            self.network.parameters(), RATE, **{adam: True}
        )
        self.stepper = stepper
        if stepper == "cell":
            self.cell = self._cell()

    def step(self) -> float:
        """
        Go one step: forward, backward, Adam.

        Returns
        -------
        float
            The loss before the update, in nats per token.
        """
        self.optimizer.zero_grad(set_to_none=True)
        loss = self._loss()
        loss.backward()
        self.optimizer.step()
        return loss.item()

    def loss_and_grads(self) -> tuple[float, dict[str, np.ndarray]]:
        """
        Compute loss and gradients by autograd.

        Returns
        -------
        loss : float
            In nats per token.
        grads : dict of str to ndarray
            One array for each parameter, in the layout of `benchmarks.case`.
        """
        self.optimizer.zero_grad(set_to_none=True)
        loss = self._loss()
        loss.backward()
        return loss.item(), {
            name: grad.numpy().copy() for name, grad in self._views("grad").items()
        }

    def first_losses(self, count: int) -> list[float]:
        """
        Train for some steps with the superfluous bias held at zero.

        Parameters
        ----------
        count : int
            Number of steps.

        Returns
        -------
        list of float
            The loss before each update.
        """
        held = torch.ones_like(self.network.layer.bias_hh_l0)
        held[: self._superfluous()] = 0
        hook = self.network.layer.bias_hh_l0.register_hook(lambda grad: grad * held)
        losses = super().first_losses(count)
        hook.remove()
        return losses

    @torch.inference_mode()
    def forward(self) -> np.ndarray:
        """
        Read the batch in inference mode.

        Returns
        -------
        ndarray, shape (T, N, V)
            The logits.
        """
        return self.network(self.tokens)[0].numpy()

    @torch.inference_mode()
    def predict(self, tokens: np.ndarray) -> np.ndarray:
        """
        Read the tokens of one sequence, step by step.

        Parameters
        ----------
        tokens : ndarray of int, shape (length,)
            What is read.

        Returns
        -------
        ndarray, shape (V,)
            The logits after the last one.
        """
        state = None
        for token in torch.from_numpy(tokens.copy()):
            logits, state = self._advance(token.reshape(1), state)
        return logits.numpy()[0]

    @torch.inference_mode()
    def sample(self) -> torch.Tensor:
        """
        Draw tokens one after the other, starting from token 0.

        Returns
        -------
        Tensor of int
            The tokens.
        """
        state, token, tokens = None, torch.zeros(1, dtype=torch.long), []
        for _ in range(SAMPLE_LENGTH):
            logits, state = self._advance(token, state)
            token = torch.multinomial(logits.softmax(dim=1), 1)[0]
            tokens.append(token)
        return torch.cat(tokens)

    def _loss(self) -> torch.Tensor:
        logits, _ = self.network(self.tokens)
        return nn.functional.cross_entropy(
            logits.view(-1, self.case.V), self.flat_targets
        )

    def _advance(self, token: torch.Tensor, state: Any) -> tuple[Any, Any]:
        if self.stepper == "layer":
            logits, state = self.network(token.unsqueeze(0), state)
            return logits[0], state
        state = self.cell(self.network.embedding(token), state)
        h = state[0] if self.case.cell == "lstm" else state
        return self.network.head(h), state

    def _cell(self) -> nn.Module:
        cell = CELLS[self.case.cell](self.case.H, self.case.H)
        for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"):
            setattr(cell, name, getattr(self.network.layer, f"{name}_l0"))
        return cell

    def _superfluous(self) -> int:
        # The GRU's last block is needed: it stands inside the reset product.
        return 2 * self.case.H if self.case.cell == "gru" else 4 * self.case.H

    def _views(self, of: str) -> dict[str, torch.Tensor]:
        network, layer = self.network, self.network.layer
        pick = {
            "W_emb": (network.embedding.weight, False),
            "layer0.W_xh": (layer.weight_ih_l0, True),
            "layer0.W_hh": (layer.weight_hh_l0, True),
            "layer0.b_h": (layer.bias_ih_l0, False),
            "W_hy": (network.head.weight, True),
            "b_y": (network.head.bias, False),
        }
        views = {
            name: getattr(p, of).T if transposed else getattr(p, of)
            for name, (p, transposed) in pick.items()
        }
        if self.case.cell == "gru":
            views["layer0.b_n"] = getattr(layer.bias_hh_l0, of)[self._superfluous() :]
        return views

    def _load(self) -> None:
        self.network.layer.bias_hh_l0.data.zero_()
        for name, view in self._views("data").items():
            view.copy_(torch.from_numpy(self.params[name]))
