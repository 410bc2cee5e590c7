"""Train a character language model on real text and let it write.

    python -m benchmarks.train_char_lm [--text FILE ...] [--steps 2000] [--out JSON]
        [--cell lstm] [--layers 2] [--embedding-size 32]
        [--checkpoint FILE [--resume]]

By default the text is that of the book's own chapters. Its last tenth is held out. The
run succeeds if the loss on the held-out part falls below the unigram entropy, which no
model can do that predicts each character without looking at those before it; otherwise
the exit code is 1. The entropy is that of the whole text or that of the held-out part,
whichever is smaller. Losses are printed in nats and in bits per character.

The run is deterministic on one machine: same text, same options, same numbers, also if
it was interrupted and went on with ``--checkpoint FILE --resume``. The last digits
depend on the CPU and on NumPy's build. Machine and options are written to the JSON
file, but no path and no name of a user. CPU time is that of this process; what was done
before an interruption is not in it.
"""

import argparse
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

# One thread: the products are too small to gain from more, and CPU time stays honest.
# It must be set before NumPy is imported, and only where this is the command.
if __name__ == "__main__":
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

from rnncore.cells import CELLS
from rnncore.corpora import load_text
from rnncore.data import sequential_batches
from rnncore.kinds import check_counts
from rnncore.metrics import bits_per_character, unigram_entropy
from rnncore.models import LanguageModel
from rnncore.recipes import Checkpoints, Recipe
from rnncore.tokenizers import CharTokenizer
from rnncore.training import Result, evaluate, train

CHAPTERS = Path(__file__).parent.parent / "chapters"
NOT_REPORTED = ("text", "out", "progress", "checkpoint", "resume")


def main(arguments: list[str] | None = None) -> int:
    """
    Run the benchmark as a command.

    Parameters
    ----------
    arguments : list of str, optional
        Command-line arguments, those of the process by default.

    Returns
    -------
    int
        Exit code: 0 if the held-out loss fell below the unigram entropy, 1 otherwise,
        2 if the text, the options, or the checkpoint cannot be used, or numbers were no
        longer finite.
    """
    options = _parser().parse_args(arguments)
    paths = options.text or sorted(CHAPTERS.glob("*.md"))
    try:
        if options.out:  # an unusable place is found before the training, not after
            options.out.parent.mkdir(parents=True, exist_ok=True)
            options.out.open("a").close()
        result = run(read_texts(paths), options)
        result = {"texts": [path.name for path in paths], **result}
        if options.out:
            text = json.dumps(result, indent=2) + "\n"
            options.out.write_text(text, encoding="utf-8")
    except (OSError, ValueError) as error:
        print(f"train_char_lm: {error}", file=sys.stderr)
        return 2
    return report(result)


def read_texts(paths: list[Path]) -> str:
    """
    Read the training text.

    Parameters
    ----------
    paths : list of Path
        UTF-8 text files.

    Returns
    -------
    str
        Their contents, one after the other.

    Raises
    ------
    OSError
        If a file cannot be read.
    ValueError
        If a file is not UTF-8, or there is too little text.
    """
    text = "\n".join(map(load_text, paths))
    if len(text) < 2000:
        raise ValueError(
            f"{len(paths)} files hold {len(text)} characters, but at least 2000 are "
            f"needed to train and to hold out a tenth. Pass --text FILE with more text."
        )
    return text


