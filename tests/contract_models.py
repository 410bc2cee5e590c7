"""Valid arguments of networks, models, and what trains them.

Bound methods are keys of these tables, hence one instance of each class for all calls.
"""

import numpy as np

from rnncore import attention, bptt, decoding
from rnncore.encoder_decoder import EncoderDecoder, PairBatch
from rnncore.layers import Layer
from rnncore.models import LanguageModel
from rnncore.recipes import Recipe
from rnncore.rtrl import RTRL
from rnncore.sequence_classifier import ClassBatch, SequenceClassifier
from rnncore.sequence_generator import CaptionBatch, SequenceGenerator
from rnncore.sequence_regressor import SequenceRegressor, SeriesBatch
from rnncore.stacks import Bidirectional, Stack, stacked
from rnncore.training import evaluate, train
from tests.contract_sample import LAYER, D, H, N, T, V

BOTH = Bidirectional("gru", D, H)
STACK = Stack((LAYER, Layer("lstm", H, H)))
METHODS = (
    bptt.FullBPTT(),
    bptt.FixedBPTT(2),
    bptt.VariableBPTT(1, 2),
    bptt.RandomizedBPTT(0.5),
    bptt.SlidingBPTT(2),
    bptt.CheckpointedBPTT(2),
    RTRL(),
)
CARRIED = METHODS[:4]
RECIPE = Recipe(learning_rate=0.1)
MODEL = LanguageModel(V, H, layers=2, dropout=0.5)
CLASSIFIER = SequenceClassifier(input_size=D, n_classes=V, hidden_size=H)
REGRESSOR = SequenceRegressor(input_size=D, output_size=D, hidden_size=H)
GENERATOR = SequenceGenerator(vector_size=D, vocab_size=V, hidden_size=H)
TRANSLATOR = EncoderDecoder(V, V, H, attention="additive")
ATTENTION = attention.Attention("additive", H)
NEXT = np.eye(V, k=1, dtype=np.float32)


def next_token(tokens, state):
    """Predict each token's successor, modulo V, for any state."""
    return NEXT[tokens], state


def ones_head(hs, steps):
    """Weigh the states of all steps alike."""
    return np.ones_like(hs)


def of_networks(a):
    """Layers, stacks, and the ways to compute their gradients."""
    sizes = {"cell": "lstm", "input_size": D, "hidden_size": H}
    table = {stacked: {**sizes, "layers": 2}}
    for network in (LAYER, BOTH, STACK):
        params = a.drawn(network)
        state = tuple(a.draw(N, H) for _ in network.zero_state(N))
        given = {"xs": a.xs, "state": state, "params": params, "mask": a.mask}
        hs, last, cache = network.forward(**given)
        back = {"dhs": a.draw(*hs.shape), "cache": cache}
        back["dlast"] = tuple(a.draw(*array.shape) for array in last)
        if network is not BOTH:
            back["carry"] = a.draw(T)
            table[network.stepper] = {"params": params}
        table[network.forward], table[network.backward] = given, back
        table[network.init] = {"rng": a.rng}
        table[network.zero_state] = {"N": N}
    given = {"xs": a.xs, "state": (a.h0,), "params": a.weights, "mask": a.mask}
    given |= {"network": LAYER, "head": ones_head, "rng": a.rng}
    table |= {method.__call__: given for method in METHODS}
    table |= {method.carry: {"T": 6, "rng": a.rng} for method in CARRIED}
    return table


