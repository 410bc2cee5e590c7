"""Recurrent neural networks in NumPy, every line of mathematics in plain sight.

Layers, each importing only from those before it:

==============================  =====================================================
`kinds`, `shapes`               what callers pass is checked
`ops`, `init`                   softmax, affine map, embedding, loss; initial weights
`cells`                         one time step
`sequence`                      a cell over time, and backpropagation through time
`models`                        a character language model
`tokenizers`, `data`            text to tokens to batches
`optim`, `metrics`, `training`  updates, perplexity, the training loop
`gradcheck`                     numerical derivatives
`drawing`, `graphs`, `plots`    the figures of the chapters
==============================  =====================================================

Their public names, in an order in which to read them; a name that ends in an underscore
stands for two functions, the one with ``forward`` and the one with ``backward``:

- `cells`: `rnn_step_`;
- `sequence`: `unroll`, `unroll_backward`, `rnn_`;
- `gradcheck`: `numerical_gradient`, `complex_step_gradient`, `relative_error`,
  `check_gradients`;
- `ops`: `affine_`, `softmax`, `log_softmax`, `cross_entropy_`, `embedding_`, `one_hot`;
- `init`: `glorot_uniform`, `orthogonal`, `init_rnn`;
- `models`: `CharLanguageModel`;
- `tokenizers`: `CharTokenizer`; `data`: `sequential_batches`;
- `optim`: `SGD`, `ADAM`, `sgd_init`, `sgd_update`, `adam_init`, `adam_update`,
  `global_norm`, `clip_by_global_norm`;
- `metrics`: `perplexity`, `bits_per_character`, `unigram_entropy`;
- `training`: `train`, `evaluate`;
- `plots`: `lines`, `heatmap`, `unrolled_graph`.

Functions come in pairs, ``f_forward(...) -> (result, cache)`` and ``f_backward(
upstream, cache) -> gradients``. Parameters and gradients are flat dicts with equal
keys. Nothing is remembered between calls, inputs are never changed, and every draw of
random numbers takes a `numpy.random.Generator`. Axes are time-major, (T, N, features);
losses are in nats.

The package does not use a GPU, does not differentiate automatically, and reads and
writes no files.
"""
