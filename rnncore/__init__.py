"""Recurrent neural networks in NumPy, every line of mathematics in plain sight.

Layers, each importing only from itself and from those above it:

=======================  ===========================================================
checks, memory           `memory`, `kinds`, `shapes`, `dicts`, `step_checks`,
                         `weight_checks`
arrays                   `parameters`, `init`, `ops`, `losses`
one time step            `gated_cells`, `jordan`, `cells`
over time, as taught     `sequence`, `stepwise`, `scan`
over time, for speed     `kernels`, `gated_kernels`, `runs`, `stepping`
layers of cells          `layers`, `stacks`
ways to the gradient     `bptt`, `rtrl`
from states to words     `heads`, `decoding_checks`, `decoding`, `attention`,
                         `readers`, `model_checks`
networks with a loss     `models`, `sequence_classifier`, `sequence_regressor`,
                         `sequence_generator`, `encoder_decoder`
text, batches, tasks     `tokenizer_base`, `bpe`, `tokenizers`, `corpora`, `data`,
                         `tasks`
updates                  `clipping`, `optim`, `schedules`, `weight_norm`
training                 `metrics`, `checkpoints`, `recipes`, `resuming`, `training`
looking inside           `gradcheck`, `analysis`
weights of others        `converters`, `pytorch_weights`
figures                  `drawing`, `graphs`, `plots`
=======================  ===========================================================

The public names, by module, in an order in which to read them. A name that ends in an
underscore stands for two functions, the one with ``forward`` and the one with
``backward``. Modules that are not here serve the others, and may change at any time.

- `cells`: `rnn_step_`, `relu_step_`, `identity_step_`, `Cell`, `CELLS`;
- `sequence`: `unroll`, `unroll_backward`, `rnn_`;
- `gradcheck`: `numerical_gradient`, `complex_step_gradient`, `relative_error`,
  `check_gradients`;
- `ops`: `affine_`, `sigmoid`, `softmax`, `log_softmax`, `cross_entropy_`, `embedding_`,
  `one_hot`, `dropout_mask`;
- `losses`: `squared_error_`, `sigmoid_cross_entropy_`;
- `init`: `glorot_uniform`, `orthogonal`, `uniform`, `embedding_rows`, `identity`,
  `init_rnn`, `init_lstm`, `init_gru`, `init_mingru`, `init_jordan`;
- `gated_cells`: `lstm_step_`, `gru_step_`, `mingru_step_`, `LSTM_GATES`, `GRU_GATES`,
  `MINGRU_GATES`;
- `jordan`: `jordan_step_`;
- `stepwise`: `stepwise_`;
- `scan`: `linear_recurrence`, `linear_recurrence_backward`;
- `parameters`: `joined`, `part`;
- `layers`: `Layer`;
- `stacks`: `Bidirectional`, `Stack`, `stacked`;
- `bptt`: `FullBPTT`, `FixedBPTT`, `VariableBPTT`, `RandomizedBPTT`, `SlidingBPTT`,
  `CheckpointedBPTT`, `CarriedBPTT`, `Gradients`;
- `rtrl`: `RTRL`;
- `models`: `LanguageModel`;
- `decoding`: `filter_logits`, `greedy`, `sample`, `beam_search`;
- `sequence_classifier`: `SequenceClassifier`, `ClassBatch`;
- `sequence_regressor`: `SequenceRegressor`, `SeriesBatch`;
- `sequence_generator`: `SequenceGenerator`, `CaptionBatch`;
- `attention`: `dot_attention_`, `additive_attention_`, `Attention`;
- `encoder_decoder`: `EncoderDecoder`, `PairBatch`;
- `tokenizers`: `CharTokenizer`, `WordTokenizer`, `load_tokenizer`;
- `bpe`: `BPETokenizer`, `plain_merges`, `plain_tokens`;
- `corpora`: `load_corpus`, `load_text`, `Corpus`, `CorpusError`;
- `data`: `Batch`, `sequential_batches`, `random_batches`, `pad`, `mask_from_lengths`,
  `lengths_from_mask`, `document_batch`, `length_buckets`, `bucketed_batches`,
  `padding_share`;
- `tasks`: `adding_problem`, `adding_problem_hs97`, `copy_memory`,
  `copy_memory_baseline`, `delayed_echo`, `parity`, `reversal`, `guessing_baseline`,
  `matched_counts`, `matched_counts_optimum`, `addition`, `addition_baseline`, `hello`,
  `noisy_sine`, `disturbed_oscillation`, `disturbed_oscillation_baseline`, `narma10`;
- `clipping`: `global_norm`, `clip_by_global_norm`, `clip_by_value`;
- `optim`: `SGD`, `MOMENTUM`, `ADAGRAD`, `RMSPROP`, `ADAM`, `ADAMW`, `Optimizer`,
  `sgd_init`, `sgd_update`, `momentum_init`, `momentum_update`, `adagrad_init`,
  `adagrad_update`, `rmsprop_init`, `rmsprop_update`, `adam_init`, `adam_update`,
  `adamw_init`, `adamw_update`;
- `schedules`: `Constant`, `StepDecay`, `ExponentialDecay`, `InverseSquareRoot`,
  `WarmupCosine`;
- `weight_norm`: `weight_norm_`, `split_weights`, `split_params`, `join_params_`;
- `metrics`: `perplexity`, `bits_per_character`, `unigram_entropy`;
- `recipes`: `Recipe`, `Validation`, `Checkpoints`;
- `training`: `train`, `learn`, `validate`, `evaluate`, `Result`, `DivergedError`;
- `checkpoints`: `save_checkpoint`, `load_checkpoint`, `CheckpointError`;
- `analysis`: `spectral_radius`, `singular_values`, `step_jacobians`,
  `jacobian_products`, `largest_lyapunov`;
- `converters`: `change_layout`, `from_convention`, `to_convention`, `gates_of`,
  `Convention`;
- `pytorch_weights`: `from_pytorch`, `to_pytorch`;
- `plots`: `lines`, `heatmap`, `unrolled_graph`;
- `kinds`: `NonFiniteError`.

Functions come in pairs, ``f_forward(...) -> (result, cache)`` and ``f_backward(
upstream, cache) -> gradients``. Parameters and gradients are flat dicts with equal
keys. Nothing is remembered between calls, inputs are never changed (an update with
``in_place=True`` says so), and every draw of random numbers takes a
`numpy.random.Generator`. Axes are time-major, (T, N, features); losses are in nats.

Three modules touch files: `corpora` reads texts and may download them,
`tokenizer_base` saves and loads vocabularies, for all tokenizers, and `checkpoints`
saves and loads runs, for `training`. All others compute with what they are given.

The package does not use a GPU and does not differentiate automatically.
"""

from rnncore.memory import keep_freed_memory

keep_freed_memory()  # for the whole process; the module says why