def of_models(a):
    """Models, and what writes with them."""
    params, pairs = a.drawn(MODEL), {"params": a.drawn(ATTENTION)}
    scores = {"params": {k: pairs["params"][k] for k in ("W_qa", "W_ka", "v_a")}}
    state = tuple(a.draw(N, H) for _ in MODEL.network.zero_state(N))
    batch = {"params": params, "batch": (a.tokens, a.tokens, a.mask), "state": state}
    prompt = {"params": params, "length": 3, "prompt_tokens": a.tokens[:, 0]}
    search = {"step": next_token, "state": (a.h0,), "start_tokens": a.tokens[0]}
    search["length"] = 3
    reads = {"params": a.drawn(CLASSIFIER), "inputs": a.xs, "mask": a.mask}
    classes = ClassBatch(a.xs, a.tokens[0], a.mask)
    series = SeriesBatch(a.xs, a.shares, a.mask)
    captions = CaptionBatch(a.x, a.tokens, a.mask)
    translations = PairBatch(a.tokens, a.tokens, a.mask, a.mask)
    look = {"queries": a.dhs, "keys": a.draw(T, N, H), "mask": a.mask}
    _, _, dotted = attention.dot_attention_forward(**look)
    _, _, added = attention.additive_attention_forward(**look, **scores)
    both = {**look, **pairs}
    *_, attended = ATTENTION.forward(**both)
    told = {"params": a.drawn(GENERATOR), "vectors": a.x, "length": 3}
    asked = {"params": a.drawn(TRANSLATOR), "source": a.tokens, "length": 3}
    asked["source_mask"] = a.mask
    table = {
        MODEL.loss: {**batch, "rng": a.rng},
        MODEL.score: batch,
        MODEL.logits: {
            "params": params,
            "inputs": a.tokens,
            "state": state,
            "mask": a.mask,
        },
        MODEL.step: {"params": params},
        MODEL.generate: {**prompt, "rng": a.rng},
        MODEL.beam_search: {**prompt, "beam_width": 2},
        decoding.filter_logits: {
            "logits": a.logits,
            "temperature": np.float64(0.5),
            "top_k": 4,
            "top_p": np.float64(0.9),
        },
        decoding.greedy: search,
        decoding.sample: {**search, "rng": a.rng},
        decoding.beam_search: {**search, "beam_width": 2, "length_penalty": 0.5},
        attention.dot_attention_forward: look,
        attention.dot_attention_backward: {"dcontexts": a.dhs, "cache": dotted},
        attention.additive_attention_forward: {**look, **scores},
        attention.additive_attention_backward: {"dcontexts": a.dhs, "cache": added},
        ATTENTION.forward: both,
        ATTENTION.backward: {"doutputs": a.dhs, "cache": attended},
        CLASSIFIER.logits: reads,
        REGRESSOR.predict: {**reads, "params": a.drawn(REGRESSOR), "state": (a.h0,)},
        REGRESSOR.forecast: {
            "params": a.drawn(REGRESSOR),
            "inputs": a.xs,
            "length": 2,
        },
        GENERATOR.start: {"params": told["params"], "vectors": a.x},
        GENERATOR.step: {"params": told["params"]},
        GENERATOR.generate: {**told, "rng": a.rng},
        GENERATOR.beam_search: {**told, "beam_width": 2},
        TRANSLATOR.accuracy: {"params": asked["params"], "batch": translations},
        TRANSLATOR.attention_weights: {
            "params": asked["params"],
            "batch": translations,
        },
        TRANSLATOR.encode: {k: v for k, v in asked.items() if k != "length"},
        TRANSLATOR.step: {"params": asked["params"]},
        TRANSLATOR.generate: {**asked, "rng": a.rng},
        TRANSLATOR.beam_search: {**asked, "beam_width": 2},
    }
    for model, item in (
        (CLASSIFIER, classes),
        (REGRESSOR, series),
        (GENERATOR, captions),
        (TRANSLATOR, translations),
    ):
        table[model.loss] = table[model.score] = {
            "params": a.drawn(model),
            "batch": item,
        }
    for model in (MODEL, ATTENTION, CLASSIFIER, REGRESSOR, GENERATOR, TRANSLATOR):
        table[model.init] = {"rng": a.rng}
    return table


def of_training(a):
    """Training, and the loss on batches."""
    fit = {"model": MODEL, "params": a.drawn(MODEL)}
    batches = [(a.tokens, a.tokens, a.mask)]
    return {
        evaluate: {**fit, "batches": batches},
        train: {
            **fit,
            "epoch_batches": lambda rng: batches,
            "recipe": RECIPE,
            "steps": 2,
            "rng": a.rng,
            "progress": False,
        },
    }