def run(text: str, options: argparse.Namespace) -> dict[str, Any]:
    """
    Train on a text, evaluate on its last tenth, and generate a sample.

    Parameters
    ----------
    text : str
        The text.
    options : argparse.Namespace
        The options of the command.

    Returns
    -------
    dict
        Options, machine, losses in nats per character, and the sample.
    """
    check_counts("options", sample_length=options.sample_length)
    if options.resume and not options.checkpoint:
        raise ValueError("--resume needs the file to go on from: --checkpoint FILE.")
    tokenizer = CharTokenizer.train(text)
    tokens = tokenizer.encode(text)
    training, held_out = np.split(tokens, [len(tokens) * 9 // 10])
    V = len(tokenizer)
    entropy = min(unigram_entropy(part, V) for part in (tokens, held_out))
    print(
        f"{len(text):,} characters, {V} different; unigram entropy {_units(entropy)}",
        flush=True,
    )

    rng = np.random.default_rng(options.seed)
    model = LanguageModel(
        vocab_size=V,
        hidden_size=options.hidden_size,
        cell=options.cell,
        layers=options.layers,
        embedding_size=options.embedding_size,
    )
    params = {name: p.astype(np.float32) for name, p in model.init(rng).items()}
    validation = sequential_batches(held_out, N=1, T=500)
    loss_before = evaluate(model, params, validation, carry_state=True)
    started = time.process_time()
    params, history = _fit(model, params, training, options, rng)
    seconds = time.process_time() - started
    written = model.generate(params, rng, options.sample_length, held_out[:20])
    return {
        "characters": len(text),
        "vocabulary": V,
        "unigram_entropy": entropy,
        "training_loss": float(history["loss"][-options.steps // 10 :].mean()),
        "validation_loss_before": loss_before,
        "validation_loss": evaluate(model, params, validation, carry_state=True),
        "cpu_seconds": round(seconds, 2),
        "options": {
            name: value
            for name, value in sorted(vars(options).items())
            if name not in NOT_REPORTED
        },
        "numpy": np.__version__,
        "cpu_count": os.cpu_count(),
        "prompt": tokenizer.decode(held_out[:20]),
        "sample": tokenizer.decode(written),
    }


def report(result: dict[str, Any]) -> int:
    """
    Print what came out.

    Parameters
    ----------
    result : dict
        What `run` returned.

    Returns
    -------
    int
        0 if the validation loss is below the unigram entropy, 1 otherwise.
    """
    print(f"trained in {result['cpu_seconds']} s of CPU time")
    print(
        f"training loss    {_units(result['training_loss'])}, last tenth of the steps"
    )
    print(f"validation loss  {_units(result['validation_loss'])}, held-out tenth")
    print(f"unigram entropy  {_units(result['unigram_entropy'])}")
    print(f"--- after {result['prompt']!r} the model writes:")
    print(result["sample"])
    print("---")
    if result["validation_loss"] < result["unigram_entropy"]:
        return 0
    print(
        "train_char_lm: the validation loss is not below the unigram entropy. Pass "
        "more --steps or more text, or look for a wrong gradient with "
        "rnncore.gradcheck.",
        file=sys.stderr,
    )
    return 1


def _fit(
    model: LanguageModel,
    params: dict[str, np.ndarray],
    tokens: np.ndarray,
    options: argparse.Namespace,
    rng: np.random.Generator,
) -> Result:
    batches = sequential_batches(tokens, options.batch_size, options.window)
    file = options.checkpoint
    return train(
        model,
        params,
        lambda rng: batches,
        Recipe(options.learning_rate, carry_state=True),
        steps=options.steps,
        rng=rng,
        checkpoints=file and Checkpoints(file, resume=options.resume),
        progress=options.progress,
    )


def _units(nats: float) -> str:
    return f"{nats:.3f} nats = {bits_per_character(nats, 1):.3f} bits per character"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.train_char_lm", description=__doc__.split("\n")[0]
    )
    parser.add_argument("--text", type=Path, nargs="+", metavar="FILE")
    parser.add_argument("--out", type=Path, metavar="JSON")
    parser.add_argument("--steps", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--hidden-size", type=int, default=128)
    parser.add_argument("--cell", choices=CELLS, default="tanh")
    parser.add_argument("--layers", type=int, default=1)
    parser.add_argument("--embedding-size", type=int, metavar="E")
    parser.add_argument("--batch-size", type=int, default=16)
    parser.add_argument("--window", type=int, default=50)
    parser.add_argument("--learning-rate", type=float, default=4e-3)
    parser.add_argument("--sample-length", type=int, default=400)
    parser.add_argument(
        "--checkpoint", type=Path, metavar="FILE", help="save the run every 100 steps"
    )
    parser.add_argument(
        "--resume", action="store_true", help="go on from the checkpoint, if it exists"
    )
    parser.add_argument(
        "--no-progress", dest="progress", action="store_false", help="hide the bar"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
