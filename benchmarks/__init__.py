"""Runs that take a while: training, and comparisons with other libraries.

``python -m benchmarks`` measures rnncore beside its peers. To read it, begin with
`case` (what is computed), `peer` (who computes it) and `interleave` (how it is timed);
then `naive`, `with_pytorch`, `with_jax`, `with_hf` and `ours`, one file for each peer;
then the parts of the command, `comparisons`, `scaling` and `training`. `results`
describes the file that it writes, `table` turns that into Markdown.
``python -m benchmarks.train_char_lm`` trains a model and lets it write.
"""
